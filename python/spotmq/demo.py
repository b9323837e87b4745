"""The main job, for real: three nodes in three processes share topics over TCP and move messages.

Each node owns two topics, learns those of the others, subscribes to them and publishes a numbered
stream on one of its own while it receives the streams of the others. Every message is counted and
its place in the stream checked.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import spotmq

NODES = ("alpha", "beta", "gamma")
ANSWER_TIMEOUT_S = 60
RECEIVE_TIMEOUT_MS = 20_000
SYNC_TIMEOUT_MS = 5_000
CHUNK = 1_000


@dataclass
class Report:
    """The counts of one node."""

    name: str
    endpoint: str = ""
    topics: list[str] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)
    received: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


def _stream(name: str) -> str:
    return f"{name}:stream"


def _hello(name: str) -> str:
    return f"{name}:hello"


def _publish_stream(spot: spotmq.Spot, topic: str, messages: int, size: int) -> None:
    for start in range(0, messages, CHUNK):
        stop = min(start + CHUNK, messages)
        spot.publish_many(
            topic, [number.to_bytes(8, "little").ljust(size) for number in range(start, stop)]
        )


def _receive(spot: spotmq.Spot, others: Iterable[str], messages: int, report: Report) -> None:
    """Take the others' greetings and streams, and see that nothing is missing or out of order."""
    expected = {_stream(name): 0 for name in others}
    greetings = {_hello(name) for name in others}
    started = 0.0
    while greetings or any(count < messages for count in expected.values()):
        for message in spot.recv_many(timeout_ms=RECEIVE_TIMEOUT_MS):
            topic, data = message
            report.lost += message.lost
            if topic in greetings:
                greetings.remove(topic)
                report.greetings.append(data.decode())
                continue
            started = started or time.perf_counter()
            number = int.from_bytes(data[:8], "little")
            if number != expected[topic]:
                report.problems.append(f"{topic}: got {number} instead of {expected[topic]}")
                return
            expected[topic] += 1
    report.seconds = time.perf_counter() - started
    report.received = expected


def _cooperate(
    spot: spotmq.Spot, pipe: Connection, messages: int, size: int, report: Report
) -> None:
    # 1. Listen, and tell the endpoint. The parent answers with the endpoints of all nodes.
    spot.bind("tcp://127.0.0.1:0")
    report.endpoint = spot.endpoint or ""
    spot.topic_create(_hello(report.name))
    spot.topic_create(_stream(report.name))
    pipe.send(report.endpoint)
    endpoints: dict[str, str] = pipe.recv()
    others = [name for name in NODES if name != report.name]

    # 2. Share topics, and subscribe to those of the others.
    for name in others:
        spot.cluster_add(endpoints[name], timeout_ms=SYNC_TIMEOUT_MS)
    spot.cluster_sync(SYNC_TIMEOUT_MS)
    for info in spot.list_topics():
        owners = "" if info.location is spotmq.Location.LOCAL else " ".join(info.endpoints)
        report.topics.append(f"{info.topic:<14} {info.location!s:<7} {owners}".rstrip())
    spot.subscribe(*(f"{name}:*" for name in others))
    report.peers = [f"{peer.name} {peer.state}" for peer in spot.peers()]

    # 3. When all are subscribed, publish and receive at the same time.
    pipe.send("subscribed")
    pipe.recv()
    spot.publish(_hello(report.name), f"hello from {report.name}".encode())
    publisher = threading.Thread(
        target=_publish_stream, args=(spot, _stream(report.name), messages, size), daemon=True
    )
    publisher.start()
    _receive(spot, others, messages, report)
    publisher.join(ANSWER_TIMEOUT_S)


def _node(name: str, pipe: Connection, messages: int, size: int) -> None:
    """One process of the cluster."""
    report = Report(name)
    try:
        # "block": every message is to arrive, however long that takes.
        with spotmq.Spot(name=name, overflow="block") as spot:
            _cooperate(spot, pipe, messages, size, report)
            pipe.send(report)
            pipe.recv()  # the others may still be receiving from here
    except (spotmq.SpotError, EOFError, OSError) as error:
        report.problems.append(f"{type(error).__name__}: {error}")
        pipe.send(report)


def _answer(name: str, pipe: Connection) -> object:
    if not pipe.poll(ANSWER_TIMEOUT_S):
        raise RuntimeError(f"{name} did not answer within {ANSWER_TIMEOUT_S} s")
    try:
        answer: object = pipe.recv()
    except EOFError:
        raise RuntimeError(f"{name} died") from None
    if isinstance(answer, Report) and answer.problems:
        raise RuntimeError(f"{name}: {'; '.join(answer.problems)}")
    return answer


def _lead(pipes: dict[str, Connection]) -> list[Report]:
    """Take all nodes through the steps together."""
    endpoints = {name: _answer(name, pipe) for name, pipe in pipes.items()}
    for step in (endpoints, "go"):
        for pipe in pipes.values():
            pipe.send(step)
        answers = [_answer(name, pipe) for name, pipe in pipes.items()]
    for pipe in pipes.values():
        pipe.send("done")
    return [answer for answer in answers if isinstance(answer, Report)]


def _print(report: Report, size: int) -> None:
    print(f"\n{report.name} at {report.endpoint}; peers: {', '.join(report.peers)}")
    for line in report.topics:
        print(f"  topic     {line}")
    for text in report.greetings:
        print(f"  received  {text!r}")
    for topic, count in report.received.items():
        print(f"  received  {count:,} messages of {topic}, in order")
    total = sum(report.received.values())
    rate = total / report.seconds if report.seconds else 0.0
    print(f"  rate      {rate:,.0f} messages/s ({rate * size / 1e6:,.1f} MB/s), lost {report.lost}")


def run(messages: int = 200_000, size: int = 16) -> int:
    """Run the demo; returns the exit status: 0 when everything arrived everywhere."""
    size = max(size, 8)
    print(f"Three processes, each publishing {messages:,} messages of {size} bytes to the others.")
    spawn = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    processes = []
    started = time.perf_counter()
    try:
        for name in NODES:
            ours, theirs = spawn.Pipe()
            process = spawn.Process(
                target=_node, args=(name, theirs, messages, size), name=name, daemon=True
            )
            process.start()
            theirs.close()
            pipes[name] = ours
            processes.append(process)
        reports = _lead(pipes)
        for process in processes:
            process.join(ANSWER_TIMEOUT_S)
    except RuntimeError as error:
        print(f"\nFAILED: {error}")
        return 1
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()
    for report in reports:
        _print(report, size)
    moved = sum(sum(report.received.values()) for report in reports)
    wanted = messages * len(NODES) * (len(NODES) - 1)
    lost = sum(report.lost for report in reports)
    failed = [process.name for process in processes if process.exitcode != 0]
    seconds = time.perf_counter() - started
    print(f"\n{moved:,} of {wanted:,} messages arrived, {lost} lost; {seconds:.1f} s in all.")
    if failed:
        print(f"FAILED: {', '.join(failed)} did not end in good order")
    return 0 if moved == wanted and lost == 0 and not failed else 1
