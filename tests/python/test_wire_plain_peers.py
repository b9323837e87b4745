"""Protects: programs that know only the commands 01 to 05 query, publish, subscribe, and own topics."""

from collections.abc import Iterator

import pytest
import zmq
from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS, fails, payloads, up, wait_until
from raw_peers import PUBLISH, QUERY, QUERY_RESP, SUBSCRIBE, UNSUBSCRIBE, Dealer, Raw, Router, u32

import spotmq
from spotmq import Location, PeerState


@pytest.fixture
def dealer(tcp_owner: spotmq.Spot) -> Iterator[Dealer]:
    with Dealer(tcp_owner.endpoint) as dealer:
        yield dealer


class TestAsClient:
    def test_query_is_answered_byte_for_byte(self, tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
        dealer.send(b"\x04")
        assert dealer.receive() == [b"\x05", b"\x01\x00\x00\x00", b"a"]
        tcp_owner.topic_create("game:player1")
        tcp_owner.topic_create("é")
        dealer.send(b"\x04")
        command, count, *topics = dealer.receive()
        assert (command, count) == (b"\x05", b"\x03\x00\x00\x00")
        assert sorted(topics) == [b"a", b"game:player1", "é".encode()]

    def test_without_topics_the_count_is_zero(self, make_node: MakeNode) -> None:
        node = make_node()
        node.bind("tcp://127.0.0.1:0")
        node.topic_route("remote ones are not told", "tcp://127.0.0.1:9")
        with Dealer(node.endpoint) as dealer:
            dealer.send(QUERY)
            assert dealer.receive() == [QUERY_RESP, b"\0\0\0\0"]

    def test_req_gets_its_delimiter_back(self, tcp_owner: spotmq.Spot) -> None:
        assert tcp_owner.endpoint is not None
        with Raw(zmq.REQ) as req:
            req.socket.connect(tcp_owner.endpoint)
            for _ in range(3):
                req.send(QUERY)
                assert req.receive() == [QUERY_RESP, u32(1), b"a"]

    def test_a_delimiter_by_hand(self, dealer: Dealer) -> None:
        dealer.send(b"", QUERY)
        assert dealer.receive() == [b"", QUERY_RESP, u32(1), b"a"]
        dealer.send(QUERY)
        assert dealer.receive() == [QUERY_RESP, u32(1), b"a"]

    def test_frames_beyond_are_ignored(self, tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
        dealer.send(QUERY, b"of a", b"later version")
        assert dealer.receive() == [QUERY_RESP, u32(1), b"a"]
        assert tcp_owner.stats().malformed == 0

    def test_publish(self, tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
        tcp_owner.subscribe("a")
        for data in (b"", b"plain", bytes(1024 * 1024)):
            dealer.send(PUBLISH, b"a", data)
            assert tcp_owner.recv(PATIENCE_MS) == ("a", data)
        dealer.send(b"", PUBLISH, b"a", b"with a delimiter")
        message = tcp_owner.recv(PATIENCE_MS)
        assert (message.data, message.seq) == (b"with a delimiter", 4)
        assert message.node_id == tcp_owner.node_id
        wait_until(lambda: tcp_owner.stats().relayed == 4)  # counted just after it left

    def test_publish_elsewhere_is_ignored(self, tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
        dealer.send(PUBLISH, b"nowhere", b"1")
        wait_until(lambda: tcp_owner.stats().ignored == 1)
        assert tcp_owner.stats().malformed == 0

    def test_subscribe_and_unsubscribe(self, tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
        tcp_owner.topic_create("b")
        dealer.send(SUBSCRIBE, b"a")
        dealer.query()  # handled in order, so the subscription is in effect
        tcp_owner.publish("b", b"no")
        tcp_owner.publish("a", b"1")
        tcp_owner.publish_many("a", [b"2", b"", bytes(100_000)])
        dealer.send(PUBLISH, b"a", b"its own")
        assert dealer.receive() == [PUBLISH, b"a", b"1"]
        assert dealer.receive() == [PUBLISH, b"a", b"2"]
        assert dealer.receive() == [PUBLISH, b"a", b""]
        assert dealer.receive() == [PUBLISH, b"a", bytes(100_000)]
        assert dealer.receive() == [PUBLISH, b"a", b"its own"]
        dealer.send(UNSUBSCRIBE, b"a")
        dealer.query()
        tcp_owner.publish("a", b"no")
        dealer.send(QUERY)
        assert dealer.receive()[0] == QUERY_RESP

    def test_subscribing_twice_delivers_once(self, tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
        dealer.send(SUBSCRIBE, b"a")
        dealer.send(b"", SUBSCRIBE, b"a")
        dealer.send(b"", QUERY)
        assert dealer.receive()[1] == QUERY_RESP
        tcp_owner.publish("a", b"once")
        assert dealer.receive() == [b"", PUBLISH, b"a", b"once"]
        assert dealer.quiet()

    def test_a_topic_that_comes_later(self, tcp_owner: spotmq.Spot, dealer: Dealer) -> None:
        dealer.send(SUBSCRIBE, b"later")
        dealer.query()
        tcp_owner.topic_create("later")
        tcp_owner.publish("later", b"1")
        assert dealer.receive() == [PUBLISH, b"later", b"1"]

    def test_what_peers_publish_is_relayed_too(
        self, tcp_owner: spotmq.Spot, make_node: MakeNode, dealer: Dealer
    ) -> None:
        client = make_node()
        assert tcp_owner.endpoint is not None
        client.cluster_add(tcp_owner.endpoint, timeout_ms=PATIENCE_MS)
        client.cluster_sync(PATIENCE_MS)
        dealer.send(SUBSCRIBE, b"a")
        dealer.query()
        client.publish("a", b"from a node")
        assert dealer.receive() == [PUBLISH, b"a", b"from a node"]

    def test_many_at_once(self, tcp_owner: spotmq.Spot) -> None:
        dealers = [Dealer(tcp_owner.endpoint) for _ in range(20)]
        try:
            for dealer in dealers:
                dealer.send(SUBSCRIBE, b"a")
            for dealer in dealers:
                dealer.query()
            tcp_owner.publish("a", b"all")
            for dealer in dealers:
                assert dealer.receive() == [PUBLISH, b"a", b"all"]
        finally:
            for dealer in dealers:
                dealer.__exit__(None, None, None)
        tcp_owner.publish("a", b"nobody is there any more")
        tcp_owner.subscribe("a")
        tcp_owner.publish("a", b"still works")
        assert tcp_owner.recv(PATIENCE_MS).data == b"still works"


class TestAsServer:
    @pytest.fixture
    def router(self) -> Iterator[Router]:
        with Router() as router:
            yield router

    @pytest.fixture
    def client(self, make_node: MakeNode) -> spotmq.Spot:
        return make_node(heartbeat_ms=60_000)  # these servers answer when the test gets to it

    def test_hello_and_the_bytes_of_query(self, client: spotmq.Spot, router: Router) -> None:
        client.cluster_add(router.endpoint)
        _, *first = router.receive()
        _, *second = router.receive()
        assert first[0] == b"\x06"
        assert second == [b"\x04"]

    def test_sync(self, client: spotmq.Spot, router: Router) -> None:
        from threading import Thread

        client.cluster_add(router.endpoint)
        router.serve(b"x")
        wait_until(lambda: client.topic_exists("x"))
        server = Thread(target=router.serve, args=(b"x", b"y"))
        server.start()
        client.cluster_sync(PATIENCE_MS)
        server.join(PATIENCE)
        assert [(info.topic, info.location) for info in client.list_topics()] == [
            ("x", Location.REMOTE),
            ("y", Location.REMOTE),
        ]

    def test_it_is_up_subscribed_to_and_published_to(
        self, client: spotmq.Spot, router: Router
    ) -> None:
        client.cluster_add(router.endpoint)
        peer = router.serve(b"x")
        wait_until(lambda: up(client), what="a plain peer is UP")
        client.subscribe("x")
        _, frames = router.receive_from(SUBSCRIBE)
        assert frames == [SUBSCRIBE, b"x"]
        router.send(peer, PUBLISH, b"x", b"from the plain peer")
        assert client.recv(PATIENCE_MS) == ("x", b"from the plain peer")
        client.publish("x", b"to the plain peer")
        _, frames = router.receive_from(PUBLISH)
        assert frames == [PUBLISH, b"x", b"to the plain peer"]
        client.unsubscribe("x")
        _, frames = router.receive_from(UNSUBSCRIBE)
        assert frames == [UNSUBSCRIBE, b"x"]

    def test_one_that_never_answers(self, client: spotmq.Spot, router: Router) -> None:
        client.cluster_add(router.endpoint)
        with fails(spotmq.Timeout) as caught:
            client.cluster_sync(300)
        assert caught.value.missing == [router.endpoint]
        assert client.peers()[0].state is not PeerState.UP

    def test_an_answer_nobody_asked_for_is_not_believed(
        self, client: spotmq.Spot, router: Router
    ) -> None:
        client.cluster_add(router.endpoint)
        peer = router.serve(b"asked")
        wait_until(lambda: client.topic_exists("asked"))
        router.send(peer, QUERY_RESP, u32(1), b"forced")
        router.send(peer, PUBLISH, b"asked", b"x")
        wait_until(lambda: client.stats().malformed + client.stats().ignored >= 1)
        assert not client.topic_exists("forced")
        assert client.topic_exists("asked")

    def test_messages_arrive_in_order(self, client: spotmq.Spot, router: Router) -> None:
        client.cluster_add(router.endpoint)
        peer = router.serve(b"x")
        wait_until(lambda: up(client))
        client.subscribe("x")
        router.receive_from(SUBSCRIBE)
        for i in range(500):
            router.send(peer, PUBLISH, b"x", b"%d" % i)
        assert payloads(client, 500) == [b"%d" % i for i in range(500)]
