"""Protects: spotmq.asyncio has the names of spotmq with the same arguments, and awaits where those may wait."""

import inspect
import subprocess
import sys

import pytest

import spotmq
import spotmq.asyncio
from spotmq.asyncio._options import Options

CLASSES = ["Spot", "Subscriber", "Events", "Publisher", "TypedSubscriber"]
AWAITED = {
    "Spot": {
        "bind",
        "close",
        "cluster_add",
        "cluster_remove",
        "cluster_sync",
        "flush",
        "join",
        "poll",
        "publish",
        "publish_many",
        "recv",
        "recv_many",
        "subscribe",
        "topic_route",
        "unsubscribe",
        "wait_for_peers",
        "wait_for_subscribers",
        "wait_for_topic",
    },
    "Subscriber": {"close", "poll", "recv", "recv_many", "subscribe", "unsubscribe"},
    "Events": {"close", "poll", "recv"},
    "Publisher": {"publish", "publish_many", "wait_for_subscribers"},
    "TypedSubscriber": {"close", "poll", "recv", "recv_many", "subscribe", "unsubscribe"},
}
MORE = {
    "Spot": {"sync", "wrap"},
    "Subscriber": {"sync"},
    "Events": set[str](),
    "Publisher": set[str](),
    "TypedSubscriber": set[str](),
}


def public(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


def bare(function: object) -> str:
    """The signature without annotations; positional-only is C's way to say positional."""
    assert callable(function)
    signature = inspect.signature(function)
    return str(
        signature.replace(
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
    )


def test_the_module_names_its_classes() -> None:
    assert set(spotmq.asyncio.__all__) == set(CLASSES)
    for name in CLASSES:
        assert getattr(spotmq.asyncio, name).__module__ == "spotmq.asyncio"


@pytest.mark.parametrize("name", CLASSES)
def test_the_names_are_the_same(name: str) -> None:
    ours = public(getattr(spotmq.asyncio, name))
    theirs = {each for each in public(getattr(spotmq, name)) if each != "from_config"}
    assert ours - {"from_config"} == theirs | MORE[name]


@pytest.mark.parametrize("name", CLASSES)
def test_the_arguments_are_the_same_and_every_name_is_documented(name: str) -> None:
    ours, theirs = getattr(spotmq.asyncio, name), getattr(spotmq, name)
    for method in sorted((public(ours) & public(theirs)) - {"from_config"}):
        one, other = inspect.getattr_static(ours, method), inspect.getattr_static(theirs, method)
        assert one.__doc__, method
        if not isinstance(one, property):
            assert bare(one) == bare(other), method


@pytest.mark.parametrize("name", CLASSES)
def test_what_can_wait_is_awaited_and_nothing_else(name: str) -> None:
    cls = getattr(spotmq.asyncio, name)
    assert {
        each for each in public(cls) if inspect.iscoroutinefunction(getattr(cls, each))
    } == AWAITED[name]


def test_the_options_are_the_same() -> None:
    parameters = inspect.signature(spotmq.Spot.__init__).parameters.values()
    options = {each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}
    assert set(Options.__annotations__) == options


def test_what_makes_no_sense_is_refused_as_by_the_synchronous_node() -> None:
    with pytest.raises(ValueError, match="overflow must be one of"):
        spotmq.asyncio.Spot(overflow="shed")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        spotmq.asyncio.Spot(overflows="drop")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"spot must be spotmq\.Spot, not int"):
        spotmq.asyncio.Spot.wrap(1)  # type: ignore[arg-type]


def test_asyncio_is_imported_by_those_only_who_ask_for_it() -> None:
    program = "import sys, spotmq; print('asyncio' in sys.modules, 'spotmq.asyncio' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
