"""One publisher, many subscribers. A subscriber is a node (pyzmq: a socket) of its own; at every
scale all of them are in one process, share one I/O thread, and are read by one thread in turn. So
the work for a delivery is the same at every scale, and the rates can be compared.
"""

from __future__ import annotations

from multiprocessing.connection import Connection

import zmq

from spotmq_bench.ends.crowd import (
    PATIENCE_MS,
    PAYLOAD,
    TOPIC,
    ZMQ_TOPIC,
    Nodes,
    Sockets,
    complete,
    listen,
    moment,
)
from spotmq_bench.harness.workers import Contender

DESCRIPTORS = 12
"""What a subscriber takes in the process that has most of them, about: a node's sockets."""


class Publish(Nodes):
    def __init__(self, link: Connection, _scale: int) -> None:
        super().__init__()
        self.out = self.bound()
        self.out.topic_create(TOPIC)
        link.send(self.out.endpoint)
        link.recv()

    def run(self, count: int) -> list[float]:
        publish = self.out.publish
        began = moment()
        for _ in range(count):
            publish(TOPIC, PAYLOAD)
        return [0, began, moment()]


class Receive(Nodes):
    def __init__(self, link: Connection, subscribers: int) -> None:
        super().__init__()
        endpoint = link.recv()
        for _ in range(subscribers):
            node = self.node()
            node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
            node.subscribe(TOPIC, timeout_ms=PATIENCE_MS)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        left = dict.fromkeys(self.nodes, count)
        self.nodes[0].poll()
        began = moment()
        while waiting := [node for node, missing in left.items() if missing > 0]:
            for node in waiting:
                had = 0
                for _topic, _data in node.recv_many():
                    had += 1
                left[node] -= had
        ended = moment()
        for node, missing in left.items():
            complete(node, missing)
        return [count * len(self.nodes), began, ended]


class ZmqPublish(Sockets):
    def __init__(self, link: Connection, subscribers: int) -> None:
        super().__init__()
        self.out = self.publisher()
        link.send([listen(self.out)])
        for _ in range(subscribers):
            self.out.recv()  # a subscription

    def run(self, count: int) -> list[float]:
        send = self.out.send_multipart
        began = moment()
        for _ in range(count):
            send((ZMQ_TOPIC, PAYLOAD))
        return [0, began, moment()]


class ZmqReceive(Sockets):
    def __init__(self, link: Connection, subscribers: int) -> None:
        super().__init__()
        [endpoint] = link.recv()
        self.answers = [self.subscriber() for _ in range(subscribers)]
        for socket in self.answers:
            socket.setsockopt(zmq.SUBSCRIBE, ZMQ_TOPIC)
            socket.connect(endpoint)

    def run(self, count: int) -> list[float]:
        takes = [socket.recv_multipart for socket in self.answers]
        self.answers[0].poll()
        began = moment()
        for _ in range(count):
            for take in takes:
                _topic, _data = take()
        return [count * len(takes), began, moment()]


SPOT = Contender("spotmq", Publish, Receive)
PYZMQ = Contender("pyzmq PUB/SUB", ZmqPublish, ZmqReceive)
