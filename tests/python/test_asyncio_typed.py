"""Protects: publishers and subscribers with codecs in asyncio: the values, cancelling, and an error in one
message.
"""

import asyncio
from typing import Any

import pytest
from helpers import PATIENCE_MS

import spotmq
import spotmq.asyncio
from spotmq import codecs

pytestmark = pytest.mark.asyncio


async def test_values_arrive() -> None:
    async with spotmq.asyncio.Spot() as spot:
        publisher = spot.publisher("a", "json", create=True)
        async with spot.subscriber("a", codec="json") as queue:
            await publisher.wait_for_subscribers(1, PATIENCE_MS)
            await publisher.publish({"n": 0})
            assert await publisher.publish_many([1, 2, 3]) == 3
            topic, value = await queue.recv(PATIENCE_MS)
            assert (topic, value) == ("a", {"n": 0})
            found: list[Any] = []
            async for message in queue:
                found.append(message.value)
                if message.seq == 4:
                    break
            assert found == [1, 2, 3]
            await publisher.publish(4)
            assert await queue.poll(PATIENCE_MS)
            assert [m.value for m in await queue.recv_many()] == [4]
            assert "Json()" in repr(queue)
            assert "Json()" in repr(publisher)
            assert queue.stats().received == 5
            assert queue.spot is publisher.spot is spot
        assert queue.closed


async def test_a_payload_that_is_none_costs_no_other_message() -> None:
    async with spotmq.asyncio.Spot() as spot:
        text: spotmq.asyncio.Publisher[str] = spot.publisher("a", codecs.Text(), create=True)
        queue = await spot.subscriber("a", codec=codecs.Text())
        await spot.publish("a", b"\xff")
        await text.publish("good")
        with pytest.raises(spotmq.DecodeError) as caught:
            _ = (await queue.recv(PATIENCE_MS)).value
        assert (caught.value.subject, caught.value.data) == ("a", b"\xff")
        assert (await queue.recv(PATIENCE_MS)).value == "good"
        await queue.close()
        with pytest.raises(spotmq.Closed):
            await queue.recv()


async def test_cancelling_takes_no_message() -> None:
    async with spotmq.asyncio.Spot() as spot:
        publisher = spot.publisher("a", "json", create=True)
        async with spot.subscriber("a", codec="json") as queue:
            for number in range(50):
                waiting = asyncio.ensure_future(queue.recv())
                await asyncio.sleep(0)
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
                await publisher.publish(number)
                assert (await queue.recv(PATIENCE_MS)).value == number


async def test_without_a_codec_it_publishes_buffers() -> None:
    async with spotmq.asyncio.Spot() as spot:
        publisher = spot.publisher("a", create=True)
        async with spot.subscriber("a") as queue:
            await publisher.publish(bytearray(b"1"), copy=True)
            assert await publisher.publish_many([b"2"]) == 1
            assert [(await queue.recv(PATIENCE_MS)).data for _ in range(2)] == [b"1", b"2"]


async def test_a_codec_that_is_none_is_refused_at_once() -> None:
    async with spotmq.asyncio.Spot() as spot:
        wrong: Any = "pickle"
        with pytest.raises(ValueError, match="trust=True"):
            spot.subscriber("a", codec=wrong)
        with pytest.raises(ValueError, match="trust=True"):
            spot.publisher("a", wrong, create=True)
        assert not spot.topic_exists("a")
        with pytest.raises(spotmq.TopicNotFound):
            await spot.subscriber("a", codec="json")
