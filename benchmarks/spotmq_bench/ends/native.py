"""Ends written in C++: built from the sources in ``spotmq_bench/native`` when they are first wanted,
and kept in the user's cache. An end here hands the rounds of its worker to such a program."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache, partial
from importlib import resources
from multiprocessing.connection import Connection
from pathlib import Path

from spotmq_bench.harness.payloads import high_water_mark
from spotmq_bench.harness.workers import BenchmarkError, Contender

SOURCE = "libzmq_ends.cpp"
OPTIONS = ("-std=c++17", "-O2", "-DNDEBUG")
BINDS = {"push", "pub", "rep", "ping", "pong"}
CONNECTS = {"pull", "sub", "req", "ping", "pong"}


def _pkg_config(*options: str) -> str:
    done = subprocess.run(
        ["pkg-config", *options, "libzmq"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def compiler() -> str | None:
    return shutil.which(os.environ.get("CXX", "c++"))


def missing() -> list[str]:
    """What the programs would need to be built."""
    parts = [] if compiler() else ["a C++ compiler"]
    if not shutil.which("pkg-config"):
        return [*parts, "pkg-config"]
    return parts if _pkg_config("--modversion") else [*parts, "libzmq's headers"]


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "spotmq-bench"


@cache
def program() -> Path:
    """The program with libzmq's ends; compiled unless this source was, with this libzmq."""
    cxx = compiler()
    if cxx is None or missing():
        raise BenchmarkError(f"{SOURCE} cannot be built without {', '.join(missing())}")
    source = resources.files("spotmq_bench.native").joinpath(SOURCE).read_bytes()
    flags = _pkg_config("--cflags", "--libs").split()
    what = "\n".join([_pkg_config("--modversion"), cxx, *OPTIONS, *flags]).encode()
    path = _cache() / f"libzmq_ends-{hashlib.sha256(what + source).hexdigest()[:16]}"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as directory:
        result = Path(directory) / "program"
        done = subprocess.run(
            [cxx, *OPTIONS, "-x", "c++", "-", "-x", "none", "-o", str(result), *flags],
            input=source,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise BenchmarkError(f"{SOURCE} does not compile\n{done.stderr.decode()}")
        result.replace(path)  # whole or not at all, whoever else builds it now
    return path


def version() -> str:
    """Of the libzmq that the program runs with."""
    done = subprocess.run([program(), "version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Program:
    """One end: a program that plays a role."""

    def __init__(self, path: Path, role: str, link: Connection, size: int) -> None:
        self.role = role
        self.process = subprocess.Popen(
            [path, role, str(size), str(high_water_mark(size))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if role in BINDS:
            link.send(self._read())
        if role in CONNECTS:
            self._write(link.recv())
        if (answer := self._read()) != "ready":
            raise BenchmarkError(f"libzmq's {role} says {answer!r}")

    def _write(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def _read(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise BenchmarkError(f"libzmq's {self.role} died: {self.process.wait()}")
        return line.strip()

    def run(self, count: int) -> list[float]:
        self._write(str(count))
        return [float(figure) for figure in self._read().split()]

    def close(self) -> None:
        self.process.communicate()  # it ends with its input


def contender(label: str, active: str, passive: str) -> Contender:
    path = program()

    return Contender(label, partial(Program, path, active), partial(Program, path, passive))
