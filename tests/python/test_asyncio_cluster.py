"""Protects: calls that wait for other nodes do not block the event loop, and end when they are cancelled."""

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aio import each_loop, pair_of_nodes, run
from helpers import PATIENCE_MS, fails

import spotmq
import spotmq.asyncio
from spotmq.asyncio import _workers

_numbers = itertools.count()


def nobody() -> str:
    """An endpoint at which no program listens, a new one each time."""
    number = next(_numbers)
    return f"tcp://127.1.{number // 250}.{1 + number % 250}:1"


def workers() -> int:
    return sum(thread.name == "spotmq-asyncio" for thread in threading.enumerate())


@each_loop
def test_a_cluster_is_joined_watched_and_left(loop: str) -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot(name="one") as one, spotmq.asyncio.Spot() as other:
            await one.bind("tcp://127.0.0.1:0")
            assert one.endpoint is not None
            with fails(spotmq.AlreadyBound, one.endpoint):
                await one.bind(one.endpoint)
            waiting = asyncio.gather(
                other.wait_for_topic("a", PATIENCE_MS),
                other.wait_for_peers(1, PATIENCE_MS),
            )
            await other.join(one.endpoint, timeout_ms=PATIENCE_MS)
            one.topic_create("a")
            await waiting
            await other.cluster_sync(PATIENCE_MS)
            assert [(info.topic, str(info.location)) for info in other.list_topics()] == [
                ("a", "REMOTE")
            ]
            assert [(peer.name, peer.state) for peer in other.peers()] == [
                ("one", spotmq.PeerState.UP)
            ]
            heard = asyncio.ensure_future(one.wait_for_subscribers("a", 1, PATIENCE_MS))
            await other.subscribe("a")
            await heard
            await other.unsubscribe()
            assert other.subscriptions() == []
            await other.topic_route("by:hand", nobody())
            assert other.topic_exists("by:hand")
            await other.cluster_remove(one.endpoint)
            with fails(spotmq.PeerNotFound, one.endpoint):
                await other.cluster_remove(one.endpoint)

    run(main(), loop)


def test_errors_and_time_outs_are_those_of_the_synchronous_node() -> None:
    async def main() -> None:
        async with pair_of_nodes() as (_, client):
            with fails(spotmq.TopicNotFound, "no"):
                await client.subscribe("no")
            with fails(spotmq.TopicNotFound, "no"):
                await client.subscriber("no")
            with fails(spotmq.NotSubscribed, "b"):
                await client.unsubscribe("b")
            with fails(spotmq.Timeout, "no"):
                await client.wait_for_topic("no", 1)
            with fails(spotmq.Timeout):
                await client.wait_for_peers(2, 1)
            with fails(spotmq.TopicNotFound, "no"):
                await client.wait_for_subscribers("no")
            with fails(spotmq.InvalidEndpoint, "nonsense"):
                await client.cluster_add("nonsense")
            with pytest.raises(TypeError, match="timeout_ms must be"):
                await client.wait_for_topic("no", "1")  # type: ignore[arg-type]
            where = nobody()
            with fails(spotmq.PeerUnreachable, where):
                await client.cluster_add(where, timeout_ms=50)

    run(main())


async def add(spot: spotmq.asyncio.Spot, where: str) -> None:
    await spot.cluster_add(where, timeout_ms=None)


async def join(spot: spotmq.asyncio.Spot, where: str) -> None:
    await spot.join(where, timeout_ms=None)


async def sync(spot: spotmq.asyncio.Spot, where: str) -> None:
    await spot.cluster_add(where)
    await spot.cluster_sync(None)


@each_loop
@pytest.mark.parametrize("call", [add, join, sync])
def test_one_that_waits_for_ever_is_cancelled_and_the_node_goes_on(
    loop: str, call: Callable[[spotmq.asyncio.Spot, str], Awaitable[None]]
) -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            where = nobody()
            task = asyncio.ensure_future(call(client, where))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            if call is not sync:  # a call that was cancelled added no peer
                while len(client.peers()) > 1:
                    await asyncio.sleep(0.002)
            await client.subscribe("b", timeout_ms=PATIENCE_MS)
            await owner.publish("b", b"1")
            assert (await client.recv(PATIENCE_MS)).data == b"1"

    run(main(), loop)


def test_asking_for_relief_again_and_again_makes_no_thread_twice() -> None:
    pool = _workers._Pool()
    go_on = threading.Event()

    def wait() -> None:
        go_on.wait()

    try:
        for _ in range(50):
            pool.submit(wait)
        before = workers()
        for _ in range(200):
            pool.relieve()
        assert workers() <= before + 50
    finally:
        go_on.set()
        with pool._changed:
            pool._stopped = True
            pool._changed.notify_all()


def test_many_that_were_cancelled_leave_room_for_others() -> None:
    async def main() -> None:
        async with pair_of_nodes() as (_, client):
            before = workers()
            for _ in range(3):
                tasks = [asyncio.ensure_future(add(client, nobody())) for _ in range(50)]
                await asyncio.sleep(0.02)
                # At most one for each that waits or is being ended.
                assert workers() <= before + 150
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
            await client.cluster_sync(PATIENCE_MS)
            await client.subscribe("b")

    run(main())


def test_closing_does_not_wait_for_those_that_wait() -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot() as spot:
            tasks = [asyncio.ensure_future(add(spot, nobody())) for _ in range(60)]
            await asyncio.sleep(0.02)
            await spot.close()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(result) for result in results} == {spotmq.Closed}

    run(main())


def test_receiving_publishing_and_waiting_take_no_thread() -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            threads = threading.active_count()
            tasks: list[asyncio.Future[Any]] = [
                asyncio.ensure_future(client.recv()) for _ in range(100)
            ]
            tasks += [asyncio.ensure_future(client.wait_for_topic(f"{i}", None)) for i in range(50)]
            for _ in range(100):
                await owner.publish("a", b"x")
            await asyncio.gather(*tasks[:100])
            assert threading.active_count() <= threads
            for task in tasks[100:]:
                task.cancel()
            await asyncio.wait(tasks[100:])

    run(main())
