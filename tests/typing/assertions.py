"""The types that mypy and pyright must infer of a user's code. `make lint` checks it; nothing runs it."""

from array import array
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type

import spotmq
import spotmq.asyncio
from spotmq.codecs import Json, NumPy, Text


def node() -> None:
    with spotmq.Spot(name="a", overflow="block", send_timeout_ms=None, heartbeat_ms=0.5) as spot:
        assert_type(spot, spotmq.Spot)
        assert_type(spot.endpoint, str | None)
        assert_type(spot.data_endpoint, str | None)
        assert_type(spot.node_id, str)
        assert_type(spot.name, str)
        assert_type(spot.closed, bool)
        assert_type(spot.context, spotmq.Context | None)
        assert_type(spot.stats(), spotmq.Stats)
        assert_type(spot.stats().lost, int)
        assert_type(spot.fileno(), int)


def errors(spot: spotmq.Spot) -> None:
    try:
        spot.cluster_sync(timeout_ms=0)
    except spotmq.Timeout as error:
        assert_type(error.missing, list[str])
        assert_type(error.subject, str | None)
        as_python_says: TimeoutError = error
        raise as_python_says from None
    spotmq.Spot(overflow="wait")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    spot.publish("a", "text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    spot.bind("tcp://*:0", "tcp://*:1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def topics(spot: spotmq.Spot) -> None:
    for info in spot.list_topics():
        assert_type(info, spotmq.TopicInfo)
        assert_type(info.endpoints, tuple[str, ...])
        assert_type(info.location, spotmq.Location)
        topic, location, endpoints, reachable = info
        assert_type((topic, location, endpoints), tuple[str, spotmq.Location, tuple[str, ...]])
        assert_type(reachable, bool)
    for peer in spot.peers():
        assert_type(peer.state, spotmq.PeerState)
        if peer.state is spotmq.PeerState.UP:
            assert_type(peer.state, Literal[spotmq.PeerState.UP])
    assert_type(spot.subscriptions(), list[str])


def buffers(spot: spotmq.Spot) -> None:
    for data in (b"", bytearray(), memoryview(b""), array("d")):
        spot.publish("a", data)
    spot.publish("a", b"", copy=False)
    assert_type(spot.publish_many("a", [b"1", bytearray(b"2")]), int)
    assert_type(spot.publish_many("a", (bytes(n) for n in range(3))), int)


def messages(spot: spotmq.Spot) -> None:
    message = spot.recv(timeout_ms=1.5)
    assert_type(message, spotmq.Message)
    assert_type(message.topic, str)
    assert_type(message.data, bytes)
    assert_type(message.view, memoryview)
    assert_type((message.seq, message.lost, message.node_id), tuple[int, int, str])
    assert_type(message[0], str)
    assert_type(message[1], bytes)
    assert_type(message[-1], bytes)
    assert_type(len(message), int)
    assert_type(spot.recv_many(max_messages=3, timeout_ms=None), list[spotmq.Message])
    assert_type(spot.poll(0), bool)
    assert_type(memoryview(message), memoryview)
    assert_type(message == ("a", b""), bool)
    match message:
        case spotmq.Message(topic, data):
            assert_type(topic, str)
            assert_type(data, bytes)
    for each in spot:
        assert_type(each, spotmq.Message)


def receivers(spot: spotmq.Spot) -> Iterator[spotmq.Message]:
    with spot.subscriber("a", "b*", recv_hwm=None, missing_ok=True) as queue:
        assert_type(queue, spotmq.Subscriber)
        assert_type(queue.spot, spotmq.Spot)
        assert_type(queue.stats(), spotmq.SubscriberStats)
        yield from queue


def events(spot: spotmq.Spot) -> None:
    with spot.watch() as queue:
        assert_type(queue, spotmq.Events)
        for event in queue:
            assert_type(event, spotmq.Event)
            assert_type(event.kind, spotmq.EventKind)
            assert_type(event.count, int | None)
            assert_type(event.topic, str | None)
        assert_type(queue.recv(timeout_ms=0), spotmq.Event)


def arrays(spot: spotmq.Spot, image: NDArray[np.uint8]) -> None:
    spot.publish("a", image)
    spot.publish("a", np.zeros(3), copy=False)
    spot.publish("a", np.float32(1))
    spot.publish_many("a", [image, np.zeros((3, 4))])
    spot.publisher("a").publish(image)
    spot.publish("a", [1.0])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def values(spot: spotmq.Spot) -> None:
    with spot.subscriber("a", codec=Text()) as texts:
        assert_type(texts, spotmq.TypedSubscriber[str])
        for text in texts:
            assert_type(text, spotmq.TypedMessage[str])
            assert_type(text.value, str)
            assert_type(text.pattern, str)
    with spot.subscriber("a", codec=NumPy()) as images:
        for image in images:
            assert_type(image.value.shape, tuple[Any, ...])


async def values_of_a_loop(spot: spotmq.asyncio.Spot, image: NDArray[np.uint8]) -> None:
    await spot.publish("a", image)
    await spot.publish_many("a", [image])
    async with spot.subscriber("a", codec=Text()) as texts:
        async for text in texts:
            assert_type(text.value, str)


async def calls_of_a_loop(spot: spotmq.asyncio.Spot) -> None:
    assert_type(await spot.join("tcp://127.0.0.1:5555", timeout_ms=None), None)
    assert_type(spot.peers(), list[spotmq.PeerInfo])
    assert_type(spot.stats(), spotmq.Stats)
    assert_type(spot.node_id, str)
    assert_type(spot.endpoint, str | None)
    assert_type(spot.context, spotmq.Context | None)
    assert_type(spot.sync, spotmq.Spot)
    await spot.wait_for_peers("two")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await spot.bind("tcp://*:0", "tcp://*:1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    async with spot.subscriber("a", missing_ok=True) as queue:
        assert_type(queue, spotmq.asyncio.Subscriber)
        assert_type(queue.spot, spotmq.asyncio.Spot)
        assert_type(queue.subscriptions(), list[str])
    async with spot.subscriber("a", codec=Text()) as texts:
        assert_type(texts, spotmq.asyncio.TypedSubscriber[str])
        assert_type(await texts.poll(0), bool)
        assert_type((await texts.recv()).value, str)
    assert_type(await spot.publisher("a", Text()).publish_many(["b"]), int)
    await spot.publisher("a", Text()).publish(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def parts() -> None:
    assert_type(spotmq.asyncio.Spot(heartbeat_ms=1), spotmq.asyncio.Spot)
    assert_type(spotmq.codecs.Json(), Json)
    spotmq.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # noqa: B018
