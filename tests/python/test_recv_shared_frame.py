"""Protects: messages of one frame, when something happens between taking one and the next."""

import errno
import gc
import select
import threading

import pytest
from conftest import Pair
from helpers import PATIENCE, PATIENCE_MS, fails, rests, wait_until

import spotmq

COUNT = 100
PAYLOADS = [b"%d" % number for number in range(COUNT)]


@pytest.fixture
def opened(pair: Pair) -> Pair:
    """The client has taken the first message of a frame; 99 wait in it."""
    pair.client.subscribe("a")
    assert pair.owner.publish_many("a", PAYLOADS) == COUNT
    assert pair.client.recv(PATIENCE_MS).data == PAYLOADS[0]
    return pair


def test_all_ways_go_on_where_the_last_one_stopped(opened: Pair) -> None:
    client = opened.client
    taken = [client.recv(0).data, *(message.data for message in client.recv_many(3, 0))]
    taken.append(next(iter(client)).data)
    assert client.poll(0)
    taken += [message.data for message in client.recv_many(COUNT, 0)]
    assert taken == PAYLOADS[1:]
    assert not client.poll(0)


def test_a_list_goes_over_the_ends_of_frames(pair: Pair) -> None:
    pair.client.subscribe("a")
    for _ in range(3):
        pair.owner.publish_many("a", PAYLOADS)
    pair.owner.publish("a", b"last")
    taken: list[bytes] = []
    while len(taken) <= 3 * COUNT:
        taken += [message.data for message in pair.client.recv_many(COUNT + 1, PATIENCE_MS)]
    assert taken == [*PAYLOADS * 3, b"last"]


def test_unsubscribing_takes_the_rest_along(opened: Pair) -> None:
    opened.client.unsubscribe("a")
    with fails(spotmq.Timeout, number=errno.EAGAIN):
        opened.client.recv(0)
    opened.client.subscribe("a")  # what is left must not come back
    opened.owner.publish("a", b"new")
    message = opened.client.recv(PATIENCE_MS)
    assert (message.data, message.lost) == (b"new", 0)


def test_other_subscriptions_do_not_disturb_it(opened: Pair) -> None:
    opened.client.subscribe("b*", missing_ok=True)
    opened.client.unsubscribe("b*")
    assert [opened.client.recv(0).data for _ in PAYLOADS[1:]] == PAYLOADS[1:]


def test_removing_the_owner_takes_the_rest_along(opened: Pair) -> None:
    opened.client.cluster_remove(opened.endpoint)
    with fails(spotmq.Timeout, number=errno.EAGAIN):
        opened.client.recv(0)


def test_the_descriptor_is_readable_until_the_last_one(opened: Pair) -> None:
    client = opened.client
    for expected in PAYLOADS[1:]:
        assert select.select([client], [], [], PATIENCE)[0]
        assert client.recv(0).data == expected
    wait_until(lambda: rests(client))

    # The same when it is watched from the beginning.
    opened.owner.publish_many("a", PAYLOADS)
    for expected in PAYLOADS:
        assert select.select([client], [], [], PATIENCE)[0]
        assert client.recv(0).data == expected
    wait_until(lambda: rests(client))


def test_statistics_count_what_was_taken(opened: Pair) -> None:
    assert opened.client.stats().received == 1
    opened.client.recv_many(9)
    assert opened.client.stats().received == 10
    assert opened.client.stats().bytes_received == 10


def test_closing_ends_it(opened: Pair) -> None:
    messages = iter(opened.client)
    next(messages)
    opened.client.close()
    assert list(messages) == []
    with fails(spotmq.Closed):
        opened.client.recv(0)


def test_views_outlive_the_frame_and_the_node(pair: Pair) -> None:
    large = [bytes([number]) * 5000 for number in range(6)]  # larger than what is copied at once
    pair.client.subscribe("a")
    pair.owner.publish_many("a", large)
    views = [pair.client.recv(PATIENCE_MS).view for _ in large]
    pair.client.close()
    gc.collect()
    assert [bytes(view) for view in views] == large


def test_threads_that_wait_get_their_share(pair: Pair) -> None:
    """No thread sleeps while messages wait that another thread has taken from the receiver."""
    rounds, threads = 200, 3
    pair.client.subscribe("a")
    taken: list[bytes] = []

    def take() -> None:
        for message in pair.client:
            if message.data == b"end":
                return
            taken.append(message.data)

    workers = [threading.Thread(target=take) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for _ in range(rounds):
        pair.owner.publish_many("a", PAYLOADS)
    # One more frame: each thread needs one of its messages to end.
    pair.owner.publish_many("a", [b"end"] * threads)
    for worker in workers:
        worker.join(PATIENCE)
        assert not worker.is_alive()
    assert sorted(taken) == sorted(PAYLOADS * rounds)
