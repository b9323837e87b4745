"""How spotmq behaves as things grow in number, and what a node costs.

    spot bench scenarios [fan-out fan-in topics …] [--quick] [--json FILE]

Messages are 64 bytes, over loopback TCP; rates count messages that were delivered.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spotmq_bench.ends import crowd, footprint, joining
from spotmq_bench.harness.report import finish
from spotmq_bench.harness.rounds import Measure, Outcome, Sample, take_turns
from spotmq_bench.harness.tables import RATE
from spotmq_bench.harness.workers import Contender, Pair

JOIN, SYNC = "s to join", "s to sync again"
WARM_UP = 2000
Figures = dict[str, Outcome]  # by contender


@dataclass(frozen=True)
class Load:
    """What decides how long it takes."""

    rounds: int
    seconds: float


def rate(pair: Pair, count: int) -> float:
    _, (messages, seconds) = pair.round(count)
    return messages / max(seconds, 1e-9)


def prepare_rate(pair: Pair, load: Load, each: int) -> Measure:
    """``each``: how many deliveries one message means."""
    # As many as there are topics, at least: all of them have been used when it counts.
    count = max(WARM_UP, 0 if each > 1 else pair.size)
    measured = rate(pair, count)
    while count * each < measured * load.seconds / 4:
        count *= 4
        measured = rate(pair, count)
    count = max(WARM_UP, int(measured * load.seconds / each))
    return lambda pair: {RATE: rate(pair, count)}


def deliveries(
    *contenders: Contender, unit: str, many: bool = False
) -> Callable[[int, Load], Figures]:
    def measure(scale: int, load: Load) -> Figures:
        each = scale if many else 1
        return take_turns(
            contenders, scale, load.rounds, lambda pair: prepare_rate(pair, load, each), unit
        )

    return measure


def joins(scale: int, load: Load) -> Figures:
    def one_round(pair: Pair) -> dict[str, float]:
        times, _ = pair.round(3)
        return {JOIN: statistics.median(times[::2]), SYNC: statistics.median(times[1::2])}

    return take_turns([joining.SYNC], scale, load.rounds, lambda _: one_round, "nodes")


def costs(name: str, function: Callable[[int], float]) -> Callable[[int, Load], Figures]:
    def measure(scale: int, load: Load) -> Figures:
        runs = [footprint.in_fresh_process(function, scale) for _ in range(min(3, load.rounds))]
        return {"spotmq": {name: Sample(tuple(runs))}}

    return measure


def imports(_scale: int, load: Load) -> Figures:
    modules = {"spotmq": "spotmq", "pyzmq": "zmq"}
    runs: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(load.rounds):
        for name, module in modules.items():
            runs[name].append(footprint.import_time(module))
    return {name: {"s to import": Sample(tuple(times))} for name, times in runs.items()}


@dataclass(frozen=True)
class Scenario:
    scales: Sequence[int]
    unit: str
    measure: Callable[[int, Load], Figures]


SCENARIOS = {
    "fan-out": Scenario(
        (1, 10, 100),
        "subscribers",
        deliveries(crowd.FAN_OUT_PYZMQ, crowd.FAN_OUT, unit="subscribers", many=True),
    ),
    "fan-in": Scenario((1, 10, 100), "publishers", deliveries(crowd.FAN_IN, unit="publishers")),
    "topics": Scenario((100, 10_000, 100_000), "topics", deliveries(crowd.TOPICS, unit="topics")),
    "patterns": Scenario((1, 100, 10_000), "patterns", deliveries(crowd.PATTERNS, unit="patterns")),
    "sync": Scenario((2, 8, 32, 64), "nodes with 1,000 topics each", joins),
    "memory-topics": Scenario(
        (1000, 100_000), "topics", costs("bytes a topic", footprint.bytes_per_topic)
    ),
    "memory-subscriptions": Scenario(
        (1000, 10_000),
        "subscriptions",
        costs("bytes a subscription", footprint.bytes_per_subscription),
    ),
    "memory-nodes": Scenario((1, 10), "nodes", costs("bytes a node", footprint.bytes_per_node)),
    "idle": Scenario((1, 10), "peers", costs("cores a node", footprint.idle_cpu)),
    "import": Scenario((1,), "module", imports),
}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="spot bench scenarios", description="How spotmq behaves as things grow in number."
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="a rough look, in about a minute")
    parser.add_argument("--scales", type=int, nargs="+", help="instead of the scenario's own")
    parser.add_argument("--rounds", type=int, help="default 7; 3 with --quick")
    parser.add_argument("--seconds", type=float, help="of a round; default 0.4; 0.1 with --quick")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    args = parser.parse_args(argv)
    if unknown := set(args.scenarios) - set(SCENARIOS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there is {', '.join(SCENARIOS)}")
    return args


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    load = Load(
        args.rounds or (3 if args.quick else 7), args.seconds or (0.1 if args.quick else 0.4)
    )
    results: list[dict[str, object]] = []
    for name in args.scenarios or SCENARIOS:
        scenario = SCENARIOS[name]
        for scale in args.scales or scenario.scales:
            figures = scenario.measure(scale, load)
            results += [
                {"scenario": name, "scale": scale, "unit": scenario.unit, "contender": c, **f}
                for c, f in figures.items()
            ]
    finish("scenarios", {"rounds": load.rounds, "seconds": load.seconds}, results, args.json)
