"""``spot topics``"""

from __future__ import annotations

from spotmq.cli import options
from spotmq.cli.output import Notes, Output
from spotmq.cli.session import open_observer

EXAMPLES = options.examples(
    "spot topics tcp://127.0.0.1:5555", "spot topics tcp://127.0.0.1:5555 --json | jq -r .topic"
)


def topics(
    endpoint: options.Endpoint,
    as_json: options.Json = False,
    timeout: options.Timeout = 5.0,
    listen: options.Listen = None,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> int:
    """List the topics of the whole cluster and the nodes that own them.

    Topics of nodes that never bind are their own, and not seen. Fails when a node of the cluster
    did not answer.
    """
    notes = Notes("topics", quiet)
    output = Output()
    with open_observer(notes, endpoint, timeout=timeout, listen=listen, cluster=cluster) as (
        spot,
        missing,
    ):
        found = spot.list_topics()
    if as_json:
        for info in found:
            output.json(
                {"topic": info.topic, "owners": info.endpoints, "reachable": info.reachable}
            )
    else:
        output.table(
            ("TOPIC", "OWNERS", "REACHABLE"),
            (
                (info.topic, " ".join(info.endpoints), "yes" if info.reachable else "no")
                for info in found
            ),
        )
    output.flush()
    for peer in missing:
        notes.error(f"no answer from {peer}: its topics are not known")
    return 1 if missing else 0
