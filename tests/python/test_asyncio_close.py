"""Protects: closing in asyncio ends every waiting task at once, leaks nothing, and leaves no task pending."""

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
import weakref

import psutil
import pytest
from aio import LOOPS, each_loop, pair_of_nodes, run, suspended
from helpers import PATIENCE, PATIENCE_MS, fails, wait_until

import spotmq
import spotmq.asyncio
from spotmq.asyncio import _workers


@each_loop
def test_closing_ends_whatever_waits(loop: str) -> None:
    async def iterate(
        what: spotmq.asyncio.Spot | spotmq.asyncio.Subscriber,
    ) -> list[spotmq.Message]:
        return [message async for message in what]

    async def main() -> None:
        async with spotmq.asyncio.Spot() as spot, spot.subscriber() as subscriber:
            events = spot.watch()
            ends = [
                asyncio.ensure_future(iterate(spot)),
                asyncio.ensure_future(iterate(subscriber)),
            ]
            fail = [
                asyncio.ensure_future(awaitable)
                for awaitable in (
                    spot.recv(),
                    spot.recv(PATIENCE_MS),
                    spot.recv_many(),
                    spot.poll(),
                    subscriber.recv(),
                    events.recv(),
                    spot.wait_for_topic("never", None),
                )
            ]
            await suspended(*ends, *fail)
            await spot.close()
            await spot.close()
            assert [await end for end in ends] == [[], []]
            for task in fail:
                with pytest.raises(spotmq.Closed):
                    await task
            assert spot.closed
            assert subscriber.closed
            assert events.closed
            assert spot.sync.closed
            for call in (spot.recv(), spot.poll(0), spot.publish("a", b""), spot.subscribe("a")):
                with fails(spotmq.Closed):
                    await call
            assert [message async for message in spot] == []

    run(main(), loop)


@each_loop
def test_a_queue_is_closed_by_itself(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes() as (owner, client):
            subscriber = await client.subscriber("a")
            waiting = asyncio.ensure_future(subscriber.recv())
            await suspended(waiting)
            await subscriber.close()
            with fails(spotmq.Closed):
                await waiting
            await owner.publish("a", b"1")
            assert await client.recv(PATIENCE_MS) == ("a", b"1")

    run(main(), loop)


@each_loop
def test_the_synchronous_node_is_closed_by_another_thread(loop: str) -> None:
    async def main() -> None:
        spot = spotmq.asyncio.Spot()
        waiting = asyncio.ensure_future(spot.recv())
        await suspended(waiting)
        closing = threading.Thread(target=spot.sync.close)
        closing.start()
        with fails(spotmq.Closed):
            await waiting
        closing.join()
        await spot.close()

    run(main(), loop)


def test_a_node_that_is_there_is_wrapped() -> None:
    async def main() -> None:
        with spotmq.Spot(name="mine") as node:
            node.topic_create("a")
            async with spotmq.asyncio.Spot.wrap(node) as spot:
                assert spot.sync is node
                assert spot.name == "mine"
                await spot.subscribe("a")
                node.publish("a", b"1")
                assert await spot.recv(PATIENCE_MS) == ("a", b"1")
                assert repr(spot) == repr(node).replace("spotmq.Spot", "spotmq.asyncio.Spot")
            assert node.closed

    run(main())


def test_closing_takes_the_descriptors_from_the_loop() -> None:
    """Their numbers may belong to other files afterwards. (uvloop does not tell.)"""

    async def main() -> None:
        running = asyncio.get_running_loop()
        for _ in range(5):
            async with pair_of_nodes() as (owner, client), client.watch() as events:
                waiting = asyncio.ensure_future(client.recv())
                watching = asyncio.ensure_future(events.recv())
                await suspended(waiting)
                numbers = [client.fileno(), events.fileno()]
                await owner.publish("a", b"1")
                await waiting
                watching.cancel()
            assert not any(running.remove_reader(number) for number in numbers)

    run(main())


async def workers_at_rest() -> None:
    """Until no thread has a call of a node's in its hands: a task goes on before its thread is done."""
    while _workers._pool._idle < len(_workers._pool._threads):
        await asyncio.sleep(0.001)


@each_loop
def test_a_node_that_nobody_closed_is_garbage(loop: str) -> None:
    async def main() -> None:
        spot = spotmq.asyncio.Spot()
        spot.topic_create("a")
        await spot.subscribe("a")
        with pytest.raises(spotmq.Timeout):
            await spot.recv(1)  # the loop watches it from now on
        number, gone = spot.fileno(), weakref.ref(spot.sync)
        del spot
        await workers_at_rest()
        gc.collect()
        await asyncio.sleep(0)
        assert gone() is None
        assert not asyncio.get_running_loop().remove_reader(number)

    run(main(), loop)


@each_loop
def test_nodes_by_the_hundred_leave_nothing(loop: str) -> None:
    process = psutil.Process()

    async def one() -> None:
        async with pair_of_nodes() as (owner, client), client.watch() as events:
            waiting = [asyncio.ensure_future(client.recv()), asyncio.ensure_future(events.recv())]
            await suspended(*waiting)
            await owner.publish("a", b"1")
            await asyncio.gather(*waiting)

    async def main() -> None:
        await one()
        gc.collect()
        before = process.num_fds()
        for _ in range(30):
            await one()
        gc.collect()
        wait_until(
            lambda: gc.collect() >= 0 and process.num_fds() <= before,
            what="the descriptors are back",
        )

    run(main(), loop)


PROGRAMS = {
    "closed": """
        async def main():
            async with spotmq.asyncio.Spot() as spot:
                spot.topic_create("a")
                await spot.subscribe("a")
                await spot.publish("a", b"1")
                await spot.recv()
    """,
    "not closed": """
        async def main():
            global spot
            spot = spotmq.asyncio.Spot()
            try:
                await spot.recv(10)
            except spotmq.Timeout:
                pass
    """,
    "with tasks that wait": """
        async def main():
            global spot
            spot = spotmq.asyncio.Spot()
            async def iterate():
                async for message in spot:
                    pass
            waiting = [asyncio.ensure_future(iterate()), asyncio.ensure_future(spot.recv())]
            await asyncio.sleep(0.01)
    """,
    "with a call that waits for ever": """
        async def main():
            global spot
            spot = spotmq.asyncio.Spot()
            asyncio.ensure_future(spot.cluster_add("tcp://127.0.0.1:1", timeout_ms=None))
            await asyncio.sleep(0.01)
    """,
    "abandoned": """
        async def main():
            global spot
            spot = spotmq.asyncio.Spot()
            asyncio.ensure_future(spot.cluster_add("tcp://127.0.0.1:1", timeout_ms=None))
            await asyncio.sleep(0.01)
            sys.exit()
    """,
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_ends_without_a_word(name: str, loop: str) -> None:
    # asyncio's debug mode, which -X dev means, tells of callbacks that a busy machine made slow.
    start = f"{loop}.run(main(), debug=False)"
    program = (
        "import asyncio, os, sys, uvloop, spotmq, spotmq.asyncio\n"
        + textwrap.dedent(PROGRAMS[name])
        + f"\n{start}\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
