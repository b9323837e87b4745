"""Subscriber: another receive queue of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotmq import _core
from spotmq._closing import Closing
from spotmq._nearest import few
from spotmq._options import INT_MAX, LONG_MAX, whole_number
from spotmq.errors import SpotError
from spotmq.types import SubscriberStats, SubscriberTopicStats

if TYPE_CHECKING:
    from spotmq.spot import Spot


class Subscriber(Closing, _core.Subscriber):
    """A receive queue with subscriptions of its own; ``Spot.subscriber()`` makes it.

    Thread-safe, and all its methods mean what they mean on Spot, whose own queue is untouched by
    them. It keeps its node alive, ends with it, and is closed when it is garbage.
    """

    def __init__(
        self,
        spot: Spot,
        *topics: str,
        recv_hwm: int | None = None,
        recv_hwm_bytes: int | None = None,
        missing_ok: bool = False,
        timeout_ms: float | None = 5_000,
    ) -> None:
        hwm = -1 if recv_hwm is None else whole_number("recv_hwm", recv_hwm, 0, INT_MAX)
        size = -1
        if recv_hwm_bytes is not None:
            size = whole_number("recv_hwm_bytes", recv_hwm_bytes, 0, LONG_MAX)
        super().__init__(spot, hwm, size)
        self._spot = spot
        if topics:
            try:
                self._subscribe(topics, missing_ok, timeout_ms)
            except BaseException:
                self._close()
                raise

    def subscribe(
        self, *topics: str, missing_ok: bool = False, timeout_ms: float | None = 5_000
    ) -> None:
        """Subscribe to topics and patterns; on return that is in effect at every peer that is UP.

        Raises TopicNotFound; InvalidTopic; Timeout with ``missing`` when a peer did not confirm
        (the subscription stays).
        """
        self._subscribe(topics, missing_ok, timeout_ms)

    def unsubscribe(self, *topics: str) -> None:
        """End subscriptions: all of them when called without arguments.

        Raises NotSubscribed; then nothing was changed.
        """
        self._unsubscribe(topics)

    def subscriptions(self) -> list[str]:
        """Return the names and patterns subscribed to, sorted."""
        return self._subscriptions()

    @property
    def spot(self) -> Spot:
        """The node that it belongs to."""
        return self._spot

    def stats(self) -> SubscriberStats:
        """Return the counters of this queue; those of the node include them."""
        topics = {
            topic: SubscriberTopicStats(*counts) for topic, counts in self._topic_stats().items()
        }
        return SubscriberStats(*self._stats(), topics)

    def close(self) -> None:
        """End its subscriptions everywhere. Idempotent.

        Calls that wait in other threads end with Closed, and iterations end.
        """
        self._close()

    def __repr__(self) -> str:
        return f"<spotmq.Subscriber of {self._spot.node_id[:8]} {self._state()}>"

    def _state(self) -> str:
        try:
            names = self._subscriptions()
        except SpotError:
            return "closed"
        return f"to {few(names)}" if names else "to nothing"


Subscriber.__module__ = "spotmq"
