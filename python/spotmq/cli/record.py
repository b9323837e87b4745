"""``spot record``"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from spotmq.cli import options
from spotmq.cli.errors import OutputClosed, UserError
from spotmq.cli.inbox import batches
from spotmq.cli.output import Notes, Output, bytes_text, count_of
from spotmq.cli.recording import Record, encode_header, encode_record
from spotmq.cli.session import open_node

EXAMPLES = options.examples(
    "spot record tcp://127.0.0.1:5555 news.rec 'news*'",
    "spot record tcp://10.0.0.7:5555 hour.rec --duration 3600",
    "spot record tcp://10.0.0.7:5555 - | gzip > all.rec.gz",
)


def record(
    endpoint: options.Endpoint,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", show_default=False, help="- is standard output."),
    ],
    patterns: options.Patterns = None,
    count: options.Count = None,
    duration: options.Duration = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace the file if there is one.")
    ] = False,
    timeout: options.Timeout = 5.0,
    listen: options.Listen = None,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> None:
    """Write messages and when they came to a file, for spot replay.

    Ends with Ctrl-C, --count or --duration. The file is good while it grows.
    """
    notes = Notes("record", quiet)
    wanted = patterns or ["*"]
    messages, size, topics = 0, 0, set()
    with (
        _writing(file, force) as (stream, output),
        open_node(
            notes,
            endpoint,
            timeout=timeout,
            listen=listen,
            cluster=cluster,
            prepare=lambda spot: spot.subscribe(*wanted, missing_ok=True),
            tell=True,
        ) as spot,
    ):
        notes(f"recording {' '.join(wanted)}")
        now = 0
        try:
            for batch in batches(spot, output=output, count=count, duration=duration):
                now = max(now, time.time_ns())  # the clock may be set back
                for message in batch:
                    topic, data = message
                    stream.write(
                        encode_record(
                            Record(now, topic, data, message.seq, message.lost, message.node_id)
                        )
                    )
                    size += len(data)
                    topics.add(topic)
                stream.flush()
                messages += len(batch)
        except BrokenPipeError:
            raise OutputClosed from None
        finally:
            notes(
                f"{count_of(messages, 'message')} of {count_of(len(topics), 'topic')}, "
                f"{bytes_text(size)}, {spot.stats().lost:,} lost"
            )


@contextmanager
def _writing(file: Path, force: bool) -> Iterator[tuple[BinaryIO, Output | None]]:
    """The file to write, and the output when the file is standard output, whose reader may leave."""
    if str(file) == "-":
        output = Output()
        if output.is_terminal:
            raise UserError("a recording is nothing for a terminal; name a file, or use a pipe")
        yield _begun(sys.stdout.buffer), output
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(open(file, "wb" if force else "xb"))
        except FileExistsError:
            raise UserError(f"{file} exists; --force replaces it") from None
        yield _begun(stream), None


def _begun(stream: BinaryIO) -> BinaryIO:
    """Open the file and write its header, before another node counts this one as a subscriber."""
    stream.write(encode_header())
    stream.flush()
    return stream
