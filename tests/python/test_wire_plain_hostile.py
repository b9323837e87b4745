"""Protects: plain clients that do not read, send too much, or leave something behind cost other clients
nothing.
"""

import logging
from collections.abc import Iterator

import pytest
import zmq
from conftest import MakeNode
from helpers import PATIENCE_MS, memory_stays, wait_until
from raw_peers import PUBLISH, QUERY, QUERY_RESP, SUBSCRIBE, Dealer, Raw, Router, u32

import spotmq

MIB = 1024 * 1024


@pytest.fixture
def dealer(tcp_owner: spotmq.Spot) -> Iterator[Dealer]:
    with Dealer(tcp_owner.endpoint) as dealer:
        yield dealer


class TestUnread:
    def test_answers_are_made_as_they_are_read(
        self, tcp_owner: spotmq.Spot, works: spotmq.Spot
    ) -> None:
        topics = 2000
        asked = 1000  # all at once would be 250 MB
        for i in range(topics):
            tcp_owner.topic_create(f"topic:{i:06}")
        assert tcp_owner.endpoint is not None
        with Raw(zmq.DEALER, rcvhwm=1, rcvbuf=4096, sndhwm=0) as raw:
            raw.socket.connect(tcp_owner.endpoint)
            with memory_stays():
                for _ in range(asked):
                    raw.send(QUERY)
                raw.send(b"\0")  # malformed: counted when all before it was handled
                wait_until(lambda: tcp_owner.stats().malformed == 1)
                with Dealer(tcp_owner.endpoint) as other:
                    assert other.query()[1] == u32(topics + 1)
                for _ in range(asked):
                    assert raw.receive()[:2] == [QUERY_RESP, u32(topics + 1)]
        for i in range(topics):
            tcp_owner.topic_destroy(f"topic:{i:06}")


class TestTooLarge:
    def test_it_is_told_and_costs_nothing_else(
        self, tcp_owner: spotmq.Spot, dealer: Dealer, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING, logger="spotmq"):
            dealer.send(SUBSCRIBE, b"a")
            dealer.send(PUBLISH, b"a", bytes(MIB + 1))
            assert dealer.query()  # the connection stands
            assert tcp_owner.stats().malformed == 1
            tcp_owner.publish("a", b"x")
            assert dealer.receive() == [PUBLISH, b"a", b"x"]
            dealer.send(PUBLISH, b"a", bytes(20 * MIB))
            dealer.query()
            assert tcp_owner.stats().malformed == 2
            told = f"a PUBLISH of {MIB + 1} bytes to topic 'a'"
            wait_until(lambda: any(told in record.message for record in caplog.records))
        assert tcp_owner.stats().relayed == 0

    def test_from_a_plain_peer_that_listens(self, make_node: MakeNode) -> None:
        node = make_node(heartbeat_ms=60_000)
        with Router() as router:
            node.cluster_add(router.endpoint)
            peer = router.serve(b"x")
            wait_until(lambda: node.topic_exists("x"))
            node.subscribe("x")
            router.receive_from(SUBSCRIBE)
            router.send(peer, PUBLISH, b"x", bytes(MIB + 1))
            router.send(peer, PUBLISH, b"x", b"after it")
            assert node.recv(PATIENCE_MS) == ("x", b"after it")
            assert node.stats().malformed == 1
            assert node.stats().reconnects == 0
