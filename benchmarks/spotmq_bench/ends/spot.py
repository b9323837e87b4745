"""spotmq's ends. ``overflow="block"``: nothing is lost, whoever is slower sets the pace."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection

import spotmq
from spotmq_bench.harness.payloads import distinct, high_water_mark
from spotmq_bench.harness.workers import Contender

TOPIC = "bench:topic"
ANSWERS = "bench:answers"
PATIENCE_MS = 10_000


def blocking_node(size: int) -> spotmq.Spot:
    """With the marks that pyzmq's sockets have here."""
    mark = high_water_mark(size)
    return spotmq.Spot(overflow="block", send_timeout_ms=None, send_hwm=mark, recv_hwm=mark)


class _Publisher:
    def __init__(self, link: Connection, size: int) -> None:
        self.spot = blocking_node(size)
        self.spot.topic_create(TOPIC)
        self.spot.bind("tcp://127.0.0.1:0")
        self.payload = bytes(size)
        self.many = distinct(size)
        link.send(self.spot.endpoint)
        link.recv()  # the subscriber is ready

    def close(self) -> None:
        self.spot.close()


class Publish(_Publisher):
    def run(self, count: int) -> list[float]:
        publish, payload = self.spot.publish, self.payload
        for _ in range(count):
            publish(TOPIC, payload)
        return []


class PublishMany(_Publisher):
    def run(self, count: int) -> list[float]:
        many = self.many
        while count > 0:
            count -= self.spot.publish_many(TOPIC, many if count >= len(many) else many[:count])
        return []


class _Subscriber:
    def __init__(self, link: Connection, size: int) -> None:
        self.spot = blocking_node(size)
        self.spot.cluster_add(link.recv(), timeout_ms=PATIENCE_MS)
        self.spot.subscribe(TOPIC)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        measured = self.receive(count)
        lost = self.spot.stats().lost
        if lost:
            raise RuntimeError(f"{lost} messages were lost")
        return measured

    def receive(self, count: int) -> list[float]:
        """How many messages came after the first, and in how many seconds."""
        raise NotImplementedError

    def close(self) -> None:
        self.spot.close()


class Iterate(_Subscriber):
    def receive(self, count: int) -> list[float]:
        messages = iter(self.spot)
        next(messages)
        begin = time.perf_counter()
        left = count - 1
        for _topic, _data in messages:
            left -= 1
            if not left:
                break
        return [count - 1, time.perf_counter() - begin]


class ReceiveEach(_Subscriber):
    def receive(self, count: int) -> list[float]:
        recv = self.spot.recv
        recv()
        begin = time.perf_counter()
        for _ in range(count - 1):
            _topic, _data = recv()
        return [count - 1, time.perf_counter() - begin]


class IterateViews(_Subscriber):
    def receive(self, count: int) -> list[float]:
        messages = iter(self.spot)
        next(messages)
        begin = time.perf_counter()
        left = count - 1
        for message in messages:
            _topic, _view = message.topic, message.view
            left -= 1
            if not left:
                break
        return [count - 1, time.perf_counter() - begin]


class ReceiveMany(_Subscriber):
    def receive(self, count: int) -> list[float]:
        recv_many = self.spot.recv_many
        left = count - len(recv_many())
        begin = time.perf_counter()
        timed = left  # those that came with the first call were there already
        while left > 0:
            left -= len(recv_many())
        return [timed, time.perf_counter() - begin]


class ReceiveManyUnpack(_Subscriber):
    def receive(self, count: int) -> list[float]:
        recv_many = self.spot.recv_many
        left = count - len(recv_many())
        begin = time.perf_counter()
        timed = left  # those that came with the first call were there already
        while left > 0:
            for _topic, _data in recv_many():
                left -= 1
        return [timed, time.perf_counter() - begin]


class Ping:
    """Publishes, and waits for the answer on the other node's topic."""

    own, other = TOPIC, ANSWERS

    def __init__(self, link: Connection, size: int) -> None:
        self.spot = blocking_node(size)
        self.spot.topic_create(self.own)
        self.spot.bind("tcp://127.0.0.1:0")
        self.payload = bytes(size)
        link.send(self.spot.endpoint)
        self.spot.cluster_add(link.recv(), timeout_ms=PATIENCE_MS)
        self.spot.cluster_sync(PATIENCE_MS)
        self.spot.subscribe(self.other)
        link.send("subscribed")
        link.recv()

    def run(self, count: int) -> list[float]:
        publish, recv, payload, clock = (
            self.spot.publish,
            self.spot.recv,
            self.payload,
            time.perf_counter,
        )
        times = []
        for _ in range(count):
            begin = clock()
            publish(TOPIC, payload)
            _topic, _data = recv()
            times.append(clock() - begin)
        return times

    def close(self) -> None:
        self.spot.close()


class Pong(Ping):
    own, other = ANSWERS, TOPIC

    def run(self, count: int) -> list[float]:
        publish, recv = self.spot.publish, self.spot.recv
        for _ in range(count):
            _topic, data = recv()
            publish(ANSWERS, data)
        return []


SINGLE = Contender("spotmq publish → iterate", Publish, Iterate)
EACH = Contender("spotmq publish → recv", Publish, ReceiveEach)
VIEWS = Contender("spotmq publish → iterate, views", Publish, IterateViews)
MANY = Contender("spotmq publish_many → recv_many", PublishMany, ReceiveMany)
MANY_UNPACKED = Contender(
    "spotmq publish_many → recv_many, each unpacked", PublishMany, ReceiveManyUnpack
)
LATENCY = Contender("spotmq", Ping, Pong)
