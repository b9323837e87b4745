"""Protects: what spot sub prints (lines, JSON, bytes, hexdumps and losses), and when it ends."""

import base64
import json
import os
import subprocess

import pytest
from commands import Command, MakeCommand, argv
from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS, wait_until

import spotmq


@pytest.fixture
def owner(make_node: MakeNode) -> spotmq.Spot:
    """A node with the topic "news"."""
    node = make_node()
    node.bind("tcp://127.0.0.1:0")
    node.topic_create("news")
    return node


def endpoint(node: spotmq.Spot) -> str:
    assert node.endpoint is not None
    return node.endpoint


def subscribed(owner: spotmq.Spot, sub: Command) -> Command:
    owner.wait_for_subscribers("news", 1, PATIENCE_MS)
    return sub


def printed(owner: spotmq.Spot, *options: object, messages: list[bytes]) -> bytes:
    """What it prints for these messages, byte by byte."""
    with subprocess.Popen(
        argv("sub", endpoint(owner), "news", "-n", len(messages), *options), stdout=subprocess.PIPE
    ) as sub:
        owner.wait_for_subscribers("news", 1, PATIENCE_MS)
        owner.publish_many("news", messages)
        out, _ = sub.communicate(timeout=PATIENCE)
    assert sub.returncode == 0
    return out


def test_a_message_is_a_line_and_commands_no_terminal(owner: spotmq.Spot) -> None:
    out = printed(
        owner, messages=[b"plain", "hällo €".encode(), b"a\nb\x1b[31m\x00\t\\", b"\xff", b""]
    )
    assert out.decode() == (
        "news plain\nnews hällo €\nnews a\\nb\\x1b[31m\\x00\\t\\\nnews \\xff\nnews \n"
    )


def test_output_is_utf8_whatever_the_locale(
    owner: spotmq.Spot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert printed(owner, messages=["€".encode()]) == "news €\n".encode()


def test_json_is_an_object_a_line(owner: spotmq.Spot) -> None:
    messages = [b"text", "€\n\u2028".encode(), b"\xff\x00", b""]
    lines = printed(owner, "--json", messages=messages).decode().split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(messages)
    for number, (line, data) in enumerate(zip(lines, messages, strict=True), 1):
        value = json.loads(line)
        assert value["topic"] == "news"
        assert value["seq"] == number
        assert value["lost"] == 0
        assert value["node_id"] == owner.node_id
        assert value["time"] > 0
        text = value["data"]
        decoded = text.encode() if value["encoding"] == "utf-8" else base64.b64decode(text)
        assert decoded == data
    times = [json.loads(line)["time"] for line in lines]
    assert times == sorted(times)
    assert [json.loads(line)["encoding"] for line in lines] == ["utf-8", "utf-8", "base64", "utf-8"]


def test_raw_is_the_bytes_and_nothing_else(owner: spotmq.Spot) -> None:
    messages = [os.urandom(100_000), b"", b"\n", bytes(range(256))]
    assert printed(owner, "--raw", messages=messages) == b"".join(messages)


def test_raw_with_a_separator(owner: spotmq.Spot) -> None:
    assert printed(owner, "--raw", "--separator", r"\0", messages=[b"a", b"b"]) == b"a\0b\0"


def test_hexdump(owner: spotmq.Spot) -> None:
    assert printed(owner, "--hexdump", messages=[bytes(range(60, 80)), b""]).decode() == (
        "news seq 1, 20 bytes\n"
        "00000000  3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b  |<=>?@ABCDEFGHIJK|\n"
        "00000010  4c 4d 4e 4f                                       |LMNO|\n"
        "news seq 2, 0 bytes\n"
    )


def test_lines_come_one_by_one_through_a_pipe(
    owner: spotmq.Spot, start_command: MakeCommand
) -> None:
    sub = subscribed(owner, start_command("sub", endpoint(owner)))
    for word in ("one", "two"):
        owner.publish("news", word.encode())
        assert sub.line() == f"news {word}"


def test_topics_that_appear_later_are_received(
    owner: spotmq.Spot, start_command: MakeCommand
) -> None:
    sub = start_command("sub", endpoint(owner), "later", "t?")
    sub.noted("subscribed to later t?")
    for topic in ("later", "t1", "other", "t2"):
        owner.topic_create(topic)
        owner.publish(topic, b"x")
    assert sub.lines(3) == ["later x", "t1 x", "t2 x"]


def test_it_ends_after_a_time(owner: spotmq.Spot, start_command: MakeCommand) -> None:
    sub = start_command("sub", endpoint(owner), "--duration", "0.2")
    assert sub.finish() == 0


def test_what_was_lost_is_told(make_node: MakeNode, start_command: MakeCommand) -> None:
    """It is stopped while more is published than the owner's queue and the kernel hold."""
    owner = make_node(send_hwm=4)
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("news")
    sub = subscribed(owner, start_command("sub", endpoint(owner), "--json"))
    owner.publish("news", b"first")
    assert json.loads(sub.line())["seq"] == 1
    sub.pause()
    owner.publish_many("news", [b"x" * 1_000_000] * 40)
    sub.resume()
    seen, data = 1, ""
    gaps: list[int] = []
    while data != "last":
        owner.publish("news", b"last")
        value = json.loads(sub.line())
        data = value["data"]
        gaps += filter(None, [value["lost"]])
        seen += 1
        assert seen + sum(gaps) == value["seq"]
    assert gaps
    told = [f"{count:,} message{'s' * (count > 1)} lost here" for count in gaps]
    wait_until(lambda: all(line in sub.errors for line in told), what="it is told")
    sub.interrupt()
    assert sub.finish() == 130
