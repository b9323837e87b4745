"""Protects: Ctrl-C in every waiting call raises KeyboardInterrupt soon, and the node works afterwards."""

import pytest
from conftest import Spawn, SpawnNode

# Sends itself SIGINT from another thread while `call` waits, many times. Which thread the kernel gives the
# signal to is its own choice.
PROGRAM = """
import os, signal, sys, threading, time
import spotmq

way, rounds, endpoint = sys.argv[1], int(sys.argv[2]), sys.argv[3]
node = spotmq.Spot(
    overflow="block", send_hwm=1, recv_hwm=1, send_timeout_ms=None, heartbeat_ms=60_000
)
node.topic_create("mine")

def fill():
    while True:
        node.publish("mine", bytes(100_000))

def fill_many():
    while True:
        node.publish_many("mine", [bytes(20_000)] * 100)

calls = {
    "recv": node.recv,
    "recv with a time-out": lambda: node.recv(60_000),
    "recv_many": node.recv_many,
    "poll": node.poll,
    "iteration": lambda: next(node),
    "cluster_add": lambda: node.cluster_add("tcp://127.0.0.1:9", timeout_ms=None),
    "join": lambda: node.join("tcp://127.0.0.1:9", "tcp://127.0.0.1:10", timeout_ms=None),
    "cluster_sync": lambda: node.cluster_sync(None),
    "subscribe": lambda: node.subscribe("theirs", missing_ok=True, timeout_ms=None),
    "publish": fill,
    "publish_many": fill_many,
}
if way in ("cluster_sync", "subscribe"):
    node.cluster_add(endpoint, timeout_ms=30_000)
    while node.stats().peers_up == 0:
        time.sleep(0.001)
    print("connected")
    sys.stdin.readline()
if way.startswith("publish"):
    node.subscribe("mine")

def interrupt():
    time.sleep(0.02)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)

worst = 0.0
for _ in range(rounds):
    sent = []
    thread = threading.Thread(target=interrupt)
    try:
        thread.start()
        calls[way]()
        sys.exit("it returned")
    except KeyboardInterrupt:
        worst = max(worst, time.monotonic() - sent[0])
    thread.join()
    if way in ("cluster_add", "join"):
        assert node.peers() == []
print(worst)
node.topic_create("still works")
node.close()
"""

WAYS = [
    "recv",
    "recv with a time-out",
    "recv_many",
    "poll",
    "iteration",
    "cluster_add",
    "join",
    "cluster_sync",
    "subscribe",
    "publish",
    "publish_many",
]


@pytest.mark.parametrize("way", WAYS)
def test_keyboard_interrupt(spawn: Spawn, spawn_node: SpawnNode, way: str) -> None:
    if way not in ("cluster_sync", "subscribe"):
        child = spawn(PROGRAM, way, 25, "")
    else:
        remote = spawn_node(heartbeat_ms=60_000)
        child = spawn(PROGRAM, way, 25, remote.bind("tcp://127.0.0.1:0"))
        assert child.line() == "connected"
        remote.pause()
        child.tell("it is frozen")
    assert float(child.line()) < 5  # seconds; how soon is for the benchmarks to say
    assert child.finish() == 0, child.errors


HANDLER_PROGRAM = """
import os, signal, sys, threading, time
import spotmq

seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
node = spotmq.Spot()
done = threading.Event()

def bother():
    while not done.is_set():
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.005)

thread = threading.Thread(target=bother)
thread.start()
start = time.monotonic()
try:
    node.recv(200)
except spotmq.Timeout:
    pass
took = time.monotonic() - start
assert took >= 0.19, took
# Again until the handler has run in it a few times: on a machine that stalls not each signal is one.
bothered = len(seen)
while len(seen) <= bothered + 5:
    start = time.monotonic()
    try:
        node.cluster_add("tcp://127.0.0.1:9", timeout_ms=200)
    except spotmq.PeerUnreachable:
        pass
    took = time.monotonic() - start
    assert took >= 0.19, took
done.set()
thread.join()
"""


def test_a_handler_that_raises_nothing_ends_no_wait(spawn: Spawn) -> None:
    child = spawn(HANDLER_PROGRAM)
    assert child.finish() == 0, child.errors


RAISING_PROGRAM = """
import signal
import spotmq

class Alarm(Exception): ...

def ring(*_):
    raise Alarm

signal.signal(signal.SIGALRM, ring)
node = spotmq.Spot()
for _ in range(10):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        node.recv()
    except Alarm:
        continue
"""


def test_what_a_handler_raises_comes_out(spawn: Spawn) -> None:
    child = spawn(RAISING_PROGRAM)
    assert child.finish() == 0, child.errors
