"""redis-py's ends: PUBLISH in pipelines of a hundred, which is its fast way, and ``listen()``.

With hiredis, and in the older of its two protocols, whose messages redis-py takes faster. For
latency each PUBLISH is a call of its own, which returns when the server has answered.
"""

from __future__ import annotations

import time
from functools import partial
from multiprocessing.connection import Connection

import redis

from spotmq_bench.ends.windowed import Receiver, Sender
from spotmq_bench.harness.workers import Contender

TOPIC, ANSWERS = "bench:topic", "bench:answers"
PIPELINE = 100


def _client(server: str) -> redis.Redis:
    host, port = server.split(":")
    return redis.Redis(host=host, port=int(port), protocol=2, socket_timeout=None)


class _Subscription:
    def __init__(self, client: redis.Redis, topic: str) -> None:
        self.pubsub = client.pubsub()
        self.pubsub.subscribe(topic)
        self.messages = self.pubsub.listen()
        next(self.messages)  # the answer to SUBSCRIBE

    def close(self) -> None:
        self.pubsub.close()


class Publish(Sender):
    def __init__(self, server: str, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.client = _client(server)
        self.close = self.client.close
        link.recv()  # the subscription is there

    def send(self, count: int) -> None:
        payload = self.payload
        while count > 0:
            pipeline = self.client.pipeline(transaction=False)
            publish = pipeline.publish
            for _ in range(min(PIPELINE, count)):
                publish(TOPIC, payload)
            pipeline.execute()
            count -= PIPELINE


class Receive(Receiver):
    def __init__(self, server: str, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.subscription = _Subscription(_client(server), TOPIC)
        self.close = self.subscription.close
        link.send("subscribed")

    def receive(self, count: int) -> None:
        for message in self.subscription.messages:
            _topic, _data = message["channel"], message["data"]
            count -= 1
            if not count:
                break


class _Exchange:
    def __init__(self, server: str, link: Connection, size: int, topic: str) -> None:
        self.payload = bytes(size)
        self.client = _client(server)
        self.subscription = _Subscription(self.client, topic)
        link.send("subscribed")
        link.recv()

    def close(self) -> None:
        self.subscription.close()
        self.client.close()


class Ping(_Exchange):
    def __init__(self, server: str, link: Connection, size: int) -> None:
        super().__init__(server, link, size, ANSWERS)

    def run(self, count: int) -> list[float]:
        publish, messages, payload, clock = (
            self.client.publish,
            self.subscription.messages,
            self.payload,
            time.perf_counter,
        )
        times = []
        for _ in range(count):
            begin = clock()
            publish(TOPIC, payload)
            next(messages)
            times.append(clock() - begin)
        return times


class Pong(_Exchange):
    def __init__(self, server: str, link: Connection, size: int) -> None:
        super().__init__(server, link, size, TOPIC)

    def run(self, count: int) -> list[float]:
        publish, messages = self.client.publish, self.subscription.messages
        for _ in range(count):
            publish(ANSWERS, next(messages)["data"])
        return []


def throughput(label: str, server: str) -> list[Contender]:
    return [Contender(label, partial(Publish, server), partial(Receive, server))]


def latency(label: str, server: str) -> list[Contender]:
    return [Contender(label, partial(Ping, server), partial(Pong, server))]
