"""What a node in this process sees of its peers during a test, with the time of each change."""

import threading
import time
from types import TracebackType

from harness import TooLate, wait_for

import spotmq
from spotmq import PeerState

LOOK_EVERY = 0.002


class PeerWatch:
    """Looks at peers() all the time; remembers every change: (when, endpoint, node id, state)."""

    def __init__(self, node: spotmq.Spot) -> None:
        self.changes: list[tuple[float, str, str, PeerState]] = []
        self._node = node
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "PeerWatch":
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        known: dict[str, tuple[str, PeerState]] = {}
        while not self._stop.wait(LOOK_EVERY):
            for peer in self._node.peers():
                seen = (peer.node_id, peer.state)
                if known.get(peer.endpoint) != seen:
                    known[peer.endpoint] = seen
                    self.changes.append((time.monotonic(), peer.endpoint, *seen))

    def saw(self, state: PeerState, since: float = 0.0) -> bool:
        return any(at >= since and found is state for at, _, _, found in self.changes)

    def when(self, state: PeerState, since: float, within: float) -> float:
        """How long after `since` a peer first had that state; fails when it has not in time."""

        def found() -> list[float]:
            return [at for at, _, _, seen in list(self.changes) if at >= since and seen is state]

        # Longer than it may take, so that what is told is how long it took.
        wait_for(lambda: "" if found() else f"no peer is {state}", within + 5.0)
        took = found()[0] - since
        if took > within:
            raise TooLate(f"{state} after {took:.3f} s, not within {within} s")
        return took
