"""Protects: a peer that is not UP says why and since when, and the log says it once, with its address."""

import time

from conftest import MakeNode, SpawnNode
from helpers import PATIENCE_MS, up, wait_until

from spotmq import PeerInfo, PeerState, Spot

MOMENT = 0.05  # that the clock of one call and that of another may differ


def only_peer(node: Spot) -> PeerInfo:
    (peer,) = node.peers()
    return peer


def test_a_state_says_when_it_began(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    before = time.time()
    owner = spawn_node(heartbeat_ms=100)
    endpoint = owner.bind("tcp://127.0.0.1:0")
    node = make_node(heartbeat_ms=100)
    node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(node))
    came_up = only_peer(node)
    assert before - MOMENT <= came_up.since <= time.time() + MOMENT
    assert came_up.reason == ""
    owner.kill()
    down = wait_until(lambda: [p for p in node.peers() if p.state is PeerState.DOWN])[0]
    assert came_up.since <= down.since <= time.time() + MOMENT
    assert down.reason
    assert only_peer(node).since == down.since


def test_one_that_left_says_so(make_node: MakeNode) -> None:
    owner, node = make_node(), make_node()
    owner.bind("tcp://127.0.0.1:0")
    assert owner.endpoint is not None
    node.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
    owner.close()
    left = wait_until(lambda: [p for p in node.peers() if p.state is PeerState.DOWN])[0]
    assert left.reason == "it said BYE"
