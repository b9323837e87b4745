"""Receiving until a count or a time is reached, or the reader of the output has left."""

from __future__ import annotations

import select
from collections.abc import Iterator

import spotmq
from spotmq.cli import signals
from spotmq.cli.errors import OutputClosed
from spotmq.cli.output import Output
from spotmq.cli.session import Deadline

_BATCH = 1024
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL


def batches(
    spot: spotmq.Spot,
    *,
    output: Output | None = None,
    count: int | None = None,
    duration: float | None = None,
    until: int | None = None,
) -> Iterator[list[spotmq.Message]]:
    """The node's messages, as many at a time as are there.

    output: its reader is watched: ``| head -1`` ends at once, not with the next message.

    until: a descriptor; something to read there ends it.

    Raises OutputClosed when it is gone.
    """
    deadline = None if duration is None else Deadline(duration)
    poller = select.poll()
    poller.register(spot.fileno(), select.POLLIN)
    if output is not None:
        poller.register(output.fd, 0)
    if until is not None:
        poller.register(until, select.POLLIN)
    signals.watch(poller)
    left = count
    while left is None or left > 0:
        if deadline is not None and deadline.over:
            return
        try:
            batch = spot.recv_many(_BATCH if left is None else min(left, _BATCH), 0)
        except spotmq.Timeout:
            ready = poller.poll(None if deadline is None else deadline.left_ms())
            signals.forget()
            if output is not None and any(fd == output.fd and flags & _GONE for fd, flags in ready):
                raise OutputClosed from None
            if any(fd == until for fd, _ in ready):
                return
            continue
        if left is not None:
            left -= len(batch)
        yield batch
