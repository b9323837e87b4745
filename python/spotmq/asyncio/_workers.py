"""The threads for calls that wait for other nodes, and have no descriptor to wait by."""

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
"""So many threads are made as soon as they are wanted."""
_RELIEF_S = 0.02
"""Further ones come when a call has waited so long: the others may be waiting for ever."""
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
        """Those that are free, or start: nobody is to start another one in their stead."""
        self._stopped = False
        self.interrupts: set[_async.Interrupt] = set()
        """Of the calls that are under way."""

    def submit(self, job: Callable[[], None], *, urgent: bool = False) -> bool:
        """Run it as soon as a thread is free; at once when it is urgent.

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
        """Add threads for those who wait. Returns whether some of them go on waiting."""
        with self._changed:
            short = len(self._jobs) - self._idle
            return any(not self._add_thread() for _ in range(short))

    def _add_thread(self) -> bool:
        thread = threading.Thread(target=self._work, name="spotmq-asyncio", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives none
            return False
        self._threads.add(thread)
        self._idle += 1
        return True

    def _work(self) -> None:
        job = self._next()
        while job:
            job()
            del job  # with what it refers to, before this thread waits
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
        """End every call and thread. One that comes back while the interpreter ends is unsafe."""
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
    except InterruptedError:  # the interpreter ends
        _async.stay_out_at_exit()
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

    if _pool.submit(job, urgent=urgent):
        loop.call_later(_RELIEF_S, _relieve, loop)
    return await future


def _relieve(loop: asyncio.AbstractEventLoop) -> None:
    if _pool.relieve() and not loop.is_closed():
        loop.call_later(_RELIEF_S, _relieve, loop)
