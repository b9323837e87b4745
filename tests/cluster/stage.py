"""Runs a test of times: nodes here and in processes, and witnesses that show whether all of them could run.

Conditions that hold on any machine (contents, order, the law) are asserted as usual. Conditions that hold
only on a machine which lets all processes run (that something was soon, that no peer seemed DOWN) fail with
TooLate. Such a failure counts only if no process was starved: a process that does not run for longer than a
time-out *is* silent. Otherwise the scenario is played again from the beginning.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from harness import TooLate, Worker
from limits import QUICK, SLACK, report, seconds
from witness import Witness, gaps

import spotmq

# How long in all a process may not have run: two such between them are less than what any bound allows.
TOLERATED = SLACK / 2
MOST_TAKES = 6
# The second is what publishing to a topic of somebody that seems DOWN raises.
OF_TIME = (TooLate, spotmq.PeerUnreachable)


class Stage:
    """One take. Afterwards its processes are gone and its nodes closed."""

    def __init__(self, folder: Path, last: bool) -> None:
        folder.mkdir()
        self._folder = folder
        self._last = last
        self._workers: list[Worker] = []
        self._stack = ExitStack()
        self._witness = folder / "beats"
        self.played = False

    def __enter__(self) -> "Stage":
        self._stack.callback(Witness(self._witness).stop)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        starved = self.starved()  # before anything ends
        self._stack.close()
        self.played = not (isinstance(exc, OF_TIME) and starved > TOLERATED and not self._last)
        if not self.played:
            report("played again", starved=seconds(starved), because=exc)
        return not self.played

    def spawn(self, *topics: str, **options: Any) -> Worker:
        """A worker with a quick heartbeat, unless it says otherwise."""
        options = {"heartbeat_ms": QUICK.heartbeat_ms, **options}
        worker = Worker(self._folder / str(len(self._workers)), topics, **options)
        self._workers.append(self._stack.enter_context(worker))
        return worker

    def node(self, **options: Any) -> spotmq.Spot:
        """A node in this process, which does not wait when it is closed."""
        options = {"heartbeat_ms": QUICK.heartbeat_ms, "linger_ms": 0, **options}
        return self._stack.enter_context(spotmq.Spot(**options))

    def starved(self) -> float:
        """How long the process that ran least did not run, though no test had stopped it."""
        now = time.monotonic()
        here = sum(end - begin for begin, end in gaps(self._witness, now))
        return max([here, *(worker.starved(now) for worker in self._workers)])


def stages_in(folder: Path) -> Iterator[Stage]:
    """To be played each in its turn, until one counts."""
    for take in range(MOST_TAKES):
        stage = Stage(folder / f"take-{take}", last=take == MOST_TAKES - 1)
        yield stage
        if stage.played:
            return


def on_time(right: bool, what: str) -> None:
    """Conditions that must hold if all processes could run."""
    if not right:
        raise TooLate(what)
