"""The codecs made with msgspec: MessagePack, and values of one type, checked on arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, get_origin

if TYPE_CHECKING:
    from types import ModuleType

_T = TypeVar("_T")


def _msgspec(who: str) -> ModuleType:
    try:
        import msgspec.json
        import msgspec.msgpack
    except ImportError as error:
        raise ImportError(
            f"{who} needs msgspec: pip install 'spotmq[codecs]'", name="msgspec"
        ) from error
    module: ModuleType = msgspec
    return module


class MsgPack:
    """MessagePack: None, bool, int up to 64 bits, float, str, bytes, datetime, lists, dicts.

    Tuples and sets become lists. Raises ImportError without msgspec.
    """

    def __init__(self) -> None:
        msgpack = _msgspec("MsgPack").msgpack
        self._encoder = msgpack.Encoder()
        self._decoder = msgpack.Decoder()

    def encode(self, value: Any, /) -> bytes:
        encoded: bytes = self._encoder.encode(value)
        return encoded

    def decode(self, data: memoryview, /) -> Any:
        return self._decoder.decode(data)

    def __repr__(self) -> str:
        return "MsgPack()"


class Msgspec(Generic[_T]):
    """Values of one type: a ``msgspec.Struct``, a dataclass, ``list[int]``, …

    What arrives is checked against the type, so ``.value`` is one of it, or DecodeError says which
    field was not. format is ``"msgpack"`` or ``"json"``.

    Raises ImportError without msgspec; TypeError for a type that msgspec does not know.
    """

    def __init__(self, type: type[_T], *, format: Literal["msgpack", "json"] = "msgpack") -> None:
        if format not in ("msgpack", "json"):
            raise ValueError(f"format must be 'msgpack' or 'json', not {format!r}")
        module = getattr(_msgspec("Msgspec"), format)
        self._type = type
        self._format = format
        # On Python 3.10, isinstance(list[int], type) is true.
        plain = isinstance(type, _CLASS) and get_origin(type) is None
        self._class = type if plain else None
        self._encoder = module.Encoder()
        self._decoder = module.Decoder(type)

    def encode(self, value: _T, /) -> bytes:
        # Struct and dataclass are not checked by msgspec when they are encoded.
        if self._class is not None and not isinstance(value, self._class):
            raise TypeError(f"{self!r} encodes {self._class.__name__}, not {_name_of(value)}")
        encoded: bytes = self._encoder.encode(value)
        return encoded

    def decode(self, data: memoryview, /) -> _T:
        value: _T = self._decoder.decode(data)
        return value

    def __repr__(self) -> str:
        name = self._class.__name__ if self._class is not None else repr(self._type)
        return (
            f"Msgspec({name}{', format=' + repr(self._format) if self._format == 'json' else ''})"
        )


_CLASS = type  # the parameter "type" hides it in __init__


def _name_of(value: object) -> str:
    return type(value).__name__
