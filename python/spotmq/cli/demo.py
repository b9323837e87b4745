"""``spot demo``"""

from __future__ import annotations

from typing import Annotated

import typer

from spotmq import demo as cluster
from spotmq.cli.options import examples

EXAMPLES = examples("spot demo", "spot demo --messages 1000000 --size 64")


def demo(
    messages: Annotated[
        int, typer.Option(min=1, metavar="N", help="Messages that each node publishes.")
    ] = 200_000,
    size: Annotated[
        int, typer.Option(min=1, metavar="BYTES", help="Size of one message, at least 8.")
    ] = 16,
) -> int:
    """Run a cluster of three processes and print what each node sees.

    Three processes on this machine share topics over TCP, subscribe to each other's and move
    messages. Fails if anything is missing.
    """
    return cluster.run(messages, size)
