"""Protects: waiting for events wakes in time, and ends when the queue, the node or the process does."""

import asyncio
import gc
import select
import threading

import pytest
from conftest import Pair, Spawn
from helpers import PATIENCE, PATIENCE_MS, fails, up, wait_until

import spotmq
from spotmq import Event


def test_nothing_in_time(node: spotmq.Spot) -> None:
    with node.watch() as events:
        for timeout_ms in (0, 20, 1.5):
            with fails(spotmq.Timeout, number=11):
                events.recv(timeout_ms)
            assert events.poll(timeout_ms) is False
        with pytest.raises(ValueError, match="time-out"):
            events.recv(-1)
        with pytest.raises(TypeError, match="timeout_ms"):
            events.poll("1")  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["its own", "the node's"])
def test_closing_ends_those_who_wait(node: spotmq.Spot, way: str) -> None:
    events = node.watch()
    ends: list[object] = []

    def receive() -> None:
        try:
            events.recv()
        except spotmq.Closed as error:
            ends.append(type(error))

    def poll() -> None:
        try:
            events.poll()
        except spotmq.Closed as error:
            ends.append(type(error))

    def iterate() -> None:
        ends.append(list(events))

    threads = [threading.Thread(target=target) for target in (receive, poll, iterate)]
    for thread in threads:
        thread.start()
    (events if way == "its own" else node).close()
    for thread in threads:
        thread.join(PATIENCE)
    assert ends.count(spotmq.Closed) == 2
    assert ends.count([]) == 1
    assert events.closed
    events.close()
    for call in (events.recv, events.poll, events.fileno):
        with fails(spotmq.Closed):
            call()
    assert list(events) == []
    assert "closed" in repr(events)


def test_a_closed_node_has_no_events(node: spotmq.Spot) -> None:
    node.close()
    with fails(spotmq.Closed):
        node.watch()


def test_the_node_may_be_garbage_before_its_events() -> None:
    node = spotmq.Spot()
    events = node.watch()
    del node
    gc.collect()
    wait_until(lambda: events.closed)
    assert list(events) == []


def test_the_descriptor_is_readable_while_an_event_waits(node: spotmq.Spot) -> None:
    def readable(timeout: float = 0) -> bool:
        return bool(select.select([events], [], [], timeout)[0])

    with node.watch() as events:
        assert not readable()
        node.topic_create("a")
        node.topic_create("b")
        assert readable(PATIENCE)
        events.recv(0)
        assert readable()  # level-triggered: another waits
        events.recv(0)
        assert not readable()
        threading.Timer(0.05, node.topic_create, ["c"]).start()
        assert readable(PATIENCE)


def test_asyncio(node: spotmq.Spot) -> None:
    async def first() -> Event:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[Event] = loop.create_future()
        loop.add_reader(events.fileno(), lambda: arrived.set_result(events.recv(0)))
        loop.call_later(0.01, node.topic_create, "a")
        event = await asyncio.wait_for(arrived, PATIENCE)
        loop.remove_reader(events.fileno())
        return event

    with node.watch() as events:
        assert asyncio.run(first()).topic == "a"


def test_each_event_goes_to_one_of_those_who_wait(node: spotmq.Spot) -> None:
    taken: list[list[str | None]] = [[] for _ in range(4)]
    topics = {f"t{i}" for i in range(2_000)}

    def read(mine: list[str | None]) -> None:
        for event in events:
            mine.append(event.topic)

    with node.watch() as events:
        threads = [threading.Thread(target=read, args=[mine]) for mine in taken]
        for thread in threads:
            thread.start()
        for topic in topics:
            node.topic_create(topic)
        wait_until(lambda: sum(map(len, taken)) >= len(topics))
        events.close()
        for thread in threads:
            thread.join(PATIENCE)
    everything = [topic for mine in taken for topic in mine]
    assert len(everything) == len(topics)
    assert set(everything) == topics


INTERRUPTED = """
import os, signal, sys, threading, time
import spotmq

node = spotmq.Spot()
events = node.watch()
calls = {
    "recv": events.recv,
    "poll": events.poll,
    "iteration": lambda: next(events),
    "wait_for_topic": lambda: node.wait_for_topic("never", None),
    "wait_for_peers": lambda: node.wait_for_peers(1, 60_000),
}
for _ in range(10):
    try:
        threading.Timer(0.02, os.kill, [os.getpid(), signal.SIGINT]).start()
        calls[sys.argv[1]]()
        sys.exit("it returned")
    except KeyboardInterrupt:
        pass
node.topic_create("still works")
assert events.recv(30_000).topic == "still works"
"""


@pytest.mark.parametrize("way", ["recv", "poll", "iteration", "wait_for_topic", "wait_for_peers"])
def test_keyboard_interrupt(spawn: Spawn, way: str) -> None:
    child = spawn(INTERRUPTED, way)
    assert child.finish() == 0, child.errors


FORKED = """
import os, sys, warnings
warnings.simplefilter("ignore")
import spotmq

node = spotmq.Spot()
node.topic_create("a")
events = node.watch()
pid = os.fork()
if pid == 0:
    code = 0
    for call in (events.recv, events.poll, events.fileno, lambda: next(events), node.watch):
        try:
            call()
            code = 1
        except spotmq.Closed as error:
            if "forked" not in str(error):
                code = 2
    events.close()
    assert events.closed
    del events
    with spotmq.Spot() as own, own.watch() as mine:
        own.topic_create("own")
        if mine.recv(30_000).topic != "own":
            code = 3
    sys.exit(code)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert events.recv(30_000).topic == "a"
node.topic_create("b")
assert events.recv(30_000).topic == "b"
"""


def test_fork(spawn: Spawn) -> None:
    child = spawn(FORKED)
    assert child.finish() == 0, child.errors


EXIT = """
import threading, time
import spotmq
node = spotmq.Spot()
events = node.watch()
threading.Thread(target=lambda: list(events), daemon=True).start()
other = node.watch()
def wait():
    try:
        node.wait_for_topic("never", None)
    except spotmq.Closed:
        pass
threading.Thread(target=wait, daemon=True).start()
time.sleep(0.05)
"""


def test_exit_while_threads_watch(spawn: Spawn) -> None:
    child = spawn(EXIT)
    assert child.finish(10) == 0
    assert child.errors == ""


def test_many_watchers_leave_nothing_behind(node: spotmq.Spot) -> None:
    import psutil

    process = psutil.Process()
    node.watch().close()
    descriptors = process.num_fds()
    for i in range(300):
        events = node.watch()
        events.fileno()
        if i % 2:
            events.close()
        del events
    gc.collect()
    wait_until(lambda: process.num_fds() <= descriptors, what="no descriptor is left open")


def test_a_watcher_that_reads_nothing_holds_nobody_up(pair: Pair) -> None:
    with pair.owner.watch(), pair.client.watch():
        for i in range(2_000):
            pair.owner.topic_create(f"t{i}")
        pair.client.cluster_sync(PATIENCE_MS)
        assert len(pair.client.list_topics()) == 2_002
        assert up(pair.client)
