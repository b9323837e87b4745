"""Protects: thread safety: eight threads make every public call at once, in bounded time."""

import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS, knows, up, wait_until

import spotmq

SECONDS = float(os.environ.get("SPOTMQ_STRESS_SECONDS", "4"))
THREADS = 8
TOPICS = ["a", "b", *(f"own:{i}" for i in range(6))]
EXPECTED = (
    spotmq.TopicExists,
    spotmq.TopicNotFound,
    spotmq.NotSubscribed,
    spotmq.PeerExists,
    spotmq.PeerNotFound,
    spotmq.PeerUnreachable,
    spotmq.AlreadyBound,
    spotmq.Timeout,
    spotmq.Again,
)


def calls_of(
    node: spotmq.Spot, other: spotmq.Spot, chance: random.Random
) -> list[Callable[[], object]]:
    def topic() -> str:
        return chance.choice(TOPICS)

    other_endpoint = other.endpoint
    assert other_endpoint is not None
    return [
        lambda: node.bind("tcp://127.0.0.1:0"),
        lambda: node.cluster_add(other_endpoint, timeout_ms=chance.choice([0, 5])),
        lambda: node.cluster_remove(other_endpoint),
        lambda: node.cluster_sync(chance.choice([0, 5, 50])),
        lambda: node.peers(),
        lambda: node.topic_create(topic()),
        lambda: node.topic_destroy(topic()),
        lambda: node.topic_route(topic(), other_endpoint),
        lambda: node.topic_exists(topic()),
        lambda: node.topic_is_local(topic()),
        lambda: node.list_topics(),
        lambda: node.subscribe(topic(), timeout_ms=20),
        lambda: node.subscribe("own:*", topic(), missing_ok=True, timeout_ms=20),
        lambda: node.unsubscribe(topic()),
        lambda: node.unsubscribe(),
        lambda: node.subscriptions(),
        lambda: node.publish(topic(), bytes(chance.choice([0, 16, 5_000, 100_000]))),
        lambda: node.publish(topic(), bytearray(40_000), copy=False),
        lambda: node.publish_many(topic(), [b"x" * 20] * 200),
        lambda: node.recv(chance.choice([0, 2])),
        lambda: node.recv_many(100, 1),
        lambda: node.poll(1),
        lambda: node.fileno(),
        lambda: node.stats(),
        lambda: (node.endpoint, node.data_endpoint, node.node_id, node.name, repr(node)),
    ]


def test_every_public_call_from_eight_threads(make_node: MakeNode) -> None:
    context = spotmq.Context()
    nodes = [make_node(context, heartbeat_ms=100, send_hwm=100) for _ in range(2)]
    for node in nodes:
        node.bind("tcp://127.0.0.1:0")
        node.topic_create("a")
    until = time.monotonic() + SECONDS
    problems: list[BaseException] = []
    counts = [0] * THREADS

    def work(number: int) -> None:
        chance = random.Random(number)
        node, other = nodes[number % 2], nodes[1 - number % 2]
        calls = calls_of(node, other, chance)
        try:
            while time.monotonic() < until and not problems:
                with suppress(*EXPECTED):
                    chance.choice(calls)()
                counts[number] += 1
        except BaseException as error:  # noqa: BLE001
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a call hangs"
    assert problems == []
    assert all(counts)
    # Afterwards the nodes are as good as new.
    owner, client = nodes
    for node in nodes:
        node.unsubscribe()
        while node.poll(50):
            node.recv_many()
    if owner.endpoint not in [peer.endpoint for peer in client.peers()]:
        assert owner.endpoint is not None
        client.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(client))
    owner.topic_create("the last")
    client.cluster_sync(PATIENCE_MS)
    # With heartbeats so quick each may seem DOWN to the other for a moment; the owner knows when it holds.
    wait_until(lambda: knows(client, "the last"))
    client.subscribe("the last")
    owner.wait_for_subscribers("the last", timeout_ms=PATIENCE_MS)
    owner.publish("the last", b"works")
    assert client.recv(PATIENCE_MS) == ("the last", b"works")
    context.close()


def test_closing_under_fire(make_node: MakeNode) -> None:
    deadline = time.monotonic() + SECONDS / 2
    rounds = 0
    while rounds < 3 or time.monotonic() < deadline:
        with spotmq.Context() as context:
            nodes = [spotmq.Spot(context, heartbeat_ms=50) for _ in range(2)]
            for node in nodes:
                node.bind("tcp://127.0.0.1:0")
                node.topic_create("a")
            problems: list[BaseException] = []

            def work(number: int) -> None:
                chance = random.Random(number)
                node, other = nodes[number % 2], nodes[1 - number % 2]  # noqa: B023
                calls = calls_of(node, other, chance)
                try:
                    while True:
                        with suppress(*EXPECTED):
                            chance.choice(calls)()
                except spotmq.Closed:
                    pass
                except BaseException as error:  # noqa: BLE001
                    problems.append(error)  # noqa: B023

            threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
            for thread in threads:
                thread.start()
            time.sleep(0.05)
            for node in nodes:
                node.close()
            for thread in threads:
                thread.join(PATIENCE)
            assert not any(thread.is_alive() for thread in threads), "a call hangs"
            assert problems == []
        rounds += 1


def test_two_that_publish_to_each_other_do_not_lock_up(make_node: MakeNode) -> None:
    nodes = [
        make_node(overflow="block", send_hwm=2, recv_hwm=2, send_timeout_ms=None) for _ in range(2)
    ]
    for i, node in enumerate(nodes):
        node.bind("tcp://127.0.0.1:0")
        node.topic_create(f"of:{i}")
    for i, node in enumerate(nodes):
        endpoint = nodes[1 - i].endpoint
        assert endpoint is not None
        node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        node.cluster_sync(PATIENCE_MS)
        node.subscribe("of:*")
    got = [0, 0]

    def publish(i: int) -> None:
        for _ in range(300):
            nodes[i].publish(f"of:{i}", bytes(10_000))
            nodes[i].publish(f"of:{1 - i}", bytes(10_000))

    def receive(i: int) -> None:
        while got[i] < 1200:
            nodes[i].recv(PATIENCE_MS)
            got[i] += 1

    threads = [threading.Thread(target=w, args=(i,)) for w in (publish, receive) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    assert got == [1200, 1200]
