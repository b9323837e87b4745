"""Ports for nodes whose endpoints must be known before they are bound."""

import socket
import time
from contextlib import ExitStack, suppress


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports that were free a moment ago, outside the range that the kernel gives out by itself."""
    with ExitStack() as stack:
        ports: list[int] = []
        candidates = iter(range(21000 + time.monotonic_ns() // 1000 % 9000, 32000))
        while len(ports) < count:
            probe = stack.enter_context(socket.socket())
            port = next(candidates)
            with suppress(OSError):
                probe.bind((host, port))
                ports.append(port)
        return ports
