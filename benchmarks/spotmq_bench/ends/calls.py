"""How long a call of ``publish`` takes while no queue is full.

The publisher sends a window of messages, fewer than any queue on the way holds, and goes on when the
subscriber has taken all of them: no call waits for room. Each call is timed by itself; the time that
reading the clock takes is taken off.
"""

from __future__ import annotations

import statistics
import time
from multiprocessing.connection import Connection

from spotmq_bench.ends import spot
from spotmq_bench.harness.workers import Contender

WINDOW = 500

_clock = time.perf_counter_ns


def reading() -> float:
    """Nanoseconds between two readings of the clock with nothing in between."""
    times = []
    for _ in range(1001):
        begin = _clock()
        times.append(_clock() - begin)
    return statistics.median(times)


class Publish(spot.Publish):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.link = link

    def run(self, count: int) -> list[float]:
        """The nanoseconds of each call."""
        publish, payload, clock, topic = self.spot.publish, self.payload, _clock, spot.TOPIC
        off = reading()
        times: list[float] = []
        for left in range(count, 0, -WINDOW):
            for _ in range(min(left, WINDOW)):
                begin = clock()
                publish(topic, payload)
                times.append(clock() - begin)
            self.link.recv()
        return [max(1.0, one - off) for one in times]


class Receive(spot.Iterate):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(link, size)
        self.link = link

    def receive(self, count: int) -> list[float]:
        messages = iter(self.spot)
        for left in range(count, 0, -WINDOW):
            for _ in range(min(left, WINDOW)):
                next(messages)
            self.link.send("taken")
        return []


PUBLISH = Contender("spotmq publish", Publish, Receive)
