"""nats-py's ends: both connected to one nats-server, and a callback that takes the messages, which
is faster than iterating over a subscription."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from multiprocessing.connection import Connection

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from spotmq_bench.ends.windowed import Receiver, Sender
from spotmq_bench.harness.workers import Contender

TOPIC, ANSWERS = "bench.topic", "bench.answers"


class _Loop:
    def __init__(self, server: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.client: Client = self.loop.run_until_complete(nats.connect(f"nats://{server}"))

    def close(self) -> None:
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


class Publish(Sender):
    def __init__(self, server: str, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.nats = _Loop(server)
        self.close = self.nats.close
        link.recv()  # the subscription is there

    async def _send(self, count: int) -> None:
        publish, payload = self.nats.client.publish, self.payload
        for _ in range(count):
            await publish(TOPIC, payload)
        await self.nats.client.flush()

    def send(self, count: int) -> None:
        self.nats.loop.run_until_complete(self._send(count))


class Receive(Receiver):
    def __init__(self, server: str, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.nats = _Loop(server)
        self.close = self.nats.close
        self.had = self.wanted = 0
        self.done = self.nats.loop.create_future()
        self.nats.loop.run_until_complete(self._subscribe())
        link.send("subscribed")

    async def _subscribe(self) -> None:
        await self.nats.client.subscribe(TOPIC, cb=self._message)
        await self.nats.client.flush()

    async def _message(self, message: Msg) -> None:
        _topic, _data = message.subject, message.data
        self.had += 1
        if self.had == self.wanted:
            self.done.set_result(None)

    def receive(self, count: int) -> None:
        self.wanted += count
        if self.had < self.wanted:
            self.done = self.nats.loop.create_future()
            self.nats.loop.run_until_complete(self.done)


class _Exchange(_Loop):
    def __init__(self, server: str, link: Connection, size: int, topic: str) -> None:
        super().__init__(server)
        self.payload = bytes(size)
        self.left = 0
        self.answer = self.loop.create_future()
        self.loop.run_until_complete(self._subscribe(topic))
        link.send("subscribed")
        link.recv()

    async def _subscribe(self, topic: str) -> None:
        await self.client.subscribe(topic, cb=self.message)
        await self.client.flush()

    async def message(self, message: Msg) -> None:
        raise NotImplementedError


class Ping(_Exchange):
    def __init__(self, server: str, link: Connection, size: int) -> None:
        super().__init__(server, link, size, ANSWERS)

    async def message(self, message: Msg) -> None:
        self.answer.set_result(message.data)

    async def _exchange(self, count: int) -> list[float]:
        publish, payload, clock = self.client.publish, self.payload, time.perf_counter
        times = []
        for _ in range(count):
            self.answer = self.loop.create_future()
            begin = clock()
            await publish(TOPIC, payload)
            await self.answer
            times.append(clock() - begin)
        return times

    def run(self, count: int) -> list[float]:
        return self.loop.run_until_complete(self._exchange(count))


class Pong(_Exchange):
    def __init__(self, server: str, link: Connection, size: int) -> None:
        super().__init__(server, link, size, TOPIC)

    async def message(self, message: Msg) -> None:
        await self.client.publish(ANSWERS, message.data)
        self.left -= 1
        if not self.left:
            await self.client.flush()
            self.answer.set_result(None)

    def run(self, count: int) -> list[float]:
        self.left = count
        self.answer = self.loop.create_future()
        self.loop.run_until_complete(self.answer)
        return []


def throughput(label: str, server: str) -> list[Contender]:
    return [Contender(label, partial(Publish, server), partial(Receive, server))]


def latency(label: str, server: str) -> list[Contender]:
    return [Contender(label, partial(Ping, server), partial(Pong, server))]
