"""Protects: the judge of the cluster tests finds every breach of the law."""

from typing import Any

import pytest
from law import Life, judge

ONE, TWO = "1" * 32, "2" * 32


def account(runs: list[list[int]], lost: int = 0, topic: str = "own:1") -> dict[str, Any]:
    return {"node_id": TWO, "streams": [[ONE, topic, runs]], "breaches": [], "lost": lost}


def alive(sent: int) -> Life:
    return Life(ONE, {"own:1": sent})


def told(sent: int) -> Life:
    return Life(ONE, {"own:1": sent}, told=True)


def gone(sent: int) -> Life:
    return Life(ONE, {"own:1": sent}, alive=False, owes=False)


@pytest.mark.parametrize(
    ("life", "runs", "lost"),
    [
        (alive(9), [[1, 9, 0]], 0),
        (alive(9), [[4, 9, 0]], 0),  # subscribed late
        (alive(9), [[1, 3, 0], [6, 9, 2]], 2),
        (alive(9), [[3, 9, 2]], 2),  # a mark came first
        (told(9), [[1, 8, 0]], 1),  # the end was dropped, and told
        (told(9), [[1, 3, 0], [6, 8, 2]], 3),
        (gone(9), [[1, 5, 0]], 0),  # killed: the end is not known
        (gone(9), [[1, 5, 0]], 4),  # closed: its last mark told
    ],
)
def test_keeping_it(life: Life, runs: list[list[int]], lost: int) -> None:
    verdict = judge([life], [account(runs, lost)])
    assert not verdict.breaches


@pytest.mark.parametrize(
    ("life", "runs", "lost", "breach"),
    [
        (alive(9), [[1, 3, 0], [6, 9, 0]], 0, "6 instead of 4, but lost 0"),
        (alive(9), [[1, 3, 0], [6, 9, 1]], 1, "6 instead of 4, but lost 1"),
        (alive(9), [[1, 5, 0], [5, 9, 0]], 0, "5 instead of 6"),
        (alive(9), [[4, 9, 0], [1, 3, 0]], 0, "1 instead of 10"),
        (alive(9), [[1, 8, 0]], 0, "9 sent, the last received is 8"),
        (alive(9), [[1, 8, 0]], 1, "9 sent, the last received is 8"),
        (told(9), [[1, 8, 0]], 0, "and 1 to 1 at the ends"),
        (told(9), [[1, 8, 0]], 2, "and 1 to 1 at the ends"),
        (alive(9), [[1, 10, 0]], 0, "10 received, 9 sent"),
        (alive(9), [[1, 3, 0], [6, 9, 2]], 0, "messages say 2 are lost, the node 0"),
        (alive(9), [[1, 9, 0]], 3, "messages say 0 are lost, the node 3"),
        (gone(9), [[1, 5, 0]], 5, "messages say 0 are lost, the node 5"),
        (Life("3" * 32, {}), [[1, 5, 0]], 0, "there was no such node"),
        (Life(ONE, {"own:2": 0}), [[1, 5, 0]], 0, "it never published that"),
    ],
)
def test_breaking_it(life: Life, runs: list[list[int]], lost: int, breach: str) -> None:
    verdict = judge([life], [account(runs, lost)])
    assert any(breach in found for found in verdict.breaches), verdict


def test_what_is_lost_of_a_topic() -> None:
    report = account([[1, 3, 0], [6, 8, 2]], 3)
    assert not judge([told(9)], [report | {"lost_of": {"own:1": 3}}]).breaches
    assert "lacks 3, lost 2" in judge([told(9)], [report | {"lost_of": {"own:1": 2}}]).breaches[0]


def test_a_stream_that_never_came() -> None:
    silent = {"node_id": TWO, "streams": [], "breaches": [], "lost": 0}
    assert "nothing of own:1" in judge([alive(9)], [silent]).breaches[0]
    assert not judge([alive(0)], [silent]).breaches
    assert not judge([gone(9)], [silent]).breaches


def test_receivers_that_disagree() -> None:
    one, other = account([[1, 9, 0]], topic="via:1"), account([[1, 8, 0]], topic="via:1")
    life = Life(ONE, {})
    assert not judge([life], [one, one]).breaches
    assert "ends at [8, 9]" in judge([life], [one, other]).breaches[0]
