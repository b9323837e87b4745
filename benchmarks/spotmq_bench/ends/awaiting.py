"""Receiving in an event loop: asyncio's own, with the calls that a program uses there. The scale is
bytes of payload.

The publishers are what is fastest, so that the receiver sets the pace: ``publish_many`` for
spotmq, and no event loop for pyzmq. spotmq's synchronous iteration is there to be compared with;
nats-py has its callback, which is faster than iterating over a subscription.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import zmq
import zmq.asyncio

import spotmq.asyncio
from spotmq_bench.ends import pyzmq, spot
from spotmq_bench.ends.crowd import complete, moment
from spotmq_bench.harness.payloads import high_water_mark
from spotmq_bench.harness.workers import Contender, MakeEnd

Span = list[float]


class Publish(spot.PublishMany):
    def run(self, count: int) -> Span:
        began = moment()
        super().run(count)
        return [0, began, moment()]


class Iterate(spot.Iterate):
    """Without an event loop."""

    def run(self, count: int) -> Span:
        self.spot.poll()
        began = moment()
        left = count
        for _topic, _data in self.spot:
            left -= 1
            if not left:
                break
        ended = moment()
        complete(self.spot, left)
        return [count, began, ended]


class _Loop:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()

    def wait(self, work: Coroutine[Any, Any, Span]) -> Span:
        return self.loop.run_until_complete(work)


class AsyncIterate(Iterate, _Loop):
    def __init__(self, link: Connection, size: int) -> None:
        _Loop.__init__(self)
        super().__init__(link, size)
        self.awaited = spotmq.asyncio.Spot.wrap(self.spot)

    async def take(self, count: int) -> None:
        left = count
        async for _topic, _data in self.awaited:
            left -= 1
            if not left:
                return

    async def measure(self, count: int) -> Span:
        await self.awaited.poll()
        began = moment()
        await self.take(count)
        return [count, began, moment()]

    def run(self, count: int) -> Span:
        span = self.wait(self.measure(count))
        complete(self.spot, 0)
        return span

    def close(self) -> None:
        self.loop.run_until_complete(self.awaited.close())
        self.loop.close()


class AsyncRecv(AsyncIterate):
    async def take(self, count: int) -> None:
        recv = self.awaited.recv
        for _ in range(count):
            _topic, _data = await recv()


class ZmqPublish(pyzmq.Send):
    def run(self, count: int) -> Span:
        began = moment()
        super().run(count)
        return [0, began, moment()]


class ZmqAsyncReceive(_Loop):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__()
        self.context = zmq.asyncio.Context()
        self.socket = self.context.socket(zmq.SUB)
        self.socket.set_hwm(high_water_mark(size))
        self.socket.connect(link.recv())
        self.socket.setsockopt(zmq.SUBSCRIBE, pyzmq.TOPIC)

    async def measure(self, count: int) -> Span:
        receive = self.socket.recv_multipart
        await self.socket.poll()
        began = moment()
        for _ in range(count):
            _topic, _data = await receive()
        return [count, began, moment()]

    def run(self, count: int) -> Span:
        return self.wait(self.measure(count))

    def close(self) -> None:
        self.context.destroy(linger=0)
        self.loop.close()


HERE = [
    Contender("zmq.asyncio", ZmqPublish, ZmqAsyncReceive),
    Contender("spotmq, without an event loop", Publish, Iterate),
    Contender("spotmq.asyncio, async for", Publish, AsyncIterate),
    Contender("spotmq.asyncio, recv", Publish, AsyncRecv),
]


class Spanned:
    """An end of a throughput contender, timed as those here are."""

    def __init__(self, make: MakeEnd, delivers: bool, link: Connection, size: int) -> None:
        self.end = make(link, size)
        self.delivers = delivers

    def run(self, count: int) -> Span:
        began = moment()
        self.end.run(count)
        return [count if self.delivers else 0, began, moment()]

    def close(self) -> None:
        self.end.close()


def spanned(contender: Contender) -> Contender:
    return Contender(
        contender.name,
        partial(Spanned, contender.active, False),
        partial(Spanned, contender.passive, True),
    )
