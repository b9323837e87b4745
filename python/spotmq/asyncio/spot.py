"""Spot: a node of the cluster, for asyncio."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING

import spotmq
from spotmq import _waiting
from spotmq.asyncio._closing import Closing
from spotmq.asyncio._gate import Gate, next_turn
from spotmq.asyncio._handles import Handles
from spotmq.asyncio._publishing import publish_later, publish_many
from spotmq.asyncio._receiving import Receiving
from spotmq.asyncio._workers import in_thread, to_the_end
from spotmq.asyncio.events import Events
from spotmq.context import Context
from spotmq.errors import Again, PeerUnreachable, Timeout
from spotmq.types import PeerInfo, Stats, TopicInfo

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from spotmq._payload import Payload
    from spotmq.asyncio._options import Options


class Spot(Handles, Closing, Receiving):
    """A node, as spotmq.Spot, whose methods are awaited where those of spotmq.Spot can wait.

    It takes the same options. Use it in an ``async with`` block, or close it. Its methods belong to
    one event loop at a time; ``sync`` is for other threads.

    context: shares I/O threads and ``inproc://`` endpoints; None makes a private one.
    options: those of spotmq.Spot.

    Raises what spotmq.Spot raises.
    """

    def __init__(self, context: Context | None = None, **options: Unpack[Options]) -> None:
        # pyright takes a TypedDict for one that may have more keys.
        self._wrap(spotmq.Spot(context, **options))  # pyright: ignore[reportArgumentType]

    @classmethod
    def wrap(cls, spot: spotmq.Spot) -> Self:
        """Use a node that is there already; closing one of the two closes both."""
        if not isinstance(spot, spotmq.Spot):
            raise TypeError(f"spot must be spotmq.Spot, not {type(spot).__name__}")
        self = cls.__new__(cls)
        self._wrap(spot)
        return self

    def _wrap(self, spot: spotmq.Spot) -> None:
        super().__init__(spot)
        self._sync = spot
        self._publish_now = spot._publish_now
        # Of subscribers and watchers: closing the node need not be over for them to know.
        self._gates: weakref.WeakSet[Gate] = weakref.WeakSet([self._gate])

    @property
    def sync(self) -> spotmq.Spot:
        """The synchronous node that this waits for: the same queue, topics and peers."""
        return self._sync

    # --- cluster ---------------------------------------------------------------------------

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
        await in_thread(
            self._sync.bind,
            endpoint,
            data_endpoint=data_endpoint,
            ingress_endpoint=ingress_endpoint,
            advertise=advertise,
        )

    async def cluster_add(self, endpoint: str, *, timeout_ms: float | None = 0) -> None:
        """Add a peer and keep the connection up for ever; with it comes the cluster it is in.

        With the default this does not wait for the peer, which may start later. With a time-out in
        milliseconds (None: for ever) it returns when the peer answered. When it is cancelled before
        that, the peer is not added.

        Raises PeerExists, PeerUnreachable, InvalidEndpoint.
        """
        await in_thread(self._sync.cluster_add, endpoint, timeout_ms=timeout_ms)

    async def cluster_remove(self, endpoint: str) -> None:
        """Forget a peer: its topics vanish, unless others own them too, and its messages stop.

        Raises PeerNotFound.
        """
        await in_thread(self._sync.cluster_remove, endpoint)

    async def join(self, *seeds: str, timeout_ms: float | None = 5_000) -> None:
        """Join a cluster through any of its nodes; see spotmq.Spot.join.

        Returns when one of them has answered, within timeout_ms milliseconds (None: for ever).
        When it is cancelled before that, none is added.

        Raises PeerUnreachable, InvalidEndpoint.
        """
        await in_thread(self._sync.join, *seeds, timeout_ms=timeout_ms)

    async def cluster_sync(self, timeout_ms: float | None = 1_000) -> None:
        """Ask every peer for its topics and return when all have answered.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout with ``missing``, the endpoints that did not answer.
        """
        await in_thread(self._sync.cluster_sync, timeout_ms)

    def peers(self) -> list[PeerInfo]:
        """Return the other nodes that this one is connected to, or tries to, and why they are not UP."""
        return self._sync.peers()

    # --- topics ----------------------------------------------------------------------------

    def topic_create(self, topic: str, *, shared: bool = False) -> None:
        """Create a topic that this node owns; peers learn of it.

        shared: other nodes are meant to own it, too; the log does not warn of that.

        Raises TopicExists when it is LOCAL already; InvalidTopic.
        """
        self._sync.topic_create(topic, shared=shared)

    def topic_destroy(self, topic: str) -> None:
        """End a LOCAL topic.

        Raises TopicNotFound.
        """
        self._sync.topic_destroy(topic)

    async def topic_route(self, topic: str, endpoint: str) -> None:
        """Register a REMOTE topic by hand, without asking its owner; see spotmq.Spot.topic_route.

        Raises TopicExists when the topic is LOCAL; InvalidTopic; InvalidEndpoint.
        """
        await in_thread(self._sync.topic_route, topic, endpoint)

    def topic_exists(self, topic: str) -> bool:
        """Return whether the topic is known, LOCAL or REMOTE."""
        return self._sync.topic_exists(topic)

    def topic_is_local(self, topic: str) -> bool:
        """Return whether the topic is this node's own."""
        return self._sync.topic_is_local(topic)

    def list_topics(self) -> list[TopicInfo]:
        """Return all known topics, sorted by name."""
        return self._sync.list_topics()

    # --- subscriptions ---------------------------------------------------------------------

    async def subscribe(
        self, *topics: str, missing_ok: bool = False, timeout_ms: float | None = 5_000
    ) -> None:
        """Subscribe to topics and patterns; see spotmq.Spot.subscribe.

        On return the subscription is in effect here and at every peer that is UP.

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays, as it does when this is cancelled).
        """
        await in_thread(self._sync.subscribe, *topics, missing_ok=missing_ok, timeout_ms=timeout_ms)

    async def unsubscribe(self, *topics: str) -> None:
        """End subscriptions: all of them when called without arguments.

        No message of theirs is received afterwards.

        Raises NotSubscribed; then nothing was changed.
        """
        self._sync.unsubscribe(*topics)

    def subscriptions(self) -> list[str]:
        """Return the names and patterns subscribed to, sorted."""
        return self._sync.subscriptions()

    # --- messages --------------------------------------------------------------------------

    async def publish(self, topic: str, data: Payload, *, copy: bool | None = None) -> None:
        """Publish one message, as spotmq.Spot.publish; ``copy`` means what it means there.

        It never holds the loop up. With overflow="block" it waits for a subscriber without room, at
        most send_timeout_ms; when it is cancelled meanwhile, the message was not published.

        Raises TopicNotFound; PeerUnreachable when no owner is UP; MessageTooLarge above
        max_message_bytes; Again when there was no room in time; TypeError; Closed.
        """
        try:
            over = (
                self._publish_now(topic, data)
                if copy is None
                else self._publish_now(topic, data, copy=copy)
            )
        except (Again, PeerUnreachable) as error:
            await publish_later(self._sync, topic, data, copy, error)
        else:
            if over:
                await next_turn()

    async def publish_many(self, topic: str, items: Iterable[Payload]) -> int:
        """Publish every buffer that the iterable gives, in order, and return how many.

        Other tasks run in between. When it is cancelled, an unknown number of the first items were
        published.

        Raises what publish raises. The message then names the index of the item, and all items
        before it were published.
        """
        return await publish_many(self._sync, topic, items)

    # --- watching --------------------------------------------------------------------------

    def watch(self) -> Events:
        """Return a queue of what changes from now on: topics, peers, subscribers.

        The current state comes first, so nothing is missed. Close it, or use it in an
        ``async with`` block.

        Raises Closed; SpotError when there are no descriptors left.
        """
        events = Events(self._sync.watch())
        self._gates.add(events._gate)
        return events

    async def wait_for_topic(self, topic: str, timeout_ms: float | None = 5_000) -> None:
        """Return when the topic is known, LOCAL or REMOTE.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout, Closed, InvalidTopic.
        """
        deadline = _waiting.Deadline(timeout_ms)
        await self._wait(deadline, _waiting.topic_wait(self._sync, topic))

    async def wait_for_peers(self, n: int, timeout_ms: float | None = 5_000) -> None:
        """Return when at least n peers are UP.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout, Closed.
        """
        deadline = _waiting.Deadline(timeout_ms)
        await self._wait(deadline, _waiting.peers_wait(self._sync, n))

    async def wait_for_subscribers(
        self, topic: str, n: int = 1, timeout_ms: float | None = 5_000
    ) -> None:
        """Return when at least n receivers subscribe to a LOCAL topic, over all nodes.

        This node's own count too. timeout_ms is in milliseconds (None: for ever).

        Raises Timeout; TopicNotFound when the topic is not LOCAL, or is no longer; Closed.
        """
        deadline = _waiting.Deadline(timeout_ms)
        await self._wait(deadline, _waiting.subscribers_wait(self._sync, topic, n))

    async def _wait(self, deadline: _waiting.Deadline, wait: _waiting.Wait | None) -> None:
        if wait is None:
            return
        async with self.watch() as events:
            try:
                while not wait.satisfied(await events.recv(deadline.left_ms())):
                    pass
            except Timeout:
                raise wait.error from None

    # --- the node itself -------------------------------------------------------------------

    @property
    def context(self) -> Context | None:
        """The context it was made with."""
        return self._sync.context

    @property
    def node_id(self) -> str:
        """32 hexadecimal digits, new for every node."""
        return self._sync.node_id

    @property
    def name(self) -> str:
        """What it calls itself; may be empty."""
        return self._sync.name

    @property
    def endpoint(self) -> str | None:
        """Where it can be reached from this machine; None before bind."""
        return self._sync.endpoint

    @property
    def data_endpoint(self) -> str | None:
        """Where its messages come from; None before bind."""
        return self._sync.data_endpoint

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._gate.closed or self._sync.closed

    async def flush(self) -> None:
        """Send what waits to share a frame, now; by itself it leaves within coalesce_us.

        Raises Again when a subscriber had no room for it within send_timeout_ms
        (overflow="block"), Closed.
        """
        await in_thread(self._sync.flush)

    def stats(self) -> Stats:
        """Return the node's counters."""
        return self._sync.stats()

    async def close(self) -> None:
        """Leave the cluster. Idempotent.

        Tasks that wait get Closed, and iterations end, at once. What was published leaves, for at
        most linger_ms; the loop goes on meanwhile. Once begun it goes on when it is cancelled.
        """
        for gate in list(self._gates):
            gate.close()
        if not self._sync.closed:
            await to_the_end(self._sync.close)

    def __repr__(self) -> str:
        return repr(self._sync).replace("<spotmq.Spot", "<spotmq.asyncio.Spot", 1)


def _signature() -> inspect.Signature:
    """The keywords of spotmq.Spot, by name."""
    own = inspect.signature(spotmq.Spot.__init__)
    named = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
    return own.replace(parameters=named)


setattr(Spot.__init__, "__signature__", _signature())  # noqa: B010
Spot.__module__ = "spotmq.asyncio"
