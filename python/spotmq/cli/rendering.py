"""A message as text, JSON or a hexdump."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import spotmq
from spotmq.cli.output import printable

_WIDTH = 16


def as_text(message: spotmq.Message) -> str:
    """``topic data``; what is not printable is escaped, so that a message is a line."""
    return (
        f"{printable(message.topic)} {printable(message.data.decode('utf-8', 'backslashreplace'))}"
    )


def data_fields(data: bytes) -> dict[str, str]:
    """``data`` as it is where it is UTF-8, in base64 otherwise; ``encoding`` says which."""
    try:
        return {"data": data.decode(), "encoding": "utf-8"}
    except UnicodeDecodeError:
        return {"data": base64.b64encode(data).decode(), "encoding": "base64"}


def as_json(message: spotmq.Message) -> dict[str, Any]:
    return {
        "topic": message.topic,
        "seq": message.seq,
        "lost": message.lost,
        "node_id": message.node_id,
        "time": round(time.time(), 6),
        **data_fields(message.data),
    }


def as_hexdump(message: spotmq.Message) -> Iterator[str]:
    """A line about the message, then its bytes as ``hexdump -C`` prints them."""
    data = message.data
    yield f"{printable(message.topic)} seq {message.seq}, {len(data)} bytes"
    for offset in range(0, len(data), _WIDTH):
        row = data[offset : offset + _WIDTH]
        left, right = row[: _WIDTH // 2].hex(" "), row[_WIDTH // 2 :].hex(" ")
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{offset:08x}  {left:<23}  {right:<23}  |{text}|"
