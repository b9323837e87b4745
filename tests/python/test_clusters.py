"""Protects: nodes of different clusters stay apart and say so, and two owners of one topic are noticed."""

import logging
import os
from collections.abc import Callable

import pytest
from conftest import MakeNode
from helpers import PATIENCE_MS, fails, up, wait_until
from raw_peers import (
    BYE,
    HELLO,
    QUERY,
    QUERY_RESP,
    REFUSED,
    WELCOME,
    Dealer,
    Router,
    hello,
    u16,
    u32,
)
from test_logging import Lines, expect, lines

import spotmq
from spotmq import PeerState, Spot

__all__ = ["lines"]  # a fixture

KNOWS_CLUSTERS = 2


def other(theirs: str, own: str) -> str:
    return (
        f"it belongs to another cluster: it is of cluster '{theirs}', this node of cluster '{own}'"
    )


@pytest.fixture
def make_bound(make_node: MakeNode) -> Callable[[str | None], Spot]:
    def make(cluster: str | None) -> Spot:
        node = make_node(cluster=cluster, heartbeat_ms=100)
        node.topic_create(f"of {cluster}")
        node.bind("tcp://127.0.0.1:0")
        return node

    return make


@pytest.mark.parametrize(
    ("here", "there"), [("prod", "test"), ("prod", None), (None, "prod")], ids=str
)
def test_another_cluster_is_refused(
    here: str | None,
    there: str | None,
    make_bound: Callable[[str | None], Spot],
    lines: Lines,
) -> None:
    node, stranger = make_bound(here), make_bound(there)
    assert stranger.endpoint
    reason = other(there or "", here or "")
    with fails(spotmq.PeerUnreachable, stranger.endpoint) as caught:
        node.cluster_add(stranger.endpoint, timeout_ms=PATIENCE_MS)
    assert caught.value.reason == reason
    node.cluster_add(stranger.endpoint)
    (peer,) = wait_until(lambda: [p for p in node.peers() if p.state is PeerState.DOWN])
    assert peer.reason == reason
    assert peer.topics == 0
    assert [info.topic for info in node.list_topics()] == [f"of {here}"]
    # It is no peer of the other either, which has heard its HELLO, and says why.
    assert stranger.peers() == []
    expect(lines, node, reason)
    expect(lines, stranger, f"was refused: {other(here or '', there or '')}")


def test_the_same_cluster_is_one(make_bound: Callable[[str | None], Spot]) -> None:
    a, b, c = (make_bound("prod") for _ in range(3))
    assert a.endpoint
    b.cluster_add(a.endpoint, timeout_ms=PATIENCE_MS)
    c.cluster_add(a.endpoint, timeout_ms=PATIENCE_MS)
    wait_until(lambda: all(up(node, 2) for node in (a, b, c)))


def test_strangers_are_not_told_of(make_bound: Callable[[str | None], Spot]) -> None:
    """A node that knows one of each cluster is of one of them only, and its peers hear of no other."""
    a, b, stranger = make_bound("prod"), make_bound("prod"), make_bound("test")
    assert a.endpoint
    assert stranger.endpoint
    a.cluster_add(stranger.endpoint)
    stranger.cluster_add(a.endpoint)
    wait_until(lambda: a.peers()[0].reason)
    b.cluster_add(a.endpoint, timeout_ms=PATIENCE_MS)
    wait_until(lambda: up(a) and up(b))
    assert {peer.endpoint for peer in b.peers()} == {a.endpoint}
    assert [info.topic for info in b.list_topics()] == ["of prod"]


def test_a_node_that_moves_to_the_cluster_is_taken(
    make_node: MakeNode, make_bound: Callable[[str | None], Spot]
) -> None:
    node, stranger = make_bound("prod"), make_bound("test")
    endpoint = stranger.endpoint
    assert endpoint
    node.cluster_add(endpoint)
    wait_until(lambda: node.peers()[0].reason)
    stranger.close()
    moved = make_node(cluster="prod")
    moved.bind(endpoint)
    wait_until(lambda: up(node))
    assert node.peers()[0].reason == ""


class TestOnTheWire:
    def test_who_understands_it_is_told(self, make_bound: Callable[[str | None], Spot]) -> None:
        node = make_bound("prod")
        with Dealer(node.endpoint) as dealer:
            dealer.send(*hello(os.urandom(16), features=KNOWS_CLUSTERS, cluster=b"test"))
            assert dealer.receive() == [REFUSED, u16(1), b"prod"]
            dealer.send(QUERY)
            assert dealer.quiet()

    def test_who_does_not_is_not(self, make_bound: Callable[[str | None], Spot]) -> None:
        node = make_bound("prod")
        with Dealer(node.endpoint) as dealer:
            dealer.send(*hello(os.urandom(16)))
            dealer.send(QUERY)
            assert dealer.quiet()
        with Dealer(node.endpoint) as plain:  # which has no cluster
            plain.send(QUERY)
            assert plain.receive()[0] == QUERY_RESP

    def test_a_hello_for_this_cluster_is_welcomed(
        self, make_bound: Callable[[str | None], Spot]
    ) -> None:
        node = make_bound("prod")
        with Dealer(node.endpoint) as dealer:
            dealer.send(*hello(os.urandom(16), features=KNOWS_CLUSTERS, cluster=b"prod"))
            welcome = dealer.receive_command(WELCOME)
            assert welcome[-1] == b"prod"

    def test_one_that_knows_no_clusters_is_left(self, make_node: MakeNode) -> None:
        """It welcomed this node: it is told BYE, and nothing that it says afterwards counts."""
        with Router() as router:
            node = make_node(cluster="prod", heartbeat_ms=100)
            node.cluster_add(router.endpoint)
            peer, _ = router.receive_from(HELLO)
            router.send(peer, WELCOME, *hello(os.urandom(16))[1:])
            router.send(peer, QUERY_RESP, u32(1), b"theirs")
            router.receive_from(BYE)
            wait_until(lambda: node.peers()[0].reason == other("", "prod"))
            assert node.peers()[0].state is PeerState.DOWN
            assert node.list_topics() == []

    def test_other_refusals_are_shown_as_they_are(self, make_node: MakeNode) -> None:
        with Router() as router:
            node = make_node(heartbeat_ms=100)
            node.cluster_add(router.endpoint)
            peer, _ = router.receive_from(HELLO)
            router.send(peer, REFUSED, u16(7), b"too old\n")
            reason = wait_until(lambda: node.peers()[0].reason)
            assert reason == "no common version of the protocol: 'too old\\x0a'"


# --- two owners of one topic ---------------------------------------------------------------------


def rivalry(lines: Lines, node: Spot) -> list[str]:
    return [
        record.getMessage()
        for record in lines.records_of(node)
        if record.levelno == logging.WARNING and "has two owners" in record.getMessage()
    ]


def pair_of(make_node: MakeNode, shared: tuple[bool, bool], late: bool) -> tuple[Spot, Spot]:
    nodes = make_node(name="a"), make_node(name="b")
    if not late:
        for node, said in zip(nodes, shared, strict=True):
            node.topic_create("news", shared=said)
    nodes[0].bind("tcp://127.0.0.1:0")
    nodes[1].bind("tcp://127.0.0.1:0")
    assert nodes[0].endpoint
    nodes[1].cluster_add(nodes[0].endpoint)
    wait_until(lambda: all(map(up, nodes)))
    if late:
        for node, said in zip(nodes, shared, strict=True):
            node.topic_create("news", shared=said)
    return nodes


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_two_owners_are_warned_of(make_node: MakeNode, lines: Lines, late: bool) -> None:
    a, b = pair_of(make_node, (False, False), late)
    for node, name in ((a, "b"), (b, "a")):
        expect(lines, node, f"topic 'news' has two owners, this node and peer .*'{name}'")
        node.topic_create("another")
    wait_until(lambda: a.topic_exists("another") and b.topic_exists("another"))
    assert len([text for text in rivalry(lines, a) if "'news'" in text]) == 1


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_owners_that_agree_are_not(make_node: MakeNode, lines: Lines, late: bool) -> None:
    a, b = pair_of(make_node, (True, True), late)
    for node in (a, b):
        node.topic_create("mistake")
    for node in (a, b):  # so that the one would have been told of by now
        expect(lines, node, "topic 'mistake' has two owners")
        assert all("'news'" not in text for text in rivalry(lines, node))


def test_one_that_did_not_say_so_is_warned_of_by_both(make_node: MakeNode, lines: Lines) -> None:
    for node in pair_of(make_node, (True, False), False):
        expect(lines, node, "topic 'news' has two owners")


def test_shared_is_a_bool(make_node: MakeNode) -> None:
    with pytest.raises(TypeError, match="shared must be bool"):
        make_node().topic_create("a", shared=1)  # type: ignore[arg-type]
