"""libzmq's own ends, in C++ at both sides: PUSH/PULL and REQ/REP as libzmq's performance tools use
them, and PUB/SUB with the options of pyzmq's ends. One frame a message; for PUB/SUB the topic is
its beginning. Payloads of 64 KB and more are lent to libzmq, not copied."""

from __future__ import annotations

from spotmq_bench.ends.native import contender
from spotmq_bench.harness.workers import Contender


def throughput(label: str, _server: str) -> list[Contender]:
    return [
        contender(f"{label} PUSH/PULL", "push", "pull"),
        contender(f"{label} PUB/SUB", "pub", "sub"),
    ]


def latency(label: str, _server: str) -> list[Contender]:
    return [
        contender(f"{label} REQ/REP", "req", "rep"),
        contender(f"{label} PUB/SUB", "ping", "pong"),
    ]
