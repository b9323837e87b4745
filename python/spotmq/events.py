"""Watching a node: what changes in its cluster, as it changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from spotmq import _core
from spotmq._closing import Closing
from spotmq._fields import documented

if TYPE_CHECKING:
    from typing_extensions import Self

    from spotmq.spot import Spot


class EventKind(Enum):
    """What an event tells.

    TOPIC_ADDED: a topic has an owner, this node or a peer. Told once for each owner.
    TOPIC_REMOVED: an owner has the topic no longer.
    PEER_UP: a peer answers, and its topics are known.
    PEER_DOWN: a peer is UP no longer. Its topics stay listed, as not reachable.
    SUBSCRIBERS_CHANGED: another number of receivers subscribes to a LOCAL topic.
    LOST: messages of a topic that this node should have received and did not.
    """

    TOPIC_ADDED = 0
    """A topic has an owner: this node or a peer. Told once for each owner."""
    TOPIC_REMOVED = 1
    """An owner has the topic no longer."""
    PEER_UP = 2
    """A peer answers, and its topics are known."""
    PEER_DOWN = 3
    """A peer is UP no longer. Its topics stay listed, as not reachable."""
    SUBSCRIBERS_CHANGED = 4
    """Another number of receivers subscribes to a LOCAL topic."""
    LOST = 5
    """Messages of a topic that this node should have received and did not."""

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"EventKind.{self.name}"


@dataclass(frozen=True, slots=True)
class Event:
    """One change."""

    kind: EventKind
    topic: str | None = None
    """Of events about a topic; None for LOST of more topics than are kept apart."""
    peer: str | None = None
    """The endpoint of the peer in question, as it was added; None for this node."""
    node_id: str = ""
    """Of the peer, or of the topic's owner; empty where it is not known."""
    count: int | None = None
    """SUBSCRIBERS_CHANGED: how many receivers subscribe to it now, over all nodes. LOST: how many
    messages, over all receive queues of this node."""


_KINDS = tuple(EventKind)


class Events(Closing, _core.Events):
    """An independent queue of a node's events, from ``spot.watch()``.

    It begins with the current state: an event for every topic, every peer that is UP, and every
    LOCAL topic with subscribers. What is not read yet is merged: of a topic that came and went
    nothing is told, of several counts the last, and losses of a topic and owner are summed up;
    they are told at every heartbeat. So the queue does not grow without bound, and an
    event is news about how things are, not a log of what happened.

    Thread-safe: each event goes to one of those who wait. Use it in a ``with`` block, or close it.
    """

    def __init__(self, node: Spot) -> None:
        super().__init__(node)
        self._of = node.node_id[:8]

    def recv(self, timeout_ms: float | None = None) -> Event:
        """Return the next event, waiting for it at most timeout_ms milliseconds (None: for ever).

        Raises Timeout (EAGAIN) when none came in time, and Closed, also when another thread closes
        this queue or its node meanwhile.
        """
        kind, topic, peer, node_id, count = self._take(timeout_ms)
        return Event(_KINDS[kind], topic, peer, node_id, count)

    def poll(self, timeout_ms: float | None = None) -> bool:
        """Wait at most timeout_ms milliseconds (None: for ever); return whether an event is there.

        Raises Closed.
        """
        return self._poll(timeout_ms)

    def fileno(self) -> int:
        """Return a descriptor that is readable (level-triggered) while an event waits.

        It is for select, selectors and asyncio's add_reader, and becomes readable on closing, too.
        It belongs to the queue; do not read from it or close it.

        Raises Closed.
        """
        return self._fileno()

    def close(self) -> None:
        """End the queue. Idempotent.

        Calls that wait in other threads end with Closed, iterations without an error. The node's
        close() does the same.
        """
        self._close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event:
        """Return the next event; the iteration ends when the queue or its node is closed."""
        taken = self._next()
        if taken is None:
            raise StopIteration
        kind, topic, peer, node_id, count = taken
        return Event(_KINDS[kind], topic, peer, node_id, count)

    def __repr__(self) -> str:
        return f"<spotmq.Events of {self._of} {'closed' if self.closed else 'open'}>"


documented(Event)
for _cls in (EventKind, Event, Events):
    _cls.__module__ = "spotmq"
