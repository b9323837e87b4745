"""What spotmq.asyncio needs of native code."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar, final

from typing_extensions import Self

from spotmq._core import Message, Node, Subscriber

_P = ParamSpec("_P")
_T = TypeVar("_T")

@final
class Messages:
    def __new__(
        cls, source: Node | Subscriber, pause: Callable[[bool], Awaitable[bool]], /
    ) -> Self: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[Message]: ...

class Interrupt:
    def __init__(self) -> None: ...
    def set(self) -> None: ...
    def run(self, function: Callable[_P, _T], /, *args: _P.args, **keywords: _P.kwargs) -> _T: ...

def turn_over() -> bool: ...
def begin_turn() -> None: ...
