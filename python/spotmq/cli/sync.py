"""``spot sync``"""

from __future__ import annotations

import time

from spotmq.cli import options
from spotmq.cli.output import Notes, Output, count_of
from spotmq.cli.session import open_observer

EXAMPLES = options.examples(
    "spot sync tcp://127.0.0.1:5555",
    "spot sync tcp://10.0.0.7:5555 --timeout 30 && ./start-what-needs-the-cluster",
)


def sync(
    endpoint: options.Endpoint,
    as_json: options.Json = False,
    timeout: options.Timeout = 5.0,
    listen: options.Listen = None,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> int:
    """Wait until every node of the cluster has told its topics.

    Fails, and names the nodes that did not answer, when that takes longer than --timeout.
    """
    notes = Notes("sync", quiet)
    output = Output()
    started = time.perf_counter()
    with open_observer(notes, endpoint, timeout=timeout, listen=listen, cluster=cluster) as (
        spot,
        missing,
    ):
        took = time.perf_counter() - started
        nodes = spot.stats().peers_up
        topics = len(spot.list_topics())
    if as_json:
        output.json(
            {"nodes": nodes, "topics": topics, "missing": missing, "seconds": round(took, 6)}
        )
    else:
        output.line(f"{count_of(nodes, 'node')}, {count_of(topics, 'topic')}, {took * 1000:.1f} ms")
    output.flush()
    for peer in missing:
        notes.error(f"no answer from {peer} within {timeout:g} s")
    return 1 if missing else 0
