"""Who is open: contexts close their nodes, and the interpreter's exit closes all."""

import atexit
import weakref
from typing import Protocol

from spotmq import _core, _logging


class Closable(Protocol):
    def close(self) -> None: ...


class OpenSet:
    """Objects to close later; it keeps none of them alive.

    No lock: a finaliser may come in anywhere. Each method relies on single dict operations,
    which are atomic.
    """

    def __init__(self) -> None:
        self._refs: dict[int, weakref.ref[Closable]] = {}

    def add(self, item: Closable) -> None:
        refs = self._refs
        ref = weakref.ref(item, lambda dead: refs.pop(id(dead), None) and None)
        refs[id(ref)] = ref

    def still_there(self) -> list[Closable]:
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


nodes = OpenSet()
contexts = OpenSet()


@atexit.register
def _close_everything() -> None:
    _core._begin_exit()
    nodes.close_all()
    contexts.close_all()
    _logging.stop()
    _core._exit_has_begun()
