"""Shared by the Python tests: waits for conditions, checks of errors, addresses. No test sleeps for a fixed
time.
"""

import errno
import itertools
import os
import random
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psutil
import pytest

import spotmq

# How long an expected event may take. It is generous, because a test that passes does not wait so long.
PATIENCE = 30.0
PATIENCE_MS = int(PATIENCE * 1000)

TRANSPORTS = ("tcp", "ipc", "inproc")

_T = TypeVar("_T")
_numbers = itertools.count()
_random = random.SystemRandom()  # whoever seeds the usual one would make all runs alike
_given: set[int] = set()


def wait_until(condition: Callable[[], _T], timeout: float = PATIENCE, what: str = "") -> _T:
    """Asks again and again until the answer is true, and returns it."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            pytest.fail(f"not within {timeout} s: {what or condition}")
        time.sleep(0.002)


BASES: dict[type[spotmq.SpotError], tuple[type[BaseException] | None, int]] = {
    spotmq.AlreadyBound: (FileExistsError, errno.EEXIST),
    spotmq.TopicExists: (FileExistsError, errno.EEXIST),
    spotmq.PeerExists: (FileExistsError, errno.EEXIST),
    spotmq.TopicNotFound: (LookupError, errno.ENOENT),
    spotmq.PeerNotFound: (LookupError, errno.ENOENT),
    spotmq.NotSubscribed: (LookupError, errno.ENOENT),
    spotmq.PeerUnreachable: (ConnectionError, errno.EHOSTUNREACH),
    spotmq.AddressInUse: (None, errno.EADDRINUSE),
    spotmq.InvalidEndpoint: (ValueError, errno.EINVAL),
    spotmq.InvalidTopic: (ValueError, errno.EINVAL),
    spotmq.Timeout: (TimeoutError, errno.ETIMEDOUT),
    spotmq.Again: (BlockingIOError, errno.EAGAIN),
    spotmq.Closed: (None, errno.ENOTSOCK),
    spotmq.MessageTooLarge: (None, errno.EMSGSIZE),
    spotmq.DecodeError: (ValueError, errno.EBADMSG),
    spotmq.ConfigError: (ValueError, errno.EINVAL),
}


@contextmanager
def fails(
    cls: type[spotmq.SpotError], subject: str | None = None, number: int | None = None
) -> Iterator[pytest.ExceptionInfo[Any]]:
    """The block raises exactly this class, with the errno, bases, subject and text of the contract."""
    with pytest.raises(cls) as caught:
        yield caught
    error = caught.value
    base, usual_number = BASES[cls]
    assert type(error) is cls
    assert isinstance(error, spotmq.SpotError)
    assert isinstance(error, OSError)
    assert base is None or isinstance(error, base)
    assert error.errno == (usual_number if number is None else number)
    assert error.subject == subject
    assert str(error)
    if subject:
        assert subject in str(error)


def free_tcp_port() -> int:
    """A port that was free a moment ago, outside the range that the kernel gives out by itself.

    Another one every time, and taken at random, so that two runs on one machine do not ask for the same.
    """
    ports = range(20000, 32000)
    for port in _random.sample(ports, len(ports)):
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _given.add(port)
            return port
    raise RuntimeError("no free port")


def unique(prefix: str) -> str:
    return f"{prefix}-{os.getpid()}-{next(_numbers)}"


def up(node: spotmq.Spot, count: int = 1) -> bool:
    """Whether that many peers of the node are UP."""
    return sum(peer.state is spotmq.PeerState.UP for peer in node.peers()) >= count


def knows(node: spotmq.Spot, *topics: str) -> bool:
    return all(node.topic_exists(topic) for topic in topics)


def receive(node: spotmq.Spot, count: int) -> list[spotmq.Message]:
    """Exactly so many messages, one by one."""
    return [node.recv(PATIENCE_MS) for _ in range(count)]


def payloads(node: spotmq.Spot, count: int) -> list[bytes]:
    return [message.data for message in receive(node, count)]


def silent(node: spotmq.Spot, *proofs: tuple[spotmq.Spot, str]) -> bool:
    """Whether nothing waits at the node, once what was published before has passed.

    Each proof is an owner and a topic of its that the node subscribes to: a message sent last on the same
    connection is the first to come.
    """
    for owner, topic in proofs:
        owner.publish(topic, b"proof")
        if node.recv(PATIENCE_MS) != (topic, b"proof"):
            return False
    return not node.poll(0)


def rests(queue: spotmq.Spot | spotmq.Subscriber) -> bool:
    """Whether nothing waits, and the descriptor says so once somebody has looked.

    A socket wakes whoever selects on it for what is no message, too; looking ends that.
    """
    return not queue.poll(0) and not select.select([queue], [], [], 0)[0]


@contextmanager
def memory_stays(limit: int = 60 * 1024 * 1024) -> Iterator[None]:
    process = psutil.Process()
    before = process.memory_info().rss
    yield
    assert process.memory_info().rss - before < limit
