"""The base of classes that are closed: the end of a ``with`` block closes them."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from spotmq.errors import settle

if TYPE_CHECKING:
    from typing_extensions import Self


class _Closable(Protocol):
    def close(self) -> None: ...


class Closing:
    """Use it in a ``with`` block; its class has a close()."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self: _Closable,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        settle(exc)
        self.close()
