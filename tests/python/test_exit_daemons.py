"""Protects: daemon threads that are in a call when the interpreter ends print nothing, and can be waited for."""

import pytest
from conftest import Spawn

SETUP = """
import asyncio, atexit, sys, threading, time
waited_for = []
@atexit.register  # runs after spotmq's own, which is registered later
def wait_for_threads():
    for thread in waited_for:
        thread.join()
        print("joined", flush=True)
import spotmq, spotmq.asyncio
node = spotmq.Spot()
node.bind("tcp://127.0.0.1:0")
node.topic_create("a")
node.subscribe("a")
there = threading.Barrier(2)

def start(body):
    def run():
        there.wait()
        body()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    there.wait()
    return thread

def again(call):
    def body():
        while True:
            call()
    return body
"""

ALL_CALLS = """
subscriber = node.subscriber("a")
events = node.watch()

def with_timeout():
    try:
        node.recv(20)
    except spotmq.Timeout:
        pass

def iterate(what):
    def body():
        for _ in what:
            pass
    return body

async def in_a_loop():
    spot = spotmq.asyncio.Spot.wrap(node)
    async def receive():
        await spot.recv()
    async def add():
        await spot.cluster_add("tcp://127.0.0.1:1", timeout_ms=None)
    await asyncio.gather(receive(), add(), spot.watch().recv())

bodies = [
    again(node.recv),
    again(lambda: node.recv_many(10)),
    again(with_timeout),
    again(node.poll),
    again(subscriber.recv),
    again(events.recv),
    again(lambda: node.publish("a", b"x") or time.sleep(0.005)),
    again(lambda: node.publish("a", b"x")),
    again(lambda: node.publish_many("a", [b"x"] * 3)),
    again(lambda: node.stats() and time.sleep(0.001)),
    again(lambda: node.cluster_sync(None)),
    again(lambda: node.subscribe("b", missing_ok=True) or node.unsubscribe("b")),
    lambda: node.cluster_add("tcp://127.0.0.1:2", timeout_ms=None),
    lambda: node.join("tcp://127.0.0.1:3", timeout_ms=None),
    lambda: node.wait_for_peers(5, timeout_ms=None),
    lambda: node.wait_for_topic("never", timeout_ms=None),
    iterate(node),
    iterate(subscriber),
    iterate(events),
    lambda: asyncio.run(in_a_loop()),
]
for body in bodies:
    start(body)
time.sleep(0.1)  # only makes it likelier that all are in their calls
print("ready", flush=True)
"""

WAITED_FOR = """
def receive():
    try:
        node.recv()
    except spotmq.Closed:
        print("closed", flush=True)
waited_for.append(start(receive))
print("ready", flush=True)
"""


@pytest.mark.parametrize("again", range(2))
def test_daemon_threads_in_every_call_are_quiet_at_exit(spawn: Spawn, again: int) -> None:
    child = spawn(SETUP + ALL_CALLS)
    assert child.line(60) == "ready"
    assert child.finish() == 0, child.errors
    assert child.errors == ""


def test_a_handler_at_exit_may_wait_for_such_a_thread(spawn: Spawn) -> None:
    child = spawn(SETUP + WAITED_FOR)
    assert child.line(60) == "ready"
    assert child.line() == "closed"
    assert child.line() == "joined"
    assert child.finish() == 0, child.errors
    assert child.errors == ""
