"""Publishers and subscribers with codecs, for asyncio."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from spotmq.typed import TypedMessage
from spotmq.types import SubscriberStats

if TYPE_CHECKING:
    from typing_extensions import Self

    from spotmq.asyncio.spot import Spot
    from spotmq.asyncio.subscriber import Subscriber
    from spotmq.codecs import Codec

_T = TypeVar("_T")


class Publisher(Generic[_T]):
    """A topic of a node, LOCAL or REMOTE, as something to publish on; ``Spot.publisher()`` makes it.

    It holds nothing that has to be closed, and the topic outlives it.
    """

    def __init__(self, spot: Spot, topic: str, codec: Codec[_T] | None) -> None:
        self._spot = spot
        self._topic = topic
        self._codec = codec
        self._encode: Any = (lambda value: value) if codec is None else codec.encode

    @property
    def topic(self) -> str:
        """The topic's name."""
        return self._topic

    @property
    def spot(self) -> Spot:
        """The node that it publishes from."""
        return self._spot

    @property
    def codec(self) -> Codec[_T] | None:
        """What encodes the values; None where they are published as they are."""
        return self._codec

    async def publish(self, value: _T, *, copy: bool | None = None) -> None:
        """Publish one value; copy is that of ``Spot.publish``, for what the codec returns.

        Raises what the codec raises for a value that it cannot encode, and what ``Spot.publish``
        raises.
        """
        await self._spot.publish(self._topic, self._encode(value), copy=copy)

    async def publish_many(self, values: Iterable[_T]) -> int:
        """Publish every value that the iterable gives, in order, and return how many.

        Raises what publish raises; all values before the one in question were published.
        """
        if self._codec is not None:
            values = map(self._encode, values)
        items: Any = values
        return await self._spot.publish_many(self._topic, items)

    async def wait_for_subscribers(self, n: int = 1, timeout_ms: float | None = 5_000) -> None:
        """Return when at least n receivers subscribe to the topic, which has to be LOCAL.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout; TopicNotFound; Closed.
        """
        await self._spot.wait_for_subscribers(self._topic, n, timeout_ms)

    def __repr__(self) -> str:
        codec = "" if self._codec is None else f", codec={self._codec!r}"
        return f"<spotmq.asyncio.Publisher {self._topic!r} of {self._spot.node_id[:8]}{codec}>"


class TypedSubscriber(Generic[_T]):
    """A Subscriber whose messages have values; ``Spot.subscriber(…, codec=…)`` makes it.

    All its methods mean what they mean there. Iteration goes on after a DecodeError: the error
    belongs to one message, and comes when its value is asked for.
    """

    def __init__(self, queue: Subscriber, codec: Codec[_T]) -> None:
        self._queue = queue
        self._codec = codec

    @property
    def codec(self) -> Codec[_T]:
        """What decodes the payloads."""
        return self._codec

    @property
    def queue(self) -> Subscriber:
        """The queue behind it, whose messages are bytes."""
        return self._queue

    @property
    def spot(self) -> Spot:
        """The node that it belongs to."""
        return self._queue.spot

    @property
    def closed(self) -> bool:
        """Whether it, or its node, was closed."""
        return self._queue.closed

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

    async def poll(self, timeout_ms: float | None = None) -> bool:
        """Wait at most timeout_ms milliseconds (None: for ever); return whether a message is there.

        Raises Closed.
        """
        return await self._queue.poll(timeout_ms)

    def fileno(self) -> int:
        """Return the descriptor that the event loop watches: readable while a message waits.

        Raises Closed.
        """
        return self._queue.fileno()

    def __aiter__(self) -> Self:
        self._queue.__aiter__()  # says so where no loop runs
        return self

    async def __anext__(self) -> TypedMessage[_T]:
        """Return the next message; the iteration ends when it is closed."""
        return TypedMessage(await self._queue.__anext__(), self._codec)

    async def subscribe(
        self, *topics: str, missing_ok: bool = False, timeout_ms: float | None = 5_000
    ) -> None:
        """Subscribe to topics and patterns; on return that is in effect at every peer that is UP.

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays, as it does when this is cancelled).
        """
        await self._queue.subscribe(*topics, missing_ok=missing_ok, timeout_ms=timeout_ms)

    async def unsubscribe(self, *topics: str) -> None:
        """End subscriptions: all of them when called without arguments.

        Raises NotSubscribed; then nothing was changed.
        """
        await self._queue.unsubscribe(*topics)

    def subscriptions(self) -> list[str]:
        """Return the names and patterns subscribed to, sorted."""
        return self._queue.subscriptions()

    def stats(self) -> SubscriberStats:
        """Return the counters of this queue; those of the node include them."""
        return self._queue.stats()

    async def close(self) -> None:
        """End its subscriptions everywhere. Idempotent. Tasks that wait get Closed."""
        await self._queue.close()

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
