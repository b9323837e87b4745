"""How long a message takes from one process to another over loopback TCP.

    spot bench latency [--quick] [--peers all] [--json FILE]

Idle: a ping-pong; the one-way time is half of that from sending a message to having its answer.
Under load: while another topic of the same nodes streams at full rate (``ends/streaming.py``).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from spotmq_bench.ends import pyzmq, spot, streaming, tcp
from spotmq_bench.ends.peers import started
from spotmq_bench.harness.options import Options, parse
from spotmq_bench.harness.progress import Progress
from spotmq_bench.harness.report import absent_results, finish
from spotmq_bench.harness.rounds import Measure, steps, take_turns
from spotmq_bench.harness.tables import IDLE, LOAD, P50, P90, P99, P999, STREAM, STREAMED
from spotmq_bench.harness.workers import Contender, Pair

SIZES = (16, 64, 1024, 65536)
QUICK_SIZES = (64,)
UNLOADED = [pyzmq.LATENCY, spot.LATENCY, tcp.LATENCY]
LOADED = [streaming.PYZMQ, streaming.SPOT]
WARM_UP = 500
FEWEST = 1000  # of which one is beyond p99.9


def percentiles(times: list[float]) -> dict[str, float]:
    """In microseconds."""
    cuts = statistics.quantiles(times, n=1000, method="inclusive")
    per_mille = {P50: 500, P90: 900, P99: 990, P999: 999}
    return {name: cuts[part - 1] * 1e6 for name, part in per_mille.items()}


def ping_pong(pair: Pair, count: int) -> dict[str, float]:
    times, _ = pair.round(count)
    return percentiles([there_and_back / 2 for there_and_back in times])


def prepare_idle(pair: Pair, round_seconds: float) -> Measure:
    one_way = ping_pong(pair, WARM_UP)[P50] / 1e6
    count = max(FEWEST, int(round_seconds / (2 * one_way)))
    return lambda pair: ping_pong(pair, count)


def beside_stream(pair: Pair, count: int) -> dict[str, float]:
    (streamed, seconds), ages = pair.round(count)
    return {**percentiles(ages), STREAMED: streamed / seconds}


def prepare_loaded(pair: Pair, round_seconds: float) -> Measure:
    # Each round has a lead-in of its own.
    count = max(FEWEST, int(round_seconds / streaming.period(pair.size)))
    return lambda pair: beside_stream(pair, count)


@dataclass(frozen=True)
class Case:
    load: str
    contenders: list[Contender]
    prepare: Callable[[Pair, float], Measure]

    def measure(
        self, size: int, options: Options, progress: Progress
    ) -> Iterator[dict[str, object]]:
        figures = take_turns(
            self.contenders,
            size,
            options.rounds,
            lambda pair: self.prepare(pair, options.seconds),
            progress=progress,
        )
        for name, outcome in figures.items():
            yield {"size": size, LOAD: self.load, "contender": name, **outcome}


def main(argv: Sequence[str] | None = None) -> None:
    options = parse("latency", argv, "One-way latency between two processes.", SIZES, QUICK_SIZES)
    results: list[dict[str, object]] = []
    with (
        started(options.peers) as peers,
        Progress("latency", len(options.sizes)) as progress,
    ):
        idle = Case(IDLE, [*UNLOADED, *peers.latency], prepare_idle)
        loaded = Case(STREAM, LOADED, prepare_loaded)
        in_all = sum(steps(case.contenders, options.rounds) for case in (idle, loaded))
        for size in options.sizes:
            with progress.stage(f"{size} bytes", in_all):
                results += idle.measure(size, options, progress)
                results += absent_results(size, peers.missing)
                results += loaded.measure(size, options, progress)
        seconds = progress.seconds
    finish("latency", options.recorded(), results, options.json, peers.versions, seconds)
