"""Protects: what a fault of one node may cost the others, a test for each row of the goals."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Worker, free_ports, settle, wait_for, wait_for_up
from helpers import PATIENCE_MS, knows, receive, up, wait_until
from law import Life, judge
from limits import LEFT_WITHIN, QUICK, SLACK, SOAK, report, seconds
from watching import PeerWatch

import spotmq
from spotmq import PeerState

SpawnWorker = Callable[..., Worker]


@pytest.fixture
def spawn_worker(tmp_path: Path) -> Iterator[SpawnWorker]:
    """Starts workers with a quick heartbeat; none outlives the test."""
    workers: list[Worker] = []

    def spawn(*topics: str, **options: Any) -> Worker:
        options = {"heartbeat_ms": QUICK.heartbeat_ms, **options}
        worker = Worker(tmp_path / str(len(workers)), topics, **options)
        workers.append(worker)
        return worker

    yield spawn
    for worker in workers:
        worker.__exit__(None, None, None)


@pytest.fixture
def observer() -> Iterator[spotmq.Spot]:
    with spotmq.Spot(heartbeat_ms=QUICK.heartbeat_ms) as node:
        yield node


def judge_all(workers: list[Worker], topics: list[str]) -> str:
    """Ends the publishing, waits for the last messages, and returns the verdict."""
    for worker in workers:
        worker.call("stop_publishing")
    settle(list(zip(workers, topics, strict=True)), workers, 10.0)
    lives = [Life(worker.call("node_id"), worker.call("sent")) for worker in workers]
    verdict = judge(lives, [worker.call("account") for worker in workers])
    assert not verdict.breaches, f"\n{verdict}"
    return str(verdict)


def lost_between(workers: list[Worker]) -> int:
    """How much of what some of the workers published was lost by them."""
    ids = [worker.call("node_id") for worker in workers]
    return sum(
        lost
        for worker in workers
        for owner, _, runs in worker.call("account")["streams"]
        if owner in ids
        for _, _, lost in runs
    )


# --- coming and going ------------------------------------------------------------------------------


def test_a_peer_killed_and_restarted(spawn_worker: SpawnWorker, observer: spotmq.Spot) -> None:
    """Down seen within T+H; topics and every subscription back within 2H, without a call."""
    (port,) = free_ports(1)
    endpoint = f"tcp://127.0.0.1:{port}"
    topics = [f"own:{i}" for i in range(100)]
    observer.cluster_add(endpoint)
    observer.subscribe(*topics[:50], "own:5?", "own:6*", missing_ok=True)
    wanted = topics[:70]
    downs, backs = [], []
    with PeerWatch(observer) as watch:
        for life in range(20 if SOAK else 3):
            worker = spawn_worker(*topics)
            node_id = worker.call("node_id")
            worker.set_up(topics, endpoint=endpoint)
            bound = time.monotonic()
            wait_until(
                lambda: up(observer) and observer.peers()[0].node_id == node_id,  # noqa: B023
                QUICK.back_within,
                f"life {life} is UP",
            )
            assert knows(observer, *topics)
            backs.append(time.monotonic() - bound)
            worker.call("publish", *wanted)
            messages = receive(observer, len(wanted))
            assert sorted(message.topic for message in messages) == sorted(wanted)
            assert {(m.node_id, m.seq, m.lost) for m in messages} == {(node_id, 1, 0)}
            assert backs[-1] <= QUICK.back_within
            killed = time.monotonic()
            worker.kill()
            downs.append(watch.when(PeerState.DOWN, killed, QUICK.down_within))
    report("killed", down=seconds(max(downs)), back=seconds(max(backs[1:])), lives=len(backs))


def test_publishers_move_over_from_an_owner_that_died(
    spawn_worker: SpawnWorker, observer: spotmq.Spot
) -> None:
    """Of two owners the one with the lower node id is chosen, unless it is DOWN."""
    owners = {}
    for _ in range(2):
        worker = spawn_worker("own:shared")
        endpoint = worker.set_up(["own:shared"])
        observer.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        owners[worker.call("node_id")] = worker
    wait_until(lambda: len(observer.list_topics()[0].endpoints) == 2, what="both are its owners")
    observer.subscribe("own:shared")
    first, second = sorted(owners)
    observer.publish("own:shared", b"to the first")
    assert observer.recv(PATIENCE_MS).node_id == first
    with PeerWatch(observer) as watch:
        killed = time.monotonic()
        owners[first].kill()
        watch.when(PeerState.DOWN, killed, QUICK.down_within)
    assert observer.topic_exists("own:shared")
    observer.publish("own:shared", b"to the second")
    message = observer.recv(PATIENCE_MS)
    assert (message.node_id, message.data) == (second, b"to the second")


def test_an_orderly_close(spawn_worker: SpawnWorker, observer: spotmq.Spot) -> None:
    """Seen within 100 ms, and the topics are gone with it."""
    left = []
    for _ in range(5):
        worker = spawn_worker("own:a")
        endpoint = worker.set_up(["own:a"])
        observer.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        wait_until(lambda: up(observer) and knows(observer, "own:a"))
        with PeerWatch(observer) as watch:
            began = time.monotonic()
            worker.start("close")
            left.append(watch.when(PeerState.DOWN, began, LEFT_WITHIN))
            assert not observer.topic_exists("own:a")
            worker.answer()
        observer.cluster_remove(endpoint)
    report("orderly close", seen=seconds(max(left)))


# --- frozen ----------------------------------------------------------------------------------------


def three(spawn_worker: SpawnWorker, **options: Any) -> tuple[list[Worker], list[str]]:
    """Three nodes that all publish to each other; the last one is going to be frozen."""
    topics = [f"own:{i}" for i in range(3)]
    workers = [spawn_worker(topic, **options) for topic in topics]
    endpoints: list[str] = []
    for worker, topic in zip(workers, topics, strict=True):
        endpoints.append(worker.set_up([topic], subscriptions=["own:*"]))
    for worker, own in zip(workers, endpoints, strict=True):
        for endpoint in endpoints:
            if endpoint != own:
                worker.call("cluster_add", endpoint, timeout_ms=PATIENCE_MS)
    for worker in workers:
        wait_for_up(worker, 2, QUICK.back_within + SLACK)
    return workers, topics


def state_of(worker: Worker, node_id: str) -> str:
    return next(str(state) for _, found, state in worker.call("table")["peers"] if found == node_id)


@pytest.mark.parametrize("times_t", [0.5, 2.0] + ([20.0] if SOAK else []))
def test_a_frozen_peer(spawn_worker: SpawnWorker, times_t: float) -> None:
    """Below T nothing happens; else down within T+H and back within 2H. Nobody else is slowed."""
    options = {"send_hwm": 100, "recv_hwm": 100, "size": 40_000}
    workers, topics = three(spawn_worker, **options)
    well, frozen = workers[:2], workers[2]
    frozen_id = str(frozen.call("node_id"))
    well_ids = [str(worker.call("node_id")) for worker in well]
    for worker, topic in zip(workers, topics, strict=True):
        worker.call("start_publishing", [topic], 50 if times_t < 1 else 250)
    for worker in workers:
        for owner, topic in zip([*well_ids, frozen_id], topics, strict=True):
            wait_for(lambda: "" if worker.last(owner, topic) else "no data", 5.0)  # noqa: B023
        worker.call("pauses")
    frozen.pause()
    since = time.monotonic()
    until = since + times_t * QUICK.t
    seen_down = 0.0
    while time.monotonic() < until:
        if not seen_down and all(state_of(worker, frozen_id) == "DOWN" for worker in well):
            seen_down = time.monotonic() - since
        assert [state_of(a, b) for a, b in zip(well, reversed(well_ids), strict=True)] == ["UP"] * 2
        time.sleep(0.005)
    pauses = [
        pause for worker in well for owner, _, pause in worker.call("pauses") if owner in well_ids
    ]
    assert max(pauses) < SLACK, "the others were slowed"
    frozen.resume()
    continued = time.monotonic()
    for worker in workers:
        wait_for_up(worker, 2, QUICK.back_within + (QUICK.t if times_t < 1 else 0))
    back = time.monotonic() - continued
    if times_t < 1:
        assert not seen_down
    else:
        assert 0 < seen_down <= QUICK.down_within
        assert back <= QUICK.back_within
    verdict = judge_all(workers, topics)
    assert lost_between(well) == 0
    lost = int(frozen.call("stats")["lost"])
    assert times_t >= 1 or lost_between(workers) == 0
    report(
        f"frozen for {times_t} T", down=seconds(seen_down), back=seconds(back), pause=max(pauses)
    )
    report(f"frozen for {times_t} T", lost_by_the_frozen=lost, verdict=verdict)


# --- slow receivers --------------------------------------------------------------------------------


@pytest.mark.parametrize("overflow", ["block", "drop"])
def test_an_application_that_reads_nothing_for_a_while(
    spawn_worker: SpawnWorker, observer: spotmq.Spot, overflow: str
) -> None:
    """No crash, no false DOWN; "block" loses nothing, "drop" counts every loss at both ends."""
    hwm = {"send_hwm": 200, "recv_hwm": 200, "size": 1000}
    owner = spawn_worker("own:a", overflow=overflow, send_timeout_ms=60_000, **hwm)
    slow = spawn_worker(**hwm)
    endpoint = owner.set_up(["own:a"])
    address = slow.set_up(peers=[endpoint], subscriptions=["own:a"])
    owner.call("cluster_add", address, timeout_ms=PATIENCE_MS)
    observer.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    observer.cluster_add(address, timeout_ms=PATIENCE_MS)
    wait_for_up(slow, 1, 5.0)
    owner_id = str(owner.call("node_id"))
    with PeerWatch(observer) as watch:
        owner.call("start_publishing", ["own:a"], None)
        wait_for(lambda: "" if slow.last(owner_id, "own:a") else "no data", 5.0)
        slow.call("pause_reading")
        time.sleep(10.0 if SOAK else 4 * QUICK.t)
        slow.call("resume_reading")
        at = slow.last(owner_id, "own:a")
        wait_for(lambda: "" if slow.last(owner_id, "own:a") > at else "no data", 5.0)
        owner.call("stop_publishing")
        settle([(owner, "own:a")], [slow], 20.0)
        assert not watch.saw(PeerState.DOWN)
        assert not watch.saw(PeerState.CONNECTING, watch.changes[-1][0])
    verdict = judge([Life(owner_id, owner.call("sent"))], [slow.call("account")])
    assert not verdict.breaches, f"\n{verdict}"
    lost = slow.call("stats")["lost"]
    assert (lost == 0) if overflow == "block" else (lost > 0)
    assert slow.call("stats")["reconnects"] == 0
    wait_until(lambda: owner.call("stats")["overflowed"] == lost, what="the owner knows of it")
    report(f"read nothing, {overflow}", sent=owner.call("sent")["own:a"], lost=lost)


def test_a_reader_that_is_always_slow(spawn_worker: SpawnWorker) -> None:
    """A queue at its high-water mark for many heartbeats: ZMTP's would abort the process here."""
    owner = spawn_worker("own:a", send_hwm=50, size=10_000)
    endpoint = owner.set_up(["own:a"])
    with spotmq.Spot(heartbeat_ms=50, recv_hwm=50) as reader, PeerWatch(reader) as watch:
        reader.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        reader.subscribe("own:a", missing_ok=True)
        wait_until(lambda: up(reader))
        owner.call("start_publishing", ["own:a"], None)
        began = time.monotonic()
        expected = received = lost = 0
        while time.monotonic() - began < (20.0 if SOAK else 3.0):
            message = reader.recv(PATIENCE_MS)
            assert expected in (0, message.seq - message.lost)
            expected = message.seq + 1
            received += 1
            lost += message.lost
            time.sleep(0.01)
        assert not watch.saw(PeerState.DOWN)
        assert reader.stats().reconnects == 0
    owner.call("stop_publishing")
    assert lost > 0
    report("slow reader", received=received, lost=lost)


# --- subscriptions ---------------------------------------------------------------------------------


def test_ten_thousand_subscriptions_and_a_reconnection(
    spawn_worker: SpawnWorker, observer: spotmq.Spot
) -> None:
    (port,) = free_ports(1)
    endpoint = f"tcp://127.0.0.1:{port}"
    topics = [f"own:{i}" for i in range(10_000)]
    observer.subscribe(*topics, missing_ok=True)
    observer.cluster_add(endpoint)
    took = []
    for _ in range(2):
        worker = spawn_worker(*topics)
        node_id = worker.call("node_id")
        worker.set_up(topics, endpoint=endpoint)
        began = time.monotonic()
        wait_until(lambda: up(observer) and observer.peers()[0].node_id == node_id)  # noqa: B023
        took.append(time.monotonic() - began)
        # One after the other, so that no high-water mark comes in between.
        for at in range(0, len(topics), 1000):
            some = topics[at : at + 1000]
            worker.call("publish", *some)
            messages = receive(observer, len(some))
            assert [(m.topic, m.seq, m.lost) for m in messages] == [(t, 1, 0) for t in some]
        worker.kill()
    report("10,000 subscriptions", up=[seconds(s) for s in took])


def test_fresh_pairs_get_the_first_message(tmp_path: Path) -> None:
    """Subscribe, then publish at once: between processes, each time two new nodes."""
    rounds = 1000 if SOAK else 200
    slowest = 0.0
    with Worker(tmp_path / "pairs") as owner:
        for number in range(rounds):
            endpoint = owner.call("fresh", "own:a")
            with spotmq.Spot() as node:
                began = time.monotonic()
                node.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
                node.subscribe("own:a", missing_ok=True)
                owner.call("publish_fresh", "own:a")
                message = node.recv(PATIENCE_MS)
                slowest = max(slowest, time.monotonic() - began)
                assert (message.seq, message.lost) == (1, 0), f"round {number}: {message}"
    report("fresh pairs", rounds=rounds, missed=0, slowest=seconds(slowest))
