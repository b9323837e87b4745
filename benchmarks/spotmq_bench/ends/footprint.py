"""What a node costs besides messages: start-up and idling. Memory is in ``memory``."""

from __future__ import annotations

import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import spotmq
from spotmq_bench.ends.crowd import PATIENCE_MS, allow_descriptors

IDLE_S = 3.0
SETTLE_S = 0.5


def in_fresh_process(function: Callable[[int], dict[str, float]], scale: int) -> dict[str, float]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(function, scale).result(timeout=300)


def bind(node: spotmq.Spot) -> str:
    node.bind("tcp://127.0.0.1:0")
    if node.endpoint is None:
        raise RuntimeError("bound, but without an endpoint")
    return node.endpoint


def idle(peers: int) -> dict[str, float]:
    """The share of a core that a joined node takes, of nodes that all know each other."""
    allow_descriptors()
    with ExitStack() as stack:
        nodes = [stack.enter_context(spotmq.Spot()) for _ in range(peers + 1)]
        endpoints = [bind(node) for node in nodes]
        for number, node in enumerate(nodes):
            for endpoint in endpoints[:number]:
                node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        time.sleep(SETTLE_S)
        cpu, begin = time.process_time(), time.perf_counter()
        time.sleep(IDLE_S)
        used = time.process_time() - cpu
        return {"cores a node": used / (time.perf_counter() - begin) / len(nodes)}


def _seconds(program: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - begin


def import_time(module: str) -> float:
    """Seconds that the import adds to starting Python; the files are in the page cache."""
    differences = [_seconds(f"import {module}") - _seconds("pass") for _ in range(5)]
    return statistics.median(differences)
