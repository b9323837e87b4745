"""NumPy arrays: a small header, then the elements as they lie in memory.

::

    0  magic, "\\x93SNA"
    4  version, 1
    5  flags: 1 when the array is in Fortran order
    6  number of dimensions, n
    7  length of the type's name, t
    8  n lengths of dimensions, 8 bytes each, little-endian
       the type's name in NumPy's spelling, "<f8"; t bytes
       zeros, until the header's length is a multiple of 16
       the elements

A header is believed only if it fits: the lengths of the dimensions, multiplied without a limit,
have to give exactly the bytes that are there.
"""

from __future__ import annotations

import math
import re
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

_MAGIC = b"\x93SNA"
_VERSION = 1
_FORTRAN = 1
_FIXED = struct.Struct("<4sBBBB")
_ALIGNMENT = 16
_MOST_DIMENSIONS = 64
_MOST_BYTES = 2**63 - 1
_UNIT = r"(\[([1-9]\d{0,8})?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?"
# bool, integers, floats, complex, dates and spans, fixed-length bytes and str. Nothing that holds
# objects or fields, and no long double, which differs between machines.
_TYPES = re.compile(
    r"\|b1|[|<>][iu]1|[<>]([iu][248]|f[248]|c8|c16|[Mm]8"
    + _UNIT
    + r"|U[1-9]\d{0,8})|\|S[1-9]\d{0,8}"
)


def _numpy() -> ModuleType:
    try:
        import numpy
    except ImportError as error:
        raise ImportError(
            "the NumPy codec needs numpy: pip install 'spotmq[codecs]'", name="numpy"
        ) from error
    return numpy


class NumPy:
    """Arrays of numbers, bool, dates, or str and bytes of a fixed length; of any shape.

    What arrives is a read-only view of the message: nothing is copied, and the message stays in
    memory for as long as the array does. Its elements are aligned in memory when it has at most
    4 KB or at least 32 KB; between them it begins wherever it lies in the frame, which NumPy
    copes with more slowly (``array.flags.aligned`` tells).

    aligned: copy an array that is not aligned, so that all are.

    Raises ImportError without numpy.
    """

    def __init__(self, *, aligned: bool = False) -> None:
        self._np: Any = _numpy()
        self._aligned = aligned

    def encode(self, value: NDArray[Any] | np.generic, /) -> bytes:
        np = self._np
        if isinstance(value, np.ma.MaskedArray):
            raise TypeError(
                "NumPy encodes no masked arrays: encode .filled(value), or .data and .mask"
            )
        if not isinstance(value, (np.ndarray, np.generic)):
            raise TypeError(f"NumPy encodes arrays, not {type(value).__name__}")
        array = np.asarray(value)
        name = array.dtype.str
        if not _TYPES.fullmatch(name):
            hint = (
                "; among programs that trust each other Pickle() does"
                if array.dtype.hasobject
                else ""
            )
            raise TypeError(f"NumPy does not encode arrays of {array.dtype}{hint}")
        fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        # An array that is not contiguous is copied twice: to become contiguous, and into the payload.
        body = np.ascontiguousarray(array.T if fortran else array)
        header = _FIXED.pack(_MAGIC, _VERSION, _FORTRAN * fortran, array.ndim, len(name))
        header += struct.pack(f"<{array.ndim}Q", *array.shape) + name.encode()
        header += bytes(-len(header) % _ALIGNMENT)
        # A view of its bytes, because a memoryview has no format for dates and half floats.
        return b"".join((header, body.reshape(-1).view(np.uint8)))

    def decode(self, data: memoryview, /) -> NDArray[Any]:
        np = self._np
        name, shape, fortran, start = _read_header(data)
        dtype = np.dtype(name)
        count = math.prod(shape)
        # A dimension of length 0 makes the size 0, and the others still have to be valid.
        if math.prod(length or 1 for length in shape) * dtype.itemsize > _MOST_BYTES:
            raise ValueError(f"an array of shape {shape} is too large")
        if count * dtype.itemsize != len(data) - start:
            raise ValueError(
                f"{len(data) - start} bytes are not the elements of shape {shape} and type {name}"
            )
        flat = np.frombuffer(data, dtype, count, start) if count else np.empty(0, dtype)
        if dtype.kind == "b" and count and flat.view(np.uint8).max() > 1:
            raise ValueError("a bool is neither 0 nor 1")
        array = flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)
        if self._aligned and not array.flags.aligned:
            array = array.copy("K")
        array.flags.writeable = False
        result: NDArray[Any] = array
        return result

    def __repr__(self) -> str:
        return f"NumPy({'aligned=True' if self._aligned else ''})"


def _read_header(data: memoryview) -> tuple[str, tuple[int, ...], bool, int]:
    """The type's name, the shape, whether in Fortran order, and where the elements begin."""
    size = len(data)
    if size < _FIXED.size or data[:4] != _MAGIC:
        raise ValueError("it does not begin as an array does")
    _, version, flags, dimensions, name_size = _FIXED.unpack_from(data)
    if version != _VERSION:
        raise ValueError(f"version {version} of arrays is not known here")
    if flags & ~_FORTRAN or dimensions > _MOST_DIMENSIONS:
        raise ValueError("its header makes no sense")
    name_at = _FIXED.size + 8 * dimensions
    end = name_at + name_size
    start = end + -end % _ALIGNMENT
    if start > size:
        raise ValueError("its header is cut short")
    shape = struct.unpack_from(f"<{dimensions}Q", data, _FIXED.size)
    name = bytes(data[name_at:end]).decode("ascii", "replace")
    if not _TYPES.fullmatch(name):
        raise ValueError(f"arrays of type {name!r} are not taken")
    return name, shape, bool(flags & _FORTRAN), start
