"""Protects: the format of recordings: every message comes back, a cut is no error, and damage is found."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotmq.cli.recording import Damaged, Reader, Record, encode_header, encode_record

TOPICS = st.text(
    st.characters(exclude_characters="\0*?", exclude_categories=["Cs"]), min_size=1, max_size=60
)
RECORDS = st.builds(
    Record,
    time_ns=st.integers(0, 2**64 - 1),
    topic=TOPICS,
    data=st.binary(max_size=200),
    seq=st.integers(0, 2**64 - 1),
    lost=st.integers(0, 2**64 - 1),
    node_id=st.binary(min_size=16, max_size=16).map(bytes.hex),
)
FILES = st.lists(RECORDS, max_size=6)


def file_of(records: list[Record]) -> bytes:
    return encode_header() + b"".join(map(encode_record, records))


def read(data: bytes) -> tuple[list[Record], bool]:
    reader = Reader(io.BytesIO(data))
    return [*reader], reader.cut


@given(FILES)
def test_what_was_written_is_read(records: list[Record]) -> None:
    assert read(file_of(records)) == (records, False)


@given(FILES, st.data())
def test_a_file_that_is_cut_is_good_up_to_there(records: list[Record], data: st.DataObject) -> None:
    whole = file_of(records)
    header = len(encode_header())
    size = data.draw(st.integers(header, len(whole)))
    ends = [header]
    for record in records:
        ends.append(ends[-1] + len(encode_record(record)))
    complete = sum(end <= size for end in ends) - 1
    assert read(whole[:size]) == (records[:complete], size not in ends)


@given(st.lists(RECORDS, min_size=1, max_size=4), st.data())
@settings(max_examples=300)
def test_a_flipped_bit_is_found(records: list[Record], data: st.DataObject) -> None:
    whole = bytearray(file_of(records))
    place = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[place // 8] ^= 1 << place % 8
    with pytest.raises(Damaged):
        read(bytes(whole))


@given(st.binary(max_size=200))
def test_what_is_no_recording_is_refused(garbage: bytes) -> None:
    with pytest.raises(Damaged):
        read(garbage)
    with pytest.raises(Damaged):
        read(encode_header() + b"\x01" * 12 + garbage)


def test_it_is_read_while_it_grows() -> None:
    """Iterating goes on where it ended, when what came since ended with a whole record."""
    records = [Record(n, "news", bytes(n)) for n in range(3)]
    stream = io.BytesIO(encode_header())
    reader = Reader(stream)
    for record in records:
        assert [*reader] == []
        place = stream.tell()
        stream.write(encode_record(record))
        stream.seek(place)
        assert [*reader] == [record]


def test_a_length_is_not_believed_before_the_bytes_are_there() -> None:
    """Four gigabytes are announced, and nothing follows: nothing is allocated for them."""
    head = struct.pack("<II", 2**32 - 1, 0)
    claim = head + struct.pack("<I", zlib.crc32(head))
    assert read(encode_header() + claim + b"few") == ([], True)


def test_the_bytes_are_those_of_the_description() -> None:
    head = b"\x89spotrec" + struct.pack("<HH", 1, 0)
    assert encode_header() == head + struct.pack("<I", zlib.crc32(head))
    body = struct.pack("<QQQ", 5, 6, 7) + bytes(range(16)) + b"\x04news" + b"hello"
    start = struct.pack("<II", len(body), zlib.crc32(body))
    record = Record(5, "news", b"hello", 6, 7, bytes(range(16)).hex())
    assert encode_record(record) == start + struct.pack("<I", zlib.crc32(start)) + body


def test_another_version_is_named() -> None:
    head = b"\x89spotrec" + struct.pack("<HH", 2, 0)
    with pytest.raises(Damaged, match="version 2"):
        read(head + struct.pack("<I", zlib.crc32(head)))


@pytest.mark.parametrize("topic", ["", "x" * 256])
def test_what_does_not_fit_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="topic"):
        encode_record(Record(0, topic, b""))
