"""The brokers that some peers need: on loopback only, and gone when the run is."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from spotmq_bench.harness.workers import BenchmarkError

PATIENCE_S = 10.0


@dataclass(frozen=True)
class Server:
    program: str
    options: tuple[str, ...]
    """``{port}`` and ``{directory}`` are filled in."""

    def _path(self) -> str | None:
        # Debian puts servers where not every user's PATH leads.
        return shutil.which(self.program) or shutil.which(self.program, path="/usr/sbin:/sbin")

    def installed(self) -> bool:
        return self._path() is not None

    def command(self) -> list[str]:
        path = self._path()
        if path is None:
            raise BenchmarkError(f"{self.program} is not installed")
        return [path]

    def version(self) -> str:
        done = subprocess.run(
            [*self.command(), "--version"], capture_output=True, text=True, check=False
        )
        found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
        return found.group() if found else "unknown"


NATS = Server("nats-server", ("--addr", "127.0.0.1", "--port", "{port}"))
REDIS = Server(
    "redis-server",
    # Nothing on disk, and a subscriber that is behind is not cut off.
    (
        *("--bind", "127.0.0.1", "--port", "{port}", "--dir", "{directory}"),
        *("--save", "", "--appendonly", "no", "--client-output-buffer-limit", "pubsub 0 0 0"),
    ),
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(server: Server, process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchmarkError(f"{server.program} does not start")


@contextmanager
def run(server: Server) -> Iterator[str]:
    """``host:port`` of a server that runs inside this block."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="spotmq-bench-") as directory:
        options = [one.format(port=port, directory=directory) for one in server.options]
        # Should this process be killed, the kernel ends the server.
        guard = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        process = subprocess.Popen(
            [*guard, *server.command(), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(server, process, port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
