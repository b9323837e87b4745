"""Ask a node for its topics with nothing but pyzmq: the wire format is open to every program.

    python examples/raw_query.py tcp://127.0.0.1:5555

The bytes are those of cpp/spot/wire/PROTOCOL.md.
"""

import argparse
import struct
import sys

import zmq

QUERY = b"\x04"
QUERY_RESP = b"\x05"


def query(endpoint: str, timeout_ms: int) -> list[str]:
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(endpoint)
        dealer.send(QUERY)
        if not dealer.poll(timeout_ms):
            sys.exit(f"{endpoint} does not answer")
        command, count, *topics = dealer.recv_multipart()
    if command != QUERY_RESP or struct.unpack("<I", count) != (len(topics),):
        sys.exit(f"{endpoint} does not speak the protocol")
    return [topic.decode() for topic in topics]


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask a node for its topics.")
    parser.add_argument("endpoint")
    parser.add_argument("--timeout-ms", type=int, default=5000)
    args = parser.parse_args()
    for topic in query(args.endpoint, args.timeout_ms):
        print(topic)


if __name__ == "__main__":
    main()
