"""Protects: a peer that is not UP has a reason and a time since when, and the log tells it once, with its
address.
"""

import asyncio
import http.server
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq
from conftest import MakeNode, SpawnNode
from helpers import PATIENCE_MS, fails, free_tcp_port, up, wait_until
from raw_peers import HELLO, Raw, Router
from test_logging import Lines, lines

import spotmq
from spotmq import PeerInfo, PeerState, Spot
from spotmq import asyncio as aio

__all__ = ["lines"]  # a fixture

MOMENT = 0.05  # that the clock of one call and that of another may differ


def only_peer(node: Spot) -> PeerInfo:
    (peer,) = node.peers()
    return peer


def is_down(node: Spot) -> PeerInfo | None:
    peer = only_peer(node)
    return peer if peer.state is PeerState.DOWN else None


def test_a_state_says_when_it_began(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    before = time.time()
    owner = spawn_node(heartbeat_ms=100)
    endpoint = owner.bind("tcp://127.0.0.1:0")
    node = make_node(heartbeat_ms=100)
    node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(node))
    came_up = only_peer(node)
    assert came_up is not None
    assert before - MOMENT <= came_up.since <= time.time() + MOMENT
    assert came_up.reason == ""
    owner.kill()
    down = wait_until(lambda: is_down(node))
    assert down is not None
    assert came_up.since <= down.since <= time.time() + MOMENT
    assert down.reason
    assert only_peer(node).since == down.since


def test_one_that_left_says_so(make_node: MakeNode) -> None:
    owner, node = make_node(), make_node()
    owner.bind("tcp://127.0.0.1:0")
    assert owner.endpoint is not None
    node.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
    owner.close()
    left = wait_until(lambda: is_down(node))
    assert left is not None
    assert left.reason == "it said BYE"


# --- what may be at an endpoint instead of a node ------------------------------------------------


@pytest.fixture
def nobody() -> str:
    return f"tcp://127.0.0.1:{free_tcp_port()}"


@pytest.fixture
def no_path(tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/none"


class QuietHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's output is not for its log."""


@pytest.fixture
def web_server() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def mute() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def bound(kind: int) -> Iterator[str]:
    with Raw(kind) as raw:
        port = raw.socket.bind_to_random_port("tcp://127.0.0.1")
        yield f"tcp://127.0.0.1:{port}"


@pytest.fixture
def pub() -> Iterator[str]:
    yield from bound(zmq.PUB)


@pytest.fixture
def rep() -> Iterator[str]:
    yield from bound(zmq.REP)


@pytest.fixture
def router() -> Iterator[str]:
    yield from bound(zmq.ROUTER)


@pytest.fixture
def data_port(make_node: MakeNode) -> str:
    node = make_node()
    node.bind("tcp://127.0.0.1:0")
    assert node.data_endpoint
    return node.data_endpoint


@pytest.fixture
def ingress_port(make_node: MakeNode) -> str:
    node = make_node()
    endpoint = f"tcp://127.0.0.1:{free_tcp_port()}"
    node.bind("tcp://127.0.0.1:0", ingress_endpoint=endpoint)
    return endpoint


SITUATIONS = {
    "nobody": "connection refused: nobody listens at {}",
    "no_path": "connection refused: nobody listens at {}",
    "web_server": "not a spotmq node: what listens at {} does not speak ZeroMQ",
    "mute": "it takes the connection and answers nothing: {}",
    "pub": "not a spotmq node: a ZeroMQ socket of the kind PUB listens at {}",
    "rep": "it takes the connection and answers nothing: {}",
    "router": "it takes the connection and answers nothing: {}",
    "data_port": "not the control port of a node: {} may be its data port",
    "ingress_port": "not the control port of a node: {} may be its ingress port",
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_there_instead_of_a_node(
    situation: str, request: pytest.FixtureRequest, make_node: MakeNode, lines: Lines
) -> None:
    """It is DOWN after three heartbeats, says why, and one warning does, whatever is tried."""
    endpoint = request.getfixturevalue(situation)
    wanted = SITUATIONS[situation].format(endpoint)
    node = make_node(heartbeat_ms=100)
    node.cluster_add(endpoint)
    wait_until(lambda: only_peer(node).reason == wanted, what=wanted)
    wait_until(lambda: is_down(node))
    assert only_peer(node).reason == wanted

    def warnings() -> list[str]:
        return [
            record.getMessage()
            for record in lines.records
            if record.levelno >= logging.WARNING and wanted in record.getMessage()
        ]

    wait_until(warnings)
    assert len(warnings()) == 1
    assert f"peer '{endpoint}'" in warnings()[0]


def test_a_peer_that_starts_later_is_up_and_has_no_reason(
    make_node: MakeNode, nobody: str, lines: Lines
) -> None:
    node = make_node(heartbeat_ms=100)
    node.cluster_add(nobody)
    wait_until(lambda: is_down(node))
    assert only_peer(node).reason.startswith("connection refused")
    owner = make_node()
    owner.bind(nobody)
    wait_until(lambda: up(node))
    assert only_peer(node).reason == ""
    wait_until(lambda: any(f"peer '{nobody}' is UP" in r.getMessage() for r in lines.records))


def test_a_data_port_that_cannot_be_reached(make_node: MakeNode, lines: Lines) -> None:
    """The peer answers, and says that its data is where nobody is."""
    owner, node = make_node(), make_node(heartbeat_ms=100)
    owner.bind("tcp://127.0.0.1:0", advertise="127.0.0.2")
    assert owner.endpoint
    assert owner.data_endpoint
    node.cluster_add(owner.endpoint.replace("127.0.0.2", "127.0.0.1"))
    wanted = f"its data port cannot be reached: {owner.data_endpoint}"
    wait_until(lambda: only_peer(node).reason == wanted, what=wanted)
    wait_until(lambda: any(wanted in text for text in lines.of(node)))


# --- who is told ---------------------------------------------------------------------------------


def test_an_addition_that_fails_says_why(
    make_node: MakeNode, nobody: str, data_port: str, router: str
) -> None:
    node = make_node(heartbeat_ms=100)
    for endpoint, reason in (
        (nobody, SITUATIONS["nobody"]),
        (data_port, SITUATIONS["data_port"]),
        (router, SITUATIONS["router"]),
    ):
        with fails(spotmq.PeerUnreachable, endpoint) as caught:
            node.cluster_add(endpoint, timeout_ms=1000)
        assert caught.value.reason == reason.format(endpoint)
        assert caught.value.reason in str(caught.value)
        assert node.peers() == []


def test_a_name_that_does_not_resolve_is_a_reason(make_node: MakeNode) -> None:
    endpoint = "tcp://no-such-host.invalid:5555"
    with fails(spotmq.PeerUnreachable, endpoint) as caught:
        make_node().cluster_add(endpoint, timeout_ms=1000)
    assert "its name does not resolve" in caught.value.reason


def test_a_join_that_fails_says_why_of_its_seeds(make_node: MakeNode, nobody: str) -> None:
    with fails(spotmq.PeerUnreachable, nobody) as caught:
        make_node().join(nobody, timeout_ms=300)
    assert caught.value.reason == SITUATIONS["nobody"].format(nobody)


def test_time_outs_say_why(make_node: MakeNode, nobody: str) -> None:
    node = make_node(heartbeat_ms=100)
    node.cluster_add(nobody)
    wait_until(lambda: only_peer(node).reason)
    waits: list[Callable[[], None]] = [
        lambda: node.cluster_sync(20),
        lambda: node.wait_for_peers(1, 20),
    ]
    for wait in waits:
        with pytest.raises(spotmq.Timeout, match="connection refused"):
            wait()


# --- publishing to an owner that is not UP -------------------------------------------------------


def test_an_owner_that_is_connecting_is_waited_for(make_node: MakeNode, nobody: str) -> None:
    node, owner = make_node(), make_node()
    node.topic_route("a", nobody)
    owner.topic_create("a")
    owner.subscribe("a")
    starting = threading.Timer(0.1, owner.bind, (nobody,))
    starting.start()
    node.publish("a", b"soon")
    starting.join()
    assert owner.recv(PATIENCE_MS).data == b"soon"


def test_an_owner_that_stays_away_is_named_with_the_reason(
    make_node: MakeNode, nobody: str
) -> None:
    """CONNECTING is waited for, though not for long; DOWN is not."""
    node = make_node(heartbeat_ms=60_000)
    node.topic_route("a", nobody)
    with fails(spotmq.PeerUnreachable, "a") as caught:
        node.publish("a", b"")
    assert f"{nobody} is CONNECTING: connection refused" in caught.value.reason
    impatient = make_node(heartbeat_ms=50)
    impatient.topic_route("a", nobody)
    wait_until(lambda: is_down(impatient))
    begun = time.monotonic()
    with fails(spotmq.PeerUnreachable, "a") as caught:
        impatient.publish_many("a", [b""])
    assert time.monotonic() - begun < 1
    assert f"{nobody} is DOWN: connection refused" in caught.value.reason


def test_close_ends_the_wait_for_an_owner(make_node: MakeNode, nobody: str) -> None:
    node = make_node(heartbeat_ms=60_000)
    node.topic_route("a", nobody)
    closing = threading.Timer(0.05, node.close)
    closing.start()
    with pytest.raises(spotmq.Closed):
        node.publish("a", b"")
    closing.join()


def test_tasks_run_while_one_waits_for_an_owner(nobody: str) -> None:
    async def main() -> int:
        turns = 0
        async with aio.Spot(heartbeat_ms=60_000) as node:
            await node.topic_route("a", nobody)
            publishing = asyncio.ensure_future(node.publish("a", b""))
            many = asyncio.ensure_future(node.publish_many("a", [b"", b""]))
            while not (publishing.done() and many.done()):
                await asyncio.sleep(0.005)
                turns += 1
            for task in (publishing, many):
                error = task.exception()
                assert isinstance(error, spotmq.PeerUnreachable)
                assert "is CONNECTING" in error.reason
        return turns

    assert asyncio.run(main()) > 5


def test_a_peer_whose_answers_break_the_protocol(make_node: MakeNode, lines: Lines) -> None:
    with Router() as router:
        node = make_node(heartbeat_ms=100)
        node.cluster_add(router.endpoint)
        peer, _ = router.receive_from(HELLO)
        router.send(peer, b"\0", b"nonsense")
        wanted = f"its answers break the protocol: {router.endpoint}"
        wait_until(lambda: only_peer(node).reason == wanted)
