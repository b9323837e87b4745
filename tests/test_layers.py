"""Protects: dependencies point down only, in cpp/ and in python/spotmq.

The compiler cannot tell: a system-wide zmq.h, and every header of ours, compiles from any folder. Nor can Python: a
circle of imports works until somebody changes the order in which its modules are imported.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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


def test_socket_options_are_filled_in_by_profiles_only() -> None:
    filled_in = re.compile(r"\bsocket_options_t \w+[;{]|\.(send_hwm|recv_hwm) = 0;")
    places = {
        str(file.relative_to(CPP))
        for file in CPP.rglob("*.cpp")
        if filled_in.search(file.read_text())
    }
    assert not places


def test_a_wrong_include_is_found() -> None:
    assert [*complaints("f:1", "wire", "spot/registry/topics.hpp")]
    assert [*complaints("f:1", "data", "zmq.h")]
    assert [*complaints("f:1", "pubsub", "pybind11/pybind11.h")]
    assert [*complaints("f:1", "wire", "spot/wire/no_such.hpp")]
    assert not [*complaints("f:1", "registry", "spot/wire/names.hpp")]
    assert not [*complaints("f:1", "transport", "zmq.h")]


# --- Python -------------------------------------------------------------------------------------

PACKAGE = ROOT / "python" / "spotmq"

# The modules of python/spotmq, lowest first; "spotmq" is its __init__. A module imports those before it only, at the
# top of the file or in a function, so there is no circle. (The import of any of them runs spotmq/__init__ first, which
# imports most of them. That is no circle either: no module below "spotmq" uses a name of it.)
ROWS = [
    "_payload _core _nearest _fields _threads _options types errors",
    "codecs._protocol codecs._text codecs._msgspec codecs._numpy codecs._pickle codecs._named codecs",
    "_closing events _node _logging _lifecycle",
    "_waiting _waits _tables",
    "context subscriber publisher typed _handles _config spot",
    "_advice.case _advice.endpoints _advice.paths _advice.cluster _advice.locally _advice",
    "spotmq _about",
    "asyncio._options asyncio._gate asyncio._closing asyncio._workers asyncio._mirror asyncio._calls",
    "asyncio._receiving asyncio._publishing asyncio.events asyncio.subscriber asyncio.typed asyncio.spot asyncio",
    "demo",
    "cli.errors cli.lines cli.options cli.recording cli.signals cli.traffic cli.output cli.basic cli.rendering",
    "cli.screen cli.session cli.inbox cli.publishing cli.bench cli.demo cli.peers cli.ping cli.pub cli.record",
    "cli.replay cli.sub cli.sync cli.top cli.topics cli.app cli",
    "__main__",
]
MODULES = [module for row in ROWS for module in row.split()]

# Imports under `if TYPE_CHECKING:` obey the same order, but for these: a module that gives its user the node, or the
# queue, that it belongs to has that class in its signatures; and the package imports asyncio when it is first used.
TYPES_FROM_ABOVE = {
    ("events", "spot"),
    ("subscriber", "spot"),
    ("publisher", "spot"),
    ("typed", "spot"),
    ("_handles", "spot"),
    ("asyncio.subscriber", "asyncio.spot"),
    ("asyncio._calls", "asyncio.spot"),
    ("asyncio._calls", "asyncio.subscriber"),
    ("asyncio._calls", "asyncio.typed"),
    ("spotmq", "asyncio"),
}


class Import(NamedTuple):
    importer: str
    imported: str
    line: int
    for_types: bool


def module_of(file: Path) -> str:
    """python/spotmq/cli/app.py -> cli.app, python/spotmq/cli/__init__.pyi -> cli."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "spotmq"


def one_of(modules: list[str], module: str, name: str | None = None) -> str:
    """The entry of `modules` for `import module` or `from module import name`."""
    names = [f"{module}.{name}", module] if name else [module]
    short = [each.removeprefix("spotmq.") for each in names]
    if short[0].startswith("_core."):  # a part of the compiled module
        return "_core"
    return next((each for each in short if each in modules), short[-1])


def imports_in(
    node: ast.AST, for_types: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import statement below the node, and whether it stands under `if TYPE_CHECKING:`."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield node, for_types
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for child in node.body:
            yield from imports_in(child, True)
        for child in node.orelse:
            yield from imports_in(child, for_types)
    else:
        for each in ast.iter_child_nodes(node):
            yield from imports_in(each, for_types)


def imports_of(importer: str, source: str, stub: bool = False) -> Iterator[Import]:
    """The imports of spotmq's own modules in a source text of the module `importer`."""
    for node, for_types in imports_in(ast.parse(source), stub):
        found: list[tuple[str, str | None]] = []
        if isinstance(node, ast.Import):
            found = [(alias.name, None) for alias in node.names]
        else:
            assert node.level == 0, f"{importer}:{node.lineno}: a relative import"
            found = [(node.module or "", alias.name) for alias in node.names]
        for module, name in found:
            if module == "spotmq" or module.startswith("spotmq."):
                yield Import(importer, one_of(MODULES, module, name), node.lineno, for_types)


def python_complaints(each: Import) -> Iterator[str]:
    where = f"{each.importer}:{each.line}"
    if each.imported not in MODULES:
        yield f"{where}: {each.imported} is not in MODULES"
    elif each.for_types and (each.importer, each.imported) in TYPES_FROM_ABOVE:
        return
    elif MODULES.index(each.imported) > MODULES.index(each.importer):
        yield f"{where}: {each.imported} stands above {each.importer}"


def all_python_imports() -> Iterator[Import]:
    for file in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")]):
        module = module_of(file)
        if module.startswith("_core."):
            module = "_core"
        assert module in MODULES, f"{file.relative_to(ROOT)} is not in MODULES"
        for each in imports_of(module, file.read_text(), file.suffix == ".pyi"):
            if each.imported != module:
                yield each


def test_every_module_of_python_is_in_the_order() -> None:
    modules = {module_of(file) for file in PACKAGE.rglob("*.py")} | {"_core"}
    assert len(MODULES) == len(set(MODULES))
    assert set(MODULES) == modules


def test_every_import_of_python_points_down() -> None:
    found = [text for each in all_python_imports() for text in python_complaints(each)]
    assert not found, "\n".join(found)


def test_every_exception_for_types_is_needed() -> None:
    used = {(each.importer, each.imported) for each in all_python_imports() if each.for_types}
    assert used >= TYPES_FROM_ABOVE


def test_a_wrong_import_of_python_is_found() -> None:
    def found(importer: str, source: str) -> list[str]:
        return [text for each in imports_of(importer, source) for text in python_complaints(each)]

    assert found("errors", "from spotmq._advice import advise")
    assert found("errors", "def f():\n    from spotmq._advice import advise")
    assert found("errors", "try:\n    import spotmq._advice\nexcept ImportError:\n    pass")
    assert found("events", "from spotmq.spot import Spot")
    assert found("_waiting", "if TYPE_CHECKING:\n    from spotmq.spot import Spot")
    assert found("types", "from spotmq import Spot")
    assert found("types", "from spotmq import no_such_module")
    assert not found("events", "if TYPE_CHECKING:\n    from spotmq.spot import Spot")
    assert not found("spot", "from spotmq import _core, errors")
    assert not found("asyncio._gate", "from spotmq._core import _async")
    assert not found("asyncio.spot", "import spotmq")
