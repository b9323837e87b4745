"""The core's log becomes records of ``logging.getLogger("spotmq")``.

Threads of the core put lines into a queue. A thread that is started here takes them, so that handlers
run in a thread that may run Python code. It is a thread of the system, because gevent and eventlet
replace Python's. A program that does not use logging has neither the thread nor the lines: the level
of the logger is read where something begins (a node is made, binds, adds a peer, subscribes, syncs),
and not at all until the program has imported logging.
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
    """Read the level of the logger, and tell it to the core."""
    if "logging" not in sys.modules:
        return
    level = _wanted()
    if level < _OFF and _log.claim():
        _start()
    _log.set_level(level)


def _wanted() -> int:
    import logging

    logger = logging.getLogger(_NAME)
    # Without any handler, Python would print warnings. A library leaves that to the program.
    if logger.hasHandlers():
        for number, name in enumerate(_LEVELS):
            if logger.isEnabledFor(getattr(logging, name)):
                return number
    return _OFF


def _start() -> None:
    try:
        _log.start_thread(_drain)
    except RuntimeError:  # the system has no thread left
        _log.give_up_claim()


def _drain() -> None:
    import logging

    threading.current_thread().name = "spotmq-log"
    logger = logging.getLogger(_NAME)
    while (taken := _log.take(_LOOK_AGAIN_MS)) is not None:
        dropped, lines = taken
        for level, created, text in lines:
            _handle(logger, getattr(logging, _LEVELS[level]), created, text)
        if dropped:  # the queue of lines was full
            text = f"{dropped} lines of this log were dropped"
            _handle(logger, logging.WARNING, lines[-1][1], text)
        _log.set_level(_wanted())


def _handle(logger: logging.Logger, level: int, created: float, text: str) -> None:
    if not (
        logger.isEnabledFor(level) and logger.hasHandlers()
    ):  # the program has changed it since the line was taken
        return
    try:
        record = logger.makeRecord(_NAME, level, "spotmq", 0, text, (), None)
        # The time of the event, rather than of this call.
        record.relativeCreated -= (record.created - created) * 1000
        record.created = created
        record.msecs = int(created % 1 * 1000) + 0.0
        logger.handle(record)
    except Exception:  # noqa: BLE001 — an error of a handler must not end the thread
        if sys.stderr is not None:
            traceback.print_exc()


def stop() -> None:
    """End the thread, at exit. It handles the lines of the closing nodes first."""
    _log.set_level(_OFF)
    _log.close()
    _log.join(_EXIT_PATIENCE_MS)
