"""Brokerless publish/subscribe clusters: a node is a Spot."""

from spotmq._core import Message, __version__
from spotmq.context import Context
from spotmq.errors import (
    AddressInUse,
    Again,
    AlreadyBound,
    Closed,
    ConfigError,
    DecodeError,
    InvalidEndpoint,
    InvalidTopic,
    MessageTooLarge,
    NotSubscribed,
    PeerExists,
    PeerNotFound,
    PeerUnreachable,
    SpotError,
    Timeout,
    TopicExists,
    TopicNotFound,
)
from spotmq.events import Event, EventKind, Events
from spotmq.publisher import Publisher
from spotmq.spot import Spot
from spotmq.subscriber import Subscriber
from spotmq.typed import TypedMessage, TypedSubscriber
from spotmq.types import (
    Location,
    PeerInfo,
    PeerState,
    PeerStats,
    Stats,
    SubscriberStats,
    TopicInfo,
    TopicStats,
)

__all__ = [
    "AddressInUse",
    "Again",
    "AlreadyBound",
    "Closed",
    "ConfigError",
    "Context",
    "DecodeError",
    "Event",
    "EventKind",
    "Events",
    "InvalidEndpoint",
    "InvalidTopic",
    "Location",
    "Message",
    "MessageTooLarge",
    "NotSubscribed",
    "PeerExists",
    "PeerInfo",
    "PeerNotFound",
    "PeerState",
    "PeerStats",
    "PeerUnreachable",
    "Publisher",
    "Spot",
    "SpotError",
    "Stats",
    "Subscriber",
    "SubscriberStats",
    "Timeout",
    "TopicExists",
    "TopicInfo",
    "TopicNotFound",
    "TopicStats",
    "TypedMessage",
    "TypedSubscriber",
    "__version__",
]
