"""The threads for calls that wait for other nodes, and have no descriptor to wait by."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from spotmq import _threads
from spotmq._core import _async
from spotmq.asyncio._gate import running_loop

_P = ParamSpec("_P")
_T = TypeVar("_T")

_MOST = 32
_IDLE_S = 5.0
_EXIT_PATIENCE_S = 1.0


class _Pool:
    """Threads that are made when needed and end when idle.

    Not concurrent.futures: the interpreter's exit waits for its threads, however long their calls
    take; this one ends the calls first.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jobs: deque[Callable[[], None]] = deque()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._stopped = False
        self.interrupts: set[_async.Interrupt] = set()
        """Of the calls that are under way."""

    def submit(self, job: Callable[[], None], *, urgent: bool = False) -> None:
        """Run it as soon as a thread is free; at once when it is urgent."""
        with self._changed:
            if len(self._jobs) >= self._idle and (len(self._threads) < _MOST or urgent):
                thread = threading.Thread(target=self._work, name="spotmq-asyncio", daemon=True)
                thread.start()
                self._threads.add(thread)
            if urgent:
                self._jobs.appendleft(job)
            else:
                self._jobs.append(job)
            self._changed.notify()

    def _work(self) -> None:
        while job := self._next():
            job()
            del job  # with what it refers to, before this thread waits

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._idle += 1
            there = self._changed.wait_for(lambda: self._jobs or self._stopped, _IDLE_S)
            self._idle -= 1
            if there and not self._stopped:
                return self._jobs.popleft()
            self._threads.discard(threading.current_thread())
            return None

    def stop(self) -> None:
        """End every call and thread. One that comes back while the interpreter ends is unsafe."""
        with self._changed:
            self._stopped = True
            self._jobs.clear()
            threads = list(self._threads)
            self._changed.notify_all()
        for interrupt in list(self.interrupts):
            interrupt.set()
        _threads.join(threads, _EXIT_PATIENCE_S)


_pool = _Pool()


def _renew() -> None:
    """In a process that was forked off: the threads are the parent's."""
    global _pool
    _pool = _Pool()


os.register_at_fork(after_in_child=_renew)
# Nodes are closed after this, which was registered later.
atexit.register(lambda: _pool.stop())


async def in_thread(function: Callable[_P, _T], /, *args: _P.args, **keywords: _P.kwargs) -> _T:
    """Run a call of the core's in a thread; cancelling ends it within a twentieth of a second."""
    interrupt = _async.Interrupt()
    interrupts = _pool.interrupts

    def call() -> _T:
        interrupts.add(interrupt)
        try:
            with interrupt:
                return function(*args, **keywords)
        finally:
            interrupts.discard(interrupt)

    try:
        return await _submit(call, urgent=False)
    except asyncio.CancelledError:
        interrupt.set()
        raise


async def to_the_end(function: Callable[[], _T]) -> _T:
    """The same for what goes on when its task is cancelled, and waits for no other call."""
    return await _submit(function, urgent=True)


async def _submit(function: Callable[[], _T], *, urgent: bool) -> _T:
    loop = running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, error: BaseException | None) -> None:
        if future.done():  # cancelled
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def job() -> None:
        result, error = None, None
        try:
            result = function()
        except BaseException as raised:  # noqa: BLE001 — whatever it is, the task gets it
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits
            loop.call_soon_threadsafe(settle, result, error)
        del result, error  # the error's traceback leads back here

    _pool.submit(job, urgent=urgent)
    return await future
