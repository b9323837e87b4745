"""Protects: a node whose control port gets garbage counts all of it, loses no message, and uses no more
memory.
"""

import random
import socket
from collections.abc import Callable

import pytest
import zmq
from conftest import MakeNode
from helpers import memory_stays, wait_until
from raw_peers import (
    BYE,
    FENCE,
    HELLO,
    LOST,
    PEERS,
    PUBLISH,
    QUERY,
    QUERY_RESP,
    SUBSCRIBE,
    TOPICS,
    UNSUBSCRIBE,
    WELCOME,
    Dealer,
    Router,
    hello,
    u16,
    u32,
    u64,
)

import spotmq

MEGABYTE = 1024 * 1024
FOUR_BILLION = b"\xff\xff\xff\xff"

MALFORMED_REQUESTS: dict[str, list[bytes]] = {
    "no command": [b""],
    "command 00": [b"\0"],
    "a reserved command": [b"\x0e"],
    "the last reserved command": [b"\x7f"],
    "a command of two bytes": [b"\x04\x04"],
    "PUBLISH without a topic": [PUBLISH],
    "PUBLISH without a payload": [PUBLISH, b"a"],
    "PUBLISH to a bad topic": [PUBLISH, b"a\0b", b""],
    "PUBLISH to a pattern": [PUBLISH, b"*", b""],
    "PUBLISH to what is not UTF-8": [PUBLISH, b"\xff\xfe", b""],
    "PUBLISH to a long topic": [PUBLISH, b"x" * 256, b""],
    "SUBSCRIBE to nothing": [SUBSCRIBE],
    "SUBSCRIBE to an empty topic": [SUBSCRIBE, b""],
    "UNSUBSCRIBE from nothing": [UNSUBSCRIBE],
    "HELLO alone": [HELLO],
    "HELLO with a short version": [HELLO, b"\1", *hello(b"x" * 16)[2:]],
    "HELLO with version 0": [HELLO, u16(0), *hello(b"x" * 16)[2:]],
    "HELLO with a short id": hello(b"x" * 15),
    "HELLO with a zero id": hello(bytes(16)),
    "HELLO with a long name": hello(b"x" * 16, name=b"n" * 1025),
    "HELLO cut short": hello(b"x" * 16)[:-1],
    "LOST with half a pair": [LOST, b"a"],
    "LOST with a short count": [LOST, b"a", b"1234"],
}


class TestControl:
    @pytest.mark.parametrize("what", MALFORMED_REQUESTS)
    def test_malformed_requests_are_counted(self, works: spotmq.Spot, what: str) -> None:
        with Dealer(works.endpoint) as dealer:
            dealer.send(*MALFORMED_REQUESTS[what])
            dealer.query()
            assert works.stats().malformed == 1
            dealer.send(b"", *MALFORMED_REQUESTS[what])
            dealer.query()
            assert works.stats().malformed == 2
            assert works.stats().ignored == 0

    def test_users_extensions_are_ignored(self, works: spotmq.Spot) -> None:
        with Dealer(works.endpoint) as dealer:
            for code in (0x80, 0xC0, 0xFF):
                dealer.send(bytes([code]), b"anything")
            dealer.query()
        assert (works.stats().malformed, works.stats().ignored) == (0, 3)

    def test_answers_that_nobody_asked_for(self, works: spotmq.Spot) -> None:
        with Dealer(works.endpoint) as dealer:
            for frames in (
                [QUERY_RESP, u32(1), b"x"],
                [QUERY_RESP, FOUR_BILLION],
                [TOPICS, u64(0), b"+x"],
                [WELCOME, *hello(b"x" * 16)[1:]],
                [FENCE, bytes(24)],
                [PEERS, b"tcp://127.0.0.1:9", b"x" * 16],
                [BYE],
            ):
                dealer.send(*frames)
            dealer.query()
        assert [info.topic for info in works.list_topics()] == ["a"]
        assert works.peers() == []

    def test_noise(self, works: spotmq.Spot) -> None:
        noise = random.Random(1)
        with Dealer(works.endpoint) as dealer, memory_stays():
            for _ in range(5000):
                frames = [
                    noise.randbytes(noise.choice([0, 1, 1, 2, 4, 8, 16, 24, 300]))
                    for _ in range(noise.randrange(1, 9))
                ]
                if frames[0] != BYE:
                    dealer.send(*frames)
            dealer.send(QUERY)
            dealer.receive_command(QUERY_RESP)
        assert works.stats().malformed > 1000

    def test_oversized_frames(self, works: spotmq.Spot) -> None:
        with Dealer(works.endpoint) as dealer, memory_stays():
            for _ in range(20):
                dealer.send(SUBSCRIBE, b"x" * 65_537)
                dealer.send(*hello(b"x" * 16, name=b"n" * 500_000))
            dealer.query()
            assert works.stats().malformed == 40
        for size in (2 * MEGABYTE, 20 * MEGABYTE):  # libzmq ends the connection
            with Dealer(works.endpoint) as dealer, memory_stays():
                dealer.send(PUBLISH, b"a", bytes(size))

    def test_what_is_no_zmq_at_all(self, works: spotmq.Spot) -> None:
        noise = random.Random(2)
        for endpoint in (works.endpoint, works.data_endpoint):
            assert endpoint is not None
            host, port = endpoint.removeprefix("tcp://").split(":")
            for data in (
                b"GET / HTTP/1.1\r\n\r\n",
                noise.randbytes(5000),
                b"\xff" + bytes(8) + b"\x7f",
            ):
                for _ in range(5):
                    with socket.create_connection((host, int(port))) as stream:
                        stream.sendall(data)

    def test_subscribing_to_a_great_many_topics(self, works: spotmq.Spot) -> None:
        with Dealer(works.endpoint) as dealer, memory_stays():
            dealer.socket.sndhwm = 0
            for i in range(30_000):
                dealer.send(SUBSCRIBE, b"topic %d" % i)
            dealer.query()
        assert works.stats().ignored > 0


MALFORMED_ANSWERS: dict[str, list[bytes]] = {
    "four billion topics": [QUERY_RESP, FOUR_BILLION],
    "four billion topics and one": [QUERY_RESP, FOUR_BILLION, b"x"],
    "more than there are": [QUERY_RESP, u32(2), b"x"],
    "fewer than there are": [QUERY_RESP, u32(1), b"x", b"y"],
    "no count": [QUERY_RESP],
    "a short count": [QUERY_RESP, b"\1\0\0", b"x"],
    "a long count": [QUERY_RESP, u64(1), b"x"],
    "a bad topic": [QUERY_RESP, u32(2), b"x", b"\xff"],
    "an empty topic": [QUERY_RESP, u32(2), b"x", b""],
    "a pattern": [QUERY_RESP, u32(1), b"*"],
}


class TestAnswers:
    @pytest.mark.parametrize("what", MALFORMED_ANSWERS)
    def test_malformed_answers_are_counted_and_not_believed(
        self, make_node: MakeNode, what: str
    ) -> None:
        client = make_node(heartbeat_ms=60_000)
        with Router() as router, memory_stays():
            client.cluster_add(router.endpoint)
            peer = router.serve(b"good")
            wait_until(lambda: client.topic_exists("good"))
            for count in (1, 2, 3):
                with pytest.raises(spotmq.Timeout):
                    client.cluster_sync(1)
                router.receive_from(QUERY)
                router.send(peer, *MALFORMED_ANSWERS[what])
                wait_until(lambda: client.stats().malformed == count)  # noqa: B023
            assert [info.topic for info in client.list_topics()] == ["good"]

    def test_more_topics_than_allowed(self, make_node: MakeNode) -> None:
        client = make_node(max_topics_per_peer=3, heartbeat_ms=60_000)
        with Router() as router:
            client.cluster_add(router.endpoint)
            router.serve(b"1", b"2", b"3", b"4")
            wait_until(lambda: client.stats().malformed == 1)
            assert client.list_topics() == []

    def test_noise_from_a_server(self, make_node: MakeNode, works: spotmq.Spot) -> None:
        noise = random.Random(3)
        with Router() as router, memory_stays():
            works.cluster_add(router.endpoint)
            peer, _ = router.receive_from(HELLO)
            for _ in range(3000):
                frames = [noise.randbytes(noise.choice([0, 1, 2, 16])) for _ in range(4)]
                router.send(peer, *frames)
            wait_until(lambda: works.stats().malformed > 500)
            works.cluster_remove(router.endpoint)


HALF_MESSAGES: dict[str, Callable[[Dealer], None]] = {
    "nothing more": lambda dealer: None,
    "half a message": lambda dealer: dealer.socket.send(PUBLISH, zmq.SNDMORE),
}


@pytest.mark.parametrize("what", HALF_MESSAGES)
def test_peers_that_vanish(works: spotmq.Spot, what: str) -> None:
    for _ in range(30):
        with Dealer(works.endpoint) as dealer:
            dealer.send(SUBSCRIBE, b"a")
            dealer.query()
            HALF_MESSAGES[what](dealer)
