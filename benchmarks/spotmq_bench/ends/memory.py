"""What a node remembers: memory that belongs to the process alone (USS), before and after.

The nodes whose memory does not count are in another process.
"""

from __future__ import annotations

import gc
import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection

import psutil

import spotmq
from spotmq_bench.ends.crowd import PATIENCE_MS, allow_descriptors
from spotmq_bench.ends.footprint import bind

START_S = 60.0
END_S = 5.0
IDLE_NODE, OVER_PYTHON = "bytes a node", "bytes over bare Python, in all"
TOPIC, SUBSCRIPTION = "bytes a topic", "bytes a subscription"
CONNECTION, DESCRIPTORS = "bytes a peer", "descriptors a peer"


def _used() -> int:
    gc.collect()
    used: int = psutil.Process().memory_full_info().uss
    return used


def _names(count: int) -> list[str]:
    return [f"bench:topic:{number:06}" for number in range(count)]


def _serve(link: Connection, nodes: int, topics: int) -> None:
    """Nodes with topics, for as long as the other end is open."""
    allow_descriptors()
    with ExitStack() as stack:
        spots = [stack.enter_context(spotmq.Spot()) for _ in range(nodes)]
        endpoints = [bind(spot) for spot in spots]
        for spot in spots:
            for topic in _names(topics):
                spot.topic_create(topic)
        link.send(endpoints)
        with suppress(KeyboardInterrupt):  # the benchmark says so, once
            link.poll(None)


@contextmanager
def elsewhere(nodes: int, topics: int = 0) -> Iterator[list[str]]:
    """The endpoints of nodes in another process."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, nodes, topics))
    process.start()
    theirs.close()
    try:
        if not ours.poll(START_S):
            raise RuntimeError("the peers do not start")
        yield ours.recv()
    finally:
        ours.close()
        process.join(END_S)
        if process.is_alive():
            process.kill()


def local_topics(count: int) -> dict[str, float]:
    """LOCAL topics of one node; the interpreter's copy of the names is not counted."""
    topics = _names(count)
    with spotmq.Spot() as spot:
        bind(spot)
        before = _used()
        for topic in topics:
            spot.topic_create(topic)
        return {TOPIC: (_used() - before) / count}


def remote_topics(count: int) -> dict[str, float]:
    """Another node's topics, at the node that learns of them; with what it took to learn."""
    with elsewhere(1, count) as [owner], spotmq.Spot() as spot:
        before = _used()
        spot.cluster_add(owner, timeout_ms=PATIENCE_MS)
        spot.cluster_sync(PATIENCE_MS)
        used = _used() - before
        if spot.stats().topics_remote != count:
            raise RuntimeError("not all topics are known")
        return {TOPIC: used / count}


def _subscriptions(topics: list[str]) -> dict[str, float]:
    with spotmq.Spot() as owner, spotmq.Spot() as spot:
        spot.cluster_add(bind(owner), timeout_ms=PATIENCE_MS)
        before = _used()
        spot.subscribe(*topics, missing_ok=True, timeout_ms=PATIENCE_MS)
        return {SUBSCRIPTION: (_used() - before) / len(topics)}


def names(count: int) -> dict[str, float]:
    """Subscriptions by name, at a subscriber and its publisher together."""
    return _subscriptions(_names(count))


def patterns(count: int) -> dict[str, float]:
    """Subscriptions by pattern, at a subscriber and its publisher together."""
    return _subscriptions([f"{name}:*" for name in _names(count)])


def peers(count: int) -> dict[str, float]:
    """What a node has for each peer that it added, without topics."""
    allow_descriptors()
    process = psutil.Process()
    with elsewhere(count) as endpoints, spotmq.Spot() as spot:
        bind(spot)
        before, descriptors = _used(), process.num_fds()
        for endpoint in endpoints:
            spot.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        return {
            CONNECTION: (_used() - before) / count,
            DESCRIPTORS: (process.num_fds() - descriptors) / count,
        }


IDLE_PROGRAM = """
import spotmq
nodes = [spotmq.Spot() for _ in range({count})]
for node in nodes:
    node.bind("tcp://127.0.0.1:0")
"""
WAIT = "print(flush=True)\ninput()\n"


def _weight(program: str) -> int:
    """The memory of a process that ran it and now waits."""
    with subprocess.Popen(
        [sys.executable, "-c", program + WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if not process.stdout or not process.stdout.readline():
            raise RuntimeError("the program that is to be weighed ended")
        weight: int = psutil.Process(process.pid).memory_full_info().uss
        process.communicate(b"\n")
    return weight


def bound_nodes(count: int) -> dict[str, float]:
    """Idle bound nodes, each with a context of its own."""
    allow_descriptors()
    with ExitStack() as stack:
        before = _used()
        nodes = [stack.enter_context(spotmq.Spot()) for _ in range(count)]
        for node in nodes:
            bind(node)
        return {IDLE_NODE: (_used() - before) / count}


def idle_nodes(count: int) -> dict[str, float]:
    """The same; beside that, all that the program has more than Python alone, the package
    included."""
    whole = _weight(IDLE_PROGRAM.format(count=count)) - _weight("")
    return bound_nodes(count) | {OVER_PYTHON: whole}


class Weigh:
    """A function of this module as an end that needs no other end. Its round returns the first
    figure."""

    def __init__(
        self, _link: Connection, scale: int, function: Callable[[int], dict[str, float]]
    ) -> None:
        self._scale, self._function = scale, function

    def run(self, _count: int) -> list[float]:
        # Once before it counts: pages of code count, too, and how many a first use maps is up to the kernel.
        self._function(1)
        return [next(iter(self._function(self._scale).values()))]

    def close(self) -> None:
        pass
