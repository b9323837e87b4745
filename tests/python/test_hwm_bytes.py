"""Protects: the bytes that wait for a slow receiver are bounded, and messages dropped for it are counted."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from helpers import PATIENCE_MS, TRANSPORTS, unique, wait_until

import spotmq

MIB = 1 << 20
IMAGE = bytes(900_000)
BOUND = 4 * MIB
# The two marks, and what the kernel keeps on the way (up to 6 MiB to receive and 4 MiB to send, by default).
HELD_AT_MOST = 2 * BOUND + 12 * MIB
MANY = 100  # images, many times what may wait


@contextmanager
def pair(
    endpoint: str, send_bytes: int = BOUND, recv_bytes: int = BOUND, **options: object
) -> Iterator[tuple[spotmq.Spot, spotmq.Spot]]:
    """A camera that owns the topics "cam" and "small", and a viewer."""
    with (
        spotmq.Context() as context,
        spotmq.Spot(context, send_hwm_bytes=send_bytes, heartbeat_ms=200, **options) as camera,  # type: ignore[arg-type]
        spotmq.Spot(context, recv_hwm_bytes=recv_bytes, heartbeat_ms=200) as viewer,
    ):
        camera.bind(endpoint)
        camera.topic_create("cam")
        camera.topic_create("small")
        assert camera.endpoint is not None
        viewer.cluster_add(camera.endpoint, timeout_ms=PATIENCE_MS)
        viewer.subscribe("cam")
        camera.wait_for_subscribers("cam", timeout_ms=PATIENCE_MS)
        yield camera, viewer


def endpoint_of(transport: str) -> str:
    return {
        "tcp": "tcp://127.0.0.1:0",
        "ipc": f"ipc:///tmp/{unique('hwm')}",
        "inproc": f"inproc://{unique('hwm')}",
    }[transport]


def drain(reader: spotmq.Spot | spotmq.Subscriber, sent: int) -> int:
    """How many messages come; with those reported lost they are all that were sent."""
    got = 0

    def all_known() -> bool:
        nonlocal got
        with suppress(spotmq.Timeout):
            got += len(reader.recv_many(1000, 10))
        return got + reader.stats().lost == sent

    wait_until(all_known, what="received + lost = sent")
    return got


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_images_wait_by_bytes_not_by_frames(transport: str) -> None:
    """A viewer that does not read keeps megabytes of them, in both nodes together, and the law holds."""
    with pair(endpoint_of(transport)) as (camera, viewer):
        for _ in range(MANY):
            camera.publish("cam", IMAGE)
        got = drain(viewer, MANY)
        assert BOUND // 2 <= got * len(IMAGE) <= HELD_AT_MOST


def test_in_ones_own_queue_too() -> None:
    with spotmq.Spot(send_hwm_bytes=BOUND, recv_hwm_bytes=BOUND, heartbeat_ms=200) as spot:
        spot.topic_create("cam")
        spot.subscribe("cam")
        for _ in range(MANY):
            spot.publish("cam", IMAGE)
        assert 0 < drain(spot, MANY) * len(IMAGE) <= HELD_AT_MOST


def test_with_block_the_bound_by_bytes_makes_publish_wait() -> None:
    with pair("tcp://127.0.0.1:0", overflow="block", send_timeout_ms=300) as (camera, viewer):
        with suppress(spotmq.Again):
            for _ in range(MANY):
                camera.publish("cam", IMAGE)
        sent = camera.stats().published
        assert sent * len(IMAGE) <= HELD_AT_MOST
        assert drain(viewer, sent) == sent  # nothing was lost


def test_a_message_beyond_the_bound_passes() -> None:
    """Alone: the next one of its size has to wait until it has left."""
    large = bytes(3 * BOUND)
    with pair("tcp://127.0.0.1:0", overflow="block", send_timeout_ms=PATIENCE_MS) as (
        camera,
        viewer,
    ):
        for number in range(3):
            camera.publish("cam", large + bytes([number]))
            assert viewer.recv(PATIENCE_MS).data[-1:] == bytes([number])


def test_bursts_wait_by_bytes() -> None:
    """Many small messages that share frames of 32 KiB."""
    payload = bytes(2000)
    with pair("tcp://127.0.0.1:0") as (camera, viewer):
        sent = 40_000  # 80 MB
        for _ in range(sent // 1000):
            camera.publish_many("cam", [payload] * 1000)
        assert drain(viewer, sent) * len(payload) <= HELD_AT_MOST


def test_small_messages_beside_images_are_not_lost() -> None:
    """Who reads a topic of small messages feels nothing of the images that another one does not read."""
    with pair("tcp://127.0.0.1:0") as (camera, _), camera.subscriber("small") as small:
        camera.wait_for_subscribers("small", timeout_ms=PATIENCE_MS)
        for number in range(MANY):
            camera.publish("cam", IMAGE)
            for _ in range(20):
                camera.publish("small", b"%d" % number)
        assert drain(small, 20 * MANY) == 20 * MANY


def test_many_small_frames_fit_as_before() -> None:
    """The bound by bytes takes no place from what is small: each topic's message is a frame of its own here."""
    with pair("tcp://127.0.0.1:0", send_bytes=64 * MIB, recv_bytes=64 * MIB) as (camera, viewer):
        topics = [f"t/{number}" for number in range(10_000)]
        for topic in topics:
            camera.topic_create(topic)
        viewer.subscribe("t/*")
        for topic in topics:
            camera.publish(topic, b"x")
        assert drain(viewer, len(topics)) == len(topics)


def test_a_subscribers_own_bound() -> None:
    with pair("tcp://127.0.0.1:0", send_bytes=MIB, recv_bytes=0) as (camera, viewer):
        with viewer.subscriber("cam", recv_hwm_bytes=MIB) as bounded:
            camera.wait_for_subscribers("cam", 2, timeout_ms=PATIENCE_MS)
            for _ in range(MANY):
                camera.publish("cam", IMAGE)
            assert drain(bounded, MANY) * len(IMAGE) <= 4 * MIB + 12 * MIB
        with pytest.raises(ValueError, match="recv_hwm_bytes must be from 0"):
            viewer.subscriber(recv_hwm_bytes=-1)
        with pytest.raises(TypeError, match="recv_hwm_bytes must be int"):
            viewer.subscriber(recv_hwm_bytes="1")  # type: ignore[call-overload]
