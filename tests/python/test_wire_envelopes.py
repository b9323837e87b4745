"""Protects: a client that asks with an envelope (REQ with correlation, or behind a proxy) gets its answer
with the same one.
"""

import threading
from collections.abc import Iterator

import pytest
import zmq
from helpers import PATIENCE_MS, wait_until
from raw_peers import PUBLISH, QUERY, QUERY_RESP, SUBSCRIBE, UNSUBSCRIBE, Dealer, Raw, u32

import spotmq


class Proxy:
    """zmq.proxy between clients and a node, in a thread of its own."""

    def __init__(self, endpoint: str | None) -> None:
        self.context = zmq.Context()
        front = self.context.socket(zmq.ROUTER)
        back = self.context.socket(zmq.DEALER)
        stop, self._stop = self.context.socket(zmq.PAIR), self.context.socket(zmq.PAIR)
        self._sockets = (front, back, stop, self._stop)  # closed with the context
        for socket in self._sockets:
            socket.linger = 0
        stop.bind("inproc://stop")
        self._stop.connect("inproc://stop")
        assert endpoint is not None
        back.connect(endpoint)
        self.endpoint = f"tcp://127.0.0.1:{front.bind_to_random_port('tcp://127.0.0.1')}"
        self._thread = threading.Thread(target=zmq.proxy_steerable, args=(front, back, None, stop))
        self._thread.start()

    def close(self) -> None:
        if self.context.closed:
            return
        self._stop.send(b"TERMINATE")
        self._thread.join()
        self.context.destroy(0)


@pytest.fixture
def proxy(tcp_owner: spotmq.Spot) -> Iterator[Proxy]:
    proxy = Proxy(tcp_owner.endpoint)
    yield proxy
    proxy.close()


def test_req_with_correlation(tcp_owner: spotmq.Spot) -> None:
    assert tcp_owner.endpoint is not None
    with Raw(zmq.REQ, req_correlate=1, req_relaxed=1) as req:
        req.socket.connect(tcp_owner.endpoint)
        for _ in range(3):
            req.send(QUERY)
            assert req.receive() == [QUERY_RESP, u32(1), b"a"]
    assert tcp_owner.stats().malformed == 0


def test_an_envelope_by_hand(tcp_owner: spotmq.Spot) -> None:
    with Dealer(tcp_owner.endpoint) as dealer:
        dealer.send(b"one", b"another", b"", QUERY)
        assert dealer.receive() == [b"one", b"another", b"", QUERY_RESP, u32(1), b"a"]


def test_behind_a_proxy_each_gets_its_own(tcp_owner: spotmq.Spot, proxy: Proxy) -> None:
    tcp_owner.topic_create("b")
    with Raw(zmq.REQ) as req, Dealer(proxy.endpoint) as one, Dealer(proxy.endpoint) as other:
        req.socket.connect(proxy.endpoint)
        req.send(QUERY)
        assert req.receive() == [QUERY_RESP, u32(2), b"a", b"b"]
        one.send(b"", SUBSCRIBE, b"a")
        other.send(SUBSCRIBE, b"a")  # without a delimiter
        other.send(SUBSCRIBE, b"b")
        one.send(b"", QUERY)
        assert one.receive()[1] == QUERY_RESP
        other.query()
        tcp_owner.wait_for_subscribers("a", 2, timeout_ms=PATIENCE_MS)
        tcp_owner.publish("a", b"1")
        tcp_owner.publish("b", b"2")
        assert one.receive() == [b"", PUBLISH, b"a", b"1"]
        assert other.receive() == [PUBLISH, b"a", b"1"]
        assert other.receive() == [PUBLISH, b"b", b"2"]
        one.send(b"", UNSUBSCRIBE, b"a")
        one.send(b"", QUERY)
        assert one.receive()[1] == QUERY_RESP
        one.send(b"", PUBLISH, b"a", b"3")
        assert other.receive() == [PUBLISH, b"a", b"3"]
        assert one.quiet()
    assert tcp_owner.stats().malformed == 0


def test_subscriptions_end_with_the_proxys_connection(tcp_owner: spotmq.Spot, proxy: Proxy) -> None:
    with Dealer(proxy.endpoint) as dealer:
        dealer.send(SUBSCRIBE, b"a")
        tcp_owner.wait_for_subscribers("a", timeout_ms=PATIENCE_MS)
        proxy.close()
        wait_until(lambda: tcp_owner.stats().topics["a"].subscribers == 0)
