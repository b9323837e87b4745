"""The output of commands: bytes and lines on standard output, notes on standard error, tables."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from spotmq.cli.errors import OutputClosed, UserError


def printable(text: str) -> str:
    """The text with control characters escaped, so that a peer cannot control the terminal."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


class Output:
    """Standard output as bytes. Text is UTF-8 in every locale. A reader that has left is noticed."""

    def __init__(self) -> None:
        if sys.stdout is None:
            raise UserError("there is no standard output")
        self._fd = sys.stdout.fileno()
        self._out = io.BufferedWriter(io.FileIO(self._fd, "wb", closefd=False), 1 << 16)
        self.is_terminal: bool = os.isatty(self._fd)

    @property
    def fd(self) -> int:
        return self._fd

    def write(self, data: bytes | memoryview) -> None:
        try:
            self._out.write(data)
        except BrokenPipeError:
            raise OutputClosed from None

    def line(self, text: str) -> None:
        self.write(text.encode("utf-8", "backslashreplace") + b"\n")

    def json(self, value: dict[str, Any]) -> None:
        self.line(json.dumps(value, ensure_ascii=False))

    def flush(self) -> None:
        try:
            self._out.flush()
        except BrokenPipeError:
            raise OutputClosed from None

    def abandon(self) -> None:
        """Drop output that could not be written, so that its writing does not fail again at the end."""
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._fd)
        os.close(null)

    def reader_is_gone(self) -> bool:
        poller = select.poll()
        poller.register(self._fd, 0)  # poll() tells errors of a descriptor without being asked to
        return any(flags & (select.POLLERR | select.POLLHUP) for _, flags in poller.poll(0))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table: in columns on a terminal, elsewhere with a line for each row, and tabs."""
        if not self.is_terminal:
            for row in rows:
                self.line("\t".join(printable(cell) for cell in row))
            self.flush()
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in header:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        Console().print(table)


class Notes:
    """The notes of a command, on standard error; none when the user asked for quiet."""

    def __init__(self, command: str, quiet: bool = False) -> None:
        self.command = command
        self._quiet = quiet

    def __call__(self, text: str) -> None:
        if not self._quiet:
            self.error(text)

    def error(self, text: str) -> None:
        """Print a line that quiet does not suppress."""
        print_error(f"spot {self.command}: {text}")


def print_error(text: str) -> None:
    """A line on standard error, if there is one."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):  # standard error is closed: the line is lost
        print(printable(text), file=sys.stderr, flush=True)


def count_of(number: int, what: str) -> str:
    """1 message, 1,234 messages."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def bytes_text(number: float) -> str:
    """A number of bytes, in units of a thousand."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            break
        number /= 1000
    return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
