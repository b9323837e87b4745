"""Contenders take turns, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from spotmq_bench.harness.workers import Contender, Pair


@dataclass(frozen=True)
class Sample:
    """One figure, measured in several rounds."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, relative to the median."""
        if len(self.rounds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.rounds, n=4, method="inclusive")
        return (high - low) / 2 / self.median


# A round of one pair: the figures by name.
Measure = Callable[[Pair], dict[str, float]]


def take_turns(
    contenders: Sequence[Contender],
    size: int,
    rounds: int,
    prepare: Callable[[Pair], Measure],
    unit: str = "bytes",
) -> dict[str, dict[str, Sample]]:
    """Samples by contender and figure: A B C, A B C, … ``prepare`` warms a pair up."""
    results: dict[str, dict[str, list[float]]] = {one.name: {} for one in contenders}
    with ExitStack() as stack:
        turns: list[tuple[Pair, Measure]] = []
        for contender in contenders:
            pair = Pair(contender, size, unit)
            stack.callback(pair.close)
            turns.append((pair, prepare(pair)))
        for number in range(rounds):
            print(f"\r{size} {unit}, round {number + 1} of {rounds} ", end="", file=sys.stderr)
            for pair, measure in turns:
                for figure, value in measure(pair).items():
                    results[pair.name].setdefault(figure, []).append(value)
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return {
        name: {figure: Sample(tuple(values)) for figure, values in figures.items()}
        for name, figures in results.items()
    }
