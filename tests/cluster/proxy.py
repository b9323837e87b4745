"""A TCP proxy that delays, slices, resets and corrupts the bytes between two nodes, in a thread of its own.

A node tells its peers the ports of its three endpoints. So the proxy listens on the same ports at another
address of this machine, which the node advertises.
"""

import asyncio
import random
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

NODE_HOST = "127.0.0.1"
PROXY_HOST = "127.0.0.2"
CHUNK = 64 * 1024
# How much may be on its way through a delay: then the sender waits, as on a real line.
CHUNKS_UNDER_WAY = 256
SLICES_PER_TURN = 64

_T = TypeVar("_T")


@dataclass
class Weather:
    """May be changed at any time; applies to what arrives from then on."""

    delay: float = 0.0  # seconds, each way
    slice_bytes: int = 0  # how many bytes are sent at once; 0: as they came
    corrupt_every: int = 0  # one byte in so many is changed, on average; 0: none


class Proxy:
    """Stands in front of a node that binds to these ports at NODE_HOST and advertises PROXY_HOST."""

    def __init__(self, ports: Sequence[int], seed: int = 1) -> None:
        self.weather = Weather()
        self.connections = 0  # that were ever made
        self.corrupted = 0  # bytes
        self._ports = ports
        self._random = random.Random(seed)
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._pumps: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._servers = [self._call(self._listen(port)) for port in self._ports]
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def reset(self) -> None:
        """Ends every connection at both ends, with a reset."""
        self._call(self._abort_all())

    @contextmanager
    def resetting(self, every: float) -> Iterator[None]:
        """Resets all connections again and again while the block lasts."""
        done = threading.Event()

        def run() -> None:
            while not done.wait(every):
                self.reset()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _call(self, work: Awaitable[_T]) -> _T:
        async def run() -> _T:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    async def _listen(self, port: int) -> asyncio.AbstractServer:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._connect(reader, writer, port)

        return await asyncio.start_server(accepted, PROXY_HOST, port)

    async def _connect(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
    ) -> None:
        try:
            onward_reader, onward = await asyncio.open_connection(NODE_HOST, port)
        except OSError:  # nobody listens: neither do we
            _abort(writer)
            return
        self.connections += 1
        self._open |= {writer, onward}
        for source, sink in ((reader, onward), (onward_reader, writer)):
            pump = self._loop.create_task(self._pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)
            pump.add_done_callback(lambda _: self._close_both(writer, onward))

    def _close_both(self, *writers: asyncio.StreamWriter) -> None:
        for writer in writers:
            self._open.discard(writer)
            writer.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """One direction of one connection."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_UNDER_WAY)
        delivery = self._loop.create_task(self._deliver(under_way, sink))
        try:
            while data := await source.read(CHUNK):
                await under_way.put((time.monotonic() + self.weather.delay, self._corrupt(data)))
            await under_way.put((0.0, b""))
            await delivery
        except OSError:
            pass
        finally:
            delivery.cancel()

    async def _deliver(
        self, under_way: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter
    ) -> None:
        try:
            while True:
                due, data = await under_way.get()
                if not data:
                    return
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await self._write(sink, data)
        except OSError:
            return

    async def _write(self, sink: asyncio.StreamWriter, data: bytes) -> None:
        size = self.weather.slice_bytes or len(data)
        for number, at in enumerate(range(0, len(data), size)):
            sink.write(data[at : at + size])  # at once, unless the kernel is full
            if number % SLICES_PER_TURN == 0:
                await sink.drain()
                await asyncio.sleep(0)
        await sink.drain()

    def _corrupt(self, data: bytes) -> bytes:
        every = self.weather.corrupt_every
        if every == 0 or self._random.random() > len(data) / every:
            return data
        changed = bytearray(data)
        changed[self._random.randrange(len(data))] ^= self._random.randrange(1, 256)
        self.corrupted += 1
        return bytes(changed)

    async def _abort_all(self) -> None:
        for writer in list(self._open):
            _abort(writer)
        self._open.clear()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        await self._abort_all()
        pumps = list(self._pumps)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


def _abort(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None and found.fileno() >= 0:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
