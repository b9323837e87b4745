#!/usr/bin/env python3
"""Writes python/spotmq/asyncio/_calls.pyi: what the tables of _calls.py make, for type checkers and editors.

asyncio_stubs.py [FILE]: writes it there instead. A signature is taken from the source of the synchronous class, as
it is written there.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from spotmq.asyncio import _calls
from spotmq.asyncio._mirror import Call

STUB = Path(__file__).parent.parent / "python" / "spotmq" / "asyncio" / "_calls.pyi"
WIDTH = 100
HEAD = '''\
"""Written by scripts/asyncio_stubs.py from the tables of _calls.py."""

'''
# Where the names in signatures come from; those that are used are imported.
NAMES = {
    "collections.abc": ["Iterable"],
    "typing": ["TYPE_CHECKING", "Any", "Generic", "TypeVar", "overload"],
    "spotmq._handles": ["_Name"],
    "spotmq._payload": ["Payload"],
    "spotmq.asyncio.spot": ["Spot"],
    "spotmq.asyncio.subscriber": ["Opening", "Subscriber"],
    "spotmq.asyncio.typed": ["Publisher", "TypedSubscriber"],
    "spotmq.codecs": ["Codec"],
    "spotmq.context": ["Context"],
    "spotmq.types": ["PeerInfo", "Stats", "SubscriberStats", "TopicInfo"],
}


class Definition(NamedTuple):
    source: str
    node: ast.FunctionDef

    def text(self, node: ast.expr | None) -> str:
        return ast.get_source_segment(self.source, node) or "" if node else ""


def definitions(cls: type, name: str) -> list[Definition]:
    """The definition of a method or property, with its overloads, in the source of its class."""
    found: Any = inspect.getattr_static(cls, name)
    function = getattr(found, "fget", found)
    if not inspect.isfunction(function):  # compiled
        return []
    owner = function.__qualname__.split(".")[0]
    source = Path(function.__code__.co_filename).read_text(encoding="utf-8")
    (body,) = [
        each
        for each in ast.parse(source).body
        if isinstance(each, ast.ClassDef) and each.name == owner
    ]
    return [
        Definition(source, each)
        for each in body.body
        if isinstance(each, ast.FunctionDef) and each.name == name
    ]


def parameters(definition: Definition) -> Iterator[str]:
    """The parameters as they are written, one by one."""
    arguments = definition.node.args
    assert not arguments.posonlyargs
    assert not arguments.kwarg
    first = len(arguments.args) - len(arguments.defaults)
    for number, each in enumerate(arguments.args):
        default = arguments.defaults[number - first] if number >= first else None
        yield parameter(definition, each, default)
    if arguments.vararg:
        yield "*" + parameter(definition, arguments.vararg, None)
    elif arguments.kwonlyargs:
        yield "*"
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield parameter(definition, each, default)


def parameter(definition: Definition, node: ast.arg, default: ast.expr | None) -> str:
    kind = definition.text(node.annotation)
    text = f"{node.arg}: {kind}" if kind else node.arg
    if default is None:
        return text
    return f"{text} = {definition.text(default)}"


def wrapped(returns: str, call: Call) -> str:
    """The return type of one definition, where the table has another one for all of them."""
    generic = call.returns.partition("[")[0]
    if not call.returns or not call.returns.startswith(f"{generic}["):
        return call.returns or returns
    return " | ".join(f"{generic}[{each}]" for each in returns.split(" | "))


def signature(indent: str, head: str, given: list[str], returns: str) -> str:
    line = f"{indent}{head}({', '.join(given)}) -> {returns}:"
    if len(line) <= WIDTH:
        return line
    one_line = f"{indent}    {', '.join(given)}"
    inner = f"{one_line}\n"
    if len(one_line) > WIDTH:
        inner = "".join(f"{indent}    {each},\n" for each in given)
    return f"{indent}{head}(\n{inner}{indent}) -> {returns}:"


def docstring(indent: str, text: str | None) -> str:
    if not text:
        return " ..."
    quoted = textwrap.indent(text, f"{indent}    ").lstrip()
    end = f"\n{indent}    " if "\n" in quoted else ""
    return f'\n{indent}    """{quoted}{end}"""'


def stubs_of(cls: Any) -> Iterator[str]:
    synchronous, calls = cls._mirrored
    for name, call in calls.items():
        made = inspect.getattr_static(cls, name)
        found = definitions(synchronous, name)
        if isinstance(made, property):
            returns = call.returns or found[0].text(found[0].node.returns)
            yield f"    @property\n    def {name}(self) -> {returns}:{docstring('    ', made.__doc__)}\n"
            continue
        head = f"async def {name}" if call.coroutine else f"def {name}"
        *overloads, whole = found
        doc = None if name == "__init__" else made.__doc__
        for each in overloads:
            yield "    @overload\n" + stub(
                "    ", head, each, call, None if each is not found[0] else doc
            )
        if (
            overloads
        ):  # no part of a stub: for the reference on the site, which shows it after the overloads
            yield "    if not TYPE_CHECKING:  # noqa: PYI002\n" + stub(
                "        ", head, whole, call, doc
            )
        else:
            yield stub("    ", head, whole, call, doc)


def stub(indent: str, head: str, definition: Definition, call: Call, doc: str | None) -> str:
    returns = wrapped(definition.text(definition.node.returns), call)
    return f"{signature(indent, head, list(parameters(definition)), returns)}{docstring(indent, doc)}\n"


def text() -> str:
    body = ""
    for cls in vars(_calls).values():
        if not hasattr(cls, "_mirrored") or cls.__module__ != _calls.__name__:
            continue
        base = "(Generic[_T])" if getattr(cls, "__parameters__", ()) else ""
        fields = "".join(f"    {name}: {kind}\n" for name, kind in cls.__annotations__.items())
        body += f'\nclass {cls.__name__}{base}:\n    """{cls.__doc__}"""\n\n{fields}\n'
        body += "\n".join(stubs_of(cls))
    body = re.sub(r"(?<= \.\.\.\n)\n(?=    (?:@|def |async ))", "", body)
    used = set(re.findall(r"\w+", re.sub(r'""".*?"""', "", body, flags=re.DOTALL)))
    imports = ""
    for module, names in NAMES.items():
        wanted = [name for name in names if name in used or name == "TypeVar"]
        if wanted:
            imports += f"from {module} import {', '.join(wanted)}\n"
    first, last = imports.split("from spotmq", 1)
    return f'{HEAD}{first}\nimport spotmq\nfrom spotmq{last}\n_T = TypeVar("_T")\n{body}'


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else STUB
    target.write_text(text(), encoding="utf-8")
