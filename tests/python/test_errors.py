"""Protects: the classes of errors: their tree, errno, subject and text."""

import errno
import pickle

import pytest
from helpers import BASES, fails

import spotmq


def test_every_error_of_the_package_is_in_the_table() -> None:
    found = {
        value
        for value in vars(spotmq).values()
        if isinstance(value, type) and issubclass(value, BaseException)
    }
    assert found == {spotmq.SpotError, *BASES}


@pytest.mark.parametrize("cls", BASES, ids=lambda cls: cls.__name__)
def test_each_has_its_bases(cls: type[spotmq.SpotError]) -> None:
    base, _ = BASES[cls]
    assert issubclass(cls, spotmq.SpotError)
    assert issubclass(cls, OSError)
    assert base is None or issubclass(cls, base)
    assert cls.__module__ == "spotmq"
    assert cls.__doc__


def test_kinds_do_not_mix() -> None:
    assert issubclass(spotmq.SpotError, OSError)
    for cls in BASES:
        others = set(BASES) - {cls}
        assert not any(issubclass(cls, other) for other in others)


def test_an_error_is_caught_by_any_of_its_bases(node: spotmq.Spot) -> None:
    for cls in (spotmq.TopicNotFound, spotmq.SpotError, OSError, LookupError):
        with pytest.raises(cls):
            node.publish("nowhere", b"")


def test_the_text_has_no_errno_in_front(node: spotmq.Spot) -> None:
    with fails(spotmq.TopicNotFound, "nowhere") as caught:
        node.publish("nowhere", b"")
    assert "[Errno" not in str(caught.value)
    assert caught.value.strerror == str(caught.value)


def test_a_subject_may_be_any_str(node: spotmq.Spot) -> None:
    with pytest.raises(spotmq.InvalidTopic) as caught:
        node.topic_create("half a \ud800 pair")
    assert caught.value.subject == "half a \ud800 pair"
    str(caught.value).encode()  # printable


def test_receiving_and_other_waits_differ_in_errno(node: spotmq.Spot) -> None:
    with fails(spotmq.Timeout, number=errno.EAGAIN):
        node.recv(0)
    node.cluster_add("tcp://127.0.0.1:9")
    with fails(spotmq.Timeout, number=errno.ETIMEDOUT) as caught:
        node.cluster_sync(10)
    assert caught.value.missing == ["tcp://127.0.0.1:9"]


def test_missing_is_there_even_when_nobody_is(node: spotmq.Spot) -> None:
    with pytest.raises(spotmq.Timeout) as caught:
        node.recv(0)
    assert caught.value.missing == []


def test_errors_travel_between_processes() -> None:
    error = spotmq.TopicNotFound(errno.ENOENT, "no topic 'x' here")
    error.subject = "x"
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is spotmq.TopicNotFound
    assert (copy.errno, str(copy), copy.subject) == (errno.ENOENT, str(error), "x")


CLOSED_CALLS = {
    "bind": ("tcp://127.0.0.1:0",),
    "cluster_add": ("tcp://127.0.0.1:9",),
    "cluster_remove": ("tcp://127.0.0.1:9",),
    "join": ("tcp://127.0.0.1:9",),
    "cluster_sync": (0,),
    "peers": (),
    "topic_create": ("a",),
    "topic_destroy": ("a",),
    "topic_route": ("a", "tcp://127.0.0.1:9"),
    "topic_exists": ("a",),
    "topic_is_local": ("a",),
    "list_topics": (),
    "subscribe": ("a",),
    "unsubscribe": (),
    "subscriptions": (),
    "subscriber": ("a",),
    "publish": ("a", b""),
    "publisher": ("a",),
    "publish_many": ("a", [b""]),
    "recv": (0,),
    "recv_many": (1, 0),
    "poll": (0,),
    "fileno": (),
    "flush": (),
    "watch": (),
    "wait_for_topic": ("a", 0),
    "wait_for_peers": (1, 0),
    "wait_for_subscribers": ("a", 1, 0),
    "stats": (),
}


@pytest.mark.parametrize("method", CLOSED_CALLS)
def test_a_closed_node_says_so(method: str) -> None:
    node = spotmq.Spot()
    node.topic_create("a")
    node.subscribe("a")
    node.publish("a", b"")
    node.close()
    with fails(spotmq.Closed):
        getattr(node, method)(*CLOSED_CALLS[method])


def test_the_table_of_calls_is_complete() -> None:
    methods = {name for name in dir(spotmq.Spot) if not name.startswith("_")}
    properties = {"closed", "context", "data_endpoint", "endpoint", "name", "node_id"}
    assert methods - properties - {"close", "from_config"} == set(CLOSED_CALLS)
