"""The core's log becomes records of ``logging.getLogger("spotmq")``.

Threads of the core leave lines in a queue; a thread started here takes them, so that handlers run
where Python code may run. (A thread of the system's: gevent and eventlet replace Python's.) A program that does not use logging has neither the thread nor the
lines: the logger's level is looked at where something begins (a node is made, binds, adds a peer,
subscribes, syncs), and not at all while nobody has imported logging.
"""

from __future__ import annotations

import sys
import threading
import traceback
from typing import TYPE_CHECKING

from spotmq._core import _log

if TYPE_CHECKING:
    import logging

_NAME = "spotmq"
_LEVELS = ("DEBUG", "INFO", "WARNING")  # as the core numbers them
_OFF = len(_LEVELS)
_LOOK_AGAIN_MS = 1_000
_EXIT_PATIENCE_MS = 1_000


def look() -> None:
    """Tell the core what the logger wants by now."""
    if "logging" not in sys.modules:
        return
    level = _wanted()
    if level < _OFF and _log.claim():
        _start()
    _log.set_level(level)


def _wanted() -> int:
    import logging

    logger = logging.getLogger(_NAME)
    # Without a handler anywhere Python would print warnings: a library leaves that to the program.
    if logger.hasHandlers():
        for number, name in enumerate(_LEVELS):
            if logger.isEnabledFor(getattr(logging, name)):
                return number
    return _OFF


def _start() -> None:
    try:
        _log.start_thread(_drain)
    except RuntimeError:  # no thread can be had
        _log.give_up_claim()


def _drain() -> None:
    import logging

    threading.current_thread().name = "spotmq-log"
    logger = logging.getLogger(_NAME)
    while (taken := _log.take(_LOOK_AGAIN_MS)) is not None:
        dropped, lines = taken
        for level, created, text in lines:
            _handle(logger, getattr(logging, _LEVELS[level]), created, text)
        if dropped:  # after a full queue of lines
            text = f"{dropped} lines of this log were dropped"
            _handle(logger, logging.WARNING, lines[-1][1], text)
        _log.set_level(_wanted())


def _handle(logger: logging.Logger, level: int, created: float, text: str) -> None:
    if not (logger.isEnabledFor(level) and logger.hasHandlers()):  # it changed meanwhile
        return
    try:
        record = logger.makeRecord(_NAME, level, "spotmq", 0, text, (), None)
        # When it happened, rather than now.
        record.relativeCreated -= (record.created - created) * 1000
        record.created = created
        record.msecs = int(created % 1 * 1000) + 0.0
        logger.handle(record)
    except Exception:  # noqa: BLE001 — a handler's: the next line is another chance
        if sys.stderr is not None:
            traceback.print_exc()


def stop() -> None:
    """End the thread, at exit. What the nodes said when they closed is still told."""
    _log.set_level(_OFF)
    _log.close()
    _log.join(_EXIT_PATIENCE_MS)
