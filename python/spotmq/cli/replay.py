"""``spot replay``"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from spotmq._core import _wire
from spotmq._nearest import few, printable
from spotmq.cli import options, publishing, signals
from spotmq.cli.errors import UserError
from spotmq.cli.output import Notes, bytes_text, count_of
from spotmq.cli.recording import Damaged, Reader

EXAMPLES = options.examples(
    "spot replay tcp://127.0.0.1:5555 news.rec",
    "spot replay tcp://127.0.0.1:5555 news.rec --speed 10",
    "spot replay tcp://127.0.0.1:5555 all.rec 'news*' --prefix replayed.",
    "gunzip < all.rec.gz | spot replay tcp://127.0.0.1:5555 - --speed 0",
)


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if value == 0 or 1e-6 <= value <= 1e9:
        return value
    raise typer.BadParameter(f"{text!r} is no speed: 1 is as recorded, 2 twice as fast, 0 at once")


def replay(
    endpoint: options.Endpoint,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", show_default=False, help="From spot record; - is standard input."
        ),
    ],
    patterns: options.Patterns = None,
    prefix: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Put in front of the topics' names."),
    ] = "",
    force: Annotated[
        bool,
        typer.Option(
            "--force", "-f", help="Publish also to topics that another node owns, through it."
        ),
    ] = False,
    speed: Annotated[
        float,
        typer.Option(
            parser=_speed,
            metavar="FACTOR",
            help="2: twice as fast as it was recorded; 0: as fast as it goes.",
        ),
    ] = 1.0,
    wait: options.Wait = 1.0,
    timeout: options.Timeout = 5.0,
    listen: options.Listen = None,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> None:
    """Publish a recording again, with its timing.

    Creates the topics, waits until each of them has a subscriber, and leaves when what it
    published is out. The messages get numbers of their own. It does not speak in the name of a
    node that is there: topics that another node owns need --prefix, or --force.
    """
    notes = Notes("replay", quiet)
    wanted = _Wanted(patterns or ["*"], prefix)
    messages, size = 0, 0
    try:
        with _reading(file) as stream:
            known = _topics(stream, wanted)
            reader = Reader(stream)
            with publishing.open_publisher(
                notes, endpoint, known, timeout=timeout, listen=listen, cluster=cluster
            ) as spot:

                def take(topics: list[str]) -> None:
                    publishing.take_topics(
                        spot,
                        notes,
                        topics,
                        wait=wait,
                        subscribers=1,
                        timeout=timeout,
                        refuse=None if force else _refuse,
                    )

                take(known)
                clock = _Clock(speed)
                for record in reader:
                    topic = wanted(record.topic)
                    if topic is None:
                        continue
                    if topic not in known:  # standard input is read once
                        with clock.stopped():
                            take([topic])
                        known.append(topic)
                    clock.wait_for(record.time_ns)
                    spot.publish(topic, record.data)
                    messages += 1
                    size += len(record.data)
    except Damaged as error:
        raise UserError(f"{file}: {error}") from None
    if reader.cut:
        notes(f"{file} ends within a record: it is being written, or was cut")
    notes(f"{count_of(messages, 'message')} published, {bytes_text(size)}")


class _Wanted:
    """Which topics of a recording are replayed, and under which name."""

    def __init__(self, patterns: list[str], prefix: str) -> None:
        self._patterns = [pattern.encode(errors="surrogateescape") for pattern in patterns]
        self._prefix = prefix
        for pattern in self._patterns:
            if not (_wire.valid_pattern(pattern) or _wire.valid_topic(pattern)):
                text = printable(pattern.decode(errors="replace"))
                raise UserError(f"'{text}' is neither a topic nor a pattern")

    def __call__(self, topic: str) -> str | None:
        """The name; None: it is left out."""
        name = topic.encode()
        if any(_wire.matches(pattern, name) for pattern in self._patterns):
            return self._prefix + topic
        return None


def _refuse(topics: list[str]) -> None:
    raise UserError(
        f"{few(topics)}: another node owns it, and its subscribers could not tell a replay from "
        "it; --prefix gives other names, --force publishes through the owner all the same"
    )


@contextmanager
def _reading(file: Path) -> Iterator[BinaryIO]:
    if str(file) != "-":
        with open(file, "rb") as stream:
            yield stream
    elif sys.stdin is None:
        raise UserError("there is no standard input")
    else:
        yield BufferedReader(signals.Input(sys.stdin.fileno()))


def _topics(stream: BinaryIO, wanted: _Wanted) -> list[str]:
    """The names of all topics of a file that can be read twice."""
    if not stream.seekable():
        return []
    start = stream.tell()
    topics = dict.fromkeys(wanted(record.topic) for record in Reader(stream))
    stream.seek(start)
    return [topic for topic in topics if topic is not None]


class _Clock:
    """The recording's time: as long after its first message as that was recorded after it."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._first: int | None = None
        self._started = 0

    def wait_for(self, time_ns: int) -> None:
        if self._first is None:
            self._started, self._first = time.monotonic_ns(), time_ns
        if not self._speed:
            return
        due = self._started + (time_ns - self._first) / self._speed
        while (early := due - time.monotonic_ns()) > 0:
            signals.sleep(min(early / 1e9, 3600))

    @contextmanager
    def stopped(self) -> Iterator[None]:
        before = time.monotonic_ns()
        yield
        self._started += time.monotonic_ns() - before
