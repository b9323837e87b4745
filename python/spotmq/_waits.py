"""The calls of Spot that wait until its cluster is as a program needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from spotmq import _waiting

if TYPE_CHECKING:
    from spotmq._node import Node


class Waits:
    """A part of Spot."""

    def wait_for_topic(self, topic: str, timeout_ms: float | None = 5_000) -> None:
        """Return when the topic is known, LOCAL or REMOTE.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout, Closed, InvalidTopic.
        """
        _waiting.for_topic(cast("Node", self), topic, timeout_ms)

    def wait_for_peers(self, n: int, timeout_ms: float | None = 5_000) -> None:
        """Return when at least n peers are UP.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout, Closed.
        """
        _waiting.for_peers(cast("Node", self), n, timeout_ms)

    def wait_for_subscribers(
        self, topic: str, n: int = 1, timeout_ms: float | None = 5_000
    ) -> None:
        """Return when at least n receivers subscribe to a LOCAL topic, over all nodes.

        This node's own count too. timeout_ms is in milliseconds (None: for ever).

        Raises Timeout; TopicNotFound when the topic is not LOCAL, or is no longer; Closed.
        """
        _waiting.for_subscribers(cast("Node", self), topic, n, timeout_ms)
