"""A chat room. Whoever hosts it owns the topic; everyone else joins with one address.

    python examples/chat.py alice --host tcp://*:5555
    python examples/chat.py bob --join tcp://127.0.0.1:5555

Type a line and press Enter to speak, end with Ctrl-D. What a guest says goes through the host,
so that everyone reads the lines in the same order.
"""

import argparse
import sys
import threading

import spotmq

ROOM = "chat:room1"


def speak(spot: spotmq.Spot, name: str) -> None:
    """Publish what is typed, until the end of the input."""
    for line in sys.stdin:
        spot.publish(ROOM, f"{name}: {line.rstrip()}".encode())
    spot.publish(ROOM, f"* {name} leaves".encode())


def main() -> None:
    parser = argparse.ArgumentParser(description="A chat room.")
    parser.add_argument("name")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--host", metavar="ENDPOINT", help="open the room here")
    way.add_argument("--join", metavar="ENDPOINT", help="join the room that is open there")
    args = parser.parse_args()

    with spotmq.Spot(name=args.name) as spot:
        if args.host:
            spot.topic_create(ROOM)
            spot.bind(args.host)
            print(f"{ROOM} is open at {spot.endpoint}", flush=True)
        else:
            spot.cluster_add(args.join, timeout_ms=10_000)
        spot.subscribe(ROOM)
        spot.publish(ROOM, f"* {args.name} is here".encode())

        threading.Thread(target=speak, args=(spot, args.name), daemon=True).start()
        for message in spot:
            line = message.data.decode(errors="replace")
            if not line.startswith(f"{args.name}: "):
                print(line, flush=True)
            if line == f"* {args.name} leaves":
                break


if __name__ == "__main__":
    main()
