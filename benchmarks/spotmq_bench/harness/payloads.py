"""What is sent, and how much of it: what is a number of messages while they are small is an amount
of memory when they are large."""

from __future__ import annotations

HWM = 1000  # pyzmq's default
HWM_BYTES = 64 << 20
WARM_UP = 5000  # more than one recv_many takes
WARM_UP_BYTES = 192 << 20


def high_water_mark(size: int) -> int:
    """The mark of every queue of every contender that has one: 1000 messages, but not more than
    64 MiB of payload, so 64 messages of 1 MiB."""
    return max(16, min(HWM, HWM_BYTES // max(size, 1)))


def warm_up(size: int) -> int:
    """How many messages come before those that are timed, and the fewest that a round has: more
    than all queues on the way hold."""
    return max(64, min(WARM_UP, WARM_UP_BYTES // max(size, 1)))


def distinct(size: int) -> list[bytes]:
    """A list of buffers to publish in one call: many, but not much memory."""
    return [bytes(size) for _ in range(max(16, min(10_000, (8 << 20) // size)))]
