"""The codecs that have names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spotmq._nearest import did_you_mean
from spotmq.codecs._msgspec import MsgPack
from spotmq.codecs._numpy import NumPy
from spotmq.codecs._text import Json, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from spotmq.codecs._protocol import Codec

_PICKLE = (
    "no codec goes by the name 'pickle': whoever can publish on the topic could run any program "
    "here. Where all of them are trusted: codec=spotmq.codecs.Pickle(trust=True)"
)
_MAKERS: dict[str, Callable[[], Codec[Any]]] = {
    "json": Json,
    "msgpack": MsgPack,
    "numpy": NumPy,
    "text": Text,
}


def named(codec: object) -> Codec[Any]:
    """The codec of that name, or the codec itself.

    Raises ValueError for a name that no codec has, ImportError when what it needs is not
    installed, TypeError for what is no codec.
    """
    if isinstance(codec, str):
        if codec in _MAKERS:
            return _MAKERS[codec]()
        if codec.lower() == "pickle":
            raise ValueError(_PICKLE)
        hint = did_you_mean(codec, _MAKERS) or f"there are {', '.join(_MAKERS)}"
        raise ValueError(f"no codec has the name {codec!r} ({hint})")
    if isinstance(codec, type):
        raise TypeError(f"codec must be an object, not the class {codec.__name__}: call it")
    if not (callable(getattr(codec, "encode", None)) and callable(getattr(codec, "decode", None))):
        raise TypeError(
            f"codec must be a name or an object with encode and decode, not {type(codec).__name__}"
        )
    result: Any = codec
    return result  # type: ignore[no-any-return]
