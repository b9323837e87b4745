"""Protects: the codecs accept exactly the messages that PROTOCOL.md allows, whatever bytes arrive.

The oracle (wire_oracle.py) is written from the document alone. Where both accept a message they must also
agree on its meaning, so that the comparisons are equalities.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wire_oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spotmq._core import _wire

PROTOCOL = Path(__file__).parents[2] / "cpp" / "spot" / "wire" / "PROTOCOL.md"

# How long drawing takes says nothing of the codecs, and on a busy machine much of that.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
bounded = settings(untimed, max_examples=100)


READERS: dict[int, tuple[Callable[[list[bytes]], object], Callable[[list[bytes]], object]]] = {
    0x01: (_wire.decode_publish, wire_oracle.read_publish),
    0x02: (_wire.decode_topic, wire_oracle.read_topic),
    0x03: (_wire.decode_topic, wire_oracle.read_topic),
    0x05: (_wire.decode_query_resp, wire_oracle.read_query_resp),
    0x06: (_wire.decode_hello, wire_oracle.read_hello),
    0x07: (_wire.decode_hello, wire_oracle.read_hello),
    0x08: (_wire.decode_topics, wire_oracle.read_topics),
    0x09: (_wire.decode_peers, wire_oracle.read_peers),
    0x0A: (_wire.decode_fence, wire_oracle.read_fence),
    0x0C: (_wire.decode_lost, wire_oracle.read_lost),
    0x0D: (_wire.decode_subs, wire_oracle.read_subs),
    0x0E: (_wire.decode_ends, wire_oracle.read_ends),
    0x0F: (_wire.decode_barrier, wire_oracle.read_barrier),
    0x10: (_wire.decode_refused, wire_oracle.read_refused),
    0x11: (_wire.decode_shared, wire_oracle.read_shared),
}

COMMANDS = {*READERS, 0x04, 0x0B}  # QUERY and BYE are the command alone

# From a decoded value back to frames.
WRITERS: dict[int, Callable[[Any], list[bytes]]] = {
    0x01: lambda value: _wire.encode_publish(*value),
    0x02: lambda value: _wire.encode_subscribe(value),
    0x03: lambda value: _wire.encode_unsubscribe(value),
    0x05: lambda value: _wire.encode_query_resp(value),
    0x06: lambda value: _wire.encode_hello(value),
    0x07: lambda value: _wire.encode_welcome(value),
    0x08: lambda value: _wire.encode_topics(*value),
    0x09: lambda value: _wire.encode_peers(value),
    0x0A: lambda value: _wire.encode_fence(*value),
    0x0C: lambda value: _wire.encode_lost(value),
    0x0D: lambda value: _wire.encode_subs(*value),
    0x0E: lambda value: _wire.encode_ends(*value),
    0x0F: lambda value: _wire.encode_barrier(*value),
    0x10: lambda value: _wire.encode_refused(*value),
    0x11: lambda value: _wire.encode_shared(value),
}


# --- what arrives -------------------------------------------------------------------------------------

u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)
numbers = st.integers(1, 2**64 - 1)
characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
names = st.text(characters, min_size=1, max_size=30)  # twice that still fits into 255 bytes
topics = names.map(lambda name: re.sub(r"[*?]", "_", name).encode())
patterns = st.tuples(names, st.sampled_from("*?"), names).map(lambda parts: "".join(parts).encode())
labels = names.map(str.encode) | st.just(b"")
node_ids = st.binary(min_size=16, max_size=16).filter(any)
hellos = st.tuples(st.integers(1, 2**16 - 1), node_ids, labels, labels, labels, labels, u64, labels)

values: dict[int, st.SearchStrategy[Any]] = {
    0x01: st.tuples(topics, st.binary(max_size=40)),
    0x02: topics,
    0x03: topics,
    0x05: st.lists(topics, max_size=6),
    0x06: hellos,
    0x07: hellos,
    0x08: st.tuples(u64, st.lists(st.tuples(st.booleans(), topics), max_size=6)),
    0x09: st.lists(st.tuples(labels, node_ids), max_size=4),
    0x0A: st.tuples(st.binary(min_size=16, max_size=16), u64),
    0x0C: st.lists(st.tuples(topics, u64), max_size=4),
    0x0D: st.tuples(u32, st.lists(topics | patterns, max_size=6)),
    0x0E: st.tuples(u32, st.lists(st.tuples(topics, numbers), max_size=4)),
    0x0F: st.tuples(u32, numbers),
    0x10: st.tuples(st.integers(0, 2**16 - 1), labels),
    0x11: st.lists(topics, max_size=6),
}

# Frames that are nearly right, so that the decoders get past their first check.
plausible = st.one_of(
    topics,
    topics.map(lambda topic: b"+" + topic),
    patterns,
    node_ids,
    st.sampled_from([1, 2, 4, 7, 8, 9, 16, 24]).flatmap(
        lambda n: st.binary(min_size=n, max_size=n)
    ),
    st.integers(0, 5).map(lambda n: n.to_bytes(4, "little")),
    st.sampled_from([b"", b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"x" * 256]),
    st.binary(max_size=30),
)
arbitrary = st.lists(plausible, max_size=9)


@st.composite
def damaged(draw: st.DrawFn, code: int) -> list[bytes]:
    """A good message with one thing behind its command changed."""
    frames = WRITERS[code](draw(values[code]))
    at = draw(st.integers(1, len(frames)))
    if at == len(frames):
        return [*frames, draw(plausible)]
    kind = draw(st.sampled_from(["cut", "replace", "drop", "flip"]))
    frame = frames[at]
    if kind == "drop":
        return frames[:at] + frames[at + 1 :]
    if kind == "replace":
        frame = draw(plausible)
    elif frame:
        place = draw(st.integers(0, len(frame) - 1))
        tail = bytes([frame[place] ^ draw(st.integers(1, 255))]) + frame[place + 1 :]
        frame = frame[:place] + (tail if kind == "flip" else b"")
    return [*frames[:at], frame, *frames[at + 1 :]]


codes = pytest.mark.parametrize("code", sorted(READERS), ids=hex)


# --- control plane ------------------------------------------------------------------------------------


@codes
@bounded
@given(data=st.data())
def test_what_is_encoded_decodes_to_itself(code: int, data: st.DataObject) -> None:
    value = data.draw(values[code])
    frames = WRITERS[code](value)
    assert frames[0] == bytes([code])
    decode, oracle = READERS[code]
    assert decode(frames) == value
    assert oracle(frames[1:]) == value


@codes
@bounded
@given(data=st.data())
def test_whatever_arrives_is_read_as_the_document_says(code: int, data: st.DataObject) -> None:
    frames = data.draw(damaged(code) | arbitrary.map(lambda body: [bytes([code]), *body]))
    decode, oracle = READERS[code]
    assert decode(frames) == oracle(frames[1:])


@codes
def test_no_frames_at_all_are_malformed(code: int) -> None:
    decode, _ = READERS[code]
    assert decode([]) is None


def test_a_topic_count_over_the_limit_is_malformed() -> None:
    frames = _wire.encode_query_resp([b"a", b"b"])
    assert _wire.decode_query_resp(frames, 2) == [b"a", b"b"]
    assert _wire.decode_query_resp(frames, 1) is None


def test_command_codes() -> None:
    for code in range(256):
        expected = "ignored" if code >= 0x80 else "known" if code in COMMANDS else "malformed"
        assert _wire.classify(code) == expected


# --- data plane ---------------------------------------------------------------------------------------

headers = st.tuples(
    topics | st.binary(max_size=8),
    st.integers(0, 4),
    st.integers(0, 2**56 - 1),
    st.integers(0, 3) | u64,
    st.just(b"") | st.binary(max_size=20),
)


@bounded
@given(headers, st.integers(0, 40), st.booleans())
def test_data_frames_are_read_as_the_document_says(
    header: tuple[bytes, int, int, int, bytes], kept: int, whole: bool
) -> None:
    frame = _wire.data_frame(*header)
    if not whole:
        frame = frame[:kept]
    assert _wire.parse_data(frame) == wire_oracle.read_data(frame)


@bounded
@given(st.binary(max_size=300))
def test_arbitrary_bytes_as_data_frames(frame: bytes) -> None:
    assert _wire.parse_data(frame) == wire_oracle.read_data(frame)


@bounded
@given(st.lists(st.binary(max_size=300), max_size=8))
def test_records_come_back(records: list[bytes]) -> None:
    assert _wire.records(_wire.pack_records(records)) == records


@bounded
@given(st.lists(st.binary(max_size=10), max_size=5), st.integers(0, 80), st.binary(max_size=8))
def test_damaged_records_are_read_as_the_document_says(
    records: list[bytes], kept: int, tail: bytes
) -> None:
    payload = _wire.pack_records(records)[:kept] + tail
    assert _wire.records(payload) == wire_oracle.read_records(payload)


# --- names --------------------------------------------------------------------------------------------


@bounded
@given(topics | patterns | plausible | st.binary(min_size=250, max_size=260))
def test_names(raw: bytes) -> None:
    assert _wire.valid_topic(raw) == wire_oracle.is_topic(raw)
    assert _wire.valid_pattern(raw) == wire_oracle.is_pattern(raw)


@settings(untimed, max_examples=500)
@given(st.text("ab:é🎲*?", max_size=8), st.text("ab:é🎲", max_size=10))
def test_patterns_match_as_regular_expressions_do(pattern: str, topic: str) -> None:
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(c, re.escape(c)) for c in pattern)
    expected = re.fullmatch(expression, topic, re.DOTALL) is not None
    assert _wire.matches(pattern.encode(), topic.encode()) == expected


# --- the document -------------------------------------------------------------------------------------


def examples(kind: str) -> list[list[bytes]]:
    """The blocks of that kind in PROTOCOL.md: the bytes that begin each line ("--" is an empty frame)."""
    blocks = re.findall(rf"(?ms)^```{kind}\n(.*?)^```", PROTOCOL.read_text("utf-8"))
    line = re.compile(r"(--|[0-9a-f]{2}(?: [0-9a-f]{2})*)  +\S")
    found = [[line.match(text) for text in block.splitlines()] for block in blocks]
    assert all(match is not None for block in found for match in block)
    return [[bytes.fromhex(match[1].strip("-")) for match in block if match] for block in found]


def test_the_document_shows_every_command_as_it_is_encoded() -> None:
    shown = examples("frames")
    assert {frames[0][0] for frames in shown} == COMMANDS
    for frames in shown:
        code = frames[0][0]
        if code in READERS:
            assert WRITERS[code](READERS[code][0](frames)) == frames
        else:
            assert frames in (_wire.encode_query(), _wire.encode_bye())


def test_the_document_shows_data_frames_as_they_are_encoded() -> None:
    frames = [b"".join(fields) for fields in examples("data")]
    headers = [_wire.parse_data(frame) for frame in frames]
    assert [header[1] for header in headers if header] == [0, 1, 1, 2]
    for frame, header in zip(frames, headers, strict=True):
        assert header is not None
        assert _wire.data_frame(*header) == frame
    assert headers[1] is not None
    assert _wire.records(headers[1][4]) == [b"hi", b""]
