"""Plots, made from the JSON document alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
    samples,
)

mpl.use("svg")
# The same results give the same file.
mpl.rcParams["svg.hashsalt"] = "spotmq"

PERCENTILES = (P50, P90, P99, P999)
Curve = list[tuple[float, float]]


def _axes(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(visible=True, which="both", alpha=0.3)
    return figure, axes


def _curves(axes: Axes, curves: dict[str, Curve]) -> None:
    for name, points in curves.items():
        ours = name.startswith("spotmq")
        axes.plot(*zip(*points, strict=True), marker="o", label=name, linewidth=2.5 if ours else 1)
    axes.legend(fontsize="small")


def _logarithmic(axes: Axes, values: Sequence[float]) -> None:
    """An x axis that names what was measured, and nothing else."""
    axes.set_xscale("log")
    places = sorted(set(values))
    axes.set_xticks(places, [f"{place:,}" for place in places])
    axes.set_xticks([], minor=True)


def _save(figure: Figure, directory: Path, name: str) -> Path:
    path = directory / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    return path


def _by_contender(results: Sequence[Result], x: str, figure: str) -> dict[str, Curve]:
    curves: dict[str, Curve] = {}
    for result in results:
        if figure in result:
            point = (result[x], result[figure]["median"])
            curves.setdefault(result["contender"], []).append(point)
    return curves


def throughput(document: Document, directory: Path) -> Iterator[Path]:
    figure, axes = _axes(TITLES["throughput"], "bytes a message", RATE)
    _logarithmic(axes, [result["size"] for result in document["results"]])
    axes.set_yscale("log")
    _curves(axes, _by_contender(document["results"], "size", RATE))
    yield _save(figure, directory, "throughput")


def latency(document: Document, directory: Path) -> Iterator[Path]:
    by_case = groupby(document["results"], key=lambda one: (one["size"], one.get(LOAD, IDLE)))
    for (size, load), results in by_case:
        figure, axes = _axes(f"{TITLES['latency']}, {size} bytes, {load}", "percentile", "µs")
        axes.set_yscale("log")
        places = range(len(PERCENTILES))
        axes.set_xticks(places, [name.split()[0] for name in PERCENTILES])
        curves: dict[str, Curve] = {
            result["contender"]: [
                (place, result[name]["median"])
                for place, name in zip(places, PERCENTILES, strict=True)
            ]
            for result in results
            if samples(result)
        }
        _curves(axes, curves)
        yield _save(figure, directory, f"latency-{size}{'' if load == IDLE else '-streaming'}")


def scenarios(document: Document, directory: Path) -> Iterator[Path]:
    for name, group in groupby(document["results"], key=lambda result: str(result["scenario"])):
        results = list(group)
        if len({result["scale"] for result in results}) < 2:
            continue  # nothing grows
        figures = list(next(filter(None, map(samples, results)), {}))
        figure, axes = _axes(name, results[0]["unit"], ", ".join(figures))
        _logarithmic(axes, [result["scale"] for result in results])
        curves = {
            contender if len(figures) == 1 else f"{contender}, {what}": curve
            for what in figures
            for contender, curve in _by_contender(results, "scale", what).items()
        }
        _curves(axes, curves)
        axes.set_ylim(bottom=0)
        yield _save(figure, directory, name)


def draw(document: Document, directory: Path) -> list[Path]:
    drawings = {"throughput": throughput, "latency": latency, "scenarios": scenarios}
    return list(drawings[document["benchmark"]](document, directory))
