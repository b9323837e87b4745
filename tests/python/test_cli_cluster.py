"""Protects: spot topics, peers, sync and ping see the whole cluster through any node of it."""

import json
import re
from types import SimpleNamespace

import pytest
from commands import Here, MakeCommand, address, patient
from conftest import MakeNode, SpawnNode
from helpers import PATIENCE_MS

import spotmq
from spotmq.cli import ping

Trio = list[spotmq.Spot]


@pytest.fixture
def trio(make_node: MakeNode) -> Trio:
    """Three nodes that know each other, with a topic each and one that all have."""
    nodes = [make_node(name=name) for name in ("alpha", "beta", "gamma")]
    for node in nodes:
        node.bind("tcp://127.0.0.1:0")
        node.topic_create(f"{node.name}:own")
        node.topic_create("shared")
    assert nodes[0].endpoint is not None
    for node in nodes[1:]:
        node.join(nodes[0].endpoint, timeout_ms=PATIENCE_MS)
    for node in nodes:
        node.wait_for_peers(2, PATIENCE_MS)
    return nodes


def test_topics(trio: Trio, here: Here) -> None:
    for node in trio:
        status, out, err = here("topics", node.endpoint)
        assert (status, err) == (0, "")
        rows = [line.split("\t") for line in out.splitlines()]
        assert [row[0] for row in rows] == ["alpha:own", "beta:own", "gamma:own", "shared"]
        assert rows[1] == ["beta:own", str(trio[1].endpoint), "yes"]
        assert {*rows[3][1].split()} == {node.endpoint for node in trio}


def test_topics_as_json(trio: Trio, here: Here) -> None:
    status, out, _ = here("topics", trio[1].endpoint, "--json")
    assert status == 0
    assert json.loads(out.splitlines()[0]) == {
        "topic": "alpha:own",
        "owners": [trio[0].endpoint],
        "reachable": True,
    }


def test_peers(trio: Trio, here: Here) -> None:
    status, out, _ = here("peers", trio[2].endpoint)
    assert status == 0
    rows = {tuple(line.split("\t")) for line in out.splitlines()}
    assert rows == {(str(n.endpoint), n.name, "UP", "2", n.node_id) for n in trio}
    _, out, _ = here("peers", trio[2].endpoint, "--json")
    assert {json.loads(line)["node_id"] for line in out.splitlines()} == {
        node.node_id for node in trio
    }
    assert all(json.loads(line)["state"] == "UP" for line in out.splitlines())


def test_sync(trio: Trio, here: Here) -> None:
    status, out, _ = here("sync", trio[0].endpoint)
    assert status == 0
    assert out.startswith("3 nodes, 4 topics, ")
    value = json.loads(here("sync", trio[0].endpoint, "--json")[1])
    assert (value["nodes"], value["topics"], value["missing"]) == (3, 4, [])
    assert value["seconds"] > 0


def test_a_node_that_does_not_answer_is_named(
    make_node: MakeNode, spawn_node: SpawnNode, start_command: MakeCommand
) -> None:
    """Three commands at the same time, each of which waits for its whole time-out, in a cluster of its own."""
    # The frozen node tells no node of the others.
    frozen = spawn_node(heartbeat_ms=60_000, gossip=False)
    where = frozen.bind("tcp://127.0.0.1:0")
    nodes = [make_node(heartbeat_ms=60_000) for _ in range(3)]
    for node in nodes:
        node.bind("tcp://127.0.0.1:0")
        node.cluster_add(where, timeout_ms=PATIENCE_MS)
    frozen.pause()
    sync, topics, peers = (
        start_command(command, node.endpoint, "--timeout", 3)
        for command, node in zip(("sync", "topics", "peers"), nodes, strict=True)
    )
    assert sync.line().startswith("1 node, 0 topics, ")
    assert sync.finish() == 1
    assert f"no answer from {where} within 3 s" in sync.errors
    assert topics.finish() == 1
    assert f"no answer from {where}" in topics.errors
    # Silent for three of the command's heartbeats, it is DOWN.
    shown = [line for line in peers.rest() if line.startswith(where)]
    assert len(shown) == 1
    assert re.match(rf"{re.escape(where)}\t-\t(CONNECTING|DOWN)\t0\t", shown[0])
    assert peers.finish() == 1


def test_what_comes_from_others_commands_no_terminal(make_node: MakeNode, here: Here) -> None:
    node = make_node(name="evil\x1b[2J\tname")
    node.bind("tcp://127.0.0.1:0")
    node.topic_create("topic\x1b[31m\n")
    assert here("topics", node.endpoint)[1].startswith("topic\\x1b[31m\\n\t")
    assert "evil\\x1b[2J\\tname" in here("peers", node.endpoint)[1]


def test_ping(trio: Trio, here: Here) -> None:
    status, out, _ = here("ping", trio[0].endpoint, "--count", 3, "--interval", 0)
    assert status == 0
    lines = out.splitlines()
    assert [line.rpartition(":")[0] for line in lines[:3]] == [
        f"{trio[0].endpoint}: {number}" for number in (1, 2, 3)
    ]
    assert lines[3].startswith("3 asked, 3 answered; min/median/max ")
    assert trio[0].stats().peers_up == 2  # it is no member


def test_ping_as_json(trio: Trio, here: Here) -> None:
    status, out, _ = here("ping", trio[0].endpoint, "--count", 2, "--interval", 0, "--json")
    assert status == 0
    values = [json.loads(line) for line in out.splitlines()]
    assert [value["number"] for value in values] == [1, 2]
    assert all(value["ms"] > 0 for value in values)


def test_ping_of_a_node_that_stops_answering(
    spawn_node: SpawnNode, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = spawn_node()
    where = remote.bind("tcp://127.0.0.1:0")

    def pause(seconds: float) -> None:
        assert seconds == 1.5
        remote.pause()

    monkeypatch.setattr(ping, "signals", SimpleNamespace(sleep=pause))
    # The first answer has to come within the time-out, too.
    status, out, _ = here("ping", where, "-n", 2, "--interval", 1.5, "--timeout", 2.5)
    assert status == 1
    first, second, summary = out.splitlines()
    assert re.fullmatch(rf"{re.escape(where)}: 1: [0-9.]+ ms", first)
    assert second == f"{where}: 2: no answer within 2.5 s"
    assert summary.startswith("2 asked, 1 answered")


def test_commands_that_were_left_alone_are_found_again(
    start_command: MakeCommand, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pub joined a sub that ended: no process holds the address, and the pub goes on trying it."""
    where = address()
    sub = start_command("sub", where, "--count", 1)
    sub.noted("subscribed")
    pub = start_command("pub", where, "news", "x", "-n", 0, "--rate", 50, "--wait", 30)
    assert sub.line() == "news x"
    assert sub.finish() == 0
    status, out, err = here("topics", where, *patient(monkeypatch))
    assert status == 0
    assert out.startswith("news\ttcp://127.0.0.1:")
    assert f"listening at {where}, where nobody was" in err
    pub.interrupt()
    assert pub.finish() == 130
