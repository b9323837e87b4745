"""Protects: Message is a small tuple with a topic, data and a number, and gives a view that copies nothing."""

import copy
import gc
import pickle
import sys

import pytest
from conftest import Pair
from helpers import PATIENCE_MS, payloads

import spotmq
from spotmq import Message

SIZES = [0, 1, 100, 5_000, 1_000_000]


def one(node: spotmq.Spot, data: bytes) -> Message:
    if not node.topic_exists("a"):
        node.topic_create("a")
        node.subscribe("a")
    node.publish("a", data)
    return node.recv(PATIENCE_MS)


@pytest.mark.parametrize("size", SIZES)
def test_its_fields(pair: Pair, size: int) -> None:
    pair.client.subscribe("a")
    data = bytes(i % 251 for i in range(size))
    pair.owner.publish("a", data)
    message = pair.client.recv(PATIENCE_MS)
    assert type(message) is Message
    assert (message.topic, message.data) == ("a", data)
    assert type(message.topic) is str
    assert type(message.data) is bytes
    assert message.data is message.data
    assert (message.seq, message.lost, message.node_id) == (1, 0, pair.owner.node_id)
    view = message.view
    assert type(view) is memoryview
    assert view == data
    assert view.readonly
    assert view.contiguous
    assert (view.format, view.itemsize, view.nbytes) == ("B", 1, size)
    assert bytes(memoryview(message)) == data


def test_it_unpacks_and_indexes_like_a_pair(node: spotmq.Spot) -> None:
    message = one(node, b"data")
    topic, data = message
    assert (topic, data) == ("a", b"data")
    assert len(message) == 2
    assert (message[0], message[1], message[-2], message[-1]) == ("a", b"data", "a", b"data")
    assert message[:1] == ("a",)
    assert list(message) == ["a", b"data"]
    assert tuple(message) == ("a", b"data")
    for index in (2, -3):
        with pytest.raises(IndexError):
            message[index]


def test_it_matches_patterns(node: spotmq.Spot) -> None:
    message = one(node, b"data")
    match message:
        case Message("a", data):
            assert data == b"data"
        case _:
            pytest.fail("no match by class")
    match message:
        case (topic, b"data"):
            assert topic == "a"
        case _:
            pytest.fail("no match as a sequence")


def test_it_compares_like_a_pair(node: spotmq.Spot) -> None:
    first, second, other = one(node, b"1"), one(node, b"1"), one(node, b"2")
    assert first == second
    assert first.seq != second.seq
    assert first == ("a", b"1")
    assert first == ("a", b"1")
    assert first != other
    assert first != ("a", "1")
    assert first != 1
    assert first is not None
    assert first < other
    assert first <= second
    assert other > ("a", b"1")
    assert other >= first
    assert sorted([other, first]) == [first, other]
    assert {first, second, other, ("a", b"2")} == {("a", b"1"), ("a", b"2")}
    with pytest.raises(TypeError):
        first < 1  # type: ignore[operator]  # noqa: B015


def test_it_prints_like_what_it_is(node: spotmq.Spot) -> None:
    assert repr(one(node, b"hi")) == "Message(topic='a', data=b'hi', seq=1, lost=0)"
    assert "1000000 bytes" in repr(one(node, bytes(1_000_000)))
    assert len(repr(one(node, b"\xff" * 1_000_000))) < 500


def test_it_cannot_be_changed(node: spotmq.Spot) -> None:
    message = one(node, b"data")
    for name in ("topic", "data", "view", "seq", "lost", "node_id", "new"):
        with pytest.raises(AttributeError):
            setattr(message, name, "x")
    with pytest.raises(TypeError):
        message[0] = "x"  # type: ignore[index]
    with pytest.raises(TypeError):
        message.view[:1] = b"x"


def test_it_can_be_made_pickled_and_copied(node: spotmq.Spot) -> None:
    made = Message("a", b"data", seq=3, lost=1, node_id="0" * 31 + "f")
    assert (made.seq, made.lost, made.node_id) == (3, 1, "0" * 31 + "f")
    assert Message("a", b"").seq == 0
    for message in (made, one(node, bytes(100_000))):
        for twin in (
            pickle.loads(pickle.dumps(message)),
            copy.copy(message),
            copy.deepcopy(message),
        ):
            assert twin == message
            assert (twin.seq, twin.lost, twin.node_id) == (
                message.seq,
                message.lost,
                message.node_id,
            )


@pytest.mark.parametrize(
    "arguments",
    [(), ("a",), (b"a", b""), ("a", "b"), ("a", b"", -1), ("a", b"", 0, -1), ("a", b"", 2**64)],
    ids=repr,
)
def test_it_is_not_made_of_anything(arguments: tuple[object, ...]) -> None:
    with pytest.raises((TypeError, OverflowError)):
        Message(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("node_id", ["", "0" * 31, "g" * 32, "0" * 33])
def test_a_node_id_is_32_hex_digits(node_id: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        Message("a", b"", node_id=node_id)


@pytest.mark.parametrize("size", SIZES)
def test_a_view_outlives_its_message_and_its_node(size: int) -> None:
    data = bytes(i % 251 for i in range(size))
    with spotmq.Context() as context:
        node = spotmq.Spot(context)
        message = one(node, data)
        view, topic = message.view, message.topic
        node.close()
        assert message.data == data
        del message, node
    gc.collect()
    assert view == data
    assert topic == "a"
    part = view[size // 2 :]
    view.release()
    assert part == data[size // 2 :]


def test_a_large_view_copies_nothing(node: spotmq.Spot) -> None:
    import resource

    size = 64 * 1024 * 1024
    data = bytes(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    view = one(node, data).view  # of the same process: not even sent through a socket
    assert len(view) == size
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < size / 2


def test_equal_topics_are_one_str(node: spotmq.Spot) -> None:
    first, second = one(node, b"1"), one(node, b"2")
    assert first.topic is second.topic


def test_messages_cost_no_memory_once_gone(node: spotmq.Spot) -> None:
    one(node, b"x")
    items = [b"x" * 100] * 1000
    node.publish_many("a", items)
    payloads(node, 1000)
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(20):
        node.publish_many("a", items)
        payloads(node, 1000)
    gc.collect()
    assert sys.getallocatedblocks() - before < 1000


def test_what_was_missed_before_a_message_is_told(pair: Pair) -> None:
    pair.owner.publish("a", b"before anybody subscribed")
    pair.client.subscribe("a")
    pair.owner.publish("a", b"1")
    message = pair.client.recv(PATIENCE_MS)
    assert (message.data, message.seq, message.lost) == (b"1", 2, 0)
