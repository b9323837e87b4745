"""One topic, and a subscriber with many patterns, of which one matches. pyzmq has prefixes instead:
``bench:`` for ``bench:*``."""

from __future__ import annotations

from multiprocessing.connection import Connection

from spotmq_bench.ends import crowd, fan_out
from spotmq_bench.ends.crowd import PATIENCE_MS, Nodes, receive
from spotmq_bench.harness.workers import Contender


def prefixes(count: int) -> list[str]:
    return ["bench:", *(f"other:{number}:" for number in range(count - 1))]


class Receive(Nodes):
    def __init__(self, link: Connection, patterns: int) -> None:
        super().__init__()
        self.answers = self.node()
        self.answers.cluster_add(link.recv(), timeout_ms=PATIENCE_MS)
        self.answers.subscribe(
            *(f"{prefix}*" for prefix in prefixes(patterns)), timeout_ms=PATIENCE_MS
        )
        link.send("ready")

    def run(self, count: int) -> list[float]:
        return receive(self.answers, count)


class ZmqReceive(crowd.ZmqReceive):
    def prefixes(self, scale: int) -> list[bytes]:
        return [prefix.encode() for prefix in prefixes(scale)]


# pyzmq's publisher waits for so many subscriptions, no matter whose they are.
SPOT = Contender("spotmq", fan_out.Publish, Receive)
PYZMQ = Contender("pyzmq PUB/SUB", fan_out.ZmqPublish, ZmqReceive)
