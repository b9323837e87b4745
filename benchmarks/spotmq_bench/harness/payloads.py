"""What is sent."""

from __future__ import annotations


def distinct(size: int) -> list[bytes]:
    """A list of buffers to publish in one call: many, but not much memory."""
    return [bytes(size) for _ in range(max(16, min(10_000, (8 << 20) // size)))]
