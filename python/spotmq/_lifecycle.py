"""The nodes and contexts that are open: the interpreter's exit closes them all."""

from __future__ import annotations

import atexit
import weakref
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from spotmq import _core, _logging

if TYPE_CHECKING:
    from spotmq._node import Node


class Closable(Protocol):
    def close(self) -> None: ...


_C = TypeVar("_C", bound=Closable)


class OpenSet(Generic[_C]):
    """Objects to close later; the set keeps none of them alive.

    Thread-safe without a lock, because a finaliser may run inside any method and call another one:
    each method relies on single dict operations, which are atomic.
    """

    def __init__(self) -> None:
        self._refs: dict[int, weakref.ref[_C]] = {}

    def add(self, item: _C) -> None:
        refs = self._refs
        ref = weakref.ref(item, lambda dead: refs.pop(id(dead), None) and None)
        refs[id(ref)] = ref

    def still_there(self) -> list[_C]:
        found = [ref() for ref in list(self._refs.values())]
        return [item for item in found if item is not None]

    def close_all(self) -> None:
        while self._refs:
            try:
                _, ref = self._refs.popitem()
            except KeyError:  # another thread took the last
                return
            item = ref()
            if item is not None:
                item.close()


nodes: OpenSet[Node] = OpenSet()
contexts: OpenSet[Closable] = OpenSet()


@atexit.register
def _close_everything() -> None:
    _core._begin_exit()
    nodes.close_all()
    contexts.close_all()
    _logging.stop()
    _core._exit_has_begun()
