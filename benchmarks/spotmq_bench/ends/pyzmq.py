"""pyzmq's ends: PUB/SUB with multipart messages (topic, payload), as most programs use it.

The publisher is an XPUB, which is a PUB that lets the program read subscriptions: so it knows when
the subscriber is there. XPUB_NODROP makes a full subscriber hold it up instead of losing messages.
"""

from __future__ import annotations

import time
from multiprocessing.connection import Connection

import zmq

from spotmq_bench.harness.payloads import high_water_mark
from spotmq_bench.harness.workers import Contender

TOPIC = b"bench:topic"


class Sockets:
    def __init__(self, size: int) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.mark = high_water_mark(size)

    def publisher(self, link: Connection) -> zmq.Socket[bytes]:
        socket = self.context.socket(zmq.XPUB)
        socket.set_hwm(self.mark)
        socket.setsockopt(zmq.XPUB_NODROP, 1)
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        link.send(f"tcp://127.0.0.1:{port}")
        return socket

    def subscriber(self, link: Connection, *topics: bytes) -> zmq.Socket[bytes]:
        socket = self.context.socket(zmq.SUB)
        socket.set_hwm(self.mark)
        socket.connect(link.recv())
        for topic in topics or (TOPIC,):
            socket.setsockopt(zmq.SUBSCRIBE, topic)
        return socket

    def close(self) -> None:
        self.context.destroy(linger=0)


class Send(Sockets):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(size)
        self.socket = self.publisher(link)
        self.payload = bytes(size)
        self.socket.recv()  # the subscription

    def run(self, count: int) -> list[float]:
        send, payload = self.socket.send_multipart, self.payload
        for _ in range(count):
            send((TOPIC, payload))
        return []


class SendInPlace(Send):
    def run(self, count: int) -> list[float]:
        send, payload = self.socket.send_multipart, self.payload
        for _ in range(count):
            send((TOPIC, payload), copy=False)
        return []


class Receive(Sockets):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(size)
        self.socket = self.subscriber(link)

    def run(self, count: int) -> list[float]:
        receive = self.socket.recv_multipart
        receive()
        begin = time.perf_counter()
        for _ in range(count - 1):
            _topic, _data = receive()
        return [count - 1, time.perf_counter() - begin]


class ReceiveInPlace(Receive):
    def run(self, count: int) -> list[float]:
        receive = self.socket.recv_multipart
        receive()
        begin = time.perf_counter()
        for _ in range(count - 1):
            topic, frame = receive(copy=False)
            _topic, _view = topic.bytes, frame.buffer
        return [count - 1, time.perf_counter() - begin]


class Ping(Sockets):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(size)
        self.payload = bytes(size)
        self.out = self.publisher(link)
        self.answers = self.subscriber(link)
        self.out.recv()  # the other's subscription

    def run(self, count: int) -> list[float]:
        send, receive, payload, clock = (
            self.out.send_multipart,
            self.answers.recv_multipart,
            self.payload,
            time.perf_counter,
        )
        times = []
        for _ in range(count):
            begin = clock()
            send((TOPIC, payload))
            _topic, _data = receive()
            times.append(clock() - begin)
        return times


class Pong(Ping):
    def run(self, count: int) -> list[float]:
        send, receive = self.out.send_multipart, self.answers.recv_multipart
        for _ in range(count):
            _topic, data = receive()
            send((TOPIC, data))
        return []


THROUGHPUT = Contender("pyzmq PUB/SUB", Send, Receive)
IN_PLACE = Contender("pyzmq PUB/SUB, copy=False", SendInPlace, ReceiveInPlace)
LATENCY = Contender("pyzmq PUB/SUB", Ping, Pong)
