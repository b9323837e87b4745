"""Docstrings of records for help(): Python drops those of fields, so they are read from the source."""

from __future__ import annotations

import sys
from typing import Any


class _Docstring:
    """The docstring of a class and its fields, read from the source when it is first asked for."""

    def __init__(self, cls: type) -> None:
        self._plain = cls.__doc__ or ""
        self._file = sys.modules[cls.__module__].__file__
        self._whole: str | None = None

    def __get__(self, instance: object, owner: type) -> str:
        if self._whole is None:
            self._whole = f"{self._plain.rstrip()}{_fields(owner.__name__, self._file)}"
        return self._whole


def _fields(name: str, file: str | None) -> str:
    import ast
    import textwrap

    try:
        with open(file or "", encoding="utf-8") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError):  # installed without its source
        return ""
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == name]
    body = classes[0].body if classes else []
    lines = []
    for field, after in zip(body, [*body[1:], None], strict=True):
        if not isinstance(field, ast.AnnAssign):
            continue
        text = ""
        value: Any = after.value if isinstance(after, ast.Expr) else None
        if isinstance(value, ast.Constant):
            text = textwrap.dedent(f"    {value.value!s}")
        target: Any = field.target
        lines.append(f"{target.id}: {text}" if text else str(target.id))
    return "\n\n" + "\n".join(lines) if lines else ""


def documented(*classes: type) -> None:
    """Add the docstrings of their fields to those of these records. (help() shows those of enums.)"""
    for cls in classes:
        setattr(cls, "__doc__", _Docstring(cls))  # noqa: B010
