"""Publisher: one topic to publish on, and the codec for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from spotmq.codecs import Codec
    from spotmq.spot import Spot

_T = TypeVar("_T")


class Publisher(Generic[_T]):
    """A topic of a node, LOCAL or REMOTE, as something to publish on; ``Spot.publisher()`` makes it.

    It holds nothing that has to be closed, and the topic outlives it. Thread-safe.
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

    def publish(self, value: _T, *, copy: bool | None = None) -> None:
        """Publish one value; copy is that of ``Spot.publish``, for what the codec returns.

        Raises what the codec raises for a value that it cannot encode, and what ``Spot.publish``
        raises.
        """
        self._spot.publish(self._topic, self._encode(value), copy=copy)

    def publish_many(self, values: Iterable[_T]) -> int:
        """Publish every value that the iterable gives, in order, and return how many.

        Raises what publish raises; all values before the one in question were published.
        """
        if self._codec is not None:
            values = map(self._encode, values)
        items: Any = values
        return self._spot.publish_many(self._topic, items)

    def wait_for_subscribers(self, n: int = 1, timeout_ms: float | None = 5_000) -> None:
        """Return when at least n receivers subscribe to the topic, which has to be LOCAL.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout; TopicNotFound; Closed.
        """
        return self._spot.wait_for_subscribers(self._topic, n, timeout_ms)

    def __repr__(self) -> str:
        codec = "" if self._codec is None else f", codec={self._codec!r}"
        return f"<spotmq.Publisher {self._topic!r} of {self._spot.node_id[:8]}{codec}>"


Publisher.__module__ = "spotmq"
