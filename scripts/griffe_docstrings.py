"""A Griffe extension that fits the project's docstrings into the site.

It takes docstrings that the stubs lack from the compiled module, and makes a list of the lines that explain
parameters ("timeout_ms: how long …").
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import griffe

_EXPLAINED = re.compile(r"^(\w+(?:, \w+)*): (?=\S)")


def with_lists(text: str, names: set[str]) -> str:
    """The text, with the lines that begin with one of the names and a colon made items of a list."""
    lines: list[str] = []
    in_list = False
    for line in text.splitlines():
        match = _EXPLAINED.match(line)
        if match and set(match[1].split(", ")) <= names:
            if not in_list:
                lines.append("")
            line = f"- **{match[1]}**: {line[match.end() :]}"
            in_list = True
        elif not line.startswith("    "):
            in_list = False
        lines.append("" if line == "::" else line)
    return "\n".join(lines)


def _compiled(path: str) -> str | None:
    import spotmq._core

    value: Any = spotmq._core
    for name in path.removeprefix("spotmq._core.").split("."):
        value = getattr(value, name, None)
    return inspect.getdoc(value)


class Docstrings(griffe.Extension):
    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        compiled = obj.path.startswith("spotmq._core.")
        if obj.docstring is None and compiled and not obj.name.startswith("__"):
            text = _compiled(obj.path)
            obj.docstring = griffe.Docstring(text, parent=obj) if text else None
        if obj.docstring is not None:
            obj.docstring.value = with_lists(obj.docstring.value, self._parameters(obj))

    def _parameters(self, obj: griffe.Object) -> set[str]:
        function = obj.members.get("__init__") if isinstance(obj, griffe.Class) else obj
        if not isinstance(function, griffe.Function):
            return set()
        return {parameter.name for parameter in function.parameters}
