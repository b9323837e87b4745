"""Protects: a test of times is played again when a process could not run, and in no other case."""

import time
from pathlib import Path

import pytest
from children import Child
from harness import TooLate
from stage import MOST_TAKES, TOLERATED, Stage, on_time, stages_in


def stop_behind_its_back(stage: Stage) -> None:
    """As a machine does that lets a process wait: the worker here does not know of it."""
    worker = stage.spawn()
    worker.call("node_id")
    Child.pause(worker)
    time.sleep(2 * TOLERATED)


def test_who_was_stopped_by_the_test_was_not_starved(tmp_path: Path) -> None:
    for stage in stages_in(tmp_path):
        with stage:
            worker = stage.spawn()
            worker.call("node_id")
            worker.pause()
            time.sleep(2 * TOLERATED)
            worker.resume()
            worker.call("node_id")
            on_time(worker.starved(time.monotonic()) < TOLERATED, "it seems starved")


def test_who_was_stopped_by_others_was_starved(tmp_path: Path) -> None:
    takes = 0
    for stage in stages_in(tmp_path):
        with stage:
            takes += 1
            if takes == 1:
                stop_behind_its_back(stage)
                raise TooLate("on the first take")
    assert takes > 1


def test_being_late_without_a_reason_counts(tmp_path: Path) -> None:
    takes = []

    def play() -> None:
        for stage in stages_in(tmp_path):
            with stage:
                takes.append(stage)
                raise TooLate("at once")

    with pytest.raises(TooLate):
        play()
    assert len(takes) < MOST_TAKES


def test_what_is_wrong_counts_on_any_machine(tmp_path: Path) -> None:
    takes = []

    def play() -> None:
        for stage in stages_in(tmp_path):
            with stage:
                takes.append(stage)
                stop_behind_its_back(stage)
                raise AssertionError("the law")

    with pytest.raises(AssertionError, match="the law"):
        play()
    assert len(takes) == 1
