"""The type of payloads, for type checkers. At run time it is every C-contiguous buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing import TypeAlias

    from typing_extensions import Buffer


class ArrayOfNumbers(Protocol):
    """A NumPy array. It is a buffer, but type checkers see that from Python 3.12 on only."""

    @property
    def __array_struct__(self) -> Any: ...

    @property
    def nbytes(self) -> int: ...

    def tobytes(self) -> bytes: ...


if TYPE_CHECKING:
    Payload: TypeAlias = Buffer | ArrayOfNumbers
