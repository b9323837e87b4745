"""The fenced code blocks of the project's pages, and what the pages say about running them.

A comment above a block says what is special about it:

    <!-- run: after the previous block -->    it goes on where that one ended, in the same program
    <!-- run: beside the next block -->       it keeps running, in a process of its own, while that one runs
    <!-- run: beside the next block but one -->  the same, of those that are run, for pages with two columns
    <!-- run: as 192.168.1.100 -->            it stands for the program on that machine
    <!-- run: by a later block -->            it is only a file (title="x.py") that another block uses
    <!-- prints -->                           this text is what the program above it prints
    <!-- not run: REASON -->                  it is not run, for one of REASONS

Several of the first kind may be joined by commas. A block with a title is a file of that name, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "benchmarks" / "README.md",
    ROOT / "cpp" / "spot" / "wire" / "PROTOCOL.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

# Why a block may stay unrun: it is another project's and needs its server, it changes the machine, or it is
# what .ci/run does from its own command; or it is a copy of what the compiler sees anyway.
REASONS = (
    "needs a Redis server",
    "needs a NATS server",
    "installs",
    "builds",
    "measures",
    "is a header",
)

RUN = {"python", "console"}
CHECKED = {"cpp", "cmake", "toml", "json"}
# Shown, not code; the two of PROTOCOL.md are compared byte for byte by tests/python/test_wire_*.py.
SHOWN = {"text", "frames", "data"}

_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>[\w+-]*)(?P<rest>.*)$")
_COMMENT = re.compile(r"^ *<!-- (?P<kind>not run|run|prints)(?:: (?P<text>.*?))? -->$")
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass
class Block:
    page: Path
    line: int  # of the first line of code
    language: str
    code: str
    title: str = ""
    unrun: str = ""  # the reason
    after: bool = False
    beside: int = 0  # how many blocks further on is the one that it runs beside
    only_file: bool = False
    host: str = ""
    prints: bool = False
    output: str | None = None  # what a <!-- prints --> block says it prints

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass
class Group:
    """Blocks that run at the same time, the last one in front; and the files of their page."""

    programs: list[Block]
    files: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.programs[-1].name


class PageError(Exception):
    """A page says something about a block that makes no sense."""


def _directives(block: Block, kind: str, text: str) -> None:
    if kind == "prints":
        block.prints = True
    elif kind == "not run":
        if text not in REASONS:
            raise PageError(f"{block.name}: not run: {text!r} is none of {REASONS}")
        block.unrun = text
    else:
        for word in re.split(r", ", text):
            if word == "after the previous block":
                block.after = True
            elif word == "beside the next block":
                block.beside = 1
            elif word == "beside the next block but one":
                block.beside = 2
            elif word == "by a later block":
                block.only_file = True
            elif word.startswith("as "):
                block.host = word[3:]
            else:
                raise PageError(f"{block.name}: run: {word!r} is not understood")


def blocks_of(page: Path, text: str | None = None) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found: list[Block] = []
    comments: list[tuple[str, str]] = []
    opened: re.Match[str] | None = None
    code: list[str] = []
    start = 0
    lines = (page.read_text() if text is None else text).splitlines()
    for number, line in enumerate(lines, 1):
        if opened is not None:
            if line.strip() == opened["ticks"]:
                title = _TITLE.search(opened["rest"])
                block = Block(
                    page,
                    start,
                    opened["language"],
                    "\n".join(code) + "\n",
                    title[1] if title else "",
                )
                for kind, words in comments:
                    _directives(block, kind, words)
                found.append(block)
                opened, comments = None, []
            else:
                code.append(line.removeprefix(opened["indent"]))
        elif fence := _FENCE.match(line):
            opened, code, start = fence, [], number + 1
        elif comment := _COMMENT.match(line):
            comments.append((comment["kind"], comment["text"] or ""))
        elif line.strip():
            comments = []
    if opened is not None:
        raise PageError(f"{page}:{start}: the block has no end")
    return found


def groups_of(blocks: list[Block]) -> list[Group]:
    """The blocks of a page that are run together."""
    files = {block.title: block.code for block in blocks if block.title}
    programs: list[Block] = []
    for block in blocks:
        runs = block.language in RUN and not block.unrun and not block.only_file
        if block.prints:
            if not programs:
                raise PageError(f"{block.name}: no program above it prints this")
            programs[-1].output = block.code
        elif runs and block.after:
            if not programs or programs[-1].language != block.language:
                raise PageError(f"{block.name}: there is no program to go on with")
            _go_on(programs[-1], block)
        elif runs:
            programs.append(block)
    return [Group(together, files) for together in _together(programs)]


def _together(programs: list[Block]) -> list[list[Block]]:
    """Each program in front, after those that run beside it."""
    beside: dict[int, list[Block]] = {}
    found: list[list[Block]] = []
    for i, block in enumerate(programs):
        others = beside.pop(i, [])
        if block.beside:
            if i + block.beside >= len(programs):
                raise PageError(f"{block.name}: there is no block beside which it could run")
            beside.setdefault(i + block.beside, []).extend([*others, block])
        else:
            found.append([*others, block])
    return found


def _go_on(program: Block, block: Block) -> None:
    """Adds a block's lines to a program, at the line numbers that they have on the page."""
    gap = block.line - program.line - program.code.count("\n")
    program.code += "\n" * gap + block.code


def indented_code(text: str) -> list[int]:
    """The lines where code is indented in place of fenced, so that nothing could tell what it is."""
    found: list[int] = []
    fenced = in_block = False
    before = ""  # the last line that is not blank
    blank = True
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and line.strip():
            starts_nothing = not re.match(r"\s|[-*+] |\d+\. |!!!|\?\?\?|===|<", before)
            if line.startswith("    ") and ((blank and starts_nothing) or in_block):
                found.append(number)
                in_block = True
            else:
                in_block = in_block and line.startswith("    ")
        if line.strip():
            before = line
        blank = not line.strip()
    return found
