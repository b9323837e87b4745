"""The commands that work without the extra: they need nothing but Python."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from spotmq import __version__, demo

NEED_THE_EXTRA = (
    "pub",
    "sub",
    "topics",
    "peers",
    "sync",
    "top",
    "ping",
    "record",
    "replay",
)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _demo(arguments: argparse.Namespace) -> int:
    return demo.run(arguments.messages, arguments.size)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spot",
        description="Brokerless publish/subscribe clusters.",
        epilog=f"{', '.join(NEED_THE_EXTRA)}: with pip install 'spotmq[cli]'",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)

    command = commands.add_parser(
        "demo",
        help="run a cluster of three processes and print what each node sees",
        description="Three processes on this machine share topics over TCP, subscribe to each "
        "other's and move messages. Fails if anything is missing.",
    )
    command.add_argument(
        "--messages",
        type=_positive,
        default=200_000,
        metavar="N",
        help="messages that each node publishes (default: %(default)s)",
    )
    command.add_argument(
        "--size",
        type=_positive,
        default=16,
        metavar="BYTES",
        help="size of one message (default: %(default)s, at least 8)",
    )
    command.set_defaults(run=_demo)
    commands.add_parser("bench", help="measure this machine: throughput, latency, scenarios")
    return parser


def bench(arguments: Sequence[str]) -> int:
    """Hand the rest of the command line to the benchmarks, which have their own."""
    try:
        from spotmq_bench.cli import main
    except ImportError as error:
        print(f"spot bench needs its extra, pip install 'spotmq[bench]': {error}", file=sys.stderr)
        return 1
    return main(arguments)


def run(given: Sequence[str]) -> int:
    """Run demo, bench or --version; say what is missing for anything else."""
    first = given[0] if given else ""
    if first == "bench":
        return bench(given[1:])
    if first in NEED_THE_EXTRA:
        print(f"spot {first} needs an extra: pip install 'spotmq[cli]'", file=sys.stderr)
        return 1
    arguments = _parser().parse_args(given)
    command: Callable[[argparse.Namespace], int] = arguments.run
    return command(arguments)
