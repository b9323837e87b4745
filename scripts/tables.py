"""Writes what comes from the tables of counters and options in C++ into the files that show it.

python scripts/tables.py [FOLDER]: writes below FOLDER instead of into the repository. PLACES says which files those
are, and between which marks the text stands. tests/docs/test_generated.py fails when one is stale. The table of options
in docs/configuration.md, which shows more, is made by scripts/options_table.py.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COUNTERS = ROOT / "cpp" / "spot" / "base" / "stats.hpp"
OPTIONS = ROOT / "cpp" / "spot" / "base" / "options.hpp"
WIDTH, CPP_WIDTH = 100, 110

_LIST = re.compile(r"^#define (SPOT_\w+)\(row\) \\\n((?:.*\\\n)*.*)\n", re.MULTILINE)
_STRING = r'((?:"(?:[^"\\]|\\.)*" ?)+)'  # of several literals in a row
_COUNTER = re.compile(rf"row\((\w+), (\w+), (\w+), {_STRING}\)")
_OPTION = re.compile(rf"row\(([\w:]+), (\w+), (.+?), (\w+), (\w+), (\w+), (\w+), {_STRING}\)")
# What Python takes for each kind of option.
_HINTS = {
    "whole": "int",
    "milliseconds": "float",
    "timeout": "float | None",
    "choice": 'Literal["drop", "block"]',
    "yes_no": "bool",
    "text": "str | None",
}


@dataclass(frozen=True)
class Counter:
    name: str
    kind: str
    unit: str
    help: str


@dataclass(frozen=True)
class Option:
    name: str
    default: str
    """As Python writes it."""
    hint: str
    """Its type in Python."""
    field: str
    """Its declaration in C++."""
    effect: str


def rows(header: Path, name: str, row: re.Pattern[str]) -> list[tuple[str, ...]]:
    """The rows of the list of this name."""
    lists = dict(_LIST.findall(header.read_text()))
    text = " ".join(lists[name].replace("\\\n", " ").split())
    rest = row.sub("", text).strip()
    if rest:
        sys.exit(f"{header}: in {name}, not a row: {rest}")
    return [match.groups() for match in row.finditer(text)]


def counters(name: str) -> list[Counter]:
    """Those of the list of this name."""
    return [
        Counter(counter, kind, unit, plain(text))
        for counter, kind, unit, text in rows(COUNTERS, name, _COUNTER)
    ]


def options() -> list[Option]:
    found = []
    for row in rows(OPTIONS, "SPOT_OPTIONS", _OPTION):
        kind_of_field, name, default, kind, _, _, _, effect = row
        field = f"{kind_of_field} {name} = {default};".replace(" = {}", "")
        found.append(Option(name, python_value(default), _HINTS[kind], field, plain(effect)))
    return found


def python_value(text: str) -> str:
    """A default of C++ as Python writes it."""
    words = {"true": "True", "false": "False", "{}": "None"}
    if text in words:
        return words[text]
    if text.isdigit():
        return f"{int(text):_}"
    if "::" in text:
        return f'"{text.rpartition("::")[2]}"'
    return text.replace("ULL", "")  # 64ULL << 20


def plain(literal: str) -> str:
    """The text of C++ literals in a row."""
    return re.sub(r'(?<!\\)" "', "", literal.strip())[1:-1].replace(r"\n", "\n").replace(r"\"", '"')


def docstring(text: str) -> Iterator[str]:
    """Its lines, in a class."""
    indent = " " * 4
    first, *others = text.split("\n\n")
    end = '"""'
    lines = textwrap.wrap(f'"""{first}{"" if others else end}', WIDTH - len(indent))
    for paragraph in others:
        lines += ["", *textwrap.wrap(paragraph, WIDTH - len(indent))]
    if others:
        lines.append('"""')
    for line in lines:
        yield indent + line if line else ""


def record(name: str) -> str:
    """The fields of a record."""
    lines: list[str] = []
    for counter in counters(name):
        kind = "int | None" if counter.kind == "local_gauge" else "int"
        lines += [f"    {counter.name}: {kind}", *docstring(counter.help)]
    return "\n".join(lines)


def counters_of(*lists: tuple[str, str]) -> str:
    """A table for the documentation, of lists and what they are of."""
    rows = ["| counter | of | unit | |", "|---|---|---|---|"]
    for name, of in lists:
        for counter in counters(name):
            text = " ".join(counter.help.split())
            rows.append(f"| `{counter.name}` | {of} | {counter.unit} | {text} |")
    return "\n".join(rows)


def signature() -> str:
    return "\n".join(f"        {one.name}: {one.hint} = {one.default}," for one in options())


def keywords() -> str:
    return "\n".join(f"    {one.name}: {one.hint}" for one in options())


def fields(name: str) -> Iterator[str]:
    """The lines of a C++ struct that a list of rows stands for."""
    if name == "SPOT_OPTIONS":
        for option in options():
            yield from comment(option.effect)
            yield f"    {option.field}"
    else:
        for counter in counters(name):
            for paragraph in counter.help.split("\n\n"):
                yield from comment(paragraph)
            yield f"    std::uint64_t {counter.name} = 0;"


def comment(text: str) -> list[str]:
    return [f"    // {line}" for line in textwrap.wrap(text, CPP_WIDTH - len("    // "))]


@dataclass(frozen=True)
class Place:
    """What stands between two marks in a file."""

    file: str
    begin: str
    end: str
    made: Callable[[], str]

    def fill(self, text: str) -> str:
        before, found, rest = text.partition(self.begin)
        _, ended, after = rest.partition(self.end)
        if not found or not ended:
            sys.exit(f"{self.file} has no place for this: {self.begin}")
        return f"{before}{found}\n{self.made()}\n{self.end}{after}"


def in_python(file: str, name: str, made: Callable[[], str], indent: str = "    ") -> Place:
    begin = f"{indent}# Made by scripts/tables.py: {name}"
    return Place(f"python/spotmq/{file}", begin, f"{indent}# End of {name}\n", made)


def in_records(*names: str) -> Iterator[Place]:
    for name in names:
        yield in_python("types.py", name, partial(record, name))


NODES = ("SPOT_NODE_COUNTERS", "the node")
PEERS = ("SPOT_PEER_COUNTERS", "a peer")
TOPICS = ("SPOT_TOPIC_COUNTERS", "a topic")
PLACES = (
    *in_records(*(name for name, _ in (NODES, PEERS, TOPICS))),
    *in_records("SPOT_SUBSCRIBER_COUNTERS", "SPOT_SUBSCRIBER_TOPIC_COUNTERS"),
    in_python("spot.py", "SPOT_OPTIONS", signature, indent=" " * 8),
    in_python("_options.py", "SPOT_OPTIONS", keywords),
    Place(
        "docs/guarantees.md",
        "<!-- made by scripts/tables.py -->\n",
        "\n<!-- end of what scripts/tables.py made -->",
        partial(counters_of, NODES, PEERS, TOPICS),
    ),
)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    files = dict.fromkeys(place.file for place in PLACES)
    for file in files:
        text = (ROOT / file).read_text()
        for place in PLACES:
            if place.file == file:
                text = place.fill(text)
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)


if __name__ == "__main__":
    main()
