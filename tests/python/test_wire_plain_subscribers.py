"""Protects: plain subscribers count as subscribers, lose nothing with "block", and what "drop" drops for them
is counted.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import zmq
from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS, fails, wait_until
from raw_peers import PUBLISH, QUERY, QUERY_RESP, SUBSCRIBE, UNSUBSCRIBE, Dealer, Raw

import spotmq
from spotmq import EventKind

# What the system's buffers hold on a connection is some megabytes; this is more.
LARGE = bytes(200_000)
MANY = 100


@pytest.fixture
def owner(make_node: MakeNode) -> Callable[..., spotmq.Spot]:
    def make(**options: Any) -> spotmq.Spot:
        node = make_node(**options)
        node.bind("tcp://127.0.0.1:0")
        node.topic_create("t")
        return node

    return make


class Slow(Dealer):
    """One that takes next to nothing until it reads."""

    def __init__(self, endpoint: str | None) -> None:
        Raw.__init__(self, zmq.DEALER, rcvhwm=1, rcvbuf=4096)
        assert endpoint is not None
        self.socket.connect(endpoint)


def subscribed(dealer: Dealer, topic: bytes = b"t") -> None:
    dealer.send(SUBSCRIBE, topic)
    dealer.query()  # handled in order, so the subscription is in effect


def numbered(i: int) -> bytes:
    return b"%06d" % i + LARGE


def count_until_quiet(dealer: Dealer, node: spotmq.Spot, sent: int) -> list[int]:
    """The numbers of what arrives, until that and what is counted as overflowed are all that was sent."""
    got: list[int] = []

    def complete() -> bool:
        while dealer.socket.poll(0):
            got.append(int(dealer.receive()[2][:6]))
        return len(got) + node.stats().overflowed == sent

    wait_until(complete, what="every message arrived or is counted")
    return got


class TestCounted:
    def test_from_the_subscription_to_its_end(self, owner: Callable[..., spotmq.Spot]) -> None:
        node = owner()
        with Dealer(node.endpoint) as one, Dealer(node.endpoint) as other, node.watch() as events:
            subscribed(one)
            node.wait_for_subscribers("t", timeout_ms=PATIENCE_MS)
            subscribed(one)  # twice is once
            subscribed(other)
            node.wait_for_subscribers("t", 2, timeout_ms=PATIENCE_MS)
            assert node.stats().topics["t"].subscribers == 2
            one.send(UNSUBSCRIBE, b"t")
            one.query()
            assert node.stats().topics["t"].subscribers == 1
            node.subscribe("t")
            node.wait_for_subscribers("t", 2, timeout_ms=PATIENCE_MS)
            other.socket.close()
            wait_until(lambda: node.stats().topics["t"].subscribers == 1)
            while True:  # only the latest count is told to whoever reads late
                event = events.recv(PATIENCE_MS)
                if event.kind is EventKind.SUBSCRIBERS_CHANGED and event.count == 1:
                    break

    def test_of_a_topic_that_comes_later(self, owner: Callable[..., spotmq.Spot]) -> None:
        node = owner()
        with Dealer(node.endpoint) as dealer:
            subscribed(dealer, b"later")
            node.topic_create("later")
            node.wait_for_subscribers("later", timeout_ms=PATIENCE_MS)

    def test_a_routing_id_of_ones_own_keeps_no_subscription(
        self, owner: Callable[..., spotmq.Spot]
    ) -> None:
        node = owner()
        assert node.endpoint is not None
        for _ in range(2):  # who comes back has to subscribe again
            with Raw(zmq.DEALER, routing_id=b"worker") as raw:
                raw.socket.connect(node.endpoint)
                raw.send(QUERY)
                assert raw.receive()[0] == QUERY_RESP
                assert node.stats().topics["t"].subscribers == 0
                raw.send(SUBSCRIBE, b"t")
                node.wait_for_subscribers("t", timeout_ms=PATIENCE_MS)
            wait_until(lambda: node.stats().topics["t"].subscribers == 0)


def publish_all(node: spotmq.Spot) -> None:
    for i in range(MANY):
        node.publish("t", numbered(i))


class TestBlock:
    def test_nothing_is_lost(self, owner: Callable[..., spotmq.Spot]) -> None:
        node = owner(overflow="block", send_timeout_ms=None, send_hwm=10)
        with Slow(node.endpoint) as dealer:
            subscribed(dealer)
            publishing = threading.Thread(target=publish_all, args=(node,))
            publishing.start()
            assert [int(dealer.receive()[2][:6]) for _ in range(MANY)] == list(range(MANY))
            publishing.join(PATIENCE)
        assert node.stats().overflowed == 0

    def test_nor_of_a_burst(self, owner: Callable[..., spotmq.Spot]) -> None:
        node = owner(overflow="block", send_timeout_ms=None, send_hwm=100)
        many = 30_000
        with Dealer(node.endpoint) as dealer:
            subscribed(dealer)
            publishing = threading.Thread(
                target=lambda: node.publish_many("t", [b"%d" % i for i in range(many)])
            )
            publishing.start()
            assert [int(dealer.receive()[2]) for _ in range(many)] == list(range(many))
            publishing.join(PATIENCE)
        assert node.stats().overflowed == 0

    def test_publish_says_so_when_it_waited_in_vain(
        self, owner: Callable[..., spotmq.Spot]
    ) -> None:
        node = owner(overflow="block", send_timeout_ms=50, send_hwm=2)
        with Slow(node.endpoint) as dealer:
            subscribed(dealer)
            sent = 0
            with fails(spotmq.Again, "t"):
                while True:
                    node.publish("t", numbered(sent))
                    sent += 1
            assert count_until_quiet(dealer, node, sent) == list(range(sent))

    def test_one_that_takes_nothing_is_cut_off(self, owner: Callable[..., spotmq.Spot]) -> None:
        node = owner(overflow="block", send_timeout_ms=None, send_hwm=2, stall_timeout_ms=300)
        with Slow(node.endpoint) as stalled, Dealer(node.endpoint) as other:
            subscribed(stalled)
            subscribed(other)
            publishing = threading.Thread(target=publish_all, args=(node,))
            publishing.start()
            assert [int(other.receive()[2][:6]) for _ in range(MANY)] == list(range(MANY))
            publishing.join(PATIENCE)
            assert node.stats().cut_off == 1
            assert node.stats().topics["t"].subscribers == 1

    def test_what_was_published_before_closing_arrives(
        self, owner: Callable[..., spotmq.Spot]
    ) -> None:
        node = owner(overflow="block", linger_ms=PATIENCE_MS)
        with Dealer(node.endpoint) as dealer:
            subscribed(dealer)
            node.publish_many("t", [b"%d" % i for i in range(5000)])
            node.close()
            assert [int(dealer.receive()[2]) for _ in range(5000)] == list(range(5000))


class TestDrop:
    def test_what_is_dropped_is_counted(self, owner: Callable[..., spotmq.Spot]) -> None:
        node = owner(send_hwm=10)
        with Slow(node.endpoint) as dealer:
            subscribed(dealer)
            for i in range(MANY):
                node.publish("t", numbered(i))
            got = count_until_quiet(dealer, node, MANY)
            assert got == sorted(set(got))
            assert len(got) < MANY
            stats = node.stats()
            assert stats.topics["t"].overflowed == stats.overflowed == MANY - len(got)
            node.publish("t", b"999999")  # and goes on
            assert dealer.receive() == [PUBLISH, b"t", b"999999"]

    def test_one_that_is_slow_costs_the_others_nothing(
        self, owner: Callable[..., spotmq.Spot]
    ) -> None:
        node = owner(send_hwm=50)
        with Slow(node.endpoint) as slow, Dealer(node.endpoint) as quick:
            subscribed(slow)
            subscribed(quick)
            for i in range(MANY):
                node.publish("t", numbered(i))
                assert int(quick.receive()[2][:6]) == i
            got = count_until_quiet(slow, node, MANY)
            assert len(got) < MANY
