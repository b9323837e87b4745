r"""The file format of ``spot record`` and ``spot replay``, version 1.

Integers are unsigned and little-endian. A file is a header and records, one after the other, only ever
appended to: it can be read while it grows, and one that was cut short is good up to there.

======  =======================================================================
header  16 bytes
======  =======================================================================
8       ``\x89spotrec``
u16     version, 1
u16     zero
u32     CRC-32 of the twelve bytes before
======  =======================================================================

======  =======================================================================
record  12 bytes, then its body
======  =======================================================================
u32     length of the body, 42 to 2\ :sup:`32` - 1
u32     CRC-32 of the body
u32     CRC-32 of the eight bytes before, so that a wrong length is never believed
body:
u64     when it was received, in nanoseconds since 1970 (UTC)
u64     seq, the message's number at its owner
u64     how many messages were lost just before it
16      node id of the owner
u8      length of the topic in bytes, at least 1
…       the topic, UTF-8
…       the payload, the rest of the body
======  =======================================================================

Within a file times do not go back. A file that ends within a record is being written, or was cut: reading
ends there without an error, and ``Reader.cut`` says so. Anything else that breaks a rule is damage.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAGIC = b"\x89spotrec"
VERSION = 1

_HEADER = struct.Struct("<8sHH")
_CRC = struct.Struct("<I")
_HEAD = struct.Struct("<II")
_BODY = struct.Struct("<QQQ16sB")
_HEAD_SIZE = _HEAD.size + _CRC.size
_CHUNK = 1 << 20


class Damaged(Exception):
    """The file is no recording, of another version, or not as it was written."""


class Record(NamedTuple):
    """A message, and when it was received."""

    time_ns: int
    """In nanoseconds since 1970."""
    topic: str
    data: bytes
    seq: int = 0
    lost: int = 0
    node_id: str = "0" * 32


def encode_header() -> bytes:
    head = _HEADER.pack(MAGIC, VERSION, 0)
    return head + _CRC.pack(zlib.crc32(head))


def encode_record(record: Record) -> bytes:
    """Raises ValueError for a topic of more than 255 bytes, or a payload of more than 4 GiB."""
    topic = record.topic.encode()
    if not 1 <= len(topic) <= 255:
        raise ValueError(f"a topic of {len(topic)} bytes")
    fixed = _BODY.pack(
        record.time_ns, record.seq, record.lost, bytes.fromhex(record.node_id), len(topic)
    )
    size = len(fixed) + len(topic) + len(record.data)
    if size >= 1 << 32:
        raise ValueError(f"a payload of {len(record.data)} bytes")
    crc = zlib.crc32(record.data, zlib.crc32(topic, zlib.crc32(fixed)))
    head = _HEAD.pack(size, crc)
    return b"".join((head, _CRC.pack(zlib.crc32(head)), fixed, topic, record.data))


class Reader:
    """The records of a stream. Iterating ends where the stream does, for now or for good.

    Raises Damaged.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.cut: bool = False
        """Whether the stream ended within a record."""
        header = self._take(_HEADER.size + _CRC.size)
        if not MAGIC.startswith(header[: len(MAGIC)]):
            raise Damaged("this is no recording")
        if len(header) < _HEADER.size + _CRC.size:
            raise Damaged("it ends within its header")
        _, version, _ = _HEADER.unpack_from(header)
        if _CRC.unpack_from(header, _HEADER.size)[0] != zlib.crc32(header[: _HEADER.size]):
            raise Damaged("its header is damaged")
        if version != VERSION:
            raise Damaged(f"it is of version {version}, and only {VERSION} is known here")
        self._offset = len(header)

    def __iter__(self) -> Iterator[Record]:
        while True:
            head = self._take(_HEAD_SIZE)
            if len(head) < _HEAD_SIZE:
                self.cut = bool(head)
                return
            size, crc = _HEAD.unpack_from(head)
            if _CRC.unpack_from(head, _HEAD.size)[0] != zlib.crc32(head[: _HEAD.size]):
                raise self._damaged("head")
            if size < _BODY.size + 1:
                raise self._damaged("length")
            body = self._take(size)
            if len(body) < size:
                self.cut = True
                return
            if crc != zlib.crc32(body):
                raise self._damaged("body")
            yield self._record(body)
            self._offset += _HEAD_SIZE + size

    def _record(self, body: bytes) -> Record:
        time_ns, seq, lost, node_id, topic_size = _BODY.unpack_from(body)
        topic = body[_BODY.size : _BODY.size + topic_size]
        if not 1 <= len(topic) == topic_size:
            raise self._damaged("topic")
        try:
            name = topic.decode()
        except UnicodeDecodeError:
            raise self._damaged("topic") from None
        return Record(time_ns, name, body[_BODY.size + topic_size :], seq, lost, node_id.hex())

    def _damaged(self, what: str) -> Damaged:
        return Damaged(f"the record at byte {self._offset} is damaged ({what})")

    def _take(self, size: int) -> bytes:
        """Read so many bytes, fewer at the end. No memory is allocated for bytes that have not come."""
        parts: list[bytes] = []
        while size > 0:
            part = self._stream.read(min(size, _CHUNK))
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
