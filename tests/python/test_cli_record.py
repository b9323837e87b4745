"""Protects: spot record and spot replay give the same messages in the same order and with the same timing."""

import subprocess
import time
from pathlib import Path

import pytest
from commands import Here, MakeCommand, argv
from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS, receive, wait_until

import spotmq
from spotmq.cli.recording import Reader, Record, encode_header, encode_record

WAIT = ("--wait", PATIENCE)


@pytest.fixture
def owner(make_node: MakeNode) -> spotmq.Spot:
    """A node with the topics "a" and "b"."""
    node = make_node()
    node.bind("tcp://127.0.0.1:0")
    node.topic_create("a")
    node.topic_create("b")
    return node


@pytest.fixture
def listener(make_node: MakeNode) -> spotmq.Spot:
    """A node that subscribes to everything."""
    node = make_node()
    node.bind("tcp://127.0.0.1:0")
    node.subscribe("*")
    return node


def records_of(path: Path) -> list[Record]:
    with path.open("rb") as stream:
        return [*Reader(stream)]


def write(path: Path, *records: Record) -> Path:
    path.write_bytes(encode_header() + b"".join(map(encode_record, records)))
    return path


def test_everything_comes_back(
    owner: spotmq.Spot,
    listener: spotmq.Spot,
    start_command: MakeCommand,
    here: Here,
    tmp_path: Path,
) -> None:
    file = tmp_path / "file.rec"
    record = start_command("record", owner.endpoint, file, "--count", 301)
    owner.wait_for_subscribers("a", 1, PATIENCE_MS)
    sent = [("a" if n % 3 else "b", bytes([n % 256]) * n) for n in range(300)]
    sent.append(("a", b"\xff" * 2_000_000))
    for topic, data in sent:
        owner.publish(topic, data)
    assert record.finish() == 0
    assert "301 messages of 2 topics" in record.errors

    recorded = records_of(file)
    for topic in "ab":  # between topics there is no order
        one = [record for record in recorded if record.topic == topic]
        assert [record.data for record in one] == [data for name, data in sent if name == topic]
        assert [record.seq for record in one] == [*range(1, len(one) + 1)]
    assert {record.node_id for record in recorded} == {owner.node_id}
    times = [record.time_ns for record in recorded]
    assert times == sorted(times)

    assert here("replay", listener.endpoint, file, "--speed", 0, *WAIT)[0] == 0
    replayed = [tuple(message) for message in receive(listener, len(recorded))]
    for topic in "ab":
        assert [data for name, data in replayed if name == topic] == [
            data for name, data in sent if name == topic
        ]


def test_only_what_was_asked_for(
    owner: spotmq.Spot, start_command: MakeCommand, tmp_path: Path
) -> None:
    file = tmp_path / "file.rec"
    record = start_command("record", owner.endpoint, file, "b*", "--count", 1)
    owner.wait_for_subscribers("b", 1, PATIENCE_MS)
    owner.publish("a", b"no")
    owner.publish("b", b"yes")
    assert record.finish() == 0
    assert [record.data for record in records_of(file)] == [b"yes"]


def test_the_file_is_good_while_it_grows(
    owner: spotmq.Spot, start_command: MakeCommand, tmp_path: Path
) -> None:
    file = tmp_path / "file.rec"
    record = start_command("record", owner.endpoint, file)
    owner.wait_for_subscribers("a", 1, PATIENCE_MS)
    for n in range(3):
        owner.publish("a", bytes([n]))
        wait_until(lambda n=n: len(records_of(file)) == n + 1, what="it is in the file")  # type: ignore[misc]
    record.kill()
    assert [record.data for record in records_of(file)] == [b"\0", b"\1", b"\2"]


def test_one_that_records_nothing_is_a_recording(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "file.rec"
    assert here("record", "tcp://192.0.2.1:5555", file, "--timeout", 0.05)[0] == 1
    assert records_of(file) == []


def test_force_replaces(
    owner: spotmq.Spot, start_command: MakeCommand, here: Here, tmp_path: Path
) -> None:
    file = tmp_path / "file.rec"
    file.write_bytes(b"precious")
    assert here("record", owner.endpoint, file, "--duration", 0.05)[0] == 1
    assert file.read_bytes() == b"precious"
    assert here("record", owner.endpoint, file, "--duration", 0.05, "--force")[0] == 0
    assert records_of(file) == []


def test_the_timing_is_that_of_the_recording(
    listener: spotmq.Spot, here: Here, tmp_path: Path
) -> None:
    """No message comes before its time; how soon after it is the machine's affair."""
    gaps_ms = [0, 120, 0, 80, 100]
    at, records = 10**18, []
    for number, gap in enumerate(gaps_ms):
        at += gap * 10**6
        records.append(Record(at, "a", bytes([number])))
    file = write(tmp_path / "file.rec", *records)
    for speed in (1.0, 2.0):
        started = time.monotonic()
        assert here("replay", listener.endpoint, file, "--speed", speed, *WAIT)[0] == 0
        took = time.monotonic() - started
        assert [message.data for message in receive(listener, 5)] == [bytes([n]) for n in range(5)]
        assert took >= sum(gaps_ms) / 1000 / speed
    slowed = write(tmp_path / "slow.rec", Record(0, "a", b""), Record(3600 * 10**9, "a", b""))
    started = time.monotonic()
    assert here("replay", listener.endpoint, slowed, "--speed", 0, *WAIT)[0] == 0
    assert time.monotonic() - started < 3600
    receive(listener, 2)


def test_a_recording_that_was_cut_is_replayed_and_it_is_told(
    listener: spotmq.Spot, here: Here, tmp_path: Path
) -> None:
    file = write(tmp_path / "file.rec", Record(0, "a", b"whole"), Record(0, "a", b"cut"))
    file.write_bytes(file.read_bytes()[:-1])
    status, _, err = here("replay", listener.endpoint, file, *WAIT)
    assert status == 0
    assert "ends within a record" in err
    assert listener.recv(PATIENCE_MS).data == b"whole"
    assert not listener.poll(0)


def test_damage_is_found_before_anything_is_published(
    listener: spotmq.Spot, here: Here, tmp_path: Path
) -> None:
    file = write(tmp_path / "file.rec", Record(0, "a", b"good"), Record(0, "a", b"bad"))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    status, _, err = here("replay", listener.endpoint, file, *WAIT)
    assert status == 1
    assert err.count("\n") == 1
    assert "is damaged" in err
    assert not listener.poll(0)


def test_through_pipes(owner: spotmq.Spot, listener: spotmq.Spot) -> None:
    """record | replay copies a stream from one cluster to another."""
    with (
        subprocess.Popen(
            argv("record", owner.endpoint, "-", "--count", 3), stdout=subprocess.PIPE
        ) as record,
        subprocess.Popen(
            argv("replay", listener.endpoint, "-", *WAIT), stdin=record.stdout
        ) as replay,
    ):
        assert record.stdout is not None
        record.stdout.close()
        owner.wait_for_subscribers("a", 1, PATIENCE_MS)
        for word in (b"1", b"2", b"3"):
            owner.publish("a", word)
        assert record.wait(PATIENCE) == 0
        assert replay.wait(PATIENCE) == 0
    assert [message.data for message in receive(listener, 3)] == [b"1", b"2", b"3"]


def test_a_terminal_gets_no_recording(here: Here, owner: spotmq.Spot) -> None:
    import os
    import pty

    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            argv("record", owner.endpoint, "-"),
            check=False,
            stdout=theirs,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 1
    assert b"nothing for a terminal" in done.stderr
