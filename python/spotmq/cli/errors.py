"""The errors of commands: one line on standard error, and an exit status.

====  ==========================================================
0     done
1     it could not be done: the line says what and why
2     the command line is wrong
130   Ctrl-C; 129 and 143 for SIGHUP and SIGTERM
141   whoever read the output went away (128 + SIGPIPE, as of cat)
====  ==========================================================
"""

FAILED = 1
USAGE = 2
INTERRUPTED = 130
OUTPUT_CLOSED = 141


class UserError(Exception):
    """The command cannot do it. The text says why and, where there is a way, what to do."""


class UsageError(UserError):
    """The arguments do not go together."""


class OutputClosed(Exception):
    """The reader of standard output has closed it."""
