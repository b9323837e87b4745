"""Protects: pages and pictures that scripts make are what these would make now."""

import subprocess
import sys
from pathlib import Path

import pytest
from blocks import ROOT

PICTURES = ROOT / "docs" / "pictures"


def test_the_cpp_page_is_that_of_the_headers(tmp_path: Path) -> None:
    made = tmp_path / "cpp.md"
    subprocess.run([sys.executable, ROOT / "scripts" / "cpp_api.py", made], check=True)
    assert (ROOT / "docs" / "reference" / "cpp.md").read_text() == made.read_text(), (
        "stale: run python scripts/cpp_api.py"
    )


def test_the_cpp_page_has_every_public_header() -> None:
    page = (ROOT / "docs" / "reference" / "cpp.md").read_text()
    install = (ROOT / "cmake" / "SpotInstall.cmake").read_text()
    listed = install.split("set(public_headers", 1)[1].split(")", 1)[0].split()
    for header in listed:
        assert header == "cpp/spot/spot.hpp" or f"`{header.removeprefix('cpp/')}`" in page


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    subprocess.run([sys.executable, ROOT / "scripts" / "draw_pictures.py", folder], check=True)
    return folder


def test_the_pictures_are_those_that_the_script_draws(drawn: Path) -> None:
    made = {path.name: path.read_text() for path in drawn.iterdir()}
    kept = {path.name: path.read_text() for path in PICTURES.glob("*.svg")}
    assert kept == made, "stale: run python scripts/draw_pictures.py"


def test_every_picture_is_shown(drawn: Path) -> None:
    pages = "".join(page.read_text() for page in (ROOT / "docs").rglob("*.md"))
    assert all(f"pictures/{path.name})" in pages for path in drawn.iterdir())
