"""Protects: subscribe, unsubscribe and subscriptions: in effect on return, all or nothing, no duplicates."""

import errno
from collections.abc import Callable

import pytest
from conftest import MakeNode, Pair, SpawnNode
from helpers import PATIENCE_MS, fails, payloads, silent, up, wait_until

import spotmq


def test_what_is_published_afterwards_arrives(pair: Pair) -> None:
    pair.client.subscribe("a")
    pair.owner.publish("a", b"1")
    assert pair.client.recv(PATIENCE_MS) == ("a", b"1")
    assert pair.client.subscriptions() == ["a"]


def test_what_was_not_asked_for_does_not(pair: Pair) -> None:
    pair.client.subscribe("a")
    pair.owner.topic_create("aa")
    pair.owner.publish("b", b"no")
    pair.owner.publish("aa", b"no")
    pair.owner.publish("a", b"yes")
    assert pair.client.recv(PATIENCE_MS) == ("a", b"yes")
    assert silent(pair.client, (pair.owner, "a"))


def test_the_nodes_own_topics(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.subscribe("a")
    node.publish("a", b"1")
    assert node.recv(0 if node.poll(PATIENCE_MS) else None) == ("a", b"1")


def test_many_names_at_once(pair: Pair) -> None:
    pair.client.subscribe("b", "a", "x*", "a")
    assert pair.client.subscriptions() == ["a", "b", "x*"]
    pair.owner.publish("b", b"1")
    pair.owner.publish("a", b"2")
    assert payloads(pair.client, 2) == [b"1", b"2"]


def test_no_names_are_nothing(pair: Pair) -> None:
    pair.client.subscribe()
    assert pair.client.subscriptions() == []


def test_it_is_idempotent_and_nothing_arrives_twice(pair: Pair) -> None:
    for _ in range(3):
        pair.client.subscribe("a", "a", "*", "?", "a*")
    pair.owner.publish("a", b"once")
    assert pair.client.recv(PATIENCE_MS).data == b"once"
    assert silent(pair.client, (pair.owner, "b"))
    pair.client.unsubscribe("a")
    pair.owner.publish("a", b"by pattern")
    assert pair.client.recv(PATIENCE_MS).data == b"by pattern"
    assert silent(pair.client, (pair.owner, "b"))


def test_a_missing_topic_is_refused_and_nothing_changed(pair: Pair) -> None:
    with fails(spotmq.TopicNotFound, "nowhere"):
        pair.client.subscribe("a", "nowhere", "b")
    assert pair.client.subscriptions() == []
    pair.owner.publish("a", b"no")
    pair.client.subscribe("b")
    assert silent(pair.client, (pair.owner, "b"))


@pytest.mark.parametrize("name", ["", "a\0", "x" * 256, "*" * 256, "\ud800"], ids=ascii)
@pytest.mark.parametrize("missing_ok", [False, True])
def test_a_bad_name_is_refused_and_nothing_changed(
    node: spotmq.Spot, name: str, missing_ok: bool
) -> None:
    node.topic_create("a")
    with pytest.raises(spotmq.InvalidTopic) as caught:
        node.subscribe("a", name, missing_ok=missing_ok)
    assert caught.value.subject == name
    assert node.subscriptions() == []
    with pytest.raises(spotmq.NotSubscribed):
        node.unsubscribe(name)


@pytest.mark.parametrize("name", [None, 1, b"a", ["a"]], ids=repr)
def test_a_name_is_a_str(node: spotmq.Spot, name: object) -> None:
    with pytest.raises(TypeError, match="must be str"):
        node.subscribe(name)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be str"):
        node.unsubscribe(name)  # type: ignore[arg-type]


def test_a_missing_topic_becomes_active_when_it_appears(pair: Pair) -> None:
    pair.client.subscribe("later", missing_ok=True)
    assert pair.client.subscriptions() == ["later"]
    pair.owner.topic_create("later")
    pair.owner.publish("later", b"remote")
    assert pair.client.recv(PATIENCE_MS) == ("later", b"remote")
    pair.client.subscribe("mine", missing_ok=True)
    pair.client.topic_create("mine")
    pair.client.publish("mine", b"local")
    assert pair.client.recv(PATIENCE_MS) == ("mine", b"local")


def test_a_peer_that_comes_later_gets_the_subscriptions(
    make_node: MakeNode, context: spotmq.Context, address: Callable[[], str]
) -> None:
    client = make_node(context)
    client.subscribe("a", "p:*", missing_ok=True)
    owner = make_node(context)
    owner.bind(address())
    owner.topic_create("a")
    owner.topic_create("p:1")
    assert owner.endpoint is not None
    client.cluster_add(owner.endpoint)
    wait_until(lambda: up(client))
    owner.publish("a", b"1")
    owner.publish("p:1", b"2")
    assert payloads(client, 2) == [b"1", b"2"]


def test_after_unsubscribe_nothing_comes_even_of_what_waited(pair: Pair) -> None:
    pair.client.subscribe("a", "b")
    for _ in range(10):
        pair.owner.publish("a", b"waiting")
    pair.owner.publish("b", b"last")
    assert pair.client.poll(PATIENCE_MS)
    pair.client.unsubscribe("a")
    pair.owner.publish("a", b"later")
    assert pair.client.recv(PATIENCE_MS) == ("b", b"last")
    assert silent(pair.client, (pair.owner, "b"))


def test_unsubscribing_one_leaves_the_other(pair: Pair) -> None:
    pair.client.subscribe("a", "a*")
    pair.client.unsubscribe("a*")
    pair.owner.publish("a", b"1")
    assert pair.client.recv(PATIENCE_MS).data == b"1"
    assert pair.client.subscriptions() == ["a"]


def test_unsubscribing_from_everything(pair: Pair) -> None:
    pair.client.subscribe("a", "b", "x*")
    pair.client.unsubscribe()
    assert pair.client.subscriptions() == []
    pair.client.unsubscribe()
    pair.owner.publish("b", b"no")
    pair.client.subscribe("a")
    assert silent(pair.client, (pair.owner, "a"))


def test_what_is_not_subscribed_cannot_be_ended(pair: Pair) -> None:
    pair.client.subscribe("a", "b")
    for name in ("x", "a*"):
        with fails(spotmq.NotSubscribed, name):
            pair.client.unsubscribe("a", name)
    assert pair.client.subscriptions() == ["a", "b"]


def test_again_after_unsubscribing(pair: Pair) -> None:
    for i in range(30):
        pair.client.subscribe("a")
        pair.owner.publish("a", b"%d" % i)
        message = pair.client.recv(PATIENCE_MS)
        assert (message.data, message.lost) == (b"%d" % i, 0)
        pair.client.unsubscribe("a")
        pair.client.subscribe("b")
        assert silent(pair.client, (pair.owner, "b"))


def test_the_rest_of_a_frame_does_not_come_with_the_next_subscription(pair: Pair) -> None:
    pair.client.subscribe("a")
    pair.owner.publish_many("a", [b"old"] * 3)  # one frame: all of it is here when its first is
    assert pair.client.recv_many(1, PATIENCE_MS)[0].data == b"old"
    pair.client.unsubscribe("a")
    pair.client.subscribe("a")
    pair.owner.publish("a", b"new")
    message = pair.client.recv(PATIENCE_MS)
    assert (message.data, message.lost) == (b"new", 0)


@pytest.mark.parametrize("transport", ["inproc"])  # where what was sent has arrived
def test_what_waits_in_the_socket_does_not_come_with_the_next_subscription(pair: Pair) -> None:
    pair.client.subscribe("a", "b")
    for topic, data in (("a", b"old"), ("a", b"old"), ("b", b"seen")):
        pair.owner.publish(topic, data)
        pair.owner.flush()
    assert pair.client.recv(0).data == b"old"
    pair.client.unsubscribe("a")
    pair.client.subscribe("a")
    pair.owner.publish("a", b"new")
    assert payloads(pair.client, 2) == [b"seen", b"new"]


def test_ten_thousand_subscriptions(pair: Pair) -> None:
    names = [f"t:{i}" for i in range(10_000)]
    pair.client.subscribe(*names, missing_ok=True, timeout_ms=PATIENCE_MS)
    assert pair.client.subscriptions() == sorted(names)
    for name in names[::1000]:
        pair.owner.topic_create(name)
        pair.owner.publish(name, name.encode())
        assert pair.client.recv(PATIENCE_MS) == (name, name.encode())


def test_a_peer_that_does_not_confirm_is_named(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    remote = spawn_node(heartbeat_ms=60_000)
    endpoint = remote.bind("tcp://127.0.0.1:0")
    remote.call("topic_create", "a")
    client = make_node(heartbeat_ms=60_000)
    client.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(client))
    remote.pause()
    with fails(spotmq.Timeout, number=errno.ETIMEDOUT) as caught:
        client.subscribe("a", timeout_ms=100)
    assert caught.value.missing == [endpoint]
    assert client.subscriptions() == ["a"]
    remote.resume()
    client.subscribe("a", timeout_ms=PATIENCE_MS)
    remote.call("publish", "a", "1")
    assert client.recv(PATIENCE_MS).data == b"1"


def test_a_peer_that_is_not_up_is_not_waited_for(node: spotmq.Spot) -> None:
    node.cluster_add("tcp://127.0.0.1:9")
    node.topic_create("a")
    node.subscribe("a", timeout_ms=None)
