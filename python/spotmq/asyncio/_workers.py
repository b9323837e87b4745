"""Threads for the calls that wait for other nodes: the core has no descriptor for these."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import errno
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from spotmq import _core, _threads
from spotmq._core import _async
from spotmq.asyncio._gate import running_loop
from spotmq.errors import SpotError

_P = ParamSpec("_P")
_T = TypeVar("_T")

_AT_ONCE = 32
"""Up to so many threads, one is made whenever a call finds none free."""
_RELIEF_S = 0.02
"""More are made when a call has waited so long, because the calls of the others may never end."""
_IDLE_S = 5.0
_EXIT_PATIENCE_S = 1.0


class _Pool:
    """Threads that are made when needed and end when idle. Thread-safe.

    It is not that of concurrent.futures, because the interpreter's exit waits for those threads,
    however long their calls take. This one ends the calls first.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._jobs: deque[Callable[[], None]] = deque()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        """How many threads are free, or are being started."""
        self._stopped = False
        self.interrupts: set[_async.Interrupt] = set()
        """The interrupts of the calls that are under way."""

    def submit(self, job: Callable[[], None], *, urgent: bool = False) -> bool:
        """Run the job as soon as a thread is free; at once when it is urgent.

        Returns whether it may have to wait: then relieve() is due after a while. Raises SpotError
        (EAGAIN) when there is no thread, and none can be had.
        """
        with self._changed:
            short = len(self._jobs) >= self._idle
            if short and (len(self._threads) < _AT_ONCE or urgent):
                short = not self._add_thread()
                if not self._threads:
                    raise SpotError(errno.EAGAIN, "the system gives no thread for this call")
            if urgent:
                self._jobs.appendleft(job)
            else:
                self._jobs.append(job)
            self._changed.notify()
        return short

    def relieve(self) -> bool:
        """Add threads for the jobs that wait. Returns whether some of them still wait."""
        with self._changed:
            short = len(self._jobs) - self._idle
            return any(not self._add_thread() for _ in range(short))

    def _add_thread(self) -> bool:
        thread = threading.Thread(target=self._work, name="spotmq-asyncio", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no thread left
            return False
        self._threads.add(thread)
        self._idle += 1
        return True

    def _work(self) -> None:
        job = self._next()
        while job:
            job()
            del job  # and the objects that it holds, before this thread waits
            job = self._next(freed=True)

    def _next(self, *, freed: bool = False) -> Callable[[], None] | None:
        with self._changed:
            self._idle += freed
            there = self._changed.wait_for(lambda: self._jobs or self._stopped, _IDLE_S)
            self._idle -= 1
            if there and not self._stopped:
                return self._jobs.popleft()
            self._threads.discard(threading.current_thread())
            return None

    def stop(self) -> None:
        """End every call and thread: a thread must not return to Python while the interpreter ends."""
        _core._begin_exit()
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
    """Begin anew in a forked child, which has none of the parent's threads."""
    global _pool
    _pool = _Pool()


os.register_at_fork(after_in_child=_renew)
# It runs before the nodes are closed, because it was registered later than that.
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
    except InterruptedError:  # the interpreter ends
        _async.stay_out_at_exit()
        raise


async def to_the_end(function: Callable[[], _T]) -> _T:
    """Run a call in a thread at once, and to its end, even when its task is cancelled."""
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
        except BaseException as raised:  # noqa: BLE001 — the task gets every exception
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop was closed, and its tasks are gone
            loop.call_soon_threadsafe(settle, result, error)
        del result, error  # the error's traceback holds this frame: a circle

    if _pool.submit(job, urgent=urgent):
        loop.call_later(_RELIEF_S, _relieve, loop)
    return await future


def _relieve(loop: asyncio.AbstractEventLoop) -> None:
    if _pool.relieve() and not loop.is_closed():
        loop.call_later(_RELIEF_S, _relieve, loop)
