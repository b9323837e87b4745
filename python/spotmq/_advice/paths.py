"""What stands in the way of a Unix socket."""

from __future__ import annotations

import errno
import os
import stat

from spotmq._nearest import shown

_KINDS = (
    (stat.S_ISREG, "a file"),
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
)
_PREFIX = "ipc://"
_NEVER = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


def path_of(endpoint: str) -> str | None:
    """The path of an ipc endpoint that has one."""
    path = endpoint.removeprefix(_PREFIX)
    return path if path != endpoint and path and not path.startswith("@") else None


def in_the_way(endpoint: str) -> str:
    """What stands at the path instead of a socket; empty: a socket, or nothing."""
    path = path_of(endpoint)
    try:
        mode = os.lstat(path).st_mode if path else stat.S_IFSOCK
    except (OSError, ValueError):
        return ""
    if stat.S_ISSOCK(mode):
        return ""
    kind = next((words for is_kind, words in _KINDS if is_kind(mode)), "something else")
    return f"{kind} stands there, and only a socket that nobody listens on is replaced"


def is_final(endpoint: str, number: int | None) -> bool:
    """Whether neither this node nor another one can be at an ipc endpoint that was refused so."""
    return path_of(endpoint) is not None and (number in _NEVER or bool(in_the_way(endpoint)))


def advise_path(endpoint: str, number: int | None) -> str:
    """What to do about an ipc endpoint that the operating system refused."""
    path = path_of(endpoint)
    if path is None:
        return ""
    folder = os.path.dirname(path) or "."
    if number == errno.ENOENT:
        return f"make the folder '{shown(folder)}' first"
    if number == errno.ENOTDIR:
        return f"'{shown(folder)}' is no folder"
    if number in (errno.EACCES, errno.EPERM):
        return f"this user may not make or replace a socket in '{shown(folder)}'"
    return ""
