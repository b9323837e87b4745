"""Protects: publishers and subscribers with codecs: values at both ends, and one bad payload costs no other
message.
"""

import pickle
import threading
from typing import Any

import msgspec
import numpy as np
import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE_MS, fails

import spotmq
from spotmq import codecs


class Trade(msgspec.Struct):
    symbol: str
    price: float


VALUES: list[tuple[Any, Any]] = [
    ("json", {"a": [1, None, "é"]}),
    ("msgpack", {"a": b"\xff", "b": [1.5]}),
    ("text", "héllo"),
    (codecs.Msgspec(Trade), Trade("A", 1.5)),
    (codecs.Msgspec(Trade, format="json"), Trade("A", 1.5)),
    (codecs.Pickle(trust=True), {1, 2, (3, 4)}),
]


@pytest.mark.parametrize(("codec", "value"), VALUES, ids=lambda value: repr(value)[:20])
def test_values_arrive(pair: Pair, codec: Any, value: Any) -> None:
    publisher = pair.owner.publisher("a", codec)
    with pair.client.subscriber("a", codec=codec) as queue:
        publisher.publish(value)
        assert publisher.publish_many([value] * 3) == 3
        topic, first = queue.recv(PATIENCE_MS)
        assert (topic, first) == ("a", value)
        rest = [queue.recv(PATIENCE_MS) for _ in range(3)]
        assert [message.value for message in rest] == [value] * 3
        assert [message.seq for message in rest] == [2, 3, 4]
        assert {message.lost for message in rest} == {0}
        assert {message.node_id for message in rest} == {pair.owner.node_id}
        assert rest[0] == ("a", value)
        assert rest[0] == rest[1]
        assert repr(value) in repr(rest[0])


@pytest.mark.parametrize("size", [1, 400, 1_000, 20_000, 1_000_000])
def test_arrays_arrive_without_a_copy(pair: Pair, size: int) -> None:
    publisher = pair.owner.publisher("a", "numpy")
    with pair.client.subscriber("a", codec="numpy") as queue:
        array = np.arange(size, dtype=np.float64).reshape(-1, 1)
        publisher.publish(array)
        message = queue.recv(PATIENCE_MS)
        assert np.shares_memory(message.value, np.frombuffer(message.message.view, np.uint8))
        assert not message.value.flags.writeable
        assert message.value.shape == (size, 1)
        if not 4_096 < len(message.message.view) < 32 * 1024:  # as the codec states
            assert message.value.flags.aligned
        kept = message.value
        del message
        for _ in range(20):
            publisher.publish(array * 2)
            queue.recv(PATIENCE_MS)
        assert (kept == array).all()


class Reversed:
    """A codec of a user's own."""

    def encode(self, value: str, /) -> bytearray:
        return bytearray(value[::-1].encode())

    def decode(self, data: memoryview, /) -> str:
        assert data.readonly
        return bytes(data).decode()[::-1]


def test_ones_own_codec(pair: Pair) -> None:
    publisher = pair.owner.publisher("a", Reversed())
    with pair.client.subscriber("a", codec=Reversed()) as queue:
        publisher.publish("hello")
        message = queue.recv(PATIENCE_MS)
        assert message.value == "hello"
        assert message.data == b"olleh"


def test_a_payload_that_is_none_is_one_clear_error(pair: Pair) -> None:
    with pair.client.subscriber("a", codec="json") as queue:
        pair.owner.publish("a", b"{{ nothing")
        message = queue.recv(PATIENCE_MS)
        for _ in range(2):
            with fails(spotmq.DecodeError, "a") as caught:
                _ = message.value
            error = caught.value
            assert error.data == b"{{ nothing"
            assert error.message is message.message
            assert error.node_id == pair.owner.node_id
            assert "Json()" in str(error)
            assert "10 bytes" in str(error)
            assert isinstance(error.__cause__, ValueError)
        assert "{{ nothing" in repr(message)
        with pytest.raises(spotmq.DecodeError):
            _, _ = message
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), again.data, again.subject) == (str(error), error.data, "a")


def test_nothing_else_is_lost_by_it(pair: Pair) -> None:
    good = pair.owner.publisher("a", "json")
    with pair.client.subscriber("a", codec="json") as queue:
        for number in range(100):
            if number % 10 == 3:
                pair.owner.publish("a", b"\xff" * number)
            else:
                good.publish(number)
        pair.owner.flush()
        values, errors = [], []
        for message in queue:
            try:
                values.append(message.value)
            except spotmq.DecodeError as error:
                errors.append(error.data)
            if message.seq == 100:
                break
        assert errors == [b"\xff" * number for number in range(100) if number % 10 == 3]
        assert values == [number for number in range(100) if number % 10 != 3]
        assert queue.stats().lost == 0


def test_unpacking_in_a_loop_can_be_resumed(pair: Pair) -> None:
    good = pair.owner.publisher("a", "json")
    with pair.client.subscriber("a", codec="json") as queue:
        good.publish(1)
        pair.owner.publish("a", b"")
        good.publish(2)
        values: list[int] = []
        for _ in range(2):
            try:
                for _, value in queue:
                    values.append(value)
                    if value == 2:
                        break
            except spotmq.DecodeError:
                continue
        assert values == [1, 2]


def test_lists_of_messages_hold_good_and_bad(pair: Pair) -> None:
    with pair.client.subscriber("a", codec="json") as queue:
        pair.owner.publish_many("a", [b"1", b"x", b"3"])
        messages: list[Any] = []
        while len(messages) < 3:
            messages += queue.recv_many(timeout_ms=PATIENCE_MS)
        assert (messages[0].value, messages[2].value) == (1, 3)
        with pytest.raises(spotmq.DecodeError):
            _ = messages[1].value


def test_a_codecs_own_exceptions_are_the_cause(node: spotmq.Spot) -> None:
    class Broken:
        def encode(self, value: Any, /) -> bytes:
            raise KeyError("x" * 1000)

        def decode(self, data: memoryview, /) -> Any:
            raise KeyError("\ud800\n" * 1000)

    publisher = node.publisher("a", Broken(), create=True)
    with pytest.raises(KeyError):
        publisher.publish(1)
    with pytest.raises(KeyError):
        publisher.publish_many([1])
    with node.subscriber("a", codec=Broken()) as queue:
        node.publish("a", b"1")
        with pytest.raises(spotmq.DecodeError) as caught:
            _ = queue.recv(PATIENCE_MS).value
        assert isinstance(caught.value.__cause__, KeyError)
        assert "nothing that Broken can decode" in str(caught.value)
        assert len(str(caught.value).encode()) < 1_000


def test_what_comes_before_a_value_that_cannot_be_encoded_is_published(node: spotmq.Spot) -> None:
    publisher = node.publisher("a", "json", create=True)
    with node.subscriber("a", codec="json") as queue:
        with pytest.raises(TypeError):
            publisher.publish_many([1, 2, object(), 3])
        assert [queue.recv(PATIENCE_MS).value for _ in range(2)] == [1, 2]
        assert not queue.poll(0)


def test_a_publisher_is_a_handle_of_its_topic(node: spotmq.Spot) -> None:
    with fails(spotmq.TopicNotFound, "a"):
        node.publisher("a").publish(b"1")
    publisher = node.publisher("a", create=True)
    assert node.topic_is_local("a")
    again = node.publisher("a", create=True)
    assert (again.topic, again.spot, again.codec) == ("a", node, None)
    node.subscribe("a")
    publisher.wait_for_subscribers(1, PATIENCE_MS)
    publisher.publish(bytearray(b"1"), copy=True)
    assert publisher.publish_many([b"2", b"3"]) == 2
    assert [node.recv(PATIENCE_MS).data for _ in range(3)] == [b"1", b"2", b"3"]
    assert repr(publisher) == f"<spotmq.Publisher 'a' of {node.node_id[:8]}>"
    assert "Json()" in repr(node.publisher("a", "json"))
    with fails(spotmq.InvalidTopic, "a*"):
        node.publisher("a*")


def test_a_publisher_of_a_remote_topic(pair: Pair) -> None:
    with pair.owner.subscriber("a", codec="json") as queue:
        pair.client.publisher("a", "json").publish([1])
        assert queue.recv(PATIENCE_MS).value == [1]


def test_a_typed_subscriber_is_a_subscriber(make_node: MakeNode) -> None:
    node = make_node()
    publisher = node.publisher("a", "json", create=True)
    queue = node.subscriber(codec="json", recv_hwm=10)
    assert queue.subscriptions() == []
    queue.subscribe("a", "b", missing_ok=True)
    assert queue.subscriptions() == ["a", "b"]
    queue.unsubscribe("b")
    assert queue.spot is node
    assert isinstance(queue.codec, codecs.Json)
    assert not queue.poll(0)
    with fails(spotmq.Timeout, number=11):
        queue.recv(0)
    publisher.publish(1)
    assert queue.poll(PATIENCE_MS)
    assert queue.fileno() >= 0
    assert queue.recv(0).value == 1
    assert queue.stats().received == 1
    assert not queue.closed
    ended = threading.Event()

    def read() -> None:
        for _ in queue:
            pass
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    queue.close()
    thread.join(PATIENCE_MS / 1000)
    assert ended.is_set()
    assert queue.closed
    with fails(spotmq.Closed):
        queue.recv()


def test_a_codec_that_is_none_makes_no_subscriber(node: spotmq.Spot) -> None:
    wrong: Any
    for wrong, error in (("jsn", ValueError), ("pickle", ValueError), (1, TypeError)):
        with pytest.raises(error):
            node.subscriber("a", codec=wrong, missing_ok=True)
        with pytest.raises(error):
            node.publisher("a", wrong, create=True)
    assert not node.topic_exists("a")


def test_matching(node: spotmq.Spot) -> None:
    publisher = node.publisher("a", "json", create=True)
    with node.subscriber("a", codec="json") as queue:
        publisher.publish({"kind": "buy"})
        match queue.recv(PATIENCE_MS):
            case spotmq.TypedMessage("a", {"kind": kind}):
                assert kind == "buy"
            case other:
                pytest.fail(repr(other))
