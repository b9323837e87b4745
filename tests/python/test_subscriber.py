"""Protects: Spot.subscriber(): receive queues of one node that are independent of each other."""

import gc
import select
import threading
import time
import weakref
from collections.abc import Callable

import psutil
import pytest
from conftest import MakeNode, MakePair, Pair, Spawn, SpawnNode
from helpers import PATIENCE, PATIENCE_MS, fails, up, wait_until

import spotmq


def take(queue: spotmq.Subscriber, count: int) -> list[bytes]:
    return [queue.recv(PATIENCE_MS).data for _ in range(count)]


def test_each_has_its_own_subscriptions_and_order(pair: Pair) -> None:
    pair.client.subscribe("a")
    one = pair.client.subscriber("a", "b")
    two = pair.client.subscriber("b*")
    assert pair.client.subscriptions() == ["a"]
    assert (one.subscriptions(), two.subscriptions()) == (["a", "b"], ["b*"])
    items = [b"%d" % i for i in range(1000)]
    pair.owner.publish_many("a", items)
    pair.owner.publish_many("b", items)
    assert take(two, 1000) == items
    assert [pair.client.recv(PATIENCE_MS).data for _ in range(1000)] == items
    got: dict[str, list[bytes]] = {"a": [], "b": []}
    for _ in range(2000):
        topic, data = one.recv(PATIENCE_MS)
        got[topic].append(data)
    assert got == {"a": items, "b": items}
    for queue in (pair.client, one, two):
        assert not queue.poll(0)


def test_a_message_is_the_same_type(pair: Pair) -> None:
    with pair.client.subscriber("a") as queue:
        pair.owner.publish("a", b"1")
        message = queue.recv(PATIENCE_MS)
    assert type(message) is spotmq.Message
    assert (message.topic, message.data, message.seq, message.lost) == ("a", b"1", 1, 0)
    assert message.node_id == pair.owner.node_id


def test_recv_many_poll_and_iteration(pair: Pair) -> None:
    queue = pair.client.subscriber("a")
    assert not queue.poll(0)
    with fails(spotmq.Timeout, number=11):
        queue.recv(0)
    pair.owner.publish_many("a", [b"1", b"2", b"3", b"4"])
    assert queue.poll(PATIENCE_MS)
    got = queue.recv_many(2, PATIENCE_MS)
    for message in queue:
        got.append(message)
        if len(got) == 4:
            break
    assert [message.data for message in got] == [b"1", b"2", b"3", b"4"]


def test_stats_of_a_queue_are_part_of_the_nodes(pair: Pair) -> None:
    pair.client.subscribe("a")
    queue = pair.client.subscriber("a")
    pair.owner.publish_many("a", [b"12", b"345"])
    assert take(queue, 2) == [b"12", b"345"]
    assert queue.stats() == spotmq.SubscriberStats(received=2, bytes_received=5, lost=0)
    assert pair.client.recv(PATIENCE_MS).data == b"12"
    counts = pair.client.stats()
    assert (counts.received, counts.bytes_received) == (3, 7)
    queue.close()
    del queue
    counts = pair.client.stats()
    assert (counts.received, counts.bytes_received) == (3, 7)


def test_the_errors_are_those_of_spot(node: spotmq.Spot) -> None:
    with fails(spotmq.TopicNotFound, "a"):
        node.subscriber("a")
    with fails(spotmq.InvalidTopic, ""):
        node.subscriber("")
    for hwm in (-1, 2**31):
        with pytest.raises(ValueError, match="recv_hwm"):
            node.subscriber(recv_hwm=hwm)
    for bad in ("1", 1.0, True):
        with pytest.raises(TypeError, match="recv_hwm"):
            node.subscriber(recv_hwm=bad)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        node.subscriber(1)  # type: ignore[call-overload]
    queue = node.subscriber("a", missing_ok=True)
    with fails(spotmq.TopicNotFound, "b"):
        queue.subscribe("b")
    with fails(spotmq.NotSubscribed, "b"):
        queue.unsubscribe("b")
    queue.unsubscribe()
    assert queue.subscriptions() == []
    with pytest.raises(RuntimeError):
        spotmq.Subscriber.__new__(spotmq.Subscriber).recv(0)


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


def test_the_first_message_after_subscribing_arrives(make_pair: MakePair) -> None:
    pair = make_pair()
    for i in range(50):
        with pair.client.subscriber("a") as queue:
            pair.owner.publish("a", b"%d" % i)
            assert queue.recv(PATIENCE_MS).data == b"%d" % i
            queue.subscribe("b")
            pair.owner.publish("b", b"%d" % i)
            assert queue.recv(PATIENCE_MS) == ("b", b"%d" % i)
        assert up(pair.client)


def test_one_that_never_reads_neither_delays_nor_loses_for_another(make_pair: MakePair) -> None:
    pair = make_pair(owner={"heartbeat_ms": 100}, client={"heartbeat_ms": 100})
    slow = pair.client.subscriber("a", recv_hwm=1)
    fast = pair.client.subscriber("a")
    for i in range(2000):
        pair.owner.publish("a", bytes(20_000))
        message = fast.recv(PATIENCE_MS)
        assert (message.seq, message.lost) == (i + 1, 0)

    def all_found() -> bool:
        while slow.poll(0):
            slow.recv_many(100, 0)
        counts = slow.stats()
        return counts.received + counts.lost == 2000

    wait_until(all_found, what="received and lost are what was sent")
    assert fast.stats().lost == 0
    assert pair.client.stats().lost == slow.stats().lost
    wait_until(
        lambda: pair.owner.stats().overflowed == slow.stats().lost, what="its owner hears of it"
    )


def test_peers_that_come_later_restart_and_go(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    node = make_node(heartbeat_ms=100)
    queues = [node.subscriber("t", missing_ok=True) for _ in range(3)]
    endpoint = "tcp://127.0.0.1:0"
    for i in range(3):
        remote = spawn_node(heartbeat_ms=100)
        endpoint = remote.bind(endpoint)
        remote.call("topic_create", "t")
        if i == 0:
            node.cluster_add(endpoint)
        wait_until(lambda: up(node) and node.topic_exists("t"))
        queues.append(node.subscriber("t"))
        remote.call("publish", "t", str(i))
        for queue in queues:
            assert queue.recv(PATIENCE_MS) == ("t", b"%d" % i)
        remote.kill()
        wait_until(lambda: not up(node))
    node.cluster_remove(endpoint)
    for queue in queues:
        assert not queue.poll(0)


def test_threads_of_their_own(pair: Pair) -> None:
    queues = [pair.client.subscriber("a") for _ in range(4)]
    got: list[list[int]] = [[] for _ in queues]

    def work(i: int) -> None:
        for message in queues[i]:
            got[i].append(message.seq)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(queues))]
    for thread in threads:
        thread.start()
    for _ in range(100):
        pair.owner.publish_many("a", [b"x"] * 20)
    wait_until(lambda: all(len(seqs) == 2000 for seqs in got))
    for queue in queues:
        queue.close()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert all(seqs == list(range(1, 2001)) for seqs in got)


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


def test_owners_count_each_queue(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.client.subscribe("a")
    queues = [pair.client.subscriber(name) for name in ("a", "*", "b")]
    own = pair.owner.subscriber("a")

    def count() -> int | None:
        with pair.owner.watch() as events:
            while True:
                event = events.recv(PATIENCE_MS)
                if event.kind is spotmq.EventKind.SUBSCRIBERS_CHANGED and event.topic == "a":
                    return event.count

    wait_until(lambda: count() == 4)
    queues[1].unsubscribe("*")
    wait_until(lambda: count() == 3)
    own.close()
    queues[0].close()
    wait_until(lambda: count() == 1)


def test_who_is_counted_is_reached(make_pair: MakePair) -> None:
    pair = make_pair()
    for i in range(30):
        queue = pair.client.subscriber()
        thread = threading.Thread(target=queue.subscribe, args=("a",))
        thread.start()
        pair.owner.wait_for_subscribers("a", 1, PATIENCE_MS)
        thread.join(PATIENCE)
        pair.owner.publish("a", b"%d" % i)
        assert queue.recv(PATIENCE_MS).data == b"%d" % i
        queue.close()
        wait_until(lambda: not subscribed(pair.owner))


def subscribed(node: spotmq.Spot) -> bool:
    try:
        node.wait_for_subscribers("a", 1, 0)
    except spotmq.Timeout:
        return False
    return True


def test_fileno(pair: Pair) -> None:
    one, two = pair.client.subscriber("a"), pair.client.subscriber("b")
    poller = select.poll()
    poller.register(one, select.POLLIN)
    poller.register(two, select.POLLIN)
    assert poller.poll(0) == []
    pair.owner.publish("a", b"1")
    assert poller.poll(PATIENCE_MS) == [(one.fileno(), select.POLLIN)]
    assert poller.poll(0) == [(one.fileno(), select.POLLIN)]  # level-triggered
    one.recv(0)
    assert poller.poll(0) == []
    number = two.fileno()
    threading.Timer(0.05, two.close).start()
    assert poller.poll(PATIENCE_MS)[0][0] == number  # closing wakes who selects


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
