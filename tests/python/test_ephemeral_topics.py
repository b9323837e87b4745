"""Protects: memory stays constant with topics that come and go, and forgetting a topic makes no false count."""

import json
import os
import sys

import pytest
from children import Child
from helpers import PATIENCE, PATIENCE_MS, wait_until

import spotmq

SOAK = "SPOTMQ_SOAK_SECONDS" in os.environ
TOPICS = 1_000_000 if SOAK else 24_000
ROUND = 1_000
# What may stay behind of each topic in the last quarter, all roles of the program together: by then what is
# remembered of the latest that are gone is there, but for their last numbers at publishers, of which there are
# more; and an allocator keeps gaps. Without forgetting it is more than a kilobyte.
MOST_BYTES = 16 if SOAK else 450

# All roles in one process: an owner, who subscribes with a pattern and who by name, and another that publishes
# to the owner's topics.
PROGRAM = """
import gc, json, sys, psutil, spotmq
from helpers import PATIENCE_MS, wait_until
topics, rounds = map(int, sys.argv[1:])
owner, pattern, named, other = (spotmq.Spot(heartbeat_ms=200) for _ in range(4))
owner.bind("tcp://127.0.0.1:0")
assert owner.endpoint is not None
for node in (pattern, named, other):
    node.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
pattern.subscribe("r/*")
me = psutil.Process()
sizes, lost, last = [], 0, None

def take(node, count):
    while count:
        messages = node.recv_many(count, PATIENCE_MS)
        count -= len(messages)
        assert not any(message.lost for message in messages)

for start in range(0, topics, rounds):
    names = [f"r/{number:012}" for number in range(start, start + rounds)]
    for name in names:
        owner.topic_create(name)
    wait_until(lambda: other.topic_exists(names[-1]) and named.topic_exists(names[-1]))
    named.subscribe(*names[:20])
    for name in names:
        owner.publish(name, b"x")
        other.publish(name, b"y")
    take(pattern, 2 * rounds)
    take(named, 40)
    named.unsubscribe()
    for name in names:
        owner.topic_destroy(name)
    wait_until(lambda: not other.topic_exists(names[-1]) and not pattern.topic_exists(names[-1]))
    gc.collect()
    sizes.append(me.memory_info().rss)
counts = [node.stats() for node in (owner, pattern, named, other)]
print(json.dumps({
    "sizes": sizes,
    "topics": [len(count.topics) for count in counts],
    "lost": [count.lost + count.overflowed for count in counts],
    "received": counts[1].received,
}), flush=True)
for node in (other, named, pattern, owner):
    node.close()
"""


def test_nothing_is_left_of_topics_that_are_gone() -> None:
    with Child(PROGRAM, TOPICS, ROUND) as child:
        told = json.loads(child.line(timeout=3600 if SOAK else 2 * PATIENCE))
        assert child.finish() == 0
    sizes = told["sizes"]
    since = 3 * len(sizes) // 4
    each = (sizes[-1] - sizes[since]) / (ROUND * (len(sizes) - 1 - since))
    print(f"{each:.0f} bytes a topic stay behind", file=sys.stderr)
    assert each < MOST_BYTES
    assert told["lost"] == [0, 0, 0, 0]
    assert told["received"] == 2 * TOPICS


def test_stats_of_topics_that_are_gone_go() -> None:
    """But for a thousand or so, and those of topics that exist stay."""
    with spotmq.Spot(heartbeat_ms=100) as owner, spotmq.Spot(heartbeat_ms=100) as reader:
        owner.bind("tcp://127.0.0.1:0")
        assert owner.endpoint is not None
        reader.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
        reader.subscribe("r/*")
        names = [f"r/{number}" for number in range(3_000)]
        for name in names:
            owner.topic_create(name)
            owner.publish(name, b"x")
        got = 0
        while got < len(names):
            got += len(reader.recv_many(3_000, PATIENCE_MS))
        for name in names[1_500:]:
            owner.topic_destroy(name)
        wait_until(lambda: len(reader.stats().topics) == 1_500)
        assert reader.stats().received == len(names)
        assert sum(peer.received for peer in reader.stats().peers.values()) == len(names)


@pytest.mark.parametrize("again", [1, 3])
def test_numbers_go_on_when_a_topic_comes_back(again: int) -> None:
    """Of the owner's messages and of another's: nothing counts as lost that was not."""
    with (
        spotmq.Spot(heartbeat_ms=100) as owner,
        spotmq.Spot(heartbeat_ms=100) as reader,
        spotmq.Spot(heartbeat_ms=100) as other,
    ):
        owner.bind("tcp://127.0.0.1:0")
        assert owner.endpoint is not None
        for node in (reader, other):
            node.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
        reader.subscribe("r/*")
        for _ in range(1 + again):
            owner.topic_create("r/a")
            wait_until(lambda: other.topic_exists("r/a"))
            for _ in range(5):
                owner.publish("r/a", b"own")
                other.publish("r/a", b"other's")
            for _ in range(10):
                assert reader.recv(PATIENCE_MS).lost == 0
            owner.topic_destroy("r/a")
            wait_until(lambda: not other.topic_exists("r/a"))
        assert other.stats().topics["r/a"].published == 5 * (1 + again)
        assert other.stats().overflowed == owner.stats().overflowed == reader.stats().lost == 0
