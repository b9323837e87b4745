"""Protects: publish_many: one call for many messages, and the error that names an item which failed."""

import threading
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE_MS, fails, payloads, receive, silent

import spotmq

ITEMS = [b"%d" % i for i in range(5000)]
WAYS: dict[str, Callable[[list[bytes]], Iterable[bytes]]] = {
    "list": list,
    "tuple": tuple,
    "generator": lambda items: (item for item in items),
    "iterator": iter,
    "dict keys": lambda items: dict.fromkeys(items).keys(),
}


@pytest.mark.parametrize("way", WAYS)
def test_any_iterable(node: spotmq.Spot, way: str) -> None:
    node.topic_create("a")
    node.subscribe("a")
    assert node.publish_many("a", WAYS[way](ITEMS)) == 5000
    messages = receive(node, 5000)
    assert [message.data for message in messages] == ITEMS
    assert [message.seq for message in messages] == list(range(1, 5001))


def test_to_peers_both_ways(pair: Pair) -> None:
    pair.client.subscribe("a")
    assert pair.owner.publish_many("a", ITEMS) == 5000
    assert payloads(pair.client, 5000) == ITEMS
    assert pair.client.publish_many("a", ITEMS) == 5000
    messages = receive(pair.client, 5000)
    assert [message.data for message in messages] == ITEMS
    assert [message.seq for message in messages] == list(range(5001, 10001))


def test_nothing_is_nothing(node: spotmq.Spot) -> None:
    node.topic_create("a")
    assert node.publish_many("a", []) == 0
    assert node.publish_many("a", iter(())) == 0
    assert node.stats().published == 0


def test_sizes_and_kinds_mixed(pair: Pair) -> None:
    pair.client.subscribe("a")
    items: list[bytes | bytearray | memoryview] = []
    for i, size in enumerate([0, 10, 40_000, 3, 1_000_000, 0, 0, 32_000, 32_768, 65_536, 1] * 2):
        kind = (bytes, bytearray, memoryview)[i % 3]
        items.append(kind(bytes([i]) * size))
    assert pair.owner.publish_many("a", items) == len(items)
    messages = receive(pair.client, len(items))
    assert [message.data for message in messages] == [bytes(item) for item in items]
    assert [message.seq for message in messages] == list(range(1, len(items) + 1))


def test_rows_of_an_array(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.subscribe("a")
    rows = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert node.publish_many("a", rows) == 3
    assert payloads(node, 3) == [row.tobytes() for row in rows]


def test_a_buffer_may_be_reused_between_items(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.subscribe("a")
    buffer = bytearray(4)

    def frames() -> Iterator[bytearray]:
        for i in range(1000):
            buffer[:] = i.to_bytes(4, "big")
            yield buffer

    assert node.publish_many("a", frames()) == 1000
    assert payloads(node, 1000) == [i.to_bytes(4, "big") for i in range(1000)]


@pytest.mark.parametrize("index", [0, 1, 7, 4000])
@pytest.mark.parametrize("way", ["list", "generator"])
def test_a_bad_item_is_named_and_what_came_before_is_published(
    pair: Pair, index: int, way: str
) -> None:
    pair.client.subscribe("a", "b")
    items: list[object] = [*ITEMS[:index], "text", *ITEMS[index:]]
    with pytest.raises(TypeError, match=rf"item {index}\b.*encode"):
        pair.owner.publish_many("a", WAYS[way](items))  # type: ignore[arg-type]
    assert payloads(pair.client, index) == ITEMS[:index]
    assert silent(pair.client, (pair.owner, "b"))
    assert pair.owner.stats().published == index + 1


def test_an_item_that_is_too_large_is_named(make_node: MakeNode) -> None:
    node = make_node(max_message_bytes=100)
    node.topic_create("a")
    node.subscribe("a")
    for large in (101, 100_000):
        with fails(spotmq.MessageTooLarge, "a") as caught:
            node.publish_many("a", [b"1", b"2", bytes(large), b"4"])
        assert "item 2" in str(caught.value)
        assert payloads(node, 2) == [b"1", b"2"]
    assert not node.poll(0)


def test_no_room_names_the_first_that_was_not_sent(make_node: MakeNode) -> None:
    node = make_node(overflow="block", send_hwm=1, recv_hwm=1, send_timeout_ms=20)
    node.topic_create("a")
    node.subscribe("a")
    items = [b"%d" % i + bytes(10_000) for i in range(500)]
    with fails(spotmq.Again, "a") as caught:
        node.publish_many("a", items)
    sent = node.stats().published
    assert f"item {sent}" in str(caught.value)
    assert payloads(node, sent) == items[:sent]
    assert not node.poll(0)


def test_what_an_iterator_raises_comes_out(pair: Pair) -> None:
    pair.client.subscribe("a")

    def frames() -> Iterator[bytes]:
        yield b"1"
        yield b"2"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pair.owner.publish_many("a", frames())
    assert payloads(pair.client, 2) == [b"1", b"2"]


@pytest.mark.parametrize("items", [None, 5, object()], ids=lambda items: type(items).__name__)
def test_what_cannot_be_iterated_is_refused(node: spotmq.Spot, items: object) -> None:
    node.topic_create("a")
    with pytest.raises(TypeError, match="iterable"):
        node.publish_many("a", items)  # type: ignore[arg-type]


def test_an_iterator_may_use_the_node(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.topic_create("b")
    node.subscribe("a", "b")

    def frames() -> Iterator[bytes]:
        for i in range(10):
            node.publish("b", b"inner")
            node.recv(PATIENCE_MS)
            yield b"%d" % i

    assert node.publish_many("a", frames()) == 10
    assert payloads(node, 10) == [b"%d" % i for i in range(10)]


def test_a_list_that_shrinks_meanwhile(node: spotmq.Spot) -> None:
    node.topic_create("a")
    items: list[bytes] = [b"x"] * 100_000
    shrinker = threading.Thread(target=lambda: [items.pop() for _ in range(50_000)])
    shrinker.start()
    published = node.publish_many("a", items)
    shrinker.join(PATIENCE_MS / 1000)
    assert 50_000 <= published <= 100_000


def test_several_threads_do_not_mix_a_batch(pair: Pair) -> None:
    pair.client.subscribe("a")
    threads = [
        threading.Thread(
            target=pair.owner.publish_many,
            args=("a", [b"%d:%d" % (number, i) for i in range(2000)]),
        )
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    messages = receive(pair.client, 8000)
    for thread in threads:
        thread.join(PATIENCE_MS / 1000)
    assert [message.seq for message in messages] == list(range(1, 8001))
    for number in range(4):
        mine = [m.data for m in messages if m.data.startswith(b"%d:" % number)]
        assert mine == [b"%d:%d" % (number, i) for i in range(2000)]
