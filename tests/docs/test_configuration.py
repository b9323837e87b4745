"""Protects: the table of options in docs/configuration.md agrees with their declaration."""

import subprocess
import sys
from pathlib import Path

from blocks import ROOT

PAGE = ROOT / "docs" / "configuration.md"


def test_the_table_is_that_of_the_declaration(tmp_path: Path) -> None:
    made = tmp_path / "configuration.md"
    subprocess.run([sys.executable, ROOT / "scripts" / "options_table.py", made], check=True)
    assert PAGE.read_text() == made.read_text(), "stale: run python scripts/options_table.py"
