"""The same messages over each transport. The scale is bytes of payload.

*local*: publisher and subscriber are the same node. *inproc*: two nodes of one process that share a
context. Both have a thread that publishes and one that receives, so Python's lock lets only one of
them run at a time, and libzmq's I/O thread has nothing to do. *ipc* and *tcp*: two processes.

Latency is half of a ping-pong, as elsewhere; a local message has nobody to answer, so there it is
the time from publishing to having received, in one thread.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import spotmq
from spotmq_bench.ends.crowd import PATIENCE_MS, Nodes, complete, moment, receive
from spotmq_bench.harness.payloads import distinct
from spotmq_bench.harness.workers import Contender

TOPIC = "bench:topic"
ANSWERS = "bench:answers"
MANY = "publish_many → recv_many"
SINGLE = "publish → iterate"


class Endpoints:
    """Where to listen. The files of ipc are removed with it."""

    def __init__(self, transport: str) -> None:
        self._transport = transport
        self._directory = tempfile.TemporaryDirectory(prefix="spotmq-bench-")
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return {
            "tcp": "tcp://127.0.0.1:0",
            "ipc": f"ipc://{Path(self._directory.name) / str(self._count)}",
            "inproc": f"inproc://bench-{self._count}",
        }[self._transport]

    def close(self) -> None:
        self._directory.cleanup()


def publish(node: spotmq.Spot, size: int, count: int, how: str) -> list[float]:
    payload, many = bytes(size), distinct(size)
    began = moment()
    if how == SINGLE:
        call = node.publish
        for _ in range(count):
            call(TOPIC, payload)
    else:
        left = count
        while left > 0:
            left -= node.publish_many(TOPIC, many if left >= len(many) else many[:left])
    return [0, began, moment()]


def take(node: spotmq.Spot, count: int, how: str) -> list[float]:
    if how != SINGLE:
        return receive(node, count)
    node.poll()
    began = moment()
    left = count
    for _topic, _data in node:
        left -= 1
        if not left:
            break
    ended = moment()
    complete(node, left)
    return [count, began, ended]


def ping(node: spotmq.Spot, size: int, count: int) -> list[float]:
    call, recv, payload = node.publish, node.recv, bytes(size)
    times = []
    for _ in range(count):
        began = moment()
        call(TOPIC, payload)
        _topic, _data = recv()
        times.append((moment() - began) / 2)
    return times


def pong(node: spotmq.Spot, count: int) -> list[float]:
    call, recv = node.publish, node.recv
    for _ in range(count):
        _topic, data = recv()
        call(ANSWERS, data)
    return []


def join(node: spotmq.Spot, endpoint: str, topic: str) -> None:
    node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    node.cluster_sync(PATIENCE_MS)
    node.subscribe(topic, timeout_ms=PATIENCE_MS)


class _End(Nodes):
    """One node of two, in a process of its own."""

    own, other = TOPIC, ANSWERS

    def __init__(self, link: Connection, size: int, transport: str, how: str) -> None:
        super().__init__()
        self.size, self.how = size, how
        self.endpoints = Endpoints(transport)
        self.spot = self.bound(self.endpoints.next())
        self.spot.topic_create(self.own)
        link.send(self.spot.endpoint)
        join(self.spot, link.recv(), self.other)
        link.send("subscribed")
        link.recv()

    def close(self) -> None:
        super().close()
        self.endpoints.close()


class Active(_End):
    def run(self, count: int) -> list[float]:
        if self.how:
            return publish(self.spot, self.size, count, self.how)
        return ping(self.spot, self.size, count)


class Passive(_End):
    own, other = ANSWERS, TOPIC

    def run(self, count: int) -> list[float]:
        if self.how:
            return take(self.spot, count, self.how)
        return pong(self.spot, count)


class OneProcess(Nodes):
    """Both nodes, which are one if local. The other end has nothing to do."""

    def __init__(self, _link: Connection, size: int, transport: str, how: str) -> None:
        super().__init__()
        self.size, self.how = size, how
        self.local = transport == "local"
        self.out = self.bound("inproc://bench-out")
        self.out.topic_create(TOPIC)
        if self.local:
            self.answers = self.out
            self.out.subscribe(TOPIC)
        else:
            self.answers = self.bound("inproc://bench-answers")
            self.answers.topic_create(ANSWERS)
            join(self.answers, "inproc://bench-out", TOPIC)
            join(self.out, "inproc://bench-answers", ANSWERS)
        self.thread = ThreadPoolExecutor(1)

    def run(self, count: int) -> list[float]:
        if self.how:
            taken = self.thread.submit(take, self.answers, count, self.how)
            _, began, _ = publish(self.out, self.size, count, self.how)
            delivered, _, ended = taken.result()
            return [delivered, began, ended]
        if self.local:
            return [2 * half for half in ping(self.out, self.size, count)]
        answered = self.thread.submit(pong, self.answers, count)
        times = ping(self.out, self.size, count)
        answered.result()
        return times

    def close(self) -> None:
        self.thread.shutdown()
        super().close()


class Nothing:
    """The end of a contender that has both of its nodes in the other."""

    def __init__(self, _link: Connection, _size: int) -> None:
        pass

    def run(self, _count: int) -> list[float]:
        return []

    def close(self) -> None:
        pass


def contender(transport: str, how: str) -> Contender:
    name = f"spotmq, {transport}" + (f", {how}" if how else "")
    if transport in ("local", "inproc"):
        return Contender(name, partial(OneProcess, transport=transport, how=how), Nothing)
    return Contender(
        name,
        partial(Active, transport=transport, how=how),
        partial(Passive, transport=transport, how=how),
    )


TRANSPORTS = ("local", "inproc", "ipc", "tcp")
THROUGHPUT = [contender(transport, how) for how in (SINGLE, MANY) for transport in TRANSPORTS]
LATENCY = [contender(transport, "") for transport in TRANSPORTS]
