"""Owners of many topics that publish more than their receivers take, checked against the law of delivery.

All nodes are in one process, so that a run is fast. Nothing is published after the flood: no later message
tells what is missing at the end of a stream.
"""

from collections.abc import Sequence
from typing import Any

from helpers import PATIENCE, wait_until
from law import Life, judge
from worker import HEAD, OWN, Account

import spotmq

Queue = spotmq.Spot | spotmq.Subscriber


class Source:
    """A node with topics of its own, which numbers what it publishes."""

    def __init__(self, topics: int, name: str = "a", **options: Any) -> None:
        self.node = spotmq.Spot(**options)
        self.topics = [f"{OWN}{name}{number}" for number in range(topics)]
        self.sent = dict.fromkeys(self.topics, 0)
        self._id = bytes.fromhex(self.node.node_id)
        self.node.bind("tcp://127.0.0.1:0")
        self.endpoint = str(self.node.endpoint)
        for topic in self.topics:
            self.node.topic_create(topic)

    def next(self, topic: str) -> bytes:
        """The payload of the topic's next message, which is published right away."""
        self.sent[topic] += 1
        name = topic.encode()
        return HEAD.pack(self._id, self.sent[topic], len(name)) + name

    def publish(self, size: int = 0) -> None:
        """A message on each topic."""
        for topic in self.topics:
            self.node.publish(topic, self.next(topic).ljust(size, b"."))

    def life(self) -> Life:
        return Life(self.node.node_id, self.sent, told=True)


class Sink:
    """One receive queue, and the account of it. It takes messages only when told to."""

    def __init__(self, node: spotmq.Spot, queue: Queue | None = None) -> None:
        self.node = node
        self.queue = queue or node
        self.account = Account()
        self.received = 0

    def take(self) -> None:
        """Whatever is there."""
        while self.take_some():
            pass

    def take_some(self, timeout_ms: float = 0) -> bool:
        try:
            messages = self.queue.recv_many(1000, timeout_ms)
        except spotmq.Timeout:
            return False
        self.account.add(messages)
        self.received += len(messages)
        return True

    def lost(self) -> int:
        return self.queue.stats().lost

    def report(self) -> dict[str, Any]:
        report = {"node_id": self.node.node_id, "lost": self.lost()}
        if self.queue is self.node:
            topics = self.node.stats().topics
            report["lost_of"] = {topic: counts.lost for topic, counts in topics.items()}
        return report | self.account.as_dict()


def open_accounts(sources: Sequence[Source], sinks: Sequence[Sink]) -> None:
    """Of each stream each sink takes a message, one at a time: nothing is lost yet."""
    for source in sources:
        for topic in source.topics:
            source.node.publish(topic, source.next(topic))
            for sink in sinks:
                sink.account.add([sink.queue.recv(int(PATIENCE * 1000))])
                sink.received += 1


def settle(sources: Sequence[Source], sinks: Sequence[Sink], patience: float = PATIENCE) -> None:
    """Takes what waits; then everything that is missing is known, without another message."""
    sent = sum(sum(source.sent.values()) for source in sources)

    def complete() -> bool:
        for sink in sinks:
            sink.take()
        return all(sink.received + sink.lost() == sent for sink in sinks)

    def balance() -> str:
        return f"{sent} sent, {[(sink.received, sink.lost()) for sink in sinks]} received and lost"

    try:
        wait_until(complete, patience)
    finally:
        print(balance())
    verdict = judge([s.life() for s in sources], [sink.report() for sink in sinks])
    assert not verdict.breaches, f"\n{verdict}"


def settle_with_owner(source: Source, sinks: Sequence[Sink]) -> None:
    """The same, and the owner has heard of it. What its own queues lost it knows without."""
    settle([source], sinks)
    lost = sum(sink.lost() for sink in sinks if sink.node is not source.node)
    wait_until(lambda: source.node.stats().overflowed == lost)
