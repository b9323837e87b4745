"""The records and enums that a node's methods return."""

from enum import Enum
from typing import NamedTuple


class Location(Enum):
    """Where a topic is."""

    LOCAL = 0
    """Created on this node, its owner."""
    REMOTE = 1
    """Owned by other nodes."""

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class PeerState(Enum):
    """How the connection to a peer is."""

    CONNECTING = 0
    """Added, but it has not answered yet."""
    UP = 1
    """It answers, its topics are known, and this node's subscriptions are in effect there."""
    DOWN = 2
    """It stopped answering. The connection is tried again for ever."""

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
    """LOCAL, or an owner is not DOWN."""


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


class Stats(NamedTuple):
    """Counters since the node was made, and what it sees now."""

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
    ignored: int
    """What arrived well-formed, but not for this node."""
    reconnects: int
    """Connections to peers that came back."""
    peers_up: int
    """Now."""
    topics_local: int
    """Now."""
    topics_remote: int
    """Now."""


class SubscriberStats(NamedTuple):
    """Counters of one subscriber since it was made."""

    received: int
    """Messages handed to the application."""
    bytes_received: int
    """Payloads only."""
    lost: int
    """Messages that it should have received and did not."""
