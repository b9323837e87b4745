"""Protects: joining through any node, in real processes: full meshes, one link for each pair, restarts,
seeds.
"""

import itertools
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import psutil
import pytest
from children import RemoteNode
from helpers import PATIENCE_MS, fails, free_tcp_port, knows, up, wait_until
from limits import DEFAULT, SOAK, report, seconds

import spotmq

LOOPBACK = "tcp://127.0.0.1:0"
NOBODY = "tcp://127.0.0.1:9"

MakeNode = Callable[..., spotmq.Spot]
SpawnNode = Callable[..., RemoteNode]


@pytest.fixture
def make_node() -> Iterator[MakeNode]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(spotmq.Spot(**options))


@pytest.fixture
def node(make_node: MakeNode) -> spotmq.Spot:
    return make_node()


@pytest.fixture
def spawn_node() -> Iterator[SpawnNode]:
    """Starts nodes in processes of their own; none outlives the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(RemoteNode(**options))


def meshed(nodes: dict[str, RemoteNode]) -> bool:
    """Whether every node (by endpoint) has exactly one peer at each of the others, and it is UP."""
    return all(
        sorted(node.call("peers"))
        == sorted([other, "UP", 0] for other in nodes if other != endpoint)
        for endpoint, node in nodes.items()
    )


def control_connections(endpoint: str, node: RemoteNode) -> int:
    """How many connections the node's ROUTER has."""
    port = int(endpoint.rpartition(":")[2])
    return sum(
        found.status == psutil.CONN_ESTABLISHED and found.laddr.port == port
        for found in psutil.Process(node.pid).net_connections(kind="tcp")
    )


def control_bytes(endpoints: Iterable[str]) -> int:
    """The bytes on these nodes' control connections so far, both ways, as TCP counts them."""
    filters = " or ".join(f"sport = :{endpoint.rpartition(':')[2]}" for endpoint in endpoints)
    found = subprocess.run(
        ["ss", "-tinH", "state", "established", f"( {filters} )"],
        capture_output=True,
        text=True,
        check=True,
    )
    counts = re.findall(r"bytes_(?:sent|received):([0-9]+)", found.stdout)
    assert counts
    return sum(map(int, counts))


def is_up(node: spotmq.Spot, node_id: str) -> bool:
    return any(
        peer.node_id == node_id and peer.state is spotmq.PeerState.UP for peer in node.peers()
    )


def has(node: spotmq.Spot, endpoint: str) -> bool:
    return endpoint in [peer.endpoint for peer in node.peers()]


def bound(nodes: Sequence[RemoteNode]) -> dict[str, RemoteNode]:
    return {node.bind(LOOPBACK): node for node in nodes}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_every_order_of_starting(spawn_node: SpawnNode, order: Sequence[int]) -> None:
    seed = f"tcp://127.0.0.1:{free_tcp_port()}"
    nodes: dict[str, RemoteNode] = {}
    for number in order:
        node = spawn_node(heartbeat_ms=200)
        nodes[node.bind(seed if number == 0 else LOOPBACK)] = node
        if number > 0:
            node.call("cluster_add", seed)
    wait_until(lambda: meshed(nodes), what="a full mesh")


@pytest.mark.parametrize("count", [4, 8, 16, 32] if SOAK else [16])
def test_many_from_one_seed(spawn_node: SpawnNode, count: int) -> None:
    """A full mesh soon, with one link a pair and direction, at a known price."""
    nodes = bound([spawn_node() for _ in range(count)])
    seed, *others = nodes
    start = time.monotonic()
    for endpoint in others:
        nodes[endpoint].start("cluster_add", seed)
    for endpoint in others:
        nodes[endpoint].answer()
    wait_until(lambda: meshed(nodes), what="a full mesh")
    took = time.monotonic() - start
    # One link a pair and direction; a second one that was begun is gone soon.
    wait_until(
        lambda: all(control_connections(*item) == len(others) for item in nodes.items()),
        what="one control connection from each of the others",
    )
    for node in nodes.values():
        stats = node.call("stats")
        assert stats["malformed"] == stats["reconnects"] == 0
        assert stats["peers_up"] == len(others)
    joining = control_bytes(nodes)
    traffic = {"joining": f"{joining / count:.0f} bytes a node"}
    if SOAK:
        began = time.monotonic()
        time.sleep(10 * DEFAULT.h)
        rate = (control_bytes(nodes) - joining) / (time.monotonic() - began)
        traffic["idle"] = f"{rate / count:.0f} bytes/s a node"
    report(f"{count} nodes from one seed", full_mesh=seconds(took), **traffic)


def test_a_killed_node_comes_back_under_its_endpoint(
    spawn_node: SpawnNode, make_node: MakeNode
) -> None:
    seed, witness = spawn_node(heartbeat_ms=200), make_node(heartbeat_ms=200)
    at_seed = seed.bind(LOOPBACK)
    witness.cluster_add(at_seed, timeout_ms=PATIENCE_MS)
    witness.subscribe("news", missing_ok=True)
    endpoint = f"tcp://127.0.0.1:{free_tcp_port()}"
    ids = set()
    for round_ in range(3):
        mortal = spawn_node(heartbeat_ms=200)
        mortal.bind(endpoint)
        mortal.call("topic_create", "news")
        mortal.call("cluster_add", at_seed)
        node_id = mortal.call("node_id")
        wait_until(
            partial(is_up, witness, node_id),
            what="the new node is UP at who only heard of it",
        )
        assert sorted(peer.endpoint for peer in witness.peers()) == sorted([at_seed, endpoint])
        mortal.call("publish", "news", f"round {round_}")
        assert witness.recv(PATIENCE_MS).data == b"round %d" % round_
        ids.add(node_id)
        mortal.kill()
    assert len(ids) == 3
    wait_until(lambda: not witness.list_topics()[0].reachable, what="the dead one is DOWN")


def test_who_leaves_in_good_order_is_gone_everywhere(
    spawn_node: SpawnNode, make_node: MakeNode
) -> None:
    seed, leaver = spawn_node(), spawn_node()
    at_seed, endpoint = seed.bind(LOOPBACK), leaver.bind(LOOPBACK)
    leaver.call("cluster_add", at_seed)
    witness = make_node()
    witness.cluster_add(at_seed)
    wait_until(lambda: up(witness, 2), what="both are UP")
    leaver.tell('["close", [], {}]')
    wait_until(
        lambda: [peer.endpoint for peer in witness.peers()] == [at_seed], what="it is gone at once"
    )
    wait_until(lambda: seed.call("peers") == [], what="and at the seed")
    assert endpoint != at_seed


def test_a_removed_peer_stays_away(spawn_node: SpawnNode, make_node: MakeNode) -> None:
    node = make_node(heartbeat_ms=100)
    node.bind(LOOPBACK)
    others = [spawn_node(heartbeat_ms=100) for _ in range(2)]
    removed, kept = (other.bind(LOOPBACK) for other in others)
    for other in others:
        other.call("cluster_add", node.endpoint)
    wait_until(lambda: up(node, 2))
    node.cluster_remove(removed)
    # The other one tells its peers again and again, those that it learns of later after the removed one.
    for _ in range(3):
        late = spawn_node(heartbeat_ms=100)
        endpoint = late.bind(LOOPBACK)
        late.call("cluster_add", kept)
        wait_until(
            partial(has, node, endpoint),
            what="a node that joined elsewhere",
        )
        assert removed not in [peer.endpoint for peer in node.peers()]
    with fails(spotmq.PeerNotFound, removed):
        node.cluster_remove(removed)
    node.cluster_add(removed, timeout_ms=PATIENCE_MS)


def test_by_hand(spawn_node: SpawnNode, make_node: MakeNode) -> None:
    hub, leaf = spawn_node(gossip=False), spawn_node()
    at_hub, at_leaf = hub.bind(LOOPBACK), leaf.bind(LOOPBACK)
    leaf.call("cluster_add", at_hub, timeout_ms=PATIENCE_MS)
    hub.call("cluster_add", at_leaf, timeout_ms=PATIENCE_MS)
    node = make_node()
    node.bind(LOOPBACK)
    node.cluster_add(at_hub, timeout_ms=PATIENCE_MS)
    # Anything that it told would have come before the answer.
    node.cluster_sync(PATIENCE_MS)
    assert [peer.endpoint for peer in node.peers()] == [at_hub]
    assert [endpoint for endpoint, *_ in hub.call("peers")] == [at_leaf]


def test_a_cluster_of_clients_and_owners(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    owners = bound([spawn_node() for _ in range(3)])
    seed, *others = owners
    for number, (endpoint, owner) in enumerate(owners.items()):
        owner.call("topic_create", f"topic {number}")
        if endpoint in others:
            owner.call("cluster_add", seed)
    client = make_node()
    client.join(others[0])
    # Not only known: subscribe() waits a second at most for who is still in its handshake.
    wait_until(lambda: up(client, 3) and knows(client, "topic 0", "topic 1", "topic 2"))
    client.subscribe("topic 0", "topic 1", "topic 2")
    for number, owner in enumerate(owners.values()):
        owner.call("publish", f"topic {number}", "hello")
        assert client.recv(PATIENCE_MS) == (f"topic {number}", b"hello")


def test_join_takes_the_first_that_answers(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    seed = spawn_node().bind(LOOPBACK)
    node = make_node(heartbeat_ms=60_000)  # so that nobody is DOWN before it is looked at
    node.bind(LOOPBACK)
    assert node.endpoint is not None
    node.join(NOBODY, seed, node.endpoint)
    assert up(node)
    wait_until(
        lambda: (
            {peer.endpoint: peer.state.name for peer in node.peers()}
            == {NOBODY: "CONNECTING", seed: "UP"}
        ),
        what="only this node itself is left out",
    )
    node.join(seed, timeout_ms=0)
    with fails(spotmq.PeerExists, seed):
        node.cluster_add(seed)


def test_join_that_finds_nobody(node: spotmq.Spot) -> None:
    start = time.monotonic()
    with fails(spotmq.PeerUnreachable, f"{NOBODY}, tcp://127.0.0.1:10"):
        node.join(NOBODY, "tcp://127.0.0.1:10", timeout_ms=100)
    assert time.monotonic() - start >= 0.09
    assert node.peers() == []
    with fails(spotmq.InvalidEndpoint, "tcp://*:5"):
        node.join(NOBODY, "tcp://*:5")
    assert node.peers() == []
    node.join(NOBODY, timeout_ms=0)
    assert len(node.peers()) == 1


def test_seeds_from_the_environment(
    node: spotmq.Spot, spawn_node: SpawnNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nothing in (None, "", " , ,"):
        if nothing is None:
            monkeypatch.delenv("SPOT_SEEDS", raising=False)
        else:
            monkeypatch.setenv("SPOT_SEEDS", nothing)
        with pytest.raises(spotmq.InvalidEndpoint, match="SPOT_SEEDS") as caught:
            node.join()
        assert caught.value.subject is None or caught.value.subject == ""
    seed = spawn_node().bind(LOOPBACK)
    monkeypatch.setenv("SPOT_SEEDS", f" {NOBODY} , {seed},")
    node.join()
    assert [peer.endpoint for peer in node.peers()] == [NOBODY, seed]
