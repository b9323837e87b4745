"""``spot peers``"""

from __future__ import annotations

from spotmq._nearest import printable
from spotmq.cli import options
from spotmq.cli.output import Notes, Output
from spotmq.cli.session import open_observer

EXAMPLES = options.examples(
    "spot peers tcp://127.0.0.1:5555",
    "spot peers tcp://127.0.0.1:5555 --json | jq -r 'select(.state != \"UP\").endpoint'",
)


def peers(
    endpoint: options.Endpoint,
    as_json: options.Json = False,
    timeout: options.Timeout = 5.0,
    listen: options.Listen = None,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> int:
    """List the nodes of the cluster, as this command reaches them.

    Nodes that never bind are known to nobody, and not seen. Fails when a node is not UP.
    """
    notes = Notes("peers", quiet)
    output = Output()
    with open_observer(notes, endpoint, timeout=timeout, listen=listen, cluster=cluster) as (
        spot,
        _,
    ):
        found = sorted(spot.peers())
    if as_json:
        for peer in found:
            output.json({**peer._asdict(), "state": str(peer.state)})
    else:
        output.table(
            ("ENDPOINT", "NAME", "STATE", "TOPICS", "NODE ID"),
            (
                (peer.endpoint, peer.name or "-", str(peer.state), str(peer.topics), peer.node_id)
                for peer in found
            ),
        )
    output.flush()
    for peer in found:
        if peer.reason:
            notes.error(f"{printable(peer.endpoint)} is {peer.state}: {printable(peer.reason)}")
    return 0 if all(str(peer.state) == "UP" for peer in found) else 1
