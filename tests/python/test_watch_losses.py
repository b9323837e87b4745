"""Protects: the event LOST tells every message that a node missed and no other, with counts by topic and
queue.
"""

from conftest import MakeNode
from event_readers import waiting
from helpers import PATIENCE_MS, wait_until

import spotmq
from spotmq import EventKind


def test_losses_are_told_by_topic_and_owner(make_node: MakeNode) -> None:
    owner = make_node(heartbeat_ms=100, send_hwm=10, coalesce_us=0)
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("full")
    owner.topic_create("calm")
    node = make_node(heartbeat_ms=100, recv_hwm=10)
    assert owner.endpoint is not None
    node.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
    node.subscribe("full", "calm", missing_ok=True)
    with node.watch() as events, owner.watch() as at_owner, node.subscriber("full") as queue:
        waiting(events)
        for _ in range(3_000):
            owner.publish("full", bytes(10_000))
        owner.publish("calm", b"x")

        def drained() -> bool:
            while node.poll(0):
                node.recv(0)
            while queue.poll(0):
                queue.recv(0)
            full = node.stats().topics.get("full")  # None until something of it has arrived
            return full is not None and full.received + full.lost == 6_000

        wait_until(drained)
        stats = queue.stats()
        lost = node.stats().lost
        assert lost > 0
        told: list[spotmq.Event] = []

        def all_told() -> bool:
            told.extend(event for event in waiting(events) if event.kind is EventKind.LOST)
            return sum(event.count or 0 for event in told) == lost

        wait_until(all_told)
        for event in told:
            assert (event.topic, event.peer, event.node_id) == (
                "full",
                owner.endpoint,
                owner.node_id,
            )
        assert not [event for event in waiting(at_owner) if event.kind is EventKind.LOST]
        assert stats.topics["full"].received + stats.topics["full"].lost == 3_000
        assert stats.lost == stats.topics["full"].lost
        assert set(stats.topics) == {"full"}


def test_a_node_that_misses_its_own(make_node: MakeNode) -> None:
    node = make_node(heartbeat_ms=50, send_hwm=5, recv_hwm=5, coalesce_us=0)
    node.topic_create("t")
    node.subscribe("t")
    with node.watch() as events:
        for _ in range(500):
            node.publish("t", b"x")

        def drained() -> bool:
            while node.poll(0):
                node.recv(0)
            topic = node.stats().topics["t"]
            return topic.received + topic.lost == 500

        wait_until(drained)
        lost = node.stats().lost
        assert lost > 0
        seen: list[spotmq.Event] = []

        def all_told() -> bool:
            seen.extend(event for event in waiting(events) if event.kind is EventKind.LOST)
            return sum(event.count or 0 for event in seen) == lost

        wait_until(all_told)
        assert {(e.topic, e.peer, e.node_id) for e in seen} == {("t", None, node.node_id)}
