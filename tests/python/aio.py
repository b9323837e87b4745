"""Shared by the tests of spotmq.asyncio: event loops of each kind, and a pair of nodes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from typing import Any, TypeVar

import pytest
import uvloop
from helpers import PATIENCE, PATIENCE_MS

import spotmq
import spotmq.asyncio

_T = TypeVar("_T")

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
each_loop = pytest.mark.parametrize("loop", LOOPS)


def run(main: Coroutine[Any, Any, _T], loop: str = "asyncio", patience: float = PATIENCE) -> _T:
    with closing(LOOPS[loop]()) as made:
        return made.run_until_complete(asyncio.wait_for(main, patience))


@asynccontextmanager
async def pair_of_nodes(
    owner: dict[str, Any] | None = None, client: dict[str, Any] | None = None
) -> AsyncIterator[tuple[spotmq.asyncio.Spot, spotmq.asyncio.Spot]]:
    """An owner with the topics "a" and "b", and a client whose peer it is and that subscribes to "a"."""
    async with (
        spotmq.asyncio.Spot(**owner or {}) as one,
        spotmq.asyncio.Spot(**client or {}) as other,
    ):
        one.topic_create("a")
        one.topic_create("b")
        await one.bind("tcp://127.0.0.1:0")
        assert one.endpoint is not None
        await other.cluster_add(one.endpoint, timeout_ms=PATIENCE_MS)
        await other.subscribe("a", timeout_ms=PATIENCE_MS)
        yield one, other


async def suspended(*tasks: "asyncio.Task[Any]") -> None:
    """Until each of them waits for something."""
    while not all(task.done() or getattr(task, "_fut_waiter", True) for task in tasks):
        await asyncio.sleep(0)
    await asyncio.sleep(0)
