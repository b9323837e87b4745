"""Receiving: the calls that a Spot and a Subscriber have in common."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from spotmq._core import Message, _async
from spotmq._waiting import Deadline
from spotmq.asyncio._gate import Gate, next_turn, running_loop
from spotmq.errors import Closed, Timeout

if TYPE_CHECKING:
    import spotmq

_T = TypeVar("_T")


def closed_error() -> Closed:
    _async.stay_out_at_exit()
    return Closed(errno.ENOTSOCK, "it is closed")


async def when_there(gate: Gate, take: Callable[[], _T], timeout_ms: float | None) -> _T:
    """Return the result of ``take`` as soon as it does not raise Timeout.

    The result is returned in the same step of the task in which ``take`` was called: no await is
    in between, so cancelling the task loses nothing.
    """
    deadline = Deadline(timeout_ms)
    if _async.turn_over():
        await next_turn()
    while True:
        if gate.closed:
            raise closed_error()
        try:
            return take()
        except Timeout:
            left_ms = deadline.left_ms()
            if left_ms == 0:
                raise
        await gate.readable(None if left_ms is None else left_ms / 1000)
        _async.begin_turn()


class Receiving:
    """recv, recv_many, poll, fileno and iteration. A part of Spot and of Subscriber."""

    def __init__(self, source: spotmq.Spot | spotmq.Subscriber) -> None:
        self._source = source
        self._take = source.recv
        self._gate = Gate(source)
        self._messages = _async.Messages(source, self._gate.pause)

    async def recv(self, timeout_ms: float | None = None) -> Message:
        """Return the next Message, waiting for it at most timeout_ms milliseconds (None: for ever).

        Cancelling it takes no message. Several tasks may wait; each message goes to one of them.

        Raises Timeout (EAGAIN) when none arrived in time; Closed, also when it is closed meanwhile.
        """
        if timeout_ms is None and not self._gate.closed and not _async.turn_over():
            try:
                return self._take(0)
            except Timeout:
                pass  # there is none yet
        return await when_there(self._gate, partial(self._take, 0), timeout_ms)

    async def recv_many(
        self, max_messages: int = 1024, timeout_ms: float | None = None
    ) -> list[Message]:
        """Return a list of the messages that are there: at least one, at most max_messages.

        Only the first is waited for, at most timeout_ms milliseconds (None: for ever). Cancelling
        it takes none.

        Raises Timeout (EAGAIN) when none arrived in time; Closed.
        """
        take = partial(self._source.recv_many, max_messages, 0)
        return await when_there(self._gate, take, timeout_ms)

    async def poll(self, timeout_ms: float | None = None) -> bool:
        """Wait at most timeout_ms milliseconds (None: for ever); return whether a message is there.

        Raises Closed.
        """
        return await poll(self._gate, self._source.poll, timeout_ms)

    def fileno(self) -> int:
        """Return the descriptor that the event loop watches: readable while a message waits.

        Raises Closed.
        """
        return self._source.fileno()

    def __aiter__(self) -> AsyncIterator[Message]:
        running_loop()
        return self._messages

    def __anext__(self) -> Awaitable[Message]:
        """Return an awaitable of the next message; the iteration ends when it is closed."""
        return self._messages.__anext__()


async def poll(gate: Gate, look: Callable[[float], bool], timeout_ms: float | None) -> bool:
    deadline = Deadline(timeout_ms)
    if _async.turn_over():
        await next_turn()
    while True:
        if gate.closed:
            raise closed_error()
        if look(0):
            return True
        left_ms = deadline.left_ms()
        if left_ms == 0:
            return False
        await gate.readable(None if left_ms is None else left_ms / 1000)
        _async.begin_turn()
