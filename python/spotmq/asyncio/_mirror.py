"""Makes calls of asyncio classes out of those of the synchronous ones.

The decorator ``mirrors`` takes a table: the name of each call, and how it is made. The signature, and
the docstring where the table gives no other, are those of the synchronous class, so a new call is
written once. For type checkers and editors, ``scripts/asyncio_stubs.py`` writes the stubs of the
module that has the tables.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple, TypeVar

from spotmq.asyncio._workers import in_thread as _in_thread

_C = TypeVar("_C", bound=type)


class Call(NamedTuple):
    """How a call, or a property, is made: its body calls ``callee`` with the arguments it was given."""

    callee: str
    """An expression of ``self``, ``original`` (what is mirrored) and ``run`` (in a thread)."""
    first: str = ""
    """An argument before the others."""
    coroutine: bool = False
    awaits: bool = False
    doc: str | None = None
    """The docstring; None: that of the original."""
    but: tuple[str, str] = ("", "")
    """A phrase of the original's docstring, and the phrase that takes its place."""
    returns: str = ""
    """The return type where the original has none, or has another one."""

    def docstring(self, original: object) -> str | None:
        doc = inspect.getdoc(original) if self.doc is None else inspect.cleandoc(self.doc)
        old, new = self.but
        if doc is None or old not in doc:
            raise TypeError(f"no docstring with {old!r}: {original!r}")
        return doc.replace(old, new) if old else doc


def direct(doc: str | None = None, *, coroutine: bool = False, returns: str = "") -> Call:
    """The call of the synchronous object, in the thread of the event loop: it does not wait."""
    return Call("self.{source}.{name}", doc=doc, coroutine=coroutine, returns=returns)


def in_thread(doc: str | None = None, *, but: tuple[str, str] = ("", "")) -> Call:
    """The call of the synchronous object, in another thread: it waits for other nodes."""
    return Call("run", "self.{source}.{name}", coroutine=True, awaits=True, doc=doc, but=but)


def shared(
    doc: str | None = None, *, coroutine: bool = False, but: tuple[str, str] = ("", "")
) -> Call:
    """The function of the synchronous class, with the asyncio object as its ``self``.

    That function returns what a call of its own object returned: a value, or here an awaitable.
    """
    return Call("original", "self", coroutine=coroutine, awaits=coroutine, doc=doc, but=but)


def own(doc: str | None = None, *, returns: str = "") -> Call:
    """A method of the class that has the same name behind an underscore."""
    return Call("self._{name}", doc=doc, returns=returns)


def mirrors(synchronous: type, source: str = "", /, **calls: Call) -> Callable[[_C], _C]:
    """Give a class the calls of the synchronous class that the table names.

    source: the attribute in which an asyncio object holds the synchronous one.
    """

    def decorate(cls: _C) -> _C:
        for name, call in calls.items():
            original = inspect.getattr_static(synchronous, name)
            names = {"source": source, "name": name}
            placed = call._replace(
                callee=call.callee.format(**names), first=call.first.format(**names)
            )
            if isinstance(original, FunctionType):
                made: Any = _function(original, placed)
                made.__module__, made.__name__ = cls.__module__, name
                made.__qualname__ = f"{synchronous.__name__}.{name}"  # errors of arguments say it
            else:
                made = _property(original, placed)
            made.__doc__ = call.docstring(original)
            setattr(cls, name, made)
        setattr(cls, "_mirrored", (synchronous, calls))  # noqa: B010 — for tests and stubs
        return cls

    return decorate


def _property(original: Any, call: Call) -> property:
    read = f"{call.callee}({call.first})" if call.first else call.callee
    getter = getattr(original, "fget", None)  # a compiled property has none
    made = _compiled(f"def made(self): return {read}", {}, {"original": getter})
    made.__annotations__ = {"return": call.returns} if call.returns else getter.__annotations__
    return property(made)


def _function(original: FunctionType, call: Call) -> FunctionType:
    """A function with the very signature of the original.

    It is compiled, as dataclasses compile their __init__: so wrong arguments are refused where the
    call is made, and not when its coroutine is awaited.
    """
    taken, given = ["self"], [call.first] if call.first else []
    bound: dict[str, Any] = {"original": original, "run": _in_thread}
    star = False  # whether what follows is given by keyword
    for parameter in list(inspect.signature(original).parameters.values())[1:]:
        name = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            taken.append(f"*{name}")
            given.append(f"*{name}")
            star = True
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            taken.append("*")
            star = True
        given.append(f"{name}={name}" if star else name)
        if parameter.default is parameter.empty:
            taken.append(name)
        else:
            bound[f"default_{name}"] = parameter.default
            taken.append(f"{name}=default_{name}")
    head = "async def" if call.coroutine else "def"
    body = f"{'await ' if call.awaits else ''}{call.callee}({', '.join(given)})"
    text = f"{head} made({', '.join(taken)}): return {body}"
    made = _compiled(text, original.__globals__, bound)
    made.__annotations__ = dict(original.__annotations__)
    if call.returns:
        made.__annotations__["return"] = call.returns
    return made


def _compiled(text: str, names: dict[str, Any], bound: dict[str, Any]) -> FunctionType:
    """Compile the text of a function ``made``, which sees ``bound``.

    names: what its annotations are looked up in.
    """
    scope: dict[str, Any] = {}
    whole = f"def make({', '.join(bound)}):\n {text}\n return made"
    exec(whole, names, scope)  # noqa: S102 — the text is made here, of the names of parameters
    function: FunctionType = scope["make"](**bound)
    return function
