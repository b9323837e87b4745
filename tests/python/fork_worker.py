"""The work of the multiprocessing processes in test_fork.py: each joins the parent's cluster with a node of
its own.
"""

import spotmq


def work(endpoint: str) -> None:
    # Published messages leave, however long the parent does not run.
    with spotmq.Spot(linger_ms=30_000) as node:
        node.cluster_add(endpoint, timeout_ms=30_000)
        node.cluster_sync(30_000)
        node.publish("answers", b"done")
