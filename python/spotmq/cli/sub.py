"""``spot sub``"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

import spotmq
from spotmq.cli import options, rendering
from spotmq.cli.errors import UsageError
from spotmq.cli.inbox import batches
from spotmq.cli.lines import separator_bytes
from spotmq.cli.output import Notes, Output, count_of
from spotmq.cli.session import open_node

EXAMPLES = options.examples(
    "spot sub tcp://127.0.0.1:5555 'news*'",
    "spot sub tcp://127.0.0.1:5555 --json | jq -r .data",
    "spot sub tcp://127.0.0.1:5555 picture --raw --count 1 > photo.jpg",
    "spot sub tcp://10.0.0.7:5555 chat:room1 'game:*' --hexdump --duration 10",
)


def sub(
    endpoint: options.Endpoint,
    patterns: options.Patterns = None,
    count: options.Count = None,
    duration: options.Duration = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="One JSON object a line. Its data is text where it is UTF-8, base64 otherwise; "
            "encoding says which.",
        ),
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="The messages' bytes as they are, and nothing else.")
    ] = False,
    separator: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            show_default=False,
            help=r"With --raw, what to write after each message: \\n, \\0, or any text.",
        ),
    ] = "",
    hexdump: Annotated[
        bool, typer.Option("--hexdump", help="The messages' bytes in hexadecimal.")
    ] = False,
    timeout: options.Timeout = 5.0,
    listen: options.Listen = None,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> None:
    """Print the messages of topics and patterns, those that appear later included.

    A message is a line, its topic in front; what is not printable is escaped. What was lost is
    told on standard error, with --json in each object.
    """
    if as_json + raw + hexdump > 1:
        raise UsageError("--json, --raw and --hexdump exclude each other")
    if separator and not raw:
        raise UsageError("--separator goes with --raw")
    try:
        end = separator_bytes(separator) if separator else b""
    except ValueError as error:
        raise UsageError(f"--separator {error}") from None
    notes = Notes("sub", quiet)
    output = Output()
    write = _writer(output, as_json, raw, end, hexdump)
    wanted = patterns or ["*"]
    with open_node(
        notes,
        endpoint,
        timeout=timeout,
        listen=listen,
        cluster=cluster,
        prepare=lambda spot: spot.subscribe(*wanted, missing_ok=True),
        tell=True,
    ) as spot:
        notes(f"subscribed to {' '.join(wanted)}")
        told = 0
        try:
            for batch in batches(spot, output=output, count=count, duration=duration):
                for message in batch:
                    if message.lost:
                        told += message.lost
                        output.flush()  # in its place, where both are one terminal
                        notes(f"{message.topic}: {count_of(message.lost, 'message')} lost here")
                    write(message)
                output.flush()
        finally:
            lost = spot.stats().lost
            if lost > told:  # at the end of a stream no message tells
                notes(f"{count_of(lost - told, 'message')} lost at the end")


def _writer(
    output: Output, as_json: bool, raw: bool, end: bytes, hexdump: bool
) -> Callable[[spotmq.Message], None]:
    def write_raw(message: spotmq.Message) -> None:
        output.write(message.view)
        output.write(end)

    def write_hexdump(message: spotmq.Message) -> None:
        for line in rendering.as_hexdump(message):
            output.line(line)

    if as_json:
        return lambda message: output.json(rendering.as_json(message))
    if raw:
        return write_raw
    if hexdump:
        return write_hexdump
    return lambda message: output.line(rendering.as_text(message))
