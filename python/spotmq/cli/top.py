"""``spot top``"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

import spotmq
from spotmq import _core
from spotmq.cli import options
from spotmq.cli.errors import UsageError
from spotmq.cli.inbox import batches
from spotmq.cli.output import Notes, Output, printable
from spotmq.cli.screen import Frame, keyboard, wants_to_quit
from spotmq.cli.session import get_acquainted, open_node
from spotmq.cli.traffic import Known, Row, Sort, Traffic, sorted_by

EXAMPLES = options.examples(
    "spot top tcp://127.0.0.1:5555",
    "spot top tcp://127.0.0.1:5555 'sensor.*' --sort bytes --interval 5",
    "spot top tcp://127.0.0.1:5555 --once --json | jq '.topics[].messages_per_second'",
)

Show = Callable[[list[Row]], None]


def top(
    endpoint: options.Endpoint,
    patterns: options.Patterns = None,
    interval: Annotated[
        float,
        typer.Option(parser=options.positive_seconds, metavar="SECONDS", help="Between two looks."),
    ] = 1.0,
    count: Annotated[
        int | None,
        typer.Option(
            "--count", "-n", min=1, metavar="N", show_default=False, help="End after N looks."
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One look, after one interval.")] = False,
    sort: Annotated[Sort, typer.Option(help="What to sort by.")] = Sort.rate,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line for each look.")
    ] = False,
    timeout: options.Timeout = 5.0,
    listen: options.Listen = None,
    quiet: options.Quiet = False,
    cluster: options.Cluster = None,
) -> None:
    """Show each topic's traffic, owners and subscribers, live.

    It subscribes, and counts what it receives: a subscriber as any other, so that all traffic
    comes here too, and a publisher that waits for slow subscribers waits for this one. LOST is what
    it missed itself; SUBSCRIBERS are receivers on nodes that it is connected to, itself left out.

    On a terminal, q or Ctrl-C ends; elsewhere each look is lines of time, topic, messages/s, bytes/s,
    subscribers, lost and owners, separated by tabs.
    """
    if once and count is not None:
        raise UsageError("--once and --count exclude each other")
    looks = 1 if once else count
    wanted = patterns or ["*"]
    output = Output()
    live = output.is_terminal and not as_json and not once
    # On a live screen there is no place for notes; the address is in its first line.
    notes = Notes("top", quiet or live)
    with open_node(
        notes,
        endpoint,
        timeout=timeout,
        listen=listen,
        cluster=cluster,
        prepare=lambda spot: spot.subscribe(*wanted, missing_ok=True),
        tell=True,
    ) as spot:
        get_acquainted(spot, timeout)
        watch = _Watch(spot, wanted, interval, sort, output)
        if live:
            _show_live(watch, spot, endpoint, looks)
        else:
            show = _shower(output, spot, endpoint, as_json)
            for rows in watch.looks(looks, None):
                show(rows)
                output.flush()


class _Watch:
    """Looks at what a node receives, one an interval."""

    def __init__(
        self, spot: spotmq.Spot, wanted: list[str], interval: float, sort: Sort, output: Output
    ) -> None:
        self._spot = spot
        self._wanted = wanted
        self._interval = interval
        self._sort = sort
        self._output = output

    def looks(self, count: int | None, keys: int | None) -> Iterator[list[Row]]:
        traffic = Traffic()
        last = time.monotonic()
        done = 0
        while count is None or done < count:
            for batch in batches(
                self._spot, output=self._output, duration=self._interval, until=keys
            ):
                traffic.add(batch)
            now = time.monotonic()
            if now - last < self._interval:  # a key was pressed
                if keys is not None and wants_to_quit(keys):
                    return
                continue
            yield sorted_by(traffic.take(now - last, self._known()), self._sort)
            last = now
            done += 1

    def _known(self) -> dict[str, Known]:
        """The known topics that this command subscribes to."""
        return {
            info.topic: Known(info.endpoints, max(0, self._spot._count_subscribers(info.topic) - 1))
            for info in self._spot.list_topics()
            if any(_matches(pattern, info.topic) for pattern in self._wanted)
        }


def _matches(pattern: str, topic: str) -> bool:
    return _core._wire.matches(pattern.encode(), topic.encode())


def _show_live(watch: _Watch, spot: spotmq.Spot, endpoint: str, looks: int | None) -> None:
    def frame(rows: list[Row]) -> Frame:
        stats = spot.stats()
        return Frame(endpoint, stats.peers_up, stats.lost, rows)

    with keyboard() as keys, Live(frame([]), screen=True, auto_refresh=False) as live:
        for rows in watch.looks(looks, keys):
            live.update(frame(rows), refresh=True)


def _shower(output: Output, spot: spotmq.Spot, endpoint: str, as_json: bool) -> Show:
    def show_json(rows: list[Row]) -> None:
        stats = spot.stats()
        output.json(
            {
                "time": round(time.time(), 3),
                "nodes": stats.peers_up,
                "lost": stats.lost,
                "topics": [row.as_json() for row in rows],
            }
        )

    def show_table(rows: list[Row]) -> None:
        stats = spot.stats()
        Console().print(Frame(endpoint, stats.peers_up, stats.lost, rows))

    def show_lines(rows: list[Row]) -> None:
        now = time.strftime("%H:%M:%S")
        for row in rows:
            cells = (
                now,
                printable(row.topic),
                f"{row.messages_per_second:.1f}",
                f"{row.bytes_per_second:.1f}",
                str(row.subscribers),
                str(row.lost),
                printable(" ".join(row.owners)),
            )
            output.line("\t".join(cells))

    if as_json:
        return show_json
    return show_table if output.is_terminal else show_lines
