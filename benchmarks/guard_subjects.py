"""What the guard measures. A subject is set up and measured as one; each of its figures is a row.

A figure is a speed, so more is better: times and memory are turned upside down.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from guard_ends import Ends, Round, alone
from spotmq_bench.harness.payloads import warm_up
from spotmq_bench.harness.tables import amount
from spotmq_bench.harness.workers import Contender, MakeEnd

ROUNDS, SECONDS = 3, 0.1


@dataclass(frozen=True)
class Figure:
    name: str
    margin: float
    """How much of it may be lost."""


RATE = Figure("messages a second", 0.05)
PROCESSOR = Figure("processor time a message", 0.02)
LATENCY = (Figure("latency p50", 0.05), Figure("latency p99", 0.05))
CALL = (Figure("time in publish() p50", 0.05), Figure("time in publish() p99", 0.05))
MEMORY = Figure("memory", 0.005)  # a page here and there

Speeds = dict[Figure, float]


class Subject(Protocol):
    @property
    def label(self) -> str: ...

    @property
    def figures(self) -> tuple[Figure, ...]: ...

    def enough(self, python: Path) -> int:
        """How many messages make a round."""

    def session(self, pythons: Sequence[Path], count: int) -> dict[Path, Speeds]:
        """The speeds of each contender, in new processes."""


def rate(one: Round) -> tuple[float, ...]:
    """The passive end counts messages and seconds, from the first message to the last."""
    messages, seconds = one.passive
    return messages / seconds, one.count / one.processor


def deliveries(one: Round) -> tuple[float, ...]:
    """Both ends return a span (``ends.crowd``)."""
    delivered = one.passive[0]
    began = min(one.active[1], one.passive[1])
    ended = max(one.active[2], one.passive[2])
    return delivered / (ended - began), delivered / one.processor


def percentiles(one: Round) -> tuple[float, ...]:
    """The active end returns times."""
    cuts = statistics.quantiles(one.active, n=100)
    return 1 / cuts[49], 1 / cuts[98]


def medians(rounds: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(statistics.median(values) for values in zip(*rounds, strict=True))


@dataclass(frozen=True)
class Exchange:
    """Two ends. The contenders take turns in one session: A B, A B, …"""

    label: str
    contender: Contender
    size: int
    figures: tuple[Figure, ...]
    measure: Callable[[Round], tuple[float, ...]]
    """The speeds of a round, in the order of the figures."""
    fewest: int
    """Messages of a round; as many warm up."""
    seconds: float = SECONDS
    """How long a round is to take, about."""

    def enough(self, python: Path) -> int:
        ends = Ends(python, self.contender, self.size)
        try:
            count = self.fewest
            while (took := ends.round(count).seconds) < self.seconds / 4:
                count *= 4
            return max(self.fewest, int(count * self.seconds / took))
        finally:
            ends.close()

    def session(self, pythons: Sequence[Path], count: int) -> dict[Path, Speeds]:
        with ExitStack() as stack:
            ends: dict[Path, Ends] = {}
            for python in pythons:
                ends[python] = Ends(python, self.contender, self.size)
                stack.callback(ends[python].close)
                ends[python].round(count)  # warms up
            rounds: dict[Path, list[tuple[float, ...]]] = {python: [] for python in pythons}
            for _ in range(ROUNDS):
                for python in pythons:
                    rounds[python].append(self.measure(ends[python].round(count)))
        return {
            python: dict(zip(self.figures, medians(had), strict=True))
            for python, had in rounds.items()
        }


@dataclass(frozen=True)
class Weight:
    """Memory, which the first use of a process tells best: one process for each weighing."""

    label: str
    make: MakeEnd
    """Makes an end whose round returns bytes."""
    scale: int
    figures: tuple[Figure, ...] = (MEMORY,)

    def enough(self, _python: Path) -> int:
        return 1

    def session(self, pythons: Sequence[Path], _count: int) -> dict[Path, Speeds]:
        speeds: dict[Path, Speeds] = {}
        for python in pythons:
            [weight] = alone(python, self.make, self.scale)
            speeds[python] = {MEMORY: 1 / weight}
        return speeds


def _stream(contender: Contender, size: int) -> Exchange:
    label = f"{contender.name}, {amount(size)}"
    return Exchange(label, contender, size, (RATE, PROCESSOR), rate, warm_up(size))


def _crowd(label: str, contender: Contender, scale: int, seconds: float) -> Exchange:
    return Exchange(
        label, contender, scale, (RATE, PROCESSOR), deliveries, warm_up(64), seconds=seconds
    )


def subjects() -> list[Subject]:
    from spotmq_bench.ends import calls, fan_out, memory, spot, topics

    in_turn = topics.contenders("in turn")[-1]
    node = partial(memory.Weigh, function=memory.bound_nodes)
    topic = partial(memory.Weigh, function=memory.local_topics)
    return [
        *(_stream(spot.SINGLE, size) for size in (16, 64, 1024, 65536)),
        _stream(spot.VIEWS, 1 << 20),
        _stream(spot.MANY, 16),
        _crowd("spotmq publish → recv_many, 100 topics in turn", in_turn, 100, SECONDS),
        # A subscriber is to get several frames, not just the first.
        _crowd("spotmq publish → 100 subscribers", fan_out.SPOT, 100, 3 * SECONDS),
        Exchange("spotmq, 64 B", spot.LATENCY, 64, LATENCY, percentiles, 500),
        Exchange("spotmq publish, 64 B", calls.PUBLISH, 64, CALL, percentiles, 10 * calls.WINDOW),
        Weight("spotmq, an idle node", node, 10),
        Weight("spotmq, a topic", topic, 20_000),
    ]
