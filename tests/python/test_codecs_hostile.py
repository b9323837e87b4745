"""Protects: a codec answers a hostile payload with an exception, and never with a crash or memory in
proportion to a claim.
"""

import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import msgspec
import numpy as np
import pytest
from helpers import memory_stays
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import Buffer

from spotmq.codecs import Codec, Json, MsgPack, Msgspec, NumPy, Text


class Order(msgspec.Struct):
    amounts: list[int]
    names: dict[str, int]


CODECS: list[Codec[Any]] = [
    Json(),
    MsgPack(),
    Msgspec(Order),
    Msgspec(Order, format="json"),
    NumPy(),
    NumPy(aligned=True),
    Text(),
]
# A list of small values is some tens of times as large as its bytes; that is Python's way, not a claim's.
FACTOR = 300
SLACK = 200_000


@contextmanager
def bounded(size: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < FACTOR * size + SLACK


def attempt(codec: Codec[Any], payload: bytes) -> None:
    """Decodes it, or fails with an exception that becomes a DecodeError."""
    with bounded(len(payload)), suppress(ValueError, TypeError, RecursionError):
        codec.decode(memoryview(payload))


@pytest.mark.parametrize("codec", CODECS, ids=repr)
@given(payload=st.binary(max_size=300))
def test_anything(codec: Codec[Any], payload: bytes) -> None:
    attempt(codec, payload)


SAMPLES: list[tuple[Codec[Any], Any]] = [
    (Json(), {"a": [1, 2.5, None, True, "é"], "b": {"c": []}}),
    (MsgPack(), {"a": [1, 2.5, None, True, "é", b"x" * 40], "b": {"c": list(range(20))}}),
    (Msgspec(Order), Order(list(range(20)), {"a": 1})),
    (NumPy(), np.arange(12.0).reshape(3, 4)),
    (NumPy(), np.array(["a", "bc"])),
    (NumPy(), np.array(["2026-01-01"], "M8[25s]")),
]


@pytest.mark.parametrize(("codec", "value"), SAMPLES, ids=lambda value: repr(value)[:20])
@given(data=st.data())
def test_what_was_changed_on_the_way(codec: Codec[Any], value: Any, data: st.DataObject) -> None:
    payload = bytearray(cast(Buffer, codec.encode(value)))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    attempt(codec, bytes(payload[: data.draw(st.integers(0, len(payload)))]))


def header(shape: tuple[int, ...], name: bytes = b"<f8", flags: int = 0, version: int = 1) -> bytes:
    text = struct.pack("<4sBBBB", b"\x93SNA", version, flags, len(shape), len(name))
    text += struct.pack(f"<{len(shape)}Q", *shape) + name
    return text + bytes(-len(text) % 16)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x93SNA",
        header((1,))[:-1],
        header((2,)) + bytes(8),
        header((1,)) + bytes(16),
        header((2**61,)),
        header((2**63, 2)),
        header((2**32, 2**32)),
        header((2**64 - 1,)),
        header((2**32, 2**32, 0)) + bytes(0),
        header((0, 2**63)),
        header((2**61, 8, 0)),
        header((1,) * 65) + bytes(8),
        header((1,) * 255) + bytes(8),
        header((1,), b"|O") + bytes(8),
        header((1,), b"O") + bytes(8),
        header((1,), b"<f8,<f8") + bytes(16),
        header((1,), b"|V8") + bytes(8),
        header((1,), b"<f16") + bytes(16),
        header((1,), b"") + bytes(8),
        header((1,), b"|S0"),
        header((1,), b"<U0"),
        header((0,), b"<U999999999"),
        header((1,), b"<M8[0s]") + bytes(8),
        header((1,), b"<M8[99999999999s]") + bytes(8),
        header((1,), b"<f8\n") + bytes(8),
        header((1,), b"\xff\xfe") + bytes(8),
        header((1,), "<f８".encode()) + bytes(8),
        header((1,), flags=2) + bytes(8),
        header((1,), version=2) + bytes(8),
        header((2,), b"|b1") + b"\x01\x02",
    ],
    ids=lambda payload: payload[4:40].hex(),
)
def test_headers_that_claim_too_much(payload: bytes) -> None:
    with bounded(len(payload)), pytest.raises((ValueError, TypeError)):
        NumPy().decode(memoryview(payload))


def test_many_dimensions() -> None:
    shape = (1,) * 32
    assert NumPy().decode(memoryview(header(shape) + bytes(8))).shape == shape


@pytest.mark.parametrize(
    "payload",
    [
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01",
        b"\xdd\x00\x10\x00\x00" * 500 + b"\xc0" * 100_000,
        b"\xdf\x00\x10\x00\x00" * 500 + b"\xc0" * 100_000,
        b"\x81\x80" + b"\xc0",
        b"\x91" * 100_000,
        b"\x81\xa1a" * 100_000,
    ],
    ids=lambda payload: payload[:6].hex(),
)
@pytest.mark.parametrize("codec", [MsgPack(), Msgspec(Order), Msgspec(list)], ids=repr)
def test_msgpack_that_claims_too_much(codec: Codec[Any], payload: bytes) -> None:
    with memory_stays(), pytest.raises((ValueError, TypeError, RecursionError)):
        codec.decode(memoryview(payload))


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"1" * 100_000,
        b"NaN",
        b"-Infinity",
        b"[1,]",
        b"\xff\xfe1\x00",
        b'"\xed\xa0\x80"',
        b"1 2",
        b"\xef\xbb\xbf1",
    ],
    ids=lambda payload: payload[:6].hex(),
)
def test_json_that_is_none(payload: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        Json().decode(memoryview(payload))
