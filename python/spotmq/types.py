"""The records and enums that a node's methods return."""

from enum import Enum
from typing import NamedTuple

from spotmq._fields import documented

_MOST_SHOWN = 3  # of the entries of a dict


class Location(Enum):
    """Where a topic is.

    LOCAL: created on this node, its owner.
    REMOTE: owned by other nodes.
    """

    LOCAL = 0
    """Created on this node, its owner."""
    REMOTE = 1
    """Owned by other nodes."""

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class PeerState(Enum):
    """How the connection to a peer is.

    CONNECTING: added, but it has not answered yet.
    UP: it answers, its topics are known, and this node's subscriptions are in effect there.
    DOWN: it stopped answering. The connection is tried again for ever.
    """

    CONNECTING = 0
    """Added, and it has not answered yet; or its connection ended, and is being made again."""
    UP = 1
    """It answers, its topics are known, and this node's subscriptions are in effect there."""
    DOWN = 2
    """It does not answer, or is gone. The connection is tried again for ever."""

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class TopicInfo(NamedTuple):
    """A topic that the node knows."""

    topic: str
    location: Location
    endpoints: tuple[str, ...]
    """Of the owners. A LOCAL topic of a node that is not bound has none."""
    reachable: bool
    """LOCAL, or an owner is UP."""


class PeerInfo(NamedTuple):
    """Another node."""

    endpoint: str
    """As it was added."""
    node_id: str
    """32 hexadecimal digits; empty until the peer answered."""
    name: str
    """What it calls itself; may be empty."""
    state: PeerState
    topics: int
    """How many it owns."""
    reason: str = ""
    """Why it is not UP; empty while it is, and until something went wrong."""
    since: float = 0.0
    """When that state began, as of ``time.time()``."""


class PeerStats(NamedTuple):
    """Counters of one peer. The entry goes with the peer: when it is removed, or forgotten."""

    # Made by scripts/tables.py: SPOT_PEER_COUNTERS
    received: int
    """Its messages that came to this node's receive queues, since it has this node id.

    They are counted by wire frame, so that up to one frame of them was not handed out yet.
    """
    bytes_received: int
    """Payloads of these."""
    lost: int
    """Its messages that this node should have received and did not, since it has this node id."""
    overflowed: int
    """Messages of this node that it reported as lost, or did not live to get."""
    reconnects: int
    """How often its connection came back."""
    malformed: int
    """Control messages of it that broke a rule of the protocol."""
    # End of SPOT_PEER_COUNTERS


class TopicStats(NamedTuple):
    """Counters of one topic.

    Each LOCAL topic has an entry until it is destroyed, and begins at 0 when it is created again.
    Others have one while this node has received of them in a subscription that lasts, or has
    published to them (forgotten only when there are many whose topic is gone).
    """

    # Made by scripts/tables.py: SPOT_TOPIC_COUNTERS
    published: int
    """Messages published to it here."""
    bytes_published: int
    """Payloads of these."""
    relayed: int
    """Messages that other nodes published to it through this one, its owner."""
    received: int
    """Messages that came to the receive queues that subscribe to it now, since they do.

    They are counted by wire frame, so that up to one frame of them was not handed out yet.
    """
    bytes_received: int
    """Payloads of these."""
    lost: int
    """Messages that these queues should have received and did not."""
    overflowed: int
    """Messages of this node that others reported as lost, or did not live to get."""
    subscribers: int | None
    """Of a LOCAL topic: how many receive queues subscribe to it now, over all nodes."""
    # End of SPOT_TOPIC_COUNTERS


def _few(value: object) -> str:
    if not isinstance(value, dict) or len(value) <= _MOST_SHOWN:
        return repr(value)
    shown = ", ".join(f"{key!r}: {item!r}" for key, item in list(value.items())[:_MOST_SHOWN])
    return f"{{{shown}, … {len(value):,} in all}}"


class Stats(NamedTuple):
    """Counters since the node was made, and what it sees now."""

    # Made by scripts/tables.py: SPOT_NODE_COUNTERS
    published: int
    """Messages published here."""
    received: int
    """Messages handed to the application, those of subscribers included."""
    relayed: int
    """Messages that others published to this node's topics."""
    bytes_published: int
    """Payloads only."""
    bytes_received: int
    """Payloads only."""
    lost: int
    """Messages that this node should have received and did not, subscribers included."""
    overflowed: int
    """Messages of this node that its receivers report as lost."""
    malformed: int
    """What arrived and broke a rule of the protocol."""
    oversized: int
    """Messages that arrived, were larger than max_message_bytes, and were dropped."""
    ignored: int
    """What arrived well-formed, but not for this node."""
    reconnects: int
    """Connections to peers that came back."""
    cut_off: int
    """Connections of subscribers that this node ended: they took nothing, or asked for too much."""
    peers_up: int
    """Now."""
    topics_local: int
    """Now."""
    topics_remote: int
    """Now."""
    # End of SPOT_NODE_COUNTERS
    peers: dict[str, PeerStats]
    """By endpoint, as in ``peers()``."""
    topics: dict[str, TopicStats]
    """By name."""

    def __repr__(self) -> str:
        """As of any named tuple, but with a few of many peers and topics."""
        fields = (f"{name}={_few(value)}" for name, value in zip(self._fields, self, strict=True))
        return f"Stats({', '.join(fields)})"


class SubscriberTopicStats(NamedTuple):
    """Counters of one topic in one subscriber, since its subscription that lasts began."""

    # Made by scripts/tables.py: SPOT_SUBSCRIBER_TOPIC_COUNTERS
    received: int
    """Messages that came. They are counted by wire frame: up to one frame of them was not handed
    out yet."""
    bytes_received: int
    """Payloads only."""
    lost: int
    """Messages that it should have received and did not."""
    # End of SPOT_SUBSCRIBER_TOPIC_COUNTERS


class SubscriberStats(NamedTuple):
    """Counters of one subscriber since it was made."""

    # Made by scripts/tables.py: SPOT_SUBSCRIBER_COUNTERS
    received: int
    """Messages handed to the application."""
    bytes_received: int
    """Payloads only."""
    lost: int
    """Messages that it should have received and did not."""
    # End of SPOT_SUBSCRIBER_COUNTERS
    topics: dict[str, SubscriberTopicStats]
    """By name: those of which something came, or was lost."""

    def __repr__(self) -> str:
        """As of any named tuple, but with a few of many topics."""
        fields = (f"{name}={_few(value)}" for name, value in zip(self._fields, self, strict=True))
        return f"SubscriberStats({', '.join(fields)})"


documented(
    TopicInfo,
    PeerInfo,
    PeerStats,
    TopicStats,
    Stats,
    SubscriberTopicStats,
    SubscriberStats,
)
