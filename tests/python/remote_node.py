"""The program of a process that holds one node and runs the calls that come on its standard input."""

import json
import sys
from typing import Any

import spotmq


def take(node: spotmq.Spot, count: int) -> list[tuple[str, str]]:
    messages = (node.recv(30_000) for _ in range(count))
    return [(message.topic, message.data.decode("latin-1")) for message in messages]


def stream(node: spotmq.Spot, topic: str, size: int, count: int) -> None:
    filling = bytes(size - 8)
    for i in range(count):
        node.publish(topic, b"%8d" % i + filling)


def perform(node: spotmq.Spot, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    if method == "take":
        return take(node, *args)
    if method == "stream":
        stream(node, *args)
        return None
    if method == "publish":
        topic, data = args
        return node.publish(topic, data.encode("latin-1"))
    if method == "list_topics":
        return [(info.topic, str(info.location), info.reachable) for info in node.list_topics()]
    if method == "peers":
        return [(peer.endpoint, str(peer.state), peer.topics) for peer in node.peers()]
    if method == "stats":
        return node.stats()._asdict()
    found = getattr(node, method)
    return found(*args, **kwargs) if callable(found) else found


def main() -> None:
    with spotmq.Spot(**json.loads(sys.argv[1])) as node:
        for line in sys.stdin:
            try:
                answer = ["result", perform(node, *json.loads(line))]
            except spotmq.SpotError as error:
                answer = ["error", [type(error).__name__, str(error)]]
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
