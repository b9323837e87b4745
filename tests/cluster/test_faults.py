"""Protects: what a fault of one node may cost the others, with a test for each row of the goals."""

import time
from pathlib import Path

import pytest
from harness import Worker, settle, wait_for, wait_for_up
from helpers import PATIENCE, PATIENCE_MS, knows, receive, up, wait_until
from law import Life, judge
from limits import LEFT_WITHIN, QUICK, SLACK, SOAK, report, seconds
from ports import free_ports
from stage import Stage, on_time, stages_in
from watching import PeerWatch

import spotmq
from spotmq import PeerState


def judge_all(workers: list[Worker], topics: list[str]) -> str:
    """Ends the publishing, waits for the last messages, and returns the verdict."""
    for worker in workers:
        worker.call("stop_publishing")
    settle(list(zip(workers, topics, strict=True)), workers, PATIENCE)
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


def test_a_peer_killed_and_restarted(tmp_path: Path) -> None:
    """Down seen within T+H; topics and every subscription back within 2H, without a call."""
    for stage in stages_in(tmp_path):
        with stage:
            kill_and_restart(stage)


def kill_and_restart(stage: Stage) -> None:
    (port,) = free_ports(1)
    endpoint = f"tcp://127.0.0.1:{port}"
    topics = [f"own:{i}" for i in range(100)]
    observer = stage.node()
    observer.cluster_add(endpoint)
    observer.subscribe(*topics[:50], "own:5?", "own:6*", missing_ok=True)
    wanted = topics[:70]
    downs, backs = [], []
    with PeerWatch(observer) as watch:
        for life in range(20 if SOAK else 3):
            worker = stage.spawn(*topics)
            node_id = worker.call("node_id")
            worker.set_up(topics, endpoint=endpoint)
            bound = time.monotonic()

            def missing() -> str:
                back = up(observer) and observer.peers()[0].node_id == node_id  # noqa: B023
                return "" if back else f"life {life} is not UP"  # noqa: B023

            wait_for(missing, QUICK.back_within)
            assert knows(observer, *topics)
            backs.append(time.monotonic() - bound)
            worker.call("publish", *wanted)
            messages = receive(observer, len(wanted))
            assert sorted(message.topic for message in messages) == sorted(wanted)
            assert {(m.node_id, m.seq, m.lost) for m in messages} == {(node_id, 1, 0)}
            on_time(backs[-1] <= QUICK.back_within, f"back after {backs[-1]} s")
            killed = time.monotonic()
            worker.kill()
            downs.append(watch.when(PeerState.DOWN, killed, QUICK.down_within))
    report("killed", down=seconds(max(downs)), back=seconds(max(backs[1:])), lives=len(backs))


def test_publishers_move_over_from_an_owner_that_died(tmp_path: Path) -> None:
    """Of two owners the one with the lower node id is chosen, unless it is DOWN."""
    for stage in stages_in(tmp_path):
        with stage:
            move_over(stage)


def move_over(stage: Stage) -> None:
    observer = stage.node()
    owners = {}
    for _ in range(2):
        worker = stage.spawn("own:shared")
        endpoint = worker.set_up(["own:shared"])
        observer.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        owners[worker.call("node_id")] = worker
    wait_until(lambda: len(observer.list_topics()[0].endpoints) == 2, what="both are its owners")
    observer.subscribe("own:shared")
    first, second = sorted(owners)
    with PeerWatch(observer) as watch:
        observer.publish("own:shared", b"to the first")
        chosen = observer.recv(PATIENCE_MS).node_id
        on_time(not watch.saw(PeerState.DOWN), "an owner seemed DOWN")
        assert chosen == first
        killed = time.monotonic()
        owners[first].kill()
        watch.when(PeerState.DOWN, killed, QUICK.down_within)
    assert observer.topic_exists("own:shared")
    on_time(up(observer), "the other one seems DOWN")
    observer.publish("own:shared", b"to the second")
    message = observer.recv(PATIENCE_MS)
    assert (message.node_id, message.data) == (second, b"to the second")


def test_an_orderly_close(tmp_path: Path) -> None:
    """Seen within 100 ms, and the topics are gone with it."""
    for stage in stages_in(tmp_path):
        with stage:
            close_in_order(stage)


def close_in_order(stage: Stage) -> None:
    observer = stage.node()
    left = []
    for _ in range(5):
        worker = stage.spawn("own:a")
        endpoint = worker.set_up(["own:a"])
        observer.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
        wait_until(lambda: up(observer) and knows(observer, "own:a"))
        with PeerWatch(observer) as watch:
            began = time.monotonic()
            worker.start("close")
            left.append(watch.when(PeerState.DOWN, began, LEFT_WITHIN))
            # A peer that seems silent is DOWN, too, but keeps its topics.
            on_time(not observer.topic_exists("own:a"), "its topics are still there")
            worker.answer()
        observer.cluster_remove(endpoint)
    report("orderly close", seen=seconds(max(left)))


# --- frozen ----------------------------------------------------------------------------------------

# Who is frozen is sent so many frames, and no more, when nothing may be lost: fewer than its queues hold.
HWM = 100
AT_ONCE = 5
HARMLESS = 8 * AT_ONCE
# So many do not fit: two queues, and what the kernel takes (6 MB on either side at most).
TOO_MANY = 2 * HWM + 300


def three(stage: Stage) -> tuple[list[Worker], list[str]]:
    """Three nodes that all publish to each other; the last one is going to be frozen."""
    topics = [f"own:{i}" for i in range(3)]
    workers = [stage.spawn(topic, send_hwm=HWM, recv_hwm=HWM, size=40_000) for topic in topics]
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


def exchange(well: list[Worker], ids: list[str], topics: list[str]) -> float:
    """A few messages from each, until each has all: so none but the frozen one is ever full.

    At a fixed rate a worker that is not let run for half a second would lose, too, and rightly.
    """
    began = time.monotonic()
    for worker, topic in zip(well, topics, strict=True):
        worker.start("publish", *[topic] * AT_ONCE)
    sent = [worker.answer()[topic] for worker, topic in zip(well, topics, strict=True)]
    for worker in well:
        for owner, topic, count in zip(ids, topics, sent, strict=True):
            wait_for(
                lambda: "" if worker.last(owner, topic) >= count else f"{topic} is late",  # noqa: B023
                PATIENCE,
            )
    return time.monotonic() - began


@pytest.mark.parametrize("times_t", [0.5, 2.0] + ([20.0] if SOAK else []))
def test_a_frozen_peer(tmp_path: Path, times_t: float) -> None:
    """Below T nothing happens; else down within T+H and back within 2H. No other node is slowed."""
    for stage in stages_in(tmp_path):
        with stage:
            freeze(stage, times_t)


def freeze(stage: Stage, times_t: float) -> None:
    workers, topics = three(stage)
    well, frozen = workers[:2], workers[2]
    ids = [str(worker.call("node_id")) for worker in workers]
    for worker, topic in zip(workers, topics, strict=True):
        worker.call("publish", topic)
    for worker in workers:
        for owner, topic in zip(ids, topics, strict=True):
            wait_for(lambda: "" if worker.last(owner, topic) else "no data", PATIENCE)  # noqa: B023
    frozen.call("start_publishing", [topics[2]], 50)
    frozen.pause()
    since = time.monotonic()
    seen_down = slowest = 0.0
    least, most = (0, HARMLESS) if times_t < 1 else (TOO_MANY, 1 << 60)
    sent = 0
    while time.monotonic() < since + times_t * QUICK.t or sent < least:
        if not seen_down and all(state_of(worker, ids[2]) == "DOWN" for worker in well):
            seen_down = time.monotonic() - since
        seen = [state_of(a, b) for a, b in zip(well, reversed(ids[:2]), strict=True)]
        on_time(seen == ["UP"] * 2, f"the others see each other {seen}")
        if sent < most:
            slowest = max(slowest, exchange(well, ids[:2], topics[:2]))
            sent += AT_ONCE
        else:
            time.sleep(0.005)
    frozen.resume()
    continued = time.monotonic()
    on_time(slowest < SLACK, f"the others were slowed: {slowest} s")
    for worker in workers:
        wait_for_up(worker, 2, QUICK.back_within + (QUICK.t if times_t < 1 else 0))
    back = time.monotonic() - continued
    if times_t < 1:
        on_time(not seen_down, "DOWN though it was frozen for less than T")
    else:
        on_time(0 < seen_down <= QUICK.down_within, f"DOWN after {seen_down} s")
        on_time(back <= QUICK.back_within, f"back after {back} s")
    verdict = judge_all(workers, topics)
    assert lost_between(well) == 0
    lost = int(frozen.call("stats")["lost"])
    assert (lost > 0) if times_t > 1 else (lost_between(workers) == 0)
    report(f"frozen for {times_t} T", down=seconds(seen_down), back=seconds(back))
    report(f"frozen for {times_t} T", round=seconds(slowest), lost=lost, verdict=verdict)


# --- slow receivers --------------------------------------------------------------------------------


@pytest.mark.parametrize("overflow", ["block", "drop"])
def test_an_application_that_reads_nothing_for_a_while(tmp_path: Path, overflow: str) -> None:
    """No crash, no false DOWN; "block" loses nothing, "drop" counts every loss at both ends."""
    for stage in stages_in(tmp_path):
        with stage:
            read_nothing(stage, overflow)


def read_nothing(stage: Stage, overflow: str) -> None:
    hwm = {"send_hwm": 200, "recv_hwm": 200, "size": 1000}
    owner = stage.spawn("own:a", overflow=overflow, send_timeout_ms=60_000, **hwm)
    slow = stage.spawn(**hwm)
    observer = stage.node()
    endpoint = owner.set_up(["own:a"])
    address = slow.set_up(peers=[endpoint], subscriptions=["own:a"])
    owner.call("cluster_add", address, timeout_ms=PATIENCE_MS)
    observer.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    observer.cluster_add(address, timeout_ms=PATIENCE_MS)
    wait_for_up(slow, 1, PATIENCE)
    owner_id = str(owner.call("node_id"))
    with PeerWatch(observer) as watch:
        owner.call("start_publishing", ["own:a"], None)
        wait_for(lambda: "" if slow.last(owner_id, "own:a") else "no data", PATIENCE)
        slow.call("pause_reading")
        time.sleep(10.0 if SOAK else 3 * QUICK.t)
        slow.call("resume_reading")
        at = slow.last(owner_id, "own:a")
        wait_for(lambda: "" if slow.last(owner_id, "own:a") > at else "no data", PATIENCE)
        owner.call("stop_publishing")
        settle([(owner, "own:a")], [slow], PATIENCE)
        on_time(not watch.saw(PeerState.DOWN), "a false DOWN")
        assert not watch.saw(PeerState.CONNECTING, watch.changes[-1][0])
    verdict = judge([Life(owner_id, owner.call("sent"))], [slow.call("account")])
    assert not verdict.breaches, f"\n{verdict}"
    lost = slow.call("stats")["lost"]
    assert (lost == 0) if overflow == "block" else (lost > 0)
    assert slow.call("stats")["reconnects"] == 0
    wait_until(lambda: owner.call("stats")["overflowed"] == lost, what="the owner knows of it")
    report(f"read nothing, {overflow}", sent=owner.call("sent")["own:a"], lost=lost)


def test_a_reader_that_is_always_slow(tmp_path: Path) -> None:
    """A receiver whose queue is full for many heartbeats stays connected, and its node stays UP."""
    for stage in stages_in(tmp_path):
        with stage:
            read_slowly(stage)


def read_slowly(stage: Stage) -> None:
    owner = stage.spawn("own:a", send_hwm=50, size=10_000)
    endpoint = owner.set_up(["own:a"])
    # One has many heartbeats in a short time, the other one that a machine can keep.
    readers = [
        stage.node(heartbeat_ms=heartbeat_ms, recv_hwm=50)
        for heartbeat_ms in (50, QUICK.heartbeat_ms)
    ]
    for reader in readers:
        reader.subscribe("own:a", missing_ok=True)
        reader.cluster_add(endpoint, timeout_ms=PATIENCE_MS)
    lost = [0, 0]
    expected = [0, 0]
    received = 0
    with PeerWatch(readers[1]) as watch:
        owner.call("start_publishing", ["own:a"], None)
        began = time.monotonic()
        while time.monotonic() - began < (20.0 if SOAK else 3.0) or not all(lost):
            for i, reader in enumerate(readers):
                message = reader.recv(PATIENCE_MS)
                assert expected[i] in (0, message.seq - message.lost)
                expected[i] = message.seq + 1
                lost[i] += message.lost
            received += 1
            time.sleep(0.01)
        on_time(not watch.saw(PeerState.DOWN), "a false DOWN")
    assert [reader.stats().reconnects for reader in readers] == [0, 0]
    owner.call("stop_publishing")
    report("slow readers", received=received, lost=lost)


# --- subscriptions ---------------------------------------------------------------------------------


def test_ten_thousand_subscriptions_and_a_reconnection(tmp_path: Path) -> None:
    for stage in stages_in(tmp_path):
        with stage:
            subscribe_to_ten_thousand(stage)


def subscribe_to_ten_thousand(stage: Stage) -> None:
    (port,) = free_ports(1)
    endpoint = f"tcp://127.0.0.1:{port}"
    topics = [f"own:{i}" for i in range(10_000)]
    observer = stage.node()
    observer.subscribe(*topics, missing_ok=True)
    observer.cluster_add(endpoint)
    took = []
    for _ in range(2):
        worker = stage.spawn(*topics)
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
