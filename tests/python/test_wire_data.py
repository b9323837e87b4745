"""Protects: data frames byte by byte, as a raw SUB on the data endpoint sees them."""

import os
from collections.abc import Iterator

import pytest
from conftest import MakeNode
from helpers import PATIENCE_MS, wait_until
from raw_peers import Subscriber, data_frame, u32

import spotmq

BATCH, LARGE = 1, 2


@pytest.fixture
def owner(make_node: MakeNode) -> spotmq.Spot:
    node = make_node(heartbeat_ms=60_000)  # no mark comes in between
    node.bind("tcp://127.0.0.1:0")
    node.topic_create("a")
    node.topic_create("probe")
    return node


def connected(owner: spotmq.Spot, subscriber: Subscriber) -> Subscriber:
    """Its filters are in effect: a message of another topic arrived."""
    subscriber.socket.subscribe(b"probe\0")

    def arrives() -> bool:
        owner.publish("probe", b"")
        return not subscriber.quiet(0.01)

    wait_until(arrives)
    owner.publish("probe", b"the last")
    wait_until(lambda: subscriber.receive()[0].endswith(b"the last"))  # and nothing is on its way
    return subscriber


@pytest.fixture
def subscriber(owner: spotmq.Spot) -> Iterator[Subscriber]:
    with Subscriber(owner.data_endpoint, b"a\0") as subscriber:
        yield connected(owner, subscriber)


def source(node: spotmq.Spot) -> bytes:
    return bytes.fromhex(node.node_id)[:7]


def test_one_message_is_one_frame(owner: spotmq.Spot, subscriber: Subscriber) -> None:
    owner.publish("a", b"hi")
    assert subscriber.receive() == [
        b"a\x00\x00" + source(owner) + b"\x01\x00\x00\x00\x00\x00\x00\x00" + b"hi"
    ]
    owner.publish("a", b"")
    assert subscriber.receive() == [data_frame(b"a", 0, source(owner), 2)]


def test_many_are_records_of_one(owner: spotmq.Spot, subscriber: Subscriber) -> None:
    owner.publish_many("a", [b"hi", b"", b"123"])
    assert subscriber.receive() == [
        data_frame(
            b"a",
            BATCH,
            source(owner),
            1,
            u32(2) + b"hi" + u32(0) + u32(3) + b"123",
        )
    ]


def test_a_large_one_is_two_frames(owner: spotmq.Spot, subscriber: Subscriber) -> None:
    data = os.urandom(1_000_000)
    owner.publish("a", data)
    assert subscriber.receive() == [data_frame(b"a", LARGE, source(owner), 1), data]


def test_numbers_go_on_over_all_kinds(owner: spotmq.Spot, subscriber: Subscriber) -> None:
    owner.publish_many("a", [b"1", b"2"])
    owner.publish("a", bytes(1_000_000))
    owner.publish_many("a", [b"4", b"5"])
    seqs = [int.from_bytes(subscriber.receive()[0][10:18], "little") for _ in range(3)]
    assert seqs == [1, 3, 4]


def test_other_topics_never_leave(owner: spotmq.Spot, subscriber: Subscriber) -> None:
    owner.topic_create("aa")
    owner.publish("aa", b"no")
    owner.publish("a", b"yes")
    assert subscriber.receive()[0].endswith(b"yes")


def test_what_plain_publish_sends_is_readable_at_any_pace(
    owner: spotmq.Spot, subscriber: Subscriber
) -> None:
    """However messages share frames: taken apart as the protocol says, nothing is missing."""
    for i in range(2000):
        owner.publish("a", b"%d" % i)
    got: list[bytes] = []
    while len(got) < 2000:
        (frame,) = subscriber.receive()
        assert frame[:2] == b"a\0"
        assert frame[3:10] == source(owner)
        assert int.from_bytes(frame[10:18], "little") == len(got) + 1
        payload = frame[18:]
        if frame[2] != BATCH:
            assert frame[2] == 0
            got.append(payload)
            continue
        while payload:
            size = int.from_bytes(payload[:4], "little")
            got.append(payload[4 : 4 + size])
            payload = payload[4 + size :]
    assert got == [b"%d" % i for i in range(2000)]


def test_a_mark_follows_an_idle_heartbeat(make_node: MakeNode) -> None:
    owner = make_node(heartbeat_ms=100)
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("a")
    with Subscriber(owner.data_endpoint, b"a\0") as subscriber:

        def arrives() -> bool:
            owner.publish("a", b"x")
            return not subscriber.quiet(0.01)

        wait_until(arrives)
        owner.publish("a", b"the last")
        sent = owner.stats().published
        mark = data_frame(b"a", BATCH, source(owner), sent + 1)
        wait_until(lambda: subscriber.receive() == [mark])


def test_a_mark_precedes_closing(owner: spotmq.Spot, subscriber: Subscriber) -> None:
    owner.publish_many("a", [b"1", b"2", b"3"])
    owner.close()
    assert subscriber.receive()[0][2] == BATCH
    mark = data_frame(b"a", BATCH, source(owner), 4)
    wait_until(lambda: subscriber.receive() == [mark])  # the probe's mark may come first


def test_a_relayed_message_has_the_owners_source(
    owner: spotmq.Spot, subscriber: Subscriber, make_node: MakeNode
) -> None:
    client = make_node()
    assert owner.endpoint is not None
    client.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
    client.cluster_sync(PATIENCE_MS)
    client.publish("a", b"relayed")
    (frame,) = subscriber.receive()
    assert frame[3:18] == data_frame(b"a", 0, source(owner), 1)[3:18]
    assert frame.endswith(b"relayed")
