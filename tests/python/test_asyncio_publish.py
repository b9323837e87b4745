"""Protects: publishing in asyncio does the same as in the synchronous node, and never blocks the event loop."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aio import each_loop, pair_of_nodes, run
from helpers import PATIENCE_MS, fails

import spotmq
import spotmq.asyncio

SMALL: dict[str, Any] = {"overflow": "block", "send_hwm": 2, "recv_hwm": 2, "coalesce_us": 0}
LARGE = bytes(1 << 20)  # a few of them fill every buffer on the way


async def fill(owner: spotmq.asyncio.Spot) -> tuple[int, "asyncio.Task[None]"]:
    """Until one finds no room: how many were published before, and that one, which waits."""
    count = 0
    while True:
        publishing = asyncio.ensure_future(owner.publish("a", LARGE))
        done, _ = await asyncio.wait([publishing], timeout=0.2)
        if not done:
            return count, publishing
        count += 1


@each_loop
def test_what_is_published_arrives(loop: str) -> None:
    async def main() -> None:
        # However many frames it becomes, nothing is dropped.
        async with pair_of_nodes({"send_hwm": 0}, {"recv_hwm": 0}) as (owner, client):
            await owner.publish("a", b"1")
            await owner.publish("a", bytearray(b"2"), copy=True)
            await owner.publish("a", memoryview(b"3"), copy=False)
            assert await owner.publish_many("a", [b"4", bytes(100_000), b"5"]) == 3
            assert await owner.publish_many("a", (b"%d" % i for i in range(20_000))) == 20_000
            assert [len((await client.recv(PATIENCE_MS)).data) for _ in range(6)] == [
                *(1, 1, 1, 1),
                *(100_000, 1),
            ]
            for i in range(20_000):
                assert (await client.recv(PATIENCE_MS)).data == b"%d" % i
            await client.publish("b", b"to its owner")  # a topic of another node
            await owner.subscribe("b")
            await client.publish("b", b"there")
            while (await owner.recv(PATIENCE_MS)).data != b"there":
                pass

    run(main(), loop)


@each_loop
def test_a_full_subscriber_holds_up_the_publisher_and_nobody_else(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes({**SMALL, "send_timeout_ms": None}, SMALL) as (owner, client):
            count, publishing = await fill(owner)
            assert await owner.publish_many("b", [b"nobody listens"]) == 1
            for _ in range(count + 1):
                assert len((await client.recv(PATIENCE_MS)).data) == len(LARGE)
            await publishing
            assert client.stats().lost == 0

    run(main(), loop)


@each_loop
def test_without_room_in_time_it_raises_again(loop: str) -> None:
    async def main() -> None:
        async with pair_of_nodes({**SMALL, "send_timeout_ms": 300}, SMALL) as (owner, client):
            count = 0
            with fails(spotmq.Again, "a"):
                while True:
                    await owner.publish("a", LARGE)
                    count += 1
            with pytest.raises(spotmq.Again, match=r"item [0-9]+: ") as caught:
                await owner.publish_many("a", [LARGE] * 100)
            count += int(str(caught.value.strerror).split()[1].rstrip(":"))
            assert owner.stats().published == count
            for _ in range(count):
                await client.recv(PATIENCE_MS)
            assert not await client.poll(0)
            assert client.stats().lost == 0

    run(main(), loop)


@each_loop
def test_a_list_waits_for_room_in_the_middle_and_arrives_whole(loop: str) -> None:
    count = 1_500

    async def main() -> None:
        options = {**SMALL, "send_timeout_ms": None}
        async with pair_of_nodes(options, SMALL) as (owner, client):
            items = [b"%d" % i + bytes(9_000 if i % 3 else 10) for i in range(count)]
            publishing = asyncio.ensure_future(owner.publish_many("a", iter(items)))
            for item in items:
                assert (await client.recv(PATIENCE_MS)).data == item
            assert await publishing == count
            assert owner.stats().published == count
            assert client.stats().lost == 0

    run(main(), loop)


def test_errors_are_those_of_the_synchronous_node() -> None:
    async def main() -> None:
        async with spotmq.asyncio.Spot(max_message_bytes=10) as spot:
            spot.topic_create("a")
            with fails(spotmq.TopicNotFound, "no"):
                await spot.publish("no", b"")
            with fails(spotmq.TopicNotFound, "no"):
                await spot.publish_many("no", [])
            with fails(spotmq.MessageTooLarge, "a"):
                await spot.publish("a", bytes(11))
            with pytest.raises(TypeError, match="encode"):
                await spot.publish("a", "text")  # type: ignore[arg-type]
            with pytest.raises(TypeError, match="item 70: "):
                await spot.publish_many("a", [*[b"x"] * 70, 1])  # type: ignore[list-item]
            with pytest.raises(TypeError, match="not iterable"):
                await spot.publish_many("a", 1)  # type: ignore[arg-type]
            assert spot.stats().published == 70

    run(main())


def test_what_came_before_an_iterable_failed_is_published() -> None:
    def items() -> Iterator[bytes]:
        yield from [b"x"] * 100
        raise ZeroDivisionError

    async def main() -> None:
        async with spotmq.asyncio.Spot() as spot:
            spot.topic_create("a")
            with pytest.raises(ZeroDivisionError):
                await spot.publish_many("a", items())
            assert spot.stats().published == 100

    run(main())
