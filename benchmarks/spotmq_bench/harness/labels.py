"""Curves that are named where they end, instead of in a legend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

Curve = Sequence[tuple[float, float]]

# Okabe and Ito's colours, which colour-blind people can tell apart, and a few beside them. Ours are
# the warm ones, and thick.
OURS = ("#D55E00", "#E69F00", "#CC79A7", "#8C2D04", "#B8860B")
OTHERS = ("#0072B2", "#000000", "#009E73", "#56B4E9", "#7A7A7A", "#5E4FA2", "#4D7C0F", "#8A6D5C")
MARKERS = "osD^vP*Xhp<>"
LINES = ("-", "--", ":", "-.")
APART = 0.048  # of two names, as a part of the height


@dataclass(frozen=True)
class Style:
    color: str
    marker: str
    line: str
    ours: bool


def styles(names: Sequence[str]) -> dict[str, Style]:
    """The same for the same names, in whatever plot of a document.

    What begins with the same word has the same colour, unless it is ours.
    """
    found: dict[str, Style] = {}
    families: dict[str, int] = {}
    ours = [name for name in names if name.startswith("spotmq")]
    for number, name in enumerate(ours):
        color = OURS[number % len(OURS)]
        found[name] = Style(color, MARKERS[number % len(MARKERS)], "-", True)
    for name in names:
        if name in found:
            continue
        family = name.replace(",", " ").split()[0]
        of_family = families.get(family, 0)
        families[family] = of_family + 1
        number = list(families).index(family)
        found[name] = Style(
            OTHERS[number % len(OTHERS)],
            MARKERS[number % len(MARKERS)],
            LINES[of_family % len(LINES)],
            False,
        )
    return found


def apart(places: Sequence[float], distance: float) -> list[float]:
    """The nearest places, in the same order, that are at least so far from each other and, if
    there is room for all, between 0 and 1."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    # Groups that touch are pushed apart around their middle: (sum of wishes, members).
    groups: list[tuple[float, list[int]]] = []

    def bounds(group: tuple[float, list[int]]) -> tuple[float, float]:
        wished, members = group
        half = (len(members) - 1) * distance / 2
        middle = min(max(wished / len(members), half), max(1 - half, half))
        return middle - half, middle + half

    for i in order:
        group = (places[i], [i])
        while groups and bounds(groups[-1])[1] + distance > bounds(group)[0]:
            wished, members = groups.pop()
            group = (wished + group[0], members + group[1])
        groups.append(group)
    result = [0.0] * len(places)
    for group in groups:
        low, _ = bounds(group)
        for number, i in enumerate(group[1]):
            result[i] = low + number * distance
    return result


def draw(axes: Axes, curves: Mapping[str, Curve], style: Mapping[str, Style]) -> None:
    """The curves, each named at the right in its colour. The axes have their scales already."""
    for name, points in curves.items():
        one = style[name]
        axes.plot(
            *zip(*points, strict=True),
            color=one.color,
            marker=one.marker,
            linestyle=one.line,
            markersize=6 if one.ours else 4.5,
            linewidth=3 if one.ours else 1.3,
            zorder=3 if one.ours else 2,
        )
    low, high = axes.get_ylim()
    logarithmic = axes.get_yscale() == "log"

    def height(y: float) -> float:
        """From 0 to 1."""
        if logarithmic:
            return float(math.log(y / low) / math.log(high / low))
        return float((y - low) / (high - low))

    ends = {name: points[-1] for name, points in curves.items()}
    distance = min(APART, 1 / max(len(ends) - 1, 1))
    places = apart([height(y) for _, y in ends.values()], distance)
    for (name, end), place in zip(ends.items(), places, strict=True):
        one = style[name]
        axes.annotate(
            name,
            xy=end,
            xytext=(1.04, place),
            textcoords="axes fraction",
            va="center",
            color=one.color,
            fontsize=10 if one.ours else 9,
            fontweight="bold" if one.ours else "normal",
            arrowprops={
                "arrowstyle": "-",
                "relpos": (0, 0.5),  # from where the name begins
                "color": one.color,
                "linewidth": 0.6,
                "alpha": 0.6,
            },
            annotation_clip=False,
        )
