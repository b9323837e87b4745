"""Protects: cluster_sync asks all peers at once, and names those that did not answer."""

import errno
import time
from collections.abc import Callable

import pytest
from conftest import MakeNode, Pair, SpawnNode
from helpers import PATIENCE_MS, fails, knows, wait_until

import spotmq

NOBODY = "tcp://127.0.0.1:9"
NOBODY_EITHER = "tcp://localhost:10"


def test_without_peers_it_returns_at_once(node: spotmq.Spot) -> None:
    node.cluster_sync(None)
    node.cluster_sync(0)


def test_it_is_right_the_moment_it_returns(pair: Pair) -> None:
    for i in range(50):
        pair.owner.topic_create(f"new:{i}")
        pair.client.cluster_sync(PATIENCE_MS)
        assert pair.client.topic_exists(f"new:{i}")
        pair.owner.topic_destroy(f"new:{i}")
        pair.client.cluster_sync(None)
        assert not pair.client.topic_exists(f"new:{i}")


def test_the_owner_answers_whatever_its_application_does(
    make_node: MakeNode, spawn_node: SpawnNode
) -> None:
    remote = spawn_node()
    endpoint = remote.bind("tcp://127.0.0.1:0")
    remote.call("topic_create", "a")
    remote.start("recv", 3_600_000)  # busy for an hour
    client = make_node()
    client.cluster_add(endpoint)
    client.cluster_sync(PATIENCE_MS)
    assert client.topic_exists("a")


def test_right_after_adding(pair: Pair, make_node: MakeNode) -> None:
    for _ in range(20):
        other = make_node(pair.context)
        other.cluster_add(pair.endpoint)
        other.cluster_sync(PATIENCE_MS)
        assert knows(other, "a", "b")
        other.close()


def test_all_peers_are_asked(
    make_node: MakeNode, context: spotmq.Context, address: Callable[[], str]
) -> None:
    client = make_node(context)
    for i in range(8):
        owner = make_node(context)
        owner.bind(address())
        owner.topic_create(f"topic:{i}")
        assert owner.endpoint is not None
        client.cluster_add(owner.endpoint)
    client.cluster_sync(PATIENCE_MS)
    assert [info.topic for info in client.list_topics()] == [f"topic:{i}" for i in range(8)]


@pytest.mark.parametrize("transport", ["tcp"])
def test_who_does_not_answer_is_named_and_the_rest_registered(pair: Pair) -> None:
    pair.owner.topic_create("new")
    pair.client.cluster_add(NOBODY)
    pair.client.cluster_add(NOBODY_EITHER)
    start = time.monotonic()
    with fails(spotmq.Timeout, number=errno.ETIMEDOUT) as caught:
        pair.client.cluster_sync(2000)  # in which the owner does answer, also on a busy machine
    assert time.monotonic() - start >= 1.99
    assert sorted(caught.value.missing) == [NOBODY, NOBODY_EITHER]
    assert NOBODY in str(caught.value)
    assert pair.endpoint not in str(caught.value)
    assert pair.client.topic_exists("new")


def test_a_frozen_peer_is_named_and_answers_later(
    make_node: MakeNode, spawn_node: SpawnNode
) -> None:
    remote = spawn_node()
    endpoint = remote.bind("tcp://127.0.0.1:0")
    client = make_node(heartbeat_ms=60_000)
    client.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    remote.call("topic_create", "a")
    wait_until(lambda: client.topic_exists("a"), what="it was told at once")
    remote.pause()
    with fails(spotmq.Timeout) as caught:
        client.cluster_sync(100)
    assert caught.value.missing == [endpoint]
    assert client.topic_exists("a")
    remote.resume()
    client.cluster_sync(PATIENCE_MS)
    assert client.topic_exists("a")


def test_no_time_at_all(node: spotmq.Spot) -> None:
    node.cluster_add(NOBODY)
    with fails(spotmq.Timeout) as caught:
        node.cluster_sync(0)
    assert caught.value.missing == [NOBODY]


def test_a_fraction_of_a_millisecond_is_time(pair: Pair) -> None:
    pair.client.cluster_sync(29_999.5)


def test_a_peer_removed_meanwhile_is_not_waited_for(node: spotmq.Spot) -> None:
    import threading

    node.cluster_add(NOBODY)
    threading.Timer(0.1, node.cluster_remove, [NOBODY]).start()
    start = time.monotonic()
    node.cluster_sync(PATIENCE_MS)
    assert time.monotonic() - start < PATIENCE_MS / 2000


def test_many_threads_sync_at_once(pair: Pair) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(pair.client.cluster_sync, PATIENCE_MS) for _ in range(200)]:
            future.result(PATIENCE_MS / 1000)
    assert knows(pair.client, "a", "b")
