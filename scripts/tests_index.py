#!/usr/bin/env python3
"""Writes the index in tests/README.md: what each file of tests protects, as its first comment or docstring says.

tests_index.py [FILE]: FILE in place of tests/README.md.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
PAGE = TESTS / "README.md"
BEGIN = "<!-- made by scripts/tests_index.py -->"
END = "<!-- end of what scripts/tests_index.py made -->"

FOLDERS = {
    ".": "The whole project",
    "docs": "The pages",
    "python": "Python",
    "cluster": "Clusters of real processes",
    "interop": "Other implementations of ZeroMQ",
    "typing": "Types",
    "cpp/unit": "C++: the pure layers, compiled without libzmq",
    "cpp/core": "C++: the public class and the data path, with libzmq",
    "cpp/faults": "C++: requests that fail",
    "cpp/consumer": "C++: a project that uses the installed package",
    "cpp/subproject": "C++: a project that takes this one in",
}
PROTECTS = re.compile(r"Protects:? ")


def is_test(path: Path) -> bool:
    return path.name.startswith("test_") or path.name.endswith("_test.cpp")


def first_words(path: Path) -> str:
    """The first paragraph of a file's docstring, or of the comment that it begins with."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        docstring = re.match(r'(?:#.*\n)*r?"""(.*?)"""', text, re.DOTALL)
        whole = docstring[1] if docstring else ""
    else:
        comment = re.match(r"(?://.*\n)*", text)
        whole = re.sub(r"^// ?", "", comment[0] if comment else "", flags=re.MULTILINE)
    return " ".join(whole.strip().partition("\n\n")[0].split())


def sentence(text: str) -> str:
    found = re.match(r"(.*?)\.(?: |$)", text)
    return (found[1] if found else text).replace("|", "\\|").replace("``", "`")


def table(folder: str, files: list[Path], heading: str) -> str:
    rows = "".join(
        f"| `{path.relative_to(TESTS / folder)}` | {sentence(PROTECTS.sub('', first_words(path), 1))} |\n"
        for path in files
    )
    return f"| file | {heading} |\n|---|---|\n{rows}\n" if rows else ""


def index() -> str:
    found = sorted(
        path for path in TESTS.rglob("*") if path.suffix in (".py", ".cpp", ".hpp", ".java", ".js")
    )
    silent = [path for path in found if is_test(path) and not PROTECTS.match(first_words(path))]
    if silent:
        raise SystemExit(f"{silent[0]} does not begin with what it protects")
    text = ""
    listed: set[Path] = set()
    for folder, title in FOLDERS.items():
        here = [path for path in found if path.parent == TESTS / folder]
        listed.update(here)
        protecting = [path for path in here if PROTECTS.match(first_words(path))]
        others = [path for path in here if path not in protecting and first_words(path)]
        where = "" if folder == "." else f": `{folder}/`"
        tables = table(folder, protecting, "protects") + table(folder, others, "what it is")
        text += f"## {title}{where}\n\n{tables}" if tables else ""
    if lost := set(found) - listed:
        raise SystemExit(f"{min(lost)} stands in no folder of FOLDERS")
    return text


def page(before: str) -> str:
    head, found, rest = before.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    assert found
    assert ended
    return f"{head}{BEGIN}\n\n{index()}{END}{tail}"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    target.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
