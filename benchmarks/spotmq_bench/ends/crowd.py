"""What ends with many nodes, topics or patterns share. What a contender's "size" is there is how
many there are; the payload is 64 bytes unless its module says otherwise.

All nodes of an end are in one process and share a context, so that what is measured is the work
for a message, not how a machine shares its cores between processes. ``fan_in.Independent`` is the
exception: its publishers are processes.

An end's ``run`` returns a span: how many messages were delivered to it, and when its part of the
round began and ended, by a clock that the processes of a machine share.
"""

from __future__ import annotations

import resource
import time
from multiprocessing.connection import Connection

import zmq

import spotmq

TOPIC = "bench:topic"
ZMQ_TOPIC = TOPIC.encode()
PAYLOAD = bytes(64)
PATIENCE_MS = 60_000
HWM = 1000


def moment() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def allow_descriptors() -> None:
    """As many as the system lets this process have: the usual limit is 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Nodes:
    def __init__(self) -> None:
        allow_descriptors()
        self.context = spotmq.Context()
        self.nodes: list[spotmq.Spot] = []

    def node(self, *, alone: bool = False) -> spotmq.Spot:
        """``alone``: with a context, and thus an I/O thread, of its own."""
        node = spotmq.Spot(
            None if alone else self.context,
            overflow="block",
            send_timeout_ms=None,
            send_hwm=HWM,
            recv_hwm=HWM,
        )
        self.nodes.append(node)
        return node

    def bound(self, endpoint: str = "tcp://127.0.0.1:0", *, alone: bool = False) -> spotmq.Spot:
        node = self.node(alone=alone)
        node.bind(endpoint)
        return node

    def close(self) -> None:
        for node in self.nodes:
            node.close()
        self.context.close()


def receive(node: spotmq.Spot, count: int) -> list[float]:
    """So many messages, each taken apart; fewer or more are a failure, and so is a loss."""
    batch = node.recv_many()
    began = moment()
    left = count
    while True:
        for _topic, _data in batch:
            left -= 1
        if left <= 0:
            break
        batch = node.recv_many()
    ended = moment()
    complete(node, left)
    return [count, began, ended]


def complete(node: spotmq.Spot, left: int) -> None:
    lost = node.stats().lost
    if left or lost:
        raise RuntimeError(f"{lost} messages were lost, {-left} came unexpectedly")


class Sockets:
    def __init__(self) -> None:
        allow_descriptors()
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.context.max_sockets = 16_384

    def publisher(self) -> zmq.Socket[bytes]:
        """An XPUB, which tells of subscriptions, even of one that somebody else has already."""
        socket = self.context.socket(zmq.XPUB)
        socket.set_hwm(HWM)
        socket.setsockopt(zmq.XPUB_NODROP, 1)
        socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        socket.setsockopt(zmq.BACKLOG, 4096)
        # Subscriptions are not messages: with the default, some of many would be dropped.
        socket.setsockopt(zmq.RCVHWM, 0)
        return socket

    def subscriber(self) -> zmq.Socket[bytes]:
        socket = self.context.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, HWM)
        socket.setsockopt(zmq.SNDHWM, 0)  # as above
        return socket

    def close(self) -> None:
        self.context.destroy(linger=0)


def listen(socket: zmq.Socket[bytes]) -> str:
    return f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}"


def zmq_receive(socket: zmq.Socket[bytes], count: int) -> list[float]:
    take = socket.recv_multipart
    take()
    began = moment()
    for _ in range(count - 1):
        _topic, _data = take()
    return [count, began, moment()]


class ZmqReceive(Sockets):
    """One subscriber to all publishers of the other end, with ``prefixes``."""

    def __init__(self, link: Connection, scale: int) -> None:
        super().__init__()
        self.answers = self.subscriber()
        for prefix in self.prefixes(scale):
            self.answers.setsockopt(zmq.SUBSCRIBE, prefix)
        for endpoint in link.recv():
            self.answers.connect(endpoint)

    def prefixes(self, _scale: int) -> list[bytes]:
        return [ZMQ_TOPIC]

    def run(self, count: int) -> list[float]:
        return zmq_receive(self.answers, count)
