"""What the modules below Spot know of a node and of a receive queue.

For type checkers only: a module that takes a Spot as an argument names these protocols, so that it
does not depend on ``spotmq.spot``, which imports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from spotmq.events import Events
    from spotmq.types import PeerInfo, Stats, TopicInfo


class Queue(Protocol):
    """A receive queue: a Subscriber, or a Spot, which has a queue of its own."""

    def subscriptions(self) -> list[str]: ...


class Node(Queue, Protocol):
    """A Spot."""

    @property
    def closed(self) -> bool: ...

    @property
    def endpoint(self) -> str | None: ...

    @property
    def data_endpoint(self) -> str | None: ...

    def bind(
        self,
        endpoint: str,
        *,
        data_endpoint: str | None = None,
        ingress_endpoint: str | None = None,
        advertise: str | None = None,
    ) -> None: ...

    def join(self, *seeds: str, timeout_ms: float | None = 5_000) -> None: ...

    def peers(self) -> list[PeerInfo]: ...

    def topic_create(self, topic: str, *, shared: bool = False) -> None: ...

    def topic_exists(self, topic: str) -> bool: ...

    def topic_is_local(self, topic: str) -> bool: ...

    def list_topics(self) -> list[TopicInfo]: ...

    def watch(self) -> Events: ...

    def stats(self) -> Stats: ...

    def close(self) -> None: ...

    def _check_topic(self, topic: str, /) -> None: ...

    def _stats(self) -> dict[str, int]: ...
