"""Protects: a node whose data ports get garbage counts all of it, loses no message, and uses no more memory."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import zmq
from conftest import MakeNode
from helpers import PATIENCE_MS, memory_stays, wait_until
from raw_peers import (
    FENCE,
    HELLO,
    QUERY_RESP,
    WELCOME,
    Dealer,
    Raw,
    Router,
    data_frame,
    hello,
    u32,
)

import spotmq

MEGABYTE = 1024 * 1024
FOUR_BILLION = b"\xff\xff\xff\xff"


def malformed_data(source: bytes) -> dict[str, list[bytes]]:
    return {
        "no end of the topic": [b"a" * 300],
        "only a topic": [b"a\0"],
        "a short header": [data_frame(b"a", 0, source, 1)[:-1]],
        "seq 0": [data_frame(b"a", 0, source, 0, b"x")],
        "an unknown flag": [data_frame(b"a", 4, source, 1, b"x")],
        "batch and large": [data_frame(b"a", 3, source, 1), b"x"],
        "large without a payload": [data_frame(b"a", 2, source, 1)],
        "two frames": [data_frame(b"a", 0, source, 1, b"x"), b"y"],
        "three frames": [data_frame(b"a", 2, source, 1), b"x", b"y"],
        "a record cut short": [data_frame(b"a", 1, source, 1, u32(5) + b"1234")],
        "a record of four billion bytes": [data_frame(b"a", 1, source, 1, FOUR_BILLION + b"1")],
        "half a length": [data_frame(b"a", 1, source, 1, b"\1\0")],
    }


class TestData:
    @pytest.fixture
    def publisher(self) -> Iterator[Raw]:
        with Raw(zmq.XPUB) as raw:
            raw.socket.bind("tcp://127.0.0.1:0")
            yield raw

    @contextmanager
    def joined(self, client: spotmq.Spot, publisher: Raw) -> Iterator[bytes]:
        """A fake owner of topic "a" that confirms the subscription; its source."""
        node_id = os.urandom(16)
        data_endpoint = publisher.socket.getsockopt(zmq.LAST_ENDPOINT)
        assert isinstance(data_endpoint, bytes)
        with Router() as router:
            client.cluster_add(router.endpoint)
            peer, _ = router.receive_from(HELLO)
            router.send(peer, WELCOME, *hello(node_id, data=data_endpoint.rstrip(b"\0"))[1:])
            router.send(peer, QUERY_RESP, u32(1), b"a")
            asked = set()

            def fenced() -> bool:
                while publisher.socket.poll(0):
                    frame = publisher.socket.recv()
                    asked.add(frame)
                    if frame[:2] == b"\x01\xff":
                        router.send(peer, FENCE, frame[2:])
                return client.stats().peers_up == 1 and b"\x01a\0" in asked

            wait_until(fenced, what="the fake owner is UP and subscribed to")
            yield node_id[:7]

    @pytest.mark.parametrize("what", malformed_data(b""))
    def test_malformed_frames_are_counted(
        self, make_node: MakeNode, publisher: Raw, what: str
    ) -> None:
        client = make_node(heartbeat_ms=60_000)
        client.subscribe("a", missing_ok=True)
        with self.joined(client, publisher) as source, memory_stays():
            publisher.send(data_frame(b"a", 0, source, 1, b"before"))
            publisher.send(*malformed_data(source)[what])
            publisher.send(data_frame(b"a", 0, source, 2, b"after"))
            assert client.recv(PATIENCE_MS) == ("a", b"before")
            message = client.recv(PATIENCE_MS)
            assert (message.data, message.seq, message.lost) == (b"after", 2, 0)
            # What has no end of the topic does not pass the filter, so nobody sees it.
            assert client.stats().malformed == (0 if what == "no end of the topic" else 1)

    def test_a_gap_is_lost_and_told(self, make_node: MakeNode, publisher: Raw) -> None:
        client = make_node(heartbeat_ms=60_000)
        client.subscribe("a", missing_ok=True)
        with self.joined(client, publisher) as source:
            for seq in (5, 6, 10):
                publisher.send(data_frame(b"a", 0, source, seq, b"x"))
            publisher.send(data_frame(b"a", 1, source, 15))  # a mark: up to 14 were sent
            assert [client.recv(PATIENCE_MS).lost for _ in range(3)] == [0, 0, 3]
            wait_until(lambda: client.poll(0) or client.stats().lost == 7)
            publisher.send(data_frame(b"a", 0, source, 15, b"x"))
            assert client.recv(PATIENCE_MS).lost == 4
            assert client.stats().lost == 7

    def test_unknown_sources_are_ignored(self, make_node: MakeNode, publisher: Raw) -> None:
        client = make_node(heartbeat_ms=60_000)
        client.subscribe("a", missing_ok=True)
        with self.joined(client, publisher) as source:
            publisher.send(data_frame(b"a", 0, b"unknown", 1, b"x"))
            publisher.send(data_frame(b"a", 0, source, 1, b"known"))
            assert client.recv(PATIENCE_MS).data == b"known"
            assert client.stats().ignored == 1

    def test_noise_on_the_ingress(self, works: spotmq.Spot, make_node: MakeNode) -> None:
        ingress = self.ingress_of(works)
        noise = random.Random(4)
        with Raw(zmq.PUSH) as push, memory_stays():
            push.socket.connect(ingress)
            for _ in range(3000):
                push.send(noise.randbytes(noise.randrange(40)))
            for frames in malformed_data(b"1234567").values():
                push.send(*frames)
            push.send(data_frame(b"nowhere", 0, b"1234567", 1, b"x"))
            wait_until(lambda: works.stats().malformed >= 3000)
            wait_until(lambda: works.stats().ignored >= 1)

    @staticmethod
    def ingress_of(node: spotmq.Spot) -> str:
        with Dealer(node.endpoint) as dealer:
            dealer.send(*hello(os.urandom(16)))
            return dealer.receive_command(WELCOME)[6].decode()

    def test_hostile_subscriptions(self, works: spotmq.Spot) -> None:
        assert works.data_endpoint is not None
        with Raw(zmq.XSUB, sndhwm=0) as xsub, memory_stays(120 * MEGABYTE):
            xsub.socket.connect(works.data_endpoint)
            for i in range(20_000):
                xsub.send(b"\1" + b"topic %d" % i)
            for i in range(20_000):
                xsub.send(b"\1\xff" + os.urandom(i % 40))
            xsub.send(b"\1a\0")

            works.topic_create("probe")
            xsub.send(b"\1probe\0")

            def arrives() -> bool:
                works.publish("probe", b"")
                return bool(xsub.socket.poll(0))

            wait_until(arrives, what="all before it was taken in")
            works.topic_destroy("probe")
