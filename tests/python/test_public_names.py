"""Protects: the public names and their signatures, and that the stubs agree with the compiled module."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import spotmq
from spotmq import _core

NAMES = [
    "AddressInUse",
    "Again",
    "AlreadyBound",
    "Closed",
    "ConfigError",
    "Context",
    "DecodeError",
    "Event",
    "EventKind",
    "Events",
    "InvalidEndpoint",
    "InvalidTopic",
    "Location",
    "Message",
    "MessageTooLarge",
    "NotSubscribed",
    "PeerExists",
    "PeerInfo",
    "PeerNotFound",
    "PeerState",
    "PeerStats",
    "PeerUnreachable",
    "Publisher",
    "Spot",
    "SpotError",
    "Stats",
    "Subscriber",
    "SubscriberStats",
    "SubscriberTopicStats",
    "Timeout",
    "TopicExists",
    "TopicInfo",
    "TopicNotFound",
    "TopicStats",
    "TypedMessage",
    "TypedSubscriber",
    "__version__",
]

SIGNATURES = {
    "bind": "(self, endpoint, *, data_endpoint=None, ingress_endpoint=None, advertise=None)",
    "cluster_add": "(self, endpoint, *, timeout_ms=0)",
    "cluster_remove": "(self, endpoint)",
    "cluster_sync": "(self, timeout_ms=1000)",
    "join": "(self, *seeds, timeout_ms=5000)",
    "peers": "(self)",
    "topic_create": "(self, topic, *, shared=False)",
    "topic_destroy": "(self, topic)",
    "topic_route": "(self, topic, endpoint)",
    "topic_exists": "(self, topic)",
    "topic_is_local": "(self, topic)",
    "list_topics": "(self)",
    "subscribe": "(self, *topics, missing_ok=False, timeout_ms=5000)",
    "unsubscribe": "(self, *topics)",
    "subscriptions": "(self)",
    "subscriber": "(self, *topics, recv_hwm=None, recv_hwm_bytes=None, missing_ok=False, timeout_ms=5000, codec=None)",
    "publisher": "(self, topic, codec=None, *, create=False)",
    "publish": "(self, topic, data, *, copy=None)",
    "publish_many": "(self, topic, items)",
    "recv": "(self, timeout_ms=None)",
    "recv_many": "(self, max_messages=1024, timeout_ms=None)",
    "poll": "(self, timeout_ms=None)",
    "fileno": "(self)",
    "watch": "(self)",
    "wait_for_topic": "(self, topic, timeout_ms=5000)",
    "wait_for_peers": "(self, n, timeout_ms=5000)",
    "wait_for_subscribers": "(self, topic, n=1, timeout_ms=5000)",
    "stats": "(self)",
    "close": "(self)",
}


def test_all_is_frozen() -> None:
    assert spotmq.__all__ == NAMES
    assert all(hasattr(spotmq, name) for name in NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "__version__"])
def test_everything_has_a_docstring(name: str) -> None:
    value = getattr(spotmq, name)
    assert value.__doc__
    assert value.__doc__[0].isupper()


@pytest.mark.parametrize("method", SIGNATURES)
def test_signatures_are_frozen(method: str) -> None:
    function = getattr(spotmq.Spot, method)
    signature = inspect.signature(function)
    bare = signature.replace(
        parameters=[
            parameter.replace(
                annotation=inspect.Parameter.empty,
                kind=inspect.Parameter.POSITIONAL_OR_KEYWORD
                if parameter.kind is inspect.Parameter.POSITIONAL_ONLY
                else parameter.kind,
            )
            for parameter in signature.parameters.values()
        ],
        return_annotation=inspect.Signature.empty,
    )
    assert str(bare) == SIGNATURES[method]
    assert function.__doc__


def test_records_have_the_fields_of_the_contract() -> None:
    assert spotmq.TopicInfo._fields == ("topic", "location", "endpoints", "reachable")
    assert spotmq.PeerInfo._fields == (
        "endpoint",
        "node_id",
        "name",
        "state",
        "topics",
        "reason",
        "since",
    )
    assert {
        "published",
        "received",
        "bytes_published",
        "bytes_received",
        "lost",
        "overflowed",
        "malformed",
        "oversized",
        "ignored",
        "reconnects",
        "cut_off",
        "peers_up",
        "peers",
        "topics",
    } <= set(spotmq.Stats._fields)
    assert spotmq.PeerStats._fields == (
        "received",
        "bytes_received",
        "lost",
        "overflowed",
        "reconnects",
        "malformed",
    )
    assert spotmq.TopicStats._fields == (
        "published",
        "bytes_published",
        "relayed",
        "received",
        "bytes_received",
        "lost",
        "overflowed",
        "subscribers",
    )


def stub_names() -> dict[str, set[str]]:
    """Classes of the stub, and what each declares; "" stands for the module."""
    import spotmq as package

    stub = Path(package.__file__).parent / "_core" / "__init__.pyi"
    found: dict[str, set[str]] = {"": set()}
    for statement in ast.parse(stub.read_text()).body:
        if isinstance(statement, ast.ClassDef):
            found[statement.name] = {
                item.name for item in statement.body if isinstance(item, ast.FunctionDef)
            }
        elif isinstance(statement, ast.FunctionDef):
            found[""].add(statement.name)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found[""].add(statement.target.id)
    return found


def test_what_the_stubs_declare_exists_and_nothing_else() -> None:
    stubs = stub_names()
    classes = {name for name in stubs if name}
    public = {name for name in vars(_core) if not name.startswith("_") or name == "__version__"}
    declared_public = {name for name in stubs[""] if not name.startswith("_")}
    assert public == classes | declared_public | {"__version__"}
    assert all(hasattr(_core, name) for name in stubs[""])
    for name in classes:
        cls = getattr(_core, name)
        own = {
            key for key in vars(cls) if not key.startswith("__") and not key.startswith("_pybind11")
        }
        declared = {key for key in stubs[name] if not key.startswith("__")}
        assert own == declared
        assert all(hasattr(cls, key) for key in stubs[name] if key != "__buffer__")


def test_importing_is_light() -> None:
    program = "import sys, spotmq; print(sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    modules = set(ast.literal_eval(done.stdout))
    assert not modules & {
        "logging",
        "numpy",
        "zmq",
        "asyncio",
        "multiprocessing",
        "pybind11",
        "psutil",
    }
