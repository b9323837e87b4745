"""The protocol that every codec has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from spotmq._payload import Payload

_T = TypeVar("_T")


class Codec(Protocol[_T]):
    """What turns values into payloads and back; any object with these two methods is one.

    It keeps nothing from one call to the next, for several threads may call it at once, and what
    arrives may begin anywhere. It may have a ``__repr__``, which errors print.
    """

    def encode(self, value: _T, /) -> Payload:
        """Return the payload for a value: bytes, or anything with a C-contiguous buffer.

        What it raises, ``publish`` raises.
        """
        ...

    def decode(self, data: memoryview, /) -> _T:
        """Return the value of a payload: a read-only view of bytes, valid for as long as it is kept.

        It comes from whoever published it, and may be anything. Any exception raised here becomes
        a DecodeError.
        """
        ...
