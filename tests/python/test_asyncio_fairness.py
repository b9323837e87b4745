"""Protects: a task that always finds messages lets other tasks run, and can be cancelled."""

import asyncio
import itertools

from aio import each_loop, run
from helpers import PATIENCE, PATIENCE_MS

import spotmq
import spotmq.asyncio

BACKLOG = 100_000


async def node_with_a_backlog() -> spotmq.asyncio.Spot:
    spot = spotmq.asyncio.Spot(send_hwm=0, recv_hwm=0)
    spot.topic_create("a")
    await spot.subscribe("a")
    assert await spot.publish_many("a", [b"x"] * BACKLOG) == BACKLOG
    await spot.flush()
    return spot


class Turns:
    """A task that counts how often it ran."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> "Turns":
        self._task = asyncio.ensure_future(self._go_on())
        return self

    async def _go_on(self) -> None:
        while True:
            self.count += 1
            await asyncio.sleep(0)

    def __exit__(self, *_: object) -> None:
        self._task.cancel()


@each_loop
def test_others_run_while_a_backlog_is_iterated(loop: str) -> None:
    async def main() -> None:
        left = BACKLOG
        async with await node_with_a_backlog() as spot:
            with Turns() as turns:
                async for _ in spot:
                    left -= 1
                    if not left:
                        break
                assert turns.count > 3

    run(main(), loop)


@each_loop
def test_others_run_while_a_backlog_is_taken_one_by_one(loop: str) -> None:
    async def main() -> None:
        async with await node_with_a_backlog() as spot:
            with Turns() as turns:
                for _ in range(BACKLOG):
                    await spot.recv()
                assert turns.count > 3

    run(main(), loop)


@each_loop
def test_others_run_after_each_message_that_takes_long(loop: str) -> None:
    """Time decides, not the number of messages."""

    async def main() -> None:
        async with await node_with_a_backlog() as spot:
            spent = 0
            with Turns() as turns:
                clock = asyncio.get_running_loop().time
                async for _ in spot:
                    until = clock() + 0.002
                    while clock() < until:
                        pass
                    spent += 1
                    if spent == 50:
                        break
                # The first few may be taken for quick ones.
                assert turns.count >= 30

    run(main(), loop)


@each_loop
def test_others_run_while_one_publishes_without_end(loop: str) -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot() as spot:
            spot.topic_create("a")
            with Turns() as turns:
                for _ in range(BACKLOG):
                    await spot.publish("a", b"x")
                assert turns.count > 3
                before = turns.count
                await spot.publish_many("a", itertools.repeat(b"x", 20 * BACKLOG))
                assert turns.count > before + 3

    run(main(), loop)


@each_loop
def test_a_loop_over_messages_that_never_end_is_cancelled(loop: str) -> None:
    async def main() -> None:
        async with await node_with_a_backlog() as spot:

            async def read() -> None:
                async for _ in spot:
                    spot.sync.publish("a", b"more")

            task = asyncio.ensure_future(read())
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            assert await spot.poll(0)

    run(main(), loop)


def test_calls_that_wait_for_ever_keep_no_other_from_being_made() -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot() as spot, spotmq.asyncio.Spot() as peer:
            await peer.bind("tcp://127.0.0.1:0")
            assert peer.endpoint is not None
            waiting = [
                asyncio.ensure_future(spot.cluster_add(f"tcp://127.0.0.1:{port}", timeout_ms=None))
                for port in range(1, 41)
            ]
            await spot.cluster_add(peer.endpoint, timeout_ms=PATIENCE_MS)
            assert not any(task.done() for task in waiting)
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting, timeout=PATIENCE)

    run(main())
