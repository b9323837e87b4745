"""Protects: a loss at the end of a stream is known without another message, however many topics there are."""

import time
from contextlib import ExitStack, closing, suppress
from typing import Any

import pytest
from flood import Sink, Source, open_accounts, settle, settle_with_owner
from helpers import PATIENCE_MS, wait_until
from limits import SOAK, report

import spotmq
from spotmq import Spot

HEARTBEAT_MS = 100
ROUNDS = 20

# Topics, send_hwm, recv_hwm.
SHAPES = [(150, 100, 100), (400, 10, 10), (1000, 100, 1)]
if SOAK:
    SHAPES += [(12000, 100, 100), (12000, 10000, 10000), (30000, 1000, 10), (3000, 1, 1)]


def subscribe(node: Spot, *sources: Source) -> None:
    for source in sources:
        node.cluster_add(source.endpoint, timeout_ms=PATIENCE_MS)
    node.cluster_sync(PATIENCE_MS)
    node.subscribe("own:*")


def flood(*sources: Source, rounds: int = ROUNDS) -> None:
    for _ in range(rounds):
        for source in sources:
            source.publish(size=3000)
    for source in sources:
        source.node.flush()


@pytest.mark.parametrize(("topics", "send_hwm", "recv_hwm"), SHAPES)
def test_many_topics_and_small_marks(topics: int, send_hwm: int, recv_hwm: int) -> None:
    source = Source(topics, heartbeat_ms=HEARTBEAT_MS, send_hwm=send_hwm)
    with closing(source.node), Spot(heartbeat_ms=HEARTBEAT_MS, recv_hwm=recv_hwm) as node:
        sink = Sink(node)
        subscribe(node, source)
        open_accounts([source], [sink])
        flood(source)
        settle_with_owner(source, [sink])
        assert sink.lost() > 0
        # Also of a second flood: what was told before does not count again.
        flood(source, rounds=3)
        settle_with_owner(source, [sink])


def test_it_is_told_to_whoever_takes_no_messages_any_more() -> None:
    source = Source(300, heartbeat_ms=HEARTBEAT_MS, send_hwm=50)
    with closing(source.node), Spot(heartbeat_ms=HEARTBEAT_MS, recv_hwm=50) as node:
        sink = Sink(node)
        subscribe(node, source)
        open_accounts([source], [sink])
        flood(source)
        while sink.take_some(timeout_ms=200):
            pass
        sent = sum(source.sent.values())
        wait_until(lambda: sink.received + sink.lost() == sent)
        assert not sink.take_some()


def test_an_orderly_close_tells_it() -> None:
    source = Source(1000, heartbeat_ms=HEARTBEAT_MS, send_hwm=20)
    with Spot(heartbeat_ms=HEARTBEAT_MS, recv_hwm=20) as node:
        sink = Sink(node)
        subscribe(node, source)
        open_accounts([source], [sink])
        flood(source)
        source.node.close()
        settle([source], [sink])
        assert sink.lost() > 0


def test_every_queue_of_every_node() -> None:
    options: dict[str, Any] = {"heartbeat_ms": HEARTBEAT_MS, "send_hwm": 20, "recv_hwm": 20}
    source = Source(150, **options)
    with ExitStack() as stack:
        stack.enter_context(closing(source.node))
        bound, client, several = (stack.enter_context(Spot(**options)) for _ in range(3))
        bound.bind("tcp://127.0.0.1:0")
        source.node.subscribe("own:*")  # an owner's own messages come another way
        for node in (bound, client):
            subscribe(node, source)
        several.cluster_add(source.endpoint, timeout_ms=PATIENCE_MS)
        several.cluster_sync(PATIENCE_MS)
        pattern = stack.enter_context(several.subscriber("own:*"))
        names = stack.enter_context(several.subscriber(*source.topics, recv_hwm=5))
        sinks = [Sink(node) for node in (bound, client, source.node)]
        sinks += [Sink(several, queue) for queue in (pattern, names)]
        open_accounts([source], sinks)
        flood(source)
        settle_with_owner(source, sinks)
        assert all(sink.lost() > 0 for sink in sinks)


def test_a_stalled_receiver_holds_nothing_back() -> None:
    options: dict[str, Any] = {"heartbeat_ms": HEARTBEAT_MS, "send_hwm": 20, "recv_hwm": 20}
    source = Source(300, **options)
    with closing(source.node), Spot(**options) as stalled, Spot(**options) as node:
        sink, other = Sink(node), Sink(stalled)
        subscribe(stalled, source)
        subscribe(node, source)
        open_accounts([source], [sink, other])
        flood(source)
        settle([source], [sink])
        settle_with_owner(
            source, [sink, other]
        )  # and when it reads at last, all is known there, too


def test_topics_that_go_and_come_back() -> None:
    source = Source(200, heartbeat_ms=HEARTBEAT_MS, send_hwm=20)
    with closing(source.node), Spot(heartbeat_ms=HEARTBEAT_MS, recv_hwm=20) as node:
        sink = Sink(node)
        subscribe(node, source)
        open_accounts([source], [sink])
        flood(source)
        for topic in source.topics:
            source.node.topic_destroy(topic)
        for topic in source.topics[::2]:
            source.node.topic_create(topic)
        settle([source], [sink])
        assert sink.lost() > 0


def test_a_fast_reader_loses_nothing_to_it() -> None:
    """Telling the ends of many topics takes no message's place, also while another receiver is told of losses."""
    topics, hwm = (12000, 1000) if SOAK else (2000, 100)
    many, few = Source(topics, heartbeat_ms=50, send_hwm=hwm), 100
    with closing(many.node), Spot(heartbeat_ms=50, recv_hwm=10) as slow, Spot(recv_hwm=1) as fast:
        lagging, sink = Sink(slow), Sink(fast)
        subscribe(slow, many)
        subscribe(fast, many)
        open_accounts([many], [sink, lagging])
        many.node.flush()
        # All topics publish, a few at a time, and fall silent: their ends are told while more is published.
        began = time.monotonic()
        waves = 0
        while time.monotonic() - began < (30 if SOAK else 1.5):
            for at in range(0, topics, few):
                for topic in many.topics[at : at + few]:
                    many.node.publish(topic, many.next(topic))
                    sink.account.add([fast.recv(PATIENCE_MS)])
                    sink.received += 1
            waves += 1
        report("a fast reader", waves=waves, lost=fast.stats().lost)
        assert fast.stats().lost == 0
        settle([many], [sink])
        settle([many], [lagging])


@pytest.mark.parametrize("overflow", ["drop", "block"])
def test_what_other_nodes_publish(overflow: str) -> None:
    """The way to an owner loses the ends of streams, too, where it drops; the publisher hears of all of it."""
    source = Source(200, heartbeat_ms=HEARTBEAT_MS)
    options: dict[str, Any] = {"heartbeat_ms": HEARTBEAT_MS, "send_hwm": 10, "overflow": overflow}
    with (
        closing(source.node),
        Spot(heartbeat_ms=HEARTBEAT_MS) as node,
        Spot(**options) as publisher,
    ):
        subscribe(node, source)
        publisher.cluster_add(source.endpoint, timeout_ms=PATIENCE_MS)
        publisher.cluster_sync(PATIENCE_MS)
        sent = 0
        for topic in source.topics:
            publisher.publish(topic, b"first")
            node.recv(PATIENCE_MS)
            sent += 1
        for _ in range(ROUNDS):
            for topic in source.topics:
                publisher.publish(topic, bytes(3000))
                sent += 1
        publisher.flush()

        def complete() -> bool:
            with suppress(spotmq.Timeout):
                node.recv_many(1000, timeout_ms=0)
            stats = publisher.stats()
            return node.stats().received + stats.overflowed == sent

        wait_until(complete, what=f"{sent} sent, {publisher.stats()}, {source.node.stats()}")
        assert overflow == "drop" or publisher.stats().overflowed == 0
