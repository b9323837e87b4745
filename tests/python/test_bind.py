"""Protects: bind(), and endpoint, data_endpoint, node_id, name and closed."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import MakeNode, Pair
from helpers import PATIENCE_MS, fails, free_tcp_port

import spotmq

BAD_ENDPOINTS = [
    "",
    "nonsense",
    "tcp://",
    "tcp://127.0.0.1",
    "tcp://127.0.0.1:",
    "tcp://127.0.0.1:65536",
    "tcp://127.0.0.1:-1",
    "tcp://127.0.0.1:5x",
    "tcp://:5555",
    "udp://127.0.0.1:5555",
    "pgm://127.0.0.1:5555",
    "http://127.0.0.1:5555",
    "ipc://",
    "ipc://" + "x" * 200,
    "inproc://",
    "TCP://127.0.0.1:5555",
    "tcp://127.0.0.1:55 55",
    "tcp://127.0.0.1:0\0",
]


def test_before_bind_there_is_no_endpoint(node: spotmq.Spot) -> None:
    assert node.endpoint is None
    assert node.data_endpoint is None
    assert not node.closed


@pytest.mark.parametrize("host", ["127.0.0.1", "*", "0.0.0.0", "localhost"])
def test_a_free_port_is_found_and_can_be_connected_to(
    make_node: MakeNode, node: spotmq.Spot, host: str
) -> None:
    node.bind(f"tcp://{host}:0")
    assert node.endpoint is not None
    assert node.data_endpoint is not None
    assert re.fullmatch(r"tcp://127\.0\.0\.1:[1-9]\d*", node.endpoint)
    assert re.fullmatch(r"tcp://127\.0\.0\.1:[1-9]\d*", node.data_endpoint)
    assert node.endpoint != node.data_endpoint
    make_node().cluster_add(node.endpoint, timeout_ms=PATIENCE_MS)


def test_a_given_port_is_taken(node: spotmq.Spot) -> None:
    port = free_tcp_port()
    node.bind(f"tcp://*:{port}")
    assert node.endpoint == f"tcp://127.0.0.1:{port}"


def test_ipv6(make_node: MakeNode, node: spotmq.Spot) -> None:
    if not socket.has_ipv6:
        return
    node.bind("tcp://[::1]:0")
    assert node.endpoint is not None
    assert re.fullmatch(r"tcp://\[::1\]:[1-9]\d*", node.endpoint)
    node.topic_create("six")
    client = make_node()
    client.cluster_add(node.endpoint, timeout_ms=PATIENCE_MS)
    client.subscribe("six")
    node.publish("six", b"6")
    assert client.recv(PATIENCE_MS) == ("six", b"6")


def test_ipc_and_inproc_keep_their_names(
    folder: Path, context: spotmq.Context, make_node: MakeNode
) -> None:
    for endpoint in (f"ipc://{folder}/node", "inproc://node"):
        node = make_node(context)
        node.bind(endpoint)
        assert node.endpoint == endpoint
        assert node.data_endpoint is not None
        assert node.data_endpoint != endpoint


def test_a_node_binds_once(node: spotmq.Spot) -> None:
    node.bind("tcp://127.0.0.1:0")
    endpoint = node.endpoint
    with fails(spotmq.AlreadyBound, "tcp://127.0.0.1:0"):
        node.bind("tcp://127.0.0.1:0")
    with fails(spotmq.AlreadyBound, "inproc://other"):
        node.bind("inproc://other")
    assert node.endpoint == endpoint


def test_an_address_in_use_is_refused_and_the_node_goes_on(
    make_node: MakeNode, tcp_owner: spotmq.Spot
) -> None:
    endpoint = tcp_owner.endpoint
    assert endpoint is not None
    node = make_node()
    with fails(spotmq.AddressInUse, endpoint):
        node.bind(endpoint)
    assert node.endpoint is None
    node.bind("tcp://127.0.0.1:0")
    assert node.endpoint not in (None, endpoint)


def test_an_inproc_name_in_use_is_refused(context: spotmq.Context, make_node: MakeNode) -> None:
    make_node(context).bind("inproc://name")
    with fails(spotmq.AddressInUse, "inproc://name"):
        make_node(context).bind("inproc://name")
    make_node().bind("inproc://name")  # of another context


@pytest.mark.parametrize("what", ["data_endpoint", "ingress_endpoint"])
def test_a_fixed_port_in_use_is_named(
    make_node: MakeNode, tcp_owner: spotmq.Spot, what: str
) -> None:
    taken = tcp_owner.endpoint
    assert taken is not None
    node = make_node()
    with fails(spotmq.AddressInUse, taken):
        node.bind("tcp://127.0.0.1:0", **{what: taken})
    assert node.endpoint is None
    node.bind("tcp://127.0.0.1:0")  # nothing of the failed one is left


def test_fixed_ports_are_taken(make_node: MakeNode, node: spotmq.Spot) -> None:
    data, ingress = (f"tcp://127.0.0.1:{free_tcp_port()}" for _ in range(2))
    node.bind("tcp://127.0.0.1:0", data_endpoint=data, ingress_endpoint=ingress)
    assert node.data_endpoint == data
    with fails(spotmq.AddressInUse, ingress):
        make_node().bind(ingress)


def test_advertise_names_the_host_for_peers(make_node: MakeNode, node: spotmq.Spot) -> None:
    node.bind("tcp://*:0", advertise="localhost")
    assert node.endpoint is not None
    assert node.endpoint.startswith("tcp://localhost:")
    node.topic_create("a")
    client = make_node()
    client.cluster_add(node.endpoint, timeout_ms=PATIENCE_MS)
    client.subscribe("a")
    node.publish("a", b"1")
    assert client.recv(PATIENCE_MS).data == b"1"


@pytest.mark.parametrize("endpoint", BAD_ENDPOINTS, ids=ascii)
def test_a_bad_endpoint_is_refused_everywhere(node: spotmq.Spot, endpoint: str) -> None:
    with fails(spotmq.InvalidEndpoint, endpoint):
        node.bind(endpoint)
    with fails(spotmq.InvalidEndpoint, endpoint):
        node.cluster_add(endpoint)
    with fails(spotmq.PeerNotFound, endpoint):
        node.cluster_remove(endpoint)
    assert node.endpoint is None
    assert node.peers() == []


@pytest.mark.parametrize("what", ["data_endpoint", "ingress_endpoint"])
def test_a_bad_second_endpoint_is_named(node: spotmq.Spot, what: str) -> None:
    with fails(spotmq.InvalidEndpoint, "nonsense"):
        node.bind("tcp://127.0.0.1:0", **{what: "nonsense"})
    assert node.endpoint is None


@pytest.mark.parametrize("method", ["bind", "cluster_add", "cluster_remove"])
@pytest.mark.parametrize("endpoint", [None, 5555, b"tcp://127.0.0.1:0"], ids=repr)
def test_an_endpoint_is_a_str(node: spotmq.Spot, method: str, endpoint: object) -> None:
    with pytest.raises(TypeError, match="must be str"):
        getattr(node, method)(endpoint)


def test_a_node_id_is_32_hex_digits_and_new_every_time(make_node: MakeNode) -> None:
    ids = {make_node().node_id for _ in range(20)}
    assert len(ids) == 20
    assert all(re.fullmatch("[0-9a-f]{32}", node_id) for node_id in ids)


def test_names_are_shown_to_peers(
    make_pair: Callable[..., Pair],
) -> None:
    pair = make_pair(owner={"name": "출판사"})
    assert pair.owner.name == "출판사"
    assert pair.client.name == ""
    (peer,) = pair.client.peers()
    assert (peer.name, peer.node_id) == ("출판사", pair.owner.node_id)


def test_repr_tells_which_and_how(make_node: MakeNode) -> None:
    node = make_node(name="sensor")
    assert repr(node) == f"<spotmq.Spot 'sensor' {node.node_id[:8]} not bound>"
    node.bind("tcp://127.0.0.1:0")
    assert repr(node) == f"<spotmq.Spot 'sensor' {node.node_id[:8]} {node.endpoint}>"
    node.close()
    assert repr(node) == f"<spotmq.Spot 'sensor' {node.node_id[:8]} closed>"


def test_properties_cannot_be_set(node: spotmq.Spot) -> None:
    for name in ("endpoint", "data_endpoint", "node_id", "name", "closed", "context"):
        with pytest.raises(AttributeError):
            setattr(node, name, "x")


def test_an_ipc_path_is_free_again_after_closing(folder: Path, make_node: MakeNode) -> None:
    for _ in range(3):
        node = make_node()
        node.bind(f"ipc://{folder}/node")
        with fails(spotmq.AddressInUse, f"ipc://{folder}/node"):
            make_node().bind(f"ipc://{folder}/node")
        node.close()
