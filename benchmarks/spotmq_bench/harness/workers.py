"""The two ends of a contender, each in a process of its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

PATIENCE_S = 120.0

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
    """A round that cannot count: an end failed, or messages were lost."""


def _work(make: MakeEnd, link: Connection, size: int, orders: Connection) -> None:
    try:
        end = make(link, size)
        orders.send([])
        while (count := orders.recv()) is not None:
            orders.send(end.run(count))
        end.close()
    except EOFError:  # the benchmark was given up
        pass
    except Exception:  # noqa: BLE001 (whatever it was, the benchmark tells it)
        orders.send(traceback.format_exc())


class _Worker:
    def __init__(self, what: str, make: MakeEnd, link: Connection, size: int) -> None:
        self._what = what
        self._orders, theirs = _spawn.Pipe()
        self._process = _spawn.Process(target=_work, args=(make, link, size, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def order(self, count: int | None) -> None:
        self._orders.send(count)

    def result(self) -> list[float]:
        try:
            if not self._orders.poll(PATIENCE_S):
                raise BenchmarkError(f"{self._what} does not get to an end: messages were lost?")
            result: list[float] | str = self._orders.recv()
        except EOFError:
            raise BenchmarkError(f"{self._what} died") from None
        if isinstance(result, str):
            raise BenchmarkError(f"{self._what} failed\n{result}")
        return result

    def end(self) -> None:
        with contextlib.suppress(OSError):  # it is gone already
            self.order(None)
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._orders.close()


class Pair:
    """A contender, set up for one size of payload, or of whatever its unit is."""

    def __init__(self, contender: Contender, size: int, unit: str = "bytes") -> None:
        self.name = contender.name
        self.size = size
        one, other = _spawn.Pipe()
        what = f"{contender.name} at {size} {unit}"
        self._passive = _Worker(f"{what}, passive end,", contender.passive, one, size)
        self._active = _Worker(f"{what}, active end,", contender.active, other, size)
        one.close()
        other.close()
        self._both_done()

    def round(self, count: int) -> tuple[list[float], list[float]]:
        """What the active and the passive end measured."""
        self._passive.order(count)
        self._active.order(count)
        return self._both_done()

    def _both_done(self) -> tuple[list[float], list[float]]:
        passive = self._passive.result()
        return self._active.result(), passive

    def close(self) -> None:
        self._active.end()
        self._passive.end()
