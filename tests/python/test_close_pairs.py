"""Protects: close() beside every other call that is under way, in threads, in tasks and in a signal handler:
the call ends by itself or with Closed, the next one gets Closed, and nothing hangs.

SPOT_CLOSE_ROUNDS sets the number of rounds.
"""

import asyncio
import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aio import run
from helpers import PATIENCE

import spotmq
import spotmq.asyncio

ROUNDS = int(os.environ.get("SPOT_CLOSE_ROUNDS", "3"))
NOBODY = "tcp://127.0.0.1:1"


@pytest.fixture(scope="module")
def peer() -> Iterator[spotmq.Spot]:
    with spotmq.Spot() as node:
        node.bind("tcp://127.0.0.1:0")
        node.topic_create("t")
        yield node


def made(peer: spotmq.Spot) -> spotmq.Spot:
    spot = spotmq.Spot(overflow="drop", linger_ms=100)
    spot.topic_create("own")
    assert peer.endpoint is not None
    spot.cluster_add(peer.endpoint, timeout_ms=PATIENCE * 1000)
    spot.subscribe("own", "t", missing_ok=True)
    return spot


CALLS: dict[str, Callable[[Any], object]] = {
    "bind": lambda s: s.bind("tcp://127.0.0.1:0"),
    "cluster_add": lambda s: s.cluster_add(NOBODY, timeout_ms=None),
    "join": lambda s: s.join(NOBODY, timeout_ms=None),
    "cluster_sync": lambda s: s.cluster_sync(None),
    "topic_create": lambda s: s.topic_create("new"),
    "topic_destroy": lambda s: s.topic_destroy("own"),
    "topic_route": lambda s: s.topic_route("routed", NOBODY),
    "subscribe": lambda s: s.subscribe("x", missing_ok=True),
    "unsubscribe": lambda s: s.unsubscribe("t"),
    "publish": lambda s: s.publish("own", b"x"),
    "publish to another's": lambda s: s.publish("t", b"x"),
    "publish, large": lambda s: s.publish("own", bytes(100_000)),
    "publish_many": lambda s: s.publish_many("own", [b"a", b"b"]),
    "flush": lambda s: s.flush(),
    "recv": lambda s: s.recv(),
    "recv_many": lambda s: s.recv_many(),
    "poll": lambda s: s.poll(),
    "subscriber": lambda s: s.subscriber("own"),
    "watch": lambda s: s.watch(),
    "wait_for_topic": lambda s: s.wait_for_topic("never", timeout_ms=None),
    "wait_for_peers": lambda s: s.wait_for_peers(9, timeout_ms=None),
    "wait_for_subscribers": lambda s: s.wait_for_subscribers("own", 9, timeout_ms=None),
    "stats": lambda s: s.stats(),
    "list_topics": lambda s: s.list_topics(),
    "peers": lambda s: s.peers(),
    "fileno": lambda s: s.fileno(),
    "close": lambda s: s.close(),
}
EXPECTED = (
    spotmq.AlreadyBound,
    spotmq.PeerExists,
    spotmq.TopicExists,
    spotmq.TopicNotFound,
    spotmq.NotSubscribed,
    spotmq.PeerUnreachable,
)


def again_and_again(call: Callable[[Any], object], spot: spotmq.Spot) -> None:
    while True:
        call(spot)


def brief_pause() -> float:
    return random.random() * 0.002


@pytest.mark.parametrize("name", CALLS)
def test_in_a_thread(peer: spotmq.Spot, name: str) -> None:
    for _ in range(ROUNDS):
        spot = made(peer)
        entered = threading.Event()
        wrong: list[BaseException] = []

        def again(spot: spotmq.Spot = spot, entered: Any = entered, wrong: Any = wrong) -> None:
            while not (name == "close" and spot.closed):
                entered.set()
                try:
                    CALLS[name](spot)
                except EXPECTED:
                    pass
                except spotmq.Closed:
                    return
                except BaseException as error:  # noqa: BLE001 — the test's verdict
                    wrong.append(error)
                    return

        thread = threading.Thread(target=again, daemon=True)
        thread.start()
        assert entered.wait(PATIENCE)
        time.sleep(brief_pause())
        spot.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert not wrong


async def _awaited(result: object) -> None:
    if isinstance(result, Awaitable):
        await result


@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("name", [name for name in CALLS if name != "close"])
def test_in_a_task(peer: spotmq.Spot, name: str, cancelled: bool) -> None:
    async def again(spot: spotmq.asyncio.Spot) -> None:
        while True:
            with contextlib.suppress(*EXPECTED):
                await _awaited(CALLS[name](spot))
            await asyncio.sleep(0)  # not all of them let the loop go round

    async def main() -> None:
        for _ in range(ROUNDS):
            spot = spotmq.asyncio.Spot.wrap(await asyncio.to_thread(made, peer))
            task = asyncio.ensure_future(again(spot))
            await asyncio.sleep(brief_pause())
            if cancelled:
                task.cancel()
            await spot.close()
            done, _ = await asyncio.wait([task], timeout=PATIENCE)
            assert done
            if not (cancelled and task.cancelled()):
                assert isinstance(task.exception(), spotmq.Closed)

    run(main(), patience=2 * PATIENCE)


def test_a_start_that_fails_in_another_task() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    async def main() -> None:
        for _ in range(5 * ROUNDS):
            async with spotmq.asyncio.Spot() as spot:
                binding = asyncio.ensure_future(spot.bind("tcp://127.0.0.1:0"))
                results = await asyncio.gather(fails(), return_exceptions=True)
                assert isinstance(results[0], ZeroDivisionError)
                binding.cancel()

    run(main(), patience=2 * PATIENCE)


@pytest.mark.parametrize("name", ["recv", "cluster_add", "cluster_sync", "wait_for_topic", "poll"])
def test_in_a_signal_handler(peer: spotmq.Spot, name: str) -> None:
    spot = made(peer)
    before = signal.signal(signal.SIGALRM, lambda *_: spot.close())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(spotmq.Closed):
            again_and_again(CALLS[name], spot)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert spot.closed
