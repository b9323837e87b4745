"""What a codec is, and the ones that have names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from spotmq._nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from spotmq._payload import Payload

_T = TypeVar("_T")

_PICKLE = (
    "no codec goes by the name 'pickle': whoever can publish on the topic could run any program "
    "here. Where all of them are trusted: codec=spotmq.codecs.Pickle(trust=True)"
)


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


def _makers() -> dict[str, Callable[[], Codec[Any]]]:
    from spotmq.codecs import Json, MsgPack, NumPy, Text

    return {"json": Json, "msgpack": MsgPack, "numpy": NumPy, "text": Text}


def named(codec: object) -> Codec[Any]:
    """The codec of that name, or the codec itself.

    Raises ValueError for a name that no codec has, ImportError when what it needs is not
    installed, TypeError for what is no codec.
    """
    if isinstance(codec, str):
        makers = _makers()
        if codec in makers:
            return makers[codec]()
        if codec.lower() == "pickle":
            raise ValueError(_PICKLE)
        hint = did_you_mean(codec, makers) or f"there are {', '.join(makers)}"
        raise ValueError(f"no codec has the name {codec!r} ({hint})")
    if isinstance(codec, type):
        raise TypeError(f"codec must be an object, not the class {codec.__name__}: call it")
    if not (callable(getattr(codec, "encode", None)) and callable(getattr(codec, "decode", None))):
        raise TypeError(
            f"codec must be a name or an object with encode and decode, not {type(codec).__name__}"
        )
    result: Any = codec
    return result  # type: ignore[no-any-return]
