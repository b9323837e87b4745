"""The command line that all benchmarks share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spotmq_bench.ends.peers import PEERS


class Options(NamedTuple):
    sizes: list[int]
    rounds: int
    seconds: float
    """How long a round lasts, about."""
    json: Path | None
    peers: list[str]
    """Besides pyzmq, by their names in ``spotmq_bench.ends.peers``."""

    def recorded(self) -> dict[str, object]:
        return {
            "sizes": self.sizes,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "peers": self.peers,
        }


def at_least_one(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def json_file(text: str) -> Path:
    """Refused before the run if it could not be written after it."""
    path = Path(text)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a file in a directory that exists")
    return path


def add_peers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--peers",
        nargs="+",
        default=[],
        choices=["all", *PEERS],
        help="compare with these too; `make bench-peers` installs them",
    )


def parse(
    benchmark: str,
    argv: Sequence[str] | None,
    description: str,
    sizes: Sequence[int],
    quick_sizes: Sequence[int] | None = None,
) -> Options:
    """``quick_sizes``: fewer of them, for --quick."""
    parser = argparse.ArgumentParser(prog=f"spot bench {benchmark}", description=description)
    parser.add_argument("--quick", action="store_true", help="a rough look, in half a minute")
    listed = " ".join(map(str, sizes))
    if quick_sizes:
        listed += f"; with --quick {' '.join(map(str, quick_sizes))}"
    parser.add_argument(
        "--sizes", type=at_least_one, nargs="+", metavar="BYTES", help=f"default {listed}"
    )
    parser.add_argument("--rounds", type=at_least_one, help="default 7; 3 with --quick")
    parser.add_argument(
        "--seconds", type=positive, help="of a round; default 0.4; 0.1 with --quick"
    )
    parser.add_argument("--json", type=json_file, metavar="FILE", help="write the results there")
    add_peers(parser)
    args = parser.parse_args(argv)
    return Options(
        args.sizes or list((args.quick and quick_sizes) or sizes),
        args.rounds or (3 if args.quick else 7),
        args.seconds or (0.1 if args.quick else 0.4),
        args.json,
        list(PEERS) if "all" in args.peers else args.peers,
    )
