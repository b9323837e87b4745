"""How long a message takes while another topic of the same nodes streams at full rate.

The sender's loop publishes to the topic that streams, as fast as it is let; every ``period`` a probe
on the other topic is due. The receiver takes everything in one loop. A probe carries the time at
which it was due, so that what holds the sender up counts too, and the receiver takes its age by the
same clock: the one-way time itself. Probes of the first half second, while queues fill, do not
count. With a ping-pong only a few messages would fit into a round, each of them behind full queues,
and half of its time would be wrong, as only one way is loaded.

Both contenders have this loop; they differ in nothing but the calls.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from spotmq_bench.ends import pyzmq, spot
from spotmq_bench.harness.workers import Contender

PERIOD_S = 200e-6
PROBED = 256e6  # bytes a second, at most: what large probes may take of the rate
LEAD_IN_S = 0.5
PROBES, STREAM = "bench:probes", "bench:stream"

_stamp = struct.Struct("d")
# Of the system, not of the process: two processes can compare it.
_clock = time.monotonic


def period(size: int) -> float:
    """Seconds between two probes."""
    return max(PERIOD_S, size / PROBED)


def lead_in(size: int) -> int:
    """How many probes do not count."""
    return round(LEAD_IN_S / period(size))


def send(
    count: int, size: int, stream: Callable[[], object], probe: Callable[[bytes], object]
) -> list[float]:
    """Until so many probes are sent; how many messages streamed, and in how many seconds."""
    count += lead_in(size)
    every = period(size)
    rest = bytes(max(0, size - _stamp.size))
    streamed = 0
    begin = due = _clock()
    while count:
        if _clock() < due:
            stream()
            streamed += 1
        else:
            probe(_stamp.pack(due) + rest)
            due += every
            count -= 1
    return [streamed, _clock() - begin]


def receive(
    count: int, size: int, messages: Iterable[Any], probes: object, link: Connection
) -> list[float]:
    """The ages of so many probes; what streamed beside them must all arrive, too."""
    count += lead_in(size)
    ages: list[float] = []
    streamed = expected = 0
    for topic, data in messages:
        if topic == probes:
            ages.append(_clock() - _stamp.unpack_from(data)[0])
        else:
            streamed += 1
        if len(ages) == count:
            expected = expected or link.recv()
            if streamed == expected:
                break
    return ages[lead_in(size) :]


class _Sender:
    """What ``send`` returns goes to the other end, too: so it knows how much is to arrive."""

    link: Connection

    def run(self, count: int) -> list[float]:
        measured = self.send(count)
        self.link.send(int(measured[0]))
        return measured

    def send(self, count: int) -> list[float]:
        raise NotImplementedError


class Send(_Sender):
    def __init__(self, link: Connection, size: int) -> None:
        self.link, self.size = link, size
        self.spot = spot.blocking_node(size)
        self.spot.topic_create(PROBES)
        self.spot.topic_create(STREAM)
        self.spot.bind("tcp://127.0.0.1:0")
        link.send(self.spot.endpoint)
        link.recv()  # the subscriber is ready

    def send(self, count: int) -> list[float]:
        publish = self.spot.publish
        return send(
            count,
            self.size,
            partial(publish, STREAM, bytes(self.size)),
            partial(publish, PROBES),
        )

    def close(self) -> None:
        self.spot.close()


class Receive:
    def __init__(self, link: Connection, size: int) -> None:
        self.link, self.size = link, size
        self.spot = spot.blocking_node(size)
        self.spot.cluster_add(link.recv(), timeout_ms=spot.PATIENCE_MS)
        self.spot.subscribe(PROBES, STREAM)
        link.send("ready")

    def run(self, count: int) -> list[float]:
        return receive(count, self.size, iter(self.spot), PROBES, self.link)

    def close(self) -> None:
        self.spot.close()


class ZmqSend(_Sender, pyzmq.Sockets):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(size)
        self.link, self.size = link, size
        self.socket = self.publisher(link)
        for _ in (PROBES, STREAM):
            self.socket.recv()  # a subscription

    def send(self, count: int) -> list[float]:
        send_multipart, probes = self.socket.send_multipart, PROBES.encode()
        return send(
            count,
            self.size,
            partial(send_multipart, (STREAM.encode(), bytes(self.size))),
            lambda data: send_multipart((probes, data)),
        )


class ZmqReceive(pyzmq.Sockets):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(size)
        self.link, self.size = link, size
        self.socket = self.subscriber(link, PROBES.encode(), STREAM.encode())

    def run(self, count: int) -> list[float]:
        messages = iter(self.socket.recv_multipart, None)
        return receive(count, self.size, messages, PROBES.encode(), self.link)


SPOT = Contender("spotmq", Send, Receive)
PYZMQ = Contender("pyzmq PUB/SUB", ZmqSend, ZmqReceive)
