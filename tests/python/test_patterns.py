"""Protects: which topics patterns match, LOCAL and REMOTE, present and future."""

import pytest
from conftest import Pair
from helpers import PATIENCE_MS, payloads

import spotmq

MATCHES = [
    ("*", "anything", True),
    ("?", "x", True),
    ("?", "é", True),
    ("?", "日", True),
    ("?", "xy", False),
    ("a*", "a", True),
    ("a*", "ab", True),
    ("a*", "b", False),
    ("*a", "bca", True),
    ("*a", "ab", False),
    ("a*b*c", "a-b-b-c", True),
    ("a*b*c", "a-c-b", False),
    ("game:?", "game:1", True),
    ("game:?", "game:12", False),
    ("game:*:score", "game:7:score", True),
    ("game:*:score", "game::score", True),
    ("game:*:score", "game:7:scores", False),
    ("**", "x", True),
    ("*?*", "x", True),
    ("*.???", "file.txt", True),
    ("日*語", "日本語", True),
    ("A*", "a", False),
    ("[ab]*", "a", False),
    ("[ab]*", "[ab]c", True),
    (".*", "abc", False),
]


@pytest.mark.parametrize(("pattern", "topic", "matches"), MATCHES)
def test_what_matches(node: spotmq.Spot, pattern: str, topic: str, matches: bool) -> None:
    node.topic_create(topic)
    node.topic_create("the last")
    node.subscribe(pattern, "the last")
    node.publish(topic, b"matched")
    node.publish("the last", b"the last")
    wanted = [b"matched", b"the last"] if matches else [b"the last"]
    assert payloads(node, len(wanted)) == wanted
    assert not node.poll(0)


def test_a_pattern_covers_remote_topics_present_and_future(pair: Pair) -> None:
    pair.owner.topic_create("game:1")
    pair.client.subscribe("game:*")
    pair.owner.topic_create("game:2")
    pair.owner.topic_create("chat:1")
    for topic in ("game:1", "chat:1", "a", "game:2"):
        pair.owner.publish(topic, topic.encode())
    assert payloads(pair.client, 2) == [b"game:1", b"game:2"]
    pair.client.topic_create("game:3")
    pair.client.publish("game:3", b"mine")
    assert pair.client.recv(PATIENCE_MS) == ("game:3", b"mine")


def test_a_pattern_needs_no_topic(node: spotmq.Spot) -> None:
    node.subscribe("nothing:*")
    assert node.subscriptions() == ["nothing:*"]
    node.topic_create("nothing:yet")
    node.publish("nothing:yet", b"1")
    assert node.recv(PATIENCE_MS).data == b"1"


def test_overlapping_patterns_deliver_once_and_end_one_by_one(pair: Pair) -> None:
    patterns = ["*", "a*", "?", "a?*", "*a"]
    pair.client.subscribe(*patterns)
    while patterns:
        pair.owner.publish("a", b"%d" % len(patterns))
        assert pair.client.recv(PATIENCE_MS).data == b"%d" % len(patterns)
        patterns.remove("a?*" if "a?*" in patterns else patterns[-1])
        pair.client.unsubscribe(*set(pair.client.subscriptions()) - set(patterns))
    pair.client.subscribe("b")
    pair.owner.publish("a", b"no")
    pair.owner.publish("b", b"the last")
    assert pair.client.recv(PATIENCE_MS).data == b"the last"


def test_what_looks_expensive_is_not(node: spotmq.Spot) -> None:
    node.topic_create("a" * 250)
    node.topic_create("the last")
    node.subscribe("*a" * 100 + "b", "the last")
    for _ in range(100):
        node.publish("a" * 250, b"no")
    node.publish("the last", b"yes")
    assert node.recv(PATIENCE_MS).data == b"yes"


def test_thousands_of_patterns(node: spotmq.Spot) -> None:
    node.subscribe(*[f"{i}:*" for i in range(3000)])
    node.topic_create("2999:x")
    node.publish("2999:x", b"1")
    assert node.recv(PATIENCE_MS).data == b"1"
