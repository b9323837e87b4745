"""Runs nodes in processes of their own that meet at common points. Not needed to use spotmq."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection


@dataclass(frozen=True)
class Meeting:
    """One process's end of the conversation with the others."""

    link: Connection

    def share(self, mine: str) -> list[str]:
        """Wait until every process has come here; return what the others brought."""
        self.link.send(mine)
        others: list[str] = self.link.recv()
        return others


def run(nodes: list[Callable[[Meeting], None]], timeout_s: float = 30) -> None:
    """Run each node in a process until all have ended; exit with an error when one failed."""
    spawn = multiprocessing.get_context("spawn")
    links = []
    processes = []
    for node in nodes:
        ours, theirs = spawn.Pipe()
        process = spawn.Process(
            target=node, args=(Meeting(theirs),), name=getattr(node, "__name__", None)
        )
        process.start()
        theirs.close()
        links.append(ours)
        processes.append(process)
    try:
        while True:
            shared = [link.recv() for link in links]
            for i, link in enumerate(links):
                link.send(shared[:i] + shared[i + 1 :])
    except EOFError:  # one is done, or failed
        pass
    for link in links:
        link.close()
    for process in processes:
        process.join(timeout_s)
        if process.is_alive():
            process.terminate()
            process.join()
    failed = [process.name for process in processes if process.exitcode != 0]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")
