"""Protects: after a network was cut without notice and healed, data flow again at once, and every loss is
told.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import netns
import pytest
from harness import Worker, wait_for, wait_for_up
from helpers import PATIENCE
from law import Life, judge
from limits import DEFAULT, HEALED_WITHIN, SLACK, SOAK, report, seconds
from stage import Stage, on_time, stages_in

RATE = 200
CUTS = [1, 5, 20, 45] if SOAK else [1, 5]


@pytest.fixture(scope="module")
def network() -> Iterator[netns.Network]:
    reason = netns.why_not()
    if reason:
        pytest.skip(f"cannot cut a network here: {reason}")
    with netns.Network(2) as network:
        yield network


def owners(pair: list[Worker]) -> list[str]:
    return [str(worker.call("node_id")) for worker in pair]


def arrived(pair: list[Worker], ids: list[str]) -> list[int]:
    """How far each has got with what the other one sends."""
    return [
        receiver.last(owner, f"own:{1 - i}")
        for i, (receiver, owner) in enumerate(zip(pair, reversed(ids), strict=True))
    ]


@pytest.mark.parametrize("cut", CUTS)
def test_data_flows_after_the_heal(network: netns.Network, tmp_path: Path, cut: int) -> None:
    for stage in stages_in(tmp_path):
        with stage:
            try:
                cut_and_heal(stage, network, cut)
            finally:
                network.heal(1)


def connect(stage: Stage, network: netns.Network) -> list[Worker]:
    """A node on each host, which owns a topic and subscribes to the other's."""
    pair = [
        stage.spawn(f"own:{host}", heartbeat_ms=DEFAULT.heartbeat_ms, prefix=network.prefix(host))
        for host in range(2)
    ]
    for host, worker in enumerate(pair):
        worker.set_up(
            [f"own:{host}"],
            endpoint=f"tcp://{network.address(host)}:5555",
            peers=[f"tcp://{network.address(1 - host)}:5555"],
            subscriptions=["own:*"],
        )
    for worker in pair:
        wait_for_up(worker, 1, PATIENCE)
    return pair


def cut_and_heal(stage: Stage, network: netns.Network, cut: int) -> None:
    pair = connect(stage, network)
    ids = owners(pair)
    for host, worker in enumerate(pair):
        worker.call("start_publishing", [f"own:{host}"], RATE)
    wait_for(lambda: "" if min(arrived(pair, ids)) > 0 else "no data", PATIENCE)

    network.cut(1)
    time.sleep(cut)
    before = arrived(pair, ids)
    states = [worker.call("table")["peers"][0][2] for worker in pair]
    if cut >= DEFAULT.down_within:
        on_time(states == ["DOWN", "DOWN"], f"{states} after {cut} s")
    healed = time.monotonic()
    network.heal(1)
    back: list[float] = [0.0, 0.0]

    def waiting() -> str:
        for i, (old, new) in enumerate(zip(before, arrived(pair, ids), strict=True)):
            if new > old and not back[i]:
                back[i] = time.monotonic() - healed
        return "" if all(back) else f"data arrived after {back}"

    wait_for(waiting, HEALED_WITHIN + 20.0)
    up = [wait_for_up(worker, 1, DEFAULT.back_within + SLACK) for worker in pair]
    report(f"cut for {cut} s", data=[seconds(s) for s in back], up=[seconds(s) for s in up])

    lives = []
    for host, worker in enumerate(pair):
        worker.call("stop_publishing")
        lives.append(Life(ids[host], worker.call("publish", f"own:{host}")))
    ends = [lives[1].sent["own:1"], lives[0].sent["own:0"]]
    wait_for(lambda: "" if arrived(pair, ids) == ends else "the last messages", PATIENCE)
    verdict = judge(lives, [worker.call("account") for worker in pair])
    assert not verdict.breaches, f"\n{verdict}"
    report(f"cut for {cut} s", verdict=verdict)
    on_time(max(back) <= HEALED_WITHIN, f"data flows after {back}")
