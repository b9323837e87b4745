"""Protects: with overflow="block", a frozen subscriber delays publishers until it is DOWN, and no longer."""

from pathlib import Path
from typing import Any

from harness import Worker, wait_for, wait_for_up
from helpers import PATIENCE, PATIENCE_MS
from law import Life, judge
from limits import QUICK, report
from test_faults import state_of

# So much more than all queues on the way to who is frozen can hold, whose frames are of 32 KiB at most.
MORE_THAN_FITS = 100_000
AN_HOUR_MS = 3_600_000


def wait_for_last(reader: Worker, owner_id: str, count: int) -> None:
    """As long as a subscriber can follow, the last message comes, whatever was lost before it."""
    wait_for(
        lambda: "" if reader.last(owner_id, "own:a") == count else "the end is missing", PATIENCE
    )


def test_a_frozen_subscriber_is_cut_off_when_it_is_down(tmp_path: Path) -> None:
    """Neither the time-out of `publish` nor that of a stalled connection comes first: both are an hour."""
    options: dict[str, Any] = {
        "heartbeat_ms": QUICK.heartbeat_ms,
        "overflow": "block",
        "send_timeout_ms": AN_HOUR_MS,
        "stall_timeout_ms": AN_HOUR_MS,
        "send_hwm": 20,
        "recv_hwm": 20,
        "size": 1000,
    }
    with (
        Worker(tmp_path / "owner", ["own:a"], **options) as owner,
        Worker(tmp_path / "well", **options) as well,
        Worker(tmp_path / "frozen", **options) as frozen,
    ):
        endpoint = owner.set_up(["own:a"])
        for reader in (well, frozen):
            address = reader.set_up(peers=[endpoint], subscriptions=["own:a"])
            owner.call("cluster_add", address, timeout_ms=PATIENCE_MS)
        wait_for_up(owner, 2, PATIENCE)
        owner_id, frozen_id = (str(worker.call("node_id")) for worker in (owner, frozen))
        owner.call("start_publishing", ["own:a"], None)
        for reader in (well, frozen):
            wait_for(lambda: "" if reader.last(owner_id, "own:a") else "no data", PATIENCE)  # noqa: B023
        frozen.pause()
        at = well.last(owner_id, "own:a") + MORE_THAN_FITS
        wait_for(lambda: "" if well.last(owner_id, "own:a") > at else "held up", PATIENCE)
        assert state_of(owner, frozen_id) == "DOWN"
        assert owner.call("stats")["cut_off"] >= 1
        frozen.resume()
        wait_for_up(owner, 2, PATIENCE)
        at = well.last(owner_id, "own:a")
        wait_for(lambda: "" if frozen.last(owner_id, "own:a") > at else "not back", PATIENCE)
        owner.call("stop_publishing")
        sent = owner.call("sent")
        for reader in (well, frozen):
            wait_for_last(reader, owner_id, sent["own:a"])
        verdict = judge(
            [Life(owner_id, sent)], [reader.call("account") for reader in (well, frozen)]
        )
        assert not verdict.breaches, f"\n{verdict}"
        assert frozen.call("stats")["lost"] > 0
    report("held up", verdict=verdict)
