"""Protects: recv, recv_many, poll and iteration: time-outs, limits, order, and how they end."""

import errno
import threading
import time
from collections.abc import Callable

import pytest
from conftest import Pair
from helpers import PATIENCE_MS, fails, wait_until

import spotmq

WAITS: dict[str, Callable[[spotmq.Spot, float | None], object]] = {
    "recv": lambda node, timeout_ms: node.recv(timeout_ms),
    "recv_many": lambda node, timeout_ms: node.recv_many(10, timeout_ms),
}


@pytest.fixture
def full(node: spotmq.Spot) -> spotmq.Spot:
    """A node where 100 messages wait."""
    node.topic_create("a")
    node.subscribe("a")
    assert node.publish_many("a", [b"%d" % i for i in range(100)]) == 100
    return node


@pytest.mark.parametrize("way", WAITS)
def test_nothing_in_time(node: spotmq.Spot, way: str) -> None:
    for timeout_ms in (0, 0.0, 1, 30.5, 60):
        start = time.monotonic()
        with fails(spotmq.Timeout, number=errno.EAGAIN):
            WAITS[way](node, timeout_ms)
        assert time.monotonic() - start >= timeout_ms / 1000 - 0.002


def test_poll_tells_without_taking(node: spotmq.Spot) -> None:
    assert node.poll(0) is False
    assert node.poll(20) is False
    node.topic_create("a")
    node.subscribe("a")
    node.publish("a", b"1")
    for timeout_ms in (None, 0, 100):
        assert node.poll(timeout_ms) is True
    assert node.recv(0).data == b"1"
    assert node.poll(0) is False


@pytest.mark.parametrize("way", [*WAITS, "poll"])
def test_none_waits_until_a_message_comes(pair: Pair, way: str) -> None:
    pair.client.subscribe("a")
    threading.Timer(0.1, pair.owner.publish, ["a", b"1"]).start()
    if way == "poll":
        assert pair.client.poll(None)
    else:
        assert WAITS[way](pair.client, None)


@pytest.mark.parametrize("method", ["recv", "recv_many", "poll"])
def test_what_is_no_timeout(node: spotmq.Spot, method: str) -> None:
    call = getattr(node, method)
    for timeout_ms in (-1, -0.1, float("nan"), float("-inf")):
        with pytest.raises(ValueError, match="milliseconds"):
            call(timeout_ms=timeout_ms)
    for wrong in ("1", b"1", object(), True):
        with pytest.raises(TypeError):
            call(timeout_ms=wrong)
    with pytest.raises(TypeError, match="unexpected keyword"):
        call(timeout=1)


def test_very_long_timeouts_wait(full: spotmq.Spot) -> None:
    for timeout_ms in (10**9, 10**30, 1e300, float("inf")):
        assert full.recv(timeout_ms)
        assert full.poll(timeout_ms)


def test_recv_many_takes_what_is_there(full: spotmq.Spot) -> None:
    assert [message.data for message in full.recv_many(30)] == [b"%d" % i for i in range(30)]
    assert [message.data for message in full.recv_many(1)] == [b"30"]
    assert full.recv(0).data == b"31"
    rest = full.recv_many(timeout_ms=0)
    assert [message.data for message in rest] == [b"%d" % i for i in range(32, 100)]
    assert isinstance(rest, list)
    with pytest.raises(spotmq.Timeout):
        full.recv_many(timeout_ms=0)


def test_recv_many_has_a_default_limit(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.subscribe("a")
    node.publish_many("a", [b""] * 3000)
    assert node.poll(PATIENCE_MS)
    assert 1 <= len(node.recv_many()) <= 1024
    count = 0
    while node.poll(0):
        count += len(node.recv_many(10**30))
    assert count == 3000 - 1024


@pytest.mark.parametrize("limit", [0, -1, -(10**30)])
def test_recv_many_takes_at_least_one(node: spotmq.Spot, limit: int) -> None:
    with pytest.raises(ValueError, match="max_messages"):
        node.recv_many(limit)


@pytest.mark.parametrize("limit", [None, "1", 1.5, True], ids=repr)
def test_recv_many_wants_an_int(node: spotmq.Spot, limit: object) -> None:
    with pytest.raises(TypeError, match="max_messages"):
        node.recv_many(limit)  # type: ignore[arg-type]


def test_iteration_ends_when_the_node_closes(pair: Pair) -> None:
    pair.client.subscribe("a")
    got: list[bytes] = []

    def iterate() -> None:
        got.extend(message.data for message in pair.client)

    thread = threading.Thread(target=iterate)
    thread.start()
    for i in range(100):
        pair.owner.publish("a", b"%d" % i)
    wait_until(lambda: len(got) == 100)
    pair.client.close()
    thread.join(PATIENCE_MS / 1000)
    assert not thread.is_alive()
    assert got == [b"%d" % i for i in range(100)]
    assert list(pair.client) == []


def test_iteration_can_be_left_and_taken_up_again(full: spotmq.Spot) -> None:
    assert iter(full) is full
    for message in full:
        if message.data == b"9":
            break
    assert next(full).data == b"10"
    assert full.recv(0).data == b"11"


def test_several_threads_share_the_messages(pair: Pair) -> None:
    pair.client.subscribe("a")
    lists: list[list[int]] = [[] for _ in range(4)]

    def take(seqs: list[int]) -> None:
        seqs.extend(message.seq for message in pair.client)

    threads = [threading.Thread(target=take, args=(seqs,)) for seqs in lists]
    for thread in threads:
        thread.start()
    for i in range(2000):
        pair.owner.publish("a", b"x")
        if i % 100 == 0:
            time.sleep(0.002)  # receivers fall asleep in between
    wait_until(lambda: sum(map(len, lists)) == 2000, what="no receiver sleeps beside a message")
    pair.client.close()
    for thread in threads:
        thread.join(PATIENCE_MS / 1000)
    assert all(seqs == sorted(seqs) for seqs in lists)
    assert sorted(seq for seqs in lists for seq in seqs) == list(range(1, 2001))


def test_counters(full: spotmq.Spot) -> None:
    for _ in range(50):
        full.recv(0)
    stats = full.stats()
    assert isinstance(stats, spotmq.Stats)
    assert (stats.published, stats.bytes_published) == (100, 190)
    assert (stats.received, stats.bytes_received) == (50, 90)
    assert (stats.lost, stats.overflowed, stats.malformed, stats.ignored) == (0, 0, 0, 0)
    assert (stats.reconnects, stats.peers_up) == (0, 0)
    assert (stats.topics_local, stats.topics_remote) == (1, 0)
