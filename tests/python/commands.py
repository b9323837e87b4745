"""Runs the spot command for tests, in a process of its own or in this one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import pytest
from children import Child
from helpers import PATIENCE, PATIENCE_MS, free_tcp_port, wait_until

from spotmq import cli
from spotmq.cli import session

# Under nohup the tests ignore SIGHUP, and so would the command, rightly.
PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "from spotmq.cli import main; sys.exit(main(sys.argv[1:]))"
)


def argv(*arguments: object) -> list[str]:
    """To start it with."""
    return [sys.executable, "-c", PROGRAM, *map(str, arguments)]


def address() -> str:
    """An endpoint of this machine at which no program listens."""
    return f"tcp://127.0.0.1:{free_tcp_port()}"


class Command(Child):
    """It runs beside the test; what it prints comes from line(), what it notes from noted()."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(PROGRAM, *arguments)

    def noted(self, text: str) -> None:
        """Waits until it has said so on standard error."""
        wait_until(lambda: text in self.errors, what=f"{text!r} in {self.errors!r}")

    def interrupt(self) -> None:
        os.kill(self.pid, signal.SIGINT)

    def rest(self) -> list[str]:
        """All that the command prints until it ends."""
        return [*iter(partial(self._lines.get, timeout=PATIENCE), None)]

    def lines(self, count: int) -> list[str]:
        return [self.line() for _ in range(count)]


def run(
    *arguments: object,
    stdin: bytes = b"",
) -> tuple[int, bytes, bytes]:
    """The exit status, and what it printed on standard output and standard error."""
    done = subprocess.run(
        argv(*arguments), input=stdin, capture_output=True, check=False, timeout=PATIENCE
    )
    return done.returncode, done.stdout, done.stderr


class Here:
    """The command, called in this process: quicker, for what needs no terminal and no signals."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
        self._capfd.readouterr()
        try:
            status = cli.main([*map(str, arguments)])
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        out, err = self._capfd.readouterr()
        return status, out, err


def patient(monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """Options with which a command that is called here waits for nodes until they are there.

    By itself it gives up soon, since they may be gone: on a machine that stalls, also those that are not.
    """
    monkeypatch.setattr(session, "_ACQUAINTANCE_S", PATIENCE)
    monkeypatch.setattr(session, "_ATTEMPT_MS", PATIENCE_MS)
    return ("--timeout", PATIENCE)


MakeCommand = Callable[..., Command]
