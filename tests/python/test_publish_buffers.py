"""Protects: which data publish takes, when it copies them, and that it releases buffers in the end."""

import array
import ctypes
import gc
import mmap
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE_MS, fails, receive, wait_until

import spotmq

SIZES = [0, 1, 100, 4_000, 40_000, 300_000]
KINDS: dict[str, Callable[[bytes], object]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "writable memoryview": lambda data: memoryview(bytearray(data)),
    "numpy": lambda data: np.frombuffer(data, dtype=np.uint8),
    "writable numpy": lambda data: np.frombuffer(bytearray(data), dtype=np.uint8),
    "array": lambda data: array.array("B", data),
    "ctypes": lambda data: (ctypes.c_char * len(data)).from_buffer_copy(data) if data else b"",
    "part of a memoryview": lambda data: memoryview(b"before" + data + b"after")[6 : -5 or None],
}


@pytest.mark.parametrize("copy", [None, True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_anything_with_a_contiguous_buffer(node: spotmq.Spot, kind: str, copy: bool | None) -> None:
    node.topic_create("a")
    node.subscribe("a")
    for size in SIZES:
        data = bytes(i * 7 % 256 for i in range(size))
        node.publish("a", KINDS[kind](data), copy=copy)  # type: ignore[arg-type]
        assert node.recv(PATIENCE_MS).data == data


def test_numbers_of_several_dimensions(pair: Pair) -> None:
    pair.client.subscribe("a")
    numbers: Any = np.arange(60_000, dtype=np.float64).reshape(200, 300)
    pair.owner.publish("a", numbers)
    view = pair.client.recv(PATIENCE_MS).view
    assert (np.frombuffer(view, dtype=np.float64).reshape(200, 300) == numbers).all()


def test_mapped_memory(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.subscribe("a")
    with mmap.mmap(-1, 100_000) as memory:
        memory[:5] = b"hello"
        node.publish("a", memory)
        assert node.recv(PATIENCE_MS).data[:5] == b"hello"


@pytest.mark.parametrize("copy", [None, True, False])
def test_str_gets_the_hint_to_encode(node: spotmq.Spot, copy: bool | None) -> None:
    node.topic_create("a")
    with pytest.raises(TypeError, match=r"str.*encode"):
        node.publish("a", "text", copy=copy)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data", [None, 1, 1.5, ["x"], object()], ids=lambda data: type(data).__name__
)
def test_what_has_no_buffer_is_refused(node: spotmq.Spot, data: object) -> None:
    node.topic_create("a")
    with pytest.raises(TypeError, match=type(data).__name__):
        node.publish("a", data)  # type: ignore[arg-type]
    assert node.stats().published == 0


@pytest.mark.parametrize("copy", [None, True, False])
def test_what_is_not_contiguous_is_refused(node: spotmq.Spot, copy: bool | None) -> None:
    node.topic_create("a")
    for size in (100, 1_000_000):
        strided: list[Any] = [
            memoryview(bytes(size))[::2],
            np.zeros(size, dtype=np.uint8)[::2],
            np.zeros((10, size // 10), dtype=np.uint8).T,
            np.zeros((10, size // 10), dtype=np.uint8)[:, 1:],
        ]
        for data in strided:
            with pytest.raises(TypeError, match="contiguous"):
                node.publish("a", data, copy=copy)


@pytest.mark.parametrize("copy", [0, 1, "no", b""], ids=repr)
def test_copy_is_a_bool_or_none(node: spotmq.Spot, copy: object) -> None:
    node.topic_create("a")
    with pytest.raises(TypeError, match="copy"):
        node.publish("a", b"", copy=copy)  # type: ignore[arg-type]


@pytest.mark.parametrize("copy", [None, True])
@pytest.mark.parametrize("size", [10, 5_000, 1_000_000])
def test_what_can_be_changed_may_be_changed_at_once(
    pair: Pair, size: int, copy: bool | None
) -> None:
    pair.client.subscribe("a")
    data = bytearray(size)
    for i in range(20):
        data[:] = bytes([i]) * size
        pair.owner.publish("a", data, copy=copy)
        data[:] = b"x" * size
        data.append(1)  # no reference to its buffer is left
        del data[-1]
    for i, message in enumerate(receive(pair.client, 20)):
        assert message.data == bytes([i]) * size


def test_copy_false_shares_what_is_large(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.subscribe("a")
    data = bytearray(1_000_000)
    node.publish("a", data, copy=False)
    with pytest.raises(BufferError):
        data.append(1)
    message = node.recv(PATIENCE_MS)
    assert message.data == bytes(1_000_000)
    del message

    def released() -> bool:
        node.poll(0)
        try:
            data.append(1)
        except BufferError:
            return False
        return True

    wait_until(released, what="the buffer is given back")


@pytest.mark.parametrize("subscribed", [True, False])
@pytest.mark.parametrize("size", [10, 100_000, 3_000_000])
def test_published_bytes_are_let_go(make_node: MakeNode, size: int, subscribed: bool) -> None:
    node = make_node()
    node.topic_create("a")
    if subscribed:
        node.subscribe("a")
    data = b"%d" % size + bytes(size)
    base = sys.getrefcount(data)
    for _ in range(20):
        node.publish("a", data)
        if subscribed:
            assert node.recv(PATIENCE_MS).data == data

    def back() -> bool:
        node.poll(0)  # any call gives back what native threads let go of
        return sys.getrefcount(data) == base

    wait_until(back, what="no reference is left")


def test_closing_lets_go_too(make_node: MakeNode) -> None:
    node = make_node()
    node.topic_create("a")
    node.subscribe("a")
    data = bytes(1_000_000)
    base = sys.getrefcount(data)
    node.publish("a", data)
    node.close()
    other = make_node()

    def back() -> bool:
        other.poll(0)
        return sys.getrefcount(data) == base

    wait_until(back, what="no reference is left")


def test_a_refused_buffer_is_let_go(make_node: MakeNode) -> None:
    node = make_node(max_message_bytes=1000)
    node.topic_create("a")
    array_: Any = np.zeros(5000, dtype=np.uint8)
    gone = weakref.ref(array_)
    base = sys.getrefcount(array_)
    for copy in (None, True, False):
        with fails(spotmq.MessageTooLarge, "a"):
            node.publish("a", array_, copy=copy)
        with pytest.raises(spotmq.TopicNotFound):
            node.publish("nowhere", array_, copy=copy)
    assert sys.getrefcount(array_) == base
    del array_
    gc.collect()
    assert gone() is None


def test_names_and_messages_are_let_go(node: spotmq.Spot) -> None:
    node.topic_create("a" * 20)
    node.subscribe("a" * 20)
    topic = "".join(["a"] * 20)
    base = sys.getrefcount(topic)
    for _ in range(100):
        node.publish(topic, b"x")
        node.recv(PATIENCE_MS)
    node.close()
    assert sys.getrefcount(topic) == base
