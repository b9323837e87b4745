"""Shared by the tests of watch(): reads a queue of events up to a given one."""

from collections.abc import Callable

from helpers import PATIENCE_MS

import spotmq
from spotmq import Event, EventKind


def until(events: spotmq.Events, wanted: Callable[[Event], bool]) -> list[Event]:
    """The events up to the first that is wanted."""
    seen: list[Event] = []
    while not seen or not wanted(seen[-1]):
        seen.append(events.recv(PATIENCE_MS))
    return seen


def until_kind(events: spotmq.Events, kind: EventKind) -> Event:
    return until(events, lambda event: event.kind is kind)[-1]


def until_kinds(events: spotmq.Events, *kinds: EventKind) -> None:
    """Reads until there was an event of each kind."""
    missing = set(kinds)
    while missing:
        missing.discard(events.recv(PATIENCE_MS).kind)


def waiting(events: spotmq.Events) -> list[Event]:
    """The events that wait already."""
    found = []
    while events.poll(0):
        found.append(events.recv(0))
    return found
