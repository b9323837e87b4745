"""Protects: Message.pattern is the subscription by which a message came."""

import asyncio
import pickle

import pytest
from conftest import Pair
from helpers import PATIENCE_MS

import spotmq
import spotmq.asyncio


def by(node: spotmq.Spot, queue: spotmq.Spot | spotmq.Subscriber, topic: str) -> str:
    node.publish(topic, b"x")
    message = queue.recv(PATIENCE_MS)
    assert message.topic == topic
    return message.pattern


@pytest.fixture
def owner(node: spotmq.Spot) -> spotmq.Spot:
    for topic in ("news:a", "news:b", "other", "ü:1"):
        node.topic_create(topic)
    return node


def test_the_name_first_and_then_the_longest_prefix(owner: spotmq.Spot) -> None:
    owner.subscribe("*", "news:*", "n*", "news:a", "ü:?")
    assert by(owner, owner, "news:a") == "news:a"
    assert by(owner, owner, "news:b") == "news:*"
    assert by(owner, owner, "other") == "*"
    assert by(owner, owner, "ü:1") == "ü:?"


def test_what_changes_counts_from_the_next_message_on(owner: spotmq.Spot) -> None:
    owner.subscribe("*")
    owner.publish("news:a", b"kept")
    kept = owner.recv(PATIENCE_MS)
    for round_ in range(300):  # bounded, too: what is gone is forgotten
        owner.subscribe(f"news:{'?' * (round_ % 2)}*", "news:a")
        assert by(owner, owner, "news:a") == "news:a"
        assert by(owner, owner, "news:b") == f"news:{'?' * (round_ % 2)}*"
        owner.unsubscribe(f"news:{'?' * (round_ % 2)}*", "news:a")
        assert by(owner, owner, "news:a") == "*"
    assert kept.pattern == "*"


def test_each_queue_has_its_own(pair: Pair) -> None:
    with pair.client.subscriber("a") as exact, pair.client.subscriber("?") as pattern:
        pair.owner.publish("a", b"x" * 100_000)
        assert exact.recv(PATIENCE_MS).pattern == "a"
        assert pattern.recv(PATIENCE_MS).pattern == "?"


def test_every_way_of_receiving(owner: spotmq.Spot) -> None:
    owner.subscribe("o*")
    for _ in range(3):
        owner.publish_many("other", [b"x"] * 10)
    assert owner.recv(PATIENCE_MS).pattern == "o*"
    assert {m.pattern for m in owner.recv_many(5, PATIENCE_MS)} == {"o*"}
    assert next(owner).pattern == "o*"

    async def take() -> str:
        async with spotmq.asyncio.Spot.wrap(owner) as spot:
            async for message in spot:
                return message.pattern
        raise AssertionError

    assert asyncio.run(take()) == "o*"


def test_of_values(owner: spotmq.Spot) -> None:
    with owner.subscriber("o*", codec="text") as queue:
        owner.publish("other", b"x")
        assert queue.recv(PATIENCE_MS).pattern == "o*"


def test_of_messages_made_by_hand() -> None:
    assert spotmq.Message("a", b"x").pattern == "a"
    message = spotmq.Message("a", b"x", pattern="*")
    assert message.pattern == "*"
    assert message == spotmq.Message("a", b"x")
    assert hash(message) == hash(("a", b"x"))
    assert pickle.loads(pickle.dumps(message)).pattern == "*"
    with pytest.raises(TypeError, match="pattern must be str or None, not bytes"):
        spotmq.Message("a", b"x", pattern=b"*")  # type: ignore[arg-type]
