"""Tasks that wait until a descriptor is readable."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections import deque
from typing import Protocol

from spotmq._core import _async
from spotmq.errors import Closed


class Source(Protocol):
    """A receive queue or a queue of events: it has the descriptor."""

    def fileno(self) -> int: ...

    def poll(self, timeout_ms: float | None = None) -> bool: ...


def running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "spotmq.asyncio needs a running asyncio event loop (asyncio's, uvloop's, or anyio's on "
            "the asyncio backend); under trio use spotmq.Spot in trio.to_thread.run_sync()"
        ) from None


async def next_turn() -> None:
    """Let the loop go round once. Raises RuntimeError without a loop."""
    running_loop()
    await asyncio.sleep(0)
    _async.begin_turn()


def _expire(waiter: asyncio.Future[bool]) -> None:
    if not waiter.done():
        waiter.set_result(False)


class Gate:
    """Wakes one waiting task each time the loop finds the descriptor readable.

    1. The loop watches the descriptor between two waits, too, because to begin and to end that are
       system calls. It ends when the descriptor is readable and no task waits.
    2. The descriptor is level-triggered. When the woken task was cancelled and took nothing, the
       loop finds it readable again, and wakes the next task.
    3. A gate belongs to the loop of the tasks that wait. Another loop may use it when none waits.

    Not thread-safe, except for close().
    """

    __slots__ = ("__weakref__", "_fd", "_loop", "_pid", "_source", "_waiters", "closed")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd = -1  # the descriptor that the loop watches; -1: none
        self._pid = 0  # the process in which it does
        self._waiters: deque[asyncio.Future[bool]] = deque()
        self.closed = False

    async def pause(self, over: bool) -> bool:
        """Wait, for the native iterator: for the next turn of the loop, or for something to take.

        Returns False when it was closed.
        """
        if over:
            await asyncio.sleep(0)
        else:
            await self.readable(None)
        return not self.closed

    async def readable(self, timeout_s: float | None) -> bool:
        """Wait. Returns True when there may be something to take, False when the time is over."""
        if self.closed:
            return True
        loop = self._attach()
        waiter: asyncio.Future[bool] = loop.create_future()
        timer = None if timeout_s is None else loop.call_later(timeout_s, _expire, waiter)
        self._waiters.append(waiter)
        try:
            self._watch(loop)
            return await waiter
        finally:
            if timer is not None:
                timer.cancel()
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def close(self) -> None:
        """Wake all tasks that wait, and let none wait any more. Idempotent."""
        self.closed = True
        loop = self._loop
        self._unwatch()
        if loop is None or loop.is_closed():
            return
        if _is_here(loop):
            self._wake_all()
        else:
            loop.call_soon_threadsafe(self._wake_all)

    def _attach(self) -> asyncio.AbstractEventLoop:
        loop = running_loop()
        before = self._loop
        if loop is before:
            return loop
        if before is not None and not before.is_closed():
            if any(not waiter.done() for waiter in self._waiters):
                raise RuntimeError(
                    "a task of another event loop waits for this queue's messages; "
                    "give each loop a subscriber() of its own"
                )
            self._unwatch()
        self._fd = -1
        self._waiters.clear()
        self._loop = loop
        return loop

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._fd < 0:
            fd = self._source.fileno()
            this: weakref.ref[Gate] = weakref.ref(self)
            loop.add_reader(fd, _on_readable, this, loop, fd)
            self._fd = fd
            self._pid = os.getpid()

    def _unwatch(self) -> None:
        fd, loop = self._fd, self._loop
        self._fd = -1
        # A forked child shares the loop's epoll descriptor: a change here would be one in the parent.
        if fd < 0 or loop is None or loop.is_closed() or self._pid != os.getpid():
            return
        if _is_here(loop):
            loop.remove_reader(fd)
        else:
            # The source is kept until then, so that its descriptor is not closed and used again.
            loop.call_soon_threadsafe(_forget, loop, fd, self._source)

    def _look(self) -> None:
        """Called by the loop: the descriptor is readable."""
        waiters = self._waiters
        while waiters and waiters[0].done():
            waiters.popleft()
        if not waiters:
            self._unwatch()
            return
        try:
            there = self._source.poll(0)
        except Closed:
            self._unwatch()
            self._wake_all()
            return
        if there:
            waiters.popleft().set_result(True)

    def _wake_all(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(True)

    def __del__(self) -> None:
        self._unwatch()


def _is_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop may be changed from here: it runs in this thread, or does not run."""
    return not loop.is_running() or asyncio._get_running_loop() is loop


def _forget(loop: asyncio.AbstractEventLoop, fd: int, _source: Source) -> None:
    loop.remove_reader(fd)


def _on_readable(ref: weakref.ref[Gate], loop: asyncio.AbstractEventLoop, fd: int) -> None:
    gate = ref()
    if gate is None or gate._loop is not loop:
        loop.remove_reader(fd)
    else:
        gate._look()
