"""Contenders take turns, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from spotmq_bench.harness.progress import Progress
from spotmq_bench.harness.workers import BenchmarkError, Contender, Pair

# In the results of a contender: why it has no figures.
FAILED = "failed"


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
        if len(self.rounds) < 2 or not self.median:
            return 0.0
        low, _, high = statistics.quantiles(self.rounds, n=4, method="inclusive")
        return (high - low) / 2 / self.median


# A round of one pair: the figures by name.
Measure = Callable[[Pair], dict[str, float]]
# A contender's samples by figure; or, under FAILED alone, why there are none.
Outcome = dict[str, Sample | str]


def steps(contenders: Sequence[Contender], rounds: int) -> int:
    """How many steps of progress ``take_turns`` makes."""
    return len(contenders) * (rounds + 1)


class _Turn:
    """One contender's part. It is out at its first failure, and the others go on."""

    def __init__(self, name: str, progress: Progress) -> None:
        self._name = name
        self._progress = progress
        self._pair: Pair | None = None
        self._measure: Measure | None = None
        self._figures: dict[str, list[float]] = {}
        self._failure = ""

    def set_up(
        self, contender: Contender, size: int, unit: str, prepare: Callable[[Pair], Measure]
    ) -> None:
        self._progress.doing(f"{self._name}, setting up")
        try:
            self._pair = Pair(contender, size, unit)
            self._measure = prepare(self._pair)
        except BenchmarkError as error:
            self._fail(error)

    def round(self, number: int, rounds: int) -> None:
        if self._pair is None or self._measure is None:
            return
        self._progress.doing(f"{self._name}, round {number} of {rounds}")
        try:
            for figure, value in self._measure(self._pair).items():
                self._figures.setdefault(figure, []).append(value)
        except BenchmarkError as error:
            self._fail(error)

    def _fail(self, error: BenchmarkError) -> None:
        self._failure = error.reason
        self._progress.say(str(error))
        self.close()

    def close(self) -> None:
        if self._pair:
            self._pair.close()
        self._pair = self._measure = None

    def outcome(self) -> Outcome:
        if self._failure:
            return {FAILED: self._failure}
        return {figure: Sample(tuple(values)) for figure, values in self._figures.items()}


def take_turns(
    contenders: Sequence[Contender],
    size: int,
    rounds: int,
    prepare: Callable[[Pair], Measure],
    unit: str = "bytes",
    progress: Progress | None = None,
) -> dict[str, Outcome]:
    """Samples by contender and figure: A B C, A B C, … ``prepare`` warms a pair up.

    ``progress`` is at a stage already; without it, this is one of its own.
    """
    if progress is None:
        with (
            Progress(unit, 1) as own,
            own.stage(f"{size:,}", steps(contenders, rounds)),
        ):
            return take_turns(contenders, size, rounds, prepare, unit, own)
    turns = {one.name: _Turn(one.name, progress) for one in contenders}
    with ExitStack() as stack:
        for contender in contenders:
            turn = turns[contender.name]
            stack.callback(turn.close)
            turn.set_up(contender, size, unit, prepare)
        for number in range(rounds):
            for turn in turns.values():
                turn.round(number + 1, rounds)
    return {name: turn.outcome() for name, turn in turns.items()}
