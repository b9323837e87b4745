"""An error, with the node and the call that it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from spotmq import errors

if TYPE_CHECKING:
    from spotmq._node import Node, Queue


class Case(NamedTuple):
    """An error and its source. Without a source, advice looks at the error alone."""

    error: errors.SpotError
    call: str
    spot: Node | None
    queue: Queue | None
    """The queue whose subscriptions the error is about."""

    @property
    def subject(self) -> str:
        return self.error.subject or ""
