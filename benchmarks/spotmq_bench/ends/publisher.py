"""A publisher that is a process of its own: ``fan_in.Independent`` starts it.

It writes the endpoint it bound. For each line with a number that it then reads, it publishes so
many messages and writes when it began and ended. It ends with its input.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

from spotmq_bench.ends.crowd import PAYLOAD, TOPIC, ZMQ_TOPIC, Nodes, Sockets, listen, moment


def say(*words: object) -> None:
    print(*words, flush=True)


def serve(send: Callable[[int], None]) -> None:
    for line in sys.stdin:
        began = moment()
        send(int(line))
        say(began, moment())


def spotmq() -> None:
    nodes = Nodes()
    out = nodes.bound()
    out.topic_create(TOPIC)
    say(out.endpoint)

    def send(count: int) -> None:
        publish = out.publish
        for _ in range(count):
            publish(TOPIC, PAYLOAD)

    serve(send)
    nodes.close()


def pyzmq() -> None:
    sockets = Sockets()
    out = sockets.publisher()
    say(listen(out))
    out.recv()  # the subscription

    def send(count: int) -> None:
        publish = out.send_multipart
        for _ in range(count):
            publish((ZMQ_TOPIC, PAYLOAD))

    serve(send)
    sockets.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # the benchmark says so, once
        {"spotmq": spotmq, "pyzmq": pyzmq}[sys.argv[1]]()
