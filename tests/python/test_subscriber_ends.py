"""Protects: a Subscriber that was closed, interrupted, collected as garbage or forked leaves nothing behind."""

import gc
import threading
import time
import weakref
from collections.abc import Callable

import psutil
import pytest
from conftest import Pair, Spawn
from helpers import PATIENCE, PATIENCE_MS, fails, wait_until

import spotmq

CALLS: dict[str, Callable[[spotmq.Subscriber], object]] = {
    "recv": lambda queue: queue.recv(0),
    "recv_many": lambda queue: queue.recv_many(1, 0),
    "poll": lambda queue: queue.poll(0),
    "fileno": lambda queue: queue.fileno(),
    "subscribe": lambda queue: queue.subscribe("a", missing_ok=True),
    "unsubscribe": lambda queue: queue.unsubscribe(),
    "subscriptions": lambda queue: queue.subscriptions(),
    "stats": lambda queue: queue.stats(),
}


@pytest.mark.parametrize("closing", ["itself", "the node"])
@pytest.mark.parametrize("call", CALLS)
def test_every_call_on_a_closed_one(node: spotmq.Spot, closing: str, call: str) -> None:
    queue = node.subscriber("a", missing_ok=True)
    (queue if closing == "itself" else node).close()
    assert queue.closed
    assert "closed" in repr(queue)
    assert list(queue) == []
    with fails(spotmq.Closed):
        CALLS[call](queue)
    queue.close()
    assert node.closed == (closing != "itself")
    if closing != "itself":
        with fails(spotmq.Closed):
            node.subscriber()


@pytest.mark.parametrize("closing", ["itself", "the node"])
@pytest.mark.parametrize("call", ["recv", "recv_many", "poll"])
def test_calls_that_wait_end_with_closed(node: spotmq.Spot, closing: str, call: str) -> None:
    queue = node.subscriber("a", missing_ok=True)
    errors: list[BaseException] = []
    started = threading.Barrier(4)

    def wait() -> None:
        started.wait(PATIENCE)
        try:
            getattr(queue, call)()
        except spotmq.SpotError as error:
            errors.append(error)

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    started.wait(PATIENCE)
    (queue if closing == "itself" else node).close()
    for thread in threads:
        thread.join(PATIENCE)
    assert [type(error) for error in errors] == [spotmq.Closed] * 3


def test_made_and_closed_again_they_leave_nothing(pair: Pair) -> None:
    process = psutil.Process()

    def cycle(count: int) -> None:
        for i in range(count):
            queue = pair.client.subscriber("a")
            queue.fileno()
            pair.owner.publish("a", b"1")
            if i % 2:
                queue.recv(PATIENCE_MS)
            if i % 3:
                queue.close()

    def settled() -> int:
        """The number of descriptors, once those closed in the background are gone."""
        numbers = [process.num_fds()]
        while numbers[-5:] != numbers[-1:] * 5:
            time.sleep(0.01)
            numbers.append(process.num_fds())
        return numbers[-1]

    cycle(5)
    descriptors, memory = settled(), process.memory_info().rss
    cycle(300)
    wait_until(lambda: process.num_fds() <= descriptors, what="no descriptor is left open")
    assert process.memory_info().rss - memory < 20 * 1024 * 1024


def test_an_open_one_that_is_garbage_goes_away(pair: Pair) -> None:
    class Service:
        def __init__(self, spot: spotmq.Spot) -> None:
            self.queue = spot.subscriber("a")

    service = Service(pair.client)
    service.queue.service = service  # type: ignore[attr-defined]
    gone = weakref.ref(service.queue)
    del service
    gc.collect()
    assert gone() is None
    pair.client.subscribe("a")
    pair.owner.publish("a", b"1")
    assert pair.client.recv(PATIENCE_MS).data == b"1"


def test_it_keeps_its_node_and_both_are_garbage_together() -> None:
    class Service(spotmq.Spot):
        def __init__(self) -> None:
            super().__init__()
            self.queue = self.subscriber("a", missing_ok=True)

    queue = spotmq.Spot().subscriber("a", missing_ok=True)
    gc.collect()
    assert not queue.spot.closed
    queue.spot.topic_create("a")
    queue.spot.publish("a", b"1")
    assert queue.recv(PATIENCE_MS).data == b"1"
    service = Service()
    gone = weakref.ref(service), weakref.ref(service.queue), weakref.ref(queue.spot)
    del service, queue
    gc.collect()
    assert [ref() for ref in gone] == [None] * 3


INTERRUPTED = """
import os, signal, sys, threading, time
import spotmq

node = spotmq.Spot()
queue = node.subscriber("a", missing_ok=True)
calls = {
    "recv": queue.recv,
    "recv with a time-out": lambda: queue.recv(60_000),
    "recv_many": queue.recv_many,
    "poll": queue.poll,
    "iteration": lambda: next(queue),
}

def interrupt():
    time.sleep(0.02)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)

worst = 0.0
for call in calls.values():
    for _ in range(10):
        sent = []
        thread = threading.Thread(target=interrupt)
        try:
            thread.start()
            call()
            sys.exit("it returned")
        except KeyboardInterrupt:
            worst = max(worst, time.monotonic() - sent[0])
        thread.join()
print(worst)
node.topic_create("a")
node.publish("a", b"still works")
assert queue.recv(30_000).data == b"still works"
"""


def test_keyboard_interrupt(spawn: Spawn) -> None:
    child = spawn(INTERRUPTED)
    assert float(child.line()) < 5
    assert child.finish() == 0, child.errors


FORKED = """
import os
import spotmq

node = spotmq.Spot()
node.topic_create("a")
queue = node.subscriber("a")
pid = os.fork()
if pid == 0:
    for call in (lambda: queue.recv(0), queue.fileno, queue.stats, lambda: next(queue), node.subscriber):
        try:
            call()
        except spotmq.Closed:
            continue
        os._exit(1)
    assert queue.closed
    queue.close()
    del queue, node
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
node.publish("a", b"1")
assert queue.recv(30_000).data == b"1"
"""


def test_a_forked_child_has_only_copies(spawn: Spawn) -> None:
    child = spawn(FORKED)
    assert child.finish() == 0, child.errors
