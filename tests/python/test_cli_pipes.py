"""Protects: pipes, signals and exit codes: a reader that leaves, Ctrl-C, SIGTERM, a full device, closed ends."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from commands import MakeCommand, address, argv
from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS, wait_until

import spotmq


@pytest.fixture
def hub(make_node: MakeNode) -> spotmq.Spot:
    """A node with the topic "news"."""
    node = make_node()
    node.bind("tcp://127.0.0.1:0")
    node.topic_create("news")
    return node


def endpoint(node: spotmq.Spot) -> str:
    assert node.endpoint is not None
    return node.endpoint


def test_head_ends_it_at_once_and_quietly(hub: spotmq.Spot) -> None:
    """Nothing is published after the line that head takes, so that no write can tell."""
    sub = subprocess.Popen(
        argv("sub", endpoint(hub), "--quiet"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with sub, subprocess.Popen(["head", "-1"], stdin=sub.stdout, stdout=subprocess.PIPE) as head:
        assert sub.stdout is not None
        assert sub.stderr is not None
        sub.stdout.close()
        hub.wait_for_subscribers("news", 1, PATIENCE_MS)
        hub.publish("news", b"one")
        assert head.communicate(timeout=PATIENCE)[0] == b"news one\n"
        assert sub.wait(PATIENCE) == 141
        assert sub.stderr.read() == b""


@pytest.mark.parametrize("options", [(), ("--json",), ("--raw",)])
def test_a_reader_that_leaves_in_the_middle_of_a_stream(
    hub: spotmq.Spot, options: tuple[str, ...]
) -> None:
    sub = subprocess.Popen(
        argv("sub", endpoint(hub), "--quiet", *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with sub:
        assert sub.stdout is not None
        assert sub.stderr is not None
        hub.wait_for_subscribers("news", 1, PATIENCE_MS)
        hub.publish_many("news", [bytes(1000)] * 5000)
        assert sub.stdout.read(10)
        sub.stdout.close()
        assert sub.wait(PATIENCE) == 141
        assert sub.stderr.read() == b""


COMMANDS: dict[str, tuple[object, ...]] = {
    "sub": ("sub", "ENDPOINT"),
    "top": ("top", "ENDPOINT", "--interval", "0.05"),
    "record": ("record", "ENDPOINT", "/dev/null", "--force"),
    "pub, lines": ("pub", "ENDPOINT", "mine", "--wait", "0"),
    "pub, for ever": ("pub", "ENDPOINT", "mine", "x", "-n", "0", "--rate", "100", "--wait", "0"),
    "pub, waiting": ("pub", "ENDPOINT", "mine", "x", "--wait", PATIENCE),
    "ping": ("ping", "ENDPOINT", "--count", "0", "--interval", "0.05"),
    "joining": ("sub", "tcp://192.0.2.1:5555", "--timeout", PATIENCE),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_ctrl_c(hub: spotmq.Spot, start_command: MakeCommand, name: str) -> None:
    where = endpoint(hub)
    command = start_command(*(where if word == "ENDPOINT" else word for word in COMMANDS[name]))
    if name == "joining":
        wait_for_sockets(command.pid)
    elif name != "ping":
        hub.wait_for_peers(1, PATIENCE_MS)
    else:
        command.line()
    command.interrupt()
    assert command.finish() == 130
    assert "Traceback" not in command.errors


def wait_for_sockets(pid: int) -> None:
    """Until the process has made its node."""

    def is_a_socket(descriptor: Path) -> bool:
        try:
            link = os.readlink(descriptor)
        except FileNotFoundError:  # closed meanwhile
            return False
        return link.startswith("socket:") or "eventfd" in link

    def has_sockets() -> bool:
        return any(map(is_a_socket, Path(f"/proc/{pid}/fd").iterdir()))

    wait_until(has_sockets, what="it has a node")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_other_signals_end_in_good_order(
    hub: spotmq.Spot, start_command: MakeCommand, number: int, status: int
) -> None:
    sub = start_command("sub", endpoint(hub))
    with hub.watch() as events:
        while events.recv(PATIENCE_MS).kind is not spotmq.EventKind.PEER_UP:
            pass
        os.kill(sub.pid, number)
        assert sub.finish() == status
        while events.recv(PATIENCE_MS).kind is not spotmq.EventKind.PEER_DOWN:
            pass
    # It said BYE: one that is only missed stays much longer.
    wait_until(lambda: hub.peers() == [], what="it is forgotten")
    assert "Traceback" not in sub.errors


def test_ctrl_c_waits_for_no_frozen_subscriber(start_command: MakeCommand) -> None:
    where = address()
    sub = start_command("sub", where)
    sub.noted("subscribed")
    pub = start_command("pub", where, "news", "x" * 100_000, "-n", 0, "--wait", PATIENCE)
    sub.line()
    sub.pause()
    pub.interrupt()
    assert pub.finish() == 130
    assert "Traceback" not in pub.errors


@pytest.mark.parametrize(
    "arguments",
    [("topics", "ENDPOINT"), ("--help",)],
)
def test_a_full_device(hub: spotmq.Spot, arguments: tuple[str, ...]) -> None:
    where = endpoint(hub)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            argv(*(where if word == "ENDPOINT" else word for word in arguments)),
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
        )
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"No space left on device" in done.stderr


def test_without_standard_output(hub: spotmq.Spot) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *argv("topics", endpoint(hub))],
        check=False,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (1, b"spot topics: there is no standard output\n")


def test_without_standard_input(hub: spotmq.Spot) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *argv("pub", endpoint(hub), "mine")],
        check=False,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert done.stderr == b"spot pub: there is no standard input, and no DATA\n"
