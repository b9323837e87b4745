"""Protects: watch() gives the state first and then each change, in queues that are independent."""

import threading

import pytest
from conftest import MakeNode, MakePair, Pair, SpawnNode
from event_readers import until_kind, until_kinds, waiting
from helpers import PATIENCE, PATIENCE_MS, TRANSPORTS, wait_until

import spotmq
from spotmq import Event, EventKind

ADDED = EventKind.TOPIC_ADDED
REMOVED = EventKind.TOPIC_REMOVED
PEER_UP = EventKind.PEER_UP
PEER_DOWN = EventKind.PEER_DOWN
SUBSCRIBERS = EventKind.SUBSCRIBERS_CHANGED


def test_the_state_comes_first(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.topic_create("b")
    node.subscribe("b")
    wait_until(lambda: has_count(node, "b", 1))
    with node.watch() as events:
        seen = waiting(events)
    assert {event.topic for event in seen if event.kind is ADDED} == {"a", "b"}
    assert {(event.topic, event.count) for event in seen if event.kind is SUBSCRIBERS} == {("b", 1)}
    assert all(event.peer is None for event in seen)


def has_count(node: spotmq.Spot, topic: str, count: int) -> bool:
    with node.watch() as events:
        return any(event.topic == topic and event.count == count for event in waiting(events))


def test_then_each_change(node: spotmq.Spot) -> None:
    with node.watch() as events:
        assert not events.poll(0)
        node.topic_create("a")
        assert events.poll(PATIENCE_MS)
        added = events.recv(0)
        assert added == Event(ADDED, "a", None, added.node_id)
        assert added.count is None
        node.subscribe("a")
        assert until_kind(events, SUBSCRIBERS) == Event(SUBSCRIBERS, "a", None, node.node_id, 1)
        node.unsubscribe("a")
        assert until_kind(events, SUBSCRIBERS).count == 0
        node.topic_destroy("a")
        removed = until_kind(events, REMOVED)
        assert (removed.topic, removed.peer) == ("a", None)


def test_peers_and_their_topics(make_pair: MakePair, make_node: MakeNode) -> None:
    pair = make_pair()
    other = make_node(pair.context)
    with other.watch() as events:
        other.cluster_add(pair.endpoint, timeout_ms=PATIENCE_MS)
        arrived = until_kind(events, PEER_UP)
        assert (arrived.peer, arrived.node_id) == (pair.endpoint, pair.owner.node_id)
        assert arrived.topic is None
        other.cluster_sync(PATIENCE_MS)
        with other.watch() as second:
            seen = waiting(second)
        added = [event for event in seen if event.kind is ADDED]
        assert {(event.topic, event.peer, event.node_id) for event in added} == {
            ("a", pair.endpoint, pair.owner.node_id),
            ("b", pair.endpoint, pair.owner.node_id),
        }
        other.cluster_remove(pair.endpoint)
        gone = until_kind(events, PEER_DOWN)
        assert gone.peer == pair.endpoint
        with other.watch() as third:
            assert waiting(third) == []


def test_a_peer_that_dies(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    remote = spawn_node()
    endpoint = remote.bind("tcp://127.0.0.1:0")
    remote.call("topic_create", "theirs")
    node = make_node(heartbeat_ms=100)
    with node.watch() as events:
        node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        until_kind(events, PEER_UP)
        remote.kill()
        assert until_kind(events, PEER_DOWN).peer == endpoint
    assert node.topic_exists("theirs")


def test_a_peer_that_leaves_takes_its_topics_along(
    make_node: MakeNode, spawn_node: SpawnNode
) -> None:
    remote = spawn_node()
    endpoint = remote.bind("tcp://127.0.0.1:0")
    remote.call("topic_create", "theirs")
    node = make_node()
    node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    node.cluster_sync(PATIENCE_MS)
    with node.watch() as events:
        until_kinds(events, ADDED, PEER_UP)  # what comes and goes unread is not told
        remote.call("close")
        until_kinds(events, REMOVED, PEER_DOWN)
    assert not node.topic_exists("theirs")


def test_subscribers_elsewhere_count(pair: Pair) -> None:
    with pair.owner.watch() as events:
        pair.client.subscribe("a")
        assert until_kind(events, SUBSCRIBERS) == Event(
            SUBSCRIBERS, "a", None, pair.owner.node_id, 1
        )
        pair.owner.subscribe("a")
        assert until_kind(events, SUBSCRIBERS).count == 2
        pair.client.close()
        assert until_kind(events, SUBSCRIBERS).count == 1


def test_queues_are_independent(node: spotmq.Spot) -> None:
    with node.watch() as first, node.watch() as second:
        node.topic_create("a")
        assert first.recv(PATIENCE_MS).topic == "a"
        first.close()
        assert second.recv(PATIENCE_MS).topic == "a"
        node.topic_create("b")
        assert second.recv(PATIENCE_MS).topic == "b"


def test_what_is_not_read_is_merged(node: spotmq.Spot) -> None:
    with node.watch() as events:
        for _ in range(10_000):
            node.topic_create("fleeting")
            node.topic_destroy("fleeting")
        node.topic_create("lasting")
        seen = waiting(events)
    assert [(event.kind, event.topic) for event in seen] == [(ADDED, "lasting")]


def test_events_are_values() -> None:
    event = Event(ADDED, "a", "tcp://127.0.0.1:1", "00" * 16)
    assert event == Event(ADDED, "a", "tcp://127.0.0.1:1", "00" * 16)
    assert hash(event) == hash(Event(ADDED, "a", "tcp://127.0.0.1:1", "00" * 16))
    assert not hasattr(event, "__dict__")
    with pytest.raises(AttributeError):
        event.topic = "b"  # type: ignore[misc]
    assert str(EventKind.TOPIC_ADDED) == "TOPIC_ADDED"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_it_starts_in_the_middle_of_changes(transport: str, make_pair: MakePair) -> None:
    """The state and what follows fit together, wherever watching begins."""
    pair = make_pair()
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            for i in range(20):
                pair.owner.topic_create(f"t{i}")
            for i in range(20):
                pair.owner.topic_destroy(f"t{i}")

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(50):
            with pair.owner.watch() as events:
                known: set[str | None] = set()
                for _ in range(100):
                    event = events.recv(PATIENCE_MS)
                    if event.kind is ADDED:
                        assert event.topic not in known
                        known.add(event.topic)
                    elif event.kind is REMOVED:
                        known.remove(event.topic)
    finally:
        done.set()
        thread.join(PATIENCE)
