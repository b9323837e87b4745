"""Another receive queue of a node, for asyncio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import spotmq
from spotmq.asyncio._calls import SubscriberCalls
from spotmq.asyncio._closing import Closing
from spotmq.asyncio._receiving import Receiving

if TYPE_CHECKING:
    from spotmq.asyncio.spot import Spot


class Subscriber(SubscriberCalls, Closing, Receiving):
    """A receive queue with subscriptions of its own; ``Spot.subscriber()`` makes it.

    All its methods mean what they mean on Spot, whose own queue is untouched by them. It ends with
    its node, and is closed when it is garbage.
    """

    def __init__(self, spot: Spot, subscriber: spotmq.Subscriber) -> None:
        super().__init__(subscriber)
        self._spot = spot
        self._subscriber = subscriber

    @property
    def closed(self) -> bool:
        """Whether it, or its node, was closed."""
        return self._gate.closed or self._subscriber.closed

    @property
    def sync(self) -> spotmq.Subscriber:
        """The synchronous one that this waits for."""
        return self._subscriber

    async def close(self) -> None:
        """End its subscriptions everywhere. Idempotent. Tasks that wait get Closed."""
        self._gate.close()
        self._subscriber.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<spotmq.asyncio.Subscriber of {self._spot.node_id[:8]} {state}>"


Subscriber.__module__ = "spotmq.asyncio"


class _Closable(Protocol):
    async def close(self) -> None: ...


_S = TypeVar("_S", bound=_Closable)


class Opening(Generic[_S]):
    """What ``Spot.subscriber()`` returns: await it, or use it in an ``async with`` block."""

    __slots__ = ("_open", "_subscriber")

    def __init__(self, open_: Callable[[], Awaitable[_S]]) -> None:
        self._open = open_
        self._subscriber: _S | None = None

    def __await__(self) -> Generator[Any, None, _S]:
        return self._open().__await__()

    async def __aenter__(self) -> _S:
        self._subscriber = await self._open()
        return self._subscriber

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._subscriber is not None:
            await self._subscriber.close()
