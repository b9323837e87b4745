"""A live price feed: one topic a symbol, and watchers that pick by pattern.

    python examples/price_feed.py serve tcp://*:5555
    python examples/price_feed.py watch tcp://127.0.0.1:5555 'price:B*'

Both run until Ctrl-C, or until --count messages were sent or seen. Watchers may come and go, and
each is told by `lost` when it was too slow.
"""

import argparse
import random
import struct
import time

import spotmq

SYMBOLS = ("BTC", "BNB", "ETH", "SOL", "XRP")
PRICE = struct.Struct("<d")


def serve(endpoint: str, rate: float, count: int | None) -> None:
    prices = dict.fromkeys(SYMBOLS, 100.0)
    with spotmq.Spot(name="feed") as spot:
        for symbol in SYMBOLS:
            spot.topic_create(f"price:{symbol}")
        spot.bind(endpoint)
        print(f"feeding at {spot.endpoint}", flush=True)
        sent = 0
        while count is None or sent < count:
            symbol = random.choice(SYMBOLS)
            prices[symbol] *= 1 + random.gauss(0, 0.001)
            spot.publish(f"price:{symbol}", PRICE.pack(prices[symbol]))
            sent += 1
            time.sleep(1 / rate)


def watch(endpoint: str, patterns: list[str], count: int | None) -> None:
    with spotmq.Spot() as spot:
        spot.cluster_add(endpoint, timeout_ms=10_000)
        spot.subscribe(*patterns)
        for seen, message in enumerate(spot, start=1):
            (price,) = PRICE.unpack(message.data)
            missed = f"  ({message.lost} missed)" if message.lost else ""
            print(f"{message.topic} {price:.2f}{missed}", flush=True)
            if seen == count:
                break


def main() -> None:
    parser = argparse.ArgumentParser(description="A live price feed.")
    roles = parser.add_subparsers(dest="role", required=True)
    for role in ("serve", "watch"):
        part = roles.add_parser(role)
        part.add_argument("endpoint")
        part.add_argument("--count", type=int, help="end after so many messages")
    roles.choices["serve"].add_argument("--rate", type=float, default=20, help="messages a second")
    roles.choices["watch"].add_argument("patterns", nargs="*", default=["price:*"])
    args = parser.parse_args()
    try:
        if args.role == "serve":
            serve(args.endpoint, args.rate, args.count)
        else:
            watch(args.endpoint, args.patterns, args.count)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
