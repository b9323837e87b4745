"""What a node costs besides messages: memory, start-up, idling. Each figure comes from a process
of its own."""

from __future__ import annotations

import gc
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import psutil

import spotmq

PATIENCE_MS = 60_000
IDLE_S = 3.0
SETTLE_S = 0.5


def _memory() -> int:
    gc.collect()
    used: int = psutil.Process().memory_full_info().uss
    return used


def _bound(node: spotmq.Spot) -> str:
    node.bind("tcp://127.0.0.1:0")
    if node.endpoint is None:
        raise RuntimeError("bound, but without an endpoint")
    return node.endpoint


def in_fresh_process(function: Callable[[int], float], scale: int) -> float:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(function, scale).result(timeout=300)


def bytes_per_topic(count: int) -> float:
    """LOCAL topics of one node, with the interpreter's copy of the names not counted."""
    topics = [f"bench:topic:{number:06}" for number in range(count)]
    with spotmq.Spot() as spot:
        spot.bind("tcp://127.0.0.1:0")
        before = _memory()
        for topic in topics:
            spot.topic_create(topic)
        return (_memory() - before) / count


def bytes_per_subscription(count: int) -> float:
    """Subscriptions by pattern, at a subscriber and its publisher together."""
    patterns = [f"bench:topic:{number:06}:*" for number in range(count)]
    with spotmq.Spot() as owner, spotmq.Spot() as spot:
        spot.cluster_add(_bound(owner), timeout_ms=PATIENCE_MS)
        before = _memory()
        spot.subscribe(*patterns, timeout_ms=PATIENCE_MS)
        return (_memory() - before) / count


def bytes_per_node(count: int) -> float:
    """Idle bound nodes, each with a context of its own."""
    before = _memory()
    nodes = [spotmq.Spot() for _ in range(count)]
    for node in nodes:
        node.bind("tcp://127.0.0.1:0")
    used = _memory() - before
    for node in nodes:
        node.close()
    return used / count


def idle_cpu(peers: int) -> float:
    """The share of a core that a joined node takes, of nodes that all know each other."""
    nodes = [spotmq.Spot() for _ in range(peers + 1)]
    try:
        endpoints = [_bound(node) for node in nodes]
        for number, node in enumerate(nodes):
            for endpoint in endpoints[:number]:
                node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        time.sleep(SETTLE_S)
        cpu, begin = time.process_time(), time.perf_counter()
        time.sleep(IDLE_S)
        used = time.process_time() - cpu
        return used / (time.perf_counter() - begin) / len(nodes)
    finally:
        for node in nodes:
            node.close()


def _seconds(program: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - begin


def import_time(module: str) -> float:
    """Seconds that the import adds to starting Python; the files are in the page cache."""
    differences = [_seconds(f"import {module}") - _seconds("pass") for _ in range(5)]
    return statistics.median(differences)
