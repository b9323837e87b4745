"""Watching a node from asyncio."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import spotmq
from spotmq.asyncio._closing import Closing
from spotmq.asyncio._gate import Gate, running_loop
from spotmq.asyncio._receiving import poll, when_there
from spotmq.errors import Closed
from spotmq.events import Event

if TYPE_CHECKING:
    from typing_extensions import Self


class Events(Closing):
    """An independent queue of a node's events, from ``spot.watch()``; see spotmq.Events.

    Use it in an ``async with`` block, or close it.
    """

    def __init__(self, events: spotmq.Events) -> None:
        self._events = events
        self._gate = Gate(events)

    @property
    def closed(self) -> bool:
        """Whether close() was called, here or of the node."""
        return self._gate.closed or self._events.closed

    async def recv(self, timeout_ms: float | None = None) -> Event:
        """Return the next event, waiting for it at most timeout_ms milliseconds (None: for ever).

        Cancelling it takes no event.

        Raises Timeout (EAGAIN) when none came in time; Closed, also when it is closed meanwhile.
        """
        return await when_there(self._gate, partial(self._events.recv, 0), timeout_ms)

    async def poll(self, timeout_ms: float | None = None) -> bool:
        """Wait at most timeout_ms milliseconds (None: for ever); return whether an event is there.

        Raises Closed.
        """
        return await poll(self._gate, self._events.poll, timeout_ms)

    def fileno(self) -> int:
        """Return the descriptor that the event loop watches: readable while an event waits.

        Raises Closed.
        """
        return self._events.fileno()

    async def close(self) -> None:
        """End the queue. Idempotent. Tasks that wait get Closed, iterations end."""
        self._gate.close()
        self._events.close()

    def __aiter__(self) -> Self:
        running_loop()
        return self

    async def __anext__(self) -> Event:
        """Return the next event; the iteration ends when the queue or its node is closed."""
        try:
            return await self.recv()
        except Closed:
            raise StopAsyncIteration from None

    def __repr__(self) -> str:
        return f"<spotmq.asyncio.Events {'closed' if self.closed else 'open'}>"


Events.__module__ = "spotmq.asyncio"
