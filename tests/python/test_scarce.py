"""Protects: where descriptors or threads cannot be had, each call raises SpotError; nodes that were made
before, and those made when there are some again, work.

SPOT_SCARCE_STEP=1 tries every limit.
"""

import os

from children import Child

# Tries everything with so few descriptors more than are open, then without that limit.
DESCRIPTORS = """
import os, resource, sys
import psutil
import spotmq

me = psutil.Process()
peer = spotmq.Spot()
peer.bind("tcp://127.0.0.1:0")
peer.topic_create("p")
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
failed = complete = 0

def try_all(keep):
    spot = spotmq.Spot()
    keep.append(spot)
    spot.bind("tcp://127.0.0.1:0")
    spot.topic_create("t")
    spot.cluster_add(peer.endpoint, timeout_ms=300)
    spot.subscribe("p", "t", missing_ok=True)
    events = spot.watch()
    subscriber = spot.subscriber("p", missing_ok=True)
    spot.fileno(), subscriber.fileno(), events.fileno()
    spot.publish("t", b"x")
    spot.recv(20_000)

for more in range(0, 90, int(sys.argv[1])):
    resource.setrlimit(resource.RLIMIT_NOFILE, (me.num_fds() + more, hard))
    kept = []
    try:
        try_all(kept)
        complete += 1
    except spotmq.SpotError as error:
        failed += 1
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, hard))
    for spot in kept:
        if spot.endpoint is None:
            spot.bind("tcp://127.0.0.1:0")
        try:
            spot.cluster_add(peer.endpoint)
        except spotmq.PeerExists:
            pass
        spot.wait_for_peers(1, timeout_ms=20_000)
        spot.subscribe("p", missing_ok=True)
        peer.wait_for_subscribers("p", 1, timeout_ms=20_000)
        peer.publish("p", b"z")
        while spot.recv(20_000).topic != "p":
            pass
        spot.close()
assert failed and complete, (failed, complete)
print("done")
"""

# From some point on no thread can be made. (Root is not limited, so it becomes somebody else.)
THREADS = """
import asyncio, os, resource
import spotmq, spotmq.asyncio

if os.getuid() == 0:
    os.setuid(54500)
early = spotmq.Spot()
early.topic_create("t")
early.subscribe("t")
unbound = spotmq.Spot()
before = resource.getrlimit(resource.RLIMIT_NPROC)
resource.setrlimit(resource.RLIMIT_NPROC, (1, before[1]))

def fails(call):
    try:
        call()
    except spotmq.SpotError as error:
        assert "thread" in str(error), error
    else:
        raise AssertionError("there was a thread")

for i in range(1000):
    early.publish("t", b"%d" % i)  # in bursts, which a thread would end
assert [early.recv(20_000).data for i in range(1000)] == [b"%d" % i for i in range(1000)]
fails(spotmq.Spot)
fails(lambda: unbound.bind("tcp://127.0.0.1:0"))
assert unbound.endpoint is None

async def adds():
    await spotmq.asyncio.Spot.wrap(early).cluster_sync(1000)
fails(lambda: asyncio.run(adds()))

resource.setrlimit(resource.RLIMIT_NPROC, before)
unbound.bind("tcp://127.0.0.1:0")
unbound.topic_create("u")
with spotmq.Spot() as late:
    late.cluster_add(unbound.endpoint, timeout_ms=20_000)
    late.subscribe("u", missing_ok=True)
    unbound.wait_for_subscribers("u", 1, timeout_ms=20_000)
    unbound.publish("u", b"well again")
    assert late.recv(20_000).data == b"well again"
asyncio.run(adds())
print("done")
"""


def test_few_descriptors() -> None:
    with Child(DESCRIPTORS, os.environ.get("SPOT_SCARCE_STEP", "7")) as child:
        assert child.line(300) == "done", child.errors
        assert child.finish() == 0, child.errors


def test_no_thread() -> None:
    with Child(THREADS) as child:
        assert child.line(60) == "done", child.errors
        assert child.finish() == 0, child.errors
