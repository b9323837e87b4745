"""Protects: the calls of spotmq.asyncio that tables make: none is missing, wrong arguments are refused, the stub is current."""

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import spotmq
import spotmq.asyncio
from spotmq.asyncio import _calls
from spotmq.asyncio._mirror import direct, mirrors, shared

ROOT = Path(__file__).resolve().parents[2]

# Calls that are written out in their class, because every message goes through them, or because they do something
# of their own. All others are in the tables of spotmq/asyncio/_calls.py.
WRITTEN = {
    "Spot": {
        *("close", "closed", "fileno", "poll", "publish", "publish_many"),
        *("recv", "recv_many", "watch"),
    },
    "Subscriber": {"close", "closed", "fileno", "poll", "recv", "recv_many"},
    "Publisher": {"publish"},
    "TypedSubscriber": {"recv", "recv_many"},
}
NOT_THERE = {"Spot": {"from_config"}}  # wrap(Spot.from_config(…)) does it


def calls_of(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


def missing(name: str, synchronous: type) -> set[str]:
    """The calls of the synchronous class that are neither in its table nor written out."""
    table: Any = getattr(_calls, f"{name}Calls")
    return (
        calls_of(synchronous)
        - set(table._mirrored[1])
        - WRITTEN[name]
        - NOT_THERE.get(name, set[str]())
    )


@pytest.mark.parametrize("name", WRITTEN)
def test_every_call_is_in_the_table_or_written_out(name: str) -> None:
    assert missing(name, getattr(spotmq, name)) == set()
    assert WRITTEN[name] <= calls_of(getattr(spotmq.asyncio, name))


@pytest.mark.parametrize("name", WRITTEN)
def test_no_call_is_both(name: str) -> None:
    table: Any = getattr(_calls, f"{name}Calls")
    assert not WRITTEN[name] & set(table._mirrored[1])


@pytest.mark.parametrize("name", ["Spot", "Subscriber"])
def test_a_call_that_is_missing_from_the_table_is_found(name: str) -> None:
    more = type("More", (getattr(spotmq, name),), {"new_call": lambda self: None})
    assert missing(name, more) == {"new_call"}


@pytest.mark.parametrize("name", WRITTEN)
def test_signatures_are_those_of_the_synchronous_class(name: str) -> None:
    table: Any = getattr(_calls, f"{name}Calls")
    for call, how in table._mirrored[1].items():
        made = inspect.getattr_static(table, call)
        original = inspect.getattr_static(getattr(spotmq, name), call)
        if isinstance(made, property):
            assert made.__doc__, call
            continue
        ours, theirs = inspect.signature(made), inspect.signature(original)
        assert list(ours.parameters.values()) == list(theirs.parameters.values()), call
        assert ours.return_annotation == (how.returns or theirs.return_annotation), call
        assert inspect.iscoroutinefunction(made) is how.coroutine, call
        assert made.__qualname__ == f"{name}.{call}"


def test_wrong_arguments_are_refused_where_the_call_is_made() -> None:
    spot: Any = spotmq.asyncio.Spot()
    other: Any = spot.sync
    for call, given, named in (
        ("bind", (), {}),
        ("bind", ("tcp://*:0", "tcp://*:0"), {}),
        ("join", (), {"timeout": 1}),
        ("topic_create", ("a", True), {}),
        ("wait_for_peers", (), {}),
        ("subscriber", ("a",), {"hwm": 1}),
    ):
        with pytest.raises(TypeError) as ours:
            getattr(spot, call)(*given, **named)
        with pytest.raises(TypeError) as theirs:
            getattr(other, call)(*given, **named)
        said = str(theirs.value).replace("Handles.", "Spot.").replace("Waits.", "Spot.")
        assert str(ours.value) == said
    other.close()


def test_a_table_is_refused_that_names_what_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no_such_call"):
        mirrors(spotmq.Spot, "_sync", no_such_call=direct())(type("Calls", (), {}))
    with pytest.raises(TypeError, match="no docstring with 'nothing like it'"):
        mirrors(spotmq.Publisher, publish=shared(but=("nothing like it", "")))(
            type("Calls", (), {})
        )


def test_the_stub_is_what_the_tables_say(tmp_path: Path) -> None:
    made = tmp_path / "_calls.pyi"
    subprocess.run([sys.executable, ROOT / "scripts" / "asyncio_stubs.py", made], check=True)
    kept = ROOT / "python" / "spotmq" / "asyncio" / "_calls.pyi"
    assert kept.read_text() == made.read_text(), "stale: run python scripts/asyncio_stubs.py"
