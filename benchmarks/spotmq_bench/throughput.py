"""How many messages a second get from one process to another over loopback TCP.

    spot bench throughput [--quick] [--peers all] [--json FILE]

Counted at the receiver, from the first message to the last of a round; every message must arrive.
"""

from __future__ import annotations

from collections.abc import Sequence

from spotmq_bench.ends import pyzmq, spot
from spotmq_bench.ends.peers import started
from spotmq_bench.harness.options import parse
from spotmq_bench.harness.report import absent_results, finish
from spotmq_bench.harness.rounds import Measure, take_turns
from spotmq_bench.harness.tables import RATE
from spotmq_bench.harness.workers import Contender, Pair

SIZES = [16, 64, 1024, 65536]
LARGE = 65536
WARM_UP = 5000  # more than one recv_many takes


def contenders(size: int) -> list[Contender]:
    some = [pyzmq.THROUGHPUT, spot.SINGLE, spot.MANY, spot.MANY_UNPACKED]
    # From here on copying is what costs, and both sides have ways to avoid it.
    return [*some, pyzmq.IN_PLACE, spot.VIEWS] if size >= LARGE else some


def one_round(pair: Pair, count: int) -> float:
    _, (messages, seconds) = pair.round(count)
    return messages / seconds


def prepare(pair: Pair, round_seconds: float) -> Measure:
    """Rounds of about that length, at the pair's own rate: so long that what the queues hold at
    the beginning does not matter."""
    count, rate = WARM_UP, one_round(pair, WARM_UP)
    while count < rate * round_seconds / 4:
        count *= 4
        rate = one_round(pair, count)
    count = max(WARM_UP, int(rate * round_seconds))
    return lambda pair: {RATE: one_round(pair, count)}


def main(argv: Sequence[str] | None = None) -> None:
    options = parse("throughput", argv, "Messages a second between two processes.", SIZES)
    results: list[dict[str, object]] = []
    with started(options.peers) as peers:
        for size in options.sizes:
            figures = take_turns(
                [*contenders(size), *peers.throughput],
                size,
                options.rounds,
                lambda pair: prepare(pair, options.seconds),
            )
            results += [{"size": size, "contender": name, **f} for name, f in figures.items()]
            results += absent_results(size, peers.missing)
    finish("throughput", options.recorded(), results, options.json, peers.versions)
