"""Fails if a commit is slower or larger than another.

    make bench-guard BASE=<commit> [HEAD=<commit>]

Builds both, and lets them take turns over a fixed set of figures, in many sessions with processes of
their own. A session gives the ratio of the two medians; the interval in which the median of the
ratios of all sessions lies must not be wholly beyond the margin of the figure.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guard_build import BuildError, install, resolve, wheel
from guard_subjects import Figure, Subject, subjects
from spotmq_bench.harness.tables import table
from spotmq_bench.harness.verdict import CONFIDENCE, Verdict, interval, judge
from spotmq_bench.harness.workers import BenchmarkError

SESSIONS = 20


@dataclass
class Row:
    """One figure of one subject."""

    label: str
    margin: float
    ratios: list[float] = field(default_factory=list)
    """How many times as fast head was as base, in each session."""

    @property
    def verdict(self) -> Verdict:
        return judge(self.ratios, self.margin)


def label(subject: Subject, figure: Figure) -> str:
    return f"{subject.label}: {figure.name}"


def chosen(subject: Subject, only: Sequence[str], margin: float | None = None) -> dict[Figure, Row]:
    """The rows of this subject whose labels have one of these texts; all, if there are none."""
    labels = {figure: label(subject, figure) for figure in subject.figures}
    return {
        figure: Row(text, figure.margin if margin is None else margin)
        for figure, text in labels.items()
        if not only or any(part in text for part in only)
    }


def compare(
    subject: Subject, rows: Mapping[Figure, Row], base: Path, head: Path, sessions: int
) -> None:
    count = subject.enough(base)
    for number in range(sessions):
        print(f"\r{subject.label}, {number + 1} of {sessions} ", end="", file=sys.stderr)
        # Neither has an advantage by coming first.
        speeds = subject.session((head, base) if number % 2 else (base, head), count)
        for figure, row in rows.items():
            row.ratios.append(speeds[head][figure] / speeds[base][figure])
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr)


def report(rows: Sequence[Row]) -> str:
    def cells(row: Row) -> list[str]:
        one = row.verdict
        between = f"{one.low:.3f} – {one.high:.3f}"
        return [row.label, f"{one.ratio:.3f}", between, f"{row.margin * 100:g}%", one.word]

    head = ["head to base, more is better", "ratio", f"{CONFIDENCE:.0%} interval", "margin", ""]
    return table(head, [cells(row) for row in rows])


class _List(argparse.Action):
    """As ``--help``: shows, and ends."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        for subject in subjects():
            for figure in subject.figures:
                print(label(subject, figure))
        parser.exit()


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fails if a commit is slower than another.")
    parser.add_argument("base", metavar="BASE")
    parser.add_argument("head", metavar="HEAD", nargs="?", default="HEAD")
    parser.add_argument("--margin", type=float, help="for every row; default: that of its figure")
    parser.add_argument("--sessions", type=int, default=SESSIONS, help=f"default {SESSIONS}")
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help="rows that have it; repeatable"
    )
    parser.add_argument("--list", action=_List, help="print the names of all rows and exit")
    parser.add_argument("--wheels", type=Path, metavar="DIRECTORY", help="keep the builds there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every ratio there")
    args = parser.parse_args(argv)
    try:
        interval([1.0] * args.sessions)
    except ValueError as error:
        parser.error(f"--sessions: {error}")
    return args


def measure(args: argparse.Namespace, base: str, head: str) -> list[Row]:
    plan = [(subject, chosen(subject, args.only, args.margin)) for subject in subjects()]
    if not any(rows for _, rows in plan):
        raise BenchmarkError(f"no row has {' or '.join(args.only)}; --list names them")
    with tempfile.TemporaryDirectory(prefix="spotmq-guard-") as directory:
        temporary = Path(directory)
        wheels = args.wheels.resolve() if args.wheels else temporary
        one = install(wheel(base, wheels, temporary), temporary / "base")
        other = install(wheel(head, wheels, temporary), temporary / "head")
        for subject, rows in plan:
            if rows:
                compare(subject, rows, one, other, args.sessions)
    return [row for _, rows in plan for row in rows.values()]


def main() -> int:
    args = parse()
    try:
        base, head = resolve(args.base), resolve(args.head)
        rows = measure(args, base, head)
    except (BuildError, BenchmarkError) as error:
        print(f"guard: {error}", file=sys.stderr)
        return 2
    if args.json:
        document = {
            "base": base,
            "head": head,
            "margins": {row.label: row.margin for row in rows},
            "ratios": {row.label: row.ratios for row in rows},
        }
        args.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"base {base[:12]}, head {head[:12]}\n\n{report(rows)}")
    losses = [row.label for row in rows if row.verdict.word == "loss"]
    print(f"\nslower or larger: {', '.join(losses)}" if losses else "\nnot slower, not larger")
    return 1 if losses else 0


if __name__ == "__main__":
    sys.exit(main())
