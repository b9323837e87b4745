"""Records when its own process did not run for a while although it was ready to.

A process that is not scheduled is silent, and other nodes rightly call it so. To distinguish that from a
fault, a test of times needs the records of every process that takes part, also of those that were killed; so
a witness writes them to a file.
"""

import os
import struct
import threading
import time
from pathlib import Path

EVERY = 0.01
# Shorter ones are how any machine schedules.
NOTABLE = 0.05

_BEAT = struct.Struct("=d")
_GAP = struct.Struct("=dd")


class Witness:
    """A thread that looks at the clock all the time; time.monotonic() is that of the whole machine."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        self._stop = threading.Event()
        os.pwrite(self._file, _BEAT.pack(time.monotonic()), 0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        last = time.monotonic()
        end = _BEAT.size
        while not self._stop.wait(EVERY):
            now = time.monotonic()
            if now - last > NOTABLE:
                os.pwrite(self._file, _GAP.pack(last, now), end)
                end += _GAP.size
            os.pwrite(self._file, _BEAT.pack(now), 0)
            last = now

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._file)


def gaps(path: Path, until: float) -> list[tuple[float, float]]:
    """When that process did not run; the last gap may still go on."""
    data = path.read_bytes() if path.exists() else b""
    if len(data) < _BEAT.size:
        return []
    whole = len(data) - (len(data) - _BEAT.size) % _GAP.size
    found = [(begin, end) for begin, end in _GAP.iter_unpack(data[_BEAT.size : whole])]
    (beat,) = _BEAT.unpack_from(data)
    return [*found, (beat, until)] if until - beat > NOTABLE else found
