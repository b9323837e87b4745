"""Whether one contender is slower than another, from ratios that were measured many times."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


def interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Where the median of what the values were drawn from lies, this surely.

    Two of the values themselves: each is as likely above that median as below, whatever their
    distribution, so the coin tells how many of the outermost can be left out.
    """
    count = len(values)
    if 1 - 2 * 0.5**count < confidence:
        raise ValueError(f"{count} values are too few to be {confidence:.0%} sure")
    left_out, doubt = 0, 2 * 0.5**count
    while True:
        doubt += 2 * math.comb(count, left_out + 1) * 0.5**count
        if doubt > 1 - confidence:
            break
        left_out += 1
    ordered = sorted(values)
    return ordered[left_out], ordered[count - 1 - left_out]


@dataclass(frozen=True)
class Verdict:
    ratio: float
    """How many times as fast as the base; more is better."""
    low: float
    high: float
    word: str
    """``loss`` and ``gain`` only if the whole interval is beyond the margin."""


def judge(ratios: Sequence[float], margin: float) -> Verdict:
    low, high = interval(ratios)
    word = "same"
    if high < 1 - margin:
        word = "loss"
    elif low > 1 / (1 - margin):
        word = "gain"
    elif low < 1 - margin or high > 1 / (1 - margin):
        word = "unclear"
    return Verdict(statistics.median(ratios), low, high, word)
