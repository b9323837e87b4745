"""Ends with many nodes, many topics or many patterns. What a contender's "size" is here is how many
there are; the payload is 64 bytes.

All nodes of an end are in one process and share a context, so that what is measured is the work
for a message, not how a machine shares its cores between processes.
"""

from __future__ import annotations

import time
from multiprocessing.connection import Connection

import zmq

import spotmq
from spotmq_bench.harness.workers import Contender

TOPIC = "bench:topic"
ZMQ_TOPIC = TOPIC.encode()
PAYLOAD = bytes(64)
PATIENCE_MS = 60_000
HWM = 1000


class Nodes:
    def __init__(self) -> None:
        self.context = spotmq.Context()
        self.nodes: list[spotmq.Spot] = []

    def node(self) -> spotmq.Spot:
        node = spotmq.Spot(
            self.context, overflow="block", send_timeout_ms=None, send_hwm=HWM, recv_hwm=HWM
        )
        self.nodes.append(node)
        return node

    def bound(self) -> spotmq.Spot:
        node = self.node()
        node.bind("tcp://127.0.0.1:0")
        return node

    def close(self) -> None:
        for node in self.nodes:
            node.close()
        self.context.close()


def receive(node: spotmq.Spot, count: int) -> list[float]:
    left = count - len(node.recv_many())
    begin = time.perf_counter()
    timed = left
    while left > 0:
        for _topic, _data in node.recv_many():
            left -= 1
    return [timed, time.perf_counter() - begin]


class FanOutPublish(Nodes):
    """One publisher to many subscribers."""

    def __init__(self, link: Connection, _subscribers: int) -> None:
        super().__init__()
        self.out = self.bound()
        self.out.topic_create(TOPIC)
        link.send(self.out.endpoint)
        link.recv()

    def run(self, count: int) -> list[float]:
        publish = self.out.publish
        for _ in range(count):
            publish(TOPIC, PAYLOAD)
        return []


class FanOutReceive(Nodes):
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
        left[self.nodes[0]] -= len(self.nodes[0].recv_many())
        begin = time.perf_counter()
        timed = sum(left.values())
        while left := {node: missing for node, missing in left.items() if missing > 0}:
            for node in left:
                for _topic, _data in node.recv_many():
                    left[node] -= 1
        return [timed, time.perf_counter() - begin]


class FanInPublish(Nodes):
    """Many publishers to one subscriber."""

    def __init__(self, link: Connection, publishers: int) -> None:
        super().__init__()
        for _ in range(publishers):
            self.bound().topic_create(TOPIC)
        link.send([node.endpoint for node in self.nodes])
        link.recv()

    def run(self, count: int) -> list[float]:
        calls = [node.publish for node in self.nodes]
        for _ in range(count // len(calls)):
            for publish in calls:
                publish(TOPIC, PAYLOAD)
        for publish in calls[: count % len(calls)]:
            publish(TOPIC, PAYLOAD)
        return []


class FanInReceive(Nodes):
    def __init__(self, link: Connection, _publishers: int) -> None:
        super().__init__()
        self.answers = self.node()
        for endpoint in link.recv():
            self.answers.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        self.answers.subscribe(TOPIC, timeout_ms=PATIENCE_MS)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        return receive(self.answers, count)


class TopicsPublish(Nodes):
    """One publisher that uses its topics in turn; one subscriber to all of them by name."""

    def __init__(self, link: Connection, topics: int) -> None:
        super().__init__()
        self.out = self.bound()
        self.topics = names(topics)
        for topic in self.topics:
            self.out.topic_create(topic)
        link.send(self.out.endpoint)
        link.recv()

    def run(self, count: int) -> list[float]:
        publish, topics = self.out.publish, self.topics
        for _ in range(count // len(topics)):
            for topic in topics:
                publish(topic, PAYLOAD)
        for topic in topics[: count % len(topics)]:
            publish(topic, PAYLOAD)
        return []


class TopicsReceive(Nodes):
    def __init__(self, link: Connection, topics: int) -> None:
        super().__init__()
        self.answers = self.node()
        self.answers.cluster_add(link.recv(), timeout_ms=PATIENCE_MS)
        self.answers.cluster_sync(PATIENCE_MS)
        self.answers.subscribe(*names(topics), timeout_ms=PATIENCE_MS)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        return receive(self.answers, count)


class PatternsReceive(Nodes):
    """One topic; a subscriber with many patterns, of which one matches."""

    def __init__(self, link: Connection, patterns: int) -> None:
        super().__init__()
        self.answers = self.node()
        self.answers.cluster_add(link.recv(), timeout_ms=PATIENCE_MS)
        others = [f"other:{number}:*" for number in range(patterns - 1)]
        self.answers.subscribe("bench:*", *others, timeout_ms=PATIENCE_MS)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        return receive(self.answers, count)


class Sockets:
    def __init__(self) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()

    def close(self) -> None:
        self.context.destroy(linger=0)


class ZmqFanOutPublish(Sockets):
    def __init__(self, link: Connection, subscribers: int) -> None:
        super().__init__()
        self.out = self.context.socket(zmq.XPUB)
        self.out.set_hwm(HWM)
        self.out.setsockopt(zmq.XPUB_NODROP, 1)
        self.out.setsockopt(zmq.XPUB_VERBOSE, 1)
        link.send(self.out.bind_to_random_port("tcp://127.0.0.1"))
        for _ in range(subscribers):
            self.out.recv()  # a subscription

    def run(self, count: int) -> list[float]:
        send = self.out.send_multipart
        for _ in range(count):
            send((ZMQ_TOPIC, PAYLOAD))
        return []


class ZmqFanOutReceive(Sockets):
    def __init__(self, link: Connection, subscribers: int) -> None:
        super().__init__()
        port = link.recv()
        self.answers = [self.context.socket(zmq.SUB) for _ in range(subscribers)]
        for socket in self.answers:
            socket.set_hwm(HWM)
            socket.connect(f"tcp://127.0.0.1:{port}")
            socket.setsockopt(zmq.SUBSCRIBE, ZMQ_TOPIC)

    def run(self, count: int) -> list[float]:
        self.answers[0].recv_multipart()
        begin = time.perf_counter()
        for socket in self.answers[1:]:
            socket.recv_multipart()
        for _ in range(count - 1):
            for socket in self.answers:
                _topic, _data = socket.recv_multipart()
        return [count * len(self.answers) - 1, time.perf_counter() - begin]


def names(count: int) -> list[str]:
    return [f"bench:topic:{number:06}" for number in range(count)]


FAN_OUT = Contender("spotmq", FanOutPublish, FanOutReceive)
FAN_OUT_PYZMQ = Contender("pyzmq PUB/SUB", ZmqFanOutPublish, ZmqFanOutReceive)
FAN_IN = Contender("spotmq", FanInPublish, FanInReceive)
TOPICS = Contender("spotmq", TopicsPublish, TopicsReceive)
PATTERNS = Contender("spotmq", FanOutPublish, PatternsReceive)
