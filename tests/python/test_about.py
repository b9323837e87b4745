"""Protects: `python -m spotmq` prints what is installed, and how to get the command."""

import platform
import subprocess
import sys

import spotmq
from spotmq import _core


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "spotmq", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_says_what_is_installed() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    lines = dict(line.split(None, 1) for line in done.stdout.splitlines())
    version, bundled, features = _core.libzmq()
    assert lines["spotmq"].startswith(spotmq.__version__ + " in ")
    assert lines["libzmq"] == f"{version}, {'bundled' if bundled else 'of the system'}"
    assert lines["features"] == ", ".join(features)
    assert platform.python_version() in lines["python"]
    assert "numpy" in lines["[codecs]"]
    assert lines["[cli]"]


def test_a_pipe_that_nobody_reads_ends_it_quietly() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "spotmq"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(timeout=60)


def test_libzmq_says_what_it_can() -> None:
    version, _, features = _core.libzmq()
    assert tuple(map(int, version.split("."))) >= (4, 3, 4)
    assert "ipc" in features


def test_arguments_are_the_commands() -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert spotmq.__version__ in done.stdout
    assert run("no-such-command").returncode == 2
