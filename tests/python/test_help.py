"""Protects: help(), inspect and dir() show the public names, and importing spotmq is enough for them."""

import inspect
import pydoc
import subprocess
import sys

import pytest

import spotmq
import spotmq.asyncio

RECORDS = [
    spotmq.Event,
    spotmq.EventKind,
    spotmq.Location,
    spotmq.PeerInfo,
    spotmq.PeerState,
    spotmq.PeerStats,
    spotmq.Stats,
    spotmq.SubscriberStats,
    spotmq.SubscriberTopicStats,
    spotmq.TopicInfo,
    spotmq.TopicStats,
]


def fields_of(record: type) -> list[str]:
    names = getattr(record, "_fields", None) or getattr(record, "__members__", None)
    return list(names or record.__annotations__)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_help_says_what_each_field_is(record: type) -> None:
    text = pydoc.plain(pydoc.render_doc(record))
    first, _, rest = inspect.cleandoc(record.__doc__ or "").partition("\n\n")
    assert first
    assert record.__name__ in text
    described = [line.strip() for line in rest.splitlines()]
    for field in fields_of(record):
        (line,) = [line for line in described if line == field or line.startswith(f"{field}: ")]
        assert line in text


def test_fields_that_need_words_have_them() -> None:
    text = spotmq.Stats.__doc__ or ""
    assert "lost: Messages that this node should have received and did not" in text
    assert "reason: Why it is not UP" in (spotmq.PeerInfo.__doc__ or "")
    assert "UP: it answers" in (spotmq.PeerState.__doc__ or "")


def test_the_asynchronous_node_has_the_keywords_of_the_other() -> None:
    own = inspect.signature(spotmq.asyncio.Spot)
    other = inspect.signature(spotmq.Spot)
    named = [each for each in other.parameters.values() if each.kind is not each.VAR_KEYWORD]
    assert list(own.parameters.values()) == named
    assert "heartbeat_ms" in pydoc.render_doc(spotmq.asyncio.Spot)
    for wrong in ("heartbeat", "recv_hmw"):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{wrong}'"):
            spotmq.asyncio.Spot(**{wrong: 1})  # type: ignore[arg-type]


PROGRAM = """
import sys, spotmq
assert "spotmq.asyncio" not in sys.modules and "spotmq.codecs" not in sys.modules
assert {"asyncio", "codecs", "Spot"} <= set(dir(spotmq))
assert spotmq.asyncio.Spot.__module__ == "spotmq.asyncio"
assert spotmq.codecs.Json().decode(memoryview(b"1")) == 1
try:
    spotmq.nothing
except AttributeError as error:
    print(error)
"""


def test_parts_are_imported_when_they_are_used() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (answer.stdout, answer.stderr) == ("module 'spotmq' has no attribute 'nothing'\n", "")
