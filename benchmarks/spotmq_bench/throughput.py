"""How many messages a second get from one process to another over loopback TCP.

    spot bench throughput [--quick] [--peers all] [--json FILE]

Counted at the receiver, from the first message to the last of a round; every message must arrive.
Every pair of calls is measured at 16, 64 and 1024 bytes, and at sizes that are not the usual ones;
at 256 and 8192 one curve of single messages and one of lists are enough. From 64 KB on, where
copying is what costs, the calls that avoid it take part, and recv for each message does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from spotmq_bench.ends import pyzmq, spot
from spotmq_bench.ends.peers import started
from spotmq_bench.harness.options import parse
from spotmq_bench.harness.payloads import warm_up
from spotmq_bench.harness.progress import Progress
from spotmq_bench.harness.report import absent_results, finish
from spotmq_bench.harness.rounds import Measure, steps, take_turns
from spotmq_bench.harness.tables import RATE
from spotmq_bench.harness.workers import BenchmarkError, Contender, Pair

SIZES = (16, 64, 256, 1024, 8192, 65536, 1048576)
QUICK_SIZES = (16, 64, 1024, 65536, 1048576)
BETWEEN = (256, 8192)
LARGE = 65536


def contenders(size: int) -> list[Contender]:
    if size >= LARGE:
        copying = [pyzmq.THROUGHPUT, spot.SINGLE, spot.MANY, spot.MANY_UNPACKED]
        return [*copying, pyzmq.IN_PLACE, spot.VIEWS]
    if size in BETWEEN:
        return [pyzmq.THROUGHPUT, spot.SINGLE, spot.MANY]
    return [pyzmq.THROUGHPUT, spot.SINGLE, spot.EACH, spot.MANY, spot.MANY_UNPACKED]


def one_round(pair: Pair, count: int) -> float:
    _, (messages, seconds) = pair.round(count)
    # Those that came with the first call are not timed.
    if messages < count / 2:
        raise BenchmarkError(f"{pair.name}: {count} messages are too few to time")
    return messages / seconds


def prepare(pair: Pair, round_seconds: float) -> Measure:
    """Rounds of about that length, at the pair's own rate: so long that what the queues hold at
    the beginning does not matter."""
    count = fewest = warm_up(pair.size)
    rate = one_round(pair, count)
    while count < rate * round_seconds / 4:
        count *= 4
        rate = one_round(pair, count)
    count = max(fewest, int(rate * round_seconds))
    return lambda pair: {RATE: one_round(pair, count)}


def main(argv: Sequence[str] | None = None) -> None:
    options = parse(
        "throughput", argv, "Messages a second between two processes.", SIZES, QUICK_SIZES
    )
    results: list[dict[str, object]] = []
    with (
        started(options.peers) as peers,
        Progress("throughput", len(options.sizes)) as progress,
    ):
        for size in options.sizes:
            taking_part = [*contenders(size), *peers.throughput]
            with progress.stage(f"{size} bytes", steps(taking_part, options.rounds)):
                figures = take_turns(
                    taking_part,
                    size,
                    options.rounds,
                    partial(prepare, round_seconds=options.seconds),
                    progress=progress,
                )
            results += [{"size": size, "contender": name, **f} for name, f in figures.items()]
            results += absent_results(size, peers.missing)
        seconds = progress.seconds
    finish("throughput", options.recorded(), results, options.json, peers.versions, seconds)
