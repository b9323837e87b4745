"""What a run leaves: a document with the results and where they come from, as JSON and printed."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import zmq

import spotmq
from spotmq_bench.harness.rounds import Sample
from spotmq_bench.harness.tables import markdown


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


def absent_results(size: int, missing: Mapping[str, str]) -> list[dict[str, object]]:
    """A line for each peer that could not take part."""
    return [{"size": size, "contender": label, "absent": why} for label, why in missing.items()]


def finish(
    benchmark: str,
    options: Mapping[str, object],
    results: Sequence[Mapping[str, object]],
    path: Path | None,
    versions: Mapping[str, str] | None = None,
) -> None:
    """Print the results, and write them to ``path``.

    ``versions``: of whatever took part besides spotmq and pyzmq.
    """

    def plain(value: object) -> object:
        if isinstance(value, Sample):
            return {"median": value.median, "spread": value.spread, "rounds": value.rounds}
        raise TypeError(f"{type(value).__name__} has no JSON form")

    document = {
        "benchmark": benchmark,
        **surroundings(),
        **(versions or {}),
        "options": options,
        "results": results,
    }
    text = json.dumps(document, indent=2, default=plain) + "\n"
    as_read: dict[str, Any] = json.loads(text)
    print(markdown(as_read))
    if path:
        path.write_text(text, encoding="utf-8")
