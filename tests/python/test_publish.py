"""Protects: publish: which subscribers get a message, in which order, and what is refused."""

import time
from collections.abc import Callable

import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE_MS, fails, payloads, receive, silent, wait_until

import spotmq


def test_to_nobody_is_fine(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.publish("a", b"1")
    assert node.stats().published == 1


def test_to_every_subscriber(pair: Pair, make_node: MakeNode) -> None:
    clients = [make_node(pair.context) for _ in range(5)]
    for client in clients:
        client.cluster_add(pair.endpoint, timeout_ms=PATIENCE_MS)
        client.subscribe("a", missing_ok=True)
    pair.owner.subscribe("a")
    pair.owner.publish("a", b"1")
    for node in (pair.owner, *clients):
        assert node.recv(PATIENCE_MS) == ("a", b"1")


def test_order_and_numbers(pair: Pair) -> None:
    pair.client.subscribe("a", "b")
    for i in range(1000):
        pair.owner.publish("a" if i % 3 else "b", b"%d" % i)
    messages = receive(pair.client, 1000)
    for topic in ("a", "b"):
        mine = [message for message in messages if message.topic == topic]
        assert [message.seq for message in mine] == list(range(1, len(mine) + 1))
        numbers = [int(message.data) for message in mine]
        assert numbers == sorted(numbers)
        assert all(message.lost == 0 for message in mine)
        assert {message.node_id for message in mine} == {pair.owner.node_id}


def test_to_a_remote_topic_goes_through_its_owner(pair: Pair, make_node: MakeNode) -> None:
    third = make_node(pair.context)
    third.cluster_add(pair.endpoint, timeout_ms=PATIENCE_MS)
    third.subscribe("a", missing_ok=True)
    pair.owner.subscribe("a")
    pair.client.subscribe("a")
    for i in range(300):
        pair.client.publish("a", b"%d" % i)
    for node in (pair.owner, pair.client, third):
        messages = receive(node, 300)
        assert [message.data for message in messages] == [b"%d" % i for i in range(300)]
        assert [message.seq for message in messages] == list(range(1, 301))
        assert {message.node_id for message in messages} == {pair.owner.node_id}
    assert pair.client.stats().published == 300
    wait_until(lambda: pair.owner.stats().relayed == 300)  # counted just after they left


def test_the_owner_numbers_what_several_publish(pair: Pair, make_node: MakeNode) -> None:
    third = make_node(pair.context)
    third.cluster_add(pair.endpoint, timeout_ms=PATIENCE_MS)
    third.cluster_sync(PATIENCE_MS)
    pair.client.subscribe("a")
    for i in range(100):
        for node in (pair.owner, pair.client, third):
            node.publish("a", b"%d" % i)
    messages = receive(pair.client, 300)
    assert [message.seq for message in messages] == list(range(1, 301))
    assert sorted(int(message.data) for message in messages) == sorted(list(range(100)) * 3)


def test_large_and_small_keep_their_order(pair: Pair) -> None:
    pair.client.subscribe("a")
    sizes = [0, 1, 100, 70_000, 16, 2_000_000, 0, 33_000, 31_000, 5, 1_000_000, 3] * 3
    data = [bytes([i]) * size for i, size in enumerate(sizes)]
    for item in data:
        pair.owner.publish("a", item)
    messages = receive(pair.client, len(data))
    assert [message.data for message in messages] == data
    assert [message.seq for message in messages] == list(range(1, len(data) + 1))


@pytest.mark.parametrize("topic", ["nowhere", "", "a*", "a\0", "x" * 300, "\ud800"], ids=ascii)
def test_an_unknown_topic_is_refused(node: spotmq.Spot, topic: str) -> None:
    node.topic_create("a")
    with pytest.raises(spotmq.TopicNotFound) as caught:
        node.publish(topic, b"1")
    assert caught.value.subject == topic
    with pytest.raises(spotmq.TopicNotFound) as caught:
        node.publish_many(topic, [b"1"])
    assert caught.value.subject == topic
    assert node.stats().published == 0


@pytest.mark.parametrize("topic", [None, 1, b"a"], ids=repr)
def test_a_topic_is_a_str(node: spotmq.Spot, topic: object) -> None:
    node.topic_create("a")
    with pytest.raises(TypeError, match="must be str"):
        node.publish(topic, b"")  # type: ignore[arg-type]


def test_a_subclass_of_str_is_a_str(node: spotmq.Spot) -> None:
    class Topic(str):
        __slots__ = ()

    node.topic_create("a")
    node.subscribe("a")
    node.publish(Topic("a"), b"1")
    assert node.recv(PATIENCE_MS) == ("a", b"1")


def test_the_topic_is_looked_up_again_when_it_changed(node: spotmq.Spot) -> None:
    name = "a topic"
    for _ in range(50):
        node.topic_create(name)
        node.publish(name, b"1")
        node.topic_destroy(name)
        with fails(spotmq.TopicNotFound, name):
            node.publish(name, b"1")


class TestTooLarge:
    def test_one_byte_over_the_limit(self, make_pair: Callable[..., Pair]) -> None:
        pair = make_pair(owner={"max_message_bytes": 1000}, client={"max_message_bytes": 1000})
        pair.client.subscribe("a")
        for node in (pair.owner, pair.client):
            node.publish("a", bytes(1000))
            for data in (bytes(1001), bytearray(1001), memoryview(bytes(1001)), bytes(10**6)):
                for copy in (None, True, False):
                    with fails(spotmq.MessageTooLarge, "a"):
                        node.publish("a", data, copy=copy)
            node.publish("a", b"still works")
        got = sorted(payloads(pair.client, 4), key=len)
        assert got == [b"still works"] * 2 + [bytes(1000)] * 2

    def test_with_a_limit_over_the_batch_size(self, make_pair: Callable[..., Pair]) -> None:
        pair = make_pair(owner={"max_message_bytes": 200_000})
        pair.client.subscribe("a")
        pair.owner.publish("a", bytes(200_000))
        with fails(spotmq.MessageTooLarge, "a"):
            pair.owner.publish("a", bytes(200_001))
        assert pair.client.recv(PATIENCE_MS).data == bytes(200_000)
        assert silent(pair.client, (pair.owner, "a"))


class TestOverflow:
    def test_block_waits_no_longer_than_it_may(self, make_node: MakeNode) -> None:
        node = make_node(overflow="block", send_hwm=1, recv_hwm=1, send_timeout_ms=50)
        node.topic_create("a")
        node.subscribe("a")
        sent = 0
        start = time.monotonic()
        with fails(spotmq.Again, "a"):
            while True:
                start = time.monotonic()
                node.publish("a", bytes(100_000))
                sent += 1
        assert time.monotonic() - start >= 0.04
        assert sent >= 1
        messages = receive(node, sent)
        assert [message.seq for message in messages] == list(range(1, sent + 1))
        assert not node.poll(0)
        node.publish("a", b"there is room again")
        message = node.recv(PATIENCE_MS)
        assert (message.data, message.seq, message.lost) == (b"there is room again", sent + 1, 0)
        assert node.stats().lost == 0

    def test_block_with_no_time_at_all(self, make_node: MakeNode) -> None:
        node = make_node(overflow="block", send_hwm=1, recv_hwm=1, send_timeout_ms=0)
        node.topic_create("a")
        node.subscribe("a")
        with fails(spotmq.Again, "a"):
            for _ in range(1000):
                node.publish("a", bytes(100_000))

    def test_block_goes_on_when_somebody_reads(self, make_pair: Callable[..., Pair]) -> None:
        from threading import Thread

        options = {"overflow": "block", "send_hwm": 2, "recv_hwm": 2, "send_timeout_ms": None}
        pair = make_pair(owner=options, client=options)
        pair.client.subscribe("a")

        def publish() -> None:
            for i in range(500):
                pair.owner.publish("a", b"%d" % i + bytes(20_000))

        publisher = Thread(target=publish)
        publisher.start()
        messages = receive(pair.client, 500)
        publisher.join(PATIENCE_MS / 1000)
        assert [message.seq for message in messages] == list(range(1, 501))
        assert pair.client.stats().lost == 0

    def test_drop_never_waits_and_every_loss_is_counted(
        self, make_pair: Callable[..., Pair]
    ) -> None:
        pair = make_pair(
            owner={"send_hwm": 4, "heartbeat_ms": 100}, client={"recv_hwm": 4, "heartbeat_ms": 100}
        )
        pair.client.subscribe("a")
        for _ in range(2000):
            pair.owner.publish("a", bytes(50_000))
        received = lost = 0

        def all_accounted_for() -> bool:
            nonlocal received, lost
            while pair.client.poll(0):
                message = pair.client.recv(0)
                lost += message.lost
                received += 1
                assert message.seq == received + lost
            return received + pair.client.stats().lost == 2000

        wait_until(all_accounted_for, what="the tail's loss is told too")
        assert received < 2000
        wait_until(
            lambda: pair.owner.stats().overflowed == pair.client.stats().lost,
            what="the owner hears of every loss",
        )
