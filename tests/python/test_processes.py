"""Protects: clusters of two and three nodes, each in a process of its own, as the specification has them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import MakeNode, SpawnNode
from helpers import PATIENCE_MS, receive

import spotmq


@pytest.fixture(params=["tcp", "ipc"])
def between_processes(request: pytest.FixtureRequest, folder: Path) -> Callable[[str], str]:
    return lambda name: "tcp://127.0.0.1:0" if request.param == "tcp" else f"ipc://{folder}/{name}"


def test_two_nodes(spawn_node: SpawnNode, between_processes: Callable[[str], str]) -> None:
    a, b = spawn_node(), spawn_node()
    endpoints = [node.bind(between_processes(name)) for node, name in ((a, "a"), (b, "b"))]
    for topic in ("game:player1", "game:score"):
        a.call("topic_create", topic)
    for topic in ("chat:room1", "chat:lobby"):
        b.call("topic_create", topic)
    a.call("cluster_add", endpoints[1])
    b.call("cluster_add", endpoints[0])
    a.call("cluster_sync", PATIENCE_MS)
    b.call("cluster_sync", PATIENCE_MS)
    assert a.call("list_topics") == [
        ["chat:lobby", "REMOTE", True],
        ["chat:room1", "REMOTE", True],
        ["game:player1", "LOCAL", True],
        ["game:score", "LOCAL", True],
    ]
    assert b.call("list_topics") == [
        ["chat:lobby", "LOCAL", True],
        ["chat:room1", "LOCAL", True],
        ["game:player1", "REMOTE", True],
        ["game:score", "REMOTE", True],
    ]
    a.call("subscribe", "chat:room1")
    b.call("subscribe", "game:player1")
    b.call("publish", "chat:room1", "hello a")
    a.call("publish", "game:player1", "hello b")
    assert a.received(1) == [("chat:room1", b"hello a")]
    assert b.received(1) == [("game:player1", b"hello b")]
    a.call("publish", "chat:room1", "through its owner")
    assert a.received(1) == [("chat:room1", b"through its owner")]


def test_three_nodes(spawn_node: SpawnNode, between_processes: Callable[[str], str]) -> None:
    names = ["a", "b", "c"]
    nodes = {name: spawn_node(name=name) for name in names}
    endpoints = {name: nodes[name].bind(between_processes(name)) for name in names}
    for name in names:
        nodes[name].call("topic_create", f"{name}:topic")
    for name in names:
        for other in names:
            if other != name:
                nodes[name].call("cluster_add", endpoints[other])
        nodes[name].start("cluster_sync", PATIENCE_MS)
    for name in names:
        nodes[name].answer()
    for name in names:
        assert [topic for topic, _, _ in nodes[name].call("list_topics")] == [
            "a:topic",
            "b:topic",
            "c:topic",
        ]
        nodes[name].call("subscribe", "*:topic")
    for publisher in names:
        for owner in names:  # to its own topic, and to others' through their owners
            nodes[publisher].call("publish", f"{owner}:topic", f"{publisher} to {owner}")
    wanted = sorted((f"{o}:topic", f"{p} to {o}".encode()) for p in names for o in names)
    for name in names:
        assert sorted(nodes[name].received(9)) == wanted
        assert nodes[name].call("stats")["lost"] == 0


@pytest.mark.parametrize("size", [16, 10_000, 500_000])
def test_a_stream_between_processes(
    spawn_node: SpawnNode,
    make_node: MakeNode,
    between_processes: Callable[[str], str],
    size: int,
) -> None:
    remote = spawn_node(overflow="block", send_timeout_ms=None)
    endpoint = remote.bind(between_processes("remote"))
    remote.call("topic_create", "a")
    node = make_node()
    node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    node.subscribe("a", missing_ok=True)
    count = 20_000_000 // size if size > 1000 else 20_000
    count = min(count, 20_000)
    remote.start("stream", "a", size, count)
    messages = receive(node, count)
    assert [message.seq for message in messages] == list(range(1, count + 1))
    assert all(len(message.view) == size for message in messages)
    assert [int(bytes(message.view[:8])) for message in messages] == list(range(count))
    assert remote.answer() is None


def test_a_node_that_floods_is_no_owners_problem(
    spawn_node: SpawnNode, make_node: MakeNode
) -> None:
    remote = spawn_node(overflow="block", send_timeout_ms=None)
    owner = make_node()
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("a")
    owner.subscribe("a")
    remote.call("cluster_add", owner.endpoint, timeout_ms=PATIENCE_MS)
    remote.call("cluster_sync", PATIENCE_MS)
    remote.start("stream", "a", 100, 20_000)
    messages = receive(owner, 20_000)
    assert [message.seq for message in messages] == list(range(1, 20_001))
    assert [int(message.data[:8]) for message in messages] == list(range(20_000))
    assert {message.node_id for message in messages} == {owner.node_id}
    assert remote.answer() is None
    with spotmq.Spot() as witness:  # and it still answers
        assert owner.endpoint is not None
        witness.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
        witness.cluster_sync(PATIENCE_MS)
        assert witness.topic_exists("a")
