"""Protects: a payload that means nothing in another process, or would lose a part of it, is refused."""

import array
import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import PATIENCE_MS

import spotmq
from spotmq.codecs import NumPy

Publish = Callable[[Any], object]


@pytest.fixture(params=["publish", "copy=False", "publish_many", "publisher"])
def publish(request: pytest.FixtureRequest, node: spotmq.Spot) -> Publish:
    node.topic_create("t")
    node.subscribe("t")
    ways: dict[str, Publish] = {
        "publish": lambda data: node.publish("t", data),
        "copy=False": lambda data: node.publish("t", data, copy=False),
        "publish_many": lambda data: node.publish_many("t", [data]),
        "publisher": node.publisher("t").publish,
    }
    return ways[str(request.param)]


class _Structure(ctypes.Structure):
    _fields_ = (("OPz", ctypes.c_int), ("pointer", ctypes.c_char_p))


class _Plain(ctypes.Structure):
    _fields_ = (("OPz", ctypes.c_int), ("Z", ctypes.c_double))


ADDRESSES: dict[str, Callable[[], Any]] = {
    "objects": lambda: np.array([object(), "x"], dtype=object),
    "a large array of objects": lambda: np.array([None] * 20_000),
    "a view of objects": lambda: memoryview(np.array([object()])),  # type: ignore[arg-type]
    "an object among fields": lambda: np.zeros(2, dtype=[("x", "<i4"), ("y", object)]),
    "an object beside a date": lambda: np.zeros(2, dtype=[("d", "M8[D]"), ("y", object)]),
    "a scalar with an object": lambda: np.zeros(2, dtype=[("x", "<i4"), ("y", object)])[0],
    "ctypes objects": lambda: (ctypes.py_object * 2)(),
    "ctypes pointers": lambda: (ctypes.POINTER(ctypes.c_int) * 2)(),
    "ctypes addresses": lambda: (ctypes.c_void_p * 2)(1, 2),
    "ctypes strings": lambda: (ctypes.c_char_p * 2)(b"a", b"b"),
    "ctypes wide strings": lambda: (ctypes.c_wchar_p * 2)("a", "b"),
    "ctypes functions": lambda: (ctypes.CFUNCTYPE(None) * 2)(),
    "a ctypes structure": lambda: (_Structure * 2)(),
}
if hasattr(np.dtypes, "StringDType"):  # NumPy 2
    ADDRESSES["str of any length"] = lambda: np.array(["a", "b"], dtype=np.dtypes.StringDType())


@pytest.mark.parametrize("kind", ADDRESSES)
def test_addresses_are_refused(publish: Publish, node: spotmq.Spot, kind: str) -> None:
    with pytest.raises(TypeError, match=r"objects or addresses.*pickle\.dumps"):
        publish(ADDRESSES[kind]())
    assert not node.poll(0)


class _Sub(np.ma.MaskedArray):
    pass


@pytest.mark.parametrize(
    "data",
    [
        np.ma.masked_array([1, 2], [False, True]),
        np.ma.masked_array([1, 2]),
        np.ma.masked_array(np.zeros(100_000), True),
        np.ma.masked_array([1, 2], [False, True]).view(_Sub),
        np.ma.masked,
    ],
    ids=["some", "none", "large", "subclass", "constant"],
)
def test_masked_arrays_are_refused(publish: Publish, node: spotmq.Spot, data: Any) -> None:
    with pytest.raises(TypeError, match=r"mask would be lost.*filled"):
        publish(data)
    assert not node.poll(0)
    publish(data.filled(0))


def test_str_of_numpy_is_str(publish: Publish) -> None:
    with pytest.raises(TypeError, match=r"not str: use data\.encode\(\)"):
        publish(np.str_("text"))


PLAIN: dict[str, Any] = {
    "complex": np.arange(3, dtype=complex),
    "complex64": np.arange(3, dtype=np.complex64),
    "long complex": np.zeros(2, np.clongdouble),
    "dates": np.array(["2026-01-01"], dtype="M8[D]"),
    "spans": np.array([1, 2], dtype="m8[s]"),
    "fixed str": np.array(["ab"]),
    "half": np.zeros(3, np.float16),
    "fields called as addresses are": np.zeros(3, dtype=[("O", "<i4"), ("P", "<f8"), ("&", "u1")]),
    "date fields": np.zeros(3, dtype=[("d", "M8[D]"), ("x", "<f8")]),
    "a plain ctypes structure": (_Plain * 2)(),
    "array.array": array.array("d", [1, 2]),
    "bool": np.array([True, False]),
    "empty": np.empty((0, 3)),
    "scalar": np.float64(5),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_values_are_published_as_they_lie_in_memory(
    publish: Publish, node: spotmq.Spot, kind: str
) -> None:
    data = PLAIN[kind]
    publish(data)
    expected = data.tobytes() if hasattr(data, "tobytes") else bytes(data)
    assert node.recv(PATIENCE_MS).data == expected


def test_the_codec_says_what_to_do() -> None:
    codec = NumPy()
    with pytest.raises(TypeError, match=r"filled\(value\)"):
        codec.encode(np.ma.masked_array([1, 2], [False, True]))
    with pytest.raises(TypeError, match="Pickle"):
        codec.encode(np.array([object()]))
