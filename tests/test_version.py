"""Protects: CMakeLists.txt states the version, and everything else repeats it."""

import re
import subprocess
import sysconfig
from importlib.metadata import version
from pathlib import Path

import spotmq
from spotmq import _core

ROOT = Path(__file__).resolve().parent.parent


def test_every_version_is_that_of_cmake() -> None:
    match = re.search(r"project\(spot VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
    assert match is not None
    assert spotmq.__version__ == match[1]
    assert _core.__version__ == match[1]
    assert version("spotmq") == match[1]


def test_command_line_prints_it() -> None:
    spot = Path(sysconfig.get_path("scripts")) / "spot"
    done = subprocess.run(
        [spot, "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert spotmq.__version__ in done.stdout.split()
