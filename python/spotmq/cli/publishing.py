"""The parts that pub and replay share: a node that drops nothing, its topics, and a pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress

import spotmq
from spotmq.cli import signals
from spotmq.cli.output import Notes, count_of
from spotmq.cli.session import Deadline, get_acquainted, open_node

# The names of nodes that own topics only while their command runs. A message for them may be too late.
_PASSING = ("spot pub", "spot replay")

# Longer than stall_timeout_ms, after which a subscriber that takes nothing is cut off. So a subscriber
# that reads gets everything, and one that does not read delays the command for a bounded time.
_LINGER_MS = 60_000

_LOOK_AGAIN_MS = 5.0

# How much of a delay is caught up with when a sleep took too long. Idle time is not caught up with.
_CATCH_UP_S = 0.05


def open_publisher(
    notes: Notes,
    endpoint: str,
    topics: Sequence[str],
    *,
    timeout: float,
    listen: str | None,
    cluster: str | None,
) -> AbstractContextManager[spotmq.Spot]:
    """A node that waits for room instead of dropping, and closes when what it published is out.

    topics: names that are checked before anything else is done.
    """

    def check(spot: spotmq.Spot) -> None:
        for topic in topics:
            spot._check_topic(topic)

    return open_node(
        notes,
        endpoint,
        timeout=timeout,
        listen=listen,
        cluster=cluster,
        prepare=check,
        overflow="block",
        send_timeout_ms=None,
        linger_ms=_LINGER_MS,
    )


def take_topics(
    spot: spotmq.Spot,
    notes: Notes,
    topics: Sequence[str],
    *,
    wait: float,
    subscribers: int,
    timeout: float,
    refuse: Callable[[list[str]], object] | None = None,
) -> list[str]:
    """Create the topics that nobody has, and wait until those have so many subscribers.

    A topic of another node is published to through its owner, who alone knows its subscribers.
    One that only other commands have is created all the same: they come and go.
    refuse: called with those that another node owns, if there are any, to raise.

    Returns those that have fewer subscribers after so many seconds.
    """
    for endpoint in get_acquainted(spot, timeout):
        notes(f"no answer from {endpoint}: its topics are not known")
    created = [topic for topic in topics if not _has_owner(spot, topic)]
    if refuse and len(created) < len(topics):
        refuse([topic for topic in topics if topic not in created])
    for topic in created:
        spot.topic_create(topic)
    deadline = Deadline(wait)
    lonely = [topic for topic in created if not _subscribed(spot, topic, subscribers, deadline)]
    if lonely and wait > 0:
        names = ", ".join(map(repr, lonely))
        wanted = "nobody" if subscribers == 1 else f"fewer than {count_of(subscribers, 'node')}"
        notes(f"{wanted} subscribed to {names} within {wait:g} s")
    return lonely


def _subscribed(spot: spotmq.Spot, topic: str, wanted: int, deadline: Deadline) -> bool:
    """Wait until so many subscribe to it, and those of all nodes that are there are in effect.

    The first subscriber is not the last: each node connects to this one in its own time.
    """
    with spot.watch() as events:
        while True:
            enough = spot._count_subscribers(topic) >= wanted
            if deadline.over or (enough and _everyone_is_served(spot)):
                return enough
            with suppress(spotmq.Timeout):  # no event tells that a node without subscriptions came
                events.recv(deadline.left_ms(_LOOK_AGAIN_MS))


def _everyone_is_served(spot: spotmq.Spot) -> bool:
    up = {peer.node_id for peer in spot.peers() if peer.state is spotmq.PeerState.UP}
    return up.issubset(spot._served())


def _has_owner(spot: spotmq.Spot, topic: str) -> bool:
    passing = {peer.endpoint for peer in spot.peers() if peer.name in _PASSING}
    return any(
        info.topic == topic and info.reachable and not passing.issuperset(info.endpoints)
        for info in spot.list_topics()
    )


def paced(batches: Iterable[list[bytes]], rate: float) -> Iterator[list[bytes]]:
    """The same messages, at most so many a second, in batches where one a wake-up is too slow."""
    due = time.monotonic()
    for batch in batches:
        start = 0
        while start < len(batch):
            now = time.monotonic()
            if now < due:
                signals.sleep(due - now)
                continue
            due = max(due, now - _CATCH_UP_S)
            ready = batch[start : start + int((now - due) * rate) + 1]
            yield ready
            start += len(ready)
            due += len(ready) / rate
