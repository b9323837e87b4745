"""Protects: every example runs as its first lines say, and prints what they say."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import spotmq

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE_S = 30


class Running:
    """An example in a process of its own, with its lines as they come."""

    def __init__(self, script: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Unbuffered, a line and its end would leave one by one, and processes share the output.
            env=os.environ | {"PYTHONUNBUFFERED": ""},
        )
        self.lines: list[str] = []
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def line(self, pattern: str) -> re.Match[str]:
        """Wait for a line that is like this."""
        while True:
            try:
                line = self._queue.get(timeout=PATIENCE_S)
            except queue.Empty:
                pytest.fail(f"no line like {pattern!r} in time; before it: {self.lines}")
            if line is None:
                pytest.fail(f"ended without a line like {pattern!r}: {self.lines}")
            self.lines.append(line)
            if found := re.fullmatch(pattern, line):
                return found

    def type(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def end_of_input(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def finish(self) -> list[str]:
        """Wait for a good end; return all lines."""
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            pytest.fail(f"did not end; it printed: {self.lines}")
        while (line := self._queue.get(timeout=PATIENCE_S)) is not None:
            self.lines.append(line)
        assert code == 0, self.lines
        return self.lines

    def clean_up(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(PATIENCE_S)
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()


@contextmanager
def running(script: str, *arguments: str) -> Iterator[Running]:
    example = Running(script, *arguments)
    try:
        yield example
    finally:
        example.clean_up()


def test_two_nodes() -> None:
    with running("two_nodes.py") as example:
        lines = example.finish()
    assert sorted(lines) == [
        "A received chat:room1: hello from B",
        "A sees chat:lobby REMOTE, chat:room1 REMOTE, game:player1 LOCAL, game:score LOCAL",
        "B received game:player1: x=1 y=2",
        "B sees chat:lobby LOCAL, chat:room1 LOCAL, game:player1 REMOTE, game:score REMOTE",
    ]


def test_three_nodes() -> None:
    with running("three_nodes.py") as example:
        lines = example.finish()
    assert sorted(lines) == [
        "A received chat:room1: from B",
        "A received news:today: from C",
        "A sees chat:room1 REMOTE, game:player1 LOCAL, news:today REMOTE",
        "B received game:player1: from A",
        "B received news:today: from C",
        "B sees chat:room1 LOCAL, game:player1 REMOTE, news:today REMOTE",
        "C received chat:room1: from B",
        "C received game:player1: from A",
        "C sees chat:room1 REMOTE, game:player1 REMOTE, news:today LOCAL",
    ]


def test_a_failing_node_fails_the_example() -> None:
    program = (
        "import functools, _processes\n"
        "if __name__ == '__main__':\n"
        "    _processes.run([functools.partial(int, 'x')] * 2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(EXAMPLES)},
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1


def test_chat() -> None:
    with running("chat.py", "alice", "--host", "tcp://127.0.0.1:0") as alice:
        endpoint = alice.line(r"chat:room1 is open at (tcp://.*)")[1]
        with running("chat.py", "bob", "--join", endpoint) as bob:
            alice.line(r"\* bob is here")
            alice.type("hello bob\n")
            bob.line("alice: hello bob")
            bob.type("hello alice\n")
            alice.line("bob: hello alice")
            bob.end_of_input()
            alice.line(r"\* bob leaves")
            assert "bob: hello alice" not in bob.finish()  # he knows what he said
        alice.end_of_input()
        assert alice.finish()[-1] == "* alice leaves"


def test_price_feed() -> None:
    with running("price_feed.py", "serve", "tcp://127.0.0.1:0", "--rate", "200") as feed:
        endpoint = feed.line(r"feeding at (tcp://.*)")[1]
        with running("price_feed.py", "watch", endpoint, "price:B*", "--count", "6") as watcher:
            lines = watcher.finish()
        assert len(lines) == 6
        assert all(re.fullmatch(r"price:(BTC|BNB) \d+\.\d\d", line) for line in lines)
        with running("price_feed.py", "watch", endpoint) as watcher:
            watcher.line(r"price:\w+ \d+\.\d\d")
            watcher.interrupt()
            watcher.finish()
        feed.interrupt()
        feed.finish()


def test_price_feed_of_a_given_length() -> None:
    with running("price_feed.py", "serve", "tcp://127.0.0.1:0", "--count", "3") as feed:
        assert len(feed.finish()) == 1


def test_raw_query() -> None:
    with spotmq.Spot() as spot:
        spot.bind("tcp://127.0.0.1:0")
        for topic in ("game:player1", "chat:room1", "뉴스"):
            spot.topic_create(topic)
        assert spot.endpoint
        with running("raw_query.py", spot.endpoint) as example:
            lines = example.finish()
    assert sorted(lines) == ["chat:room1", "game:player1", "뉴스"]


def test_raw_query_without_an_answer(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/nobody"
    with running("raw_query.py", endpoint, "--timeout-ms", "50") as example:
        assert example.line(".*")[0] == f"{endpoint} does not answer"
        assert example.process.wait(PATIENCE_S) == 1


def test_raw_query_needs_no_spotmq() -> None:
    assert "import spotmq" not in (EXAMPLES / "raw_query.py").read_text(encoding="utf-8")
