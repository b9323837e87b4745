"""The other ways to publish and subscribe from Python, each through its ordinary fast use.

They are optional (``make bench-peers`` installs them), and looked for before their module is
imported: one that is missing has its line in the table, which says so.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from typing import Protocol, cast

from spotmq_bench.ends.peers import servers
from spotmq_bench.harness.workers import Contender


@dataclass(frozen=True)
class Peer:
    label: str
    distribution: str
    library: str
    """The module that must be importable."""
    server: servers.Server | None = None

    def missing(self) -> list[str]:
        parts = [] if importlib.util.find_spec(self.library) else [f"Python module {self.library}"]
        if self.server and not self.server.installed():
            parts.append(self.server.program)
        return parts


# By the name of the module here that has its ends, which is its name on the command line too.
PEERS = {
    "zenoh": Peer("zenoh", "eclipse-zenoh", "zenoh"),
    "nats": Peer("nats-py", "nats-py", "nats", servers.NATS),
    "redis": Peer("redis-py", "redis", "redis", servers.REDIS),
    "nng": Peer("pynng Pub0/Sub0", "pynng", "pynng"),
    "dds": Peer("cyclonedds, over UDP", "cyclonedds", "cyclonedds"),
}


class _Module(Protocol):
    def throughput(self, label: str, server: str) -> list[Contender]: ...

    def latency(self, label: str, server: str) -> Contender: ...


@dataclass
class Running:
    """The peers that were asked for; their servers run."""

    throughput: list[Contender] = field(default_factory=list)
    latency: list[Contender] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    """Why not, by label."""
    versions: dict[str, str] = field(default_factory=dict)


@contextmanager
def started(names: Sequence[str]) -> Iterator[Running]:
    running = Running()
    with ExitStack() as stack:
        for name in names:
            peer = PEERS[name]
            missing = peer.missing()
            if missing:
                running.missing[peer.label] = f"not installed ({', '.join(missing)})"
                continue
            running.versions[peer.distribution] = metadata.version(peer.distribution)
            server = ""
            if peer.server:
                server = stack.enter_context(servers.run(peer.server))
                running.versions[peer.server.program] = peer.server.version()
            module = cast(_Module, importlib.import_module(f"spotmq_bench.ends.peers.{name}"))
            running.throughput += module.throughput(peer.label, server)
            running.latency.append(module.latency(peer.label, server))
        yield running
