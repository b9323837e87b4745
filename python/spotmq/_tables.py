"""Lists that notebooks show as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from spotmq.types import PeerInfo, TopicInfo

_MOST_ROWS = 200
_LONGEST_CELL = 300


def _cell(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    text = text.encode(
        errors="backslashreplace"
    ).decode()  # half of a surrogate pair cannot be encoded
    return escape(text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…")


def _row(cells: Iterable[object], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{_cell(cell)}</{tag}>" for cell in cells) + "</tr>"


def _table(fields: Sequence[str], rows: Sequence[NamedTuple]) -> str:
    shown = "".join(_row(row, "td") for row in rows[:_MOST_ROWS])
    more = len(rows) - _MOST_ROWS
    if more > 0:
        shown += f'<tr><td colspan="{len(fields)}">… and {more:,} more</td></tr>'
    return f"<table><thead>{_row(fields, 'th')}</thead><tbody>{shown}</tbody></table>"


class TopicList(list[TopicInfo]):
    """The list that ``list_topics()`` returns."""

    def _repr_html_(self) -> str:
        return _table(TopicInfo._fields, self)


class PeerList(list[PeerInfo]):
    """The list that ``peers()`` returns."""

    def _repr_html_(self) -> str:
        return _table(PeerInfo._fields, self)
