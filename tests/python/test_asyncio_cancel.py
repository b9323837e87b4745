"""Protects: cancelling a task that receives loses, repeats and reorders no message."""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable

import pytest
from aio import each_loop, pair_of_nodes, run, suspended
from helpers import PATIENCE_MS
from hypothesis import given, settings
from hypothesis import strategies as st

import spotmq
import spotmq.asyncio

Take = Callable[[spotmq.asyncio.Spot], Awaitable[list[spotmq.Message]]]


async def by_recv(spot: spotmq.asyncio.Spot) -> list[spotmq.Message]:
    return [await spot.recv()]


async def by_recv_with_a_limit(spot: spotmq.asyncio.Spot) -> list[spotmq.Message]:
    return [await spot.recv(PATIENCE_MS)]


async def by_recv_many(spot: spotmq.asyncio.Spot) -> list[spotmq.Message]:
    return await spot.recv_many(7)


async def by_iterating(spot: spotmq.asyncio.Spot) -> list[spotmq.Message]:
    return [await spot.__anext__()]


WAYS: list[Take] = [by_recv, by_recv_with_a_limit, by_recv_many, by_iterating]


async def with_cancel(task: "asyncio.Task[list[spotmq.Message]]", after: int) -> None:
    for _ in range(after):
        await asyncio.sleep(0)
    task.cancel()


async def one_try(take: Take, spot: spotmq.asyncio.Spot, after: int) -> list[spotmq.Message]:
    """What it took when it was cancelled after so many turns of the loop."""
    task = asyncio.ensure_future(take(spot))
    canceller = asyncio.ensure_future(with_cancel(task, after))
    try:
        return await task
    except asyncio.CancelledError:
        return []
    finally:
        await canceller


@each_loop
def test_a_stream_read_by_tasks_that_are_cancelled_at_random_arrives_whole(loop: str) -> None:
    count, seed = 3_000, random.randrange(1 << 32)
    chance = random.Random(seed)

    async def main() -> None:
        async with pair_of_nodes({"overflow": "block"}) as (owner, client):

            def publish() -> None:
                pace = random.Random(seed)
                for i in range(count):
                    owner.sync.publish("a", b"%d" % i)
                    if pace.random() < 0.05:
                        owner.sync.flush()

            publisher = threading.Thread(target=publish)
            publisher.start()
            got: list[int] = []
            while len(got) < count:
                taken = await one_try(chance.choice(WAYS), client, chance.randrange(6))
                got += [int(message.data) for message in taken]
            publisher.join()
            assert got == list(range(count)), f"seed {seed}"
            assert client.stats().lost == 0

    run(main(), loop)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(range(len(WAYS))), st.integers(0, 5)), max_size=30))
def test_whatever_is_cancelled_when_the_rest_is_there(plan: list[tuple[int, int]]) -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot() as spot:
            spot.topic_create("a")
            await spot.subscribe("a")
            sent = 0
            got: list[int] = []
            for way, after in plan:
                if after % 2:
                    await spot.publish("a", b"%d" % sent)
                    sent += 1
                got += [int(each.data) for each in await one_try(WAYS[way], spot, after)]
            await spot.flush()
            while len(got) < sent:
                got.append(int((await spot.recv(PATIENCE_MS)).data))
            assert got == list(range(sent))
            assert not await spot.poll(0)

    run(main())


@each_loop
@pytest.mark.parametrize("take", WAYS)
def test_a_message_that_comes_with_the_cancellation_stays(loop: str, take: Take) -> None:
    """The task was woken already, and is cancelled before it runs."""

    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            for number in range(30):
                waiting = asyncio.ensure_future(take(client))
                await suspended(waiting)
                await owner.publish("a", b"%d" % number)
                client.sync.poll(PATIENCE_MS)  # it is there, and the loop has not seen it yet
                for _ in range(number % 4):
                    await asyncio.sleep(0)
                waiting.cancel()
                try:
                    taken = await waiting
                except asyncio.CancelledError:
                    taken = [await client.recv(PATIENCE_MS)]
                assert [message.data for message in taken] == [b"%d" % number]

    run(main(), loop)


@each_loop
def test_a_time_out_around_it_takes_nothing(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            for take in WAYS:
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(take(client), 0.01)
                await owner.publish("a", b"kept")
                assert (await client.recv(PATIENCE_MS)).data == b"kept"

    run(main(), loop)


@each_loop
def test_one_of_two_that_wait_is_cancelled_and_the_other_gets_it(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            for number in range(20):
                first = asyncio.create_task(client.recv())
                second = asyncio.create_task(client.recv())
                await suspended(first, second)
                await owner.publish("a", b"%d" % number)
                client.sync.poll(PATIENCE_MS)
                for _ in range(number % 3):
                    await asyncio.sleep(0)
                if first.done():  # it was quicker than the cancellation
                    assert first.result().data == b"%d" % number
                    second.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await second
                    continue
                first.cancel()
                assert (await second).data == b"%d" % number

    run(main(), loop)


def test_an_awaitable_that_is_never_awaited_takes_nothing() -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            await owner.publish("a", b"1")
            await client.poll(PATIENCE_MS)
            for _ in range(20):
                client.__anext__()
            assert await client.__anext__() == ("a", b"1")

    run(main())


def test_an_awaitable_is_awaited_once() -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            await owner.publish("a", b"1")
            following = client.__anext__()
            assert await following == ("a", b"1")
            with pytest.raises(RuntimeError, match="cannot reuse"):
                await following

    run(main())
