"""Fails if a commit is slower than another.

    make bench-guard BASE=<commit> [HEAD=<commit>]

Builds both, and lets them take turns over a fixed set of figures, in many sessions with processes
of their own. A session gives the ratio of the two medians; the interval in which the median of all
sessions' ratios lies must not be wholly beyond the margin.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from guard_build import BuildError, install, resolve, wheel
from guard_ends import Ends
from spotmq_bench.harness.tables import table
from spotmq_bench.harness.verdict import CONFIDENCE, Verdict, interval, judge
from spotmq_bench.harness.workers import BenchmarkError, Contender

SESSIONS, ROUNDS, SECONDS, MARGIN = 20, 3, 0.1, 0.05
WARM_UP = 5000  # more than one recv_many takes
Speeds = dict[str, float]  # of a round, by figure; more is better


def rate(ends: Ends, count: int) -> Speeds:
    _, (messages, seconds) = ends.round(count)
    return {"messages a second": messages / seconds}


def exchange(ends: Ends, count: int) -> Speeds:
    times, _ = ends.round(count)
    cuts = statistics.quantiles(times, n=100)
    return {"latency p50": 1 / cuts[49], "latency p99": 1 / cuts[98]}


@dataclass(frozen=True)
class Subject:
    """What is measured together."""

    contender: Contender
    size: int
    measure: Callable[[Ends, int], Speeds]

    @property
    def label(self) -> str:
        return f"{self.contender.name}, {self.size} B"


def subjects() -> list[Subject]:
    from spotmq_bench.ends import spot

    return [
        *(Subject(spot.SINGLE, size, rate) for size in (16, 64, 1024, 65536)),
        Subject(spot.MANY, 16, rate),
        Subject(spot.LATENCY, 64, exchange),
    ]


def enough(subject: Subject, python: Path, seconds: float) -> int:
    """How many messages take so long."""
    ends = Ends(python, subject.contender, subject.size)
    try:
        if subject.measure is exchange:
            times, _ = ends.round(500)
            return max(500, int(seconds / statistics.median(times)))
        count = WARM_UP
        while (took := ends.round(count)[1][1]) < seconds / 4:
            count *= 4
        return max(WARM_UP, int(count * seconds / took))
    finally:
        ends.close()


def session(subject: Subject, pythons: Sequence[Path], count: int) -> dict[Path, Speeds]:
    """The medians of each contender: A B, A B, …, with new processes."""
    rounds: dict[Path, list[Speeds]] = {python: [] for python in pythons}
    with ExitStack() as stack:
        turns: list[tuple[Ends, list[Speeds]]] = []
        for python in pythons:
            ends = Ends(python, subject.contender, subject.size)
            stack.callback(ends.close)
            turns.append((ends, rounds[python]))
        for ends, _ in turns:
            ends.round(count)  # warms up
        for _ in range(ROUNDS):
            for ends, had in turns:
                had.append(subject.measure(ends, count))
    return {
        python: {figure: statistics.median(one[figure] for one in had) for figure in had[0]}
        for python, had in rounds.items()
    }


def compare(subject: Subject, base: Path, head: Path, sessions: int) -> dict[str, list[float]]:
    """How many times as fast head was, by figure, in each session."""
    count = enough(subject, base, SECONDS)
    ratios: dict[str, list[float]] = {}
    for number in range(sessions):
        print(f"\r{subject.label}, {number + 1} of {sessions} ", end="", file=sys.stderr)
        # Whoever comes first has no advantage by it.
        speeds = session(subject, (head, base) if number % 2 else (base, head), count)
        for figure, speed in speeds[base].items():
            label = f"{subject.label}: {figure}"
            ratios.setdefault(label, []).append(speeds[head][figure] / speed)
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    return ratios


def report(verdicts: Mapping[str, Verdict]) -> str:
    return table(
        ["head to base, more is better", "ratio", f"{CONFIDENCE:.0%} interval", ""],
        [
            [label, f"{one.ratio:.3f}", f"{one.low:.3f} – {one.high:.3f}", one.word]
            for label, one in verdicts.items()
        ],
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fails if a commit is slower than another.")
    parser.add_argument("base", metavar="BASE")
    parser.add_argument("head", metavar="HEAD", nargs="?", default="HEAD")
    parser.add_argument("--margin", type=float, default=MARGIN, help=f"default {MARGIN}")
    parser.add_argument("--sessions", type=int, default=SESSIONS, help=f"default {SESSIONS}")
    parser.add_argument("--only", default="", metavar="TEXT", help="figures whose name has this")
    parser.add_argument("--wheels", type=Path, metavar="DIRECTORY", help="keep the builds there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every ratio there")
    args = parser.parse_args()
    try:
        interval([1.0] * args.sessions)
    except ValueError as error:
        parser.error(f"--sessions: {error}")
    return args


def measure(args: argparse.Namespace, base: str, head: str) -> dict[str, list[float]]:
    ratios: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="spotmq-guard-") as directory:
        temporary = Path(directory)
        wheels = args.wheels.resolve() if args.wheels else temporary
        one = install(wheel(base, wheels, temporary), temporary / "base")
        other = install(wheel(head, wheels, temporary), temporary / "head")
        for subject in subjects():
            if args.only in subject.label:
                ratios |= compare(subject, one, other, args.sessions)
    return ratios


def main() -> int:
    args = parse()
    try:
        base, head = resolve(args.base), resolve(args.head)
        ratios = measure(args, base, head)
    except (BuildError, BenchmarkError) as error:
        print(f"guard: {error}", file=sys.stderr)
        return 2
    verdicts = {label: judge(values, args.margin) for label, values in ratios.items()}
    if args.json:
        document = {"base": base, "head": head, "margin": args.margin, "ratios": ratios}
        args.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"base {base[:12]}, head {head[:12]}, margin {args.margin:.0%}\n\n{report(verdicts)}")
    losses = [label for label, verdict in verdicts.items() if verdict.word == "loss"]
    print(f"\nslower: {', '.join(losses)}" if losses else "\nnot slower")
    return 1 if losses else 0


if __name__ == "__main__":
    sys.exit(main())
