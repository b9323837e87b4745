"""Protects: a message that is too large for a receiver costs no other message, and the log names it."""

import logging

import pytest
from helpers import PATIENCE_MS, wait_until

import spotmq

LIMIT = 100_000
LARGE = bytes(1_000_000)


def test_it_is_dropped_alone_counted_and_named(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "spotmq")
    with (
        spotmq.Spot(name="pub", heartbeat_ms=200) as owner,
        spotmq.Spot(name="monitor", max_message_bytes=LIMIT, heartbeat_ms=200) as reader,
    ):
        owner.bind("tcp://127.0.0.1:0")
        owner.topic_create("small")
        owner.topic_create("big")
        assert owner.endpoint is not None
        reader.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
        reader.subscribe("*")
        for _ in range(5):
            owner.publish("big", LARGE)
            owner.publish("big", bytes(LIMIT + 1))
            owner.publish("big", bytes(LIMIT))
            owner.publish("small", b"x")
        got = [reader.recv(PATIENCE_MS) for _ in range(10)]
        assert [len(message.data) for message in got] == 5 * [LIMIT, 1]
        assert [message.lost for message in got if message.topic == "big"] == 5 * [2]
        stats = reader.stats()
        assert (stats.oversized, stats.lost, stats.malformed, stats.reconnects) == (10, 10, 0, 0)
        assert stats.topics["small"].lost == 0
        wait_until(lambda: owner.stats().overflowed == 10)

        def told() -> bool:
            return any(
                "larger than max_message_bytes (100000)" in line
                and "'big'" in line
                and "'pub'" in line
                for line in caplog.messages
            )

        wait_until(told)


def test_an_owner_drops_it_alone_too() -> None:
    """The publisher hears of it like of any message that did not arrive."""
    with (
        spotmq.Spot(max_message_bytes=LIMIT, heartbeat_ms=200) as owner,
        spotmq.Spot(heartbeat_ms=200) as publisher,
    ):
        owner.bind("tcp://127.0.0.1:0")
        owner.topic_create("t")
        owner.subscribe("t")
        assert owner.endpoint is not None
        publisher.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
        for payload in (b"1", LARGE, b"2", LARGE, LARGE, b"3"):
            publisher.publish("t", payload)
        assert [owner.recv(PATIENCE_MS).data for _ in range(3)] == [b"1", b"2", b"3"]
        assert owner.stats().oversized == 3
        wait_until(lambda: publisher.stats().overflowed == 3)
        assert owner.stats().lost == 0


def test_one_beyond_both_limits_costs_a_moment_and_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """libzmq gives such a connection up for good; it is made anew before anybody is DOWN."""
    caplog.set_level(logging.WARNING, "spotmq")
    with (
        spotmq.Spot(name="pub") as owner,
        spotmq.Spot(max_message_bytes=LIMIT, recv_hwm_bytes=LIMIT) as reader,
    ):
        owner.bind("tcp://127.0.0.1:0")
        owner.topic_create("t")
        assert owner.endpoint is not None
        reader.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
        reader.subscribe("t")
        owner.publish("t", b"first")
        assert reader.recv(PATIENCE_MS).data == b"first"

        def arrives() -> bool:
            owner.publish("t", b"x")
            try:
                return reader.recv(timeout_ms=10).lost > 0
            except spotmq.Timeout:
                return False

        for breaks in range(1, 4):
            owner.publish("t", LARGE)
            wait_until(lambda: reader.stats().reconnects == breaks)  # noqa: B023
            wait_until(arrives)
        assert reader.peers()[0].state is spotmq.PeerState.UP
        wait_until(lambda: any("larger than both" in line for line in caplog.messages))
        assert sum("larger than both" in line for line in caplog.messages) == 1
