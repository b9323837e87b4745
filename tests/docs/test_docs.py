"""Protects: every code block of README.md and docs/ does what its page says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import blocks
import pytest
import runner
from blocks import ROOT, Block, Group

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BLOCKS = [block for page in blocks.PAGES for block in blocks.blocks_of(page)]
GROUPS = [
    group
    for page in blocks.PAGES
    for group in blocks.groups_of([block for block in BLOCKS if block.page == page])
]


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language and not block.unrun]


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Future[None]]]:
    """All groups at once: they mostly wait for an interpreter to start, or for each other."""
    with ThreadPoolExecutor(max_workers=2 + (os.cpu_count() or 1)) as pool:
        yield {group.name: pool.submit(runner.run, group) for group in GROUPS}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_the_programs_of_a_page_run(group: Group, runs: dict[str, Future[None]]) -> None:
    try:
        runs[group.name].result(timeout=120)
    except runner.Failed as error:
        pytest.fail(str(error), pytrace=False)


def test_every_block_says_what_it_is() -> None:
    known = blocks.RUN | blocks.CHECKED | blocks.SHOWN
    unknown = [
        f"{block.name}: {block.language!r}"
        for block in BLOCKS
        if block.language not in known and not block.unrun
    ]
    assert not unknown, "languages that no test knows"
    indented = [
        f"{page.relative_to(ROOT)}:{line}"
        for page in blocks.PAGES
        for line in blocks.indented_code(page.read_text())
    ]
    assert not indented, "indented code: fence it, and name its language"


def test_what_is_not_run_is_little_and_has_a_reason() -> None:
    unrun = [block for block in BLOCKS if block.unrun]
    for block in unrun:
        print(f"{block.name}: {block.unrun}")
    counts = Counter(block.unrun for block in unrun)
    assert counts["needs a Redis server"] <= 8
    assert counts["needs a NATS server"] <= 8
    assert len(unrun) - counts["is a header"] <= 24
    for block in unrun:
        if block.unrun.startswith("needs"):
            wanted = {"needs a Redis server": "redis", "needs a NATS server": "nats"}[block.unrun]
            assert wanted in block.code.lower(), f"{block.name} is not {wanted}'s"
        elif block.unrun == "is a header":
            assert block.page.name == "cpp.md", f"{block.name} is not generated from a header"
        else:
            assert block.language == "console", f"{block.name}: {block.unrun}"


def test_make_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    for block in BLOCKS:
        if block.language == "console":
            for line in re.findall(r"^\$ make ([\w-]+)", block.code, re.MULTILINE):
                assert line in targets, f"{block.name}: there is no `make {line}`"


def test_toml_and_json_blocks_parse() -> None:
    for block in of("toml"):
        assert tomllib.loads(block.code), block.name
    for block in of("json"):
        for line in block.code.splitlines():
            json.loads(line)


def test_cmake_blocks_name_the_package_and_its_targets() -> None:
    consumer = (ROOT / "tests" / "cpp" / "consumer" / "CMakeLists.txt").read_text()
    install = (ROOT / "cmake" / "SpotInstall.cmake").read_text()
    targets = set(re.findall(r"add_library\((spot::\w+) ALIAS", install))
    for block in of("cmake"):
        assert set(re.findall(r"spot::\w+", block.code)) <= targets, block.name
        # The consumer names components, or none, after what the pages write.
        packages = re.findall(r"find_package\(.*?(?= COMPONENTS|\))", block.code)
        assert all(package in consumer for package in packages), block.name


def cpp_source(block: Block, number: int) -> str:
    """A block as a part of a file: its includes first, then its statements in a function if it has no main."""
    head = [line for line in block.code.splitlines() if line.startswith("#include")]
    body = [line for line in block.code.splitlines() if not line.startswith("#include")]
    where = f'#line {block.line + len(head)} "{block.page}"'
    if any(re.match(r"int main\b|class |struct ", line) for line in body):
        opening, closing = f"namespace page_{number} {{", "}"
    else:
        opening, closing = f"void page_{number} () {{", "}"
    return "\n".join([*head, opening, where, *body, closing, ""])


def test_cpp_blocks_compile(tmp_path: Path) -> None:
    compiler = next(
        (found for name in ("c++", "g++", "clang++") if (found := shutil.which(name))), None
    )
    assert compiler, "there is no C++ compiler"
    version = (ROOT / "cmake" / "version.hpp.in").read_text()
    generated = tmp_path / "spot" / "version.hpp"
    generated.parent.mkdir()
    generated.write_text(re.sub(r"@PROJECT_VERSION\w*@", "0", version))
    source = tmp_path / "pages.cpp"
    source.write_text("".join(cpp_source(block, i) for i, block in enumerate(of("cpp"))))
    done = subprocess.run(
        [
            compiler,
            "-std=c++17",
            "-fsyntax-only",
            f"-I{ROOT / 'cpp'}",
            f"-I{tmp_path}",
            str(source),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
