"""What a node gives to publish and to receive with: typed, where a codec is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from spotmq._handles import codec_of
from spotmq.asyncio._workers import in_thread
from spotmq.asyncio.subscriber import Opening, Subscriber
from spotmq.asyncio.typed import Publisher, TypedSubscriber

if TYPE_CHECKING:
    from spotmq._handles import _Name
    from spotmq._payload import Payload
    from spotmq.asyncio.spot import Spot
    from spotmq.codecs import Codec

_T = TypeVar("_T")


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
    ) -> Opening[Subscriber]: ...

    @overload
    def subscriber(
        self,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
        codec: _Name,
    ) -> Opening[TypedSubscriber[Any]]: ...

    @overload
    def subscriber(
        self,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
        codec: Codec[_T],
    ) -> Opening[TypedSubscriber[_T]]: ...

    def subscriber(
        self,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
        codec: Codec[Any] | _Name | None = None,
    ) -> Opening[Subscriber] | Opening[TypedSubscriber[Any]]:
        """Open another receive queue of this node, subscribed to the topics and patterns.

        ``await`` gives it; ``async with spot.subscriber("a") as subscriber`` closes it, too.

        recv_hwm, recv_hwm_bytes: its high-water marks, in frames and bytes per peer; None: the node's.
        missing_ok, timeout_ms: as in subscribe.
        codec: one of spotmq.codecs, its name, or any object with encode and decode: messages then
            have a ``value``, and unpack as (topic, value).

        Raises what subscribe raises; there is no subscriber then, not even after Timeout.
        ValueError, TypeError and ImportError for a codec that is none, or lacks what it needs.
        """
        spot = cast("Spot", self)

        async def open_() -> Subscriber:
            made = await in_thread(
                spot.sync.subscriber,
                *topics,
                recv_hwm=recv_hwm,
                recv_hwm_bytes=recv_hwm_bytes,
                missing_ok=missing_ok,
                timeout_ms=timeout_ms,
            )
            subscriber = Subscriber(spot, made)
            spot._gates.add(subscriber._gate)
            return subscriber

        if codec is None:
            return Opening(open_)
        decoder = codec_of(codec)

        async def open_typed() -> TypedSubscriber[Any]:
            return TypedSubscriber(await open_(), decoder)

        return Opening(open_typed)

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
        spot = cast("Spot", self)
        made: Any = spot.sync.publisher(topic, codec, create=create)
        return Publisher(spot, topic, made.codec)
