"""Publishers and subscribers with codecs, for asyncio."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from spotmq.asyncio._calls import PublisherCalls, TypedSubscriberCalls
from spotmq.typed import TypedMessage

if TYPE_CHECKING:
    from typing_extensions import Self

_T = TypeVar("_T")


class Publisher(PublisherCalls[_T]):
    """A topic of a node, LOCAL or REMOTE, as something to publish on; ``Spot.publisher()`` makes it.

    It holds nothing that has to be closed, and the topic outlives it.
    """

    async def publish(self, value: _T, *, copy: bool | None = None) -> None:
        """Publish one value; copy is that of ``Spot.publish``, for what the codec returns.

        Raises what the codec raises for a value that it cannot encode, and what ``Spot.publish``
        raises.
        """
        await self._spot.publish(self._topic, self._encode(value), copy=copy)

    def __repr__(self) -> str:
        codec = "" if self._codec is None else f", codec={self._codec!r}"
        return f"<spotmq.asyncio.Publisher {self._topic!r} of {self._spot.node_id[:8]}{codec}>"


class TypedSubscriber(TypedSubscriberCalls[_T]):
    """A Subscriber whose messages have values; ``Spot.subscriber(…, codec=…)`` makes it.

    All its methods mean what they mean there. Iteration goes on after a DecodeError: the error
    belongs to one message, and comes when its value is asked for.
    """

    async def recv(self, timeout_ms: float | None = None) -> TypedMessage[_T]:
        """Return the next message, waiting at most timeout_ms milliseconds (None: for ever).

        Cancelling it takes no message.

        Raises Timeout (EAGAIN) when none arrived in time, and Closed.
        """
        return TypedMessage(await self._queue.recv(timeout_ms), self._codec)

    async def recv_many(
        self, max_messages: int = 1024, timeout_ms: float | None = None
    ) -> list[TypedMessage[_T]]:
        """Return the messages that are there: at least one, at most max_messages.

        Only the first is waited for, at most timeout_ms milliseconds (None: for ever). Cancelling
        it takes none.

        Raises Timeout (EAGAIN) when none arrived in time, and Closed.
        """
        messages = await self._queue.recv_many(max_messages, timeout_ms)
        return [TypedMessage(message, self._codec) for message in messages]

    def __aiter__(self) -> Self:
        self._queue.__aiter__()  # raises where no loop runs
        return self

    async def __anext__(self) -> TypedMessage[_T]:
        """Return the next message; the iteration ends when it is closed."""
        return TypedMessage(await self._queue.__anext__(), self._codec)

    async def __aenter__(self) -> Self:
        await self._queue.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._queue.__aexit__(exc_type, exc, traceback)

    def __repr__(self) -> str:
        return f"<spotmq.asyncio.TypedSubscriber {self._codec!r} of {self._queue!r}>"


for _cls in (Publisher, TypedSubscriber):
    _cls.__module__ = "spotmq.asyncio"
