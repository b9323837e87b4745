"""Counting messages by topic, and the rows that spot top shows of the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, NamedTuple

import spotmq


class Sort(str, Enum):
    """The columns that the table of spot top can be sorted by."""

    rate = "rate"
    bytes = "bytes"
    lost = "lost"
    topic = "topic"


class Known(NamedTuple):
    """The owners and the subscribers of a topic, as the cluster tells them."""

    owners: tuple[str, ...]
    subscribers: int


@dataclass(frozen=True)
class Row:
    """A topic in one interval."""

    topic: str
    owners: tuple[str, ...]
    messages_per_second: float
    bytes_per_second: float
    subscribers: int
    """Receivers over all nodes, the observer not among them."""
    lost: int
    """Messages that the observer missed, since it began."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Traffic:
    """Totals by topic, of the topics that were seen, and of those that are known without traffic."""

    def __init__(self) -> None:
        self._messages: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._lost: dict[str, int] = {}

    def add(self, batch: Iterable[spotmq.Message]) -> None:
        messages, sizes, lost = self._messages, self._bytes, self._lost
        for message in batch:
            topic = message.topic
            messages[topic] = messages.get(topic, 0) + 1
            sizes[topic] = sizes.get(topic, 0) + len(message.view)
            if message.lost:
                lost[topic] = lost.get(topic, 0) + message.lost

    def take(self, seconds: float, known: Mapping[str, Known]) -> list[Row]:
        """Return the traffic since the last call, so many seconds ago, and begin to count anew."""
        messages, sizes = self._messages, self._bytes
        self._messages, self._bytes = {}, {}
        unknown = Known((), 0)
        return [
            Row(
                topic,
                known.get(topic, unknown).owners,
                messages.get(topic, 0) / seconds,
                sizes.get(topic, 0) / seconds,
                known.get(topic, unknown).subscribers,
                self._lost.get(topic, 0),
            )
            for topic in sorted({*known, *messages})
        ]


def sorted_by(rows: Iterable[Row], order: Sort) -> list[Row]:
    if order is Sort.topic:
        return sorted(rows, key=lambda row: row.topic)
    if order is Sort.lost:
        return sorted(rows, key=lambda row: (-row.lost, row.topic))
    if order is Sort.bytes:
        return sorted(rows, key=lambda row: (-row.bytes_per_second, row.topic))
    return sorted(rows, key=lambda row: (-row.messages_per_second, row.topic))
