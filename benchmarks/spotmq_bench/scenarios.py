"""How spotmq behaves as things grow in number, and what a node costs.

    spot bench scenarios [fan-out fan-in topics …] [--quick] [--json FILE]

Messages are 64 bytes, over loopback TCP, unless a scenario says otherwise. Rates count messages
that were delivered, from the first publish to the last delivery; one that is lost is a failure.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from spotmq_bench.catalogue import SCENARIOS
from spotmq_bench.harness.progress import Progress
from spotmq_bench.harness.report import finish
from spotmq_bench.measures import ABSENT, CannotMeasure, Load


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    lines = "".join(f"  {name:<22}{scenario.what}\n" for name, scenario in SCENARIOS.items())
    parser = argparse.ArgumentParser(
        prog="spot bench scenarios",
        description="How spotmq behaves as things grow in number.",
        epilog=f"scenarios (default: all):\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="see below")
    parser.add_argument(
        "--quick", action="store_true", help="fewer scales and shorter rounds, in about a minute"
    )
    parser.add_argument("--scales", type=int, nargs="+", help="instead of the scenario's own")
    parser.add_argument("--rounds", type=int, help="default 7; 3 with --quick")
    parser.add_argument("--seconds", type=float, help="of a round; default 0.4; 0.1 with --quick")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    args = parser.parse_args(argv)
    if unknown := set(args.scenarios) - set(SCENARIOS):
        names = f"there is no {', '.join(sorted(unknown))}; there is {', '.join(SCENARIOS)}"
        parser.exit(2, f"{parser.prog}: {names}\n")
    return args


def one(name: str, scale: int, load: Load, progress: Progress) -> list[dict[str, object]]:
    """The results of a scenario at a scale."""
    scenario = SCENARIOS[name]
    what = f"{name}, {scale:,} {scenario.unit}"
    with progress.stage(what, scenario.measured.steps(load)):
        try:
            figures = scenario.measured.at(scale, load, progress)
        except CannotMeasure as why:
            progress.say(f"{what}: left out, since it {why}")
            figures = {"spotmq": {ABSENT: str(why)}}
    where = {"scenario": name, "scale": scale, "unit": scenario.unit}
    return [{**where, "contender": contender, **found} for contender, found in figures.items()]


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    load = Load(
        args.rounds or (3 if args.quick else 7), args.seconds or (0.1 if args.quick else 0.4)
    )
    stages = [
        (name, scale)
        for name in args.scenarios or SCENARIOS
        for scale in args.scales
        or (SCENARIOS[name].quick if args.quick else SCENARIOS[name].scales)
    ]
    results: list[dict[str, object]] = []
    with Progress("scenarios", len(stages)) as progress:
        for name, scale in stages:
            results += one(name, scale, load, progress)
    options = {"rounds": load.rounds, "seconds": load.seconds}
    finish("scenarios", options, results, args.json, seconds=progress.seconds)
