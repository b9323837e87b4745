"""The two ends of a contender under a Python of its own choice, thus with that one's spotmq.

Run as a program this is one end: its arguments are the descriptors of two connections, for its
orders and to the other end. Ends and harness are those beside this file, for every contender.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import traceback
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

from spotmq_bench.harness.workers import PATIENCE_S, BenchmarkError, Contender, MakeEnd


def _serve(orders: Connection, link: Connection) -> None:
    import spotmq

    try:
        make, size = orders.recv()
        orders.send(spotmq.__file__)
        end = make(link, size)
        orders.send([])
        while (count := orders.recv()) is not None:
            orders.send(end.run(count))
        end.close()
    except (EOFError, KeyboardInterrupt):  # the guard was given up
        pass
    except Exception:  # noqa: BLE001 (whatever it was, the guard tells it)
        orders.send(traceback.format_exc())


class _End:
    def __init__(self, python: Path, make: MakeEnd, link: Connection, size: int) -> None:
        self.orders, theirs = Pipe()
        descriptors = (theirs.fileno(), link.fileno())
        self._process = subprocess.Popen(
            [python, "-E", "-s", __file__, *map(str, descriptors)], pass_fds=descriptors
        )
        theirs.close()
        self.orders.send((make, size))
        found = str(self._answer())
        if not Path(found).is_relative_to(python.parent.parent):
            raise BenchmarkError(f"{python} takes spotmq from {found}")

    def order(self, count: int | None) -> None:
        with contextlib.suppress(OSError):  # it is gone; its result says so
            self.orders.send(count)

    def _answer(self) -> object:
        try:
            return self.orders.recv()
        except (EOFError, OSError):
            raise BenchmarkError(f"an end died: {self._process.wait()}") from None

    def result(self) -> list[float]:
        answer = self._answer()
        if not isinstance(answer, list):
            raise BenchmarkError(f"an end failed\n{answer}")
        return answer

    def close(self) -> None:
        self.orders.close()  # which ends it, whatever it was about to wait for
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Ends:
    """A contender, set up for one size of payload."""

    def __init__(self, python: Path, contender: Contender, size: int) -> None:
        one, other = Pipe()
        self._passive = _End(python, contender.passive, one, size)
        self._active = _End(python, contender.active, other, size)
        one.close()
        other.close()
        self._both_done()

    def round(self, count: int) -> tuple[list[float], list[float]]:
        """What the active and the passive end measured."""
        self._passive.order(count)
        self._active.order(count)
        return self._both_done()

    def _both_done(self) -> tuple[list[float], list[float]]:
        """Either end's failure is heard at once, though the other waits for messages."""
        ends = {self._active.orders: self._active, self._passive.orders: self._passive}
        results: dict[Connection, list[float]] = {}
        while waiting := [orders for orders in ends if orders not in results]:
            ready = wait(waiting, PATIENCE_S)
            if not ready:
                raise BenchmarkError("an end does not get to its end: messages were lost?")
            for orders in waiting:
                if orders in ready:
                    results[orders] = ends[orders].result()
        return results[self._active.orders], results[self._passive.orders]

    def close(self) -> None:
        self._active.order(None)
        self._passive.order(None)
        self._active.close()
        self._passive.close()


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])), Connection(int(sys.argv[2])))
