"""Protects: close() from any thread, with waiting calls and dead peers, loses no published message."""

import gc
import threading
import time
import weakref
from collections.abc import Callable

import psutil
import pytest
from conftest import MakeNode, MakePair, SpawnNode
from helpers import PATIENCE, PATIENCE_MS, payloads, up, wait_until

import spotmq

# Generous: the machine may be busy. The contract says a second.
SOON = 5.0


def fill(node: spotmq.Spot) -> None:
    while True:
        node.publish("mine", bytes(100_000))


WAITS: dict[str, Callable[[spotmq.Spot], object]] = {
    "recv": lambda node: node.recv(),
    "recv_many": lambda node: node.recv_many(),
    "poll": lambda node: node.poll(),
    "cluster_add": lambda node: node.cluster_add("tcp://127.0.0.1:9", timeout_ms=None),
    "cluster_sync": lambda node: node.cluster_sync(None),
    "publish": fill,
}


@pytest.mark.parametrize("way", WAITS)
def test_calls_that_wait_end_with_closed(make_node: MakeNode, way: str) -> None:
    node = make_node(overflow="block", send_hwm=1, recv_hwm=1, send_timeout_ms=None)
    node.topic_create("mine")
    if way == "publish":
        node.subscribe("mine")
    if way == "cluster_sync":
        node.cluster_add("tcp://127.0.0.1:10")
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            WAITS[way](node)
        except spotmq.SpotError as error:
            errors.append(error)

    threads = [threading.Thread(target=wait) for _ in range(3 if way != "cluster_add" else 1)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)  # not needed for it to pass, only for the calls to wait already
    start = time.monotonic()
    node.close()
    for thread in threads:
        thread.join(PATIENCE)
    assert time.monotonic() - start < SOON
    assert [type(error) for error in errors] == [spotmq.Closed] * len(threads)


def test_a_subscribe_that_waits_ends_with_closed(
    make_node: MakeNode, spawn_node: SpawnNode
) -> None:
    remote = spawn_node(heartbeat_ms=60_000)
    node = make_node(heartbeat_ms=60_000)
    node.cluster_add(remote.bind("tcp://127.0.0.1:0"), timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(node))
    remote.pause()
    threading.Timer(0.1, node.close).start()
    with pytest.raises(spotmq.Closed):
        node.subscribe("a", missing_ok=True, timeout_ms=None)


def test_it_is_idempotent_and_many_may_do_it_at_once(make_node: MakeNode) -> None:
    for _ in range(20):
        node = make_node()
        node.bind("tcp://127.0.0.1:0")
        threads = [threading.Thread(target=node.close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        node.close()
        assert node.closed


def test_what_a_closed_node_still_tells(make_node: MakeNode) -> None:
    node = make_node(name="n")
    node_id = node.node_id
    node.close()
    assert (node.closed, node.node_id, node.name) == (True, node_id, "n")
    assert "closed" in repr(node)
    with node:
        pass


def test_what_was_published_leaves_first(make_pair: MakePair) -> None:
    # Longer than the default, which is how long it may take: here none may be missing, also if this
    # process does not run for that long just then.
    pair = make_pair(owner={"linger_ms": PATIENCE_MS})
    pair.client.subscribe("a")
    items = [b"%d" % i + bytes(1000) for i in range(1000)]
    pair.owner.publish_many("a", items)
    pair.owner.close()
    assert payloads(pair.client, 1000) == items


@pytest.mark.parametrize("fate", ["dead", "frozen"])
def test_it_does_not_wait_for_peers(make_node: MakeNode, spawn_node: SpawnNode, fate: str) -> None:
    remote = spawn_node()
    owner = make_node(linger_ms=500)
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("a")
    remote.call("cluster_add", owner.endpoint, timeout_ms=PATIENCE_MS)
    remote.call("subscribe", "a", missing_ok=True)
    owner.cluster_add(remote.bind("tcp://127.0.0.1:0"), timeout_ms=PATIENCE_MS)
    if fate == "dead":
        remote.kill()
    else:
        remote.pause()
    for _ in range(200):
        owner.publish("a", bytes(100_000))
    start = time.monotonic()
    owner.close()
    assert time.monotonic() - start < SOON


def test_an_open_node_that_is_garbage_goes_away(context: spotmq.Context) -> None:
    node = spotmq.Spot(context)
    node.bind("tcp://127.0.0.1:0")
    endpoint = node.endpoint
    assert endpoint is not None
    gone = weakref.ref(node)
    node.cycle = node  # type: ignore[attr-defined]
    del node
    gc.collect()
    assert gone() is None

    def free() -> bool:  # libzmq closes the port in the background
        with spotmq.Spot(context) as other:
            try:
                other.bind(endpoint)
            except spotmq.AddressInUse:
                return False
            return True

    wait_until(free, what="its port is free again")


def test_with_closes_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), spotmq.Spot() as node:
        raise ZeroDivisionError
    assert node.closed


def test_descriptors_and_threads_stay_flat() -> None:
    process = psutil.Process()

    def cycle(count: int) -> None:
        for i in range(count):
            with spotmq.Spot() as owner, spotmq.Spot() as client:
                owner.bind("tcp://127.0.0.1:0")
                owner.topic_create("a")
                assert owner.endpoint is not None
                client.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
                client.subscribe("a", missing_ok=True)
                client.fileno()
                owner.publish("a", b"1")
                if i % 2:
                    client.recv(PATIENCE_MS)

    cycle(5)
    descriptors, threads, memory = (
        process.num_fds(),
        process.num_threads(),
        process.memory_info().rss,
    )
    cycle(100)
    wait_until(lambda: process.num_fds() <= descriptors, what="no descriptor is left open")
    wait_until(lambda: process.num_threads() <= threads, what="no thread is left")
    assert process.memory_info().rss - memory < 40 * 1024 * 1024
