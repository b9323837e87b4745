"""The scenarios: what grows, how far, and what is measured then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spotmq_bench.ends import (
    awaiting,
    fan_in,
    fan_out,
    footprint,
    joining,
    memory,
    patterns,
    remote,
    slow_peers,
    topics,
    transports,
)
from spotmq_bench.measures import (
    Measured,
    costs,
    deliveries,
    deliveries_with_peers,
    imports,
    joins,
    latencies,
)


@dataclass(frozen=True)
class Scenario:
    what: str
    """One line."""
    unit: str
    """Of the scale."""
    scales: Sequence[int]
    quick: Sequence[int]
    """The scales of a rough look."""
    measured: Measured


def _topics(order: str) -> Measured:
    return deliveries(topics.contenders(order), "topics", first=lambda scale: scale)


MANY_TOPICS = (100, 1_000, 10_000, 100_000)

SCENARIOS = {
    "fan-out": Scenario(
        "one publisher; deliveries to all subscribers together",
        "subscribers",
        (1, 10, 100, 1_000),
        (10, 100),
        deliveries(
            [fan_out.PYZMQ, fan_out.SPOT],
            "subscribers",
            each=lambda scale: scale,
            # A subscriber has to get several frames of many messages, not just the first.
            longer=lambda scale: max(2, scale / 100),
            descriptors=fan_out.DESCRIPTORS,
        ),
    ),
    "fan-in": Scenario(
        "publishers of one topic, a process each, all as fast as they can",
        "publishers",
        (1, 10, 100),
        (1, 10),
        deliveries(
            [fan_in.PYZMQ, fan_in.SPOT], "publishers", first=lambda n: 200 * n, longer=lambda _: 2
        ),
    ),
    "fan-in-turns": Scenario(
        "publishers in one process, a message of each in turn: none can share a frame",
        "publishers",
        (1, 10, 100),
        (10, 100),
        deliveries([fan_in.PYZMQ_IN_TURN, fan_in.SPOT_IN_TURN], "publishers"),
    ),
    "topics": Scenario(
        "topics drawn at random, some far more often than others (Zipf)",
        "topics",
        MANY_TOPICS,
        (100, 10_000),
        _topics("mixed"),
    ),
    "topics-runs": Scenario(
        f"{topics.RUN} messages of a topic, then of the next",
        "topics",
        MANY_TOPICS,
        (100, 10_000),
        _topics("runs"),
    ),
    "topics-turns": Scenario(
        "a message of each topic in turn: the worst for sharing frames",
        "topics",
        MANY_TOPICS,
        (100, 10_000),
        _topics("in turn"),
    ),
    "asyncio": Scenario(
        "receiving in an event loop, and spotmq's iteration without one",
        "bytes",
        (16, 64, 1024),
        (16, 64),
        deliveries_with_peers(awaiting.HERE, ["nats"], awaiting.spanned, "bytes"),
    ),
    "patterns": Scenario(
        "patterns of one subscriber, of which one matches (pyzmq: prefixes)",
        "patterns",
        (1, 100, 1_000, 10_000),
        (1, 10_000),
        deliveries([patterns.PYZMQ, patterns.SPOT], "patterns"),
    ),
    "remote": Scenario(
        "publishing to another node's topic, through that node to a third",
        "bytes",
        (16, 1024),
        (16, 1024),
        deliveries(remote.ALL, "bytes"),
    ),
    "remote-echo": Scenario(
        "the same, with the publisher subscribed, too",
        "bytes",
        (16, 1024),
        (16,),
        deliveries([remote.BOTH], "bytes", each=lambda _: 2),
    ),
    "transports": Scenario(
        "throughput within a node, over inproc, ipc and tcp",
        "bytes",
        (64,),
        (64,),
        deliveries(transports.THROUGHPUT, "bytes"),
    ),
    "transports-latency": Scenario(
        "one-way latency of the same",
        "bytes",
        (64,),
        (64,),
        latencies(transports.LATENCY, "bytes"),
    ),
    "sync": Scenario(
        "joining, and cluster_sync; all peers in one process: the work, not the waiting",
        "nodes with 1,000 topics each",
        (2, 8, 32, 64),
        (8, 32),
        joins(joining.BY_NODES, "nodes"),
    ),
    "sync-topics": Scenario(
        "the same with eight nodes, by topics of each",
        "topics a node",
        (100, 1_000, 10_000),
        (100, 1_000),
        joins(joining.BY_TOPICS, "topics"),
    ),
    "sync-slow": Scenario(
        "the same with 16 peers, of which some answer 50 ms late: the waiting",
        "slow peers",
        (1, 4, 16),
        (1, 16),
        joins(slow_peers.SLOW, "slow peers"),
    ),
    "memory-topics": Scenario(
        "memory for LOCAL topics",
        "topics",
        MANY_TOPICS[1:],
        (100_000,),
        costs(memory.local_topics),
    ),
    "memory-remote-topics": Scenario(
        "memory for REMOTE topics",
        "topics",
        MANY_TOPICS[1:],
        (100_000,),
        costs(memory.remote_topics),
    ),
    "memory-subscriptions": Scenario(
        "memory for subscriptions by name, both ends",
        "subscriptions",
        (1_000, 10_000),
        (10_000,),
        costs(memory.names),
    ),
    "memory-patterns": Scenario(
        "memory for subscriptions by pattern, both ends",
        "patterns",
        (1_000, 10_000),
        (10_000,),
        costs(memory.patterns),
    ),
    "memory-peers": Scenario(
        "memory and descriptors of a node for each peer it added",
        "peers",
        (1, 10, 50),
        (1, 10, 50),
        costs(memory.peers),
    ),
    "memory-nodes": Scenario(
        "memory of idle nodes with a context each",
        "nodes",
        (1, 10),
        (1, 10),
        costs(memory.idle_nodes),
    ),
    "idle": Scenario(
        "processor time of a joined node that does nothing",
        "peers",
        (1, 10),
        (1, 10),
        costs(footprint.idle),
    ),
    "import": Scenario("time that the import takes", "module", (1,), (1,), imports()),
}
