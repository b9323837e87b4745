"""Arguments and options that several commands have. Times are in seconds."""

from __future__ import annotations

import math
from typing import Annotated

import typer

_LONGEST_S = 86_400.0  # the longest time that a node accepts


def seconds(text: str) -> float:
    """A time from 0 to a day, in seconds."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= _LONGEST_S:
        raise typer.BadParameter(f"{text!r} is no number of seconds from 0 to 86400")
    return value


def positive_seconds(text: str) -> float:
    value = seconds(text)
    if value < 0.01:
        raise typer.BadParameter(f"{text!r} is less than 0.01 seconds")
    return value


def rate(text: str) -> float:
    """Messages a second; more than 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 1e9:
        raise typer.BadParameter(f"{text!r} is no rate: messages a second, more than 0")
    return value


Endpoint = Annotated[
    str,
    typer.Argument(
        metavar="ENDPOINT",
        show_default=False,
        help="The node to join, tcp://host:port or ipc://path. Where it is an address of this "
        "machine and nobody listens there yet, the command does.",
    ),
]
NodeEndpoint = Annotated[
    str,
    typer.Argument(
        metavar="ENDPOINT",
        show_default=False,
        help="The node to ask: tcp://host:port or ipc://path.",
    ),
]
Patterns = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATTERN",
        show_default=False,
        help="Topics and patterns, quoted: 'news*' (any characters), 'news.?' (one). All topics "
        "without.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        parser=seconds, metavar="SECONDS", help="How long to wait for an answer from ENDPOINT."
    ),
]
Listen = Annotated[
    str | None,
    typer.Option(
        metavar="ENDPOINT",
        show_default=False,
        help="Where this command's own node listens when it joins: any free port on the way to "
        "ENDPOINT unless told.",
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print no notes on standard error, only errors.")
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        envvar="SPOT_CLUSTER",
        show_default=False,
        show_envvar=False,
        help="The name of the cluster, as its nodes were given it: those of another refuse this "
        "command. SPOT_CLUSTER says the same.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Duration = Annotated[
    float | None,
    typer.Option(parser=seconds, metavar="SECONDS", show_default=False, help="End after so long."),
]
Count = Annotated[
    int | None,
    typer.Option(
        "--count", "-n", min=1, metavar="N", show_default=False, help="End after N messages."
    ),
]
Wait = Annotated[
    float,
    typer.Option(
        parser=seconds,
        metavar="SECONDS",
        help="How long to wait for a subscriber before publishing; 0: not at all.",
    ),
]


def examples(*lines: str) -> str:
    """The end of a help text. Each example is a paragraph, or it would be wrapped into the next."""
    return "\n\n".join(["Examples:", *(f"`{line}`" for line in lines)])
