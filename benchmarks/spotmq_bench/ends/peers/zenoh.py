"""eclipse-zenoh's ends: two peers over TCP, a publisher that waits instead of dropping, and a
subscriber with the default kind of channel, a FIFO, which holds the sender up when it is full.

A callback is no faster. For latency the publisher is ``express``, so that zenoh does not keep a
message back to share a frame; for throughput that would be many times slower. By itself zenoh moves
large payloads between processes of one machine through shared memory, so there is a second
contender that leaves it at TCP."""

from __future__ import annotations

import json
import time
from functools import partial
from multiprocessing.connection import Connection

import zenoh

from spotmq_bench.ends.peers.servers import free_port
from spotmq_bench.harness.payloads import high_water_mark
from spotmq_bench.harness.workers import Contender

TOPIC, ANSWERS = "bench/topic", "bench/answers"


def _session(listen: list[str], connect: list[str], shared_memory: bool) -> zenoh.Session:
    config = zenoh.Config()
    config.insert_json5("mode", '"peer"')
    config.insert_json5("scouting/multicast/enabled", "false")
    config.insert_json5("transport/shared_memory/enabled", json.dumps(shared_memory))
    config.insert_json5("listen/endpoints", json.dumps(listen))
    config.insert_json5("connect/endpoints", json.dumps(connect))
    return zenoh.open(config)


class _End:
    def __init__(self, link: Connection, listens: bool, shared_memory: bool = True) -> None:
        if listens:
            endpoint = f"tcp/127.0.0.1:{free_port()}"
            self.session = _session([endpoint], [], shared_memory)
            link.send(endpoint)
        else:
            self.session = _session([], [link.recv()], shared_memory)

    def subscriber(self, topic: str, size: int) -> zenoh.Subscriber:
        channel = zenoh.handlers.FifoChannel(high_water_mark(size))
        return self.session.declare_subscriber(topic, channel)

    def publisher(self, topic: str, express: bool = False) -> zenoh.Publisher:
        publisher = self.session.declare_publisher(
            topic,
            congestion_control=zenoh.CongestionControl.BLOCK,
            express=express,
        )
        while not publisher.matching_status.matching:
            time.sleep(0.01)
        return publisher

    def close(self) -> None:
        self.session.close()


class Publish(_End):
    def __init__(self, shared_memory: bool, link: Connection, size: int) -> None:
        super().__init__(link, True, shared_memory)
        self.payload = bytes(size)
        self.out = self.publisher(TOPIC)

    def run(self, count: int) -> list[float]:
        put, payload = self.out.put, self.payload
        for _ in range(count):
            put(payload)
        return []


class Receive(_End):
    def __init__(self, shared_memory: bool, link: Connection, size: int) -> None:
        super().__init__(link, False, shared_memory)
        self.samples = self.subscriber(TOPIC, size)

    def run(self, count: int) -> list[float]:
        samples = iter(self.samples)
        next(samples)
        begin = time.perf_counter()
        left = count - 1
        for sample in samples:
            _topic, _data = sample.key_expr, sample.payload.to_bytes()
            left -= 1
            if not left:
                break
        return [count - 1, time.perf_counter() - begin]


class _Exchange(_End):
    def __init__(self, listens: bool, link: Connection, size: int) -> None:
        super().__init__(link, listens)
        own, other = (TOPIC, ANSWERS) if listens else (ANSWERS, TOPIC)
        self.payload = bytes(size)
        self.samples = self.subscriber(other, size)
        self.out = self.publisher(own, express=True)


class Ping(_Exchange):
    def run(self, count: int) -> list[float]:
        put, receive, payload, clock = (
            self.out.put,
            self.samples.recv,
            self.payload,
            time.perf_counter,
        )
        times = []
        for _ in range(count):
            begin = clock()
            put(payload)
            receive().payload.to_bytes()
            times.append(clock() - begin)
        return times


class Pong(_Exchange):
    def run(self, count: int) -> list[float]:
        put, receive = self.out.put, self.samples.recv
        for _ in range(count):
            put(receive().payload.to_bytes())
        return []


def throughput(label: str, _server: str) -> list[Contender]:
    return [
        Contender(name, partial(Publish, shared_memory), partial(Receive, shared_memory))
        for name, shared_memory in ((label, True), (f"{label}, shared memory off", False))
    ]


def latency(label: str, _server: str) -> list[Contender]:
    return [Contender(label, partial(Ping, True), partial(Pong, False))]
