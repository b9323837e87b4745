"""Plots, made from the JSON document alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from spotmq_bench.harness import labels
from spotmq_bench.harness.tables import (
    IDLE,
    LOAD,
    P50,
    P90,
    P99,
    P999,
    RATE,
    TITLES,
    Document,
    Result,
    amount,
    samples,
    without_figures,
)

mpl.use("svg")
# The same results give the same file.
mpl.rcParams["svg.hashsalt"] = "spotmq"
mpl.rcParams["svg.fonttype"] = (
    "none"  # text stays text: a tenth of the size, and it can be searched
)

PERCENTILES = (P50, P90, P99, P999)
WIDE = 30  # values that differ by more than this need a logarithmic axis
Curves = dict[str, list[tuple[float, float]]]


def _short(value: float, _place: object = None) -> str:
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g}"


def _new(title: str, columns: int = 1, note: str = "") -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(5 + 4.4 * columns, 5.4), layout="constrained")
    panels = list(figure.subplots(1, columns, squeeze=False)[0])
    figure.suptitle(title, fontsize=13, fontweight="bold")
    if note:
        figure.supxlabel(note, fontsize=8, color="#555555")
    for axes in panels:
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels


def _places(axes: Axes, values: Sequence[float], name: Callable[[int], str]) -> None:
    """An x axis that names what was measured, and nothing else."""
    axes.set_xscale("log")
    places = sorted(set(values))
    axes.set_xticks(places, [name(int(place)) for place in places])
    axes.set_xticks([], minor=True)


def _heights(axes: Axes, curves: Curves, logarithmic: bool | None = None) -> None:
    """A y axis for these curves, logarithmic by itself where they differ much."""
    heights = [y for points in curves.values() for _, y in points]
    positive = [y for y in heights if y > 0]
    if logarithmic is None:
        logarithmic = len(positive) == len(heights) and max(heights) > WIDE * min(heights)
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(min(positive) / 1.5, max(positive) * 1.5)
        few = max(positive) < WIDE * min(positive)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
    else:
        axes.set_ylim(0, max(heights) * 1.08 or 1)
    axes.yaxis.set_major_formatter(FuncFormatter(_short))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _save(figure: Figure, directory: Path, name: str) -> Path:
    path = directory / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    return path


def _by_contender(results: Sequence[Result], x: str, figure: str) -> Curves:
    curves: Curves = {}
    for result in results:
        if figure in result:
            point = (result[x], result[figure]["median"])
            curves.setdefault(result["contender"], []).append(point)
    return curves


def _missing(results: Sequence[Result]) -> str:
    """A line for each contender that is not drawn, or not everywhere, with the reason."""
    drawn = {result["contender"] for result in results if samples(result)}
    lines: dict[str, None] = {}
    for result in results:
        if why := without_figures(result):
            name, place = result["contender"], result.get("size", result.get("scale"))
            lines[f"{name} at {place:,}: {why}" if name in drawn else f"{name}: {why}"] = None
    return "\n".join(lines)


def _origin(document: Document, results: Sequence[Result]) -> str:
    machine = (
        f"{document.get('machine', '')}, {document.get('cores', '?')} cores,"
        f" Python {document.get('python', '?')}, spotmq {document.get('spotmq', '?')},"
        f" commit {document.get('commit', '?')}; medians of {document['options']['rounds']} rounds"
    )
    return "\n".join(filter(None, [_missing(results), machine]))


def _styles(document: Document) -> dict[str, labels.Style]:
    return labels.styles(list(dict.fromkeys(one["contender"] for one in document["results"])))


def _is_variant(name: str, names: Sequence[str]) -> bool:
    """ "zenoh, shared memory off" is one of "zenoh"."""
    return any(name.startswith(f"{other}, ") for other in names)


def _throughput(document: Document, curves: Curves) -> Figure:
    results = document["results"]
    figure, (axes,) = _new("Messages a second, by size", 1, _origin(document, results))
    axes.set(ylabel="messages a second, two processes, loopback TCP")
    _places(axes, [result["size"] for result in results], amount)
    _heights(axes, curves, logarithmic=True)
    labels.draw(axes, curves, _styles(document))
    return figure


def throughput(document: Document, directory: Path) -> Iterator[Path]:
    curves = _by_contender(document["results"], "size", RATE)
    longest = max(map(len, curves.values()), default=0)
    main = {
        name: points
        for name, points in curves.items()
        if len(points) == longest and not _is_variant(name, list(curves))
    }
    if main:
        yield _save(_throughput(document, main), directory, "throughput")
        yield _save(_throughput(document, curves), directory, "throughput-all")


def latency(document: Document, directory: Path) -> Iterator[Path]:
    for size, group in groupby(document["results"], key=lambda result: int(result["size"])):
        results = list(group)
        loads = list(dict.fromkeys(result.get(LOAD, IDLE) for result in results))
        title = f"{TITLES['latency']}, {amount(size)}"
        figure, panels = _new(title, len(loads), _origin(document, results))
        for axes, load in zip(panels, loads, strict=True):
            curves: Curves = {
                result["contender"]: [
                    (place, result[name]["median"]) for place, name in enumerate(PERCENTILES)
                ]
                for result in results
                if result.get(LOAD, IDLE) == load and samples(result)
            }
            axes.set(title=load, ylabel="µs")
            axes.set_xticks(range(len(PERCENTILES)), [name.split()[0] for name in PERCENTILES])
            if curves:
                _heights(axes, curves, logarithmic=True)
                labels.draw(axes, curves, _styles(document))
        yield _save(figure, directory, f"latency-{size}")


def scenarios(document: Document, directory: Path) -> Iterator[Path]:
    for name, group in groupby(document["results"], key=lambda result: str(result["scenario"])):
        results = list(group)
        if len({result["scale"] for result in results if samples(result)}) < 2:
            continue  # nothing grows
        figures = list(dict.fromkeys(what for result in results for what in samples(result)))
        figure, panels = _new(name, len(figures), _origin(document, results))
        for axes, what in zip(panels, figures, strict=True):
            curves = _by_contender(results, "scale", what)
            axes.set(xlabel=results[0]["unit"], ylabel=what)
            _places(axes, [result["scale"] for result in results], lambda scale: f"{scale:,}")
            _heights(axes, curves)
            labels.draw(axes, curves, _styles(document))
        yield _save(figure, directory, name)


def draw(document: Document, directory: Path) -> list[Path]:
    drawings = {"throughput": throughput, "latency": latency, "scenarios": scenarios}
    return list(drawings[document["benchmark"]](document, directory))
