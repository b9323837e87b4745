"""Brokerless publish/subscribe clusters: a node is a Spot."""

from typing import TYPE_CHECKING

from spotmq import errors
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
    SubscriberTopicStats,
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
    "SubscriberTopicStats",
    "Timeout",
    "TopicExists",
    "TopicInfo",
    "TopicNotFound",
    "TopicStats",
    "TypedMessage",
    "TypedSubscriber",
    "__version__",
]

if TYPE_CHECKING:
    from spotmq import asyncio as asyncio
    from spotmq import codecs as codecs
else:  # type checkers would take any name for one of these

    def __getattr__(name):
        """Import a part that most programs do without when it is first used."""
        if name in ("asyncio", "codecs"):
            from importlib import import_module

            return import_module(f"spotmq.{name}")
        raise AttributeError(f"module 'spotmq' has no attribute {name!r}")


def _advise(error: SpotError, source: object, call: str) -> str:
    """Import the advisor when advice is first asked for: most programs never read it."""
    from spotmq._advice import advise

    return advise(error, source, call)


errors.set_advisor(_advise)


def __dir__() -> list[str]:
    return sorted([*globals(), "asyncio", "codecs"])
