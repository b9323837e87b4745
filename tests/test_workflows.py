"""Protects: the workflows parse, rely only on fixed versions of other people's work, and run what exists
here.

They run elsewhere, so that a mistake in them shows late; a release is the worst time for it.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def load(file: Path) -> dict[Any, Any]:
    workflow = yaml.safe_load(file.read_text())
    assert isinstance(workflow, dict)
    return workflow


def steps(workflow: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", ())


def runs_of(workflow: dict[Any, Any]) -> str:
    return "\n".join(step.get("run", "") for step in steps(workflow))


def test_the_workflows_are_there() -> None:
    assert [file.stem for file in FILES] == ["ci", "docs", "release", "wheels"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_workflow_has_what_it_needs(file: Path) -> None:
    workflow = load(file)
    assert workflow[True], "`on`, which YAML takes for a truth value"
    assert workflow["permissions"] == {"contents": "read"}, "jobs ask for more where they need it"
    for name, job in workflow["jobs"].items():
        assert "uses" in job or job["timeout-minutes"] <= 90, name
        for needed in [job.get("needs", [])] if isinstance(job.get("needs"), str) else []:
            assert needed in workflow["jobs"], f"{name} needs {needed}"
        for step in job.get("steps", ()):
            assert ("uses" in step) != ("run" in step), f"{name}: {step}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_have_fixed_versions(file: Path) -> None:
    for used in re.findall(r"uses: *(\S+)", file.read_text()):
        if used.startswith("./"):
            assert (ROOT / used).is_file()
        else:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})", used), used


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_run_exists(file: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    runs = runs_of(load(file))
    for target in re.findall(
        r"\bmake ([\w-]+)", runs.replace("test-${{ matrix.sanitizer }}", "test")
    ):
        assert target in targets
    for script in re.findall(r"\bscripts/[\w.-]+", runs):
        assert (ROOT / script).is_file()


def test_only_the_last_step_of_a_release_may_publish() -> None:
    release = load(ROOT / ".github" / "workflows" / "release.yml")
    jobs = release["jobs"]
    assert [name for name, job in jobs.items() if "permissions" in job] == ["publish"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert jobs["publish"]["needs"] == "build"
    assert jobs["build"]["needs"] == "version"
    last = jobs["publish"]["steps"][-1]
    assert last["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert "with" not in last, "no token: PyPI trusts the workflow"


def test_a_release_publishes_what_the_wheels_workflow_builds() -> None:
    wheels = load(ROOT / ".github" / "workflows" / "wheels.yml")
    release = load(ROOT / ".github" / "workflows" / "release.yml")
    names = [step["with"]["name"] for step in steps(wheels) if "upload" in step.get("uses", "")]
    download = next(step for step in steps(release) if "download" in step.get("uses", ""))
    assert all(name.startswith(download["with"]["pattern"].rstrip("*")) for name in names)
    assert "workflow_call" in wheels[True]


def test_the_version_check_of_a_release_finds_the_version() -> None:
    run = runs_of(load(ROOT / ".github" / "workflows" / "release.yml"))
    pattern = re.search(r'grep -F "(.*?)\$\{GITHUB_REF_NAME#v\}(.*?)" CMakeLists.txt', run)
    assert pattern
    text = (ROOT / "CMakeLists.txt").read_text()
    assert re.search(re.escape(pattern[1]) + r"\d+\.\d+\.\d+" + re.escape(pattern[2]), text)


def test_wheels_are_built_for_every_python_that_is_promised() -> None:
    wheels = PROJECT["tool"]["cibuildwheel"]
    promised = {
        f"cp{name.rpartition(' ')[2].replace('.', '')}-*"
        for name in PROJECT["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", name)
    }
    built = set(wheels["build"])
    assert {name for name in built if "t-" not in name} == promised
    assert {"cp313t-*", "cp314t-*"} <= built
    assert "cpython-freethreading" in wheels["enable"]
    assert "{project}/scripts/smoke.py" in wheels["test-command"]
    assert (ROOT / "scripts" / "smoke.py").is_file()
