"""The two ends of a contender, each in a process of its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Protocol

PATIENCE_S = 120.0
CLOSE_S = 5.0

_spawn = multiprocessing.get_context("spawn")


class End(Protocol):
    """One end. It is made once, connected, and then runs many rounds."""

    def run(self, count: int) -> list[float]:
        """Send, receive or exchange so many messages; return what was measured."""

    def close(self) -> None: ...


# Makes an end for payloads of a size. The connection leads to the other end, to agree on
# endpoints; making returns only when messages can flow.
MakeEnd = Callable[[Connection, int], End]


@dataclass(frozen=True)
class Contender:
    name: str
    active: MakeEnd
    """Sends, or begins the exchange."""
    passive: MakeEnd
    """Receives, or answers."""


class BenchmarkError(Exception):
    """A round that cannot count: an end failed, or messages were lost. Says which, and in the last
    line why."""

    @property
    def reason(self) -> str:
        """Of a traceback, the exception itself."""
        return str(self).strip().rpartition("\n")[2]


def _work(make: MakeEnd, link: Connection, size: int, orders: Connection) -> None:
    try:
        end = make(link, size)
        orders.send([])
        while (count := orders.recv()) is not None:
            orders.send(end.run(count))
        end.close()
    except (EOFError, KeyboardInterrupt):  # the benchmark was given up
        pass
    except Exception:  # noqa: BLE001 (whatever it was, the benchmark tells it)
        orders.send(traceback.format_exc())


class _Worker:
    def __init__(self, what: str, role: str, make: MakeEnd, link: Connection, size: int) -> None:
        self.what, self.role = what, role
        self.orders, theirs = _spawn.Pipe()
        self._process = _spawn.Process(target=_work, args=(make, link, size, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def order(self, count: int | None) -> None:
        with contextlib.suppress(OSError):  # it is gone; its result says so
            self.orders.send(count)

    def result(self) -> list[float]:
        try:
            result: list[float] | str = self.orders.recv()
        except (EOFError, OSError):
            raise BenchmarkError(f"{self.what}:\nthe {self.role} end died") from None
        if isinstance(result, str):
            raise BenchmarkError(f"{self.what}, {self.role} end:\n{result}")
        return result

    def end(self, patience_s: float) -> None:
        self._process.join(patience_s)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self.orders.close()


class Pair:
    """A contender, set up for one size of payload, or of whatever its unit is."""

    def __init__(self, contender: Contender, size: int, unit: str = "bytes") -> None:
        self.name = contender.name
        self.size = size
        self._broken = False
        one, other = _spawn.Pipe()
        what = f"{contender.name} at {size:,} {unit}"
        self._passive = _Worker(what, "passive", contender.passive, one, size)
        self._active = _Worker(what, "active", contender.active, other, size)
        one.close()
        other.close()
        try:
            self._both_done()
        except BenchmarkError:
            self.close()
            raise

    def round(self, count: int) -> tuple[list[float], list[float]]:
        """What the active and the passive end measured."""
        self._passive.order(count)
        self._active.order(count)
        return self._both_done()

    def _both_done(self) -> tuple[list[float], list[float]]:
        """When one end fails, the other may wait for ever: whichever speaks is heard at once."""
        results: dict[_Worker, list[float]] = {}
        deadline = time.monotonic() + PATIENCE_S
        self._broken = True  # until it is clear that they are not
        while waiting := [one for one in (self._passive, self._active) if one not in results]:
            ready = wait([one.orders for one in waiting], deadline - time.monotonic())
            if not ready:
                roles = " and the ".join(one.role for one in waiting)
                raise BenchmarkError(
                    f"{waiting[0].what}:\nthe {roles} end did not finish: messages were lost?"
                )
            results |= {one: one.result() for one in waiting if one.orders in ready}
        self._broken = False
        return results[self._active], results[self._passive]

    def close(self) -> None:
        # At the same time: each of them may take a while.
        workers = (self._active, self._passive)
        for worker in workers:
            worker.order(None)
        for worker in workers:
            worker.end(0 if self._broken else CLOSE_S)
