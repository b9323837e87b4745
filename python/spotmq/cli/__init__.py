"""The ``spot`` command.

``spot demo``, ``spot bench`` and ``spot --version`` need nothing but Python; the rest comes with the
extra: ``pip install 'spotmq[cli]'``. Each command is a module of its own; what they share:

============  ==================================================================
errors        exit statuses, and errors that are the user's
app           the table of commands, and what becomes of errors
options       arguments and options that several commands have
session       a node at ENDPOINT: bound there, or joined
inbox         receiving until something says stop
output        lines on standard output, notes on standard error, tables
rendering     a message as text, JSON or a hexdump
recording     the file format of record and replay
lines         messages from a stream of bytes: what stands between two separators
publishing    what pub and replay share: a node that drops nothing, topics, a pace
traffic       counting messages by topic, for top
screen        top's table on a terminal
signals       waiting that Ctrl-C ends, whenever it comes
basic         the commands that need no extra, where the extra is missing
============  ==================================================================
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if importlib.util.find_spec("typer") and importlib.util.find_spec("rich"):
            from spotmq.cli import app

            return app.run(arguments)
        from spotmq.cli import basic

        return basic.run(arguments)
    except KeyboardInterrupt:
        return 130
