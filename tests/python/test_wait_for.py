"""Protects: wait_for_topic, wait_for_peers and wait_for_subscribers return when their condition holds, and
not before.
"""

import threading
import time
from collections.abc import Callable

import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE, PATIENCE_MS, fails, wait_until

import spotmq

WRONG_TIMEOUTS = [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (True, TypeError)]
CALLS: dict[str, Callable[[spotmq.Spot, float | None], None]] = {
    "wait_for_topic": lambda node, ms: node.wait_for_topic("later", ms),
    "wait_for_peers": lambda node, ms: node.wait_for_peers(1, ms),
    "wait_for_subscribers": lambda node, ms: node.wait_for_subscribers("mine", 1, ms),
}


class Waiter:
    """A call in a thread of its own."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.error: Exception | None = None

        def run() -> None:
            try:
                call()
            except spotmq.SpotError as error:
                self.error = error

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def waits(self) -> bool:
        self._thread.join(0.05)
        return self._thread.is_alive()

    def end(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error


@pytest.fixture
def lonely(make_node: MakeNode) -> spotmq.Spot:
    """A node with the topic "mine", and without peers."""
    node = make_node()
    node.topic_create("mine")
    return node


@pytest.mark.parametrize("call", CALLS)
def test_not_in_time(lonely: spotmq.Spot, call: str) -> None:
    subject = {"wait_for_topic": "later", "wait_for_subscribers": "mine"}.get(call)
    for timeout_ms in (0, 30, 20.5):
        start = time.monotonic()
        with fails(spotmq.Timeout, subject):
            CALLS[call](lonely, timeout_ms)
        assert time.monotonic() - start >= timeout_ms / 1000


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("value", "error"), WRONG_TIMEOUTS)
def test_wrong_timeouts(
    lonely: spotmq.Spot, call: str, value: float, error: type[Exception]
) -> None:
    with pytest.raises(error):
        CALLS[call](lonely, value)


@pytest.mark.parametrize("call", CALLS)
def test_a_closed_node(lonely: spotmq.Spot, call: str) -> None:
    lonely.close()
    with fails(spotmq.Closed):
        CALLS[call](lonely, 0)


@pytest.mark.parametrize("call", CALLS)
def test_closing_ends_the_wait(lonely: spotmq.Spot, call: str) -> None:
    waiter = Waiter(lambda: CALLS[call](lonely, None))
    assert waiter.waits()
    lonely.close()
    with pytest.raises(spotmq.Closed):
        waiter.end()


def test_a_local_topic(lonely: spotmq.Spot) -> None:
    lonely.wait_for_topic("mine", 0)
    waiter = Waiter(lambda: lonely.wait_for_topic("later", PATIENCE_MS))
    lonely.topic_create("another")
    assert waiter.waits()
    lonely.topic_create("later")
    waiter.end()


def test_a_remote_topic(pair: Pair) -> None:
    pair.client.wait_for_topic("a", 0)
    waiter = Waiter(lambda: pair.client.wait_for_topic("later", PATIENCE_MS))
    assert waiter.waits()
    pair.owner.topic_create("later")
    pair.client.cluster_sync(PATIENCE_MS)
    waiter.end()
    assert pair.client.topic_exists("later")


@pytest.mark.parametrize("name", ["", "a*", "a?b", "x" * 256, "nul\0", "\ud800"])
def test_a_name_that_no_topic_has(lonely: spotmq.Spot, name: str) -> None:
    with pytest.raises(spotmq.InvalidTopic):
        lonely.wait_for_topic(name)
    with pytest.raises(TypeError):
        lonely.wait_for_topic(b"bytes")  # type: ignore[arg-type]


def test_peers(make_node: MakeNode) -> None:
    center = make_node()
    center.wait_for_peers(0, 0)
    waiter = Waiter(lambda: center.wait_for_peers(3, PATIENCE_MS))
    others = []
    for i in range(3):
        assert i == 0 or waiter.waits()
        other = make_node()
        other.bind("tcp://127.0.0.1:0")
        assert other.endpoint is not None
        center.cluster_add(other.endpoint)
        center.wait_for_peers(i + 1, PATIENCE_MS)
        others.append(other)
    waiter.end()
    assert center.stats().peers_up == 3
    others[0].close()
    wait_until(lambda: center.stats().peers_up == 2)
    with fails(spotmq.Timeout):
        center.wait_for_peers(3, 0)


@pytest.mark.parametrize(("n", "error"), [(-1, ValueError), (1.0, TypeError), (True, TypeError)])
def test_wrong_numbers(lonely: spotmq.Spot, n: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="n must be"):
        lonely.wait_for_peers(n)
    with pytest.raises(error, match="n must be"):
        lonely.wait_for_subscribers("mine", n)


def test_subscribers(pair: Pair) -> None:
    pair.owner.wait_for_subscribers("a", 0, 0)
    waiter = Waiter(lambda: pair.owner.wait_for_subscribers("a", 2, PATIENCE_MS))
    pair.client.subscribe("a")
    pair.owner.wait_for_subscribers("a", 1, PATIENCE_MS)
    pair.owner.wait_for_subscribers("a", timeout_ms=PATIENCE_MS)
    assert waiter.waits()
    pair.owner.subscribe("a")
    waiter.end()
    with fails(spotmq.Timeout, "b"):
        pair.owner.wait_for_subscribers("b", 1, 0)


def test_subscribers_of_what_is_not_local(pair: Pair) -> None:
    with fails(spotmq.TopicNotFound, "a"):
        pair.client.wait_for_subscribers("a", 1, 0)
    with fails(spotmq.TopicNotFound, "nowhere"):
        pair.client.wait_for_subscribers("nowhere", 1, 0)


def test_a_topic_that_is_destroyed_just_before_the_events_are_kept(
    lonely: spotmq.Spot, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = lonely.watch

    def destroy_and_watch() -> spotmq.Events:
        lonely.topic_destroy("mine")
        return watch()

    monkeypatch.setattr(lonely, "watch", destroy_and_watch)
    with fails(spotmq.TopicNotFound, "mine"):
        lonely.wait_for_subscribers("mine", 1, 1_000)


def test_a_topic_that_is_destroyed_while_waiting(lonely: spotmq.Spot) -> None:
    waiter = Waiter(lambda: lonely.wait_for_subscribers("mine", 1, None))
    assert waiter.waits()
    lonely.topic_destroy("mine")
    with fails(spotmq.TopicNotFound, "mine"):
        waiter.end()


def test_they_replace_every_sleep(make_node: MakeNode) -> None:
    """A publisher and a subscriber that meet without a sync, a loop or a pause."""
    owner, client = make_node(), make_node()
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("news")
    assert owner.endpoint is not None
    client.cluster_add(owner.endpoint)
    client.wait_for_topic("news", PATIENCE_MS)
    client.subscribe("news")
    owner.wait_for_subscribers("news", 1, PATIENCE_MS)
    owner.publish("news", b"first")
    assert client.recv(PATIENCE_MS) == ("news", b"first")


@pytest.mark.parametrize("first", ["the subscription", "the join"])
def test_whoever_is_counted_is_reached(make_node: MakeNode, first: str) -> None:
    for _ in range(30):
        owner, client = make_node(), make_node()
        owner.bind("tcp://127.0.0.1:0")
        owner.topic_create("news")
        assert owner.endpoint is not None
        if first == "the join":
            client.cluster_add(owner.endpoint)
            client.wait_for_peers(1, PATIENCE_MS)

        def subscribe(client: spotmq.Spot = client, endpoint: str = owner.endpoint) -> None:
            client.subscribe("news", missing_ok=True)
            if first == "the subscription":
                client.cluster_add(endpoint)

        waiter = Waiter(subscribe)
        owner.wait_for_subscribers("news", 1, PATIENCE_MS)
        owner.publish("news", b"first")
        assert client.recv(PATIENCE_MS) == ("news", b"first")
        waiter.end()
        owner.close()
        client.close()
