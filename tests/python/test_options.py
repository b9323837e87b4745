"""Protects: options of Spot that make no sense are refused by name."""

from typing import Any

import pytest
from helpers import fails

import spotmq
from spotmq import _options

GOOD: list[dict[str, Any]] = [
    {"send_hwm": 0, "recv_hwm": 0},
    {"send_hwm": 2**31 - 1, "recv_hwm": 1},
    {"send_hwm_bytes": 0, "recv_hwm_bytes": 0},
    {"send_hwm_bytes": 1, "recv_hwm_bytes": 2**63 - 1, "send_hwm": 0, "recv_hwm": 0},
    {"overflow": "block", "send_timeout_ms": None},
    {"send_timeout_ms": 0},
    {"send_timeout_ms": 1.5},
    {"linger_ms": 0},
    {"name": None},
    {"name": ""},
    {"name": "é" * 127},
    {"heartbeat_ms": 1},
    {"stall_timeout_ms": 1},
    {"max_message_bytes": 1},
    {"max_message_bytes": 2**63 - 1},
    {"max_topics_per_peer": 1, "max_peers": 1},
    {"gossip": False},
]
WRONG_VALUES: list[tuple[str, Any]] = [
    ("send_hwm", -1),
    ("send_hwm", 2**31),
    ("recv_hwm", -1),
    ("send_hwm_bytes", -1),
    ("recv_hwm_bytes", 2**63),
    ("overflow", "wait"),
    ("overflow", ""),
    ("send_timeout_ms", -1),
    ("send_timeout_ms", float("nan")),
    ("linger_ms", -1),
    ("linger_ms", float("inf")),
    ("name", "x" * 256),
    ("name", "é" * 128),
    ("heartbeat_ms", 0),
    ("heartbeat_ms", -5),
    ("stall_timeout_ms", 0),
    ("max_message_bytes", 0),
    ("max_message_bytes", 2**63),
    ("max_topics_per_peer", 0),
    ("max_peers", 0),
]
WRONG_TYPES: list[tuple[str, Any]] = [
    ("send_hwm", "1"),
    ("send_hwm", 1.0),
    ("send_hwm", True),
    ("recv_hwm", None),
    ("overflow", None),
    ("overflow", b"drop"),
    ("send_timeout_ms", "1"),
    ("linger_ms", None),
    ("name", b"name"),
    ("name", 1),
    ("heartbeat_ms", None),
    ("max_message_bytes", 1.5),
    ("gossip", None),
    ("gossip", 1),
]


@pytest.mark.parametrize("options", GOOD, ids=str)
def test_what_makes_sense(options: dict[str, Any]) -> None:
    with spotmq.Spot(**options) as node:
        node.topic_create("a")
        node.subscribe("a")
        node.publish("a", b"1")
        assert node.recv(10_000).data == b"1"


@pytest.mark.parametrize(("option", "value"), WRONG_VALUES)
def test_a_wrong_value_is_named(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match="a time-out" if option == "send_timeout_ms" else option):
        spotmq.Spot(**{option: value})


@pytest.mark.parametrize(("option", "value"), WRONG_TYPES)
def test_a_wrong_type_is_named(option: str, value: Any) -> None:
    with pytest.raises(TypeError, match="timeout_ms" if option == "send_timeout_ms" else option):
        spotmq.Spot(**{option: value})


@pytest.mark.parametrize("context", ["x", 1, object])
def test_a_context_is_a_context(context: object) -> None:
    with pytest.raises(TypeError, match="context"):
        spotmq.Spot(context)  # type: ignore[arg-type]


def test_options_are_keywords() -> None:
    with pytest.raises(TypeError):
        spotmq.Spot(None, 1000)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        spotmq.Spot(hwm=1)  # type: ignore[arg-type]


def test_a_closed_context_is_refused() -> None:
    context = spotmq.Context()
    context.close()
    with fails(spotmq.Closed):
        spotmq.Spot(context)


def test_max_peers_is_a_limit() -> None:
    with spotmq.Spot(max_peers=2) as node:
        node.cluster_add("tcp://127.0.0.1:9")
        node.cluster_add("tcp://127.0.0.1:10")
        with pytest.raises(spotmq.SpotError):
            node.cluster_add("tcp://127.0.0.1:11")
        assert len(node.peers()) == 2


def test_a_node_without_init_says_so() -> None:
    class Lazy(spotmq.Spot):
        def __init__(self) -> None:
            """Forgets the base class."""

    with pytest.raises((RuntimeError, TypeError)):
        Lazy().recv(0)


def test_the_core_declares_what_python_checks() -> None:
    rows = {row[0]: row[1:] for row in spotmq._core._options()}
    assert list(rows) == [option.name for option in _options.OPTIONS]
    assert rows["send_hwm"][:5] == ("whole", 10_000, 0, 2**31 - 1, ())
    assert rows["overflow"][:5] == ("choice", "drop", 0, 0, ("drop", "block"))
    assert rows["send_timeout_ms"][:2] == ("timeout", 10_000)
    assert rows["name"][:4] == ("text", None, 0, 255)
    assert rows["gossip"][:2] == ("yes_no", True)
    assert rows["coalesce_us"][-2] == "microseconds"


def test_the_core_refuses_a_name_that_it_has_not() -> None:
    with pytest.raises(TypeError, match="there is no option block"):
        spotmq._core.Node(None, block=True)
    with pytest.raises(ValueError, match="maybe is no choice"):
        spotmq._core.Node(None, overflow="maybe")
