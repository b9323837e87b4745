"""Messages whose payloads a codec decodes, and the receive queue that gives them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from spotmq import _core
from spotmq.errors import DecodeError
from spotmq.types import SubscriberStats

if TYPE_CHECKING:
    from typing_extensions import Self

    from spotmq.codecs import Codec
    from spotmq.spot import Spot
    from spotmq.subscriber import Subscriber

_T = TypeVar("_T")

_NOTHING: Any = object()
_LONGEST_REASON = 200


def _name_of(codec: object) -> str:
    plain = type(codec).__repr__ is object.__repr__
    return type(codec).__name__ if plain else repr(codec)


def _undecodable(message: _core.Message, codec: object, reason: Exception) -> DecodeError:
    size = len(message.view)
    text = f"{type(reason).__name__}: {reason}".encode(errors="backslashreplace").decode()
    if len(text) > _LONGEST_REASON:
        text = text[: _LONGEST_REASON - 1] + "…"
    error = DecodeError(
        errno.EBADMSG,
        f"{size} bytes on topic '{message.topic}' from node {message.node_id[:8]} are nothing that "
        f"{_name_of(codec)} can decode: {text}",
        message,
    )
    error.subject = message.topic
    return error


class TypedMessage(Generic[_T]):
    """One message and what a codec makes of it. Unpacks and compares as ``(topic, value)``.

    The payload is decoded when the value is asked for first, in the thread that asks: a payload
    that is none raises its DecodeError there, and takes no other message with it.
    """

    __slots__ = ("_codec", "_value", "message")
    __match_args__ = ("topic", "value")
    # A value may be unhashable. At run time, __eq__ without __hash__ makes the message unhashable.
    __hash__: ClassVar[None]  # type: ignore[assignment]

    message: _core.Message
    """The message as it came: its data are bytes."""

    def __init__(self, message: _core.Message, codec: Codec[_T]) -> None:
        self.message = message
        self._codec = codec
        self._value: _T = _NOTHING

    @property
    def topic(self) -> str:
        """The topic's name."""
        return self.message.topic

    @property
    def value(self) -> _T:
        """The payload, decoded.

        Raises DecodeError, every time, for a payload that the codec does not decode.
        """
        value = self._value
        if value is _NOTHING:
            try:
                value = self._codec.decode(self.message.view)
            except Exception as reason:
                raise _undecodable(self.message, self._codec, reason) from reason
            self._value = value
        return value

    @property
    def data(self) -> bytes:
        """The payload as it came."""
        return self.message.data

    @property
    def seq(self) -> int:
        """The message's number, counted by topic and owner from 1."""
        return self.message.seq

    @property
    def lost(self) -> int:
        """Messages of this topic and owner that were missed just before."""
        return self.message.lost

    @property
    def node_id(self) -> str:
        """The owner's node id: 32 hexadecimal digits."""
        return self.message.node_id

    @property
    def pattern(self) -> str:
        """The subscription that it came by; see Message.pattern."""
        return self.message.pattern

    def __iter__(self) -> Iterator[Any]:
        return iter((self.message.topic, self.value))

    def __len__(self) -> int:
        return 2

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (TypedMessage, tuple)):
            return tuple(self) == tuple(other)
        return NotImplemented

    def __repr__(self) -> str:
        try:
            value = f"value={self.value!r}"
        except DecodeError:
            value = f"undecodable={self.message!r}"
        return f"TypedMessage(topic={self.topic!r}, {value}, seq={self.seq}, lost={self.lost})"


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

    def recv(self, timeout_ms: float | None = None) -> TypedMessage[_T]:
        """Return the next message, waiting at most timeout_ms milliseconds (None: for ever).

        Raises Timeout (EAGAIN) when none arrived in time, and Closed.
        """
        return TypedMessage(self._queue.recv(timeout_ms), self._codec)

    def recv_many(
        self, max_messages: int = 1024, timeout_ms: float | None = None
    ) -> list[TypedMessage[_T]]:
        """Return the messages that are there: at least one, at most max_messages.

        Only the first is waited for, at most timeout_ms milliseconds (None: for ever).

        Raises Timeout (EAGAIN) when none arrived in time, and Closed.
        """
        codec = self._codec
        return [
            TypedMessage(message, codec)
            for message in self._queue.recv_many(max_messages, timeout_ms)
        ]

    def poll(self, timeout_ms: float | None = None) -> bool:
        """Wait at most timeout_ms milliseconds (None: for ever); return whether a message is there.

        Raises Closed.
        """
        return self._queue.poll(timeout_ms)

    def fileno(self) -> int:
        """Return a descriptor that is readable (level-triggered) while a message waits.

        Raises Closed.
        """
        return self._queue.fileno()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> TypedMessage[_T]:
        return TypedMessage(next(self._queue), self._codec)

    def subscribe(
        self, *topics: str, missing_ok: bool = False, timeout_ms: float | None = 5_000
    ) -> None:
        """Subscribe to topics and patterns; on return that is in effect at every peer that is UP.

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays).
        """
        return self._queue.subscribe(*topics, missing_ok=missing_ok, timeout_ms=timeout_ms)

    def unsubscribe(self, *topics: str) -> None:
        """End subscriptions: all of them when called without arguments.

        Raises NotSubscribed; then nothing was changed.
        """
        return self._queue.unsubscribe(*topics)

    def subscriptions(self) -> list[str]:
        """Return the names and patterns subscribed to, sorted."""
        return self._queue.subscriptions()

    def stats(self) -> SubscriberStats:
        """Return the counters of this queue; those of the node include them."""
        return self._queue.stats()

    def close(self) -> None:
        """End its subscriptions everywhere. Idempotent.

        Calls that wait in other threads end with Closed, and iterations end.
        """
        return self._queue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._queue.__exit__(exc_type, exc, traceback)

    def __repr__(self) -> str:
        return f"<spotmq.TypedSubscriber {self._codec!r} of {self._queue!r}>"


for _cls in (TypedMessage, TypedSubscriber):
    _cls.__module__ = "spotmq"
