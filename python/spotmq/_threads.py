"""Waiting for threads to end, by time in which they could run."""

from __future__ import annotations

import threading
from collections.abc import Iterable

_SLICE_S = 0.05


def join(threads: Iterable[threading.Thread], seconds: float) -> bool:
    """Wait so long for all of them, and return whether they have ended.

    In slices: when the process is stopped, or the machine stalls, one of them passes and not the
    whole time, in which the threads could do nothing.
    """
    running = list(threads)
    for _ in range(max(1, round(seconds / _SLICE_S))):
        while running and not running[0].is_alive():
            running.pop(0)
        if not running:
            return True
        running[0].join(_SLICE_S)
    return not any(thread.is_alive() for thread in running)
