"""Protects: what spot pub publishes (data, files, lines), and that it ends when all of it was sent."""

import io
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from commands import Here, MakeCommand, address, argv, patient, run
from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS, receive, wait_until

import spotmq
from spotmq.cli import publishing
from spotmq.cli.lines import read_records
from spotmq.cli.publishing import paced


@pytest.fixture
def hub(make_node: MakeNode) -> spotmq.Spot:
    """A node that subscribes to everything."""
    node = make_node(name="hub")
    node.bind("tcp://127.0.0.1:0")
    node.subscribe("*")
    return node


def endpoint(node: spotmq.Spot) -> str:
    assert node.endpoint is not None
    return node.endpoint


WAIT = ("--wait", PATIENCE)


def test_data(hub: spotmq.Spot, here: Here) -> None:
    assert here("pub", endpoint(hub), "news", "hällo", *WAIT)[0] == 0
    assert hub.recv(PATIENCE_MS) == ("news", "hällo".encode())


def test_data_again_and_again(hub: spotmq.Spot, here: Here) -> None:
    assert here("pub", endpoint(hub), "news", "x", "--count", 3000, *WAIT)[0] == 0
    assert [message.seq for message in receive(hub, 3000)] == [*range(1, 3001)]
    assert not hub.poll(0)


def test_data_that_begins_with_a_dash(hub: spotmq.Spot, here: Here) -> None:
    assert here("pub", *WAIT, "--", endpoint(hub), "news", "-1")[0] == 0
    assert hub.recv(PATIENCE_MS).data == b"-1"


def test_data_that_is_no_utf8(hub: spotmq.Spot) -> None:
    subprocess.run(
        [*map(os.fsencode, argv("pub", endpoint(hub), "news", *WAIT)), b"\xff\x80"],
        check=True,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE,
    )
    assert hub.recv(PATIENCE_MS).data == b"\xff\x80"


def test_a_file_is_one_message(hub: spotmq.Spot, here: Here, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "file").write_bytes(content)
    assert here("pub", endpoint(hub), "news", "--file", tmp_path / "file", *WAIT)[0] == 0
    assert hub.recv(PATIENCE_MS).data == content


def test_standard_input_as_one_message(hub: spotmq.Spot) -> None:
    content = b"one\ntwo\0\r\n\xff"
    assert run("pub", endpoint(hub), "news", "--file", "-", *WAIT, stdin=content)[0] == 0
    assert hub.recv(PATIENCE_MS).data == content


@pytest.mark.parametrize(
    ("options", "given", "expected"),
    [
        ((), b"a\n\nb \r\nno end", [b"a", b"", b"b \r", b"no end"]),
        (("--separator", r"\0"), b"a\nb\0\xff\0", [b"a\nb", b"\xff"]),
        (("--separator", "--"), b"a-b--c---d", [b"a-b", b"c", b"-d"]),
        (("--count", "2"), b"a\nb\nc\n", [b"a", b"b"]),
        ((), b"", []),
    ],
)
def test_lines(
    hub: spotmq.Spot, options: tuple[str, ...], given: bytes, expected: list[bytes]
) -> None:
    status, out, err = run("pub", endpoint(hub), "news", *WAIT, *options, stdin=given)
    assert (status, out) == (0, b"")
    assert b"published" in err
    assert [message.data for message in receive(hub, len(expected))] == expected
    assert not hub.poll(0)


def test_a_line_is_published_before_the_next_is_there(
    hub: spotmq.Spot, start_command: MakeCommand
) -> None:
    pub = start_command("pub", endpoint(hub), "news", *WAIT)
    for word in ("one", "two"):
        pub.tell(word)
        assert hub.recv(PATIENCE_MS) == ("news", word.encode())
    pub.close_input()
    assert pub.finish() == 0


def test_after_the_last_line_that_counts_it_waits_for_no_more(
    hub: spotmq.Spot, start_command: MakeCommand
) -> None:
    pub = start_command("pub", endpoint(hub), "news", "--count", 1, *WAIT)
    pub.tell("one")
    assert pub.finish() == 0  # its standard input is still open


def test_a_slow_reader_gets_everything(start_command: MakeCommand) -> None:
    """More than the queues and the kernel hold; it reads nothing until pub has begun to wait."""
    where, count = address(), 30_000
    with subprocess.Popen(argv("sub", where, "-n", count), stdout=subprocess.PIPE) as sub:
        pub = start_command("pub", where, "news", "x" * 1000, "-n", count, *WAIT)
        assert sub.stdout is not None
        assert sub.stdout.read(1) == b"n"  # it is in the middle of it
        words = b"n" + sub.stdout.read()
        assert words == (b"news " + b"x" * 1000 + b"\n") * count
        assert sub.wait(PATIENCE) == 0
    assert pub.finish() == 0


def test_the_owner_of_a_topic_publishes_it(
    hub: spotmq.Spot, make_node: MakeNode, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = make_node()
    owner.bind("tcp://127.0.0.1:0")
    owner.topic_create("owned")
    owner.join(endpoint(hub), timeout_ms=PATIENCE_MS)
    hub.wait_for_topic("owned", PATIENCE_MS)
    owner.wait_for_subscribers("owned", 1, PATIENCE_MS)
    # Not its own endpoint: it is found through the cluster.
    command = ("pub", endpoint(hub), "owned", "x", "--count", 100, *WAIT, *patient(monkeypatch))
    assert here(*command)[0] == 0
    for message in receive(hub, 100):
        assert message.node_id == owner.node_id


def test_nobody_subscribes(make_node: MakeNode, here: Here) -> None:
    node = make_node()
    node.bind("tcp://127.0.0.1:0")
    status, _, err = here("pub", endpoint(node), "news", "x", "--wait", 0.05)
    assert status == 0
    assert "nobody subscribed to 'news' within 0.05 s" in err
    status, _, err = here("pub", endpoint(node), "news", "x", "--wait", 0.05, "--require")
    assert status == 1
    assert "'news' has not 1 subscriber" in err
    status, _, err = here("pub", endpoint(node), "news", "x", "--wait", 0)
    assert status == 0
    assert "nobody" not in err
    assert here("pub", endpoint(node), "news", "x", "--wait", 0, "--quiet") == (0, "", "")


def test_it_waits_for_as_many_subscribers_as_told(start_command: MakeCommand) -> None:
    where = address()
    pub = start_command("pub", where, "news", "x", "--subscribers", 2, *WAIT)
    pub.noted("listening")
    subs = [start_command("sub", where, "--count", 1) for _ in range(2)]
    assert [sub.line() for sub in subs] == ["news x"] * 2
    assert pub.finish() == 0


def test_it_reaches_nodes_that_it_never_heard_of(make_node: MakeNode, here: Here) -> None:
    """A client subscribes through the seed; the pub's topic is new, and the client must connect."""
    seed, client = make_node(), make_node()
    seed.bind("tcp://127.0.0.1:0")
    client.subscribe("*", missing_ok=True)
    client.join(endpoint(seed), timeout_ms=PATIENCE_MS)
    wait_until(lambda: seed._count_subscribers("news") == 1, what="the seed counts it")
    assert here("pub", endpoint(seed), "news", "x", *WAIT)[0] == 0
    assert client.recv(PATIENCE_MS) == ("news", b"x")


def test_a_pace_is_kept_without_waiting_in_vain() -> None:
    batches = [*paced(iter([[b"a"] * 10, [b"b"] * 5000]), 1e6)]
    assert sum(map(len, batches)) == 5010
    assert all(batches)
    assert b"".join(b"".join(batch) for batch in batches) == b"a" * 10 + b"b" * 5000


def test_a_rate_spreads_messages_over_time(hub: spotmq.Spot, here: Here) -> None:
    """Twenty at a hundred a second take at least 0.19 s, whatever else the machine does."""
    started = time.monotonic()
    assert here("pub", endpoint(hub), "news", "x", "-n", 20, "--rate", 100, *WAIT)[0] == 0
    assert time.monotonic() - started >= 0.19
    assert len(receive(hub, 20)) == 20


class Clock:
    """Time that passes in sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_pace_makes_up_for_a_short_delay_only(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(publishing, "time", clock)
    monkeypatch.setattr(publishing, "signals", clock)
    times: list[float] = []
    for batch in paced(iter([[b"x"] * 40]), 100):
        times += [clock.now] * len(batch)
        if len(times) == 10:
            clock.sleep(1)  # 100 would have been due
    assert times[:10] == pytest.approx([0.01 * n for n in range(10)])
    assert times[10:16] == pytest.approx([1.09] * 6)
    assert times[16:] == pytest.approx([1.1 + 0.01 * n for n in range(24)])


def test_a_separator_may_be_cut_by_the_chunks_that_come() -> None:
    class Dripping(io.RawIOBase):
        """Gives a byte at a time, as a slow pipe does."""

        def __init__(self, data: bytes) -> None:
            self._data = data

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            byte, self._data = self._data[:1], self._data[1:]
            buffer[: len(byte)] = byte
            return len(byte)

    stream: Any = io.BufferedReader(Dripping(b"one<->two<-<->three"))
    assert [*read_records(stream, b"<->")] == [[b"one"], [b"two<-"], [b"three"]]
