"""Protects: a process may end with open nodes, and a finaliser may use a node."""

import time

import pytest
from conftest import Spawn, SpawnNode

SETUP = """
import sys, threading, time
import spotmq
endpoint = sys.argv[1]
node = spotmq.Spot()
node.bind("tcp://127.0.0.1:0")
node.topic_create("a")
node.cluster_add(endpoint, timeout_ms=30_000)
node.subscribe("*")
node.publish_many("a", [bytes(1000)] * 1000)
print("ready")
sys.stdin.readline()
"""

ENDS = {
    "falls off the end": ("", 0),
    "sys.exit": ("sys.exit(7)", 7),
    "an exception": ("raise ZeroDivisionError", 1),
    "a thread that receives": (
        "threading.Thread(target=lambda: list(node), daemon=True).start(); time.sleep(0.05)",
        0,
    ),
    "a thread that publishes": (
        """
def run():
    try:
        while True: node.publish("a", bytes(100))
    except spotmq.Closed: pass
threading.Thread(target=run, daemon=True).start(); time.sleep(0.05)
""",
        0,
    ),
    "a reference cycle": ("node.cycle = node; del node", 0),
    "a node in a module": ("sys.modules['later'] = node", 0),
    "a shared context": ("c = spotmq.Context(); n = spotmq.Spot(c); n.bind('inproc://x')", 0),
    "a publisher that waits": (
        """
n = spotmq.Spot(overflow="block", send_hwm=1, recv_hwm=1, send_timeout_ms=None)
n.topic_create("x"); n.subscribe("x")
def run():
    try:
        while True: n.publish("x", bytes(100_000))
    except spotmq.Closed: pass
threading.Thread(target=run, daemon=True).start(); time.sleep(0.05)
""",
        0,
    ),
}


@pytest.mark.parametrize("fate", ["alive", "dead", "frozen"])
@pytest.mark.parametrize("end", ENDS)
def test_the_interpreter_ends_soon_with_the_right_code(
    spawn: Spawn, spawn_node: SpawnNode, end: str, fate: str
) -> None:
    if fate != "alive" and end not in ("falls off the end", "sys.exit", "a thread that publishes"):
        return
    remote = spawn_node()
    endpoint = remote.bind("tcp://127.0.0.1:0")
    source, code = ENDS[end]
    child = spawn(SETUP + source, endpoint)
    assert child.line() == "ready"
    if fate == "dead":
        remote.kill()
    elif fate == "frozen":
        remote.pause()
    start = time.monotonic()
    child.tell("go")
    assert child.finish() == code, child.errors
    assert (
        time.monotonic() - start < 6
    )  # generous: a second and the start of the clock on a busy machine
    if code != 1:
        assert child.errors == ""


FINALISERS = """
import gc, threading
import spotmq

node = spotmq.Spot()
node.topic_create("a")
node.topic_create("last words")
node.subscribe("a", "last words")
said = 0

class Speaker:
    def __init__(self):
        self.cycle = self
    def __del__(self):
        global said
        said += 1
        node.publish("last words", b"bye")
        node.stats()
        node.list_topics()

gc.set_threshold(5, 2, 2)
taken = []
def publish():
    for i in range(3000):
        Speaker()
        node.publish("a", bytes(i % 50))
        if i % 100 == 0:
            node.publish_many("a", [bytes(40_000), b"x"] * 5)
thread = threading.Thread(target=publish)
thread.start()
want = 3000 + 30 * 10
heard = words = 0
while heard < want:
    Speaker()
    for message in node.recv_many(64, 30_000):
        if message.topic == "a":
            heard += 1
        else:
            words += 1
        taken.append([message])
        if len(taken) > 500:
            taken.clear()
thread.join()
gc.collect()
assert said > 3000, said
assert node.stats().lost == 0, node.stats()
print("done")
"""


def test_finalisers_may_use_the_node_whenever_they_run(spawn: Spawn) -> None:
    child = spawn(FINALISERS)
    assert child.line(60) == "done"
    assert child.finish() == 0, child.errors


BUFFER_FINALISER = """
import gc, spotmq

node = spotmq.Spot()
node.topic_create("a"); node.topic_create("b")
node.subscribe("a")

class Data(bytearray):
    def __del__(self):
        node.publish("b", b"released")

for _ in range(200):
    node.publish("a", Data(100_000), copy=False)
    assert len(node.recv(30_000).data) == 100_000
node.close()
try:
    node.poll(0)
except spotmq.Closed:
    print("done")
"""


def test_a_buffer_may_use_the_node_when_it_is_let_go(spawn: Spawn) -> None:
    child = spawn(BUFFER_FINALISER)
    assert child.line(60) == "done"
    assert child.finish() == 0
