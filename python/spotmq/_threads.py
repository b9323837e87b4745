"""Waiting for threads to end, counting only time in which they could run."""

from __future__ import annotations

import threading
from collections.abc import Iterable

_SLICE_S = 0.05


def join(threads: Iterable[threading.Thread], seconds: float) -> bool:
    """Wait so long for all of these threads, and return whether they have ended.

    It waits in slices. When the process is stopped, or the machine stalls, the threads cannot run,
    and only one slice of the time is over.
    """
    running = list(threads)
    for _ in range(max(1, round(seconds / _SLICE_S))):
        while running and not running[0].is_alive():
            running.pop(0)
        if not running:
            return True
        running[0].join(_SLICE_S)
    return not any(thread.is_alive() for thread in running)
