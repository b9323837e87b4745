"""Protects: topic_create, topic_destroy, topic_route, topic_exists, topic_is_local and list_topics."""

import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE_MS, fails, knows, payloads, up, wait_until

import spotmq
from spotmq import Location, TopicInfo

BAD_TOPICS = ["", "a*", "?", "a\0b", "x" * 256, "é" * 128, "half a \ud800 pair"]
GOOD_TOPICS = [
    "x",
    "x" * 255,
    "é" * 127,
    "game:player1",
    "with space",
    "日本/語",
    "\x01",
    "a.b-c_d",
]


@pytest.mark.parametrize("topic", GOOD_TOPICS, ids=ascii)
def test_a_good_name_is_created_and_works(node: spotmq.Spot, topic: str) -> None:
    node.topic_create(topic)
    assert node.topic_exists(topic)
    assert node.topic_is_local(topic)
    assert node.list_topics() == [TopicInfo(topic, Location.LOCAL, (), True)]
    node.subscribe(topic)
    node.publish(topic, b"payload")
    assert node.recv(PATIENCE_MS) == (topic, b"payload")


@pytest.mark.parametrize("topic", BAD_TOPICS, ids=ascii)
def test_a_bad_name_is_refused(node: spotmq.Spot, topic: str) -> None:
    node.topic_create("good")
    with pytest.raises(spotmq.InvalidTopic) as caught:
        node.topic_create(topic)
    assert caught.value.subject == topic
    with pytest.raises(spotmq.InvalidTopic):
        node.topic_route(topic, "tcp://127.0.0.1:9")
    assert not node.topic_exists(topic)
    assert not node.topic_is_local(topic)
    with pytest.raises(spotmq.TopicNotFound):
        node.topic_destroy(topic)
    with pytest.raises(spotmq.TopicNotFound):
        node.publish(topic, b"")
    assert [info.topic for info in node.list_topics()] == ["good"]


@pytest.mark.parametrize(
    "method", ["topic_create", "topic_destroy", "topic_exists", "topic_is_local"]
)
@pytest.mark.parametrize("topic", [None, 1, b"a", ["a"]], ids=repr)
def test_a_name_is_a_str(node: spotmq.Spot, method: str, topic: object) -> None:
    with pytest.raises(TypeError, match="must be str"):
        getattr(node, method)(topic)


def test_twice_is_once_too_often(node: spotmq.Spot) -> None:
    node.topic_create("a")
    with fails(spotmq.TopicExists, "a"):
        node.topic_create("a")


def test_destroyed_is_gone(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.topic_destroy("a")
    assert not node.topic_exists("a")
    assert node.list_topics() == []
    with fails(spotmq.TopicNotFound, "a"):
        node.topic_destroy("a")
    with fails(spotmq.TopicNotFound, "a"):
        node.publish("a", b"")
    node.topic_create("a")
    node.publish("a", b"")


def test_a_topic_that_came_back_is_received_by_who_stayed_subscribed(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.subscribe("a")
    node.publish("a", b"1")
    node.topic_destroy("a")
    node.topic_create("a")
    node.publish("a", b"2")
    assert payloads(node, 2) == [b"1", b"2"]


def test_the_list_is_sorted_and_tells_where(pair: Pair) -> None:
    pair.client.topic_create("z")
    pair.client.topic_create("aa")
    assert pair.client.list_topics() == [
        TopicInfo("a", Location.REMOTE, (pair.endpoint,), True),
        TopicInfo("aa", Location.LOCAL, (), True),
        TopicInfo("b", Location.REMOTE, (pair.endpoint,), True),
        TopicInfo("z", Location.LOCAL, (), True),
    ]
    assert str(Location.LOCAL) == "LOCAL"
    assert str(Location.REMOTE) == "REMOTE"


def test_a_remote_topic_exists_but_is_not_local(pair: Pair) -> None:
    assert pair.client.topic_exists("a")
    assert not pair.client.topic_is_local("a")
    assert pair.owner.topic_is_local("a")
    with fails(spotmq.TopicNotFound, "a"):
        pair.client.topic_destroy("a")
    assert pair.client.topic_exists("a")


def test_a_peer_learns_of_changes_with_the_next_sync(pair: Pair) -> None:
    pair.owner.topic_create("new")
    pair.owner.topic_destroy("a")
    pair.client.cluster_sync(PATIENCE_MS)
    assert [info.topic for info in pair.client.list_topics()] == ["b", "new"]


def test_a_topic_may_be_local_and_a_peers_too(pair: Pair) -> None:
    pair.client.topic_create("a")
    assert pair.client.topic_is_local("a")
    pair.client.subscribe("a")
    pair.client.publish("a", b"mine")
    pair.owner.publish("a", b"theirs")
    assert sorted(payloads(pair.client, 2)) == [b"mine", b"theirs"]
    pair.client.topic_destroy("a")
    assert pair.client.topic_exists("a")
    assert not pair.client.topic_is_local("a")


def test_many_topics_are_all_known(pair: Pair) -> None:
    topics = [f"many:{i}" for i in range(2000)]
    for topic in topics:
        pair.owner.topic_create(topic)
    pair.client.cluster_sync(PATIENCE_MS)
    assert knows(pair.client, *topics)
    assert pair.client.stats().topics_remote == len(topics) + 2
    assert pair.owner.stats().topics_local == len(topics) + 2


class TestRoute:
    def test_it_needs_no_sync(self, pair: Pair, make_node: MakeNode) -> None:
        other = make_node(pair.context)
        other.topic_route("a", pair.endpoint)
        assert other.list_topics()[0][:3] == ("a", Location.REMOTE, (pair.endpoint,))
        assert [peer.endpoint for peer in other.peers()] == [pair.endpoint]
        other.subscribe("a")
        wait_until(lambda: up(other))
        pair.owner.publish("a", b"routed")
        assert other.recv(PATIENCE_MS) == ("a", b"routed")

    def test_a_local_topic_is_not_routed(self, node: spotmq.Spot) -> None:
        node.topic_create("a")
        with fails(spotmq.TopicExists, "a"):
            node.topic_route("a", "tcp://127.0.0.1:9")
        assert node.peers() == []

    def test_another_route_adds_an_owner(self, node: spotmq.Spot) -> None:
        node.topic_route("a", "tcp://127.0.0.1:9")
        node.topic_route("a", "tcp://127.0.0.1:10")
        node.topic_route("a", "tcp://127.0.0.1:10")
        (info,) = node.list_topics()
        assert set(info.endpoints) == {"tcp://127.0.0.1:9", "tcp://127.0.0.1:10"}

    @pytest.mark.parametrize("endpoint", ["", "nonsense", "tcp://", "tcp://host", "udp://a:1"])
    def test_a_bad_endpoint_is_refused(self, node: spotmq.Spot, endpoint: str) -> None:
        with fails(spotmq.InvalidEndpoint, endpoint):
            node.topic_route("a", endpoint)
        assert not node.topic_exists("a")

    def test_a_route_to_oneself_is_refused(self, tcp_owner: spotmq.Spot) -> None:
        endpoint = tcp_owner.endpoint
        assert endpoint is not None
        with fails(spotmq.InvalidEndpoint, endpoint):
            tcp_owner.topic_route("other", endpoint)
        assert not tcp_owner.topic_exists("other")

    def test_removing_the_peer_removes_the_route(self, node: spotmq.Spot) -> None:
        node.topic_route("a", "tcp://127.0.0.1:9")
        node.cluster_remove("tcp://127.0.0.1:9")
        assert not node.topic_exists("a")
