"""The options of spotmq.Spot, for type checkers."""

from typing import Literal, TypedDict


class Options(TypedDict, total=False):
    send_hwm: int
    recv_hwm: int
    overflow: Literal["drop", "block"]
    send_timeout_ms: float | None
    linger_ms: float
    coalesce_us: int
    name: str | None
    heartbeat_ms: float
    stall_timeout_ms: float
    max_message_bytes: int
    max_topics_per_peer: int
    max_peers: int
    gossip: bool
