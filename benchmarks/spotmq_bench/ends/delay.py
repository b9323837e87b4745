"""A TCP proxy that hands on at once what goes to a server, and with a delay what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import TypeVar

CHUNK = 1 << 16
Result = TypeVar("Result")


async def _later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Hand on everything, in order, each piece so long after it came."""
    clock = asyncio.get_running_loop().time
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def collect() -> None:
        data = b"."
        while data:
            data = await reader.read(CHUNK)
            pieces.put_nowait((clock() + delay, data))

    collecting = asyncio.create_task(collect())
    try:
        while True:
            due, data = await pieces.get()
            if due > clock():
                await asyncio.sleep(due - clock())
            if not data:
                return
            writer.write(data)
            await writer.drain()
    finally:
        collecting.cancel()
        writer.close()


class DelayedEndpoints:
    """The proxies of one process, in a thread of their own."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._links: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def _do(self, work: Coroutine[object, object, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def before(self, endpoint: str) -> str:
        """The endpoint of a new proxy before that one."""
        host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
        return f"tcp://127.0.0.1:{self._do(self._listen(host, int(port)))}"

    async def _listen(self, host: str, port: int) -> int:
        async def link(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task:
                self._links.add(task)
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                answers, requests = await asyncio.open_connection(host, port)
                await asyncio.gather(
                    _later(reader, requests, 0), _later(answers, writer, self._delay)
                )
            if task:
                self._links.discard(task)

        server = await asyncio.start_server(link, "127.0.0.1", 0)
        self._servers.append(server)
        address: tuple[str, int] = server.sockets[0].getsockname()
        return address[1]

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._links:
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    def close(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
