"""Waiting until a cluster is as a program needs it: events are read until one says so."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from spotmq._options import whole_number
from spotmq.errors import Timeout, TopicNotFound, came_from
from spotmq.events import Event, EventKind

if TYPE_CHECKING:
    from spotmq._node import Node

_INT_MAX = 2**31 - 1


class Deadline:
    def __init__(self, timeout_ms: float | None) -> None:
        if timeout_ms is not None:
            if not isinstance(timeout_ms, (int, float)) or isinstance(timeout_ms, bool):
                name = type(timeout_ms).__name__
                raise TypeError(f"timeout_ms must be int, float or None, not {name}")
            if not timeout_ms >= 0:  # NaN too
                raise ValueError(
                    "a time-out is milliseconds from 0 on, or None to wait for ever; "
                    f"not {timeout_ms}"
                )
        self._at = None if timeout_ms is None else time.monotonic() + timeout_ms / 1000

    def left_ms(self) -> float | None:
        return None if self._at is None else max(0.0, (self._at - time.monotonic()) * 1000)


class Wait(NamedTuple):
    """A wait: events are read until one satisfies it."""

    satisfied: Callable[[Event], bool]
    error: Timeout
    """Raised when none did in time."""
    require: Callable[[], None] = lambda: None
    """Called once the events are being kept; raises when there is nothing to wait for any more."""


def read_until(spot: Node, deadline: Deadline, wait: Wait | None) -> None:
    """Read events until one satisfies the wait. They begin with the current state: none is missed."""
    if wait is None:
        return
    with spot.watch() as events:
        wait.require()
        try:
            while not wait.satisfied(events.recv(deadline.left_ms())):
                pass
        except Timeout:
            raise wait.error from None


def _timeout(spot: Node, call: str, what: str, topic: str | None = None) -> Timeout:
    error = Timeout(errno.ETIMEDOUT, f"not in time: {what}")
    error.subject = topic
    came_from(error, spot, call)
    return error


def _require_local(spot: Node, topic: str) -> None:
    if not spot.topic_is_local(topic):
        error = TopicNotFound(errno.ENOENT, f"no LOCAL topic '{topic}'")
        error.subject = topic
        raise came_from(error, spot, "wait_for_subscribers")


# Each of these functions returns None when there is nothing to wait for.


def topic_wait(spot: Node, topic: str) -> Wait | None:
    spot._check_topic(topic)
    if spot.topic_exists(topic):  # watch() would list every topic first
        return None

    def satisfied(event: Event) -> bool:
        return event.kind is EventKind.TOPIC_ADDED and event.topic == topic

    return Wait(satisfied, _timeout(spot, "wait_for_topic", f"a topic '{topic}'", topic))


def peers_wait(spot: Node, n: int) -> Wait | None:
    wanted = whole_number("n", n, 0, _INT_MAX)
    if spot.stats().peers_up >= wanted:
        return None
    up: set[str | None] = set()

    def satisfied(event: Event) -> bool:
        if event.kind is EventKind.PEER_UP:
            up.add(event.peer)
        elif event.kind is EventKind.PEER_DOWN:
            up.discard(event.peer)
        return len(up) >= wanted

    return Wait(satisfied, _timeout(spot, "wait_for_peers", f"{wanted} peers UP"))


def subscribers_wait(spot: Node, topic: str, n: int) -> Wait | None:
    wanted = whole_number("n", n, 0, _INT_MAX)
    _require_local(spot, topic)
    if wanted == 0:
        return None

    what = f"{wanted} subscribers of '{topic}', which has"
    error = _timeout(spot, "wait_for_subscribers", f"{what} 0", topic)

    def satisfied(event: Event) -> bool:
        if event.topic != topic or event.peer is not None:
            return False
        if event.kind is EventKind.TOPIC_REMOVED:
            _require_local(spot, topic)
        if event.kind is not EventKind.SUBSCRIBERS_CHANGED:
            return False
        count = event.count or 0
        error.strerror = f"not in time: {what} {count}"
        return count >= wanted

    return Wait(satisfied, error, lambda: _require_local(spot, topic))
