"""Protects: pages and pictures that scripts make are up to date."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import ROOT

import spotmq
import spotmq.errors

PICTURES = ROOT / "docs" / "pictures"


def test_the_cpp_page_is_that_of_the_headers(tmp_path: Path) -> None:
    made = tmp_path / "cpp.md"
    subprocess.run([sys.executable, ROOT / "scripts" / "cpp_api.py", made], check=True)
    assert (ROOT / "docs" / "reference" / "cpp.md").read_text() == made.read_text(), (
        "stale: run python scripts/cpp_api.py"
    )


def test_the_index_of_tests_is_that_of_their_files(tmp_path: Path) -> None:
    made = tmp_path / "README.md"
    subprocess.run([sys.executable, ROOT / "scripts" / "tests_index.py", made], check=True)
    page = (ROOT / "tests" / "README.md").read_text()
    assert page == made.read_text(), "stale: run python scripts/tests_index.py"
    for file in [
        *(ROOT / "tests").rglob("test_*.py"),
        *(ROOT / "tests" / "cpp").rglob("*_test.cpp"),
    ]:
        assert f"| `{file.name}` |" in page


def test_every_test_case_in_cpp_is_in_a_file_that_ctest_runs() -> None:
    for file in (ROOT / "tests" / "cpp").rglob("*.[ch]pp"):
        if not file.name.endswith("_test.cpp"):
            assert "TEST_CASE" not in file.read_text(), f"{file.name}: not named *_test.cpp"


def test_everything_that_the_tables_declare_is_current(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "tables.py", tmp_path], check=True)
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(made) == 4
    for path in made:
        kept = ROOT / path.relative_to(tmp_path)
        assert kept.read_text() == path.read_text(), "stale: run python scripts/tables.py"


def test_the_cpp_page_has_every_public_header() -> None:
    page = (ROOT / "docs" / "reference" / "cpp.md").read_text()
    install = (ROOT / "cmake" / "SpotInstall.cmake").read_text()
    listed = install.split("set(public_headers", 1)[1].split(")", 1)[0].split()
    for header in listed:
        assert header == "spot/spot.hpp" or f"`{header}`" in page


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


def test_the_specification_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "specification.md").read_text()
    tests = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "tests").rglob("*.cpp")]
    text = "\n".join(path.read_text() for path in tests)
    names = {path.name for path in tests}
    python_names = set(re.findall(r"`(test_\w+)`", page))
    assert len(python_names) > 15
    assert {name for name in python_names if f"def {name}(" not in text} == set()
    assert {name for name in re.findall(r"`(\w+\.(?:py|cpp))`", page) if "test" in name} <= names
    cases = set(re.findall(r'(?:\| |; )"([^"|]+)"', page))
    assert len(cases) > 25
    assert {case for case in cases if f'TEST_CASE("{case}")' not in text} == set()


def test_the_python_page_has_every_public_name() -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text()
    shown = set(re.findall(r"^::: spotmq\.(\w+)$", page, re.MULTILINE))
    errors = {name for name in spotmq.__all__ if name in vars(spotmq.errors)}
    assert "errors" in shown
    assert set(spotmq.__all__) - errors - {"__version__"} <= shown
