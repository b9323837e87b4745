"""Protects: to which topics spot replay publishes, under which names, and that it uses no other node's
identity.
"""

from pathlib import Path

import pytest
from commands import Here
from conftest import MakeNode
from helpers import PATIENCE, receive

import spotmq
from spotmq.cli.recording import Record, encode_header, encode_record

WAIT = ("--wait", PATIENCE, "--speed", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.rec"
    records = [Record(n, topic, topic.encode()) for n, topic in enumerate(("a.1", "b", "a.2"))]
    path.write_bytes(encode_header() + b"".join(map(encode_record, records)))
    return path


@pytest.fixture
def listener(make_node: MakeNode) -> spotmq.Spot:
    node = make_node()
    node.bind("tcp://127.0.0.1:0")
    node.subscribe("*")
    return node


def test_some_topics(here: Here, file: Path, listener: spotmq.Spot) -> None:
    assert here("replay", listener.endpoint, file, "a.*", *WAIT)[0] == 0
    assert {tuple(message) for message in receive(listener, 2)} == {
        ("a.1", b"a.1"),
        ("a.2", b"a.2"),
    }
    assert here("replay", listener.endpoint, file, "b", "nothing", *WAIT)[0] == 0
    assert tuple(*receive(listener, 1)) == ("b", b"b")
    status, _, err = here("replay", listener.endpoint, file, "", *WAIT)
    assert status == 1
    assert "is neither a topic nor a pattern" in err


def test_other_names(here: Here, file: Path, listener: spotmq.Spot) -> None:
    assert here("replay", listener.endpoint, file, "a.*", "--prefix", "old.", *WAIT)[0] == 0
    assert {message.topic for message in receive(listener, 2)} == {"old.a.1", "old.a.2"}
    status, _, err = here("replay", listener.endpoint, file, "--prefix", "x" * 255, *WAIT)
    assert status == 1
    assert "is no topic" in err


def test_the_topics_of_another_node(here: Here, file: Path, listener: spotmq.Spot) -> None:
    listener.topic_create("b")
    status, _, err = here("replay", listener.endpoint, file, *WAIT)
    assert status == 1
    assert "b: another node owns it" in err
    assert "--prefix" in err
    assert "--force" in err
    assert not listener.poll(0)
    assert here("replay", listener.endpoint, file, "a.*", *WAIT)[0] == 0
    assert len(receive(listener, 2)) == 2
    assert here("replay", listener.endpoint, file, "--prefix", "old.", *WAIT)[0] == 0
    assert len(receive(listener, 3)) == 3
    assert here("replay", listener.endpoint, file, "b", "--force", *WAIT)[0] == 0
    (message,) = receive(listener, 1)
    assert tuple(message) == ("b", b"b")
    assert message.node_id == listener.node_id  # through its owner
