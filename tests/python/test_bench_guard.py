"""Protects: ``make bench-guard`` measures what its rows say, in turns, and reports it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import guard
import guard_subjects
from guard_ends import Ends, Round, alone
from guard_subjects import (
    MEMORY,
    PROCESSOR,
    RATE,
    Exchange,
    Figure,
    Speeds,
    deliveries,
    percentiles,
    rate,
    subjects,
)
from spotmq_bench.ends import calls, memory
from spotmq_bench.ends.footprint import in_fresh_process
from spotmq_bench.harness.workers import BenchmarkError, Contender, Pair

BUSY_S = 0.03
TOY = f"""
import time

class Active:
    def __init__(self, link, size):
        link.send(size)

    def run(self, count):
        begin = time.process_time()
        while time.process_time() - begin < {BUSY_S}:
            pass
        return [float(count)]

    def close(self):
        pass

class Passive(Active):
    def __init__(self, link, size):
        self.size = link.recv()

class Lone(Active):
    def __init__(self, link, size):
        self.size = size

    def run(self, count):
        return [self.size / count]

class Broken(Passive):
    def run(self, count):
        raise RuntimeError("no luck")
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment whose spotmq is empty, with toy ends beside it."""
    environment = tmp_path_factory.mktemp("guard") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    [site] = environment.glob("lib/python*/site-packages")
    (site / "spotmq.py").touch()
    (site / "toy_ends.py").write_text(TOY)
    return environment / "bin" / "python"


@pytest.fixture
def toy(python: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    [site] = python.parent.parent.glob("lib/python*/site-packages")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "toy_ends", raising=False)
    return __import__("toy_ends")


def one_round(
    active: list[float], passive: list[float], count: int = 100, processor: float = 4.0
) -> Round:
    return Round(count, active, passive, 9.0, processor)


def test_a_stream_is_counted_at_its_receiver() -> None:
    assert rate(one_round([], [99.0, 3.0])) == (33.0, 25.0)


def test_deliveries_last_from_the_first_publish_to_the_last_delivery() -> None:
    measured = one_round([0, 10.0, 12.0], [500, 11.0, 15.0])
    assert deliveries(measured) == (100.0, 125.0)


def test_percentiles_are_turned_upside_down() -> None:
    middle, late = percentiles(one_round([*[2.0] * 90, *[4.0] * 10], []))
    assert (middle, late) == (1 / 2, 1 / 4)


def test_processor_time_is_that_of_both_ends(python: Path, toy: Any) -> None:
    ends = Ends(python, Contender("toy", toy.Active, toy.Passive), 7)
    try:
        measured = ends.round(5)
    finally:
        ends.close()
    assert (measured.count, measured.active, measured.passive) == (5, [5.0], [5.0])
    assert 2 * BUSY_S <= measured.processor < 4 * BUSY_S
    assert measured.seconds >= BUSY_S


def test_an_end_that_fails_is_heard(python: Path, toy: Any) -> None:
    ends = Ends(python, Contender("toy", toy.Active, toy.Broken), 7)
    try:
        with pytest.raises(BenchmarkError, match="no luck"):
            ends.round(5)
    finally:
        ends.close()


def test_an_end_without_another(python: Path, toy: Any) -> None:
    assert alone(python, toy.Lone, 7) == [7.0]


def test_the_spotmq_of_another_environment_is_refused(
    python: Path, toy: Any, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    other = tmp_path / "bin" / "python"
    other.write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    other.chmod(0o755)
    with pytest.raises(BenchmarkError, match="takes spotmq from"):
        alone(other, toy.Lone, 7)


class FakeEnds:
    """Rounds that take as long as their messages; the made and the closed are written down."""

    log: list[tuple[str, str, int]]

    def __init__(self, python: Path, _contender: Contender, size: int) -> None:
        self._name = python.name
        self.log.append(("made", self._name, size))

    def round(self, count: int) -> Round:
        self.log.append(("round", self._name, count))
        seconds = count / 1e6
        return Round(count, [], [count, seconds], seconds, seconds)

    def close(self) -> None:
        self.log.append(("closed", self._name, 0))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    monkeypatch.setattr(guard_subjects, "Ends", FakeEnds)
    monkeypatch.setattr(FakeEnds, "log", [], raising=False)
    return FakeEnds.log


def toy_stream(seconds: float = 0.1) -> Exchange:
    return Exchange("toy", calls.PUBLISH, 16, (RATE, PROCESSOR), rate, fewest=500, seconds=seconds)


def test_a_round_has_as_many_messages_as_take_its_time(fake: list[tuple[str, str, int]]) -> None:
    subject = toy_stream(seconds=0.2)
    assert subject.enough(Path("base")) == 200_000
    counts = [count for what, _, count in fake if what == "round"]
    assert counts == [500, 2_000, 8_000, 32_000, 128_000]  # the last took long enough
    assert fake[-1] == ("closed", "base", 0)


def test_contenders_take_turns(fake: list[tuple[str, str, int]]) -> None:
    speeds = toy_stream().session([Path("head"), Path("base")], 1000)
    assert [name for what, name, _ in fake if what == "round"] == [
        *("head", "base"),  # to warm up
        *("head", "base") * guard_subjects.ROUNDS,
    ]
    assert sorted(name for what, name, _ in fake if what == "closed") == ["base", "head"]
    assert set(speeds) == {Path("head"), Path("base")}
    assert speeds[Path("base")] == pytest.approx({RATE: 1e6, PROCESSOR: 1e6})


class FakeSubject:
    """Head is half as fast as base, and as large."""

    label = "fake"
    figures: tuple[Figure, ...] = (RATE, MEMORY)

    def __init__(self) -> None:
        self.orders: list[list[str]] = []

    def enough(self, python: Path) -> int:
        assert python.name == "base"
        return 42

    def session(self, pythons: Sequence[Path], count: int) -> dict[Path, Speeds]:
        assert count == 42
        self.orders.append([python.name for python in pythons])
        return {
            python: {RATE: 1.0 if python.name == "head" else 2.0, MEMORY: 1.0} for python in pythons
        }


def test_ratios_of_every_session_with_the_first_place_in_turn() -> None:
    subject = FakeSubject()
    rows = guard.chosen(subject, [])
    guard.compare(subject, rows, Path("base"), Path("head"), 6)
    assert subject.orders == [["base", "head"], ["head", "base"]] * 3
    assert rows[RATE].ratios == [0.5] * 6
    assert rows[MEMORY].ratios == [1.0] * 6
    assert [rows[figure].verdict.word for figure in (RATE, MEMORY)] == ["loss", "same"]


def test_every_figure_has_a_margin_of_its_own() -> None:
    rows = [row for subject in subjects() for row in guard.chosen(subject, []).values()]
    margins = {row.label: row.margin for row in rows}
    assert len(margins) == len(rows)
    assert margins["spotmq publish → iterate, 16 B: messages a second"] == 0.05
    assert margins["spotmq publish → iterate, 16 B: processor time a message"] == 0.02
    assert margins["spotmq publish → iterate, views, 1 MB: processor time a message"] == 0.02
    assert margins["spotmq publish → recv_many, 100 topics in turn: messages a second"] == 0.05
    assert margins["spotmq publish → 100 subscribers: messages a second"] == 0.05
    assert margins["spotmq publish, 64 B: time in publish() p50"] == 0.05
    assert margins["spotmq publish, 64 B: time in publish() p99"] == 0.05
    assert margins["spotmq, 64 B: latency p99"] == 0.05
    assert margins["spotmq, an idle node: memory"] == 0.005
    assert margins["spotmq, a topic: memory"] == 0.005


def test_rows_are_chosen_by_their_names() -> None:
    def labels(*only: str) -> list[str]:
        return [row.label for one in subjects() for row in guard.chosen(one, only).values()]

    assert labels("memory") == ["spotmq, an idle node: memory", "spotmq, a topic: memory"]
    assert labels("topic: memory", "publish() p50") == [
        "spotmq publish, 64 B: time in publish() p50",
        "spotmq, a topic: memory",
    ]
    assert labels("no such row") == []


def test_a_margin_on_the_command_line_is_for_every_row() -> None:
    args = guard.parse(["--margin", "0.3", "--only", "a", "--only", "b", "one"])
    assert (args.base, args.head, args.only) == ("one", "HEAD", ["a", "b"])
    assert {row.margin for row in guard.chosen(FakeSubject(), [], args.margin).values()} == {0.3}
    assert guard.parse(["one", "two"]).margin is None


def test_the_names_of_rows_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        guard.parse(["--list"])
    assert ended.value.code == 0
    listed = capsys.readouterr().out.splitlines()
    assert "spotmq, a topic: memory" in listed
    assert len(listed) == sum(len(subject.figures) for subject in subjects())


def test_a_row_of_the_report() -> None:
    text = guard.report([guard.Row("it", 0.005, [0.9] * 6), guard.Row("other", 0.05, [1.0] * 6)])
    _, _, loss, same = text.splitlines()
    assert loss.split(" | ")[1:] == ["0.900", "0.900 – 0.900", "  0.5%", "loss |"]
    assert same.split(" | ")[1:] == ["1.000", "1.000 – 1.000", "    5%", "same |"]


def test_calls_are_timed_one_by_one() -> None:
    pair = Pair(calls.PUBLISH, 64)
    try:
        times, _ = pair.round(calls.WINDOW + 3)
    finally:
        pair.close()
    assert len(times) == calls.WINDOW + 3
    assert all(1 <= time < 10e9 for time in times)


def weight(function: Callable[[int], dict[str, float]], scale: int) -> dict[str, float]:
    end = memory.Weigh(None, scale, function)  # type: ignore[arg-type]
    return {"bytes": end.run(1)[0]}


def test_topics_and_nodes_have_a_weight() -> None:
    topic = in_fresh_process(partial(weight, memory.local_topics), 5000)["bytes"]
    node = in_fresh_process(partial(weight, memory.bound_nodes), 2)["bytes"]
    assert 100 < topic < 5_000
    assert 100e3 < node < 100e6
