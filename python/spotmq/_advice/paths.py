"""Advice about the path of a Unix socket."""

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
    """Return the path of an ipc endpoint; None for other endpoints, and for abstract names."""
    path = endpoint.removeprefix(_PREFIX)
    return path if path != endpoint and path and not path.startswith("@") else None


def in_the_way(endpoint: str) -> str:
    """Return the advice for a path at which something else than a socket stands; empty otherwise."""
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
    """Return whether no node at all can bind an ipc endpoint that was refused with this errno."""
    return path_of(endpoint) is not None and (number in _NEVER or bool(in_the_way(endpoint)))


def advise_path(endpoint: str, number: int | None) -> str:
    """Return the advice for an ipc endpoint that the operating system refused."""
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
