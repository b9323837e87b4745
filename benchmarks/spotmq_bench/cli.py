"""``spot bench BENCHMARK …``: finds the benchmark and hands it the rest of the command line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from spotmq_bench.harness.workers import BenchmarkError

BENCHMARKS = {
    "throughput": "messages a second between two processes",
    "latency": "how long a message takes between two processes",
    "scenarios": "what happens as nodes, topics and patterns grow in number, and what a node costs",
    "all": "these three, one after the other; --json takes a directory",
    "render": "tables and plots from the JSON of earlier runs",
}
MODULES = {"all": "everything"}  # where it has not the benchmark's name


def usage() -> str:
    lines = "".join(f"  {name:<12}{what}\n" for name, what in BENCHMARKS.items())
    return (
        "usage: spot bench BENCHMARK [--quick] [--peers …] [--json FILE] …\n\n"
        f"{lines}\nspot bench BENCHMARK --help tells its options."
    )


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in BENCHMARKS:
        print(
            f"spot bench: there is no {name!r}; there is {', '.join(BENCHMARKS)}", file=sys.stderr
        )
        return 2
    try:
        importlib.import_module(f"spotmq_bench.{MODULES.get(name, name)}").main(rest)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("spotmq"):
            raise
        print(f"spot bench needs its extra, pip install 'spotmq[bench]': {error}", file=sys.stderr)
        return 1
    except BenchmarkError as error:
        print(f"spot bench {name}: {error}", file=sys.stderr)
        return 1
    return 0
