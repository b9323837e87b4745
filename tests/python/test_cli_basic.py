"""Protects: the command without its extra, its help, its version, and shell completion."""

import subprocess
import sys
from pathlib import Path

import pytest
from commands import PROGRAM, Here
from helpers import PATIENCE

import spotmq
from spotmq import cli

COMMANDS = [
    "pub",
    "sub",
    "topics",
    "peers",
    "sync",
    "top",
    "ping",
    "record",
    "replay",
    "demo",
    "bench",
]

# A finder in front of all others that knows no typer and no rich: as where they are not installed.
WITHOUT_THE_EXTRA = """
import sys
from importlib.machinery import PathFinder

class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in ("typer", "rich"):
            return None
        return super().find_spec(name, path, target)

sys.meta_path[:] = [f for f in sys.meta_path if f is not PathFinder] + [Finder]
"""


def without_the_extra(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA + PROGRAM, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS[:-2])
def test_without_the_extra_it_says_what_to_install(
    command: str, monkeypatch: pytest.MonkeyPatch, here: Here
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    status, out, err = here(command, "tcp://127.0.0.1:5555")
    assert (status, out) == (1, "")
    assert err == f"spot {command} needs an extra: pip install 'spotmq[cli]'\n"


def test_without_the_extra_the_rest_works() -> None:
    assert without_the_extra("--version") == (0, f"spot {spotmq.__version__}\n", "")
    status, out, _ = without_the_extra("--help")
    assert status == 0
    assert all(command in out for command in COMMANDS)
    assert without_the_extra("sub", "x")[0] == 1
    status, out, _ = without_the_extra("demo", "--messages", "100")
    assert status == 0
    assert "600 of 600 messages arrived, 0 lost" in out
    assert "usage: spot bench" in without_the_extra("bench", "--help")[1]


def test_with_the_extra_too(here: Here) -> None:
    assert here("--version") == (0, f"spot {spotmq.__version__}\n", "")
    status, out, _ = here("bench", "--help")
    assert status == 0
    assert out.startswith("usage: spot bench")
    assert here("bench", "nosuch")[0] == 2
    status, out, _ = here()
    assert status == 2
    assert "Usage: spot" in out


def test_demo(here: Here) -> None:
    status, out, _ = here("demo", "--messages", 100)
    assert status == 0
    assert "600 of 600 messages arrived, 0 lost" in out


@pytest.mark.parametrize("command", COMMANDS[:-1])
def test_help_has_examples(here: Here, command: str) -> None:
    status, out, err = here(command, "--help")
    assert (status, err) == (0, "")
    assert "Examples:" in out
    assert out.count(f"spot {command} ") >= 2
    assert "\\n\\n" not in out
    assert "[/" not in out


def test_its_modules_are_named_in_its_table() -> None:
    assert cli.__doc__ is not None
    folder = Path(str(cli.__file__)).parent
    known = {line.split()[0] for line in cli.__doc__.splitlines() if "  " in line.strip()}
    for module in folder.glob("*.py"):
        assert module.stem in {*known, *COMMANDS, "__init__"}, f"{module.stem} is described nowhere"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(
    shell: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def complete(line: str) -> str:
        """What the shell is told, as its script asks for it."""
        monkeypatch.setenv("_SPOT_COMPLETE", f"complete_{shell}")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        with pytest.raises(SystemExit):
            cli.main([])
        return capfd.readouterr().out

    found = complete("spot re")
    assert "record" in found
    assert "replay" in found
    assert "topics" not in found
    assert "--hexdump" in complete("spot sub --")
    assert "bytes" in complete("spot top --sort ")
