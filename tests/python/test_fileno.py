"""Protects: fileno() is readable while a message waits, with select, selectors and asyncio."""

import asyncio
import select
import selectors
import threading
from collections.abc import Callable

import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE, PATIENCE_MS, fails, rests, wait_until

import spotmq


def readable(node: spotmq.Spot, timeout: float = 0) -> bool:
    return bool(select.select([node], [], [], timeout)[0])


def test_it_is_a_descriptor_and_stays_the_same(node: spotmq.Spot) -> None:
    assert node.fileno() >= 0
    assert node.fileno() == node.fileno()


def test_it_is_not_readable_while_nothing_waits(pair: Pair) -> None:
    pair.client.subscribe("a")
    pair.client.fileno()
    pair.owner.publish("a", b"1")
    assert pair.client.recv(PATIENCE_MS).data == b"1"
    wait_until(lambda: rests(pair.client))  # a rare wake-up in vain is allowed; for ever is not


def test_it_is_level_triggered(pair: Pair) -> None:
    pair.client.subscribe("a")
    for _ in range(3):
        pair.owner.publish("a", b"1")
        assert readable(pair.client, PATIENCE)
        assert readable(pair.client)
        assert pair.client.poll(PATIENCE_MS)
        assert readable(pair.client)
        pair.client.recv(0)


def test_made_when_messages_wait_already(pair: Pair) -> None:
    pair.client.subscribe("a")
    pair.owner.publish_many("a", [b"x"] * 10)
    assert pair.client.poll(PATIENCE_MS)
    pair.client.recv(0)
    assert readable(pair.client)


def test_readable_until_the_last_of_a_batch_is_taken(pair: Pair) -> None:
    pair.client.subscribe("a")
    pair.client.fileno()
    pair.owner.publish_many("a", [b"x"] * 500)
    pair.owner.publish_many("a", [b"x"] * 500)
    for taken in range(1000):
        assert readable(pair.client, PATIENCE), f"after {taken} messages"
        pair.client.recv(PATIENCE_MS)
    wait_until(lambda: rests(pair.client))


@pytest.mark.parametrize("take", [1, 7, 999])
def test_readable_between_lists(pair: Pair, take: int) -> None:
    pair.client.subscribe("a")
    pair.client.fileno()
    pair.owner.publish_many("a", [b"x"] * 1000)
    left = 1000
    while left:
        assert readable(pair.client, PATIENCE), f"{left} are left"
        left -= len(pair.client.recv_many(take, PATIENCE_MS))


def test_no_wake_up_is_missed(pair: Pair) -> None:
    pair.client.subscribe("a")
    descriptor = pair.client.fileno()

    def publish() -> None:
        for i in range(5000):
            pair.owner.publish("a", b"%d" % i)

    publisher = threading.Thread(target=publish)
    publisher.start()
    got = 0
    while got < 5000:
        ready, _, _ = select.select([descriptor], [], [], PATIENCE)
        assert ready, f"asleep beside a message after {got}"
        try:
            while True:
                pair.client.recv(0)
                got += 1
        except spotmq.Timeout:
            continue
    publisher.join(PATIENCE)


@pytest.mark.parametrize(
    "make", [selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector]
)
def test_every_selector(make_node: MakeNode, make: Callable[[], selectors.BaseSelector]) -> None:
    nodes = [make_node() for _ in range(3)]
    with make() as selector:
        for node in nodes:
            node.topic_create("a")
            node.subscribe("a")
            selector.register(node, selectors.EVENT_READ)
        for node in nodes:
            node.publish("a", b"1")
        for node in nodes:
            assert node.poll(PATIENCE_MS)
        assert {key.fileobj for key, _ in selector.select(PATIENCE)} == set(nodes)


def test_asyncio(pair: Pair) -> None:
    pair.client.subscribe("a")

    async def collect() -> list[bytes]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        got: list[bytes] = []

        def on_readable() -> None:
            try:
                got.append(pair.client.recv(0).data)  # one at a time: level-triggered
            except spotmq.Timeout:
                return
            if len(got) == 300 and not done.done():
                done.set_result(None)

        loop.add_reader(pair.client, on_readable)
        try:
            await loop.run_in_executor(
                None, pair.owner.publish_many, "a", [b"%d" % i for i in range(300)]
            )
            await asyncio.wait_for(done, PATIENCE)
        finally:
            loop.remove_reader(pair.client)
        return got

    assert asyncio.run(collect()) == [b"%d" % i for i in range(300)]


def test_closing_wakes_who_selects(node: spotmq.Spot) -> None:
    poller = select.poll()
    poller.register(node.fileno(), select.POLLIN)
    threading.Timer(0.1, node.close).start()
    assert poller.poll(PATIENCE_MS)
    wait_until(lambda: node.closed)
    with fails(spotmq.Closed):
        node.fileno()
