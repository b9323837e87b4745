"""The ends of a contender under a Python of its own choice, thus with the spotmq of that Python.

Run as a program this is one end. Its arguments are the descriptors of two connections: one brings its
orders, the other leads to the end that it talks to. The ends and the harness are those beside this
file, for every contender; only spotmq itself differs.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

from spotmq_bench.harness.workers import PATIENCE_S, BenchmarkError, Contender, End, MakeEnd

# An order is a number of messages, or one of these.
PROCESSOR, CLOSE = "processor", "close"


def _obey(end: End, orders: Connection) -> None:
    while (order := orders.recv()) != CLOSE:
        orders.send([time.process_time()] if order == PROCESSOR else end.run(order))
    end.close()


def _serve(orders: Connection, link: Connection) -> None:
    import spotmq

    try:
        make, size = orders.recv()
        orders.send(spotmq.__file__)
        end = make(link, size)
        orders.send([])
        _obey(end, orders)
    except (EOFError, ConnectionError, KeyboardInterrupt):  # the guard was given up
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
        try:
            self.orders.send((make, size))
            found = str(self._answer())
            if not Path(found).is_relative_to(python.parent.parent):
                raise BenchmarkError(f"{python} takes spotmq from {found}")
        except BaseException:
            self.close()
            raise

    def order(self, order: int | str) -> None:
        with contextlib.suppress(OSError):  # the process ended; its result says so
            self.orders.send(order)

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
        self.orders.close()  # the end stops at this, even if it waits for an order
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _results(ends: Sequence[_End]) -> list[list[float]]:
    """The failure of one end is heard at once, though the others wait for messages."""
    by_orders = {end.orders: end for end in ends}
    results: dict[Connection, list[float]] = {}
    while waiting := [orders for orders in by_orders if orders not in results]:
        ready = wait(waiting, PATIENCE_S)
        if not ready:
            raise BenchmarkError("an end does not finish: messages were lost?")
        for orders in waiting:
            if orders in ready:
                results[orders] = by_orders[orders].result()
    return [results[end.orders] for end in ends]


@dataclass(frozen=True)
class Round:
    count: int
    """How many messages were published, or sent and answered."""
    active: list[float]
    """The values that the active end returned."""
    passive: list[float]
    seconds: float
    processor: float
    """Seconds of processor time that all threads of both ends took."""


class Ends:
    """The two ends of a contender, set up for one size."""

    def __init__(self, python: Path, contender: Contender, size: int) -> None:
        one, other = Pipe()
        self._passive = _End(python, contender.passive, one, size)
        self._active = _End(python, contender.active, other, size)
        one.close()
        other.close()
        _results(self._both)

    @property
    def _both(self) -> list[_End]:
        return [self._active, self._passive]

    def _processor(self) -> float:
        for end in self._both:
            end.order(PROCESSOR)
        return sum(spent for [spent] in _results(self._both))

    def round(self, count: int) -> Round:
        before, began = self._processor(), time.perf_counter()
        self._passive.order(count)
        self._active.order(count)
        active, passive = _results(self._both)
        seconds = time.perf_counter() - began
        # Asked for only now: what a thread of one end still did for this round counts.
        return Round(count, active, passive, seconds, self._processor() - before)

    def close(self) -> None:
        for end in self._both:
            end.order(CLOSE)
        for end in self._both:
            end.close()


def alone(python: Path, make: MakeEnd, size: int) -> list[float]:
    """The result of an end that needs no other, in a new process."""
    ours, theirs = Pipe()
    with ours, theirs:
        end = _End(python, make, theirs, size)
        try:
            _results([end])
            end.order(1)
            [values] = _results([end])
            end.order(CLOSE)
        finally:
            end.close()
    return values


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])), Connection(int(sys.argv[2])))
