"""REMOTE publishing: node A publishes to a topic that node B owns, and C has subscribed to it.

A is the active end; B and C are the passive one, with an I/O thread each. B's program does nothing:
its ingress thread, which never runs Python, passes messages on. All are connected over TCP. The
scale is bytes of payload. Nothing is lost on the way: whoever is slowest slows A down.

"Its own topic" has no B: what the way through an owner costs can be seen beside it. With "A receives
too", A has subscribed as well and reads in a second thread; both deliveries count.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

import spotmq
from spotmq_bench.ends.crowd import PATIENCE_MS, TOPIC, Nodes, moment, receive
from spotmq_bench.harness.payloads import distinct
from spotmq_bench.harness.workers import Contender


class OwnerAndSubscriber(Nodes):
    """B and C."""

    def __init__(self, link: Connection, _size: int) -> None:
        super().__init__()
        owner = self.bound(alone=True)
        owner.topic_create(TOPIC)
        self.answers = self.node(alone=True)
        self.answers.cluster_add(str(owner.endpoint), timeout_ms=PATIENCE_MS)
        self.answers.subscribe(TOPIC, timeout_ms=PATIENCE_MS)
        link.send(owner.endpoint)
        link.recv()  # A is ready

    def run(self, count: int) -> list[float]:
        return receive(self.answers, count)


class Publish(Nodes):
    """A."""

    def __init__(self, link: Connection, size: int) -> None:
        super().__init__()
        self.payload = bytes(size)
        self.many = distinct(size)
        self.out = self.node(alone=True)
        self.out.cluster_add(link.recv(), timeout_ms=PATIENCE_MS)
        self.out.cluster_sync(PATIENCE_MS)
        if self.out.topic_is_local(TOPIC) or not self.out.topic_exists(TOPIC):
            raise RuntimeError("the topic is not REMOTE")
        self.prepare()
        link.send("ready")

    def prepare(self) -> None:
        pass

    def run(self, count: int) -> list[float]:
        began = moment()
        self.publish(count)
        return [0, began, moment()]

    def publish(self, count: int) -> None:
        publish, payload = self.out.publish, self.payload
        for _ in range(count):
            publish(TOPIC, payload)


class PublishMany(Publish):
    def publish(self, count: int) -> None:
        many = self.many
        while count > 0:
            count -= self.out.publish_many(TOPIC, many if count >= len(many) else many[:count])


class PublishAndReceive(Publish):
    def prepare(self) -> None:
        self.out.subscribe(TOPIC, timeout_ms=PATIENCE_MS)
        self.reader = ThreadPoolExecutor(1)

    def run(self, count: int) -> list[float]:
        received = self.reader.submit(receive, self.out, count)
        began = moment()
        self.publish(count)
        _, _, ended = received.result()
        return [count, began, ended]


class OwnTopic(Nodes):
    """A publisher without an owner between it and the subscriber."""

    def __init__(self, link: Connection, size: int) -> None:
        super().__init__()
        self.payload = bytes(size)
        self.out: spotmq.Spot = self.bound(alone=True)
        self.out.topic_create(TOPIC)
        link.send(self.out.endpoint)
        link.recv()

    def run(self, count: int) -> list[float]:
        publish, payload = self.out.publish, self.payload
        began = moment()
        for _ in range(count):
            publish(TOPIC, payload)
        return [0, began, moment()]


class Subscriber(Nodes):
    def __init__(self, link: Connection, _size: int) -> None:
        super().__init__()
        self.answers = self.node(alone=True)
        self.answers.cluster_add(link.recv(), timeout_ms=PATIENCE_MS)
        self.answers.subscribe(TOPIC, timeout_ms=PATIENCE_MS)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        return receive(self.answers, count)


ALL = [
    Contender("spotmq publish, its own topic", OwnTopic, Subscriber),
    Contender("spotmq publish", Publish, OwnerAndSubscriber),
    Contender("spotmq publish_many", PublishMany, OwnerAndSubscriber),
]
BOTH = Contender("spotmq publish, A receives too", PublishAndReceive, OwnerAndSubscriber)
