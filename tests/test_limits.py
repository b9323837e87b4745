"""Protects: files and classes stay small enough to be read: 400 lines, 30 methods, in C++ and Python alike."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ["cpp", "python", "benchmarks", "scripts", "examples", "tests"]
MOST_LINES = 400
MOST_METHODS = 30
GENERATED = {"python/spotmq/asyncio/_calls.pyi"}

# A class may have more methods when its docstring, or the comment above it or at the top of its header, says why, in a
# sentence that begins so.
REASON = "More than 30 methods: "

# The files and classes that are larger today. Who makes one of them small enough removes its entry.
LONG_FILES: dict[str, str] = {}
LARGE_CLASSES = {
    "cpp/spot/cluster/membership.hpp:membership_t": "to be split: the wish of the user, and what others told",
    "cpp/spot/cluster/operations.hpp:operations_t": "to be split: syncs, fences and additions each wait alike",
    "cpp/spot/cluster/service.hpp:service_t": "to be split: the thread with its timers, and what it calls",
    "cpp/spot/cluster/spot_node.hpp:spot_node_t": "to be split: the handshake is a class of its own by now",
    "cpp/spot/data/stream_writer.hpp:stream_writer_t": "to be split: bursts, and the ends of streams",
    "cpp/spot/pubsub/node.hpp:node_t": "one method for each call of a node; its header is to say so",
    "cpp/spot/pubsub/spot_pubsub.hpp:spot_pubsub_t": "the same: the public class",
}


def files(*suffixes: str) -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            name = str(path.relative_to(ROOT))
            if path.suffix in suffixes and name not in GENERATED and "/." not in name:
                yield path


# --- C++ ------------------------------------------------------------------------------------------

CLASS = re.compile(r"\b(enum\s+)?(?:class|struct)\s+([\w:]+)[^;{}()]*\{")
BRACE = re.compile(r"[{}]")
END = re.compile(r"[{;]")


def blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def code_of(text: str) -> str:
    """C++ at the same length, without comments, strings, preprocessor lines, annotations and template arguments."""
    for pattern in (
        r"//[^\n]*|/\*.*?\*/",
        r'"(?:\\.|[^"\\\n])*"',
        r"'(?:\\.|[^'\\\n])'",
        r"^[ \t]*#(?:\\\n|[^\n])*",
        r"\bSPOT_\w+(?:\([^()]*\))?",
        r"operator\s*[<>]=?",
        r"->",
    ):
        text = re.sub(pattern, blank, text, flags=re.DOTALL | re.MULTILINE)
    before = ""
    while text != before:
        before, text = text, re.sub(r"<[^<>;{}]*>", blank, text)
    return text


def end_of_block(code: str, start: int) -> int:
    """The place behind the brace that closes the block whose contents begin at start."""
    depth = 1
    for match in BRACE.finditer(code, start):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return len(code)


def is_method(declaration: str) -> bool:
    text = re.sub(r"^\s*(?:public|private|protected)\s*:(?!:)", "", declaration).strip()
    if re.match(r"(?:using|friend|static_assert|typedef|enum|class|struct|union)\b", text):
        return False
    if re.search(r"=\s*(?:delete|default)\s*$", text):
        return False
    return "(" in text.partition(" = ")[0]


def methods_of_class(body: str) -> int:
    """How many methods the body of a class declares, but for those that are deleted or defaulted."""
    count = start = 0
    while found := END.search(body, start):
        count += is_method(body[start : found.start()])
        start = found.end() if found[0] == ";" else end_of_block(body, found.end())
    return count


def comment_above(text: str, at: int) -> str:
    """The comment above the line of a declaration, and the one that the file begins with."""
    lines = text[: text.rfind("\n", 0, at) + 1].splitlines()
    above: list[str] = []
    while lines and re.match(r"\s*(?://|template\b)", lines[-1]):
        above.insert(0, lines.pop())
    first = re.match(r"(?://.*\n)*", text)
    return "\n".join(above) + (first[0] if first else "")


def cpp_classes(text: str) -> Iterator[tuple[str, str, int]]:
    """(name, its comments, number of methods) of each class of a C++ source."""
    code = code_of(text)
    for match in CLASS.finditer(code):
        if not match[1]:
            body = code[match.end() : end_of_block(code, match.end()) - 1]
            yield match[2], comment_above(text, match.start()), methods_of_class(body)


# --- Python ---------------------------------------------------------------------------------------


def python_classes(text: str) -> Iterator[tuple[str, str, int]]:
    """(name, docstring and comment, number of methods) of each class of a Python source; overloads are one."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            names = {
                each.name
                for each in node.body
                if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
            }
            above = node.lineno - 1
            while above and lines[above - 1].lstrip().startswith("#"):
                above -= 1
            words = " ".join(lines[above : node.lineno - 1]).replace("#", "")
            yield node.name, (ast.get_docstring(node) or "") + words, len(names)


def has_reason(words: str) -> bool:
    return REASON in " ".join(words.replace("//", "").split())


def large_classes() -> Iterator[str]:
    for path in files(".hpp", ".cpp", ".py", ".pyi"):
        find = python_classes if path.suffix.startswith(".py") else cpp_classes
        for name, words, methods in find(path.read_text(encoding="utf-8")):
            if methods > MOST_METHODS and not has_reason(words):
                yield f"{path.relative_to(ROOT)}:{name}"


def long_files() -> Iterator[str]:
    for path in files(".hpp", ".cpp", ".py", ".pyi"):
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES:
            yield str(path.relative_to(ROOT))


def differences(found: set[str], known: set[str], limit: str) -> list[str]:
    return [
        *(f"{name} has more than {limit}" for name in sorted(found - known)),
        *(f"{name} is small enough now: remove its entry" for name in sorted(known - found)),
    ]


def test_no_file_is_too_long() -> None:
    assert differences(set(long_files()), set(LONG_FILES), f"{MOST_LINES} lines") == []


def test_no_class_has_too_many_methods() -> None:
    found = differences(set(large_classes()), set(LARGE_CLASSES), f"{MOST_METHODS} methods")
    assert found == []


def test_what_differs_is_named() -> None:
    assert differences({"a", "b"}, {"b", "c"}, "3 lines") == [
        "a has more than 3 lines",
        "c is small enough now: remove its entry",
    ]


SMALL = """
// A comment about class nothing {
template <typename T> class small_t final : public base_t<int(T)> {
  public:
    small_t(const small_t &) = delete;
    explicit small_t(int a) : _a(a) { call(_a); }
    ~small_t();
    bool operator==(const small_t &other) const { return f([] { return 1; }); }
    std::vector<int> items() const SPOT_REQUIRES(_mutex);
    virtual void pure(std::function<void(int)> done = {}) = 0;
    friend void other(int);
    using call_t = void (*)(int);
    struct inner_t {
        int one();
    };
  private:
    std::function<void(int, std::string)> _done;
    std::atomic<int> _count{0};
    int _a SPOT_GUARDED_BY(_mutex) = compute(1);
    static_assert(sizeof(int) == 4);
};
enum class kind_t { one, two };
"""


def test_methods_in_cpp_are_counted() -> None:
    assert {name: methods for name, _, methods in cpp_classes(SMALL)} == {
        "small_t": 5,
        "inner_t": 1,
    }


@pytest.mark.parametrize("count", [MOST_METHODS, MOST_METHODS + 1])
def test_a_large_class_is_found(count: int) -> None:
    cpp = "#pragma once\n// Why it is here.\nclass big_t {\n" + "int f(int a);\n" * count + "};\n"
    python = "class Big:\n" + "".join(f"    def f{n}(self): ...\n" for n in range(count))
    assert [*cpp_classes(cpp)] == [("big_t", "// Why it is here.", count)]
    assert [*python_classes(python)] == [("Big", "", count)]


def test_a_reason_is_read_where_it_stands() -> None:
    above = "// What it is.\n// More than 30\n// methods: it is a table.\ntemplate <typename T>\nclass a_t {};\n"
    top = "// What it is. More than 30 methods: it is a table.\n#pragma once\nclass a_t {};\n"
    none = "// What it is.\n#pragma once\n// It has more than 30 methods.\nclass a_t {};\n"
    python = 'class A:\n    """What it is.\n\n    More than 30 methods: it is a table."""\n'
    stub = "# More than 30 methods: it is a table.\nclass A: ...\n"
    assert [
        has_reason(words) for text in (above, top, none) for _, words, _ in cpp_classes(text)
    ] == [
        True,
        True,
        False,
    ]
    assert [
        has_reason(words) for text in (python, stub) for _, words, _ in python_classes(text)
    ] == [
        True,
        True,
    ]
