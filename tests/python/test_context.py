"""Protects: Context: shared I/O threads and inproc names, and closing it with its nodes."""

import threading
import weakref
from typing import Any

import pytest
from helpers import PATIENCE_MS, fails, wait_until

import spotmq


def test_nodes_of_one_context_meet_by_inproc_and_others_do_not() -> None:
    with spotmq.Context() as context, spotmq.Context() as other:
        owner, client, stranger = spotmq.Spot(context), spotmq.Spot(context), spotmq.Spot(other)
        owner.bind("inproc://here")
        client.cluster_add("inproc://here", timeout_ms=PATIENCE_MS)
        with fails(spotmq.PeerUnreachable, "inproc://here"):
            stranger.cluster_add("inproc://here", timeout_ms=50)
        assert owner.context is client.context is context


def test_a_private_context_is_none() -> None:
    with spotmq.Spot() as node:
        assert node.context is None


def test_closing_it_closes_its_nodes_first() -> None:
    context = spotmq.Context()
    nodes = [spotmq.Spot(context) for _ in range(5)]
    outside = spotmq.Spot()
    assert not context.closed
    context.close()
    context.close()
    assert context.closed
    assert all(node.closed for node in nodes)
    assert not outside.closed
    outside.close()


def test_closing_it_ends_calls_that_wait() -> None:
    context = spotmq.Context()
    node = spotmq.Spot(context)
    errors: list[BaseException] = []
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        try:
            node.recv()
        except spotmq.SpotError as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert begun.wait(PATIENCE_MS / 1000)
    context.close()
    thread.join(PATIENCE_MS / 1000)
    assert [type(error) for error in errors] == [spotmq.Closed]


def test_a_node_keeps_its_context_alive_and_the_other_way_it_does_not() -> None:
    context = spotmq.Context()
    node = spotmq.Spot(context)
    gone = weakref.ref(node)
    alive = weakref.ref(context)
    del context
    assert alive() is not None
    node.topic_create("a")
    del node
    wait_until(lambda: gone() is None)
    wait_until(lambda: alive() is None)


@pytest.mark.parametrize("io_threads", [1, 2, 8])
def test_io_threads(io_threads: int) -> None:
    with spotmq.Context(io_threads) as context, spotmq.Spot(context) as node:
        node.topic_create("a")
        node.subscribe("a")
        node.publish("a", b"1")
        assert node.recv(PATIENCE_MS).data == b"1"


@pytest.mark.parametrize("io_threads", [0, -1, 65, 2**40])
def test_too_few_and_too_many_threads(io_threads: int) -> None:
    with pytest.raises(ValueError, match="io_threads"):
        spotmq.Context(io_threads)


@pytest.mark.parametrize("io_threads", ["1", 1.0, None, True], ids=repr)
def test_threads_are_an_int(io_threads: Any) -> None:
    with pytest.raises(TypeError, match="io_threads"):
        spotmq.Context(io_threads)


def test_repr() -> None:
    context = spotmq.Context()
    assert repr(context) == "<spotmq.Context open>"
    context.close()
    assert repr(context) == "<spotmq.Context closed>"


def test_nodes_that_come_and_go_do_not_disturb_the_context() -> None:
    with spotmq.Context() as context:
        for _ in range(100):
            with spotmq.Spot(context) as owner, spotmq.Spot(context) as client:
                owner.bind("tcp://127.0.0.1:0")
                assert owner.endpoint is not None
                client.cluster_add(owner.endpoint, timeout_ms=PATIENCE_MS)
                wait_until(lambda: client.peers()[0].state is spotmq.PeerState.UP)
