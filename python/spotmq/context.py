"""Context: I/O threads that several nodes share."""

from __future__ import annotations

from spotmq import _core, _lifecycle
from spotmq._closing import Closing
from spotmq._options import whole_number


class Context(Closing, _core.Context):
    """The I/O threads and the ``inproc://`` name space that nodes share.

    A Spot without one uses a private context, which is right for one node in a process.

    io_threads: how many threads move data, 1 to 64; one does for about a gigabyte a second.
    """

    def __init__(self, io_threads: int = 1) -> None:
        super().__init__(whole_number("io_threads", io_threads, 1, 64))
        self._nodes: _lifecycle.OpenSet[_lifecycle.Closable] = _lifecycle.OpenSet()
        _lifecycle.contexts.add(self)

    def close(self) -> None:
        """Close the nodes that still use it, then the context. Idempotent."""
        self._nodes.close_all()
        self._close()

    def __repr__(self) -> str:
        if self.closed:
            return "<spotmq.Context closed>"
        nodes = len(self._nodes.still_there())
        count = f", {nodes} {'node' if nodes == 1 else 'nodes'}" if nodes else ""
        return f"<spotmq.Context open{count}>"


Context.__module__ = "spotmq"
