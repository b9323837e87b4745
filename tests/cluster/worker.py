"""The program of a process that holds one node of a cluster under test.

It reads a call as a line of JSON from its standard input, and answers each with a line. One of its threads
publishes numbered messages at a rate, another receives and keeps a compact account. Each message is written
to a file just before it is sent; the file outlives the process, so that of a process that was killed one
message of each topic is in doubt and no more.
"""

import json
import mmap
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from witness import Witness

import spotmq

# The payload: who published it, the how-manieth of his on this topic, and the topic; then filling.
HEAD = struct.Struct("<16sQB")
# A topic that begins so is published to by its owner alone, so that its numbers must be those of `seq`.
OWN = "own:"
TICK = 0.01


class Ledger:
    """The file: the node id, then a number for each topic: how many were published."""

    def __init__(self, path: Path, node_id: str, topics: list[str]) -> None:
        path.write_bytes(bytes.fromhex(node_id) + bytes(8 * len(topics)))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._numbers = memoryview(self._map).cast("Q")
        self._slots = {topic: 2 + slot for slot, topic in enumerate(topics)}

    def __getitem__(self, topic: str) -> int:
        return self._numbers[self._slots[topic]]

    def __setitem__(self, topic: str, count: int) -> None:
        self._numbers[self._slots[topic]] = count

    def as_dict(self) -> dict[str, int]:
        return {topic: self[topic] for topic in self._slots}


class Publisher:
    """Publishes to topics of this node's and of others', each message with its number.

    size: of the messages to the node's own topics; those to others' are short.
    """

    def __init__(self, node: spotmq.Spot, ledger: Ledger, size: int) -> None:
        self._node = node
        self._ledger = ledger
        self._size = size
        self._id = bytes.fromhex(node.node_id)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.refused = 0

    def publish(self, topic: str) -> None:
        number = self._ledger[topic] + 1
        name = topic.encode()
        data = HEAD.pack(self._id, number, len(name)) + name
        self._ledger[topic] = number
        if topic.startswith(OWN):
            data = data.ljust(self._size, b".")
        try:
            self._node.publish(topic, data)
        except (spotmq.Again, spotmq.PeerUnreachable, spotmq.TopicNotFound):
            self._ledger[topic] = number - 1  # sent to nobody
            self.refused += 1

    def start(self, topics: list[str], rate: float | None) -> None:
        """rate: messages a second on each topic; None: as many as there can be."""
        self._stop.clear()
        thread = threading.Thread(target=self._run, args=(topics, rate), daemon=True)
        thread.start()
        self._threads.append(thread)

    def _run(self, topics: list[str], rate: float | None) -> None:
        began = time.monotonic()
        done = 0
        while not self._stop.is_set():
            due = done + 1
            if rate is not None:
                self._stop.wait(TICK)
                due = int((time.monotonic() - began) * rate)
                # Who was stopped for a while makes up for a second of it, not for all.
                done = max(done, due - int(rate))
            try:
                for _ in range(due - done):
                    for topic in topics:
                        self.publish(topic)
            except spotmq.Closed:
                return
            done = due

    def stop(self) -> None:
        self._stop.set()
        while self._threads:
            self._threads.pop().join()


class Stream:
    """The messages of one topic from one owner: runs without a gap, each with the loss told before it."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []  # [first seq, last seq, lost]

    @property
    def last(self) -> int:
        return self.runs[-1][1] if self.runs else 0

    def add(self, seq: int, lost: int) -> str:
        """Returns what is wrong with it, or nothing."""
        if not self.runs:
            # An owner's mark may have come before: then this counts from there.
            self.runs.append([seq, seq, lost])
            return "" if lost < seq else f"{seq} is the first, but lost {lost}"
        last = self.last
        if seq == last + 1 and lost == 0:
            self.runs[-1][1] = seq
            return ""
        self.runs.append([seq, seq, lost])
        if seq <= last:
            return f"{seq} after {last}"
        return "" if seq == last + 1 + lost else f"{seq} after {last}, but lost {lost}"


class Account:
    """All that was received."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: dict[tuple[str, str], Stream] = {}
        self._latest: dict[tuple[str, str, bytes], int] = {}
        self._breaches: list[str] = []

    def add(self, messages: list[spotmq.Message]) -> None:
        with self._lock:
            for message in messages:
                self._add(message)

    def _add(self, message: spotmq.Message) -> None:
        key = (message.node_id, message.topic)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = Stream()
        wrong = stream.add(message.seq, message.lost) or self._look_into(message)
        if wrong:
            text = f"{message.topic} of {message.node_id}: {wrong}"
            self._breaches.append(text)
            print(text, file=sys.stderr, flush=True)

    def _look_into(self, message: spotmq.Message) -> str:
        publisher, number, length = HEAD.unpack_from(message.view)
        topic = bytes(message.view[HEAD.size : HEAD.size + length]).decode()
        if topic != message.topic:
            return f"it was published to {topic}"
        if topic.startswith(OWN):
            if publisher.hex() != message.node_id:
                return f"it was published by {publisher.hex()}"
            return "" if number == message.seq else f"{message.seq} carries number {number}"
        key = (message.node_id, topic, publisher)
        latest = self._latest.get(key, 0)
        self._latest[key] = max(number, latest)
        return "" if number > latest else f"{publisher.hex()}'s {number} after {latest}"

    def as_dict(self) -> dict[str, Any]:
        with self._lock:
            return {
                "streams": [[*key, stream.runs] for key, stream in self._streams.items()],
                "breaches": self._breaches,
            }

    def last(self) -> list[list[Any]]:
        with self._lock:
            return [[*key, stream.last] for key, stream in self._streams.items()]

    def publishers(self) -> int:
        """How many it heard of, on each topic that others publish to."""
        with self._lock:
            return len(self._latest)

    def lost(self) -> int:
        """The account of all streams that it knows."""
        with self._lock:
            return sum(run[2] for stream in self._streams.values() for run in stream.runs)

    def forget(self, owners: list[str]) -> None:
        with self._lock:
            for key in [key for key in self._streams if key[0] in owners]:
                del self._streams[key]
            for entry in [entry for entry in self._latest if entry[0] in owners]:
                del self._latest[entry]


class Receiver:
    """Takes whatever comes, unless it is told to leave it."""

    def __init__(self, node: spotmq.Spot) -> None:
        self.account = Account()
        self._node = node
        self._reads = threading.Event()
        self._reads.set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def pause(self) -> None:
        self._reads.clear()

    def resume(self) -> None:
        self._reads.set()

    def _run(self) -> None:
        try:
            while True:
                self._reads.wait()
                self.account.add(self._node.recv_many())
        except spotmq.Closed:
            return

    def join(self) -> None:
        self._reads.set()
        self._thread.join()


class Worker:
    """The calls that the standard input may make."""

    def __init__(
        self, options: dict[str, Any], ledger: str, beats: str, topics: list[str], size: int
    ) -> None:
        Witness(Path(beats))
        self.node = spotmq.Spot(**options)
        self._ledger = Ledger(Path(ledger), self.node.node_id, topics)
        self._publisher = Publisher(self.node, self._ledger, size)
        self._receiver = Receiver(self.node)
        self._settled_loss = 0
        self._fresh: spotmq.Spot | None = None

    def set_up(
        self, topics: list[str], bind: dict[str, Any], peers: list[str], subscriptions: list[str]
    ) -> str | None:
        """Creates topics, binds, adds peers and subscribes; returns the endpoint."""
        for topic in topics:
            self.node.topic_create(topic)
        if bind:
            self.node.bind(**bind)
        for peer in peers:
            self.node.cluster_add(peer)
        if subscriptions:
            self.node.subscribe(*subscriptions, missing_ok=True)
        return self.node.endpoint

    def publish(self, *topics: str) -> dict[str, int]:
        for topic in topics:
            self._publisher.publish(topic)
        return self._ledger.as_dict()

    def start_publishing(self, topics: list[str], rate: float | None) -> None:
        self._publisher.start(topics, rate)

    def stop_publishing(self) -> dict[str, int]:
        self._publisher.stop()
        self.node.flush()
        return self._ledger.as_dict()

    def sent(self) -> dict[str, int]:
        return self._ledger.as_dict()

    def refused(self) -> int:
        return self._publisher.refused

    def pause_reading(self) -> None:
        self._receiver.pause()

    def resume_reading(self) -> None:
        self._receiver.resume()

    def account(self) -> dict[str, Any]:
        report = self._receiver.account.as_dict()
        lost = self.node.stats().lost - self._settled_loss
        return report | {"node_id": self.node.node_id, "lost": lost}

    def last(self) -> list[list[Any]]:
        return self._receiver.account.last()

    def publishers(self) -> int:
        return self._receiver.account.publishers()

    def forget(self, owners: list[str]) -> None:
        """Drops these owners' streams from the account, with all that was lost of them."""
        account = self._receiver.account
        account.forget(owners)
        self._settled_loss = self.node.stats().lost - account.lost()

    def table(self) -> dict[str, Any]:
        """The state of the cluster as this node sees it."""
        return {
            "peers": [[p.endpoint, p.node_id, str(p.state)] for p in self.node.peers()],
            "topics": [[t.topic, str(t.location), t.reachable] for t in self.node.list_topics()],
        }

    def stats(self) -> dict[str, Any]:
        return self.node.stats()._asdict()

    def fresh(self, topic: str) -> str | None:
        """A new node with one topic, beside the worker's own and in place of the last one; its endpoint."""
        if self._fresh is not None:
            self._fresh.close()
        self._fresh = spotmq.Spot()
        self._fresh.topic_create(topic)
        self._fresh.bind("tcp://127.0.0.1:0")
        return self._fresh.endpoint

    def publish_fresh(self, topic: str) -> None:
        assert self._fresh is not None
        self._fresh.publish(topic, b"first")

    def close(self) -> None:
        if self._fresh is not None:
            self._fresh.close()
        self._publisher.stop()
        self.node.close()
        self._receiver.join()


def main() -> None:
    worker = Worker(**json.loads(sys.argv[1]))
    for line in sys.stdin:
        method, args, kwargs = json.loads(line)
        found = getattr(worker, method, None) or getattr(worker.node, method)
        answer: list[Any]
        try:
            call: Callable[..., Any] = found if callable(found) else lambda: found  # noqa: B023
            answer = ["result", call(*args, **kwargs)]
        except spotmq.SpotError as error:
            answer = ["error", [type(error).__name__, str(error)]]
        print(json.dumps(answer), flush=True)
    worker.close()


if __name__ == "__main__":
    main()
