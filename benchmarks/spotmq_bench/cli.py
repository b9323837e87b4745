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
    "render": "tables and plots from the JSON of earlier runs",
}


def usage() -> str:
    lines = "".join(f"  {name:<12}{what}\n" for name, what in BENCHMARKS.items())
    return (
        "usage: spot bench BENCHMARK [--quick] [--json FILE] …\n\n"
        f"{lines}\nspot bench BENCHMARK --help tells its options."
    )


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in BENCHMARKS:
        print(f"spot bench: there is no {name!r}\n\n{usage()}", file=sys.stderr)
        return 2
    try:
        importlib.import_module(f"spotmq_bench.{name}").main(rest)
    except BenchmarkError as error:
        print(f"spot bench {name}: {error}", file=sys.stderr)
        return 1
    return 0
