"""Protects: the advice in errors: the right hint, of bounded length, and never instead of the error itself."""

import asyncio
import copy
import gc
import os
import pickle
import socket
import weakref
from typing import Any

import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE_MS, fails

import spotmq
import spotmq.asyncio

LONGEST = 1_000  # characters of any text


def text_of(call: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(spotmq.SpotError) as caught:
        call(*arguments, **options)
    text = str(caught.value)
    assert len(text) < LONGEST
    assert "\n" not in text
    return text


def test_the_topic_that_was_meant(node: spotmq.Spot) -> None:
    for number in range(8):
        node.topic_create(f"chat:room{number}")
    text = text_of(node.publish, "chat:rom1", b"")
    assert "did you mean 'chat:room1'?" in text
    assert "known here: chat:room0, chat:room1," in text
    assert "(8 in all)" in text
    for call in (node.subscribe, node.subscriber):
        assert "missing_ok=True" in text_of(call, "chat:rom1")
    assert "did you mean 'chat:room1'?" in text_of(node.publish_many, "chat:rom1", [b""])
    assert "did you mean 'chat:room1'?" in text_of(node.topic_destroy, "chat:rom1")


def test_a_node_that_knows_nothing_says_how_it_would(node: spotmq.Spot) -> None:
    assert "topic_create" in text_of(node.publish, "a", b"")
    node.cluster_add("tcp://127.0.0.1:9")
    assert "tcp://127.0.0.1:9 is CONNECTING" in text_of(node.publish, "a", b"")


def test_another_nodes_topic_is_not_destroyed_here(pair: Pair) -> None:
    assert f"it is REMOTE: it belongs to {pair.endpoint}" in text_of(pair.client.topic_destroy, "a")
    assert "it is REMOTE" in text_of(pair.client.wait_for_subscribers, "a")


def test_advice_outlives_the_with_block() -> None:
    with pytest.raises(spotmq.TopicNotFound) as caught, spotmq.Spot() as node:  # noqa: PT012
        node.topic_create("hello")
        node.publish("helo", b"")
    assert node.closed
    assert "did you mean 'hello'?" in str(caught.value)


def test_advice_outlives_the_with_block_of_what_it_caused() -> None:
    with pytest.raises(RuntimeError) as caught, spotmq.Spot() as node:  # noqa: PT012
        node.topic_create("hello")
        try:
            node.publish("helo", b"")
        except spotmq.TopicNotFound as error:
            raise RuntimeError("no greeting") from error
    assert "did you mean 'hello'?" in str(caught.value.__cause__)


def test_advice_outlives_an_async_with_block_and_a_group() -> None:
    class Group(Exception):  # ExceptionGroup is newer than Python 3.10
        def __init__(self, *exceptions: Exception) -> None:
            self.exceptions = exceptions

    async def run() -> None:
        async with spotmq.asyncio.Spot() as node:
            node.topic_create("hello")
            try:
                await node.publish("helo", b"")
            except spotmq.SpotError as error:
                raise Group(ValueError(), error) from None

    with pytest.raises(Group) as caught:
        asyncio.run(run())
    assert "did you mean 'hello'?" in str(caught.value.exceptions[1])


def test_an_error_keeps_no_node_alive() -> None:
    node = spotmq.Spot()
    with pytest.raises(spotmq.TopicNotFound) as caught:
        node.publish("a", b"")
    error = caught.value.with_traceback(None)
    gone = weakref.ref(node)
    del node, caught
    gc.collect()
    assert gone() is None
    assert str(error) == error.strerror == error.args[1]


@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
def test_advice_travels(node: spotmq.Spot, again: Any) -> None:
    node.topic_create("hello")
    with pytest.raises(spotmq.TopicNotFound) as caught:
        node.publish("helo", b"")
    error = again(caught.value)
    assert (str(error), error.subject, error.errno) == (
        str(caught.value),
        "helo",
        caught.value.errno,
    )
    assert "did you mean 'hello'?" in str(error)


def test_a_text_is_as_long_as_its_sentence_whatever_is_known(make_node: MakeNode) -> None:
    node = make_node()
    for number in range(300):
        node.topic_create(f"{number:03}" + "x" * 250)
    node.topic_create("evil\n\x1b[31m")
    assert "did you mean 'evil\\n\\x1b[31m'?" in text_of(node.publish, "evil[31m", b"")
    text_of(node.publish, "123" + "x" * 249, b"")
    for number in range(10_000):
        node.topic_create(str(number))
    assert "10,301 topics are known here" in text_of(node.publish, "a", b"")


def test_many_peers_are_not_all_named(node: spotmq.Spot) -> None:
    for port in range(1, 60):
        node.cluster_add(f"tcp://127.0.0.1:{port}")
    with fails(spotmq.Timeout, number=110) as caught:
        node.cluster_sync(10)
    assert len(caught.value.missing) == 59
    assert "and 51 more" in str(caught.value)
    assert len(str(caught.value)) < LONGEST


def test_subscriptions_there_are(node: spotmq.Spot) -> None:
    node.topic_create("chat:room1")
    assert "no subscriptions" in text_of(node.unsubscribe, "chat:rom1")
    node.subscribe("chat:room1")
    assert "subscribed to: chat:room1; did you mean 'chat:room1'?" in text_of(
        node.unsubscribe, "chat:rom1"
    )
    with node.subscriber("chat:*") as queue:
        assert "subscribed to: chat:*" in text_of(queue.unsubscribe, "chat:rom1")


def test_why_nothing_arrives(node: spotmq.Spot) -> None:
    assert "subscribed to nothing" in text_of(node.recv, 1)
    node.subscribe("a", "b*", missing_ok=True)
    assert "nobody has a yet" in text_of(node.recv_many, 1, 1)
    with node.subscriber() as queue:
        assert "subscribed to nothing" in text_of(queue.recv, 1)


def test_polling_loops_pay_nothing_for_it(node: spotmq.Spot) -> None:
    with pytest.raises(spotmq.Timeout) as caught:
        node.recv(0)
    assert not vars(caught.value)


def test_who_holds_an_address(make_node: MakeNode, tcp_owner: spotmq.Spot) -> None:
    endpoint = tcp_owner.endpoint
    assert endpoint is not None
    assert repr(tcp_owner) in text_of(make_node().bind, endpoint)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        text = text_of(make_node().bind, f"tcp://127.0.0.1:{port}")
        assert str(port) in text.partition("(")[2]
        text = text_of(
            make_node().bind, "tcp://127.0.0.1:0", data_endpoint=f"tcp://127.0.0.1:{port}"
        )
        assert "given as data_endpoint" in text
    assert f"it listens on {endpoint}" in text_of(tcp_owner.bind, "tcp://127.0.0.1:0")


@pytest.mark.parametrize(
    ("endpoint", "right"),
    [
        ("127.0.0.1:5555", "tcp://127.0.0.1:5555"),
        ("5555", "tcp://127.0.0.1:5555"),
        ("localhost", "tcp://localhost:5555"),
        ("localhost:5555", "tcp://localhost:5555"),
        (":5555", "tcp://127.0.0.1:5555"),
        ("tcp://localhost", "tcp://localhost:5555"),
        ("tcp://:5555", "tcp://*:5555"),
        ("TCP://localhost:5555", "tcp://localhost:5555"),
        ("http://localhost:5555", "tcp://localhost:5555"),
        ("tcp://localhost:5555/", "tcp://localhost:5555"),
        ("tcp://::1:5555", "tcp://[::1]:5555"),
        ("/tmp/node", "ipc:///tmp/node"),
        ("ipc://", "ipc:///tmp/node"),
        ("inproc://", "inproc://node"),
        (" tcp://localhost:5555", "tcp://localhost:5555"),
        ("tcp://192.0.2.1:5555", "tcp://*:5555"),
        ("", "tcp://127.0.0.1:5555"),
    ],
)
def test_how_an_endpoint_is_written(node: spotmq.Spot, endpoint: str, right: str) -> None:
    assert f"'{right}'" in text_of(node.bind, endpoint).partition("(")[2]


@pytest.mark.parametrize(
    ("endpoint", "hint"),
    [
        ("tcp://*:5555", "bind()"),
        ("tcp://127.0.0.1:0", "bind()"),
        ("tcp://127.0.0.1:70000", "1 to 65535"),
        ("tcp://127.0.0.1:http", "not 'http'"),
        ("ipc://" + "x" * 200, "200 bytes"),
    ],
)
def test_what_cannot_be_a_peers_endpoint(node: spotmq.Spot, endpoint: str, hint: str) -> None:
    assert hint in text_of(node.cluster_add, endpoint).partition("(")[2]


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("", "it is empty"),
        ("x" * 256, "256 bytes"),
        ("a\0", "NUL"),
        ("a*", "pattern"),
        ("\ud800", "surrogate"),
    ],
)
def test_what_is_wrong_with_a_name(node: spotmq.Spot, topic: str, hint: str) -> None:
    assert hint in text_of(node.topic_create, topic).rpartition("(")[2]


def test_peers(make_node: MakeNode, pair: Pair) -> None:
    assert f"its peers: {pair.endpoint}" in text_of(pair.client.cluster_remove, pair.endpoint + "1")
    assert "it is UP" in text_of(pair.client.cluster_add, pair.endpoint)
    assert "no peers" in text_of(make_node().cluster_remove, "tcp://127.0.0.1:9")
    assert "is a node bound there" in text_of(
        make_node().cluster_add, "tcp://127.0.0.1:9", timeout_ms=10
    )
    assert "same Context" in text_of(make_node().cluster_add, "inproc://nobody", timeout_ms=10)


def test_waits_say_how_far_they_came(pair: Pair) -> None:
    assert "which has 0" in text_of(pair.owner.wait_for_subscribers, "a", 2, 10)
    pair.client.subscribe("a")
    pair.owner.wait_for_subscribers("a", 1, PATIENCE_MS)
    assert "which has 1" in text_of(pair.owner.wait_for_subscribers, "a", 2, 10)
    assert "1 are UP" in text_of(pair.client.wait_for_peers, 2, 10)
    assert "known here: a, b" in text_of(pair.client.wait_for_topic, "c", 10)


def test_the_limit_of_a_message(make_node: MakeNode) -> None:
    node = make_node(max_message_bytes=10)
    node.topic_create("a")
    with fails(spotmq.MessageTooLarge, "a") as caught:
        node.publish("a", bytes(11))
    assert caught.value.limit == 10
    assert "(10)" in str(caught.value)
    assert "Spot(max_message_bytes=…)" in str(caught.value)


def test_no_room(make_node: MakeNode) -> None:
    error = spotmq.Again(11, "no room")
    assert "send_hwm" in str(error)


def test_which_one_is_closed() -> None:
    node = spotmq.Spot(name="sensor")
    queue = node.subscriber()
    node.close()
    assert "'sensor'" in text_of(node.publish, "a", b"")
    assert "Subscriber" in text_of(queue.recv)


def test_in_a_forked_child_it_says_so(node: spotmq.Spot) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            node.publish("a", b"")
        except spotmq.Closed as error:
            os.write(writing, str(error).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert "make a new Spot after the fork" in pipe.read()
    os.waitpid(child, 0)


def test_the_system_refuses(node: spotmq.Spot) -> None:
    error = spotmq.SpotError(24, "Too many open files")
    assert "ulimit -n" in str(error)
    assert spotmq.SpotError(5, "Input/output error").advice == ""


def test_an_error_made_by_hand_is_as_it_was() -> None:
    error = spotmq.TopicNotFound(2, "no topic")
    assert (str(error), error.strerror, error.advice) == ("no topic", "no topic", "")
    error.strerror = "nothing"
    assert str(error) == "nothing"
    assert str(spotmq.SpotError()) == ""


def test_advice_that_fails_hides_nothing(
    node: spotmq.Spot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(spotmq.Spot):
        def list_topics(self) -> Any:
            raise ZeroDivisionError

    with Odd() as odd:
        odd.topic_create("hello")
        assert text_of(odd.publish, "helo", b"").startswith("no topic 'helo' here")
