"""Peers that send and receive raw frames, made of pyzmq alone."""

import struct
import time
from types import TracebackType
from typing import TypeVar

import zmq
from helpers import PATIENCE

PUBLISH, SUBSCRIBE, UNSUBSCRIBE, QUERY, QUERY_RESP = (bytes([code]) for code in range(1, 6))
HELLO, WELCOME, TOPICS, PEERS, FENCE, BYE, LOST, SUBS = (bytes([code]) for code in range(6, 14))
REFUSED, SHARED = b"\x10", b"\x11"

_Self = TypeVar("_Self", bound="Raw")


class Raw:
    """A socket of its own context, closed without waiting."""

    def __init__(self, kind: int, **options: int | bytes) -> None:
        self.context = zmq.Context()
        self.socket: zmq.Socket[bytes] = self.context.socket(kind)
        self.socket.linger = 0
        for name, value in options.items():
            setattr(self.socket, name, value)

    def send(self, *frames: bytes) -> None:
        self.socket.send_multipart(frames)

    def receive(self, timeout: float = PATIENCE) -> list[bytes]:
        if not self.socket.poll(int(timeout * 1000)):
            raise AssertionError(f"no message for {timeout} s")
        return self.socket.recv_multipart()

    def receive_command(self, command: bytes, timeout: float = PATIENCE) -> list[bytes]:
        """The next message of this command; others are passed over. The routing id is left out."""
        deadline = time.monotonic() + timeout
        while True:
            frames = self.receive(max(0.001, deadline - time.monotonic()))
            if self.socket.type == zmq.ROUTER:
                frames = frames[1:]
            if frames[0] == command:
                return frames

    def quiet(self, timeout: float = 0.2) -> bool:
        return not self.socket.poll(int(timeout * 1000))

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.context.destroy(0)


class Dealer(Raw):
    """A plain client of a node."""

    def __init__(self, endpoint: str | None) -> None:
        super().__init__(zmq.DEALER)
        assert endpoint is not None
        self.socket.connect(endpoint)

    def query(self) -> list[bytes]:
        self.send(QUERY)
        return self.receive_command(QUERY_RESP)


class Router(Raw):
    """A listener that nodes are told to connect to."""

    def __init__(self) -> None:
        super().__init__(zmq.ROUTER)
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.clients: list[bytes] = []

    def serve(self, *topics: bytes, times: int = 1) -> bytes:
        """Answers so many QUERYs; returns the routing id of the last who asked."""
        while True:
            routing_id, *frames = self.receive()
            if frames[0] == QUERY:
                self.send(routing_id, QUERY_RESP, u32(len(topics)), *topics)
                times -= 1
                if times == 0:
                    return routing_id

    def receive_from(self, command: bytes) -> tuple[bytes, list[bytes]]:
        while True:
            routing_id, *frames = self.receive()
            if frames[0] == command:
                return routing_id, frames


class Subscriber(Raw):
    """A raw receiver on a node's data endpoint."""

    def __init__(self, endpoint: str | None, *filters: bytes) -> None:
        super().__init__(zmq.SUB, rcvhwm=0)
        assert endpoint is not None
        for prefix in filters:
            self.socket.subscribe(prefix)
        self.socket.connect(endpoint)


def u16(value: int) -> bytes:
    return struct.pack("<H", value)


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


def data_frame(topic: bytes, flags: int, source: bytes, seq: int, payload: bytes = b"") -> bytes:
    return topic + b"\0" + bytes([flags]) + source + u64(seq) + payload


def hello(
    node_id: bytes,
    *,
    name: bytes = b"",
    data: bytes = b"",
    features: int = 0,
    cluster: bytes | None = None,
) -> list[bytes]:
    known = [HELLO, u16(1), node_id, name, b"", data, b"", u64(features)]
    return known if cluster is None else [*known, cluster]
