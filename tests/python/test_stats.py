"""Protects: what a node counts by peer and by topic, and when an entry goes."""

from conftest import MakeNode, SpawnNode
from helpers import PATIENCE_MS, free_tcp_port, receive, up, wait_until
from raw_peers import LOST, Router

import spotmq

NOTHING = spotmq.TopicStats(0, 0, 0, 0, 0, 0, 0, None)


def joined(make_node: MakeNode, *topics: str) -> tuple[spotmq.Spot, spotmq.Spot]:
    """An owner of these topics, and a node that is UP with it; each is the other's peer.

    With long heartbeats neither is DOWN for a moment, and its subscribers with it, on a machine that is busy.
    """
    owner, node = make_node(heartbeat_ms=60_000), make_node(heartbeat_ms=60_000)
    for topic in topics:
        owner.topic_create(topic)
    owner.bind("tcp://127.0.0.1:0")
    node.bind("tcp://127.0.0.1:0")
    assert owner.endpoint is not None
    node.cluster_add(owner.endpoint)
    node.cluster_sync(PATIENCE_MS)
    wait_until(lambda: up(owner), what="UP in both directions")
    return owner, node


def topic_of(node: spotmq.Spot, topic: str) -> spotmq.TopicStats:
    return node.stats().topics.get(topic, NOTHING)


def peer_of(node: spotmq.Spot, other: spotmq.Spot) -> spotmq.PeerStats:
    (endpoint,) = (peer.endpoint for peer in node.peers() if peer.node_id == other.node_id)
    return node.stats().peers[endpoint]


def test_an_owner_and_a_subscriber_count_the_same(make_node: MakeNode) -> None:
    owner, node = joined(make_node, "a", "b")
    node.subscribe("a", "b")
    for size in range(3):
        owner.publish("a", b"x" * size)
    owner.publish_many("b", [b"yy"] * 1000)
    receive(node, 1003)
    wait_until(lambda: topic_of(owner, "a").subscribers == 1)
    assert owner.stats().topics == {
        "a": NOTHING._replace(published=3, bytes_published=3, subscribers=1),
        "b": NOTHING._replace(published=1000, bytes_published=2000, subscribers=1),
    }
    assert node.stats().topics == {
        "a": NOTHING._replace(received=3, bytes_received=3),
        "b": NOTHING._replace(received=1000, bytes_received=2000),
    }
    nothing = spotmq.PeerStats(0, 0, 0, 0, 0, 0)
    assert peer_of(node, owner) == nothing._replace(received=1003, bytes_received=2003)
    assert peer_of(owner, node) == nothing
    assert set(node.stats().peers) == {peer.endpoint for peer in node.peers()}


def test_a_message_that_still_waits_for_company_is_published(make_node: MakeNode) -> None:
    node = make_node(coalesce_us=100_000)
    node.topic_create("a")
    for _ in range(1000):
        node.publish("a", b"1234")
    assert topic_of(node, "a").published == node.stats().published == 1000
    assert topic_of(node, "a").bytes_published == 4000


def test_publications_through_the_owner(make_node: MakeNode) -> None:
    owner, node = joined(make_node, "a")
    owner.subscribe("a")
    owner.publish("a", b"own")
    for _ in range(5):
        node.publish("a", b"other")
    receive(owner, 6)
    assert topic_of(node, "a") == NOTHING._replace(published=5, bytes_published=25)
    at_owner = topic_of(owner, "a")
    assert (at_owner.published, at_owner.bytes_published, at_owner.relayed) == (1, 3, 5)
    assert (at_owner.received, at_owner.bytes_received) == (6, 28)


def test_losses_show_at_both_ends_by_topic_and_peer(make_node: MakeNode) -> None:
    owner = make_node(heartbeat_ms=100, send_hwm=10)
    node = make_node(heartbeat_ms=100, recv_hwm=10)
    for topic in ("full", "calm"):
        owner.topic_create(topic)
    owner.bind("tcp://127.0.0.1:0")
    node.bind("tcp://127.0.0.1:0")
    assert owner.endpoint is not None
    node.cluster_add(owner.endpoint)
    node.cluster_sync(PATIENCE_MS)
    wait_until(lambda: up(owner))
    node.subscribe("full", "calm")
    owner.publish("calm", b"")
    sent = 3000
    for _ in range(sent):
        owner.publish("full", b"x" * 10_000)
    received = 0

    def all_accounted_for() -> bool:
        nonlocal received
        while node.poll(0):
            received += node.recv().topic == "full"
        return received + topic_of(node, "full").lost == sent

    wait_until(all_accounted_for)
    lost = sent - received
    assert lost > 0
    assert topic_of(node, "full").received == received
    assert topic_of(node, "calm").lost == 0
    assert peer_of(node, owner).lost == node.stats().lost == lost
    wait_until(lambda: topic_of(owner, "full").overflowed == lost)
    wait_until(lambda: peer_of(owner, node).overflowed == owner.stats().overflowed == lost)
    assert topic_of(owner, "calm").overflowed == 0


def test_subscribers_are_counted_together_and_what_a_closed_one_got_stays_the_peers(
    make_node: MakeNode,
) -> None:
    owner, node = joined(make_node, "a")
    node.subscribe("a")
    with node.subscriber("a") as other:
        owner.publish("a", b"1")
        receive(node, 1)
        other.recv(PATIENCE_MS)
        assert topic_of(node, "a").received == 2
        wait_until(lambda: topic_of(owner, "a").subscribers == 2)
    assert topic_of(node, "a").received == 1
    assert peer_of(node, owner).received == 2
    node.unsubscribe("a")
    assert "a" not in node.stats().topics
    assert peer_of(node, owner).received == 2
    wait_until(lambda: topic_of(owner, "a").subscribers == 0)


def test_an_entry_goes_with_its_topic_or_its_peer(make_node: MakeNode) -> None:
    owner, node = joined(make_node, "a", "b")
    owner.publish("a", b"1")
    owner.topic_destroy("a")
    assert set(owner.stats().topics) == {"b"}
    owner.topic_create("a")
    assert topic_of(owner, "a") == NOTHING._replace(subscribers=0)
    assert set(node.stats().topics) == set()
    (endpoint,) = node.stats().peers
    node.cluster_remove(endpoint)
    assert node.stats().peers == {}


def test_counts_outlive_the_owners_restart(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    endpoint = f"tcp://127.0.0.1:{free_tcp_port()}"
    node = make_node(heartbeat_ms=60_000)  # a peer that is slow to answer is not DOWN
    node.cluster_add(endpoint)
    node.subscribe("a", missing_ok=True)
    for life in (1, 2):
        remote = spawn_node()
        remote.bind(endpoint)
        remote.call("topic_create", "a")
        node_id = remote.call("node_id")
        wait_until(lambda: up(node) and node.peers()[0].node_id == node_id)  # noqa: B023
        node.cluster_sync(PATIENCE_MS)
        node.publish("a", b"there and back")
        assert node.recv(PATIENCE_MS).node_id == node_id
        stats = node.stats()
        assert (stats.topics["a"].published, stats.topics["a"].received) == (life, life)
        assert stats.peers[endpoint].received == 1, "of this node id"
        remote.kill()
    assert node.stats().peers[endpoint].reconnects >= 1


def test_malformed_control_messages_count_for_the_peer_that_sent_them(make_node: MakeNode) -> None:
    node = make_node()
    with Router() as peer:
        node.cluster_add(peer.endpoint)
        client = peer.serve()
        peer.send(client, LOST, b"no topic follows")
        wait_until(lambda: node.stats().malformed == 1)
        assert node.stats().peers[peer.endpoint].malformed == 1


def test_records_have_the_fields_of_the_core_in_its_order(make_node: MakeNode) -> None:
    node = make_node()
    node.topic_create("a")
    node.subscribe("a")
    subscriber = node.subscriber("a")
    node.publish("a", b"1")
    assert subscriber.recv(PATIENCE_MS).data == b"1"
    assert (*node._stats(), "peers", "topics") == spotmq.Stats._fields
    assert node._topic_stats().keys() == {"a"}
    assert len(node._topic_stats()["a"]) == len(spotmq.TopicStats._fields)
    assert isinstance(node.stats().topics["a"].subscribers, int)
    assert subscriber.stats() == (1, 1, 0, {"a": spotmq.SubscriberTopicStats(1, 1, 0)})
