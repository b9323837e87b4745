"""A node joins a cluster: how long until it knows all topics, and how long a later ``cluster_sync``
takes.

All peers of the joining node are in one process. Their answers are made by as many threads, but on
few cores these cannot overlap, and the joining node takes them in one after the other: what grows
with the number of peers is the *work*. How the *waiting* grows, ``slow_peers`` shows.
"""

from __future__ import annotations

import time
from multiprocessing.connection import Connection

import spotmq
from spotmq_bench.ends.crowd import PATIENCE_MS, Nodes
from spotmq_bench.harness.workers import Contender

TOPICS = 1000  # of each node, where their number is not the scale
NODES = 8  # where that is not


class Peers(Nodes):
    """All nodes but the one that joins."""

    def __init__(self, link: Connection, peers: int, topics: int) -> None:
        super().__init__()
        for number in range(peers):
            node = self.bound()
            for topic in range(topics):
                node.topic_create(f"node:{number}:topic:{topic}")
        link.send((self.endpoints(), peers * topics))

    def endpoints(self) -> list[str]:
        return [str(node.endpoint) for node in self.nodes]

    def run(self, count: int) -> list[float]:
        return []


class PeersByNodes(Peers):
    def __init__(self, link: Connection, nodes: int) -> None:
        super().__init__(link, nodes - 1, TOPICS)


class PeersByTopics(Peers):
    def __init__(self, link: Connection, topics: int) -> None:
        super().__init__(link, NODES - 1, topics)


class Joins:
    def __init__(self, link: Connection, _scale: int) -> None:
        self.endpoints: list[str]
        self.topics: int
        self.endpoints, self.topics = link.recv()

    def _once(self) -> list[float]:
        with spotmq.Spot() as spot:
            begin = time.perf_counter()
            for endpoint in self.endpoints:
                spot.cluster_add(endpoint)
            spot.cluster_sync(PATIENCE_MS)
            joined = time.perf_counter()
            spot.cluster_sync(PATIENCE_MS)
            synced = time.perf_counter()
            known = len(spot.list_topics())
            if known != self.topics:
                raise RuntimeError(f"{known} of {self.topics} topics are known after cluster_sync")
        return [joined - begin, synced - joined]

    def run(self, count: int) -> list[float]:
        """Times of joining and of the second sync, in turn."""
        return [seconds for _ in range(count) for seconds in self._once()]

    def close(self) -> None:
        pass


BY_NODES = Contender("spotmq", Joins, PeersByNodes)
BY_TOPICS = Contender("spotmq", Joins, PeersByTopics)
