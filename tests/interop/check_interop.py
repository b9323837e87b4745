"""Protects: programs made with other implementations of ZeroMQ query, publish and subscribe as PROTOCOL.md
says.

`make test-interop` installs what they need; the usual tests leave them out.
"""

import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import spotmq

HERE = Path(__file__).parent
BUILD = HERE.parent.parent / "build" / "interop"
JEROMQ = "/usr/share/java/jeromq.jar"
PATIENCE = 60.0
# libzmq's limit for handshakes as nodes set it, and a little: older peers were once cut off then.
HANDSHAKE = 2.5

COMMANDS = {
    "zeromq.js": ["node", str(HERE / "peer.js")],
    "JeroMQ": ["java", "-cp", JEROMQ, str(HERE / "Peer.java")],
}


class Program:
    """A plain peer in a process of its own; what it prints, by the word that a line begins with."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMANDS[name], *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_PATH": str(BUILD / "node_modules")},
        )
        self._said: dict[str, queue.Queue[str]] = {
            what: queue.Queue() for what in ("REQ", "QUERY", "DEALER", "SUB")
        }
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            what, text = line.rstrip("\n").split(" ", 1)
            self._said[what].put(text)

    def says(self, what: str, timeout: float = PATIENCE) -> str:
        return self._said[what].get(timeout=timeout)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def node() -> Iterator[spotmq.Spot]:
    with spotmq.Spot() as node:
        node.bind("tcp://127.0.0.1:0")
        node.topic_create("t")
        node.topic_create("u")
        yield node


@pytest.fixture(params=COMMANDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def program(node: spotmq.Spot, name: str) -> Iterator[Program]:
    node.subscribe("t")  # before it publishes
    assert node.endpoint is not None
    assert node.data_endpoint is not None
    program = Program(name, node.endpoint, node.data_endpoint, "t")
    yield program
    program.end()


def test_it_queries_publishes_and_subscribes(
    node: spotmq.Spot, name: str, program: Program
) -> None:
    assert program.says("REQ") == program.says("QUERY") == "t,u"
    assert node.recv(PATIENCE * 1000) == ("t", f"from {name}".encode())
    node.wait_for_subscribers("t", 2, timeout_ms=PATIENCE * 1000)
    # Its own comes back, and what the node publishes follows.
    assert program.says("DEALER") == f"from {name}"
    node.publish("t", b"after the handshake")
    assert program.says("DEALER") == "after the handshake"
    time.sleep(HANDSHAKE)  # nothing tells that nothing happens
    node.publish("t", b"later")
    assert program.says("DEALER") == "later"
    # A raw SUB has no fence: it is told until it hears.
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        node.publish("t", b"raw")
        try:
            while program.says("SUB", 0.05) != "raw":
                pass
            break
        except queue.Empty:
            pass
    else:
        pytest.fail("a raw SUB got nothing")
    assert node.stats().malformed == node.stats().ignored == 0
    assert node.stats().overflowed == 0


def test_its_subscription_ends_with_it(node: spotmq.Spot, program: Program) -> None:
    node.wait_for_subscribers("t", 2, timeout_ms=PATIENCE * 1000)
    program.process.kill()
    deadline = time.monotonic() + PATIENCE
    while (node.stats().topics["t"].subscribers or 0) > 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
