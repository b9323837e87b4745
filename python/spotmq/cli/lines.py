"""Messages from a stream of bytes: the bytes between two separators are one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BufferedReader

_CHUNK = 1 << 16

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\"}


def separator_bytes(text: str) -> bytes:
    r"""The bytes of a separator as it is written on a command line; knows \n \r \t \0 \\."""
    out: list[str] = []
    chars = iter(text)
    for char in chars:
        if char != "\\":
            out.append(char)
            continue
        escaped = next(chars, "")
        if escaped not in _ESCAPES or not escaped:
            raise ValueError(f"{text!r}: after \\ only n, r, t, 0 and \\ mean something")
        out.append(_ESCAPES[escaped])
    if not out:
        raise ValueError("is empty")
    return os.fsencode("".join(out))


def read_records(stream: BufferedReader, end: bytes) -> Iterator[list[bytes]]:
    """The stream's records, as many at a time as have come, so that none waits for the next.

    The last one needs no separator behind it. Records may be empty.
    """
    rest = bytearray()
    while True:
        chunk = stream.read1(_CHUNK)
        if not chunk:
            break
        seen = max(0, len(rest) - len(end) + 1)  # the bytes before hold no separator
        rest += chunk
        if rest.find(end, seen) < 0:
            continue
        *whole, tail = bytes(rest).split(end)
        yield whole
        rest = bytearray(tail)
    if rest:
        yield [bytes(rest)]
