"""Fixtures: nodes that are closed at the end, and connected pairs over each transport."""

import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import hypothesis
import pytest
from children import Child, RemoteNode
from commands import Command, Here, MakeCommand
from helpers import PATIENCE_MS, TRANSPORTS, silent, unique, up, wait_until

import spotmq

# What an example takes says nothing about the code: a machine that stalls for a moment would fail it.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# A shell that starts something in the background has SIGINT ignored; the programs that tests interrupt would
# inherit that.
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    signal.signal(signal.SIGINT, signal.default_int_handler)


class MakeNode(Protocol):
    def __call__(self, context: spotmq.Context | None = None, **options: Any) -> spotmq.Spot: ...


class Spawn(Protocol):
    def __call__(self, source: str, *args: object) -> Child: ...


class SpawnNode(Protocol):
    def __call__(self, **options: Any) -> RemoteNode: ...


@dataclass
class Pair:
    """An owner that is bound, with the topics "a" and "b", and a client whose peer it is."""

    context: spotmq.Context
    owner: spotmq.Spot
    client: spotmq.Spot

    @property
    def endpoint(self) -> str:
        endpoint = self.owner.endpoint
        assert endpoint is not None
        return endpoint


class MakePair(Protocol):
    def __call__(
        self,
        *,
        owner: dict[str, Any] | None = None,
        client: dict[str, Any] | None = None,
    ) -> Pair: ...


@pytest.fixture
def context() -> Iterator[spotmq.Context]:
    with spotmq.Context() as context:
        yield context


@pytest.fixture
def make_node() -> Iterator[MakeNode]:
    with ExitStack() as stack:

        def make(context: spotmq.Context | None = None, **options: Any) -> spotmq.Spot:
            return stack.enter_context(spotmq.Spot(context, **options))

        yield make


@pytest.fixture
def node(make_node: MakeNode) -> spotmq.Spot:
    return make_node()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose name is short: a path of a Unix socket has at most 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix="spot", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def address(transport: str, folder: Path) -> Callable[[], str]:
    """Makes endpoints to bind to, a new one at every call."""

    def make() -> str:
        name = unique("node")
        return {
            "tcp": "tcp://127.0.0.1:0",
            "ipc": f"ipc://{folder}/{name}",
            "inproc": f"inproc://{name}",
        }[transport]

    return make


@pytest.fixture
def make_pair(context: spotmq.Context, make_node: MakeNode, address: Callable[[], str]) -> MakePair:
    def make(*, owner: dict[str, Any] | None = None, client: dict[str, Any] | None = None) -> Pair:
        pair = Pair(context, make_node(context, **owner or {}), make_node(context, **client or {}))
        pair.owner.bind(address())
        pair.owner.topic_create("a")
        pair.owner.topic_create("b")
        pair.client.cluster_add(pair.endpoint, timeout_ms=PATIENCE_MS)
        pair.client.cluster_sync(PATIENCE_MS)
        wait_until(lambda: up(pair.client), what="the owner is UP at the client")
        return pair

    return make


@pytest.fixture
def pair(make_pair: MakePair) -> Pair:
    return make_pair()


@pytest.fixture
def tcp_owner(make_node: MakeNode) -> spotmq.Spot:
    """A node over TCP with the topic "a" and a quick heartbeat."""
    node = make_node(heartbeat_ms=200)
    node.bind("tcp://127.0.0.1:0")
    node.topic_create("a")
    return node


@pytest.fixture
def works(tcp_owner: spotmq.Spot, make_node: MakeNode) -> Iterator[spotmq.Spot]:
    """The owner; afterwards nothing that was published or subscribed before was lost."""
    client = make_node()
    assert tcp_owner.endpoint is not None
    client.cluster_add(tcp_owner.endpoint, timeout_ms=PATIENCE_MS)
    client.subscribe("a", missing_ok=True)
    tcp_owner.publish("a", b"before")
    yield tcp_owner
    tcp_owner.publish("a", b"after")
    assert client.recv(PATIENCE_MS) == ("a", b"before")
    assert client.recv(PATIENCE_MS) == ("a", b"after")
    assert silent(client, (tcp_owner, "a"))
    assert client.stats().lost == client.stats().reconnects == 0
    client.cluster_sync(PATIENCE_MS)
    assert [info.topic for info in client.list_topics()] == ["a"]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Starts programs in processes of their own; none outlives the test."""
    with ExitStack() as stack:

        def start(source: str, *args: object) -> Child:
            return stack.enter_context(Child(source, *args))

        yield start


@pytest.fixture
def spawn_node() -> Iterator[SpawnNode]:
    """Starts nodes in processes of their own; none outlives the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> RemoteNode:
            return stack.enter_context(RemoteNode(**options))

        yield start


@pytest.fixture
def start_command() -> Iterator[MakeCommand]:
    """Starts the spot command in processes of its own; none outlives the test."""
    with ExitStack() as stack:

        def start(*arguments: object) -> Command:
            return stack.enter_context(Command(*arguments))

        yield start


@pytest.fixture
def here(capfd: pytest.CaptureFixture[str]) -> Here:
    """The spot command, called in this process."""
    return Here(capfd)
