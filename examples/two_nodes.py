"""Two nodes, each in a process of its own, learn each other's topics and exchange messages.

    python examples/two_nodes.py

On two machines each would bind "tcp://*:5555" and add the other by its address. Here the ports
are any free ones, so the two tell each other their endpoints first.
"""

from _processes import Meeting, run

import spotmq


def show(name: str, spot: spotmq.Spot) -> None:
    topics = ", ".join(f"{info.topic} {info.location}" for info in spot.list_topics())
    print(f"{name} sees {topics}", flush=True)


def node_a(meeting: Meeting) -> None:
    with spotmq.Spot(name="A") as spot:
        # 1. Server mode, 2. local topics
        spot.bind("tcp://127.0.0.1:0")
        spot.topic_create("game:player1")
        spot.topic_create("game:score")
        (node_b,) = meeting.share(spot.endpoint or "")

        # 3. Add node B, 4. synchronise the topics
        spot.cluster_add(node_b)
        spot.cluster_sync(5000)

        # 5. B's topics can be used now
        show("A", spot)

        # 6. Subscribe to a remote topic: in effect when the call returns
        spot.subscribe("chat:room1")
        meeting.share("subscribed")

        spot.publish("game:player1", b"x=1 y=2")
        topic, data = spot.recv(timeout_ms=5000)
        print(f"A received {topic}: {data.decode()}", flush=True)
        meeting.share("received")


def node_b(meeting: Meeting) -> None:
    with spotmq.Spot(name="B") as spot:
        spot.bind("tcp://127.0.0.1:0")
        spot.topic_create("chat:room1")
        spot.topic_create("chat:lobby")
        (node_a,) = meeting.share(spot.endpoint or "")

        spot.cluster_add(node_a)
        spot.cluster_sync(5000)
        show("B", spot)

        spot.subscribe("game:player1")
        meeting.share("subscribed")

        spot.publish("chat:room1", b"hello from B")
        topic, data = spot.recv(timeout_ms=5000)
        print(f"B received {topic}: {data.decode()}", flush=True)
        meeting.share("received")


if __name__ == "__main__":
    run([node_a, node_b])
