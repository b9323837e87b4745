"""Writes docs/reference/cpp.md from the public headers: python scripts/cpp_api.py [FILE].

tests/docs/test_generated.py fails when the page differs from what this script would write.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tables

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "cpp.md"
HEADERS = (  # in the order of reading; spot/spot.hpp includes them all
    "spot/pubsub/spot_pubsub.hpp",
    "spot/pubsub/message.hpp",
    "spot/pubsub/subscriber.hpp",
    "spot/base/event.hpp",
    "spot/base/types.hpp",
    "spot/base/options.hpp",
    "spot/base/stats.hpp",
    "spot/base/logging.hpp",
    "spot/transport/ctx.hpp",
)
_HEAD = """# C++

Generated from the public headers by `scripts/cpp_api.py`. A program includes `<spot/spot.hpp>`; all names are in
the namespace `spot`. Every method is thread-safe and, unless it says otherwise, returns 0, or -1 with `errno`;
no exception crosses this API. `cmake --install` gives the package: `find_package(spot)`, or with `COMPONENTS shared`
or `static`, then link `spot::spot` (shared) or `spot::spot_static`; without CMake, `pkg-config --cflags --libs spot`
(`--static` beside it where `libspot.a` is linked). As a subproject (`add_subdirectory`, `FetchContent`) it leaves the
build type alone, and installs only with `SPOT_INSTALL=ON`.

**A constructor that failed** shows at the first call: a node that could not be made (no descriptors or threads left, a
context that is closed, options that make no sense) answers every call with -1 and the errno of what failed.

**A node that never binds** is a client. It sees, subscribes to and publishes to the topics of others; its own topics stay
its own: `topic_create` works, and nobody else sees them.

**A subscriber costs** a data connection to every peer, with its own buffers at both ends, and a place among the 1,024
receivers that a node reports to others. Take one for each thread or kind of work, not one for each topic.
"""
_FUNCTION = re.compile(r"^(?!extern|class|struct|using namespace)\w.*;$")
_ROWS = re.compile(r"^ +(SPOT_\w+)\(\w+\)$")
_TYPE = re.compile(r"^(?:class|struct|enum class) (\w+)(?: final)?(?:\s*//.*)?$")


@dataclass
class Declared:
    kind: str  # of a type: its first line without the name
    name: str
    comment: list[str]  # above it
    lines: list[str]


def _uncommented(lines: list[str]) -> list[str]:
    return [line.removeprefix("//").removeprefix(" ") for line in lines]


def _written_out(lines: list[str]) -> Iterator[str]:
    """A type with the fields that a list of rows stands for."""
    for line in lines:
        if match := _ROWS.match(line):
            yield from tables.fields(match[1])
        elif not line.startswith("#"):
            yield line


def _public(lines: list[str]) -> list[str]:
    """A type without its private and protected members."""
    shown: list[str] = []
    hidden = False
    for line in lines:
        if line.strip() in ("private:", "protected:"):
            hidden = True
        elif line.strip() == "public:" or line.startswith("}"):
            hidden = False
        if not hidden:
            shown.append(line)
    while len(shown) > 2 and not shown[-2].strip():
        del shown[-2]
    return shown


def head(text: str) -> list[str]:
    """The comment that a header begins with."""
    found: list[str] = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        found.append(line)
    return _uncommented(found)


def types(text: str) -> Iterator[Declared]:
    """The types that a header defines, in order."""
    comment: list[str] = []
    lines = iter(text.split("namespace spot\n{\n", 1)[1].splitlines())
    for line in lines:
        if line.startswith("//"):
            comment.append(line)
        elif match := _TYPE.match(line):
            body = [line]
            for inner in lines:
                body.append(inner)
                if inner.startswith("};"):
                    break
            yield Declared(
                line.split(match[1])[0].strip(),
                match[1],
                _uncommented(comment),
                _public(list(_written_out(body))),
            )
            comment = []
        else:
            comment = []


def functions(text: str) -> list[str]:
    """The functions and aliases beside the types, line by line, with their comments."""
    found: list[str] = []
    comment: list[str] = []
    for line in text.split("namespace spot\n{\n", 1)[1].splitlines():
        if line.startswith("//"):
            comment.append(line)
            continue
        if _FUNCTION.match(line):
            found += [*comment, line]
        comment = []
    return found


def _prose(lines: list[str]) -> Iterator[str]:
    """A comment as Markdown: its indented lines are code."""
    code: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("  "):
            code.append(line.strip())
        else:
            if code:
                yield from ("```cpp", "#include <spot/spot.hpp>", "using namespace spot;", "")
                if not any(entry.startswith("ctx_t") for entry in code):
                    yield "spot_pubsub_t spot;"
                yield from code
                yield "```"
                code = []
            yield line


def page() -> str:
    parts = [_HEAD]
    for header in HEADERS:
        text = (ROOT / "cpp" / header).read_text()
        parts.append(f"## `{header}`\n")
        parts.append("\n".join(_prose(head(text))))
        for declared in types(text):
            parts.append(f"### `{declared.kind} {declared.name}`\n")
            if declared.comment:
                parts.append("\n".join(_prose(declared.comment)))
            parts.append("<!-- not run: is a header -->\n")
            parts.append("\n".join(["```cpp", *declared.lines, "```", ""]))
        if beside := functions(text):
            parts.append("### Functions\n\n<!-- not run: is a header -->\n")
            parts.append("\n".join(["```cpp", *beside, "```", ""]))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts))


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page())


if __name__ == "__main__":
    main()
