"""Names in the text of errors: a few of many, and the one that was probably meant."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

_MOST_NAMES = 5
_LONGEST_NAME = 60
_MOST_COMPARED = 500  # names; difflib takes some microseconds for each


def printable(name: str) -> str:
    """A name whose control characters, and halves of surrogate pairs, are escaped."""
    return name if name.isprintable() else repr(name)[1:-1]


def shown(name: str) -> str:
    """A printable name, cut to a size."""
    text = printable(name)
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def few(names: Sequence[str]) -> str:
    """The first names, and how many there are if that is not all: ``a, b, c, … (12 in all)``."""
    text = ", ".join(shown(name) for name in names[:_MOST_NAMES])
    return text if len(names) <= _MOST_NAMES else f"{text}, … ({len(names):,} in all)"


def nearest(wanted: str, names: Iterable[str]) -> str | None:
    """The name that is most like the wanted one; None when no name is like it."""
    import difflib

    pool = sorted(names)
    if len(pool) > _MOST_COMPARED:  # keep its neighbours, which begin alike
        start = max(0, bisect_left(pool, wanted) - _MOST_COMPARED // 2)
        pool = pool[start : start + _MOST_COMPARED]
    found = difflib.get_close_matches(wanted, pool, n=1)
    return found[0] if found else None


def did_you_mean(wanted: str, names: Iterable[str]) -> str:
    """``did you mean 'x'?``, or nothing."""
    name = nearest(wanted, names)
    return f"did you mean '{shown(name)}'?" if name is not None and name != wanted else ""
