"""``spot ping``"""

from __future__ import annotations

import statistics
import time
from typing import Annotated

import typer

import spotmq
from spotmq.cli import options, signals
from spotmq.cli.output import Notes, Output
from spotmq.cli.session import connect_only

EXAMPLES = options.examples(
    "spot ping tcp://127.0.0.1:5555",
    "spot ping tcp://10.0.0.7:5555 --count 0 --interval 0.2    # until Ctrl-C",
    "spot ping tcp://10.0.0.7:5555 --json | jq .ms",
)


def ping(
    endpoint: options.NodeEndpoint,
    count: Annotated[
        int, typer.Option("--count", "-n", min=0, metavar="N", help="How many; 0: until Ctrl-C.")
    ] = 4,
    interval: Annotated[
        float, typer.Option(parser=options.seconds, metavar="SECONDS", help="Pause between two.")
    ] = 1.0,
    as_json: options.Json = False,
    timeout: options.Timeout = 5.0,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> int:
    """Measure how long the node at ENDPOINT takes to answer.

    The time is that of a QUERY and its QUERY_RESP over the control connection: there and back,
    both nodes' service threads included, and longer where the node has many topics to list. It
    does not pass through the node's application, and not over the connections that messages use.
    Fails when an answer is missing.
    """
    notes = Notes("ping", quiet)
    output = Output()
    times: list[float] = []
    sent = 0
    # Alone with that node: a cluster_sync waits for every peer.
    with connect_only(notes, endpoint, timeout=timeout, cluster=cluster) as spot:
        try:
            while count == 0 or sent < count:
                if sent:
                    signals.sleep(interval)
                sent += 1
                took = _round_trip_ms(spot, timeout)
                if took is not None:
                    times.append(took)
                _report(output, endpoint, sent, took, timeout, as_json)
        finally:
            if not as_json:
                output.line(_summary(times, sent))
                output.flush()
    return 0 if len(times) == sent else 1


def _round_trip_ms(spot: spotmq.Spot, timeout: float) -> float | None:
    started = time.perf_counter()
    try:
        spot.cluster_sync(timeout * 1000)
    except spotmq.Timeout:
        return None
    return (time.perf_counter() - started) * 1000


def _report(
    output: Output, endpoint: str, number: int, took: float | None, timeout: float, as_json: bool
) -> None:
    if as_json:
        ms = None if took is None else round(took, 3)
        output.json({"endpoint": endpoint, "number": number, "ms": ms})
    elif took is None:
        output.line(f"{endpoint}: {number}: no answer within {timeout:g} s")
    else:
        output.line(f"{endpoint}: {number}: {took:.3f} ms")
    output.flush()


def _summary(times: list[float], sent: int) -> str:
    if not times:
        return f"{sent} asked, 0 answered"
    return (
        f"{sent} asked, {len(times)} answered; min/median/max "
        f"{min(times):.3f}/{statistics.median(times):.3f}/{max(times):.3f} ms"
    )
