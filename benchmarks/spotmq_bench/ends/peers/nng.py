"""pynng's ends. A Pub0 never waits: what exceeds the buffer of a subscriber is lost, so the window
fits into the buffers. The topic is the beginning of the message."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection

import pynng

from spotmq_bench.ends.peers.servers import free_port
from spotmq_bench.ends.windowed import WINDOW_MESSAGES, Receiver, Sender
from spotmq_bench.harness.workers import Contender

TOPIC = b"bench:topic"


def _publisher(link: Connection) -> pynng.Pub0:
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    publisher = pynng.Pub0(listen=endpoint, send_buffer_size=WINDOW_MESSAGES)
    link.send(endpoint)
    return publisher


def _subscriber(link: Connection) -> pynng.Sub0:
    return pynng.Sub0(
        dial=link.recv(), topics=[TOPIC], recv_buffer_size=WINDOW_MESSAGES, recv_max_size=0
    )


class Publish(Sender):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.socket = _publisher(link)
        self.close = self.socket.close
        link.recv()

    def send(self, count: int) -> None:
        send, payload = self.socket.send, self.payload
        for _ in range(count):
            send(TOPIC + payload)


class Receive(Receiver):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.socket = _subscriber(link)
        self.close = self.socket.close
        link.send("connected")

    def receive(self, count: int) -> None:
        receive, begin = self.socket.recv, len(TOPIC)
        for _ in range(count):
            _data = receive()[begin:]


class _Exchange:
    def __init__(self, link: Connection, size: int) -> None:
        self.payload = bytes(size)
        self.out = _publisher(link)
        self.answers = _subscriber(link)
        link.send("connected")
        link.recv()

    def close(self) -> None:
        self.out.close()
        self.answers.close()


class Ping(_Exchange):
    def run(self, count: int) -> list[float]:
        send, receive, payload, clock = (
            self.out.send,
            self.answers.recv,
            self.payload,
            time.perf_counter,
        )
        begin_of_data = len(TOPIC)
        times = []
        for _ in range(count):
            begin = clock()
            send(TOPIC + payload)
            _data = receive()[begin_of_data:]
            times.append(clock() - begin)
        return times


class Pong(_Exchange):
    def run(self, count: int) -> list[float]:
        send, receive, begin_of_data = self.out.send, self.answers.recv, len(TOPIC)
        for _ in range(count):
            send(TOPIC + receive()[begin_of_data:])
        return []


def throughput(label: str, _server: str) -> list[Contender]:
    return [Contender(label, Publish, Receive)]


def latency(label: str, _server: str) -> list[Contender]:
    return [Contender(label, Ping, Pong)]
