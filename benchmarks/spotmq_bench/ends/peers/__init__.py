"""The other ways to publish and subscribe, each through its ordinary fast use.

They are optional (``make bench-peers`` installs them), and looked for before their module is
imported: one that is missing has its line in the table, which says so.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from typing import Protocol, cast

from spotmq_bench.ends import native
from spotmq_bench.ends.peers import servers
from spotmq_bench.harness.workers import BenchmarkError, Contender


class Peer(Protocol):
    @property
    def label(self) -> str: ...

    @property
    def server(self) -> servers.Server | None: ...

    def missing(self) -> list[str]:
        """What is not installed."""

    def versions(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class Python:
    """A peer with a Python package."""

    label: str
    distribution: str
    library: str
    """The module that must be importable."""
    server: servers.Server | None = None
    needs: tuple[str, ...] = ()
    """Modules besides, without which it would be slower than it can be."""

    def missing(self) -> list[str]:
        parts = [
            f"Python module {module}"
            for module in (self.library, *self.needs)
            if not importlib.util.find_spec(module)
        ]
        if self.server and not self.server.installed():
            parts.append(self.server.program)
        return parts

    def versions(self) -> dict[str, str]:
        found = {self.distribution: metadata.version(self.distribution)}
        found |= {module: metadata.version(module) for module in self.needs}
        if self.server:
            found[self.server.program] = self.server.version()
        return found


@dataclass(frozen=True)
class Native:
    """libzmq itself, in programs that are built for it."""

    label: str
    server: None = None

    def missing(self) -> list[str]:
        return native.missing()

    def versions(self) -> dict[str, str]:
        return {self.label: native.version()}


# By the name of the module here that has its ends, which is its name on the command line too.
PEERS: dict[str, Peer] = {
    "libzmq": Native("libzmq C++"),
    "zenoh": Python("zenoh", "eclipse-zenoh", "zenoh"),
    "nats": Python("nats-py", "nats-py", "nats", servers.NATS),
    "redis": Python("redis-py", "redis", "redis", servers.REDIS, needs=("hiredis",)),
    "nng": Python("pynng Pub0/Sub0", "pynng", "pynng"),
    "dds": Python("cyclonedds, over UDP", "cyclonedds", "cyclonedds"),
}


class _Module(Protocol):
    def throughput(self, label: str, server: str) -> list[Contender]: ...

    def latency(self, label: str, server: str) -> list[Contender]: ...


@dataclass
class Running:
    """The peers that were asked for; their servers run."""

    throughput: list[Contender] = field(default_factory=list)
    latency: list[Contender] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    """Why not, by label."""
    versions: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, stack: ExitStack) -> None:
        peer = PEERS[name]
        versions = peer.versions()
        server = stack.enter_context(servers.run(peer.server)) if peer.server else ""
        module = cast(_Module, importlib.import_module(f"spotmq_bench.ends.peers.{name}"))
        self.throughput += module.throughput(peer.label, server)
        self.latency += module.latency(peer.label, server)
        self.versions |= versions


@contextmanager
def started(names: Sequence[str]) -> Iterator[Running]:
    running = Running()
    with ExitStack() as stack:
        for name in names:
            label, missing = PEERS[name].label, PEERS[name].missing()
            if missing:
                running.missing[label] = f"not installed ({', '.join(missing)})"
                continue
            try:
                running.add(name, stack)
            except BenchmarkError as error:  # a server does not start, a program does not compile
                print(f"{label}: {error}", file=sys.stderr)
                running.missing[label] = f"does not start ({str(error).splitlines()[0]})"
        yield running
