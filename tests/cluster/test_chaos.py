"""Protects: the law of delivery, in a cluster of eight whose nodes are killed, frozen, closed and started
again at random.
"""

import heapq
import itertools
import os
import random
import time
from collections.abc import Callable

import pytest
from harness import Cluster, Member, Resources, Shape, wait_for
from helpers import PATIENCE
from law import judge
from limits import QUICK, SOAK, SOAK_SECONDS, report, seconds

SIZE = 8
MOST_IN_TROUBLE = 3
ROUND_SECONDS = 20.0 if SOAK else 6.0
# Everybody is running again by then: eight interpreters start, and all are back within 2H. How soon is told,
# not judged: that is for the tests of single faults.
CALM_WITHIN = QUICK.back_within + PATIENCE
# The last messages pass what waits before them.
TAIL_WITHIN = PATIENCE

# What survivors may have more than before. A descriptor or a thread more is a leak, so none; allocators keep
# some of what they got while peers came and went, and Python's account of the streams grows with the lives.
DESCRIPTORS_MORE = 0
THREADS_MORE = 0
MEMORY_MORE = 24 * 2**20


class Chaos:
    """Troubles members of the cluster at random, as a seed says."""

    def __init__(self, cluster: Cluster, seed: int) -> None:
        self._cluster = cluster
        self._random = random.Random(seed)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._in_trouble: set[int] = set()
        self.story: list[str] = []
        self.count: dict[str, int] = {}

    def run(self, for_seconds: float) -> None:
        """Afterwards everybody has been started or continued, though perhaps not yet arrived."""
        self._began = time.monotonic()
        end = self._began + for_seconds
        self._later(0, self._strike)
        while self._due:
            at, _, act = heapq.heappop(self._due)
            if act == self._strike and at >= end:
                continue
            time.sleep(max(0.0, at - time.monotonic()))
            act()

    def _later(self, delay: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (time.monotonic() + delay, next(self._order), act))

    def _strike(self) -> None:
        self._later(self._random.uniform(0.05, 0.4), self._strike)
        calm = [m for m in self._cluster.members if m.index not in self._in_trouble]
        member = self._random.choice(calm)
        self._cluster.finish_start(member)
        if len(self._in_trouble) >= MOST_IN_TROUBLE or self._random.random() < 0.2:
            self._tell("change", member)
            self._cluster.change_topics(member)
            return
        self._in_trouble.add(member.index)
        self._random.choice([self._kill, self._kill, self._close, self._freeze, self._freeze])(
            member
        )

    def _kill(self, member: Member) -> None:
        self._tell("kill", member)
        self._cluster.kill(member)
        self._later(self._random.uniform(0, 1.5 * QUICK.t), lambda: self._start(member))

    def _close(self, member: Member) -> None:
        self._tell("close", member)
        self._cluster.close(member)
        self._later(self._random.uniform(0, QUICK.t), lambda: self._start(member))

    def _start(self, member: Member) -> None:
        self._tell("start", member)
        self._cluster.start(member)
        self._in_trouble.discard(member.index)

    def _freeze(self, member: Member) -> None:
        self._tell("freeze", member)
        self._cluster.freeze(member)
        thaw = self._kill if self._random.random() < 0.2 else self._resume
        self._later(self._random.uniform(0.2, 2.5) * QUICK.t, lambda: thaw(member))

    def _resume(self, member: Member) -> None:
        self._tell("resume", member)
        self._cluster.resume(member)
        self._in_trouble.discard(member.index)

    def _tell(self, what: str, member: Member) -> None:
        self.count[what] = self.count.get(what, 0) + 1
        self.story.append(f"{time.monotonic() - self._began:7.3f} {what} {member.index}")


def resources(cluster: Cluster) -> list[Resources]:
    return [cluster.worker(member).resources() for member in cluster.members]


def grown(before: list[Resources], now: list[Resources]) -> str:
    for i, (old, new) in enumerate(zip(before, now, strict=True)):
        if (
            new.descriptors > old.descriptors + DESCRIPTORS_MORE
            or new.threads > old.threads + THREADS_MORE
            or new.memory > old.memory + MEMORY_MORE
        ):
            return f"member {i} had {old} and has {new}"
    return ""


def incomplete(cluster: Cluster) -> str:
    """Which connection no message came through yet: UP does not wait for those to the owners of topics."""
    everybody = SIZE * (SIZE - 1)
    heard = cluster.ask_all("publishers")
    return "" if min(heard) >= everybody else f"heard of {heard} publishers, not {everybody}"


def play(cluster: Cluster, seed: int) -> None:
    joined = cluster.wait_for_agreement(CALM_WITHIN)
    wait_for(lambda: incomplete(cluster), CALM_WITHIN)
    before = resources(cluster)
    report("full mesh", nodes=SIZE, after=seconds(joined), first=before[0])
    end = time.monotonic() + SOAK_SECONDS / 2  # each of the two ways to join gets half
    for number in itertools.count():
        chaos = Chaos(cluster, seed + number)
        chaos.run(ROUND_SECONDS)
        try:
            for member in cluster.members:
                cluster.finish_start(member)
            calm = cluster.wait_for_agreement(CALM_WITHIN)
            lives, accounts = cluster.finish(TAIL_WITHIN)
            verdict = judge(lives, accounts)
            assert not verdict.breaches, f"\n{verdict}"
            wait_for(lambda: grown(before, resources(cluster)), CALM_WITHIN)
        except AssertionError as error:
            story = "\n".join(chaos.story)
            raise AssertionError(f"{error}\nseed {seed + number}\n{story}") from error
        acts = ", ".join(f"{what} {count}" for what, count in sorted(chaos.count.items()))
        report("chaos", seed=seed + number, acts=acts, calm=seconds(calm), verdict=verdict)
        report("after it", first=resources(cluster)[0])
        if time.monotonic() >= end:
            return
        cluster.go_on(lives)


@pytest.mark.parametrize("gossip", [True, False], ids=["through one node", "by hand"])
def test_the_law_under_chaos(gossip: bool) -> None:
    seed = int(os.environ.get("SPOTMQ_CHAOS_SEED", random.randrange(1_000_000)))
    print(f"SPOTMQ_CHAOS_SEED={seed}")
    # Few frames may wait, so that who is frozen loses some of what the heavy members publish.
    options = {"heartbeat_ms": QUICK.heartbeat_ms, "send_hwm": 100, "recv_hwm": 100}
    with Cluster(Shape(SIZE, heavy=2, gossip=gossip, options=options)) as cluster:
        play(cluster, seed)
