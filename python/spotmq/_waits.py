"""The calls of Spot that wait until its cluster is as a program needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from spotmq import _waiting

if TYPE_CHECKING:
    from spotmq._node import Node

_P = ParamSpec("_P")


class Waits:
    """A part of Spot. spotmq.asyncio uses its calls with a ``_wait`` that is awaited."""

    def wait_for_topic(self, topic: str, timeout_ms: float | None = 5_000) -> None:
        """Return when the topic is known, LOCAL or REMOTE.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout, Closed, InvalidTopic.
        """
        return self._wait(timeout_ms, _waiting.topic_wait, topic)

    def wait_for_peers(self, n: int, timeout_ms: float | None = 5_000) -> None:
        """Return when at least n peers are UP.

        timeout_ms is in milliseconds (None: for ever).

        Raises Timeout, Closed.
        """
        return self._wait(timeout_ms, _waiting.peers_wait, n)

    def wait_for_subscribers(
        self, topic: str, n: int = 1, timeout_ms: float | None = 5_000
    ) -> None:
        """Return when at least n receivers subscribe to a LOCAL topic, over all nodes.

        This node's own count too. timeout_ms is in milliseconds (None: for ever).

        Raises Timeout; TopicNotFound when the topic is not LOCAL, or is no longer; Closed.
        """
        return self._wait(timeout_ms, _waiting.subscribers_wait, topic, n)

    def _wait(
        self,
        timeout_ms: float | None,
        make: Callable[Concatenate[Node, _P], _waiting.Wait | None],
        *given: _P.args,
        **named: _P.kwargs,
    ) -> None:
        node = cast("Node", self)
        deadline = _waiting.Deadline(timeout_ms)
        _waiting.read_until(node, deadline, make(node, *given, **named))
