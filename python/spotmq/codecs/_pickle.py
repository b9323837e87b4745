"""Any Python object, for programs that trust each other."""

from __future__ import annotations

import pickle
from typing import Any, Literal

_PROTOCOL = 5  # every Python that this package runs on reads it


class Pickle:
    """Any Python object. WARNING: to decode a pickle is to run a program that its sender wrote.

    Whoever can publish on the topic, and that is everybody who reaches the node's ports, can then
    do in this process whatever this process can. It is for programs that all belong to one person,
    on a network that nobody else is on; ``trust=True`` says that this is so. Otherwise take
    Msgspec, which decodes to one type and nothing else.
    """

    def __init__(self, *, trust: Literal[True]) -> None:
        if trust is not True:
            raise ValueError(
                "Pickle(trust=True), and only where everybody who can publish is trusted: "
                "to decode a pickle runs what its sender wrote"
            )

    def encode(self, value: Any, /) -> bytes:
        return pickle.dumps(value, _PROTOCOL)

    def decode(self, data: memoryview, /) -> Any:
        return pickle.loads(data)

    def __repr__(self) -> str:
        return "Pickle(trust=True)"
