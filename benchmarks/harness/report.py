"""What a run prints: where it was measured, Markdown tables, and JSON."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import zmq

import spotmq
from harness.rounds import Sample


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    commit = git("rev-parse", "--short=12", "HEAD") or "unknown"
    return commit + (", with changes" if git("status", "--porcelain", "-uno") else "")


def surroundings() -> dict[str, str | int]:
    """The machine, the versions and the commit."""
    return {
        "machine": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "spotmq": spotmq.__version__,
        "pyzmq": metadata.version("pyzmq"),
        "libzmq of pyzmq": zmq.zmq_version(),
        "commit": _commit(),
    }


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are figures."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([line(head), line(rule), *(line(row) for row in rows)])


def absent_rows(size: int, missing: Mapping[str, str], columns: int) -> list[list[str]]:
    """A line for each peer that could not take part."""
    return [
        [f"{size} B, {label}", reason] + [""] * (columns - 2) for label, reason in missing.items()
    ]


def absent_results(size: int, missing: Mapping[str, str]) -> list[dict[str, object]]:
    return [{"size": size, "contender": label, "absent": why} for label, why in missing.items()]


def write_json(
    path: Path,
    benchmark: str,
    options: Mapping[str, object],
    results: Sequence[Mapping[str, object]],
    versions: Mapping[str, str] | None = None,
) -> None:
    """``versions``: of whatever took part besides spotmq and pyzmq."""

    def plain(value: object) -> object:
        if isinstance(value, Sample):
            return {
                "median": value.median,
                "spread": value.spread,
                "rounds": value.rounds,
            }
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
        raise TypeError(f"{type(value).__name__} has no JSON form")

    document = {
        "benchmark": benchmark,
        **surroundings(),
        **(versions or {}),
        "options": options,
        "results": results,
    }
    path.write_text(json.dumps(document, indent=2, default=plain) + "\n", encoding="utf-8")


def heading(title: str, rounds: int, versions: Mapping[str, str] | None = None) -> str:
    everything = {**surroundings(), **(versions or {})}
    facts = ", ".join(f"{name} {value}" for name, value in everything.items())
    return f"### {title}\n\n{facts}; medians of {rounds} rounds\n"
