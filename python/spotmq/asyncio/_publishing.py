"""Publishing without ever blocking the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from spotmq._core import _async
from spotmq._waiting import Deadline
from spotmq.asyncio._gate import next_turn
from spotmq.errors import Again, PeerUnreachable

if TYPE_CHECKING:
    import spotmq
    from spotmq._payload import Payload

_FIRST_LIST = 64
_LONGEST_LIST = 8192
_SHORTEST_DELAY_S = 0.0005
_LONGEST_DELAY_S = 0.005
_OWNER_PATIENCE_MS = 1000


def may_pass(error: Again | PeerUnreachable) -> bool:
    """Whether another attempt to publish may succeed."""
    return isinstance(error, Again) or error._connecting


class _Room:
    """Waits between two attempts to publish: no event tells that a full subscriber has room again.

    Attempts to an owner that is CONNECTING end earlier.
    """

    def __init__(self, spot: spotmq.Spot, error: Again | PeerUnreachable) -> None:
        longest = spot._send_timeout_ms
        if isinstance(error, PeerUnreachable):
            longest = min(_OWNER_PATIENCE_MS, _OWNER_PATIENCE_MS if longest is None else longest)
        self._deadline = Deadline(longest)
        self._delay = _SHORTEST_DELAY_S

    async def wait(self) -> bool:
        """Wait a little. Returns False, at once, when send_timeout_ms is over."""
        if self._deadline.left_ms() == 0:
            return False
        await asyncio.sleep(self._delay)
        self._delay = min(2 * self._delay, _LONGEST_DELAY_S)
        return True


async def publish_later(
    spot: spotmq.Spot, topic: str, data: Payload, copy: bool | None, error: Again | PeerUnreachable
) -> None:
    """Publish after a first attempt failed with this error: no room, or no owner that is UP."""
    room = _Room(spot, error)
    while may_pass(error) and await room.wait():
        try:
            spot._publish_now(topic, data, copy=copy)
        except (Again, PeerUnreachable) as again:
            if type(again) is not type(error):
                room = _Room(spot, again)
            error = again
        else:
            _async.begin_turn()
            return
    raise error


async def publish_many(spot: spotmq.Spot, topic: str, items: Iterable[Payload]) -> int:
    iterator = iter(items)
    size, published = _FIRST_LIST, 0
    while True:
        waiting: list[Payload] = []
        failure = _extend(waiting, iterator, size)
        last = failure is not None or len(waiting) < size
        while True:
            count = spot._publish_many_now(topic, waiting, published)
            published += count
            if count == len(waiting):
                break
            del waiting[:count]
            # The first item that is left waits for room, or fails with an error that has its index.
            await _publish_first(spot, topic, waiting.pop(0), published)
            published += 1
        if failure is not None:
            raise failure
        if last:
            return published
        if _async.turn_over():  # smaller lists: this one took longer than a turn of the loop may
            await next_turn()
            size = max(1, size // 2)
        else:
            size = min(2 * size, _LONGEST_LIST)


def _extend(items: list[Payload], iterator: Iterator[Payload], count: int) -> BaseException | None:
    """Add items, and return the exception that the iterator raised after them, if it raised one."""
    try:
        items.extend(islice(iterator, count))
    except BaseException as error:  # noqa: BLE001 — raised again when the items before it are published
        return error
    return None


async def _publish_first(spot: spotmq.Spot, topic: str, item: Payload, index: int) -> None:
    try:
        try:
            spot._publish_now(topic, item)
        except (Again, PeerUnreachable) as error:
            await publish_later(spot, topic, item, None, error)
    except (Again, PeerUnreachable) as error:
        error.strerror = f"item {index}: {error.strerror}"
        raise
