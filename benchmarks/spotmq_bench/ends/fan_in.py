"""Many publishers, one subscriber.

*Independent*: each publisher is a process that publishes its share as fast as it can, as publishers
of one topic do; their number is larger than that of the cores, and the whole stream counts.
*In turn*: all publishers are in one process, and each publishes one message before the next does.
No two messages in succession are then from the same publisher: the worst there is for sharing
frames, since each stands alone.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import IO, cast

from spotmq_bench.ends.crowd import (
    PATIENCE_MS,
    PAYLOAD,
    TOPIC,
    ZMQ_TOPIC,
    Nodes,
    Sockets,
    ZmqReceive,
    listen,
    moment,
    receive,
)
from spotmq_bench.harness.workers import Contender

END_S = 5.0


def shares(count: int, parts: int) -> list[int]:
    return [count // parts + (number < count % parts) for number in range(parts)]


class _Publisher:
    """A process that publishes: ``spotmq_bench.ends.publisher``."""

    def __init__(self, kind: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "spotmq_bench.ends.publisher", kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._orders = cast("IO[str]", self._process.stdin)
        self._answers = cast("IO[str]", self._process.stdout)

    def answer(self) -> Sequence[str]:
        words = self._answers.readline().split()
        if not words:
            raise RuntimeError("a publisher died")
        return words

    def order(self, count: int) -> None:
        print(count, file=self._orders, flush=True)

    def stop(self) -> None:
        self._orders.close()

    def wait(self) -> None:
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()


class Independent:
    kind = "spotmq"

    def __init__(self, link: Connection, publishers: int) -> None:
        self.publishers = [_Publisher(self.kind) for _ in range(publishers)]
        link.send([publisher.answer()[0] for publisher in self.publishers])
        link.recv()

    def run(self, count: int) -> list[float]:
        for publisher, share in zip(
            self.publishers, shares(count, len(self.publishers)), strict=True
        ):
            publisher.order(share)
        spans = [[float(word) for word in one.answer()] for one in self.publishers]
        return [0, min(began for began, _ in spans), max(ended for _, ended in spans)]

    def close(self) -> None:
        for publisher in self.publishers:
            publisher.stop()
        for publisher in self.publishers:
            publisher.wait()


class ZmqIndependent(Independent):
    kind = "pyzmq"


class InTurn(Nodes):
    def __init__(self, link: Connection, publishers: int) -> None:
        super().__init__()
        for _ in range(publishers):
            self.bound().topic_create(TOPIC)
        link.send([node.endpoint for node in self.nodes])
        link.recv()

    def run(self, count: int) -> list[float]:
        calls = [node.publish for node in self.nodes]
        began = moment()
        for _ in range(count // len(calls)):
            for publish in calls:
                publish(TOPIC, PAYLOAD)
        for publish in calls[: count % len(calls)]:
            publish(TOPIC, PAYLOAD)
        return [0, began, moment()]


class Receive(Nodes):
    def __init__(self, link: Connection, _publishers: int) -> None:
        super().__init__()
        self.answers = self.node()
        for endpoint in link.recv():
            self.answers.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        self.answers.subscribe(TOPIC, timeout_ms=PATIENCE_MS)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        return receive(self.answers, count)


class ZmqInTurn(Sockets):
    def __init__(self, link: Connection, publishers: int) -> None:
        super().__init__()
        self.outs = [self.publisher() for _ in range(publishers)]
        link.send([listen(out) for out in self.outs])
        for out in self.outs:
            out.recv()  # the subscription

    def run(self, count: int) -> list[float]:
        calls = [out.send_multipart for out in self.outs]
        began = moment()
        for _ in range(count // len(calls)):
            for send in calls:
                send((ZMQ_TOPIC, PAYLOAD))
        for send in calls[: count % len(calls)]:
            send((ZMQ_TOPIC, PAYLOAD))
        return [0, began, moment()]


class ZmqIndependentReceive(ZmqReceive):
    def __init__(self, link: Connection, publishers: int) -> None:
        super().__init__(link, publishers)
        link.send("connected")  # the publishers wait for the subscription by themselves


SPOT = Contender("spotmq", Independent, Receive)
PYZMQ = Contender("pyzmq PUB/SUB", ZmqIndependent, ZmqIndependentReceive)
SPOT_IN_TURN = Contender("spotmq", InTurn, Receive)
PYZMQ_IN_TURN = Contender("pyzmq PUB/SUB", ZmqInTurn, ZmqReceive)
