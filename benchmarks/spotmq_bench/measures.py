"""How a scenario is measured: each function here makes a ``Measured``."""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spotmq_bench.ends import footprint
from spotmq_bench.ends.peers import PEERS, started
from spotmq_bench.harness.progress import Progress
from spotmq_bench.harness.rounds import FAILED, Measure, Outcome, Sample, steps, take_turns
from spotmq_bench.harness.tables import P50, P99, RATE
from spotmq_bench.harness.workers import BenchmarkError, Contender, Pair

JOIN, SYNC = "s to join", "s to sync again"
ABSENT = "absent"  # in the results of a contender: why it did not take part
FIRST = 200  # messages
PINGS = 200
JOINS = 3  # in a round

Figures = dict[str, Outcome]  # by contender


@dataclass(frozen=True)
class Load:
    """What decides how long it takes."""

    rounds: int
    seconds: float

    @property
    def runs(self) -> int:
        """Of what needs a new process each time, and varies little."""
        return max(1, self.rounds // 2)


@dataclass(frozen=True)
class Measured:
    at: Callable[[int, Load, Progress], Figures]
    """What is found at a scale."""
    steps: Callable[[Load], int]
    """How many steps of progress it makes."""


class CannotMeasure(Exception):
    """This machine does not allow it."""


def _deliver(pair: Pair, count: int, each: int) -> tuple[int, float]:
    """How many were delivered, and how long it took from the first publish to the last delivery."""
    spans = [span for span in pair.round(count) if span]
    delivered = sum(int(span[0]) for span in spans)
    if delivered != count * each:
        raise BenchmarkError(f"{delivered} of {count * each} messages were delivered")
    return delivered, max(span[2] for span in spans) - min(span[1] for span in spans)


def _prepare_rate(pair: Pair, seconds: float, each: int, first: int) -> Measure:
    count = first
    delivered, lasted = _deliver(pair, count, each)
    while lasted < seconds / 4:
        count *= 4
        delivered, lasted = _deliver(pair, count, each)
    count = max(FIRST, int(delivered / lasted * seconds / each))

    def measure(pair: Pair) -> dict[str, float]:
        delivered, lasted = _deliver(pair, count, each)
        return {RATE: delivered / lasted}

    return measure


def deliveries(
    contenders: Sequence[Contender],
    unit: str,
    *,
    each: Callable[[int], int] = lambda _: 1,
    first: Callable[[int], int] = lambda _: FIRST,
    longer: Callable[[int], float] = lambda _: 1,
    descriptors: int = 0,
) -> Measured:
    """The rate of deliveries.

    each: how many deliveries one message means. first: how many messages are sent before it is
    decided how many make a round. longer: rounds last so many times as long as others.
    descriptors: for each that the scale counts, in one process.
    """

    def at(scale: int, load: Load, progress: Progress) -> Figures:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and scale * descriptors > hard:
            raise CannotMeasure(
                f"needs about {scale * descriptors} descriptors in a process, and {hard} is the"
                " limit (ulimit -Hn)"
            )

        def prepare(pair: Pair) -> Measure:
            return _prepare_rate(pair, load.seconds * longer(scale), each(scale), first(scale))

        return take_turns(contenders, scale, load.rounds, prepare, unit, progress)

    return Measured(at, lambda load: steps(contenders, load.rounds))


def deliveries_with_peers(
    contenders: Sequence[Contender],
    names: Sequence[str],
    as_here: Callable[[Contender], Contender],
    unit: str,
) -> Measured:
    """The rate of deliveries, with other libraries, by their names in ``ends.peers``.

    as_here: makes their throughput contenders return spans.
    """

    def at(scale: int, load: Load, progress: Progress) -> Figures:
        with started(names) as peers:
            taking_part = [*contenders, *map(as_here, peers.throughput)]
            figures = deliveries(taking_part, unit).at(scale, load, progress)
        return figures | {label: {ABSENT: why} for label, why in peers.missing.items()}

    def count(load: Load) -> int:
        there = sum(not PEERS[name].missing() for name in names)
        return (len(contenders) + there) * (load.rounds + 1)

    return Measured(at, count)


def latencies(contenders: Sequence[Contender], unit: str) -> Measured:
    """One-way times; a contender's active end returns them."""

    def at(scale: int, load: Load, progress: Progress) -> Figures:
        def prepare(pair: Pair) -> Measure:
            times, _ = pair.round(PINGS)
            count = max(PINGS, int(load.seconds / (2 * statistics.median(times))))

            def one_round(pair: Pair) -> dict[str, float]:
                times, _ = pair.round(count)
                cuts = statistics.quantiles(times, n=100, method="inclusive")
                return {P50: cuts[49] * 1e6, P99: cuts[98] * 1e6}

            return one_round

        return take_turns(contenders, scale, load.rounds, prepare, unit, progress)

    return Measured(at, lambda load: steps(contenders, load.rounds))


def joins(contender: Contender, unit: str) -> Measured:
    def one_round(pair: Pair) -> dict[str, float]:
        times, _ = pair.round(JOINS)
        return {JOIN: statistics.median(times[::2]), SYNC: statistics.median(times[1::2])}

    def at(scale: int, load: Load, progress: Progress) -> Figures:
        return take_turns([contender], scale, load.rounds, lambda _: one_round, unit, progress)

    return Measured(at, lambda load: steps([contender], load.rounds))


def costs(function: Callable[[int], dict[str, float]]) -> Measured:
    """What ``function`` finds out in a fresh process."""

    def at(scale: int, load: Load, progress: Progress) -> Figures:
        runs = []
        for number in range(load.runs):
            progress.doing(f"run {number + 1} of {load.runs}")
            try:
                runs.append(footprint.in_fresh_process(function, scale))
            except (RuntimeError, OSError) as error:  # SpotError is an OSError
                progress.say(f"{function.__name__} at {scale} failed: {error}")
                return {"spotmq": {FAILED: str(error)}}
        return {"spotmq": {name: Sample(tuple(run[name] for run in runs)) for name in runs[0]}}

    return Measured(at, lambda load: load.runs)


def imports() -> Measured:
    modules = {"spotmq": "spotmq", "pyzmq": "zmq"}

    def at(_scale: int, load: Load, progress: Progress) -> Figures:
        runs: dict[str, list[float]] = {name: [] for name in modules}
        for number in range(load.runs):
            progress.doing(f"run {number + 1} of {load.runs}")
            for name, module in modules.items():
                runs[name].append(footprint.import_time(module))
        return {name: {"s to import": Sample(tuple(times))} for name, times in runs.items()}

    return Measured(at, lambda load: load.runs)
