"""``spot pub``"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Annotated

import typer

from spotmq.cli import options, publishing, signals
from spotmq.cli.errors import UsageError, UserError
from spotmq.cli.lines import read_records, separator_bytes
from spotmq.cli.output import Notes, count_of

EXAMPLES = options.examples(
    "spot pub tcp://127.0.0.1:5555 news.a hello",
    "seq 100 | spot pub tcp://127.0.0.1:5555 numbers --rate 10",
    "tail -f app.log | spot pub tcp://10.0.0.7:5555 log.app",
    "spot pub tcp://127.0.0.1:5555 picture --file photo.jpg",
    "spot pub tcp://127.0.0.1:5555 tick x --count 0 --rate 2    # until Ctrl-C",
)

_CHUNK = 1024  # messages in a batch when one message is published over and over


def pub(
    endpoint: options.Endpoint,
    topic: Annotated[
        str,
        typer.Argument(
            metavar="TOPIC", show_default=False, help="Created when no node of the cluster has it."
        ),
    ],
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            show_default=False,
            help="The message. Without it, each line of standard input is one. After -- it may "
            "begin with a dash.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            show_default=False,
            help="Publish the file's content as one message; - is all of standard input.",
        ),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "--count",
            "-n",
            min=0,
            metavar="N",
            show_default=False,
            help="Publish DATA or the file so often (0: until Ctrl-C); of lines, at most so many.",
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            parser=options.rate,
            metavar="PER_SECOND",
            show_default=False,
            help="At most so many messages a second.",
        ),
    ] = None,
    separator: Annotated[
        str, typer.Option(metavar="TEXT", help=r"What ends a line: \\n, \\0, or any text.")
    ] = r"\n",
    wait: options.Wait = 1.0,
    subscribers: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many subscribers --wait waits for.")
    ] = 1,
    require: Annotated[
        bool,
        typer.Option("--require", help="Publish nothing, and fail, when they do not come."),
    ] = False,
    timeout: options.Timeout = 5.0,
    listen: options.Listen = None,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> None:
    """Publish a message, a file, or lines from standard input.

    Waits until a subscriber is in effect, and leaves when what it published is out. A subscriber
    that is slower than this command slows it down; nothing is dropped.
    """
    notes = Notes("pub", quiet)
    messages = _messages(data, file, count, separator, notes)
    published = 0
    with publishing.open_publisher(
        notes, endpoint, [topic], timeout=timeout, listen=listen, cluster=cluster
    ) as spot:
        lonely = publishing.take_topics(
            spot, notes, [topic], wait=wait, subscribers=subscribers, timeout=timeout
        )
        if lonely and require:
            raise UserError(f"{topic!r} has not {count_of(subscribers, 'subscriber')}")
        for batch in messages if rate is None else publishing.paced(messages, rate):
            published += spot.publish_many(topic, batch)
    notes(f"{count_of(published, 'message')} published")


def _messages(
    data: str | None, file: Path | None, count: int | None, separator: str, notes: Notes
) -> Iterator[list[bytes]]:
    """The messages to publish, in lists of as many as are there."""
    if data is not None and file is not None:
        raise UsageError("DATA and --file exclude each other")
    if data is not None:
        return _repeated(os.fsencode(data), 1 if count is None else count)
    if file is not None:
        whole = _standard_input().read() if str(file) == "-" else file.read_bytes()
        return _repeated(whole, 1 if count is None else count)
    try:
        end = separator_bytes(separator)
    except ValueError as error:
        raise UsageError(f"--separator {error}") from None
    stream = _standard_input()
    if stream.isatty():
        notes("each line that you type is a message; Ctrl-D ends")
    return _at_most(read_records(stream, end), count)


def _standard_input() -> BufferedReader:
    if sys.stdin is None:
        raise UserError("there is no standard input, and no DATA")
    return BufferedReader(signals.Input(sys.stdin.fileno()))


def _repeated(data: bytes, count: int) -> Iterator[list[bytes]]:
    chunk = [data] * _CHUNK
    left = count
    while count == 0 or left > 0:
        yield chunk if count == 0 else chunk[:left]
        left -= _CHUNK


def _at_most(batches: Iterator[list[bytes]], count: int | None) -> Iterator[list[bytes]]:
    """The first so many messages. After the last one, the stream is not read any further."""
    left = count
    while left is None or left > 0:
        batch = next(batches, None)
        if batch is None:
            return
        yield batch if left is None else batch[:left]
        left = None if left is None else left - len(batch)
