"""Publishing without ever holding the loop up."""

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
    """Whether the next attempt may succeed."""
    return isinstance(error, Again) or error._connecting


class _Room:
    """Waiting for a full subscriber: nothing tells when it has room, so it is tried again.

    So is an owner that is CONNECTING, but not for as long.
    """

    def __init__(self, spot: spotmq.Spot, error: Again | PeerUnreachable) -> None:
        longest = spot._send_timeout_ms
        if isinstance(error, PeerUnreachable):
            longest = min(_OWNER_PATIENCE_MS, _OWNER_PATIENCE_MS if longest is None else longest)
        self._deadline = Deadline(longest)
        self._delay = _SHORTEST_DELAY_S

    async def wait(self) -> bool:
        """Return False, at once, when send_timeout_ms is over."""
        if self._deadline.left_ms() == 0:
            return False
        await asyncio.sleep(self._delay)
        self._delay = min(2 * self._delay, _LONGEST_DELAY_S)
        return True


async def publish_later(
    spot: spotmq.Spot, topic: str, data: Payload, copy: bool | None, error: Again | PeerUnreachable
) -> None:
    """After a first attempt found no room, or no owner that is UP, with this error."""
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
            # The first one alone waits for room, or fails with the error that says so.
            await _publish_first(spot, topic, waiting.pop(0), published)
            published += 1
        if failure is not None:
            raise failure
        if last:
            return published
        if _async.turn_over():  # lists as long as a turn allows
            await next_turn()
            size = max(1, size // 2)
        else:
            size = min(2 * size, _LONGEST_LIST)


def _extend(items: list[Payload], iterator: Iterator[Payload], count: int) -> BaseException | None:
    """What the iterator raised, after the items that it gave."""
    try:
        items.extend(islice(iterator, count))
    except BaseException as error:  # noqa: BLE001 — raised again when what came before is published
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
