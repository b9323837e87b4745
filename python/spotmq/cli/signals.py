"""Waits that every signal ends.

Python notes a signal and runs its handler later. One that comes after Python has looked for the last
time, and before the system has begun to wait, ends no read, poll or sleep: Ctrl-C then did nothing
until a message or a line came. Here the note is written to a pipe as well, which each wait watches.
"""

from __future__ import annotations

import io
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_noted = -1  # readable when a signal came


@contextmanager
def noted() -> Iterator[None]:
    """Let signals wake the waits in this block. For the main thread: only it handles signals."""
    global _noted
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    _noted = reading
    try:
        yield
    finally:
        _noted = -1
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def watch(poller: select.poll) -> None:
    """Let signals end its waits; what came is told by forget()."""
    if _noted >= 0:
        poller.register(_noted, select.POLLIN)


def forget() -> None:
    """Forget the signals that came. Their handlers run, and may raise, when this returns."""
    if _noted >= 0:
        with suppress(BlockingIOError):
            os.read(_noted, 4096)


def sleep(seconds: float) -> None:
    poller = select.poll()
    watch(poller)
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        poller.poll(left * 1000)
        forget()


class Input(io.FileIO):
    """A descriptor that is read, and stays open."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, closefd=False)

    def _wait(self) -> None:
        poller = select.poll()
        poller.register(self.fileno(), select.POLLIN)
        watch(poller)
        while not any(descriptor != _noted for descriptor, _ in poller.poll()):
            forget()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        self._wait()
        return super().readinto(buffer)

    def readall(self) -> bytes:
        parts: list[bytes] = []
        while True:
            self._wait()
            part = self.read(1 << 20)
            if not part:
                return b"".join(parts)
            parts.append(part)
