"""Protects: a node that is killed and comes back under its endpoint gets its topics and subscriptions again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeNode, SpawnNode
from helpers import PATIENCE_MS, free_tcp_port, up, wait_until

import spotmq
from spotmq import PeerState

# Nobody seems DOWN, and is subscribed to or published to in vain, however long the machine stalls: that a
# node came back is seen by its connection.
NEVER_DOWN: dict[str, Any] = {"heartbeat_ms": 60_000, "linger_ms": 0}


@pytest.fixture(params=["tcp", "ipc"])
def fixed_endpoint(request: pytest.FixtureRequest, folder: Path) -> Callable[[], str]:
    def make() -> str:
        if request.param == "tcp":
            return f"tcp://127.0.0.1:{free_tcp_port()}"
        return f"ipc://{folder}/node"

    return make


def test_killed_and_started_again(
    make_node: MakeNode, spawn_node: SpawnNode, fixed_endpoint: Callable[[], str]
) -> None:
    endpoint = fixed_endpoint()
    client = make_node(**NEVER_DOWN)
    client.cluster_add(endpoint)
    seen = set()
    for life in range(4):
        remote = spawn_node(**NEVER_DOWN)
        remote.bind(endpoint)
        remote.call("topic_create", "a")
        remote.call("topic_create", f"life:{life}")
        node_id = remote.call("node_id")
        wait_until(
            lambda: up(client) and client.peers()[0].node_id == node_id,  # noqa: B023
            what=f"life {life} is UP",
        )
        client.cluster_sync(PATIENCE_MS)
        assert [info.topic for info in client.list_topics()] == ["a", f"life:{life}"]
        if life == 0:
            client.subscribe("a", "life:*")
        # In effect again without a call: UP says so.
        remote.call("publish", f"life:{life}", "1")
        remote.call("publish", "a", "2")
        first, second = client.recv(PATIENCE_MS), client.recv(PATIENCE_MS)
        assert (first.topic, first.data, first.seq) == (f"life:{life}", b"1", 1)
        assert (second.topic, second.data, second.seq) == ("a", b"2", 1)
        assert {first.node_id, second.node_id} == {node_id}
        seen.add(node_id)
        client.publish("a", b"to the new life")
        assert client.recv(PATIENCE_MS) == ("a", b"to the new life")
        remote.kill()
    assert len(seen) == 4
    assert client.stats().reconnects >= 3
    assert client.subscriptions() == ["a", "life:*"]


def test_it_is_seen_down_in_between(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    endpoint = f"tcp://127.0.0.1:{free_tcp_port()}"
    client = make_node(heartbeat_ms=100)
    client.cluster_add(endpoint)
    remote = spawn_node()
    remote.bind(endpoint)
    wait_until(lambda: up(client))
    remote.kill()
    wait_until(lambda: client.peers()[0].state is PeerState.DOWN)
    assert client.stats().peers_up == 0
    with pytest.raises(spotmq.Timeout) as caught:
        client.cluster_sync(100)
    assert caught.value.missing == [endpoint]
    remote = spawn_node()
    remote.bind(endpoint)
    client.cluster_sync(PATIENCE_MS)
    wait_until(lambda: up(client))


def test_a_frozen_peer_is_down_and_returns(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    remote = spawn_node(heartbeat_ms=100)
    endpoint = remote.bind("tcp://127.0.0.1:0")
    remote.call("topic_create", "a")
    client = make_node(heartbeat_ms=100)
    client.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    client.subscribe("a", missing_ok=True)
    wait_until(lambda: up(client))
    remote.pause()
    wait_until(lambda: client.peers()[0].state is PeerState.DOWN)
    remote.resume()
    wait_until(lambda: up(client))
    remote.call("publish", "a", "1")
    assert client.recv(PATIENCE_MS) == ("a", b"1")


def test_many_subscriptions_are_in_effect_again(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    endpoint = f"tcp://127.0.0.1:{free_tcp_port()}"
    client = make_node(**NEVER_DOWN)
    client.cluster_add(endpoint)
    topics = [f"t:{i}" for i in range(5000)]
    client.subscribe(*topics, missing_ok=True)
    for _ in range(2):
        remote = spawn_node()
        remote.bind(endpoint)
        for topic in topics[::500]:
            remote.call("topic_create", topic)
        node_id = remote.call("node_id")
        wait_until(lambda: up(client) and client.peers()[0].node_id == node_id)  # noqa: B023
        for topic in topics[::500]:
            remote.call("publish", topic, topic)
            assert client.recv(PATIENCE_MS) == (topic, topic.encode())
        remote.kill()
