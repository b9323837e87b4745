"""Runs the programs of a page, each in a process of its own, in an empty folder, with free ports."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from blocks import Block, Group

LIMIT = 30.0  # seconds for one group: far more than any needs

_ADDRESS = re.compile(
    r"(?P<host>\*|0\.0\.0\.0|127\.0\.0\.1|localhost|192\.168\.\d+\.\d+|10\.\d+\.\d+\.\d+)"
    r":(?P<port>\d{4,5})\b"
)
_BOUND = re.compile(r"\bbind\(\s*[\"']tcp://[^\"']*:(?P<port>\d+)[\"']")
_PORT_ARGUMENT = re.compile(r"\bport=(?P<port>\d{4,5})\b")
_LOOPBACK = {"*", "0.0.0.0", "localhost"}

_candidates = itertools.cycle(range(10_000, 20_000))
_lock = threading.Lock()
for _ in range(os.getpid() * 37 % 10_000):
    next(_candidates)


class Failed(Exception):
    """A mistake of a program of a page."""


def free_port() -> int:
    """A port that no other program has and no other call gets; the kernel gives out none of these."""
    with _lock:
        for port in itertools.islice(_candidates, 10_000):
            with socket.socket() as probe:
                try:
                    probe.bind(("", port))
                except OSError:
                    continue
                return port
    raise RuntimeError("no free port")


class Addresses:
    """The page's addresses, which several pages use at the same time, as free ones of this machine."""

    def __init__(self) -> None:
        self._ports: dict[tuple[str, str], int] = {}

    def _port(self, host: str, port: str) -> int:
        host = "127.0.0.1" if host in _LOOPBACK else host
        if (host, port) not in self._ports:
            self._ports[host, port] = free_port()
        return self._ports[host, port]

    def translate(self, text: str, host: str = "") -> str:
        """host: the machine that the text stands for, where it says only `*` or `localhost`."""

        def address(match: re.Match[str]) -> str:
            here = host if host and match["host"] in _LOOPBACK else match["host"]
            shown = "localhost" if match["host"] == "localhost" else "127.0.0.1"
            return f"{shown}:{self._port(here, match['port'])}"

        def argument(match: re.Match[str]) -> str:
            return f"port={self._port(host or '127.0.0.1', match['port'])}"

        return _PORT_ARGUMENT.sub(argument, _ADDRESS.sub(address, text))


def _loosely(line: str) -> re.Pattern[str]:
    """Numbers may differ, and `…` stands for anything."""
    pattern = re.escape(" ".join(line.split()))
    pattern = re.sub(r"…|\\\.\\\.\\\.", ".*", pattern)
    return re.compile(
        re.sub(r"\d(?:[\d,]|\\\.\d)*", r"\\d[\\d.,]*", pattern).replace(r"\ ", r"\s*")
    )


def missing_line(expected: str, printed: str) -> str | None:
    """The first line of the page that is not printed, in the page's order; None when all are."""
    lines = iter(printed.splitlines())
    for line in expected.splitlines():
        if line.strip() and not any(_loosely(line).search(candidate) for candidate in lines):
            return line
    return None


@dataclass
class Command:
    argv: list[str]
    expected: str = ""


@dataclass
class Program:
    """A block as commands: a Python program is one, a console session one for each `$` line."""

    block: Block
    commands: list[Command] = field(default_factory=list)
    ports: set[int] = field(default_factory=set)  # that it binds to, as its text says


def session(code: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what the page says it prints."""
    found: list[tuple[str, str]] = []
    for line in code.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", "")
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
        elif line.strip():
            raise Failed(f"a console block begins with a command, not {line!r}")
    return found


def _patiently(line: str) -> str:
    """By default these publish without a subscriber after a second: a machine may stall for as long."""
    return re.sub(r"\bspot (pub|replay)\b(?!.* --wait\b)", rf"spot \1 --wait {LIMIT:.0f}", line)


def _program(block: Block, folder: Path, addresses: Addresses) -> Program:
    code = addresses.translate(block.code, block.host)
    if block.language == "console":
        return Program(
            block,
            [
                Command(["bash", "-c", _patiently(line)], expected)
                for line, expected in session(code)
            ],
        )
    path = folder / f"{block.page.stem}_line_{block.line}.py"
    path.write_text("\n" * (block.line - 1) + code)  # tracebacks name the page's own lines
    expected = addresses.translate(block.output or "", block.host)
    ports = {int(match["port"]) for match in _BOUND.finditer(code)} - {0}  # 0: any
    return Program(block, [Command([sys.executable, str(path)], expected)], ports)


class Running:
    def __init__(self, program: Program, command: Command, folder: Path, stack: ExitStack) -> None:
        self.name = program.block.name
        self._expected = command.expected
        self._out = stack.enter_context(tempfile.TemporaryFile("w+"))  # noqa: SIM115
        self.process = subprocess.Popen(
            command.argv,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stack.callback(self._end)

    def listen(self, ports: set[int], deadline: float) -> None:
        """Waits until it does: a command that comes first would listen there itself."""
        while self.process.poll() is None and time.monotonic() < deadline:
            if ports <= _listening():
                return
            time.sleep(0.01)

    def _end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def printed(self) -> str:
        self._out.seek(0)
        return self._out.read()

    def _fail(self, what: str) -> Failed:
        return Failed(f"{self.name}: {what}; it printed:\n{self.printed()}")

    def _check_output(self) -> None:
        printed = self.printed()
        missing = missing_line(self._expected, printed)
        if missing is not None:
            raise self._fail(f"it does not print {missing!r}")

    def finish(self, deadline: float) -> None:
        """Waits for its end, which is a good one."""
        try:
            code = self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise self._fail(f"it did not end within {LIMIT:.0f} s") from None
        if code != 0:
            raise self._fail(f"it ended with {code}")
        self._check_output()

    def stop(self, deadline: float) -> None:
        """Ends what runs for ever as a user would, by Ctrl-C, once it printed what it should."""
        while missing_line(self._expected, self.printed()) and self.process.poll() is None:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            code = self.process.wait(max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise self._fail("Ctrl-C did not end it") from None
        if code not in (0, 130, -signal.SIGINT):
            raise self._fail(f"it ended with {code}")
        self._check_output()


def _listening() -> set[int]:
    return {
        connection.laddr.port
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr
    }


def _environment() -> dict[str, str]:
    """Commands such as python and spot are those of the interpreter that runs the tests."""
    scripts = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "error",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "COLUMNS": "100",
    }


def run(group: Group) -> None:
    """Runs the programs of a group; raises Failed when one does not do what the page says."""
    folder = Path(tempfile.mkdtemp(prefix="spotmq-docs-"))
    addresses = Addresses()
    deadline = time.monotonic() + LIMIT
    try:
        for name, text in group.files.items():
            (folder / name).write_text(addresses.translate(text))
        programs = [_program(block, folder, addresses) for block in group.programs]
        with ExitStack() as stack:
            beside: list[Running] = []
            for program in programs[:-1]:
                for command in program.commands[:-1]:
                    Running(program, command, folder, stack).finish(deadline)
                beside.append(Running(program, program.commands[-1], folder, stack))
                if program.ports:
                    beside[-1].listen(program.ports, deadline)
            for command in programs[-1].commands:
                Running(programs[-1], command, folder, stack).finish(deadline)
            for running in beside:
                running.stop(deadline)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
