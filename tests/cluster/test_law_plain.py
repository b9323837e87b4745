"""Protects: the law for plain subscribers: they received what an owner sent, less what it counts as
overflowed.

Some read slowly, some come and go; the owner, another node and a plain program publish.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import zmq
from helpers import PATIENCE, PATIENCE_MS, wait_until
from raw_peers import PUBLISH, SUBSCRIBE, Dealer, Raw

import spotmq

TOPICS = [f"t{i}" for i in range(4)]
SECONDS = 1.0
PADDING = bytes(4000)


class Reader:
    """A plain subscriber to all topics, in a thread of its own. It counts by topic, and checks the order."""

    def __init__(self, endpoint: str | None, pause: float) -> None:
        self.counts = dict.fromkeys(TOPICS, 0)
        self.disorder: list[tuple[str, str, int]] = []
        self._last: dict[tuple[str, str], int] = {}
        self._pause = pause
        self._stop = threading.Event()
        self._subscribed = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(endpoint,))
        self._thread.start()
        assert self._subscribed.wait(PATIENCE)

    def _run(self, endpoint: str | None) -> None:
        with Raw(zmq.DEALER, rcvhwm=1, rcvbuf=4096) as raw:
            assert endpoint is not None
            raw.socket.connect(endpoint)
            for topic in TOPICS:
                raw.send(SUBSCRIBE, topic.encode())
            raw.send(b"\x04")
            raw.receive()
            self._subscribed.set()
            while not self._stop.is_set():
                if raw.socket.poll(20):
                    self._take(*raw.receive())
                    if self._pause:
                        time.sleep(self._pause)

    def _take(self, command: bytes, topic: bytes, payload: bytes) -> None:
        assert command == PUBLISH
        publisher, number, _ = payload.decode().split(" ", 2)
        name = topic.decode()
        self.counts[name] += 1
        if self._last.get((name, publisher), -1) >= int(number):
            self.disorder.append((name, publisher, int(number)))
        self._last[name, publisher] = int(number)

    def read_quickly(self) -> None:
        self._pause = 0

    def end(self) -> None:
        self._stop.set()
        self._thread.join()


def payload(publisher: str, number: int) -> bytes:
    return f"{publisher} {number} ".encode() + PADDING


class Publishers:
    """The owner, another node, and a plain program, each in a thread of its own."""

    def __init__(self, owner: spotmq.Spot, other: spotmq.Spot, *, plain: bool) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._publish, args=("owner", owner)),
            threading.Thread(target=self._publish, args=("other", other)),
        ]
        if plain:
            self._threads.append(threading.Thread(target=self._publish_plainly, args=(owner,)))
        for thread in self._threads:
            thread.start()

    def _publish(self, name: str, node: spotmq.Spot) -> None:
        number = 0
        while not self._stop.is_set():
            for topic in TOPICS:
                node.publish(topic, payload(name, number))
            number += 1

    def _publish_plainly(self, owner: spotmq.Spot) -> None:
        with Dealer(owner.endpoint) as dealer:
            dealer.socket.linger = PATIENCE_MS
            number = 0
            while not self._stop.is_set():
                for topic in TOPICS:
                    dealer.send(PUBLISH, topic.encode(), payload("plain", number))
                number += 1
                time.sleep(0.001)
            dealer.query()  # all before it was handled

    def stop(self) -> None:
        self._stop.set()

    def end(self) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def sent(owner: spotmq.Spot, topic: str) -> int:
    """How many numbers the owner gave out."""
    stats = owner.stats().topics[topic]
    return stats.published + stats.relayed


@pytest.mark.parametrize("overflow", ["drop", "block"])
def test_sent_is_received_and_overflowed(stack: ExitStack, overflow: str) -> None:
    options: dict[str, Any] = {"overflow": overflow, "send_timeout_ms": None, "heartbeat_ms": 200}
    owner = stack.enter_context(spotmq.Spot(send_hwm=20, **options))
    owner.bind("tcp://127.0.0.1:0")
    for topic in TOPICS:
        owner.topic_create(topic)
    other = stack.enter_context(spotmq.Spot(**options))
    assert owner.endpoint is not None
    other.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
    for topic in TOPICS:
        other.wait_for_topic(topic, timeout_ms=PATIENCE_MS)
    readers = [Reader(owner.endpoint, pause) for pause in (0.0, 0.001, 0.02)]
    for topic in TOPICS:
        owner.wait_for_subscribers(topic, len(readers), timeout_ms=PATIENCE_MS)

    # What a plain program publishes never waits, so "block" does not hold for it.
    publishers = Publishers(owner, other, plain=overflow == "drop")
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:  # others come to topics of their own, and go
        with Dealer(owner.endpoint) as passer_by:
            passer_by.send(SUBSCRIBE, b"elsewhere")
            passer_by.query()
            time.sleep(random.uniform(0, 0.05))
    publishers.stop()
    for reader in readers:  # one that is blocked goes on when half of its queue has been read
        reader.read_quickly()
    publishers.end()
    other.flush()

    def missing(topic: str) -> int:
        return sum(sent(owner, topic) - reader.counts[topic] for reader in readers)

    def settled() -> bool:
        stats = owner.stats()
        return all(missing(topic) == stats.topics[topic].overflowed for topic in TOPICS)

    try:
        wait_until(settled, what="all that is missing is counted")
        stats = owner.stats()
        assert stats.overflowed == sum(stats.topics[topic].overflowed for topic in TOPICS)
        assert (stats.overflowed == 0) == (overflow == "block")
        assert all(not reader.disorder for reader in readers)
        assert all(reader.counts[topic] > 0 for reader in readers for topic in TOPICS)
    finally:
        for reader in readers:
            reader.end()
    assert stats.topics["t0"].subscribers == len(readers)
    wait_until(lambda: owner.stats().topics["t0"].subscribers == 0)
