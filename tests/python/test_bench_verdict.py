"""Protects: the statistics with which ``make bench-guard`` decides."""

from __future__ import annotations

import math
import random

import pytest

from spotmq_bench.harness.verdict import interval, judge

MARGIN = 0.05


def noisy(middle: float, noise: float, count: int = 20, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [middle * math.exp(chance.gauss(0, noise)) for _ in range(count)]


def test_interval_leaves_out_what_chance_allows() -> None:
    values = [float(value) for value in range(1, 21)]
    # 20 coins show at most 5 heads, or at most 5 tails, in 4.1% of all cases; 6 in 11.5%.
    assert interval(values) == (6.0, 15.0)
    assert interval(values[::-1]) == (6.0, 15.0)
    assert interval(values, 0.999) == (3.0, 18.0)


def test_few_values_say_nothing() -> None:
    assert interval([3.0, 1.0, 2.0, 5.0, 4.0, 6.0]) == (1.0, 6.0)
    with pytest.raises(ValueError, match="too few"):
        interval([1.0] * 5)


def test_interval_covers_the_median_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(400):
        low, high = interval(noisy(1.0, 0.3, seed=seed))
        hits += low <= 1.0 <= high
    assert 372 <= hits <= 395  # 383 expected


@pytest.mark.parametrize(
    ("middle", "noise", "word"),
    [
        (1.0, 0.01, "same"),
        (0.97, 0.01, "same"),
        (0.8, 0.05, "loss"),
        (0.93, 0.005, "loss"),
        (1.2, 0.05, "gain"),
        (1.0, 0.4, "unclear"),
        (0.94, 0.1, "unclear"),
    ],
)
def test_verdict(middle: float, noise: float, word: str) -> None:
    verdict = judge(noisy(middle, noise), MARGIN)
    assert verdict.word == word
    assert verdict.low <= verdict.ratio <= verdict.high


def test_one_wild_session_decides_nothing() -> None:
    assert judge([1.0] * 19 + [0.1], MARGIN).word == "same"
    assert judge([0.8] * 19 + [3.0], MARGIN).word == "loss"


def test_noise_alone_is_no_loss() -> None:
    words = [judge(noisy(1.0, 0.15, seed=seed), MARGIN).word for seed in range(400)]
    assert words.count("loss") < 8
