"""How long a message takes from one process to another over loopback TCP.

    spot bench latency [--quick] [--peers all] [--json FILE]

A ping-pong: the one-way time is half of that from sending a message to having its answer.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from spotmq_bench.ends import pyzmq, spot, tcp
from spotmq_bench.ends.peers import started
from spotmq_bench.harness.options import parse
from spotmq_bench.harness.report import absent_results, finish
from spotmq_bench.harness.rounds import Measure, take_turns
from spotmq_bench.harness.tables import P50, P90, P99, P999
from spotmq_bench.harness.workers import Pair

SIZES = [16, 64, 1024]
CONTENDERS = [pyzmq.LATENCY, spot.LATENCY, tcp.LATENCY]
WARM_UP = 500


def one_round(pair: Pair, count: int) -> dict[str, float]:
    times, _ = pair.round(count)
    cuts = statistics.quantiles(times, n=1000)
    per_mille = {P50: 500, P90: 900, P99: 990, P999: 999}
    return {name: cuts[part - 1] / 2 * 1e6 for name, part in per_mille.items()}


def prepare(pair: Pair, round_seconds: float) -> Measure:
    one_way = one_round(pair, WARM_UP)[P50] / 1e6
    count = max(WARM_UP, int(round_seconds / (2 * one_way)))
    return lambda pair: one_round(pair, count)


def main(argv: Sequence[str] | None = None) -> None:
    options = parse("latency", argv, "One-way latency between two processes.", SIZES)
    results: list[dict[str, object]] = []
    with started(options.peers) as peers:
        for size in options.sizes:
            figures = take_turns(
                [*CONTENDERS, *peers.latency],
                size,
                options.rounds,
                lambda pair: prepare(pair, options.seconds),
            )
            results += [{"size": size, "contender": name, **f} for name, f in figures.items()]
            results += absent_results(size, peers.missing)
    finish("latency", options.recorded(), results, options.json, peers.versions)
