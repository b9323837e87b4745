"""The calls of Spot that return a publisher or a subscriber: typed ones, where a codec is given."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

from spotmq._options import yes_or_no
from spotmq.errors import TopicExists
from spotmq.publisher import Publisher
from spotmq.subscriber import Subscriber
from spotmq.typed import TypedSubscriber

if TYPE_CHECKING:
    from spotmq._payload import Payload
    from spotmq.codecs import Codec
    from spotmq.spot import Spot

    _Name = Literal["json", "msgpack", "numpy", "text"]

_T = TypeVar("_T")


def codec_of(codec: object) -> Codec[Any]:
    from spotmq.codecs import named  # imported late: programs that move bytes need no codec

    return named(codec)


class Handles:
    """A part of Spot."""

    @overload
    def subscriber(
        self,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
        codec: None = None,
    ) -> Subscriber: ...

    @overload
    def subscriber(
        self,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
        codec: _Name,
    ) -> TypedSubscriber[Any]: ...

    @overload
    def subscriber(
        self,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
        codec: Codec[_T],
    ) -> TypedSubscriber[_T]: ...

    def subscriber(
        self,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
        codec: Codec[Any] | _Name | None = None,
    ) -> Subscriber | TypedSubscriber[Any]:
        """Return another receive queue of this node, subscribed to the topics and patterns.

        It has its own subscriptions and may have a thread of its own: one slow reader does not
        delay another. Each costs a data connection to every peer, so take few rather than many.

        recv_hwm, recv_hwm_bytes: its high-water marks, in frames and bytes per peer; None: the node's.
        missing_ok, timeout_ms: as in subscribe.
        codec: one of spotmq.codecs, its name ("json", "msgpack", "numpy", "text"), or any object
            with encode and decode: messages then have a ``value``, and unpack as (topic, value).

        Raises what subscribe raises; there is no subscriber then, not even after Timeout.
        ValueError, TypeError and ImportError for a codec that is none, or lacks what it needs.
        """
        decoder = None if codec is None else codec_of(codec)
        queue = Subscriber(
            cast("Spot", self),
            *topics,
            recv_hwm=recv_hwm,
            recv_hwm_bytes=recv_hwm_bytes,
            missing_ok=missing_ok,
            timeout_ms=timeout_ms,
        )
        return queue if decoder is None else TypedSubscriber(queue, decoder)

    @overload
    def publisher(
        self, topic: str, codec: None = None, *, create: bool = False
    ) -> Publisher[Payload]: ...

    @overload
    def publisher(self, topic: str, codec: _Name, *, create: bool = False) -> Publisher[Any]: ...

    @overload
    def publisher(self, topic: str, codec: Codec[_T], *, create: bool = False) -> Publisher[_T]: ...

    def publisher(
        self, topic: str, codec: Codec[Any] | _Name | None = None, *, create: bool = False
    ) -> Publisher[Any]:
        """Return something to publish on one topic with: values, where a codec is given.

        codec: as in subscriber. Without one it publishes buffers, as publish does.
        create: create the topic here, unless it is LOCAL already. Otherwise it may also be
            REMOTE, or appear later.

        Raises InvalidTopic; ValueError, TypeError and ImportError for a codec that is none, or
        lacks what it needs.
        """
        encoder = None if codec is None else codec_of(codec)
        spot = cast("Spot", self)
        spot._check_topic(topic)
        if yes_or_no("create", create) and not spot.topic_is_local(topic):
            with suppress(TopicExists):  # another thread has created it meanwhile
                spot.topic_create(topic)
        return Publisher(spot, topic, encoder)
