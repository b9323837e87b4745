"""Protects: after subscribing, the first message published at once is received, over many fresh pairs."""

import os
from collections.abc import Callable

import pytest
from conftest import SpawnNode
from helpers import PATIENCE_MS, payloads

import spotmq

ROUNDS = int(os.environ.get("SPOTMQ_JOIN_ROUNDS", "100"))


@pytest.mark.parametrize("late", [False, True], ids=["synced first", "added only"])
def test_fresh_pairs(address: Callable[[], str], late: bool) -> None:
    for round_ in range(ROUNDS):
        with spotmq.Context() as context:
            owner, client = spotmq.Spot(context), spotmq.Spot(context)
            owner.bind(address())
            owner.topic_create("a")
            assert owner.endpoint is not None
            client.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
            if not late:
                client.cluster_sync(PATIENCE_MS)
            client.subscribe("a", missing_ok=late)
            owner.publish("a", b"first")
            message = client.recv(PATIENCE_MS)
            assert (message.data, message.seq, message.lost) == (b"first", 1, 0), round_


def test_fresh_clients_of_an_owner_in_another_process(spawn_node: SpawnNode) -> None:
    remote = spawn_node()
    endpoint = remote.bind("tcp://127.0.0.1:0")
    remote.call("topic_create", "a")
    for i in range(ROUNDS):
        with spotmq.Spot() as client:
            client.cluster_add(endpoint)
            client.cluster_sync(PATIENCE_MS)
            client.subscribe("a")
            remote.call("publish", "a", str(i))
            assert client.recv(PATIENCE_MS).data == b"%d" % i


def test_while_the_owner_publishes_without_pause(
    spawn_node: SpawnNode,
) -> None:
    # Room for all of the noise, which nobody receives before "a" is published.
    remote = spawn_node(send_hwm=400_000)
    endpoint = remote.bind("tcp://127.0.0.1:0")
    for topic in ("noise", "a"):
        remote.call("topic_create", topic)
    remote.start("stream", "noise", 16, 300_000)
    with spotmq.Spot() as client:
        client.cluster_add(endpoint)
        client.cluster_sync(PATIENCE_MS)
        client.subscribe("noise", timeout_ms=PATIENCE_MS)
        client.subscribe("a", timeout_ms=PATIENCE_MS)
        client.unsubscribe("noise")
        remote.answer()
        remote.call("publish", "a", "first")
        assert payloads(client, 1) == [b"first"]


def test_publishing_to_a_remote_topic_right_after_subscribing(
    address: Callable[[], str],
) -> None:
    for _ in range(ROUNDS // 3):
        with spotmq.Context() as context:
            owner, client = spotmq.Spot(context), spotmq.Spot(context)
            owner.bind(address())
            owner.topic_create("a")
            assert owner.endpoint is not None
            client.cluster_add(owner.endpoint)
            client.cluster_sync(PATIENCE_MS)
            client.subscribe("a")
            client.publish("a", b"first")
            assert client.recv(PATIENCE_MS).data == b"first"
