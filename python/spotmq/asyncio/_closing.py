"""The base of asyncio classes that are closed: the end of an ``async with`` block closes them."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from spotmq.asyncio._gate import running_loop
from spotmq.errors import settle

if TYPE_CHECKING:
    from typing_extensions import Self


class _Closable(Protocol):
    async def close(self) -> None: ...


class Closing:
    """Use it in an ``async with`` block; its class has a close()."""

    async def __aenter__(self) -> Self:
        running_loop()
        return self

    async def __aexit__(
        self: _Closable,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        settle(exc)
        await self.close()
