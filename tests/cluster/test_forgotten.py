"""Protects: nodes that were apart until one forgot the other continue their streams, and tell each loss."""

from collections.abc import Callable, Iterator
from pathlib import Path

import netns
import pytest
from harness import Worker, wait_for, wait_for_up
from helpers import PATIENCE
from law import Life, judge
from limits import DEFAULT, SOAK, report
from stage import Stage

HEARTBEAT_MS = DEFAULT.heartbeat_ms if SOAK else 30
# A learned peer is forgotten after 60 heartbeats without a sign of it.
FORGOTTEN_WITHIN = 60 * HEARTBEAT_MS / 1000 + PATIENCE
TOPICS = [[f"own:{host}-{number}" for number in range(20)] for host in range(2)]


def connect(stage: Stage, addresses: list[str], prefixes: list[list[str]]) -> list[Worker]:
    """The second adds the first, which learns of it. Each subscribes to the other's topics."""
    pair = [
        stage.spawn(
            *TOPICS[host], heartbeat_ms=HEARTBEAT_MS, send_hwm=100, recv_hwm=100, prefix=prefix
        )
        for host, prefix in enumerate(prefixes)
    ]
    endpoint = ""
    for host, worker in enumerate(pair):
        endpoint = worker.set_up(
            TOPICS[host],
            endpoint=f"tcp://{addresses[host]}:0",
            peers=[endpoint] if endpoint else [],
            subscriptions=["own:*"],
        )
    for worker in pair:
        wait_for_up(worker, 1, PATIENCE)
    return pair


def part_and_meet(
    pair: list[Worker], part: Callable[[], None], meet: Callable[[], None], asked: list[Worker]
) -> None:
    """They part while both publish. Those that are asked forget the other."""
    ids = [str(worker.call("node_id")) for worker in pair]

    def arrived(host: int, topic: str) -> int:
        return pair[host].last(ids[1 - host], topic)

    for host, worker in enumerate(pair):
        worker.call("start_publishing", TOPICS[host], 50)
    wait_for(
        lambda: "" if all(arrived(h, TOPICS[1 - h][-1]) for h in range(2)) else "no data", PATIENCE
    )
    part()
    wait_for(
        lambda: " ".join(str(w.call("table")["peers"]) for w in asked if w.call("table")["peers"]),
        FORGOTTEN_WITHIN,
    )
    meet()
    for worker in pair:
        wait_for_up(worker, 1, PATIENCE)
    lives = []
    for host, worker in enumerate(pair):
        worker.call("stop_publishing")
        lives.append(Life(ids[host], worker.call("publish", *TOPICS[host]), told=True))

    def unsettled() -> str:
        """The ends are told without another message."""
        verdict = judge(lives, [worker.call("account") for worker in pair])
        return "\n".join(verdict.breaches)

    wait_for(unsettled, PATIENCE)
    verdict = judge(lives, [worker.call("account") for worker in pair])
    report("forgotten and met again", verdict=verdict)
    assert verdict.lost > 0


@pytest.fixture(scope="module")
def network() -> Iterator[netns.Network]:
    reason = netns.why_not()
    if reason:
        pytest.skip(f"cannot cut a network here: {reason}")
    with netns.Network(2) as network:
        yield network


def test_a_cut_that_outlasts_memory(network: netns.Network, tmp_path: Path) -> None:
    with Stage(tmp_path / "stage", last=True) as stage:
        hosts = range(2)
        pair = connect(
            stage, [network.address(h) for h in hosts], [network.prefix(h) for h in hosts]
        )
        try:
            part_and_meet(pair, lambda: network.cut(1), lambda: network.heal(1), asked=pair[:1])
        finally:
            network.heal(1)


def test_a_stop_that_outlasts_memory(tmp_path: Path) -> None:
    with Stage(tmp_path / "stage", last=True) as stage:
        pair = connect(stage, ["127.0.0.1"] * 2, [[], []])
        part_and_meet(pair, pair[1].pause, pair[1].resume, asked=pair[:1])
