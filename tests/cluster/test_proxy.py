"""Protects: over bad lines between two nodes no peer is falsely DOWN, every filter is soon in effect again,
and no node ends.
"""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import TooLate, Worker, wait_for
from helpers import PATIENCE_MS, receive, up, wait_until
from limits import CALM_WITHIN, CORRUPTED_WITHIN, DEFAULT, SOAK, report, seconds
from ports import free_ports
from proxy import NODE_HOST, PROXY_HOST, Proxy, Weather
from stage import Stage, on_time, stages_in
from watching import PeerWatch

import spotmq
from spotmq import PeerState

TROUBLE_SECONDS = 10.0 if SOAK else 2.5
FILTERS = [f"own:{i}" for i in range(500)]
STREAM = "own:stream"


@dataclass
class Line:
    """A worker that owns topics, and a node here that reaches it through the proxy only."""

    proxy: Proxy
    owner: Worker
    node: spotmq.Spot
    endpoint: str
    owner_id: str

    def join(self) -> None:
        self.node.subscribe(STREAM, *FILTERS, missing_ok=True)
        self.node.cluster_add(self.endpoint)

    def recover(self, within: float) -> tuple[float, list[spotmq.Message]]:
        """Until each filter brought a message that was published from now on.

        Returns how long it took, and what came of the stream.
        """
        self.owner.call("stop_publishing")
        began = time.monotonic()
        wanted = {STREAM, *FILTERS}
        newest: dict[str, int] = {}
        stream: list[spotmq.Message] = []
        while wanted:
            sent = self.owner.call("publish", *sorted(wanted))
            newest = {topic: newest.get(topic, sent[topic]) for topic in wanted}
            while wanted and self.node.poll(100):
                for message in self.node.recv_many():
                    if message.topic == STREAM:
                        stream.append(message)
                    if message.seq >= newest.get(message.topic, 0):
                        wanted.discard(message.topic)
            took = time.monotonic() - began
            if took > within:
                raise TooLate(f"{len(wanted)} filters are not in effect after {took} s")
        return took, stream


@contextmanager
def line_on(stage: Stage) -> Iterator[Line]:
    ports = free_ports(3, NODE_HOST)
    control, data, ingress = (f"tcp://{NODE_HOST}:{port}" for port in ports)
    with Proxy(ports) as proxy:
        heartbeat_ms = DEFAULT.heartbeat_ms
        owner = stage.spawn(STREAM, *FILTERS, heartbeat_ms=heartbeat_ms)
        node = stage.node(heartbeat_ms=heartbeat_ms)
        owner.set_up(
            [STREAM, *FILTERS],
            endpoint=control,
            data_endpoint=data,
            ingress_endpoint=ingress,
            advertise=PROXY_HOST,
        )
        endpoint = f"tcp://{PROXY_HOST}:{ports[0]}"
        yield Line(proxy, owner, node, endpoint, owner.call("node_id"))


def in_order(messages: list[spotmq.Message]) -> int:
    """Checks that each follows the one before it and what was lost; returns how many were lost."""
    for before, after in itertools.pairwise(messages):
        assert after.seq == before.seq + 1 + after.lost
    return sum(message.lost for message in messages)


@pytest.mark.parametrize(
    ("what", "weather"),
    [("one-byte slices", Weather(slice_bytes=1)), ("200 ms delay", Weather(delay=0.2))],
)
def test_a_slow_line(tmp_path: Path, what: str, weather: Weather) -> None:
    """Joining and streaming over it: no false DOWN, nothing lost."""
    for stage in stages_in(tmp_path):
        with stage, line_on(stage) as line:
            join_and_stream(line, what, weather)


def join_and_stream(line: Line, what: str, weather: Weather) -> None:
    line.proxy.weather = weather
    began = time.monotonic()
    with PeerWatch(line.node) as watch:
        line.join()
        wait_for(lambda: "" if up(line.node) else "not UP over the slow line", 15.0)
        joined = time.monotonic() - began
        line.owner.call("start_publishing", [STREAM], 100)
        messages: list[spotmq.Message] = []
        while time.monotonic() - began < joined + TROUBLE_SECONDS:
            messages += line.node.recv_many(timeout_ms=PATIENCE_MS)
        sent = line.owner.call("stop_publishing")[STREAM]
        messages += receive(line.node, sent - len(messages))
        assert in_order(messages) == 0
        assert [m.seq for m in messages] == list(range(1, sent + 1))
        on_time(not watch.saw(PeerState.DOWN), "a false DOWN")
        # A handshake has two seconds, and the delay takes more than one of them.
        on_time(line.node.stats().reconnects == 0, "it connected again")
        line.recover(CALM_WITHIN)
    report(what, up=seconds(joined), received=len(messages))


def test_resets_every_100_ms(tmp_path: Path) -> None:
    """No false DOWN; back in time with every filter; what was lost meanwhile is told."""
    for stage in stages_in(tmp_path):
        with stage, line_on(stage) as line:
            stream_through_resets(line)


def stream_through_resets(line: Line) -> None:
    line.join()
    wait_until(lambda: up(line.node))
    line.owner.call("start_publishing", [STREAM], 500)
    messages = [line.node.recv(PATIENCE_MS)]
    with PeerWatch(line.node) as watch:
        with line.proxy.resetting(0.1):
            time.sleep(TROUBLE_SECONDS)
        on_time(not watch.saw(PeerState.DOWN), "a false DOWN")
    back, rest = line.recover(CALM_WITHIN)
    messages += rest
    wait_for(lambda: "" if up(line.node) else "not UP again", CALM_WITHIN)
    lost = in_order(messages)
    assert line.node.stats().lost >= lost
    report("resets every 100 ms", back=seconds(back), connections=line.proxy.connections, lost=lost)


def test_corruption(tmp_path: Path) -> None:
    """Both nodes stay up, and are well again soon after. What arrives meanwhile may be anything.

    The connections that were corrupted end with it: a length that was made up has swallowed what follows
    for as long as the connection lasts, and no receiver can know.
    """
    for stage in stages_in(tmp_path):
        with stage, line_on(stage) as line:
            corrupt(line)


def corrupt(line: Line) -> None:
    line.join()
    wait_until(lambda: up(line.node))
    line.owner.call("start_publishing", [STREAM], 500)
    end = time.monotonic() + TROUBLE_SECONDS
    line.proxy.weather = Weather(corrupt_every=3000)
    with line.proxy.resetting(0.3):  # else a made-up length keeps a connection quiet to the end
        while time.monotonic() < end:
            if line.node.poll(50):
                line.node.recv_many()
    line.proxy.weather = Weather()
    line.proxy.reset()
    assert line.proxy.corrupted > 0
    back, _ = line.recover(CORRUPTED_WITHIN)

    def unwell() -> str:
        peer = line.node.peers()[0]
        well = peer.state is PeerState.UP and peer.node_id == line.owner_id
        return "" if well else f"not UP again: {peer}"

    wait_for(unwell, CORRUPTED_WITHIN)
    assert sorted(info.topic for info in line.node.list_topics()) == sorted([STREAM, *FILTERS])
    stats = line.node.stats()
    report(
        "corruption",
        back=seconds(back),
        connections=line.proxy.connections,
        corrupted=line.proxy.corrupted,
        malformed=stats.malformed,
        ignored=stats.ignored,
    )
