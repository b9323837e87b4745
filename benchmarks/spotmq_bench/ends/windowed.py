"""Ends for peers that lose messages, or hang up, when the subscriber is slower than the publisher.

The publisher runs ahead of the subscriber by at most a window, in four steps: for each step that
has arrived the subscriber sends a sign through the connection between the ends. Throughput is then
what arrives, as with the peers that hold the publisher up by themselves.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

STEPS = 4
WINDOW_MESSAGES = 8192
WINDOW_BYTES = 16 << 20


def steps(count: int, size: int) -> Iterator[int]:
    step = max(1, min(WINDOW_MESSAGES, WINDOW_BYTES // max(size, 1)) // STEPS)
    while count > 0:
        yield min(step, count)
        count -= step


class Sender:
    def __init__(self, link: Connection, size: int) -> None:
        self.link = link
        self.payload = bytes(size)

    def send(self, count: int) -> None:
        """Send so many, all of them really on their way."""
        raise NotImplementedError

    def run(self, count: int) -> list[float]:
        ahead = 0
        for step in steps(count, len(self.payload)):
            if ahead == STEPS:
                self.link.recv_bytes()
                ahead -= 1
            self.send(step)
            ahead += 1
        for _ in range(ahead):
            self.link.recv_bytes()
        return []


class Receiver:
    def __init__(self, link: Connection, size: int) -> None:
        self.link = link
        self.size = size

    def receive(self, count: int) -> None:
        raise NotImplementedError

    def run(self, count: int) -> list[float]:
        self.receive(1)
        begin = time.perf_counter()
        had = 1
        for step in steps(count, self.size):
            if step > had:
                self.receive(step - had)
            had = 0
            self.link.send_bytes(b".")
        return [count - 1, time.perf_counter() - begin]
