"""Protects: objects that several threads use at once, with and without a GIL.

A Python without a GIL (free-threading) runs the threads at the same time; with a GIL this is a light check
that the same programs work. The tests share those objects that otherwise only the GIL guards.
"""

import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator

import pytest
from conftest import MakeNode
from helpers import PATIENCE, PATIENCE_MS

import spotmq

THREADS = 6
LARGE = os.urandom(100_000)


def together(work: Callable[[int], None], threads: int = THREADS) -> None:
    """Runs it in that many threads, which begin at the same moment; raises what the first one raised."""
    start = threading.Barrier(threads)
    raised: list[Exception] = []

    def run(number: int) -> None:
        try:
            start.wait(PATIENCE)
            work(number)
        except Exception as error:  # noqa: BLE001 (raised again below)
            raised.append(error)

    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    if raised:
        raise raised[0]


def test_importing_leaves_the_gil_as_python_was_built() -> None:
    enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
    assert enabled != bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


@pytest.fixture
def large(node: spotmq.Spot) -> Callable[[], spotmq.Message]:
    node.topic_create("a")
    node.subscribe("a")

    def receive() -> spotmq.Message:
        node.publish("a", LARGE)
        return node.recv(PATIENCE_MS)

    return receive


def test_a_large_message_is_copied_once_whoever_asks_first(
    large: Callable[[], spotmq.Message],
) -> None:
    for _ in range(30):
        message = large()
        seen: list[bytes] = []

        def look(number: int, message: spotmq.Message = message, seen: list[bytes] = seen) -> None:
            if number % 3 == 0:
                with memoryview(message) as view:
                    assert view[-10:] == LARGE[-10:]
            elif number % 3 == 1:
                assert repr(message).startswith("Message(topic='a'")
                assert message.view == LARGE
            seen.append(message.data)

        together(look)
        assert all(data == LARGE for data in seen)
        assert len({id(data) for data in seen}) == 1


def test_an_iterator_of_a_message_may_be_shared(large: Callable[[], spotmq.Message]) -> None:
    for _ in range(30):
        items = iter(large())
        got: list[object] = []

        def drain(_: int, items: Iterator[object] = items, got: list[object] = got) -> None:
            got.extend(items)

        together(drain)
        assert got.count("a") == 1
        assert len(got) <= 2


def test_a_list_may_shrink_while_it_is_published(node: spotmq.Spot) -> None:
    node.topic_create("a")
    for _ in range(20):
        items = [b"%d" % i for i in range(2_000)]

        def work(number: int, items: list[bytes] = items) -> None:
            if number == 0:
                while items:
                    items.pop()
            else:
                assert 0 <= node.publish_many("a", items) <= 2_000

        together(work, 3)


def test_topics_are_found_while_they_come_and_go(node: spotmq.Spot) -> None:
    node.topic_create("stays")
    names = [f"t{i}" for i in range(50)]

    def work(number: int) -> None:
        for i in range(300):
            if number == 0:
                node.topic_create(names[i % 50])
                node.topic_destroy(names[i % 50])
            else:
                node.publish("stays", b"x")
                try:
                    node.publish(names[i % 50], b"x")
                except spotmq.TopicNotFound:
                    continue

    together(work)
    assert node.stats().published >= 300 * (THREADS - 1)


def test_subscribers_come_and_go_while_others_count(node: spotmq.Spot) -> None:
    node.topic_create("a")

    def work(number: int) -> None:
        for _ in range(10):
            if number % 2:
                with node.subscriber("a") as queue:
                    node.publish("a", b"x")
                    assert queue.recv(PATIENCE_MS).data == b"x"
                    assert queue.stats().received >= 1
            else:
                assert node.stats().received >= 0

    together(work, 4)


def test_a_context_is_closed_while_nodes_are_made(make_node: MakeNode) -> None:
    for _ in range(5):
        context = spotmq.Context()

        def work(number: int, context: spotmq.Context = context) -> None:
            try:
                if number == 0:
                    context.close()
                elif not context.closed:
                    spotmq.Spot(context).close()
            except spotmq.Closed:
                assert context.closed

        together(work, 3)


def test_receivers_of_one_queue_share_its_messages(node: spotmq.Spot) -> None:
    node.topic_create("a")
    node.subscribe("a")
    count = 20_000
    got: list[list[int]] = [[] for _ in range(3)]

    def work(number: int) -> None:
        if number == 3:
            node.publish_many("a", [b"%d" % i for i in range(count)])
            node.publish_many("a", [b"-1"] * 3)
            return
        while True:
            value = int(node.recv(PATIENCE_MS).data)
            if value < 0:
                return
            got[number].append(value)

    together(work, 4)
    assert sorted(value for values in got for value in values) == list(range(count))
    assert all(values == sorted(values) for values in got)
    assert node.stats().received == count + 3
