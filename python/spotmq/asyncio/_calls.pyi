"""Written by scripts/asyncio_stubs.py from the tables of _calls.py."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import spotmq
from spotmq._handles import _Name
from spotmq._payload import Payload
from spotmq.asyncio.spot import Spot
from spotmq.asyncio.subscriber import Opening, Subscriber
from spotmq.asyncio.typed import Publisher, TypedSubscriber
from spotmq.codecs import Codec
from spotmq.context import Context
from spotmq.types import PeerInfo, Stats, SubscriberStats, TopicInfo

_T = TypeVar("_T")

class SpotCalls:
    """A part of Spot."""

    _sync: spotmq.Spot

    async def bind(
        self,
        endpoint: str,
        *,
        data_endpoint: str | None = None,
        ingress_endpoint: str | None = None,
        advertise: str | None = None,
    ) -> None:
        """Listen, so that others can add this node and use its topics; see spotmq.Spot.bind.

        Raises AlreadyBound, AddressInUse, InvalidEndpoint.
        """

    async def cluster_add(self, endpoint: str, *, timeout_ms: float | None = 0) -> None:
        """Add a peer and keep the connection up for ever; with it comes the cluster it is in.

        With the default this does not wait for the peer, which may start later. With a time-out in
        milliseconds (None: for ever) it returns when the peer answered. When it is cancelled before
        that, the peer is not added.

        Raises PeerExists, PeerUnreachable, InvalidEndpoint.
        """

    async def cluster_remove(self, endpoint: str) -> None:
        """Forget a peer: its topics vanish, unless others own them too, and its messages stop.

        Raises PeerNotFound.
        """

    async def join(self, *seeds: str, timeout_ms: float | None = 5_000) -> None:
        """Join a cluster through any of its nodes; see spotmq.Spot.join.

        Returns when one of them has answered, within timeout_ms milliseconds (None: for ever).
        When it is cancelled before that, none is added.

        Raises PeerUnreachable, InvalidEndpoint.
        """

    async def cluster_sync(self, timeout_ms: float | None = 1_000) -> None:
        """Ask every peer for its topics and return when all have answered.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout with ``missing``, the endpoints that did not answer.
        """

    def peers(self) -> list[PeerInfo]:
        """Return the other nodes that this one is connected to, or tries to, and why they are not UP."""

    def topic_create(self, topic: str, *, shared: bool = False) -> None:
        """Create a topic that this node owns; peers learn of it.

        shared: other nodes are meant to own it, too; the log does not warn of that.

        Raises TopicExists when it is LOCAL already; InvalidTopic.
        """

    def topic_destroy(self, topic: str) -> None:
        """End a LOCAL topic.

        Raises TopicNotFound.
        """

    async def topic_route(self, topic: str, endpoint: str) -> None:
        """Register a REMOTE topic by hand, without asking its owner; see spotmq.Spot.topic_route.

        Raises TopicExists when the topic is LOCAL; InvalidTopic; InvalidEndpoint.
        """

    def topic_exists(self, topic: str) -> bool:
        """Return whether the topic is known, LOCAL or REMOTE."""

    def topic_is_local(self, topic: str) -> bool:
        """Return whether the topic is this node's own."""

    def list_topics(self) -> list[TopicInfo]:
        """Return all known topics, sorted by name."""

    async def subscribe(
        self, *topics: str, missing_ok: bool = False, timeout_ms: float | None = 5_000
    ) -> None:
        """Subscribe to topics and patterns; see spotmq.Spot.subscribe.

        On return the subscription is in effect here and at every peer that is UP.

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays, as it does when this is cancelled).
        """

    async def unsubscribe(self, *topics: str) -> None:
        """End subscriptions: all of them when called without arguments.

        No message of theirs is received afterwards.

        Raises NotSubscribed; then nothing was changed.
        """

    def subscriptions(self) -> list[str]:
        """Return the names and patterns subscribed to, sorted."""

    @overload
    def subscriber(
        self,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
        codec: None = None,
    ) -> Opening[Subscriber]:
        """Open another receive queue of this node, subscribed to the topics and patterns.

        ``await`` gives it; ``async with spot.subscriber("a") as subscriber`` closes it, too.

        recv_hwm, recv_hwm_bytes: its high-water marks, in frames and bytes per peer; None: the node's.
        missing_ok, timeout_ms: as in subscribe.
        codec: one of spotmq.codecs, its name, or any object with encode and decode: messages then
            have a ``value``, and unpack as (topic, value).

        Raises what subscribe raises; there is no subscriber then, not even after Timeout.
        ValueError, TypeError and ImportError for a codec that is none, or lacks what it needs.
        """

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

    if not TYPE_CHECKING:  # noqa: PYI002
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

    @overload
    def publisher(
        self, topic: str, codec: None = None, *, create: bool = False
    ) -> Publisher[Payload]:
        """Return something to publish on one topic with: values, where a codec is given.

        codec: as in subscriber. Without one it publishes buffers, as publish does.
        create: create the topic here, unless it is LOCAL already. Otherwise it may also be
            REMOTE, or appear later.

        Raises InvalidTopic; ValueError, TypeError and ImportError for a codec that is none, or
        lacks what it needs.
        """

    @overload
    def publisher(self, topic: str, codec: _Name, *, create: bool = False) -> Publisher[Any]: ...
    @overload
    def publisher(self, topic: str, codec: Codec[_T], *, create: bool = False) -> Publisher[_T]: ...

    if not TYPE_CHECKING:  # noqa: PYI002
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

    async def wait_for_topic(self, topic: str, timeout_ms: float | None = 5_000) -> None:
        """Return when the topic is known, LOCAL or REMOTE.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout, Closed, InvalidTopic.
        """

    async def wait_for_peers(self, n: int, timeout_ms: float | None = 5_000) -> None:
        """Return when at least n peers are UP.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout, Closed.
        """

    async def wait_for_subscribers(
        self, topic: str, n: int = 1, timeout_ms: float | None = 5_000
    ) -> None:
        """Return when at least n receivers subscribe to a LOCAL topic, over all nodes.

        This node's own count too. timeout_ms is in milliseconds (None: for ever).

        Raises Timeout; TopicNotFound when the topic is not LOCAL, or is no longer; Closed.
        """

    @property
    def context(self) -> Context | None:
        """The context it was made with."""

    @property
    def node_id(self) -> str:
        """32 hexadecimal digits, new for every node."""

    @property
    def name(self) -> str:
        """What it calls itself; may be empty."""

    @property
    def endpoint(self) -> str | None:
        """Where it can be reached from this machine; None before bind."""

    @property
    def data_endpoint(self) -> str | None:
        """Where its messages come from; None before bind."""

    async def flush(self) -> None:
        """Send what waits to share a frame, now; by itself it leaves within coalesce_us.

        Raises Again when a subscriber had no room for it within send_timeout_ms
        (overflow="block"), Closed.
        """

    def stats(self) -> Stats:
        """Return the node's counters."""

class SubscriberCalls:
    """A part of Subscriber."""

    _spot: Spot
    _subscriber: spotmq.Subscriber

    async def subscribe(
        self, *topics: str, missing_ok: bool = False, timeout_ms: float | None = 5_000
    ) -> None:
        """Subscribe to topics and patterns; on return that is in effect at every peer that is UP.

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays, as it does when this is cancelled).
        """

    async def unsubscribe(self, *topics: str) -> None:
        """End subscriptions: all of them when called without arguments.

        Raises NotSubscribed; then nothing was changed.
        """

    def subscriptions(self) -> list[str]:
        """Return the names and patterns subscribed to, sorted."""

    @property
    def spot(self) -> Spot:
        """The node that it belongs to."""

    def stats(self) -> SubscriberStats:
        """Return the counters of this queue; those of the node include them."""

class PublisherCalls(Generic[_T]):
    """A part of Publisher."""

    _spot: Spot
    _topic: str
    _codec: Codec[_T] | None
    _encode: Any

    def __init__(self, spot: Spot, topic: str, codec: Codec[_T] | None) -> None: ...
    @property
    def topic(self) -> str:
        """The topic's name."""

    @property
    def spot(self) -> Spot:
        """The node that it publishes from."""

    @property
    def codec(self) -> Codec[_T] | None:
        """What encodes the values; None where they are published as they are."""

    async def publish_many(self, values: Iterable[_T]) -> int:
        """Publish every value that the iterable gives, in order, and return how many.

        Raises what publish raises; all values before the one in question were published.
        """

    async def wait_for_subscribers(self, n: int = 1, timeout_ms: float | None = 5_000) -> None:
        """Return when at least n receivers subscribe to the topic, which has to be LOCAL.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout; TopicNotFound; Closed.
        """

class TypedSubscriberCalls(Generic[_T]):
    """A part of TypedSubscriber."""

    _queue: Subscriber
    _codec: Codec[_T]

    def __init__(self, queue: Subscriber, codec: Codec[_T]) -> None: ...
    @property
    def codec(self) -> Codec[_T]:
        """What decodes the payloads."""

    @property
    def queue(self) -> Subscriber:
        """The queue behind it, whose messages are bytes."""

    @property
    def spot(self) -> Spot:
        """The node that it belongs to."""

    @property
    def closed(self) -> bool:
        """Whether it, or its node, was closed."""

    async def poll(self, timeout_ms: float | None = None) -> bool:
        """Wait at most timeout_ms milliseconds (None: for ever); return whether a message is there.

        Raises Closed.
        """

    def fileno(self) -> int:
        """Return the descriptor that the event loop watches: readable while a message waits.

        Raises Closed.
        """

    async def subscribe(
        self, *topics: str, missing_ok: bool = False, timeout_ms: float | None = 5_000
    ) -> None:
        """Subscribe to topics and patterns; on return that is in effect at every peer that is UP.

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays, as it does when this is cancelled).
        """

    async def unsubscribe(self, *topics: str) -> None:
        """End subscriptions: all of them when called without arguments.

        Raises NotSubscribed; then nothing was changed.
        """

    def subscriptions(self) -> list[str]:
        """Return the names and patterns subscribed to, sorted."""

    def stats(self) -> SubscriberStats:
        """Return the counters of this queue; those of the node include them."""

    async def close(self) -> None:
        """End its subscriptions everywhere. Idempotent. Tasks that wait get Closed."""
