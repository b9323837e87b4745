"""What can be published, for type checkers. At run time every C-contiguous buffer can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing import TypeAlias

    from typing_extensions import Buffer


class ArrayOfNumbers(Protocol):
    """An array of NumPy, which is a buffer, but says so to type checkers from Python 3.12 on only."""

    @property
    def __array_struct__(self) -> Any: ...

    @property
    def nbytes(self) -> int: ...

    def tobytes(self) -> bytes: ...


if TYPE_CHECKING:
    Payload: TypeAlias = Buffer | ArrayOfNumbers
