"""Payloads that people can read."""

from __future__ import annotations

import json
from typing import Any, NoReturn


class Text:
    """str as UTF-8."""

    def encode(self, value: str, /) -> bytes:
        if not isinstance(value, str):
            raise TypeError(f"Text encodes str, not {type(value).__name__}")
        return value.encode()

    def decode(self, data: memoryview, /) -> str:
        return str(data, "utf-8")

    def __repr__(self) -> str:
        return "Text()"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


class Json:
    """JSON as UTF-8, by Python's own module: None, bool, int, float, str, lists, dicts.

    Tuples become lists, and the keys of dicts str, as JSON has it. NaN and infinities are refused
    at both ends, because other languages cannot read them.
    """

    def __init__(self) -> None:
        self._encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._decoder = json.JSONDecoder(parse_constant=_refuse)

    def encode(self, value: Any, /) -> bytes:
        return self._encoder.encode(value).encode()

    def decode(self, data: memoryview, /) -> Any:
        return self._decoder.decode(str(data, "utf-8"))

    def __repr__(self) -> str:
        return "Json()"
