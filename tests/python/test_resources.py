"""Protects: a process with few descriptors, or with very many nodes, gets errors and does not end."""

from children import Child
from helpers import PATIENCE

# Whatever is tried with 64 descriptors, the process lives, says what is wrong, and is well when they are free.
SCARCE = """
import resource

import spotmq

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
nodes = []
try:
    while len(nodes) < 64:
        node = spotmq.Spot(linger_ms=0)
        nodes.append(node)
        node.bind("tcp://127.0.0.1:*")
        node.topic_create(f"topic {len(nodes)}")
        if len(nodes) > 1:
            node.cluster_add(nodes[0].endpoint, timeout_ms=20000)
except spotmq.SpotError as error:
    print(type(error).__name__, error.errno, len(nodes))
held = []
try:
    while True:
        held.append(nodes[0].subscriber())
except spotmq.SpotError as error:
    print(type(error).__name__, error.errno)
for thing in held + nodes:
    thing.close()

with spotmq.Spot() as owner, spotmq.Spot() as client:
    owner.bind("tcp://127.0.0.1:*")
    owner.topic_create("news")
    client.cluster_add(owner.endpoint, timeout_ms=20000)
    client.cluster_sync(20000)
    client.subscribe("news", timeout_ms=20000)
    owner.publish("news", b"well again")
    print(client.recv(20000).data.decode())
"""

# The first nodes warm up allocators and pools; what a hundred of them leave, a thousand must not leave tenfold.
MANY = """
import sys

import psutil

import spotmq


def come_and_go(count):
    for number in range(count):
        with spotmq.Spot(linger_ms=0) as node:
            node.bind("tcp://127.0.0.1:*")
            node.topic_create("news")
            node.subscribe("news")
            node.publish("news", b"%d" % number)
            assert node.recv(20000).data == b"%d" % number


process = psutil.Process()
come_and_go(100)
before = process.num_fds(), process.num_threads(), process.memory_info().rss
come_and_go(int(sys.argv[1]))
after = process.num_fds(), process.num_threads(), process.memory_info().rss
print(*(now - then for now, then in zip(after, before)))
"""


def test_sixty_four_descriptors_are_an_error_and_not_an_abort() -> None:
    with Child(SCARCE) as child:
        name, error, made = child.line().split()
        assert (name, error) == ("SpotError", "24")  # EMFILE
        assert int(made) > 1
        assert child.line() == "SpotError 24"
        assert child.line() == "well again"
        assert child.finish() == 0


def test_a_thousand_nodes_leave_nothing_behind() -> None:
    with Child(MANY, 1000) as child:
        descriptors, threads, memory = map(int, child.line(4 * PATIENCE).split())
        assert child.finish() == 0
    assert descriptors == 0
    assert threads == 0
    assert memory < 4 << 20, f"{memory} bytes"
