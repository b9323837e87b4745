"""Protects: a test's wait for a thread counts the time in which the thread could run, not that of a stall."""

import threading
import time

from helpers import PATIENCE

from spotmq import _threads


class Stalled(threading.Thread):
    """Runs on when it is waited for again: the first time it could not, as when the process is stopped."""

    def __init__(self, stall_s: float) -> None:
        super().__init__(daemon=True)
        self._stall_s = stall_s
        self._stalled = False
        self._may_run = threading.Event()

    def run(self) -> None:
        self._may_run.wait(PATIENCE)

    def join(self, timeout: float | None = None) -> None:
        if not self._stalled:
            self._stalled = True
            time.sleep(self._stall_s)
        else:
            self._may_run.set()
            super().join(PATIENCE)


def test_a_stall_is_not_waiting() -> None:
    threads = [Stalled(0.21), Stalled(0.21)]
    for thread in threads:
        thread.start()
    assert _threads.join(threads, 0.2)


def test_it_waits_no_longer_than_told() -> None:
    end = threading.Event()
    threads = [threading.Thread(target=end.wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert not _threads.join(threads, 0.1)
    end.set()
    assert _threads.join(threads, PATIENCE)
    assert _threads.join([], 0.1)
