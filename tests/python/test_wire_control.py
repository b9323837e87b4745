"""Protects: HELLO, WELCOME, FENCE, BYE and LOST as another program sees them."""

import os
from collections.abc import Iterator

import pytest
from conftest import MakeNode
from helpers import wait_until
from raw_peers import (
    BYE,
    FENCE,
    HELLO,
    LOST,
    QUERY,
    QUERY_RESP,
    WELCOME,
    Dealer,
    Router,
    Subscriber,
    hello,
    u16,
    u32,
    u64,
)

import spotmq
from spotmq import PeerState


@pytest.fixture
def tcp_owner(make_node: MakeNode) -> spotmq.Spot:
    """A node with a long heartbeat: to a peer that is silent for two it would send TOPICS in between."""
    node = make_node(heartbeat_ms=60_000)
    node.bind("tcp://127.0.0.1:0")
    node.topic_create("a")
    return node


@pytest.fixture
def dealer(tcp_owner: spotmq.Spot) -> Iterator[Dealer]:
    with Dealer(tcp_owner.endpoint) as dealer:
        yield dealer


def test_hello_says_who_speaks(make_node: MakeNode) -> None:
    with Router() as router:
        client = make_node(name="센서")
        client.cluster_add(router.endpoint)
        _, frames = router.receive_from(HELLO)
        assert frames == [
            b"\x06",
            b"\x01\x00",
            bytes.fromhex(client.node_id),
            "센서".encode(),
            b"",
            b"",
            b"",
            u64(3),
        ]


def test_a_bound_node_tells_its_endpoints(make_node: MakeNode) -> None:
    with Router() as router:
        node = make_node()
        node.bind("tcp://127.0.0.1:0")
        node.cluster_add(router.endpoint)
        _, frames = router.receive_from(HELLO)
        assert node.endpoint is not None
        assert node.data_endpoint is not None
        assert frames[4] == node.endpoint.encode()
        assert frames[5] == node.data_endpoint.encode()
        assert frames[6].startswith(b"tcp://127.0.0.1:")
        assert len({*frames[4:7]}) == 3


def test_a_wildcard_is_told_as_one(make_node: MakeNode) -> None:
    node = make_node()
    node.bind("tcp://*:0")
    with Dealer(node.endpoint) as dealer:
        dealer.send(*hello(os.urandom(16)))
        welcome = dealer.receive_command(WELCOME)
        assert all(endpoint.startswith(b"tcp://*:") for endpoint in welcome[4:7])


def test_hello_is_answered_by_welcome(tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
    for _ in range(3):
        dealer.send(*hello(b"x" * 16, name=b"raw"))
        frames = dealer.receive()
        assert frames[:3] == [WELCOME, u16(1), bytes.fromhex(tcp_owner.node_id)]
        assert len(frames) == 8
        assert frames[7] == u64(3)  # it understands ENDS and clusters


def test_a_later_version_and_more_frames_are_fine(dealer: Dealer) -> None:
    frames = hello(b"x" * 16)
    frames[1] = u16(9)
    frames[7] = u64(2**63)
    dealer.send(*frames, b"", b"of", b"later")  # the cluster comes first
    assert dealer.receive()[0] == WELCOME


def test_with_a_delimiter_it_is_answered_with_one(dealer: Dealer) -> None:
    dealer.send(b"", *hello(b"x" * 16))
    assert dealer.receive()[:2] == [b"", WELCOME]


@pytest.mark.parametrize("order", ["hello first", "token first"])
def test_a_token_is_answered_by_fence(tcp_owner: spotmq.Spot, dealer: Dealer, order: str) -> None:
    node_id = os.urandom(16)
    token = node_id + u64(7)
    if order == "hello first":
        dealer.send(*hello(node_id))
        assert dealer.receive()[0] == WELCOME
    with Subscriber(tcp_owner.data_endpoint, b"a\0", b"\xff" + token) as subscriber:
        if order == "token first":
            # Connected for sure once something arrives.
            def arrives() -> bool:
                tcp_owner.publish("a", b"x")
                return not subscriber.quiet(0.01)

            wait_until(arrives)
            dealer.send(*hello(node_id))
        assert dealer.receive_command(FENCE) == [b"\x0a", token]
        tcp_owner.publish("a", b"behind the fence")
        wait_until(lambda: subscriber.receive()[0].endswith(b"behind the fence"))


def test_bye_at_closing(tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
    dealer.send(*hello(os.urandom(16)))
    assert dealer.receive()[0] == WELCOME
    tcp_owner.close()
    assert dealer.receive_command(BYE) == [b"\x0b"]


def test_bye_of_a_client(make_node: MakeNode) -> None:
    with Router() as router:
        client = make_node(heartbeat_ms=60_000)
        client.cluster_add(router.endpoint)
        peer, _ = router.receive_from(HELLO)
        router.send(peer, WELCOME, *hello(os.urandom(16))[1:])
        router.send(peer, QUERY_RESP, bytes(4))
        wait_until(lambda: client.stats().peers_up == 1)
        client.close()
        _, frames = router.receive_from(BYE)
        assert frames == [BYE]


def test_what_a_node_answers_after_its_bye_does_not_bring_it_back(make_node: MakeNode) -> None:
    """A node that leaves still answers the HELLO and the QUERY that crossed its BYE."""
    with Router() as router:
        client = make_node(heartbeat_ms=60_000)
        client.cluster_add(router.endpoint)
        peer, _ = router.receive_from(HELLO)
        welcome = [WELCOME, *hello(os.urandom(16))[1:]]
        router.send(peer, *welcome)
        router.send(peer, BYE)
        router.send(peer, *welcome)
        router.send(peer, QUERY_RESP, u32(1), b"theirs")
        wait_until(lambda: client.stats().ignored >= 2)
        assert client.list_topics() == []
        (left,) = client.peers()
        assert (left.state, left.reason) == (PeerState.DOWN, "it said BYE")
        # Another node on the same connection counts. Its topics are asked for.
        router.receive_from(BYE)
        router.send(peer, WELCOME, *hello(os.urandom(16))[1:])
        router.serve(b"theirs")
        wait_until(lambda: client.stats().peers_up == 1)
        assert [topic.topic for topic in client.list_topics()] == ["theirs"]


def test_hello_comes_every_heartbeat_of_silence(make_node: MakeNode) -> None:
    with Router() as router:
        client = make_node(heartbeat_ms=50)
        client.cluster_add(router.endpoint)
        for _ in range(5):
            peer, _ = router.receive_from(HELLO)
            router.send(peer, WELCOME, *hello(b"y" * 16)[1:])


def test_lost_adds_up_as_overflowed(tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
    dealer.send(*hello(os.urandom(16)))
    dealer.send(LOST, b"a", u64(5), b"b", u64(2**32))
    dealer.send(LOST, b"a", u64(1))
    wait_until(lambda: tcp_owner.stats().overflowed == 6 + 2**32)


def test_what_the_topics_are_is_told_by_query_alone(dealer: Dealer) -> None:
    dealer.send(*hello(os.urandom(16)))
    dealer.send(QUERY)
    assert dealer.receive()[0] == WELCOME
    assert dealer.receive_command(QUERY_RESP)[2:] == [b"a"]


def test_a_new_node_id_is_a_new_life(make_node: MakeNode) -> None:
    client = make_node(heartbeat_ms=100)
    with Router() as router:
        client.cluster_add(router.endpoint, timeout_ms=0)
        for life in (b"1" * 16, b"2" * 16):
            peer, _ = router.receive_from(HELLO)
            router.send(peer, WELCOME, *hello(life)[1:])
            wait_until(lambda: client.peers()[0].node_id == life.hex())  # noqa: B023
