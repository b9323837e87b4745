"""Protects: Spot.subscriber(): receive queues of one node that are independent of each other."""

import select
import threading

import pytest
from conftest import MakeNode, MakePair, Pair, SpawnNode
from helpers import PATIENCE, PATIENCE_MS, fails, free_tcp_port, rests, up, wait_until

import spotmq


def take(queue: spotmq.Subscriber, count: int) -> list[bytes]:
    return [queue.recv(PATIENCE_MS).data for _ in range(count)]


def test_each_has_its_own_subscriptions_and_order(pair: Pair) -> None:
    pair.client.subscribe("a")
    one = pair.client.subscriber("a", "b")
    two = pair.client.subscriber("b*")
    assert pair.client.subscriptions() == ["a"]
    assert (one.subscriptions(), two.subscriptions()) == (["a", "b"], ["b*"])
    items = [b"%d" % i for i in range(1000)]
    pair.owner.publish_many("a", items)
    pair.owner.publish_many("b", items)
    assert take(two, 1000) == items
    assert [pair.client.recv(PATIENCE_MS).data for _ in range(1000)] == items
    got: dict[str, list[bytes]] = {"a": [], "b": []}
    for _ in range(2000):
        topic, data = one.recv(PATIENCE_MS)
        got[topic].append(data)
    assert got == {"a": items, "b": items}
    for queue in (pair.client, one, two):
        assert not queue.poll(0)


def test_a_message_is_the_same_type(pair: Pair) -> None:
    with pair.client.subscriber("a") as queue:
        pair.owner.publish("a", b"1")
        message = queue.recv(PATIENCE_MS)
    assert type(message) is spotmq.Message
    assert (message.topic, message.data, message.seq, message.lost) == ("a", b"1", 1, 0)
    assert message.node_id == pair.owner.node_id


def test_recv_many_poll_and_iteration(pair: Pair) -> None:
    queue = pair.client.subscriber("a")
    assert not queue.poll(0)
    with fails(spotmq.Timeout, number=11):
        queue.recv(0)
    pair.owner.publish_many("a", [b"1", b"2", b"3", b"4"])
    assert queue.poll(PATIENCE_MS)
    got = queue.recv_many(2, PATIENCE_MS)
    for message in queue:
        got.append(message)
        if len(got) == 4:
            break
    assert [message.data for message in got] == [b"1", b"2", b"3", b"4"]


def test_stats_of_a_queue_are_part_of_the_nodes(pair: Pair) -> None:
    pair.client.subscribe("a")
    queue = pair.client.subscriber("a")
    pair.owner.publish_many("a", [b"12", b"345"])
    assert take(queue, 2) == [b"12", b"345"]
    of_topic = spotmq.SubscriberTopicStats(received=2, bytes_received=5, lost=0)
    assert queue.stats() == spotmq.SubscriberStats(
        received=2, bytes_received=5, lost=0, topics={"a": of_topic}
    )
    assert pair.client.recv(PATIENCE_MS).data == b"12"
    counts = pair.client.stats()
    assert (counts.received, counts.bytes_received) == (3, 7)
    queue.close()
    del queue
    counts = pair.client.stats()
    assert (counts.received, counts.bytes_received) == (3, 7)


def test_the_errors_are_those_of_spot(node: spotmq.Spot) -> None:
    with fails(spotmq.TopicNotFound, "a"):
        node.subscriber("a")
    with fails(spotmq.InvalidTopic, ""):
        node.subscriber("")
    for hwm in (-1, 2**31):
        with pytest.raises(ValueError, match="recv_hwm"):
            node.subscriber(recv_hwm=hwm)
    for bad in ("1", 1.0, True):
        with pytest.raises(TypeError, match="recv_hwm"):
            node.subscriber(recv_hwm=bad)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        node.subscriber(1)  # type: ignore[call-overload]
    queue = node.subscriber("a", missing_ok=True)
    with fails(spotmq.TopicNotFound, "b"):
        queue.subscribe("b")
    with fails(spotmq.NotSubscribed, "b"):
        queue.unsubscribe("b")
    queue.unsubscribe()
    assert queue.subscriptions() == []
    with pytest.raises(RuntimeError):
        spotmq.Subscriber.__new__(spotmq.Subscriber).recv(0)


def test_the_first_message_after_subscribing_arrives(make_pair: MakePair) -> None:
    pair = make_pair()
    for i in range(50):
        with pair.client.subscriber("a") as queue:
            pair.owner.publish("a", b"%d" % i)
            assert queue.recv(PATIENCE_MS).data == b"%d" % i
            queue.subscribe("b")
            pair.owner.publish("b", b"%d" % i)
            assert queue.recv(PATIENCE_MS) == ("b", b"%d" % i)
        assert up(pair.client)


def test_one_that_never_reads_neither_delays_nor_loses_for_another(make_pair: MakePair) -> None:
    sent = 500
    pair = make_pair(owner={"heartbeat_ms": 100, "send_hwm": 10}, client={"heartbeat_ms": 100})
    slow = pair.client.subscriber("a", recv_hwm=1)
    fast = pair.client.subscriber("a")
    for i in range(sent):
        pair.owner.publish("a", bytes(40_000))
        message = fast.recv(PATIENCE_MS)
        assert (message.seq, message.lost) == (i + 1, 0)

    def all_found() -> bool:
        while slow.poll(0):
            slow.recv_many(100, 0)
        counts = slow.stats()
        return counts.received + counts.lost == sent

    wait_until(all_found, what="received and lost are what was sent")
    assert fast.stats().lost == 0
    assert pair.client.stats().lost == slow.stats().lost
    wait_until(
        lambda: pair.owner.stats().overflowed == slow.stats().lost, what="its owner hears of it"
    )


def test_peers_that_come_later_restart_and_go(make_node: MakeNode, spawn_node: SpawnNode) -> None:
    node = make_node(heartbeat_ms=60_000)
    queues = [node.subscriber("t", missing_ok=True) for _ in range(3)]
    endpoint = f"tcp://127.0.0.1:{free_tcp_port()}"  # the kernel gives it to nobody meanwhile
    for i in range(3):
        remote = spawn_node()
        endpoint = remote.bind(endpoint)
        remote.call("topic_create", "t")
        if i == 0:
            node.cluster_add(endpoint)
        wait_until(lambda: up(node) and node.topic_exists("t"))
        queues.append(node.subscriber("t"))
        remote.call("publish", "t", str(i))
        for queue in queues:
            assert queue.recv(PATIENCE_MS) == ("t", b"%d" % i)
        remote.kill()
        wait_until(lambda: not up(node))
    node.cluster_remove(endpoint)
    for queue in queues:
        assert not queue.poll(0)


def test_threads_of_their_own(pair: Pair) -> None:
    queues = [pair.client.subscriber("a") for _ in range(4)]
    got: list[list[int]] = [[] for _ in queues]

    def work(i: int) -> None:
        for message in queues[i]:
            got[i].append(message.seq)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(queues))]
    for thread in threads:
        thread.start()
    for _ in range(100):
        pair.owner.publish_many("a", [b"x"] * 20)
    wait_until(lambda: all(len(seqs) == 2000 for seqs in got))
    for queue in queues:
        queue.close()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert all(seqs == list(range(1, 2001)) for seqs in got)


def test_owners_count_each_queue(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.client.subscribe("a")
    queues = [pair.client.subscriber(name) for name in ("a", "*", "b")]
    own = pair.owner.subscriber("a")

    def count() -> int | None:
        with pair.owner.watch() as events:
            while True:
                event = events.recv(PATIENCE_MS)
                if event.kind is spotmq.EventKind.SUBSCRIBERS_CHANGED and event.topic == "a":
                    return event.count

    wait_until(lambda: count() == 4)
    queues[1].unsubscribe("*")
    wait_until(lambda: count() == 3)
    own.close()
    queues[0].close()
    wait_until(lambda: count() == 1)


def test_who_is_counted_is_reached(make_pair: MakePair) -> None:
    pair = make_pair()
    for i in range(30):
        topic = f"t{i}"  # one of its own, so that nobody needs to wait until the one before is uncounted
        pair.owner.topic_create(topic)
        queue = pair.client.subscriber()
        thread = threading.Thread(
            target=queue.subscribe, args=(topic,), kwargs={"missing_ok": True}
        )
        thread.start()
        pair.owner.wait_for_subscribers(topic, 1, PATIENCE_MS)
        pair.owner.publish(topic, b"first")
        assert queue.recv(PATIENCE_MS) == (topic, b"first")
        thread.join(PATIENCE)
        queue.close()


def test_fileno(pair: Pair) -> None:
    one, two = pair.client.subscriber("a"), pair.client.subscriber("b")
    poller = select.poll()
    poller.register(one, select.POLLIN)
    poller.register(two, select.POLLIN)
    wait_until(lambda: rests(one) and rests(two))
    pair.owner.publish("a", b"1")
    wait_until(lambda: (one.fileno(), select.POLLIN) in poller.poll(PATIENCE_MS))
    assert one.poll(PATIENCE_MS)
    assert (one.fileno(), select.POLLIN) in poller.poll(0)  # level-triggered
    one.recv(0)
    wait_until(lambda: rests(one))
    number = two.fileno()
    threading.Timer(0.05, two.close).start()
    # Closing wakes who selects.
    wait_until(lambda: number in [ready for ready, _ in poller.poll(PATIENCE_MS)])
