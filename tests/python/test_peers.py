"""Protects: cluster_add, cluster_remove and peers()."""

import time
from collections.abc import Callable

import pytest
from conftest import MakeNode, Pair, SpawnNode
from helpers import PATIENCE_MS, fails, free_tcp_port, silent, up, wait_until

import spotmq
from spotmq import PeerInfo, PeerState

NOBODY = "tcp://127.0.0.1:9"


def test_a_peer_is_described(pair: Pair) -> None:
    (peer,) = pair.client.peers()
    assert peer == PeerInfo(
        pair.endpoint, pair.owner.node_id, "", PeerState.UP, 2, reason="", since=peer.since
    )
    assert str(PeerState.UP) == "UP"
    assert pair.client.stats().peers_up == 1


def test_a_client_is_no_peer_of_the_owner(pair: Pair) -> None:
    assert pair.owner.peers() == []


def test_adding_returns_at_once_and_waits_for_ever(
    make_node: MakeNode, context: spotmq.Context, address: Callable[[], str], transport: str
) -> None:
    endpoint = f"tcp://127.0.0.1:{free_tcp_port()}" if transport == "tcp" else address()
    client = make_node(context)
    client.cluster_add(endpoint)
    (peer,) = client.peers()
    assert peer[:4] == (endpoint, "", "", PeerState.CONNECTING)
    owner = make_node(context)
    owner.topic_create("late")
    owner.bind(endpoint)
    wait_until(lambda: up(client), what="a peer that started later is UP")
    wait_until(lambda: client.topic_exists("late"))


def test_with_a_timeout_it_returns_when_the_peer_answered(pair: Pair, make_node: MakeNode) -> None:
    other = make_node(pair.context)
    other.cluster_add(pair.endpoint, timeout_ms=PATIENCE_MS)
    (peer,) = other.peers()
    assert peer.node_id == pair.owner.node_id


def test_adding_waits_for_ever_with_none(pair: Pair, make_node: MakeNode) -> None:
    other = make_node(pair.context)
    other.cluster_add(pair.endpoint, timeout_ms=None)
    assert len(other.peers()) == 1


def test_no_answer_in_time_leaves_nothing(node: spotmq.Spot) -> None:
    start = time.monotonic()
    with fails(spotmq.PeerUnreachable, NOBODY):
        node.cluster_add(NOBODY, timeout_ms=50)
    assert time.monotonic() - start >= 0.04
    assert node.peers() == []
    with fails(spotmq.PeerNotFound, NOBODY):
        node.cluster_remove(NOBODY)
    node.cluster_add(NOBODY)


def test_a_name_that_does_not_resolve_yet_is_tried_on(node: spotmq.Spot) -> None:
    endpoint = "tcp://no-such-host.invalid:5555"
    with fails(spotmq.PeerUnreachable, endpoint):
        node.cluster_add(endpoint, timeout_ms=50)
    assert node.peers() == []
    node.cluster_add(endpoint)
    node.join("tcp://neither-this.invalid:5555", timeout_ms=0)
    wait_until(lambda: all("does not resolve" in peer.reason for peer in node.peers()))


def test_twice_is_once_too_often(node: spotmq.Spot) -> None:
    node.cluster_add(NOBODY)
    with fails(spotmq.PeerExists, NOBODY):
        node.cluster_add(NOBODY)
    assert len(node.peers()) == 1


def test_a_route_adds_its_peer(node: spotmq.Spot) -> None:
    node.topic_route("a", NOBODY)
    assert len(node.peers()) == 1
    with fails(spotmq.PeerExists, NOBODY):
        node.cluster_add(NOBODY)


def test_a_wildcard_is_nothing_to_connect_to(node: spotmq.Spot) -> None:
    for endpoint in ("tcp://*:5555", "tcp://127.0.0.1:0"):
        with fails(spotmq.InvalidEndpoint, endpoint):
            node.cluster_add(endpoint)


def test_oneself_is_no_peer(tcp_owner: spotmq.Spot) -> None:
    endpoint = tcp_owner.endpoint
    assert endpoint is not None
    with fails(spotmq.InvalidEndpoint, endpoint):
        tcp_owner.cluster_add(endpoint)
    tcp_owner.subscribe("a")
    tcp_owner.publish("a", b"once")
    assert tcp_owner.recv(PATIENCE_MS).data == b"once"
    assert silent(tcp_owner, (tcp_owner, "a"))


def test_oneself_under_another_name_delivers_nothing_twice(tcp_owner: spotmq.Spot) -> None:
    endpoint = tcp_owner.endpoint
    assert endpoint is not None
    tcp_owner.cluster_add(endpoint.replace("127.0.0.1", "localhost"))
    tcp_owner.subscribe("a")
    tcp_owner.cluster_sync(PATIENCE_MS)
    tcp_owner.publish("a", b"once")
    assert tcp_owner.recv(PATIENCE_MS).data == b"once"
    assert silent(tcp_owner, (tcp_owner, "a"))


def test_one_peer_under_two_names_delivers_nothing_twice(
    tcp_owner: spotmq.Spot, node: spotmq.Spot
) -> None:
    endpoint = tcp_owner.endpoint
    assert endpoint is not None
    node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    node.cluster_add(endpoint.replace("127.0.0.1", "localhost"), timeout_ms=PATIENCE_MS)
    node.cluster_sync(PATIENCE_MS)
    node.subscribe("a")
    for _ in range(100):
        tcp_owner.publish("a", b"once")
    assert [node.recv(PATIENCE_MS).seq for _ in range(100)] == list(range(1, 101))
    assert silent(node, (tcp_owner, "a"))


def test_a_removed_peer_is_gone_with_its_topics(pair: Pair) -> None:
    pair.client.subscribe("a")
    pair.client.cluster_remove(pair.endpoint)
    assert pair.client.peers() == []
    assert pair.client.list_topics() == []
    assert pair.client.subscriptions() == ["a"]
    with fails(spotmq.TopicNotFound, "a"):
        pair.client.publish("a", b"")
    with fails(spotmq.PeerNotFound, pair.endpoint):
        pair.client.cluster_remove(pair.endpoint)


def test_messages_of_a_removed_peer_stop(pair: Pair, make_node: MakeNode) -> None:
    witness = make_node(pair.context)
    witness.cluster_add(pair.endpoint, timeout_ms=PATIENCE_MS)
    witness.subscribe("*")
    pair.client.subscribe("*")
    pair.owner.publish("a", b"before")
    assert pair.client.recv(PATIENCE_MS).data == b"before"
    pair.owner.publish("a", b"queued")
    assert pair.client.poll(PATIENCE_MS)
    pair.client.cluster_remove(pair.endpoint)
    pair.owner.publish("a", b"after")
    assert [witness.recv(PATIENCE_MS).data for _ in range(3)] == [b"before", b"queued", b"after"]
    assert not pair.client.poll(100)


def test_a_topic_of_two_owners_stays_when_one_is_removed(
    pair: Pair, make_node: MakeNode, address: Callable[[], str]
) -> None:
    second = make_node(pair.context)
    second.bind(address())
    second.topic_create("a")
    assert second.endpoint is not None
    pair.client.cluster_add(second.endpoint, timeout_ms=PATIENCE_MS)
    pair.client.cluster_sync(PATIENCE_MS)
    infos = {info.topic: info for info in pair.client.list_topics()}
    assert set(infos["a"].endpoints) == {pair.endpoint, second.endpoint}
    pair.client.cluster_remove(pair.endpoint)
    assert [info[:3] for info in pair.client.list_topics()] == [
        ("a", spotmq.Location.REMOTE, (second.endpoint,))
    ]


def test_a_removed_peer_can_be_added_again(pair: Pair) -> None:
    pair.client.subscribe("a")
    for round_ in range(5):
        pair.client.cluster_remove(pair.endpoint)
        pair.client.cluster_add(pair.endpoint, timeout_ms=PATIENCE_MS)
        pair.client.cluster_sync(PATIENCE_MS)
        pair.client.subscribe("a")
        data = b"round %d" % round_
        pair.owner.publish("a", data)
        assert pair.client.recv(PATIENCE_MS).data == data


def test_both_may_add_each_other(pair: Pair, address: Callable[[], str]) -> None:
    pair.client.bind(address())
    pair.client.topic_create("c")
    assert pair.client.endpoint is not None
    pair.owner.cluster_add(pair.client.endpoint, timeout_ms=PATIENCE_MS)
    pair.owner.cluster_sync(PATIENCE_MS)
    pair.owner.subscribe("c")
    pair.client.subscribe("a")
    pair.client.publish("c", b"to the owner")
    pair.owner.publish("a", b"to the client")
    assert pair.owner.recv(PATIENCE_MS) == ("c", b"to the owner")
    assert pair.client.recv(PATIENCE_MS) == ("a", b"to the client")


def test_a_dead_peer_is_seen_down_and_its_topics_unreachable(
    make_node: MakeNode, spawn_node: SpawnNode
) -> None:
    remote = spawn_node(heartbeat_ms=100)
    endpoint = remote.bind("tcp://127.0.0.1:0")
    remote.call("topic_create", "a")
    client = make_node(heartbeat_ms=100)
    client.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(client))
    wait_until(lambda: client.list_topics()[0].reachable)  # not DOWN, by a late heartbeat
    remote.kill()
    wait_until(lambda: client.peers()[0].state is PeerState.DOWN, what="the dead peer is DOWN")
    wait_until(lambda: not client.list_topics()[0].reachable)
    with fails(spotmq.PeerUnreachable, "a"):
        client.publish("a", b"")
    client.cluster_remove(endpoint)
    assert client.list_topics() == []


def test_an_orderly_leave_takes_the_topics_along(pair: Pair) -> None:
    pair.owner.close()
    wait_until(lambda: pair.client.list_topics() == [], what="topics of who said BYE are gone")


@pytest.mark.parametrize("timeout_ms", [-1, float("nan"), -0.5], ids=repr)
def test_a_timeout_is_not_negative(node: spotmq.Spot, timeout_ms: float) -> None:
    with pytest.raises(ValueError, match="milliseconds"):
        node.cluster_add(NOBODY, timeout_ms=timeout_ms)
    with pytest.raises(ValueError, match="milliseconds"):
        node.cluster_sync(timeout_ms)
    assert node.peers() == []
