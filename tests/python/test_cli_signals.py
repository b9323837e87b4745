"""Protects: Ctrl-C ends the wait of a command, also when it comes just before the wait."""

import io
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from helpers import PATIENCE

import spotmq
from spotmq.cli import signals
from spotmq.cli.inbox import batches
from spotmq.cli.lines import read_records


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def interrupted(wait: Callable[[], object], seconds: float) -> None:
    """By a signal that does not end the system's call, as one that comes just before it does not.

    Its handler is noted by another thread.
    """

    def interrupt() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    thread = threading.Timer(0.05, interrupt)
    started = time.monotonic()
    with signals.noted():
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            wait()
    thread.join()
    assert time.monotonic() - started < seconds


def test_sleeping() -> None:
    interrupted(lambda: signals.sleep(PATIENCE), PATIENCE)


def test_waiting_for_messages(node: spotmq.Spot) -> None:
    interrupted(lambda: next(batches(node, duration=PATIENCE)), PATIENCE)


@pytest.mark.parametrize("size", [-1, 10])
def test_reading(pipe: tuple[int, int], size: int) -> None:
    end = threading.Timer(PATIENCE, os.write, (pipe[1], b"x" * 10))
    end.daemon = True
    end.start()
    interrupted(lambda: io.BufferedReader(signals.Input(pipe[0])).read(size), PATIENCE)
    end.cancel()


def test_what_is_there_is_read(pipe: tuple[int, int]) -> None:
    with signals.noted():
        stream: Any = io.BufferedReader(signals.Input(pipe[0]))
        os.write(pipe[1], b"one\ntwo\n")
        assert next(read_records(stream, b"\n")) == [b"one", b"two"]
    signals.sleep(0)


def test_a_thread_goes_without() -> None:
    def use() -> None:
        with signals.noted():
            signals.sleep(0.001)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
