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


def _spread(sample: Result) -> str:
    return f"±{sample['spread']:.0%}"


def by_size(results: Sequence[Result]) -> Iterator[tuple[list[Result], Result]]:
    """The results of each size, and the reference among them."""
    for _, group in groupby(results, key=lambda result: result["size"]):
        same = list(group)
        yield same, next(one for one in same if one["contender"] == REFERENCE)


def _sized(
    head: list[str], results: Sequence[Result], cells: Callable[[Result, Result], list[str]]
) -> str:
    rows: list[list[str]] = []
    for same, reference in by_size(results):
        for result in same:
            label = f"{result['size']} B, {result['contender']}"
            if "absent" in result:
                rows.append([label, result["absent"]] + [""] * (len(head) - 2))
            else:
                rows.append([label, *cells(result, reference)])
    return table(head, rows)


def throughput(results: Sequence[Result]) -> str:
    def cells(result: Result, reference: Result) -> list[str]:
        rate = result[RATE]["median"]
        return [
            f"{rate / 1e6:.3f}",
            _spread(result[RATE]),
            f"{rate * result['size'] / 1e6:.0f}",
            f"{rate / reference[RATE]['median']:.1f}x",
        ]

    return _sized(["", "million a second", "spread", "MB/s", "to pyzmq"], results, cells)


def latency(results: Sequence[Result]) -> str:
    def cells(result: Result, reference: Result) -> list[str]:
        return [
            text
            for part in (P50, P99)
            for text in (
                f"{result[part]['median']:.1f}",
                _spread(result[part]),
                f"{result[part]['median'] / reference[part]['median']:.2f}x",
            )
        ]

    return _sized(
        ["", P50, "spread", "to pyzmq", P99, "spread", "to pyzmq"],
        results,
        cells,
    )


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
        rows = [
            [
                f"{result['scale']:,} {result['unit']}, {result['contender']}",
                figure,
                readable(sample["median"]),
                _spread(sample),
            ]
            for result in group
            for figure, sample in samples(result).items()
        ]
        tables.append(table([name, "", "median", "spread"], rows))
    return "\n\n".join(tables)


def markdown(document: Document) -> str:
    bodies = {"throughput": throughput, "latency": latency, "scenarios": scenarios}
    return heading(document) + "\n" + bodies[document["benchmark"]](document["results"])
