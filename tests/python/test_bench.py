"""Protects: the benchmarks run, write their results, and render them. It checks no speed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import spotmq
from spotmq_bench.harness import report
from spotmq_bench.harness.progress import Progress

PATIENCE_S = 60
SHORT = ("--quick", "--rounds", "1", "--seconds", "0.01")
RUNS = {
    "throughput": ("throughput", *SHORT, "--sizes", "16"),
    "latency": ("latency", *SHORT, "--sizes", "64"),
    "scenarios": ("scenarios", "patterns", *SHORT, "--scales", "1"),
}
RATE = "messages a second"
PERCENTILES = ("p50 in µs", "p90 in µs", "p99 in µs", "p99.9 in µs")
LOADED = "another topic streams at full rate"


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "spotmq_bench", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def bench(*arguments: str) -> tuple[int, str, str]:
    """The exit status, and what it printed on standard output and standard error."""
    with start(*arguments) as process:
        out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, err


class Run:
    def __init__(self, printed: tuple[int, str, str], path: Path) -> None:
        self.status, self.out, self.err = printed
        self.path = path

    def document(self) -> dict[str, Any]:
        assert self.status == 0, self.err
        document: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return document


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """All three at the same time: their figures do not count here, and they wait a lot."""
    directory = tmp_path_factory.mktemp("bench")
    paths = {name: directory / f"{name}.json" for name in RUNS}
    processes = {
        name: start(*arguments, "--json", str(paths[name])) for name, arguments in RUNS.items()
    }
    try:
        done = {}
        for name, process in processes.items():
            out, err = process.communicate(timeout=PATIENCE_S)
            done[name] = Run((process.returncode, out, err), paths[name])
        yield done
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def contenders(results: list[dict[str, Any]]) -> list[str]:
    return [result["contender"] for result in results]


def check_sample(sample: dict[str, Any]) -> None:
    assert sample["median"] > 0
    assert sample["rounds"] == [sample["median"]]
    assert sample["spread"] == 0  # of one round


@pytest.mark.parametrize("name", RUNS)
def test_a_run_says_where_its_figures_come_from(runs: dict[str, Run], name: str) -> None:
    document = runs[name].document()
    assert document["benchmark"] == name
    assert document["spotmq"] == spotmq.__version__
    assert {"machine", "CPUs", "system", "python", "pyzmq", "commit", "run time"} <= set(document)
    assert document["options"]["rounds"] == 1


def test_throughput_has_every_pair_of_calls(runs: dict[str, Run]) -> None:
    results = runs["throughput"].document()["results"]
    assert contenders(results) == [
        "pyzmq PUB/SUB",
        "spotmq publish → iterate",
        "spotmq publish → recv",
        "spotmq publish_many → recv_many",
        "spotmq publish_many → recv_many, each unpacked",
    ]
    for result in results:
        assert result["size"] == 16
        check_sample(result[RATE])


def test_latency_is_measured_idle_and_beside_a_stream(runs: dict[str, Run]) -> None:
    results = runs["latency"].document()["results"]
    idle = [result for result in results if result["load"] == "idle"]
    loaded = [result for result in results if result["load"] == LOADED]
    assert contenders(idle) == ["pyzmq PUB/SUB", "spotmq", "TCP socket"]
    assert contenders(loaded) == ["pyzmq PUB/SUB", "spotmq"]
    for result in results:
        medians = [result[name]["median"] for name in PERCENTILES]
        assert medians == sorted(medians)
        for name in PERCENTILES:
            check_sample(result[name])
    for result in loaded:
        check_sample(result["messages a second beside it"])


def test_a_scenario_has_a_result_for_each_scale(runs: dict[str, Run]) -> None:
    results = runs["scenarios"].document()["results"]
    assert {(result["scenario"], result["scale"]) for result in results} == {("patterns", 1)}
    assert "spotmq" in contenders(results)
    for result in results:
        check_sample(result[RATE])


def test_the_event_loops_are_compared_with_what_there_is(tmp_path: Path) -> None:
    """nats-py takes part where it is installed, and has a line that says so where it is not."""
    path = tmp_path / "asyncio.json"
    printed = bench("scenarios", "asyncio", *SHORT, "--scales", "16", "--json", str(path))
    results = Run(printed, path).document()["results"]
    assert {"zmq.asyncio", "spotmq.asyncio, async for", "nats-py"} <= set(contenders(results))
    for result in results:
        if "absent" not in result:
            check_sample(result[RATE])


@pytest.mark.parametrize("name", RUNS)
def test_progress_is_one_line_for_each_stage_without_a_terminal(
    runs: dict[str, Run], name: str
) -> None:
    lines = runs[name].err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"{name}, ")
    assert lines[0].endswith("(1 of 1)")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_at_a_terminal_names_what_runs_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "200")
    with Progress("throughput", 2) as progress, progress.stage("16 bytes", 4):
        progress.doing("spotmq, setting up")
        for number in (1, 2, 3):
            progress.doing(f"spotmq, round {number} of 3")
    shown = terminal.getvalue().split("\r")
    assert any("left: throughput, 16 bytes, spotmq, round 3 of 3" in line for line in shown)
    assert any(line.startswith(" 38%") for line in shown)  # three of four steps, of the first half
    assert any(line.startswith(" 50%") for line in shown)


def test_render_prints_what_the_runs_printed(runs: dict[str, Run]) -> None:
    status, out, err = bench("render", *(str(run.path) for run in runs.values()))
    assert (status, err) == (0, "")
    for run in runs.values():
        assert run.status == 0
        assert run.out.strip() in out


@pytest.mark.parametrize(
    ("arguments", "known"),
    [(("nonsense",), "throughput"), (("scenarios", "nonsense"), "fan-out")],
)
def test_what_there_is_not_is_said_in_one_line(arguments: tuple[str, ...], known: str) -> None:
    status, out, err = bench(*arguments)
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert "there is no" in line
    assert "nonsense" in line
    assert known in line


def test_a_contender_that_fails_is_a_line_and_the_others_go_on(tmp_path: Path) -> None:
    """A peer whose server cannot be had, and one whose ends raise."""
    program = tmp_path / "failing.py"
    program.write_text(FAILING, encoding="utf-8")
    path = tmp_path / "throughput.json"
    done = subprocess.run(
        [sys.executable, str(program), *SHORT, "--sizes", "16", "--json", str(path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1
    assert "1 of 2 results failed" in done.stderr
    failed, well = json.loads(path.read_text(encoding="utf-8"))["results"]
    assert failed == {"size": 16, "contender": "failing", "failed": "RuntimeError: 3 were lost"}
    check_sample(well[RATE])
    assert "failed: RuntimeError: 3 were lost" in done.stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("tracked", [False, True])
def test_a_repository_around_an_installed_package_is_not_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tracked: bool
) -> None:
    installed = tmp_path / "site-packages" / "report.py"
    installed.parent.mkdir()
    installed.touch()

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True)

    git("init", "-q")
    if tracked:
        git("add", ".")
    git("commit", "-q", "--allow-empty", "-m", "Another project")
    monkeypatch.setattr(report, "__file__", str(installed))
    assert report.surroundings()["commit"] == "unknown"


FAILING = """
import sys
from spotmq_bench import cli, throughput
from spotmq_bench.ends import pyzmq
from spotmq_bench.harness.workers import Contender

class Loses(pyzmq.Receive):
    def run(self, count):
        raise RuntimeError("3 were lost")

throughput.contenders = lambda size: [Contender("failing", pyzmq.Send, Loses), pyzmq.THROUGHPUT]

if __name__ == "__main__":
    sys.exit(cli.main(["throughput", *sys.argv[1:]]))
"""
