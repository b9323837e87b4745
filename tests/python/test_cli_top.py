"""Protects: spot top shows rates, owners, subscribers and losses of every topic, on a terminal and in a pipe."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pexpect
import pytest
from commands import PROGRAM, Here, MakeCommand, address, patient
from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS

import spotmq
from spotmq.cli.traffic import Known, Sort, Traffic, sorted_by


@pytest.fixture
def busy(make_node: MakeNode) -> Iterator[spotmq.Spot]:
    """A node that publishes to "busy" all the time, and has "quiet", with one subscriber elsewhere."""
    node, client = make_node(), make_node()
    node.bind("tcp://127.0.0.1:0")
    node.topic_create("busy")
    node.topic_create("quiet")
    client.cluster_add(str(node.endpoint), timeout_ms=PATIENCE_MS)
    client.subscribe("quiet", missing_ok=True)
    node.wait_for_subscribers("quiet", 1, PATIENCE_MS)
    done = threading.Event()

    def publish() -> None:
        while not done.wait(0.002):
            node.publish("busy", bytes(100))

    thread = threading.Thread(target=publish)
    thread.start()
    yield node
    done.set()
    thread.join()


def check(look: dict[str, Any], node: spotmq.Spot) -> bool:
    """Returns whether it was made of a time in which something came, and after everybody had connected."""
    assert look["lost"] == 0
    busy, quiet = look["topics"]
    assert (busy["topic"], quiet["topic"]) == ("busy", "quiet")
    assert busy["owners"] == quiet["owners"] == [node.endpoint]
    rate = busy["messages_per_second"]
    assert isinstance(rate, float)
    assert busy["bytes_per_second"] == pytest.approx(100 * rate)
    assert quiet["messages_per_second"] == 0
    assert busy["subscribers"] == 0
    assert busy["lost"] == quiet["lost"] == 0
    return rate > 0 and bool(quiet["subscribers"] == 1)


def test_json_is_an_object_a_look(busy: spotmq.Spot, start_command: MakeCommand) -> None:
    top = start_command("top", busy.endpoint, "--json", "--interval", 0.1)
    while not check(json.loads(top.line()), busy):
        pass
    top.interrupt()
    assert top.finish() == 130


def test_lines_in_a_pipe(busy: spotmq.Spot, start_command: MakeCommand) -> None:
    top = start_command("top", busy.endpoint, "--interval", 0.1, "--sort", "topic")
    rate = 0.0
    while not rate:
        rows = [line.split("\t") for line in top.lines(2)]
        assert [row[1] for row in rows] == ["busy", "quiet"]
        assert rows[0][6] == busy.endpoint
        rate = float(rows[0][2])
    assert rate > 0
    top.interrupt()
    assert top.finish() == 130


@pytest.mark.parametrize(("options", "looks"), [(("--count", 3), 3), (("--once",), 1)])
def test_so_many_looks(
    busy: spotmq.Spot,
    here: Here,
    options: tuple[object, ...],
    looks: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = ("top", busy.endpoint, "--json", "--interval", 0.05, *options, *patient(monkeypatch))
    status, out, _ = here(*command)
    assert status == 0
    found = [json.loads(line) for line in out.splitlines()]
    assert len(found) == looks
    for look in found:
        check(look, busy)


def test_only_what_was_asked_for(busy: spotmq.Spot, here: Here) -> None:
    _, out, _ = here("top", busy.endpoint, "q*", "--once", "--json", "--interval", 0.05)
    assert [row["topic"] for row in json.loads(out)["topics"]] == ["quiet"]


def test_it_may_come_first(start_command: MakeCommand) -> None:
    where = address()
    top = start_command("top", where, "--interval", 0.1, "--json")
    top.noted("listening")
    pub = start_command("pub", where, "news", "x", "-n", 0, "--rate", 100, "--wait", PATIENCE)
    while not any(row["messages_per_second"] for row in json.loads(top.line())["topics"]):
        pass
    pub.interrupt()
    assert pub.finish() == 130
    while json.loads(top.line())["topics"]:
        pass
    top.interrupt()
    assert top.finish() == 130


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("\x03", 130)])
def test_a_live_table_on_a_terminal(busy: spotmq.Spot, key: str, status: int) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-c", PROGRAM, "top", str(busy.endpoint), "--interval", "0.2"],
        encoding="utf-8",
        timeout=PATIENCE,
        dimensions=(12, 100),
        env={**os.environ, "TERM": "xterm-256color"},
    )
    try:
        child.expect_exact("\x1b[?1049h")  # the other screen
        for word in ("TOPIC", "MESSAGES/S", "SUBSCRIBERS", "OWNERS", "busy", "quiet"):
            child.expect_exact(word)
        child.expect(r"busy +[1-9]")
        child.expect_exact("quiet")
        child.send(key)
        child.expect_exact("\x1b[?1049l")  # and back, with the cursor
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == status
        assert "Traceback" not in (child.before or "")
    finally:
        child.close(force=True)


def test_rates_are_those_since_the_last_look() -> None:
    traffic = Traffic()
    known = {"a": Known(("tcp://x:1",), 2), "c": Known((), 0)}
    traffic.add([spotmq.Message("a", b"12345", seq=1), spotmq.Message("a", b"", seq=5, lost=3)])
    traffic.add([spotmq.Message("b", b"1")])
    rows = traffic.take(2.0, known)
    assert [(row.topic, row.messages_per_second, row.bytes_per_second) for row in rows] == [
        ("a", 1.0, 2.5),
        ("b", 0.5, 0.5),
        ("c", 0, 0),
    ]
    assert (rows[0].owners, rows[0].subscribers, rows[0].lost) == (("tcp://x:1",), 2, 3)
    again = traffic.take(1.0, known)
    assert [(row.topic, row.messages_per_second, row.lost) for row in again] == [
        ("a", 0, 3),
        ("c", 0, 0),
    ]
    assert [row.topic for row in sorted_by(reversed(rows), Sort.rate)] == ["a", "b", "c"]
    assert [row.topic for row in sorted_by(reversed(rows), Sort.lost)] == ["a", "b", "c"]
    assert [row.topic for row in sorted_by(reversed(rows), Sort.topic)] == ["a", "b", "c"]
