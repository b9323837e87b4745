"""A node joins a cluster: how long until it knows all topics, and how long a later sync takes."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection

import spotmq
from spotmq_bench.ends.crowd import PATIENCE_MS, Nodes
from spotmq_bench.harness.workers import Contender

TOPICS = 1000  # of each node


class Cluster(Nodes):
    """All nodes but the one that joins, in one process."""

    def __init__(self, link: Connection, nodes: int) -> None:
        super().__init__()
        for number in range(nodes - 1):
            node = self.bound()
            for topic in range(TOPICS):
                node.topic_create(f"node:{number}:topic:{topic}")
        link.send([node.endpoint for node in self.nodes])

    def run(self, count: int) -> list[float]:
        return []


class Joins:
    def __init__(self, link: Connection, _nodes: int) -> None:
        self.endpoints: list[str] = link.recv()

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
            if known != len(self.endpoints) * TOPICS:
                raise RuntimeError(f"only {known} topics are known after cluster_sync")
        return [joined - begin, synced - joined]

    def run(self, count: int) -> list[float]:
        """Times of joining and of the second sync, in turn."""
        return [seconds for _ in range(count) for seconds in self._once()]

    def close(self) -> None:
        pass


SYNC = Contender("spotmq", Joins, Cluster)
