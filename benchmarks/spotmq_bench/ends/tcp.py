"""A bare TCP socket's ends: what the machine itself takes."""

from __future__ import annotations

import socket
import time
from multiprocessing.connection import Connection

from spotmq_bench.harness.workers import Contender


class _End:
    def __init__(self, connection: socket.socket, size: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = connection
        self.payload = bytes(size)

    def receive(self) -> bytes:
        # Small payloads come in one piece; the loop is for those that do not.
        data = self.connection.recv(len(self.payload))
        while len(data) < len(self.payload):
            more = self.connection.recv(len(self.payload) - len(data))
            if not more:
                raise ConnectionError("the other end closed")
            data += more
        return data

    def close(self) -> None:
        self.connection.close()


class Ping(_End):
    def __init__(self, link: Connection, size: int) -> None:
        super().__init__(socket.create_connection(link.recv()), size)

    def run(self, count: int) -> list[float]:
        send, receive, payload, clock = (
            self.connection.sendall,
            self.receive,
            self.payload,
            time.perf_counter,
        )
        times = []
        for _ in range(count):
            begin = clock()
            send(payload)
            receive()
            times.append(clock() - begin)
        return times


class Pong(_End):
    def __init__(self, link: Connection, size: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            link.send(listener.getsockname())
            connection, _ = listener.accept()
        super().__init__(connection, size)

    def run(self, count: int) -> list[float]:
        send, receive = self.connection.sendall, self.receive
        for _ in range(count):
            send(receive())
        return []


LATENCY = Contender("TCP socket", Ping, Pong)
