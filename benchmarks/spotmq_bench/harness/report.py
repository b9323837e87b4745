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
from spotmq_bench.harness.rounds import FAILED, Sample
from spotmq_bench.harness.tables import markdown
from spotmq_bench.harness.workers import BenchmarkError


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _governor() -> str | None:
    """How the clock rate is chosen, where that can be seen: not in most virtual machines."""
    try:
        path = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _git(*arguments: str) -> str:
    # What a hook or the user set for another repository is not about this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
    except OSError:  # there is no git
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _commit() -> str:
    """Of the repository that this very file belongs to. An installed package has none, even if some
    repository surrounds the place where it is installed."""
    own = "benchmarks/spotmq_bench/harness/report.py"
    if _git("ls-files", "--full-name", "--error-unmatch", Path(__file__).name) != own:
        return "unknown"
    commit = _git("rev-parse", "--short=12", "HEAD") or "unknown"
    return commit + (", with changes" if _git("status", "--porcelain", "-uno") else "")


def surroundings() -> dict[str, str | int]:
    """The machine, the versions and the commit."""
    governor = _governor()
    return {
        "machine": _processor(),
        "CPUs": os.cpu_count() or 0,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
        "system": f"{platform.system()} {platform.release()}",
        **({"governor": governor} if governor else {}),
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
    seconds: float | None = None,
) -> None:
    """Print the results, and write them to ``path``; then fail if any contender did.

    ``versions``: of whatever took part besides spotmq and pyzmq. ``seconds``: how long it all took.
    """

    def plain(value: object) -> object:
        if isinstance(value, Sample):
            return {"median": value.median, "spread": value.spread, "rounds": value.rounds}
        raise TypeError(f"{type(value).__name__} has no JSON form")

    document = {
        "benchmark": benchmark,
        **surroundings(),
        **(versions or {}),
        **({} if seconds is None else {"run time": f"{seconds:.0f} s"}),
        "options": options,
        "results": results,
    }
    text = json.dumps(document, indent=2, default=plain) + "\n"
    as_read: dict[str, Any] = json.loads(text)
    print(markdown(as_read))
    if path:
        path.write_text(text, encoding="utf-8")
    failed = sum(FAILED in result for result in results)
    if failed:
        raise BenchmarkError(f"{failed} of {len(results)} results failed")
