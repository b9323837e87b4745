"""How long a message takes from one process to another over loopback TCP.

    python benchmarks/latency.py [--quick] [--peers all] [--json FILE]

A ping-pong: the one-way time is half of that from sending a message to having its answer.
"""

from __future__ import annotations

import statistics
import sys

from harness import pyzmq, spot, tcp
from harness.options import parse
from harness.peers import started
from harness.report import absent_results, absent_rows, heading, table, write_json
from harness.rounds import Measure, Sample, take_turns
from harness.workers import BenchmarkError, Pair

SIZES = [16, 64, 1024]
CONTENDERS = [pyzmq.LATENCY, spot.LATENCY, tcp.LATENCY]
WARM_UP = 500
P50, P99 = "p50 in µs", "p99 in µs"


def one_round(pair: Pair, count: int) -> dict[str, float]:
    times, _ = pair.round(count)
    cuts = statistics.quantiles(times, n=100)
    return {P50: cuts[49] / 2 * 1e6, P99: cuts[98] / 2 * 1e6}


def prepare(pair: Pair, round_seconds: float) -> Measure:
    one_way = one_round(pair, WARM_UP)[P50] / 1e6
    count = max(WARM_UP, int(round_seconds / (2 * one_way)))
    return lambda pair: one_round(pair, count)


def rows_of(
    size: int, figures: dict[str, dict[str, Sample]], missing: dict[str, str]
) -> list[list[str]]:
    reference = figures[pyzmq.LATENCY.name]
    return [
        [f"{size} B, {name}"]
        + [
            text
            for part in (P50, P99)
            for text in (
                f"{figure[part].median:.1f}",
                f"±{figure[part].spread:.0%}",
                f"{figure[part].median / reference[part].median:.2f}x",
            )
        ]
        for name, figure in figures.items()
    ] + absent_rows(size, missing, columns=7)


def main() -> None:
    options = parse("One-way latency between two processes.", SIZES)
    results: list[dict[str, object]] = []
    rows: list[list[str]] = []
    with started(options.peers) as peers:
        for size in options.sizes:
            figures = take_turns(
                [*CONTENDERS, *peers.latency],
                size,
                options.rounds,
                lambda pair: prepare(pair, options.seconds),
            )
            rows += rows_of(size, figures, peers.missing)
            results += [{"size": size, "contender": name, **f} for name, f in figures.items()]
            results += absent_results(size, peers.missing)
    title = "One-way latency, two processes over loopback TCP"
    print(heading(title, options.rounds, peers.versions))
    print(table(["", P50, "spread", "to pyzmq", P99, "spread", "to pyzmq"], rows))
    if options.json:
        write_json(options.json, "latency", options.recorded(), results, peers.versions)


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"latency: {error}")
