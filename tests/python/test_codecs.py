"""Protects: codecs: encoding and decoding gives back every value that a codec promises to take."""

import datetime
import pickle
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from typing_extensions import Buffer

from spotmq.codecs import Codec, Json, MsgPack, Msgspec, NumPy, Pickle, Text, named

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]))


def nested(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20
    )


def through(codec: Codec[Any], value: Any) -> Any:
    """As a subscriber decodes it: from a read-only view."""
    return codec.decode(memoryview(cast(Buffer, codec.encode(value))).toreadonly())


class Trade(msgspec.Struct):
    symbol: str
    price: float
    tags: list[str] = []


@dataclass
class Point:
    x: int
    y: int


@given(nested(SCALARS))
def test_json(value: Any) -> None:
    assert through(Json(), value) == value


@given(nested(SCALARS | st.binary()))
def test_msgpack(value: Any) -> None:
    assert through(MsgPack(), value) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text(value: str) -> None:
    assert through(Text(), value) == value


@given(nested(SCALARS | st.binary() | st.tuples(st.integers(), st.text())))
def test_pickle(value: Any) -> None:
    assert through(Pickle(trust=True), value) == value


@pytest.mark.parametrize("form", ["msgpack", "json"])
@given(
    symbol=st.text(st.characters(exclude_categories=["Cs"])),
    price=st.floats(allow_nan=False, allow_infinity=False),
    tags=st.lists(st.text(st.characters(exclude_categories=["Cs"]))),
)
def test_structs(form: Any, symbol: str, price: float, tags: list[str]) -> None:
    trade = Trade(symbol, price, tags)
    assert through(Msgspec(Trade, format=form), trade) == trade


def test_any_type_that_msgspec_knows() -> None:
    assert through(Msgspec(Point), Point(1, 2)) == Point(1, 2)
    pair: Codec[Any] = Msgspec(tuple[int, str])
    assert through(pair, (1, "a")) == (1, "a")
    assert through(MsgPack(), datetime.datetime(2026, 1, 1)) == "2026-01-01T00:00:00"


DTYPES = (
    st_numpy.boolean_dtypes()
    | st_numpy.integer_dtypes()
    | st_numpy.unsigned_integer_dtypes()
    | st_numpy.floating_dtypes(sizes=(16, 32, 64))
    | st_numpy.complex_number_dtypes(sizes=(64, 128))
    | st_numpy.datetime64_dtypes()
    | st_numpy.timedelta64_dtypes()
    | st_numpy.byte_string_dtypes()
    | st_numpy.unicode_string_dtypes()
)
SHAPES = st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)


@given(st_numpy.arrays(DTYPES, SHAPES), st.booleans(), st.booleans())
def test_arrays(array: Any, transposed: bool, strided: bool) -> None:
    if strided and array.ndim:
        array = array[::2]
    if transposed:
        array = array.T
    came = through(NumPy(), array)
    assert (came.dtype, came.shape) == (array.dtype, array.shape)
    assert came.tobytes() == array.tobytes()
    assert not came.flags.writeable
    if came.size > 1 and array.flags.f_contiguous and not array.flags.c_contiguous:
        assert came.flags.f_contiguous


def test_an_array_is_a_view_of_the_message() -> None:
    codec = NumPy()
    payload = codec.encode(np.arange(1000.0).reshape(10, 100))
    view = memoryview(payload)
    came = codec.decode(view)
    assert np.shares_memory(came, np.frombuffer(view, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        came[0, 0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        came.flags.writeable = True


def test_an_array_can_be_had_aligned() -> None:
    payload = NumPy().encode(np.arange(100.0))
    for shift in range(8):
        moved = memoryview(bytes(shift) + payload)[shift:]
        plain, aligned = NumPy().decode(moved), NumPy(aligned=True).decode(moved)
        assert aligned.flags.aligned
        assert not aligned.flags.writeable
        assert (plain == aligned).all()
        assert (plain == np.arange(100.0)).all()


def test_the_bytes_of_an_array() -> None:
    payload = NumPy().encode(np.array([[1, 2]], dtype="<u2"))
    header = b"\x93SNA\x01\x00\x02\x03" + (1).to_bytes(8, "little") + (2).to_bytes(8, "little")
    assert payload == header + b"<u2" + bytes(5) + b"\x01\x00\x02\x00"
    assert len(payload) % 16 == 4


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (Json(), float("nan")),
        (Json(), float("inf")),
        (Json(), b"bytes"),
        (Json(), {1, 2}),
        (Json(), "\ud800"),
        (MsgPack(), object()),
        (MsgPack(), 2**64),
        (Text(), b"bytes"),
        (Text(), "\ud800"),
        (Msgspec(Trade), {"symbol": "A"}),
        (Msgspec(Point), Trade("A", 1)),
        (NumPy(), [1, 2]),
        (NumPy(), np.array([object()])),
        (NumPy(), np.zeros(2, "i4,f8")),
        (NumPy(), np.zeros(2, "V8")),
        (NumPy(), np.ma.array([1, 2], mask=[False, True])),
        (NumPy(), np.zeros(2, np.longdouble)),
        (Pickle(trust=True), lambda: None),
    ],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_what_cannot_be_encoded_is_refused(codec: Codec[Any], value: Any) -> None:
    with pytest.raises(
        (TypeError, ValueError, OverflowError, AttributeError, pickle.PicklingError), match=r"\w"
    ):
        codec.encode(value)


def test_names() -> None:
    assert [repr(named(name)) for name in ("json", "msgpack", "numpy", "text")] == [
        "Json()",
        "MsgPack()",
        "NumPy()",
        "Text()",
    ]
    own = Json()
    assert named(own) is own
    with pytest.raises(ValueError, match="did you mean 'json'"):
        named("jsn")
    with pytest.raises(ValueError, match="there are json, msgpack, numpy, text"):
        named("protobuf")
    with pytest.raises(TypeError, match="call it"):
        named(Json)
    for wrong in (None, 1, object(), [], b"json"):
        with pytest.raises(TypeError):
            named(wrong)


def test_pickle_is_not_to_be_had_by_accident() -> None:
    for name in ("pickle", "Pickle", "PICKLE"):
        with pytest.raises(ValueError, match="trust=True"):
            named(name)
    wrong: Any
    for wrong in (False, 1, None, "yes"):
        with pytest.raises(ValueError, match="runs what its sender wrote"):
            Pickle(trust=wrong)
    with pytest.raises(TypeError):
        Pickle()  # type: ignore[call-arg]
    assert "WARNING" in (Pickle.__doc__ or "")


def test_wrong_formats_and_types() -> None:
    wrong: Any = "xml"
    with pytest.raises(ValueError, match="format"):
        Msgspec(Trade, format=wrong)
    with pytest.raises(TypeError):
        Msgspec(Trade | Point)  # type: ignore[arg-type]


def test_an_extra_that_is_missing_is_named() -> None:
    program = (
        "import sys\n"
        "sys.modules['msgspec'] = sys.modules['numpy'] = None\n"
        "import spotmq\n"
        "with spotmq.Spot() as spot:\n"
        "    for codec in ('msgpack', 'numpy'):\n"
        "        try:\n"
        "            spot.publisher('a', codec)\n"
        "        except ImportError as error:\n"
        "            print(error)\n"
        "    spot.publisher('a', 'json', create=True).publish([1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all("pip install 'spotmq[codecs]'" in line for line in lines)


def test_codecs_load_nothing_until_they_are_used() -> None:
    program = "import sys, spotmq.codecs; print({'msgspec', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
