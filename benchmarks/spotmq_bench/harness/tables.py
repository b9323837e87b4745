"""Results as Markdown, made from the JSON document alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

# What report.document makes, read back.
Document = Mapping[str, Any]
Result = Mapping[str, Any]

REFERENCE = "pyzmq PUB/SUB"
RATE = "messages a second"
P50, P90, P99, P999 = "p50 in µs", "p90 in µs", "p99 in µs", "p99.9 in µs"
# Of a latency: what else went on, and how fast.
LOAD, STREAMED = "load", "messages a second beside it"
IDLE, STREAM = "idle", "another topic streams at full rate"

# Whose ratios to each other contender have a table.
OURS = ("spotmq publish → iterate", "spotmq publish_many → recv_many")

TITLES = {
    "throughput": "Throughput, two processes over loopback TCP",
    "latency": "One-way latency, two processes over loopback TCP",
    "scenarios": "As things grow in number",
}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are figures."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join([line(head), line(rule), *(line(row) for row in rows)])


def heading(document: Document) -> str:
    aside = ("benchmark", "options", "results")
    facts = ", ".join(f"{name} {value}" for name, value in document.items() if name not in aside)
    rounds = document["options"]["rounds"]
    return f"### {TITLES[document['benchmark']]}\n\n{facts}; medians of {rounds} rounds\n"


def amount(size: int) -> str:
    """Of bytes, as people say it."""
    for unit, name in ((1 << 20, "MB"), (1 << 10, "KB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def _spread(sample: Result) -> str:
    return f"±{sample['spread']:.0%}"


def _million(rate: float) -> str:
    """With more digits where there are few, large messages."""
    return f"{rate / 1e6:.3f}" if rate >= 1e5 else f"{rate / 1e6:.5f}"


def by_size(results: Sequence[Result]) -> Iterator[tuple[list[Result], Result]]:
    """The results of each size, and the reference among them; it is empty when it has no figures."""
    for _, group in groupby(results, key=lambda result: result["size"]):
        same = list(group)
        yield same, next((one for one in same if one["contender"] == REFERENCE), {})


def without_figures(result: Result) -> str:
    """Why a contender has no figures; empty when it has."""
    if "absent" in result:
        return str(result["absent"])
    return f"failed: {result['failed']}" if "failed" in result else ""


def _ratio(result: Result, reference: Result, figure: str, digits: int) -> str:
    if figure not in reference:
        return ""
    return f"{result[figure]['median'] / reference[figure]['median']:.{digits}f}x"


def _sized(
    head: list[str], results: Sequence[Result], cells: Callable[[Result, Result], list[str]]
) -> str:
    rows: list[list[str]] = []
    for same, reference in by_size(results):
        for result in same:
            label = f"{amount(result['size'])}, {result['contender']}"
            if why := without_figures(result):
                rows.append([label, why] + [""] * (len(head) - 2))
            else:
                rows.append([label, *cells(result, reference)])
    return table(head, rows)


def _times(ratio: float) -> str:
    return f"{ratio:.2f}×" if ratio < 3 else f"{ratio:.1f}×" if ratio < 30 else f"{ratio:.0f}×"


def _against_each(results: Sequence[Result], ours: str, figures: Sequence[str], what: str) -> str:
    """How many times what each other contender has ours has, by size."""
    had = {(result["contender"], result["size"]): result for result in results}
    sizes = list(dict.fromkeys(size for _, size in had))
    others = dict.fromkeys(name for name, _ in had if not name.startswith("spotmq"))

    def cell(other: str, size: int) -> str:
        mine, theirs = had.get((ours, size), {}), had.get((other, size), {})
        if mine and "failed" in theirs:
            return "failed"
        both = [figure for figure in figures if figure in mine and figure in theirs]
        return " · ".join(_times(mine[one]["median"] / theirs[one]["median"]) for one in both)

    rows = []
    for other in others:
        cells = [cell(other, size) for size in sizes]
        absent = [one for one in results if one["contender"] == other and "absent" in one]
        rows.append([other, *([absent[0]["absent"], *cells[1:]] if absent else cells)])
    if not rows or not any(name == ours for name, _ in had):
        return ""
    return table([f"{ours} {what}", *map(amount, sizes)], rows)


def throughput(results: Sequence[Result]) -> str:
    def cells(result: Result, reference: Result) -> list[str]:
        rate = result[RATE]["median"]
        return [
            _million(rate),
            _spread(result[RATE]),
            f"{rate * result['size'] / 1e6:.0f}",
            _ratio(result, reference, RATE, 1),
        ]

    head = ["", "million a second", "spread", "MB/s", "to pyzmq"]
    tables = [_sized(head, results, cells)]
    tables += [_against_each(results, ours, [RATE], "is … each") for ours in OURS]
    return "\n\n".join(filter(None, tables))


def latency(results: Sequence[Result]) -> str:
    def cells(result: Result, reference: Result) -> list[str]:
        row: list[str] = []
        for part in (P50, P90, P99, P999):
            row.append(f"{result[part]['median']:.1f}")
            if part in (P50, P99):
                row += [_spread(result[part]), _ratio(result, reference, part, 2)]
        return row

    def with_stream(result: Result, reference: Result) -> list[str]:
        return [*cells(result, reference), _million(result[STREAMED]["median"])]

    head = ["", P50, "spread", "to pyzmq", P90, P99, "spread", "to pyzmq", P999]
    idle = [result for result in results if result.get(LOAD, IDLE) == IDLE]
    loaded = [result for result in results if result not in idle]
    tables = [_sized(head, idle, cells)] if idle else []
    if against := _against_each(idle, "spotmq", [P50, P99], "takes … each, p50 · p99"):
        tables.append(against)
    if loaded:
        columns = [*head, "streamed, million a second"]
        tables.append(f"While {STREAM}:\n\n{_sized(columns, loaded, with_stream)}")
    return "\n\n".join(tables)


def samples(result: Result) -> dict[str, Result]:
    """The measured figures of a result, by name."""
    return {
        name: value
        for name, value in result.items()
        if isinstance(value, Mapping) and "median" in value
    }


def scenarios(results: Sequence[Result]) -> str:
    def readable(value: float) -> str:
        return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"

    tables = []
    for name, group in groupby(results, key=lambda result: str(result["scenario"])):
        rows: list[list[str]] = []
        for result in group:
            label = f"{result['scale']:,} {result['unit']}, {result['contender']}"
            if why := without_figures(result):
                rows.append([label, why, "", ""])
            for figure, sample in samples(result).items():
                rows.append([label, figure, readable(sample["median"]), _spread(sample)])
        tables.append(table([name, "", "median", "spread"], rows))
    return "\n\n".join(tables)


def markdown(document: Document) -> str:
    bodies = {"throughput": throughput, "latency": latency, "scenarios": scenarios}
    return heading(document) + "\n" + bodies[document["benchmark"]](document["results"])
