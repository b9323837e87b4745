"""One publisher with many topics, and one subscriber to all of them by name.

*Mixed*: each message is of a topic that is drawn at random, some far more often than others (Zipf's
law: the second half as often as the first, the third a third, …), as topics are used in earnest.
*Runs*: 16 messages of a topic, then of the next. *In turn*: one of each, so that a topic comes back
only when all the others had theirs. Every topic has been used before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate, chain, cycle, islice, repeat
from multiprocessing.connection import Connection
from random import Random
from typing import TypeVar

from spotmq_bench.ends.crowd import (
    PATIENCE_MS,
    PAYLOAD,
    Nodes,
    Sockets,
    ZmqReceive,
    listen,
    moment,
    receive,
)
from spotmq_bench.harness.workers import Contender

RUN = 16
DRAWN = 1 << 18
SEED = 1

Topic = TypeVar("Topic", str, bytes)


def names(count: int) -> list[str]:
    return [f"bench:topic:{number:06}" for number in range(count)]


def mixed(topics: Sequence[Topic]) -> Iterator[Topic]:
    weights = list(accumulate(1 / rank for rank in range(1, len(topics) + 1)))
    return cycle(Random(SEED).choices(topics, cum_weights=weights, k=DRAWN))


def runs(topics: Sequence[Topic]) -> Iterator[Topic]:
    return chain.from_iterable(repeat(topic, RUN) for topic in cycle(topics))


def in_turn(topics: Sequence[Topic]) -> Iterator[Topic]:
    return cycle(topics)


ORDERS = {"mixed": mixed, "runs": runs, "in turn": in_turn}


class Publish(Nodes):
    def __init__(self, link: Connection, topics: int, order: str) -> None:
        super().__init__()
        self.out = self.bound()
        used = names(topics)
        for topic in used:
            self.out.topic_create(topic)
        self.sequence = chain(used, ORDERS[order](used))
        link.send(self.out.endpoint)
        link.recv()

    def run(self, count: int) -> list[float]:
        publish = self.out.publish
        began = moment()
        for topic in islice(self.sequence, count):
            publish(topic, PAYLOAD)
        return [0, began, moment()]


class Receive(Nodes):
    def __init__(self, link: Connection, topics: int) -> None:
        super().__init__()
        self.answers = self.node()
        self.answers.cluster_add(link.recv(), timeout_ms=PATIENCE_MS)
        self.answers.cluster_sync(PATIENCE_MS)
        self.answers.subscribe(*names(topics), timeout_ms=PATIENCE_MS)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        return receive(self.answers, count)


class ZmqPublish(Sockets):
    def __init__(self, link: Connection, topics: int, order: str) -> None:
        super().__init__()
        self.out = self.publisher()
        used = [name.encode() for name in names(topics)]
        self.sequence = chain(used, ORDERS[order](used))
        link.send([listen(self.out)])
        for _ in used:
            self.out.recv()  # a subscription

    def run(self, count: int) -> list[float]:
        send = self.out.send_multipart
        began = moment()
        for topic in islice(self.sequence, count):
            send((topic, PAYLOAD))
        return [0, began, moment()]


class ZmqReceiveTopics(ZmqReceive):
    def prefixes(self, scale: int) -> list[bytes]:
        return [name.encode() for name in names(scale)]


def contenders(order: str) -> list[Contender]:
    return [
        Contender("pyzmq PUB/SUB", partial(ZmqPublish, order=order), ZmqReceiveTopics),
        Contender("spotmq", partial(Publish, order=order), Receive),
    ]
