"""Spot: a node of the cluster."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from spotmq import _core, _lifecycle, _logging
from spotmq._closing import Closing
from spotmq._handles import Handles
from spotmq._options import OPTIONS, for_the_core, refuse_unknown, yes_or_no
from spotmq._tables import PeerList, TopicList
from spotmq._waits import Waits
from spotmq.context import Context
from spotmq.errors import SpotError, settle
from spotmq.events import Events
from spotmq.types import (
    Location,
    PeerInfo,
    PeerState,
    PeerStats,
    Stats,
    TopicInfo,
    TopicStats,
)

if TYPE_CHECKING:
    from typing_extensions import Never, Self, Unpack

    from spotmq._config import Settings

_LOCATIONS = tuple(Location)
_STATES = tuple(PeerState)


class Spot(Handles, Waits, Closing, _core.Node):
    """A node: it owns topics, knows those of its peers, publishes and receives.

    Thread-safe. Every time is in milliseconds. A node that never binds is a client: it sees,
    subscribes to and publishes to others' topics, and its own stay its own.

    context: shares I/O threads and ``inproc://`` endpoints; None makes a private one.
    send_hwm, recv_hwm: how many wire frames wait for one peer before it counts as full; many
        small messages may share a frame. 0 sets no limit.
    send_hwm_bytes, recv_hwm_bytes: how many bytes wait for one peer before it counts as full,
        about; one message that is larger may wait alone. 0 sets no limit.
    overflow: "drop" drops for the peer that is full (its receiver counts it as lost and reports
        it back); "block" lets publish wait for room.
    send_timeout_ms: how long "block" waits before it raises Again; None waits for ever.
    coalesce_us: small messages of one topic that follow each other closely (100,000 a second and
        faster) share wire frames; each leaves about so many microseconds later than alone at
        most, in a stream that fills whole frames four times as many. A message after a pause
        leaves at once. 0: every message leaves at once, in its own frame.
    linger_ms: how long close() lets what was published leave.
    name: shown to peers; at most 255 bytes.
    cluster: the name of the cluster, at most 255 bytes: this node and those of another one
        refuse each other. None: the cluster without a name.
    heartbeat_ms: a peer is asked for a sign of life when it was silent for that long; after
        three times that it is DOWN.
    stall_timeout_ms: a subscriber that takes nothing for that long is cut off.
    max_message_bytes: the largest message sent or accepted.
    max_topics_per_peer, max_peers: bounds on what peers can make this node remember.
    gossip: nodes tell each other of the nodes they know, so that to add one node is to join its
        whole cluster. False keeps membership manual: this node connects to whom it is told to,
        and neither tells others of its peers nor believes what they tell.

    Raises TypeError and ValueError for options that make no sense, Closed when the context is
    closed, SpotError when there are no descriptors left.
    """

    def __init__(
        self,
        context: Context | None = None,
        *,
        # Made by scripts/tables.py: SPOT_OPTIONS
        send_hwm: int = 10_000,
        recv_hwm: int = 10_000,
        send_hwm_bytes: int = 64 << 20,
        recv_hwm_bytes: int = 64 << 20,
        overflow: Literal["drop", "block"] = "drop",
        send_timeout_ms: float | None = 10_000,
        linger_ms: float = 500,
        coalesce_us: int = 50,
        name: str | None = None,
        cluster: str | None = None,
        heartbeat_ms: float = 1_000,
        stall_timeout_ms: float = 30_000,
        max_message_bytes: int = 1 << 30,
        max_topics_per_peer: int = 1_000_000,
        max_peers: int = 4_096,
        gossip: bool = True,
        # End of SPOT_OPTIONS
        **unknown: Never,
    ) -> None:
        given = locals()
        if unknown:
            refuse_unknown("Spot()", unknown, tuple(option.name for option in OPTIONS))
        if context is not None and not isinstance(context, Context):
            raise TypeError(f"context must be Context or None, not {type(context).__name__}")
        _logging.look()
        super().__init__(context, **for_the_core(given))
        self._context = context
        _lifecycle.nodes.add(self)
        if context is not None:
            context._nodes.add(self)

    @classmethod
    def from_config(
        cls,
        source: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        *,
        context: Context | None = None,
        environ: Mapping[str, str] | None = None,
        **options: Unpack[Settings],
    ) -> Self:
        """Make a node as a TOML file, the environment and keywords say; in doubt the later one.

        source: a path, or a mapping with the same keys. Options stand in the table ``[spot]``, or
            at the top of a file that has none. Without it, SPOT_CONFIG may name a file.
        environ: where variables are looked for: ``SPOT_RECV_HWM`` for recv_hwm. None:
            ``os.environ``; ``{}`` looks at none.
        options: those of Spot, and topics to create, bind (with data_endpoint, ingress_endpoint
            and advertise), and seeds to join, which is not waited for.

        ``Spot()`` itself reads neither files nor the environment.

        Raises ConfigError for what is unknown or makes no sense in the file or the environment;
        TypeError and ValueError for keywords; what topic_create, bind and join raise.
        """
        from spotmq import _config  # imported late: most programs do not need it

        found = _config.resolve(source, os.environ if environ is None else environ, options)
        spot = cls(context, **found.options())
        try:
            found.place(spot)
        except BaseException as error:
            settle(error)
            spot.close()
            raise
        return spot

    # --- cluster ---------------------------------------------------------------------------

    def bind(
        self,
        endpoint: str,
        *,
        data_endpoint: str | None = None,
        ingress_endpoint: str | None = None,
        advertise: str | None = None,
    ) -> None:
        """Listen, so that others can add this node and use its topics.

        endpoint: ``tcp://host:port``, ``tcp://*:port`` (all interfaces), ``tcp://*:0`` (any free
            port), ``tcp://[::1]:port``, ``ipc://path`` or ``inproc://name``. Of what stands at
            an ipc path, only a socket that nobody listens on is replaced.
        data_endpoint, ingress_endpoint: a node listens on two more ports, for messages out and
            in; these are any free ports of the same interface unless fixed here.
        advertise: the host that peers are to use where it differs from the one bound.

        Raises AlreadyBound, AddressInUse, InvalidEndpoint; Timeout when a host name was not looked
        up within five seconds.
        """
        _logging.look()
        try:
            self._bind(endpoint, data_endpoint, ingress_endpoint, advertise)
        except SpotError as error:
            if error.subject != endpoint:
                error._given_as("data_endpoint", data_endpoint)
                error._given_as("ingress_endpoint", ingress_endpoint)
            raise

    def cluster_add(self, endpoint: str, *, timeout_ms: float | None = 0) -> None:
        """Add a peer and keep the connection up for ever; with it comes the cluster it is in.

        With the default this returns at once, and the peer may start later. With a time-out in
        milliseconds (None: for ever) it returns when the peer answered. A peer that this node
        learned of by itself is adopted: it is no longer forgotten when it is away.

        A host name that does not resolve yet is tried for ever, too; with a time-out, a name that
        the resolver says does not exist ends the call at once.

        Raises PeerExists when an earlier call added it; PeerUnreachable when there is no such
        host name, or there was no answer in time (the peer is then not added); InvalidEndpoint.
        """
        _logging.look()
        self._cluster_add(endpoint, timeout_ms)

    def cluster_remove(self, endpoint: str) -> None:
        """Forget a peer: its topics vanish, unless others own them too, and its messages stop.

        It stays away: what other nodes tell does not bring it back, until cluster_add does.

        Raises PeerNotFound.
        """
        self._cluster_remove(endpoint)

    def join(self, *seeds: str, timeout_ms: float | None = 5_000) -> None:
        """Join a cluster through any of its nodes.

        Adds all these endpoints at once and returns when one has answered; the others are tried
        for ever. Peers already are no error, and the node's own endpoint is passed over, so that
        all nodes of a cluster may be given the same seeds. Without arguments, the seeds are those
        in the environment variable SPOT_SEEDS, separated by commas.

        timeout_ms: how long to wait for an answer, in milliseconds (None: for ever). With 0 this
            returns at once, and the seeds may start later.

        Host names that do not resolve yet are tried like those that do.

        Raises PeerUnreachable when none answered in time: then none is added that was no peer
        before; InvalidEndpoint for what is no endpoint, and without any seed.
        """
        _logging.look()
        self._join(seeds, timeout_ms)

    def cluster_sync(self, timeout_ms: float | None = 1_000) -> None:
        """Ask every peer for its topics and return when all have answered.

        Their topics are then registered as REMOTE, and those they no longer have are gone.
        timeout_ms is in milliseconds (None: for ever). Without peers this returns at once.

        Raises Timeout with ``missing``, the endpoints that did not answer; what the others
        answered is registered all the same. Peers that were learned of from others and are not
        connected are not named: they may be gone for good.
        """
        _logging.look()
        self._cluster_sync(timeout_ms)

    def peers(self) -> list[PeerInfo]:
        """Return the other nodes that this one is connected to, or tries to, and why they are not UP."""
        return PeerList(
            PeerInfo(endpoint, node_id, name, _STATES[state], topics, reason, since)
            for endpoint, node_id, name, state, topics, reason, since in self._peers()
        )

    # --- topics ----------------------------------------------------------------------------

    def topic_create(self, topic: str, *, shared: bool = False) -> None:
        """Create a topic that this node owns; peers learn of it.

        shared: other nodes are meant to own it, too. The log warns of a topic with two owners
            unless each of them said so.

        Raises TopicExists when it is LOCAL already; InvalidTopic.
        """
        self._topic_create(topic, yes_or_no("shared", shared))

    def topic_destroy(self, topic: str) -> None:
        """End a LOCAL topic.

        Raises TopicNotFound.
        """
        self._topic_destroy(topic)

    def topic_route(self, topic: str, endpoint: str) -> None:
        """Register a REMOTE topic by hand, without asking its owner.

        The peer is added when it is unknown. A topic that is REMOTE already gets one more owner.

        Raises TopicExists when the topic is LOCAL; InvalidTopic; InvalidEndpoint.
        """
        self._topic_route(topic, endpoint)

    def topic_exists(self, topic: str) -> bool:
        """Return whether the topic is known, LOCAL or REMOTE."""
        return self._topic_exists(topic)

    def topic_is_local(self, topic: str) -> bool:
        """Return whether the topic is this node's own."""
        return self._topic_is_local(topic)

    def list_topics(self) -> list[TopicInfo]:
        """Return all known topics, sorted by name.

        Those of a peer that is DOWN stay listed, as not reachable, until it is removed, leaves
        in good order, or comes back without them.
        """
        return TopicList(
            TopicInfo(topic, _LOCATIONS[location], endpoints, reachable)
            for topic, location, endpoints, reachable in self._list_topics()
        )

    # --- subscriptions ---------------------------------------------------------------------

    def subscribe(
        self, *topics: str, missing_ok: bool = False, timeout_ms: float | None = 5_000
    ) -> None:
        """Subscribe to topics and patterns (``*``: any characters, ``?``: one character).

        On return the subscription is in effect here and at every peer that is UP: what is
        published from now on is received. Peers that come up later get it on connecting.
        Idempotent, and all or nothing when a name is wrong. A message that matches several
        subscriptions arrives once.

        missing_ok: a topic that nobody knows yet is subscribed to for when it appears.
        timeout_ms: how long to wait for the peers, in milliseconds (None: for ever).

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays).
        """
        _logging.look()
        self._subscribe(topics, missing_ok, timeout_ms)

    def unsubscribe(self, *topics: str) -> None:
        """End subscriptions: all of them when called without arguments.

        No message of theirs is received afterwards.

        Raises NotSubscribed; then nothing was changed.
        """
        self._unsubscribe(topics)

    def subscriptions(self) -> list[str]:
        """Return the names and patterns subscribed to, sorted."""
        return self._subscriptions()

    # --- watching --------------------------------------------------------------------------

    def watch(self) -> Events:
        """Return a queue of what changes from now on: topics, peers, subscribers.

        The current state comes first, so nothing is missed. Each call gives an independent queue;
        close it, or use it in a ``with`` block.

        Raises Closed; SpotError when there are no descriptors left.
        """
        _logging.look()
        return Events(self)

    # --- the node itself -------------------------------------------------------------------

    @property
    def context(self) -> Context | None:
        """The context it was made with."""
        return self._context

    def flush(self) -> None:
        """Send what waits to share a frame, now.

        It leaves by itself within coalesce_us, and whenever a call of this node begins to wait.

        Raises Again when a subscriber had no room for it within send_timeout_ms
        (overflow="block"), Closed.
        """
        self._flush()

    def stats(self) -> Stats:
        """Return the node's counters: all in all, by peer and by topic.

        Counting costs messages nothing. Adding up takes some three microseconds for each topic that
        the node owns, publishes to or receives of.
        """
        return Stats(
            **self._stats(),
            peers={key: PeerStats(*counts) for key, counts in self._peer_stats().items()},
            topics={key: TopicStats(*counts) for key, counts in self._topic_stats().items()},
        )

    def close(self) -> None:
        """Leave the cluster. Idempotent.

        What was published leaves first, for at most linger_ms. Calls that wait in other threads
        end with Closed. A node is also closed when it is garbage, and at the interpreter's exit.
        """
        self._close()

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        state = "closed" if self.closed else self.endpoint or "not bound"
        return f"<spotmq.Spot{name} {self.node_id[:8]} {state}{self._surroundings()}>"

    def _surroundings(self) -> str:
        try:
            stats, peers = self._stats(), len(self._peers())
        except SpotError:  # it is closed, or was closed between the two calls
            return ""
        topics = stats["topics_local"] + stats["topics_remote"]
        known = f", {topics:,} {'topic' if topics == 1 else 'topics'}" if topics else ""
        return f"{known}, {stats['peers_up']} of {peers:,} peers UP" if peers else known


Spot.__module__ = "spotmq"
