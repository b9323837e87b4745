"""Processes that tests start: small programs, and nodes whose methods the test calls."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from helpers import PATIENCE, wait_until

import spotmq

_NODE_PROGRAM = (Path(__file__).parent / "remote_node.py").read_text()
_Self = TypeVar("_Self", bound="Child")


class Child:
    """A Python program in a process of its own. Its lines come from line(), its end from finish()."""

    def __init__(self, source: str, *args: object, prefix: Sequence[str] = ()) -> None:
        """prefix: a command that runs another one, in surroundings of its own."""
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-c", source, *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            cwd=Path(__file__).parent,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)

    @property
    def pid(self) -> int:
        return self._process.pid

    def line(self, timeout: float = PATIENCE) -> str:
        """The next line it prints."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"the child printed nothing for {timeout} s") from None
        if line is None:
            self._process.wait(timeout)
            self._readers[1].join(timeout)
            raise AssertionError(f"the child ended, {self._process.returncode}: {self.errors}")
        return line

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def close_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)

    def pause(self) -> None:
        """Returns when every thread has stopped."""
        self._process.send_signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{self.pid}/task")
        wait_until(
            lambda: all(
                (task / "stat").read_text().rpartition(")")[2].split()[0] == "T"
                for task in tasks.iterdir()
            ),
            what="the process has stopped",
        )

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def finish(self, timeout: float = PATIENCE) -> int:
        """Waits for its end and returns the exit code."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {timeout} s: {self.errors}") from None
        for reader in self._readers:
            reader.join(timeout)
        return code

    @property
    def errors(self) -> str:
        return "".join(self._errors)

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self.kill()
        for reader in self._readers:
            reader.join(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


class CallableChild(Child):
    """A program that answers calls, a line of JSON each way."""

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a method there. What it raises is raised here, as the same class."""
        self.start(method, *args, **kwargs)
        return self.answer()

    def start(self, method: str, *args: Any, **kwargs: Any) -> None:
        self.tell(json.dumps([method, args, kwargs]))

    def answer(self, timeout: float = 2 * PATIENCE) -> Any:
        kind, value = json.loads(self.line(timeout))
        if kind == "error":
            name, text = value
            cls: type[Exception] = getattr(spotmq, name, RuntimeError)
            raise cls(text)
        return value


class RemoteNode(CallableChild):
    """A Spot in a process of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(_NODE_PROGRAM, json.dumps(options))

    def bind(self, endpoint: str) -> str:
        self.call("bind", endpoint)
        return str(self.call("endpoint"))

    def received(self, count: int) -> list[tuple[str, bytes]]:
        """So many messages, waiting for each."""
        return [(topic, data.encode("latin-1")) for topic, data in self.call("take", count)]
