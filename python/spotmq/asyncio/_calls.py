"""The calls of asyncio classes that are made from the synchronous ones: one table for each class.

``_calls.pyi`` says the same to type checkers and editors; ``scripts/asyncio_stubs.py`` writes it.
Calls that every message goes through are no part of this: they are written out in their classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import spotmq
from spotmq.asyncio._mirror import direct, in_thread, mirrors, own, shared

if TYPE_CHECKING:
    from spotmq.asyncio.spot import Spot
    from spotmq.asyncio.subscriber import Subscriber
    from spotmq.codecs import Codec

_T = TypeVar("_T")

_STAYS = ("(the subscription stays)", "(the subscription stays, as it does when this is cancelled)")


@mirrors(
    spotmq.Spot,
    "_sync",
    bind=in_thread("""
        Listen, so that others can add this node and use its topics; see spotmq.Spot.bind.

        Raises AlreadyBound, AddressInUse, InvalidEndpoint.
        """),
    cluster_add=in_thread("""
        Add a peer and keep the connection up for ever; with it comes the cluster it is in.

        With the default this does not wait for the peer, which may start later. With a time-out in
        milliseconds (None: for ever) it returns when the peer answered. When it is cancelled before
        that, the peer is not added.

        Raises PeerExists, PeerUnreachable, InvalidEndpoint.
        """),
    cluster_remove=in_thread("""
        Forget a peer: its topics vanish, unless others own them too, and its messages stop.

        Raises PeerNotFound.
        """),
    join=in_thread("""
        Join a cluster through any of its nodes; see spotmq.Spot.join.

        Returns when one of them has answered, within timeout_ms milliseconds (None: for ever).
        When it is cancelled before that, none is added.

        Raises PeerUnreachable, InvalidEndpoint.
        """),
    cluster_sync=in_thread("""
        Ask every peer for its topics and return when all have answered.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout with ``missing``, the endpoints that did not answer.
        """),
    peers=direct(),
    topic_create=direct("""
        Create a topic that this node owns; peers learn of it.

        shared: other nodes are meant to own it, too; the log does not warn of that.

        Raises TopicExists when it is LOCAL already; InvalidTopic.
        """),
    topic_destroy=direct(),
    topic_route=in_thread("""
        Register a REMOTE topic by hand, without asking its owner; see spotmq.Spot.topic_route.

        Raises TopicExists when the topic is LOCAL; InvalidTopic; InvalidEndpoint.
        """),
    topic_exists=direct(),
    topic_is_local=direct(),
    list_topics=direct("Return all known topics, sorted by name."),
    subscribe=in_thread("""
        Subscribe to topics and patterns; see spotmq.Spot.subscribe.

        On return the subscription is in effect here and at every peer that is UP.

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays, as it does when this is cancelled).
        """),
    unsubscribe=direct(coroutine=True),
    subscriptions=direct(),
    subscriber=own(
        """
        Open another receive queue of this node, subscribed to the topics and patterns.

        ``await`` gives it; ``async with spot.subscriber("a") as subscriber`` closes it, too.

        recv_hwm, recv_hwm_bytes: its high-water marks, in frames and bytes per peer; None: the node's.
        missing_ok, timeout_ms: as in subscribe.
        codec: one of spotmq.codecs, its name, or any object with encode and decode: messages then
            have a ``value``, and unpack as (topic, value).

        Raises what subscribe raises; there is no subscriber then, not even after Timeout.
        ValueError, TypeError and ImportError for a codec that is none, or lacks what it needs.
        """,
        returns="Opening[Subscriber] | Opening[TypedSubscriber[Any]]",
    ),
    publisher=own(),
    wait_for_topic=shared(coroutine=True),
    wait_for_peers=shared(coroutine=True),
    wait_for_subscribers=shared(coroutine=True),
    context=direct(),
    node_id=direct("32 hexadecimal digits, new for every node.", returns="str"),
    name=direct("What it calls itself; may be empty.", returns="str"),
    endpoint=direct(
        "Where it can be reached from this machine; None before bind.", returns="str | None"
    ),
    data_endpoint=direct("Where its messages come from; None before bind.", returns="str | None"),
    flush=in_thread("""
        Send what waits to share a frame, now; by itself it leaves within coalesce_us.

        Raises Again when a subscriber had no room for it within send_timeout_ms
        (overflow="block"), Closed.
        """),
    stats=direct("Return the node's counters."),
)
class SpotCalls:
    """A part of Spot."""

    _sync: spotmq.Spot


@mirrors(
    spotmq.Subscriber,
    "_subscriber",
    subscribe=in_thread(but=_STAYS),
    unsubscribe=direct(coroutine=True),
    subscriptions=direct(),
    spot=shared(),
    stats=direct(),
)
class SubscriberCalls:
    """A part of Subscriber."""

    _spot: Spot
    _subscriber: spotmq.Subscriber


@mirrors(
    spotmq.Publisher,
    __init__=shared(),
    topic=shared(),
    spot=shared(),
    codec=shared(),
    publish_many=shared(coroutine=True),
    wait_for_subscribers=shared(coroutine=True),
)
class PublisherCalls(Generic[_T]):
    """A part of Publisher."""

    _spot: Spot
    _topic: str
    _codec: Codec[_T] | None
    _encode: Any


@mirrors(
    spotmq.TypedSubscriber,
    __init__=shared(),
    codec=shared(),
    queue=shared(),
    spot=shared(),
    closed=shared(),
    poll=shared(coroutine=True),
    fileno=shared("""
        Return the descriptor that the event loop watches: readable while a message waits.

        Raises Closed.
        """),
    subscribe=shared(coroutine=True, but=_STAYS),
    unsubscribe=shared(coroutine=True),
    subscriptions=shared(),
    stats=shared(),
    close=shared(
        "End its subscriptions everywhere. Idempotent. Tasks that wait get Closed.", coroutine=True
    ),
)
class TypedSubscriberCalls(Generic[_T]):
    """A part of TypedSubscriber."""

    _queue: Subscriber
    _codec: Codec[_T]
