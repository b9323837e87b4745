"""All benchmarks, one after the other, and then their tables.

spot bench all [--quick] [--peers …] [--json DIRECTORY]
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from pathlib import Path

from spotmq_bench import latency, render, scenarios, throughput
from spotmq_bench.harness.options import add_peers
from spotmq_bench.harness.workers import BenchmarkError


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="spot bench all", description="All benchmarks, one after the other."
    )
    parser.add_argument("--quick", action="store_true", help="a rough look, in two minutes")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="DIRECTORY",
        help="write throughput.json, latency.json and scenarios.json there",
    )
    add_peers(parser)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    quick = ["--quick"] if args.quick else []
    peers = ["--peers", *args.peers] if args.peers else []
    runs = {
        "throughput": (throughput.main, [*quick, *peers]),
        "latency": (latency.main, [*quick, *peers]),
        "scenarios": (scenarios.main, quick),
    }
    failed: list[str] = []
    with ExitStack() as stack:
        directory = args.json or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory.mkdir(parents=True, exist_ok=True)
        files = {name: directory / f"{name}.json" for name in runs}
        for name, (run, options) in runs.items():
            files[name].unlink(missing_ok=True)  # an earlier run's is not this one's
            try:
                with redirect_stdout(io.StringIO()):  # the tables of all come at the end
                    run([*options, "--json", str(files[name])])
            except BenchmarkError as error:
                print(f"spot bench {name}: {error}", file=sys.stderr)
                failed.append(name)
        if written := [str(path) for path in files.values() if path.exists()]:
            render.main(written)
    if failed:
        raise BenchmarkError(f"failures in {', '.join(failed)}")
