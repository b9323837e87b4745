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


def parse(
    benchmark: str, argv: Sequence[str] | None, description: str, sizes: list[int]
) -> Options:
    parser = argparse.ArgumentParser(prog=f"spot bench {benchmark}", description=description)
    parser.add_argument("--quick", action="store_true", help="a rough look, in about 20 seconds")
    parser.add_argument("--sizes", type=int, nargs="+", default=sizes, metavar="BYTES")
    parser.add_argument("--rounds", type=int, help="default 7; 3 with --quick")
    parser.add_argument("--seconds", type=float, help="of a round; default 0.4; 0.1 with --quick")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument(
        "--peers",
        nargs="+",
        default=[],
        choices=["all", *PEERS],
        help="compare with these too; `make bench-peers` installs them",
    )
    args = parser.parse_args(argv)
    return Options(
        args.sizes,
        args.rounds or (3 if args.quick else 7),
        args.seconds or (0.1 if args.quick else 0.4),
        args.json,
        list(PEERS) if "all" in args.peers else args.peers,
    )
