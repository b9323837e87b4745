"""The include graph of cpp/ points down only.

The compiler cannot tell: a system-wide zmq.h, and every header of ours, compiles from any folder.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPP = ROOT / "cpp"

# Lowest first. A layer may include itself and those before it.
LAYERS = [
    "base",
    "wire",
    "registry",
    "transport",
    "data",
    "cluster",
    "pubsub",
    "spot.hpp",
    "binding",
]
UNIT_TESTS_SEE = "registry"  # the highest layer that tests/cpp/unit may include
GENERATED = {"spot/version.hpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def layer_of(path: str) -> str:
    """The layer of a path relative to cpp/: spot/wire/x.hpp -> wire, binding/x.cpp -> binding."""
    parts = path.split("/")
    return parts[1] if parts[0] == "spot" else parts[0]


def includes(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """(file, "file:line", what it includes) of every include in the folder's C++ files."""
    for file in sorted(folder.rglob("*.[ch]pp")):
        text = file.read_text()
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start(1)) + 1
            yield file, f"{file.relative_to(ROOT)}:{line}", match[1]


def is_ours(included: str) -> bool:
    return included.startswith(("spot/", "binding/")) and included not in GENERATED


def complaints(where: str, highest: str, included: str) -> Iterator[str]:
    """What is wrong with the include of a file that may see the layers up to `highest`."""
    if is_ours(included):
        layer = layer_of(included)
        if not (CPP / included).exists():
            yield f"{where}: {included} does not exist under cpp/"
        elif layer not in LAYERS:
            yield f"{where}: {included} is in no layer of {LAYERS}"
        elif LAYERS.index(layer) > LAYERS.index(highest):
            yield f"{where}: {included} points up, from {highest} to {layer}"
    if included in ("zmq.h", "zmq.hpp") and highest != "transport":
        yield f"{where}: only transport may include {included}, not {highest}"
    of_python = included in ("Python.h", "structmember.h") or included.startswith("pybind11/")
    if of_python and highest != "binding":
        yield f"{where}: only binding may include {included}, not {highest}"


def test_every_include_points_down() -> None:
    found: list[str] = []
    for file, where, included in includes(CPP):
        layer = layer_of(str(file.relative_to(CPP)))
        assert layer in LAYERS, f"{where}: {layer} is no layer of {LAYERS}"
        found += complaints(where, layer, included)
    assert not found, "\n".join(found)


def test_unit_tests_stay_below_libzmq() -> None:
    found: list[str] = []
    for _, where, included in includes(ROOT / "tests" / "cpp" / "unit"):
        found += complaints(where, UNIT_TESTS_SEE, included)
    assert not found, "\n".join(found)


def test_a_wrong_include_is_found() -> None:
    assert [*complaints("f:1", "wire", "spot/registry/topics.hpp")]
    assert [*complaints("f:1", "data", "zmq.h")]
    assert [*complaints("f:1", "pubsub", "pybind11/pybind11.h")]
    assert [*complaints("f:1", "wire", "spot/wire/no_such.hpp")]
    assert not [*complaints("f:1", "registry", "spot/wire/names.hpp")]
    assert not [*complaints("f:1", "transport", "zmq.h")]
