"""Protects: event loops: uvloop, anyio, pytest-asyncio, several of them, none, trio, and after a fork."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import closing
from typing import Any

import anyio
import anyio.to_thread
import pytest
import pytest_asyncio
import trio
from aio import LOOPS, each_loop, run, suspended
from helpers import PATIENCE, PATIENCE_MS, fails

import spotmq
import spotmq.asyncio


async def node_with_a_topic() -> spotmq.asyncio.Spot:
    spot = spotmq.asyncio.Spot()
    spot.topic_create("a")
    await spot.subscribe("a")
    return spot


@pytest_asyncio.fixture
async def spot() -> AsyncIterator[spotmq.asyncio.Spot]:
    async with await node_with_a_topic() as spot:
        yield spot


@pytest.mark.asyncio
async def test_under_pytest_asyncio(spot: spotmq.asyncio.Spot) -> None:
    await spot.publish("a", b"1")
    assert await asyncio.wait_for(spot.recv(), PATIENCE) == ("a", b"1")


@pytest.fixture(
    params=[("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})],
    ids=["asyncio", "uvloop"],
)
def anyio_backend(request: pytest.FixtureRequest) -> object:
    return request.param


@pytest.mark.anyio
async def test_under_anyio() -> None:
    got: list[bytes] = []

    async with await node_with_a_topic() as spot:

        async def read() -> None:
            async for message in spot:
                got.append(message.data)

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as group:
                group.start_soon(read)
                for i in range(100):
                    await spot.publish("a", b"%d" % i)
                while len(got) < 100:
                    await anyio.sleep(0.001)
                group.cancel_scope.cancel()
        assert got == [b"%d" % i for i in range(100)]

        with anyio.move_on_after(0.01) as scope:
            await spot.recv()
        assert scope.cancelled_caught
        with anyio.move_on_after(0.05) as scope:
            await spot.cluster_add("tcp://127.0.0.1:1", timeout_ms=None)
        assert scope.cancelled_caught
        await spot.publish("a", b"kept")
        assert (await spot.recv(PATIENCE_MS)).data == b"kept"


def test_without_a_loop_it_says_what_it_needs() -> None:
    with spotmq.Spot() as node:
        spot = spotmq.asyncio.Spot.wrap(node)
        calls: list[Coroutine[Any, Any, object]] = [
            spot.recv(),
            spot.poll(),
            spot.join("tcp://127.0.0.1:1"),
            spot.__aenter__(),
        ]
        for call in calls:
            with pytest.raises(RuntimeError, match=r"needs a running asyncio event loop.*trio"):
                call.send(None)
        with pytest.raises(RuntimeError, match="needs a running asyncio event loop"):
            spot.__aiter__()


def test_under_trio_it_says_what_to_do_instead() -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot():
            pass

    with pytest.raises(RuntimeError, match=r"under trio use spotmq\.Spot in trio\.to_thread"):
        trio.run(main)

    async def instead() -> spotmq.Message:
        with spotmq.Spot() as node:
            node.topic_create("a")
            node.subscribe("a")
            node.publish("a", b"1")
            return await trio.to_thread.run_sync(node.recv)

    assert trio.run(instead) == ("a", b"1")


@each_loop
def test_one_loop_after_another_uses_a_node(loop: str) -> None:
    spot = spotmq.asyncio.Spot()
    spot.topic_create("a")

    async def use(number: int) -> None:
        await spot.subscribe("a")
        waiting = asyncio.ensure_future(spot.recv(PATIENCE_MS))
        await suspended(waiting)
        await spot.publish("a", b"%d" % number)
        assert (await waiting).data == b"%d" % number

    for number in range(3):
        run(use(number), loop)
    run(spot.close(), loop)


@each_loop
def test_a_loop_that_is_not_closed_lets_another_have_the_node(loop: str) -> None:
    async def use(spot: spotmq.asyncio.Spot) -> None:
        waiting = asyncio.ensure_future(spot.recv(PATIENCE_MS))
        await suspended(waiting)
        await spot.publish("a", b"x")
        await waiting

    with closing(LOOPS[loop]()) as one, closing(LOOPS[loop]()) as other:
        spot = one.run_until_complete(node_with_a_topic())
        for _ in range(3):
            one.run_until_complete(use(spot))
            other.run_until_complete(use(spot))
        one.run_until_complete(spot.close())


@each_loop
def test_two_loops_at_a_time_are_refused_and_have_a_subscriber_each(loop: str) -> None:
    ready, over = threading.Event(), threading.Event()

    async def first(spot: spotmq.asyncio.Spot) -> None:
        waiting = asyncio.ensure_future(spot.recv())
        await suspended(waiting)
        ready.set()
        assert (await waiting).data == b"for both"

    async def second(spot: spotmq.asyncio.Spot) -> None:
        with pytest.raises(RuntimeError, match="give each loop a subscriber"):
            await spot.recv()
        async with spot.subscriber("a") as mine:
            await spot.publish("a", b"for both")
            assert (await mine.recv(PATIENCE_MS)).data == b"for both"
        over.set()

    spot = run(node_with_a_topic(), loop)
    thread = threading.Thread(target=run, args=(first(spot), loop))
    thread.start()
    assert ready.wait(PATIENCE)
    run(second(spot), loop)
    assert over.is_set()
    thread.join(PATIENCE)
    run(spot.close(), loop)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_no_part_in_it(capfd: pytest.CaptureFixture[str]) -> None:
    async def in_the_child(spot: spotmq.asyncio.Spot) -> None:
        with fails(spotmq.Closed):
            await spot.recv()
        with fails(spotmq.Closed):
            await spot.publish("a", b"1")
        with fails(spotmq.Closed):
            await spot.subscribe("a")
        await spot.close()
        async with await node_with_a_topic() as own:  # with threads of its own
            await own.publish("a", b"1")
            assert (await own.recv(PATIENCE_MS)).data == b"1"

    loop = asyncio.new_event_loop()
    with closing(loop):
        spot = loop.run_until_complete(node_with_a_topic())
        with pytest.raises(spotmq.Timeout):  # the loop watches it, and goes on to
            loop.run_until_complete(spot.recv(1))
        child = os.fork()
        if child == 0:
            status = 1
            try:
                run(in_the_child(spot))
                status = 0
            finally:
                sys.stderr.flush()
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

        async def go_on() -> None:
            waiting = asyncio.ensure_future(spot.recv(PATIENCE_MS))
            await suspended(waiting)
            await spot.publish("a", b"parent")
            assert (await waiting).data == b"parent"
            await spot.close()

        loop.run_until_complete(asyncio.wait_for(go_on(), PATIENCE))
    assert capfd.readouterr().err == ""
