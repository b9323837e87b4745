"""The table of spot top, on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from spotmq.cli.output import bytes_text, count_of, printable
from spotmq.cli.traffic import Row


class Frame:
    """The table. Rows that do not fit the height of the terminal are left out, and counted in a line."""

    def __init__(self, endpoint: str, nodes: int, lost: int, rows: Sequence[Row]) -> None:
        self._endpoint = endpoint
        self._nodes = nodes
        self._lost = lost
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        messages = sum(row.messages_per_second for row in self._rows)
        size = sum(row.bytes_per_second for row in self._rows)
        yield Text.assemble(
            ("spot top", "bold"),
            f"  {printable(self._endpoint)}  {count_of(self._nodes, 'node')}, "
            f"{count_of(len(self._rows), 'topic')}, {messages:,.0f} messages/s, "
            f"{bytes_text(size)}/s, ",
            (f"{self._lost:,} lost here", "bold red" if self._lost else ""),
        )
        room = len(self._rows) if options.height is None else max(options.height - 3, 1)
        yield self._table(self._rows[:room])
        if len(self._rows) > room:
            yield Text(f"and {len(self._rows) - room:,} more", style="dim")

    @staticmethod
    def _table(rows: Sequence[Row]) -> Table:
        table = Table(box=None, pad_edge=False, expand=True, header_style="reverse")
        table.add_column("TOPIC", ratio=3, no_wrap=True, overflow="ellipsis")
        for name in ("MESSAGES/S", "BYTES/S", "SUBSCRIBERS", "LOST"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("OWNERS", ratio=3, no_wrap=True, overflow="ellipsis")
        for row in rows:
            table.add_row(
                Text(printable(row.topic)),
                f"{row.messages_per_second:,.0f}",
                bytes_text(row.bytes_per_second),
                f"{row.subscribers:,}",
                Text(f"{row.lost:,}", style="bold red" if row.lost else ""),
                Text(printable(" ".join(row.owners)) or "-"),
                style="" if row.messages_per_second else "dim",
            )
        return table


@contextmanager
def keyboard() -> Iterator[int | None]:
    """Let keys come at once, and not be shown. Yields their descriptor; None without a terminal."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield None
        return
    import termios

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    quiet = termios.tcgetattr(fd)
    quiet[3] &= ~(termios.ICANON | termios.ECHO)
    try:
        termios.tcsetattr(fd, termios.TCSANOW, quiet)
        yield fd
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)


def wants_to_quit(fd: int) -> bool:
    """Whether the keys that were typed have a q among them, or the input has ended."""
    keys = os.read(fd, 64)
    return not keys or b"q" in keys.lower()
