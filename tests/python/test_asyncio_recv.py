"""Protects: receiving in asyncio: recv, recv_many, poll, iteration, time-outs, several tasks, events."""

import asyncio
import gc
import threading
from typing import Any

import pytest
from aio import each_loop, pair_of_nodes, run, suspended
from helpers import PATIENCE, PATIENCE_MS, fails

import spotmq
import spotmq.asyncio


@each_loop
def test_every_way_to_receive_gives_the_messages_in_order(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            for i in range(6):
                await owner.publish("a", b"%d" % i)
            assert await client.poll(PATIENCE_MS)
            assert await client.recv() == ("a", b"0")
            assert await client.recv(PATIENCE_MS) == ("a", b"1")
            assert [m.data for m in await client.recv_many(1)] == [b"2"]
            assert (await client.__anext__()).data == b"3"
            async for topic, data in client:
                assert (topic, data) == ("a", b"4")
                break
            assert [m.data for m in await client.recv_many(timeout_ms=PATIENCE_MS)] == [b"5"]
            assert not await client.poll(0)

    run(main(), loop)


@each_loop
def test_a_waiting_task_is_woken_and_others_run_meanwhile(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            for number in range(50):
                waiting = asyncio.create_task(client.recv())
                await suspended(waiting)
                assert not waiting.done()
                await owner.publish("a", b"%d" % number)
                assert (await waiting).data == b"%d" % number

    run(main(), loop)


@each_loop
def test_a_stream_arrives_whole_and_in_order(loop: str) -> None:
    count = 50_000

    async def main() -> None:
        async with pair_of_nodes({"overflow": "block"}) as (owner, client):

            def publish() -> None:
                for i in range(count):
                    owner.sync.publish("a", b"%d" % i)

            publisher = threading.Thread(target=publish)
            publisher.start()
            expected = 0
            async for message in client:
                assert message.data == b"%d" % expected
                expected += 1
                if expected == count:
                    break
            publisher.join()
            assert client.stats().lost == 0

    run(main(), loop)


@each_loop
def test_time_outs_are_those_of_the_synchronous_node(loop: str) -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot() as spot, spot.watch() as events:
            for timeout_ms in (0, 1, 20.5):
                with fails(spotmq.Timeout, number=11):
                    await spot.recv(timeout_ms)
                with fails(spotmq.Timeout, number=11):
                    await spot.recv_many(timeout_ms=timeout_ms)
                with fails(spotmq.Timeout, number=11):
                    await events.recv(timeout_ms)
                assert not await spot.poll(timeout_ms)
                assert not await events.poll(timeout_ms)
            for wrong in ("1", True):
                with pytest.raises(TypeError, match="timeout_ms must be int, float or None"):
                    await spot.recv(wrong)  # type: ignore[arg-type]
            with pytest.raises(ValueError, match="milliseconds"):
                await spot.poll(-1)
            with pytest.raises(ValueError, match="max_messages must be at least 1"):
                await spot.recv_many(0)

    run(main(), loop)


@each_loop
def test_a_message_goes_to_one_of_several_tasks(loop: str) -> None:
    count, readers = 2_000, 5

    async def main() -> None:
        async with pair_of_nodes({"overflow": "block"}) as (owner, client):
            got: list[list[int]] = [[] for _ in range(readers)]
            done = asyncio.Event()

            async def read(mine: list[int]) -> None:
                async for message in client:
                    mine.append(int(message.data))
                    if sum(map(len, got)) == count:
                        done.set()
                    await asyncio.sleep(0)

            tasks = [asyncio.create_task(read(mine)) for mine in got]
            await suspended(*tasks)
            await owner.publish_many("a", [b"%d" % i for i in range(count)])
            await done.wait()
            assert sorted(number for mine in got for number in mine) == list(range(count))
            assert all(mine == sorted(mine) for mine in got)
            assert all(got)
            await client.close()
            await asyncio.gather(*tasks)  # the iterations end

    run(main(), loop)


@each_loop
def test_a_subscriber_is_a_queue_of_its_own(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client), client.subscriber("b") as second:
            third = await client.subscriber("a", "b")
            await owner.publish("b", b"1")
            await owner.publish("a", b"2")
            assert await second.recv(PATIENCE_MS) == ("b", b"1")
            assert await client.recv(PATIENCE_MS) == ("a", b"2")
            assert [await third.recv(PATIENCE_MS), await third.recv(PATIENCE_MS)] == [
                ("b", b"1"),
                ("a", b"2"),
            ]
            assert second.spot is client
            assert second.subscriptions() == ["b"]
            assert third.stats().received == 2
            await second.unsubscribe("b")
            await second.subscribe("a")
            assert second.subscriptions() == ["a"]
            await third.close()
            assert third.closed
            assert not second.closed
        assert second.closed

    run(main(), loop)


@each_loop
def test_events_tell_the_state_and_then_each_change(loop: str) -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot() as spot:
            spot.topic_create("a")
            async with spot.watch() as events:
                first = await events.recv(PATIENCE_MS)
                assert (first.kind, first.topic) == (spotmq.EventKind.TOPIC_ADDED, "a")
                later = asyncio.create_task(events.recv())
                await suspended(later)
                spot.topic_destroy("a")
                assert (await later).kind is spotmq.EventKind.TOPIC_REMOVED
                spot.topic_create("b")
                async for event in events:
                    assert event.topic == "b"
                    break
                assert events.fileno() >= 0
            assert events.closed
            assert [event async for event in events] == []

    run(main(), loop)


@each_loop
def test_what_anext_returns_is_an_awaitable_like_any_other(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            first = asyncio.ensure_future(anext(client))
            second = asyncio.gather(anext(client), asyncio.wait_for(anext(client), PATIENCE))
            third = asyncio.ensure_future(anext(client, None))
            await suspended(first, third)
            await owner.publish_many("a", [b"1", b"2", b"3", b"4"])
            found = [await first, *await second, await third]
            assert sorted(message.data for message in found if message) == [
                *(b"1", b"2"),
                *(b"3", b"4"),
            ]
            waiting = asyncio.ensure_future(anext(client, None))
            await suspended(waiting)
            await client.close()
            assert await waiting is None
            with pytest.raises(StopAsyncIteration):
                await anext(client)

    run(main(), loop)


def test_an_awaitable_may_be_driven_by_hand() -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):

            async def there(data: bytes) -> None:
                await owner.publish("a", data)
                assert await client.poll(PATIENCE_MS)

            def go_on(steps: Any) -> None:
                while True:  # a turn that is over is a bare yield
                    assert steps.send(None) is None

            def drive(awaitable: Any) -> spotmq.Message:
                steps = awaitable.__await__()
                with pytest.raises(StopIteration) as stop:
                    go_on(steps)
                message: spotmq.Message = stop.value.value
                return message

            def waits(steps: Any) -> bool:
                while (future := next(steps)) is None:
                    pass  # its turn was over
                return asyncio.isfuture(future)

            await there(b"1")
            assert drive(anext(client)).data == b"1"
            await there(b"2")
            assert drive(client.__anext__()).data == b"2"

            steps: Any = anext(client).__await__()
            assert waits(steps)  # for ever
            with pytest.raises(ZeroDivisionError):
                steps.throw(ZeroDivisionError("thrown"))
            with pytest.raises(RuntimeError, match="cannot reuse"):
                steps.send(None)
            fresh: Any = anext(client).__await__()
            with pytest.raises(KeyError):
                fresh.throw(KeyError("before it began"))
            steps = anext(client).__await__()
            assert waits(steps)
            steps.close()
            await owner.publish("a", b"3")
            assert (await client.recv(PATIENCE_MS)).data == b"3"

    run(main())


def test_iterating_leaves_no_garbage() -> None:
    async def main() -> None:
        async with pair_of_nodes({"overflow": "block"}) as (owner, client):
            for round_ in range(3):
                gc.collect()
                before = len(gc.get_objects())
                for _ in range(200):
                    waiting = asyncio.ensure_future(anext(client))
                    await suspended(waiting)
                    waiting.cancel()
                    await asyncio.wait([waiting])
                await owner.publish_many("a", [b"x"] * 1_000)
                for _ in range(1_000):
                    await anext(client)
                del waiting
                gc.collect()
                if round_:  # what is made once was made
                    assert len(gc.get_objects()) - before < 50

    run(main())
