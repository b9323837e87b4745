"""Three nodes, each in a process of its own: everyone adds everyone, and all topics are shared.

python examples/three_nodes.py
"""

import functools

from _processes import Meeting, run

import spotmq

TOPICS = {"A": "game:player1", "B": "chat:room1", "C": "news:today"}


def node(name: str, meeting: Meeting) -> None:
    with spotmq.Spot(name=name) as spot:
        spot.bind("tcp://127.0.0.1:0")
        spot.topic_create(TOPICS[name])
        for endpoint in meeting.share(spot.endpoint or ""):
            spot.cluster_add(endpoint)
        spot.cluster_sync(5000)

        topics = ", ".join(f"{info.topic} {info.location}" for info in spot.list_topics())
        print(f"{name} sees {topics}", flush=True)

        spot.subscribe(*(topic for owner, topic in TOPICS.items() if owner != name))
        meeting.share("subscribed")

        spot.publish(TOPICS[name], f"from {name}".encode())
        received = sorted(spot.recv(timeout_ms=5000) for _ in range(len(TOPICS) - 1))
        for topic, data in received:
            print(f"{name} received {topic}: {data.decode()}", flush=True)
        meeting.share("received")


if __name__ == "__main__":
    run([functools.partial(node, name) for name in TOPICS])
