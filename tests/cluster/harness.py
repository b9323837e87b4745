"""Clusters of real processes: workers, records of each of their lives, and waits for them."""

import json
import struct
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
from children import CallableChild
from law import Life, judge
from ports import free_ports
from witness import gaps

# Messages that have not moved for that long have arrived, on one machine.
STILL = 0.1

_PROGRAM = (Path(__file__).parent / "worker.py").read_text()


class TooLate(AssertionError):
    """Something took longer than it may on a machine that lets everybody run."""


class Worker(CallableChild):
    """A process with one node, which publishes and receives by itself: worker.py."""

    def __init__(
        self,
        ledger: Path,
        topics: Sequence[str] = (),
        *,
        size: int = 100,
        prefix: Sequence[str] = (),
        **options: Any,
    ) -> None:
        self.ledger = ledger
        self.topics = list(topics)
        self._beats = ledger.with_name(f"{ledger.name}.beats")
        self._stops: list[tuple[float, float]] = []
        config = {
            "options": options,
            "ledger": str(ledger),
            "beats": str(self._beats),
            "topics": self.topics,
            "size": size,
        }
        super().__init__(_PROGRAM, json.dumps(config), prefix=prefix)

    def set_up(
        self,
        topics: Sequence[str] = (),
        *,
        endpoint: str = "tcp://127.0.0.1:0",
        peers: Sequence[str] = (),
        subscriptions: Sequence[str] = (),
        **bind: Any,
    ) -> str:
        """Makes it part of a cluster; returns its endpoint."""
        bind = {"endpoint": endpoint, **bind}
        return str(self.call("set_up", list(topics), bind, list(peers), list(subscriptions)))

    def last(self, owner: str, topic: str) -> int:
        """The number of the last message it got of that stream."""
        return next((n for o, t, n in self.call("last") if (o, t) == (owner, topic)), 0)

    def pause(self) -> None:
        self._stops.append((time.monotonic(), float("inf")))
        super().pause()

    def resume(self) -> None:
        super().resume()
        self._stops[-1] = (self._stops[-1][0], time.monotonic())

    def kill(self) -> None:
        self._stops.append((time.monotonic(), float("inf")))
        super().kill()

    def starved(self, now: float) -> float:
        """How long in all it did not run, though no test had stopped it."""
        return sum(
            end
            - begin
            - sum(max(0.0, min(end, to) - max(begin, since)) for since, to in self._stops)
            for begin, end in gaps(self._beats, now)
        )

    def leave(self) -> None:
        """An orderly close, and the end of the process."""
        self.call("close")
        self._stops.append((time.monotonic(), float("inf")))
        self.close_input()
        assert self.finish() == 0, self.errors

    def resources(self) -> "Resources":
        process = psutil.Process(self.pid)
        return Resources(process.num_fds(), process.num_threads(), process.memory_info().rss)


def read_ledger(path: Path, topics: Sequence[str]) -> tuple[str, dict[str, int]]:
    """The node id, and how much was published to each topic: right even after a kill, but for one each."""
    data = path.read_bytes()
    numbers = struct.unpack_from(f"={len(topics)}Q", data, 16)
    return data[:16].hex(), dict(zip(topics, numbers, strict=True))


@dataclass(frozen=True)
class Resources:
    descriptors: int
    threads: int
    memory: int

    def __str__(self) -> str:
        return f"{self.descriptors} descriptors, {self.threads} threads, {self.memory >> 20} MB"


@dataclass
class Member:
    """A place in the cluster: one endpoint, and one life after another."""

    index: int
    endpoint: str
    worker: Worker | None = None
    frozen: bool = False
    ready: bool = False
    lives: int = 0
    changing_exists: bool = False

    @property
    def own(self) -> str:
        return f"own:{self.index}"

    @property
    def via(self) -> str:
        """A topic of this member's that others publish to."""
        return f"via:{self.index}"

    @property
    def changing(self) -> str:
        """A topic of this member's that comes and goes."""
        return f"changing:{self.index}"

    @property
    def topics(self) -> list[str]:
        return [self.own, self.via] + ([self.changing] if self.changing_exists else [])


@dataclass
class Shape:
    """The settings of a cluster."""

    size: int
    rate: float = 50  # messages a second on each member's own topic
    payload: int = 100
    heavy: int = 0  # how many members publish so much that who is frozen overflows
    heavy_rate: float = 200
    heavy_payload: int = 40_000
    via_rate: float = 10  # messages a second to each other member's topic
    gossip: bool = True  # each is told of one other; False: of all
    options: dict[str, Any] = field(default_factory=dict)


class Cluster:
    """Members that all know, subscribe to and publish to each other."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.members = [
            Member(i, f"tcp://127.0.0.1:{port}") for i, port in enumerate(free_ports(shape.size))
        ]
        self.gone: list[Life] = []
        self._stack = ExitStack()

    def __enter__(self) -> "Cluster":
        folder = tempfile.TemporaryDirectory(prefix="spot-cluster-")
        self._folder = Path(self._stack.enter_context(folder))
        for member in self.members:
            self.start(member)
        for member in self.members:
            self.finish_start(member)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for member in self.members:
            if member.worker is not None:
                member.worker.__exit__(None, None, None)
        self._stack.close()

    # --- lives -----------------------------------------------------------------------------

    def start(self, member: Member) -> None:
        """Begins a life; it is not waited for."""
        shape = self.shape
        worker = member.worker = Worker(
            self._folder / f"{member.index}-{member.lives}",
            [member.own, *(other.via for other in self.members)],
            size=shape.heavy_payload if member.index < shape.heavy else shape.payload,
            gossip=shape.gossip,
            **shape.options,
        )
        member.lives += 1
        member.ready = member.frozen = member.changing_exists = False
        others = [other.endpoint for other in self.members if other is not member]
        if shape.gossip:
            others = [self.members[(member.index + 1) % shape.size].endpoint]
        bind = {"endpoint": member.endpoint}
        worker.start("set_up", [member.own, member.via], bind, others, ["own:*", "via:*"])
        self._start_publishing(member)

    def _start_publishing(self, member: Member) -> None:
        shape = self.shape
        worker = self.worker(member)
        rate = shape.heavy_rate if member.index < shape.heavy else shape.rate
        worker.start("start_publishing", [member.own], rate)
        others = [other.via for other in self.members if other is not member]
        worker.start("start_publishing", others, shape.via_rate)

    def finish_start(self, member: Member) -> None:
        if not member.ready:
            worker = self.worker(member)
            for _ in range(3):
                worker.answer()
            member.ready = True

    def worker(self, member: Member) -> Worker:
        assert member.worker is not None, f"member {member.index} is dead"
        return member.worker

    def node_id(self, member: Member) -> str:
        worker = self.worker(member)
        return read_ledger(worker.ledger, worker.topics)[0]

    def kill(self, member: Member) -> None:
        worker = self.worker(member)
        worker.kill()
        self._bury(member)

    def close(self, member: Member) -> None:
        self.worker(member).leave()
        self._bury(member)

    def _bury(self, member: Member) -> None:
        worker = self.worker(member)
        worker.__exit__(None, None, None)
        member.worker = None
        member.frozen = member.ready = False
        # Killed before it had made its node, it published nothing.
        if worker.ledger.exists() and worker.ledger.stat().st_size == 16 + 8 * len(worker.topics):
            node_id, sent = read_ledger(worker.ledger, worker.topics)
            self.gone.append(Life(node_id, sent, alive=False, owes=False))
            worker.ledger.unlink()

    def freeze(self, member: Member) -> None:
        self.worker(member).pause()
        member.frozen = True

    def resume(self, member: Member) -> None:
        self.worker(member).resume()
        member.frozen = False

    def change_topics(self, member: Member) -> None:
        method = "topic_destroy" if member.changing_exists else "topic_create"
        self.worker(member).call(method, member.changing)
        member.changing_exists = not member.changing_exists

    # --- what all of them say ----------------------------------------------------------------

    def ask_all(self, method: str, *args: Any) -> list[Any]:
        """The same call at every member, at the same time."""
        workers = [self.worker(member) for member in self.members]
        for worker in workers:
            worker.start(method, *args)
        return [worker.answer() for worker in workers]

    def agree(self) -> str:
        """Whether every member sees every other one UP, and all topics: nothing, or who does not."""
        ids = [self.node_id(member) for member in self.members]
        topics = sorted(topic for member in self.members for topic in member.topics)
        tables = self.ask_all("table")
        for member, own_id, table in zip(self.members, ids, tables, strict=True):
            up = sorted(node_id for _, node_id, state in table["peers"] if state == "UP")
            if up != sorted(set(ids) - {own_id}) or len(table["peers"]) != len(up):
                return f"member {member.index} has the peers {table['peers']}"
            if [topic for topic, _, _ in table["topics"]] != topics:
                return f"member {member.index} has the topics {table['topics']}"
            for topic, location, reachable in table["topics"]:
                mine = "LOCAL" if topic in member.topics else "REMOTE"
                if location != mine or not reachable:
                    return f"member {member.index} has {topic} {location} {reachable}"
        return ""

    def wait_for_agreement(self, within: float) -> float:
        """Returns how long it took."""
        return wait_for(self.agree, within)

    def finish(self, within: float) -> tuple[list[Life], list[dict[str, Any]]]:
        """Ends the publishing, lets the last messages arrive, and returns what is to be judged."""
        self.ask_all("stop_publishing")
        wait_for(self._untold, within)
        ids = [self.node_id(member) for member in self.members]
        before: list[dict[tuple[str, str], int]] = []

        def missing() -> str:
            nonlocal before
            now = [
                {(owner, topic): last for owner, topic, last in lasts}
                for lasts in self.ask_all("last")
            ]
            moving, before = now != before, now
            for owner_id, owner in zip(ids, self.members, strict=True):
                for topic in (owner.own, owner.via):
                    lasts = {have.get((owner_id, topic), 0) for have in now}
                    sent = self.worker(owner).call("sent")[topic] if topic == owner.own else 0
                    if len(lasts) > 1 or min(lasts) < max(sent, 1):
                        # Who is full at the very end learns of the loss with the next message.
                        self.worker(owner).call("publish", topic)
                        return f"{topic}: {sorted(lasts)} of {sent}"
            # What others publish to a member's topic comes through it: no number says where that ends.
            time.sleep(STILL if moving else 0)
            return "messages still come" if moving else ""

        with suppress(AssertionError):  # the judge says what is missing, and more
            wait_for(missing, within)
        lives = [
            Life(node_id, sent) for node_id, sent in zip(ids, self.ask_all("sent"), strict=True)
        ]
        return [*lives, *self.gone], self.ask_all("account")

    def _untold(self) -> str:
        """Which receiver does not know, though nothing more is published, what it misses of a living owner."""
        lives = [
            Life(self.node_id(member), sent, told=True)
            for member, sent in zip(self.members, self.ask_all("sent"), strict=True)
        ]
        time.sleep(STILL)
        breaches = judge([*lives, *self.gone], self.ask_all("account")).breaches
        return next((breach for breach in breaches if "at the ends of streams" in breach), "")

    def go_on(self, judged: Iterable[Life]) -> None:
        """Another round: publishes again, and forgets those that are gone."""
        dead = [life.node_id for life in judged if not life.alive]
        self.ask_all("forget", dead)
        self.gone = [life for life in self.gone if life.node_id not in dead]
        for member in self.members:
            self._start_publishing(member)
            self.worker(member).answer()
            self.worker(member).answer()


def wait_for(wrong: Callable[[], str], within: float) -> float:
    """Asks until nothing is wrong, and returns how long that took; fails with what still is."""
    began = time.monotonic()
    while problem := wrong():
        if time.monotonic() - began > within:
            raise TooLate(f"not within {within} s: {problem}")
        time.sleep(0.005)
    return time.monotonic() - began


def settle(
    streams: Sequence[tuple[Worker, str]], receivers: Sequence[Worker], within: float
) -> None:
    """Until every receiver has the last message of each stream that no longer flows.

    Who is full at the very end learns of the loss with the next message, so there is one until he is not.
    """
    owners = [(worker, str(worker.call("node_id")), topic) for worker, topic in streams]

    def missing() -> str:
        for owner, owner_id, topic in owners:
            sent = owner.call("sent")[topic]
            for receiver in receivers:
                last = receiver.last(owner_id, topic)
                if last < sent:
                    owner.call("publish", topic)
                    return f"{topic}: {last} of {sent}"
        return ""

    wait_for(missing, within)


def wait_for_up(worker: Worker, count: int, within: float) -> float:
    """Until it sees so many peers UP; returns how long it took."""

    def missing() -> str:
        peers = worker.call("table")["peers"]
        return "" if sum(state == "UP" for _, _, state in peers) == count else f"UP: {peers}"

    return wait_for(missing, within)
