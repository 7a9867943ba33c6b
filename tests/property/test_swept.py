"""What is thought of the best of many: how far it stands alone, and how far it may be luck."""

from math import sqrt
from random import Random

import numpy as np
import pytest

from strategy.research.sweep import By, Judged, among, is_lonely, luck


def tried(sharpes: list[float], days: list[list[float]]) -> Judged:
    figures = np.array(sharpes, dtype=np.float64)
    return Judged(
        total=figures,
        part=figures,
        drawdown=np.abs(figures),
        calmar=figures,
        sharpe=figures,
        trips=figures,
        days=np.array(days, dtype=np.float64),
    )


def of_days(days: list[list[float]]) -> Judged:
    return tried([float(np.mean(one) / np.std(one) * sqrt(365)) for one in days], days)


def some_days(dice: Random, advantage: float) -> list[float]:
    return [dice.gauss(advantage, 0.01) for _ in range(250)]


def test_the_best_of_many_without_an_advantage_is_luck_and_one_with_an_advantage_is_not() -> None:
    dice = Random(5)
    chance = of_days([some_days(dice, 0) for _ in range(200)])
    skilled = of_days([*(some_days(dice, 0) for _ in range(199)), some_days(dice, 0.004)])

    by_chance, by_skill = luck(chance, int(np.argmax(chance.sharpe))), luck(skilled, 199)

    assert by_chance is not None
    assert by_skill is not None
    assert by_chance > 0.2
    assert by_skill < 0.01


def test_more_tries_make_the_same_grid_more_likely_to_be_luck() -> None:
    dice = Random(6)
    days = [some_days(dice, 0) for _ in range(400)]
    best = int(np.argmax(of_days(days).sharpe))
    few = of_days([days[best], *days[:20]])

    assert (luck(few, 0) or 0) < (luck(of_days(days), best) or 0)


@pytest.mark.parametrize("sharpes", [[1.0], [1.0, 1.0, 1.0], [float("nan"), 1.0, 2.0]])
def test_where_nothing_differs_or_is_known_no_chance_is_told(sharpes: list[float]) -> None:
    assert luck(tried(sharpes, [[0.01, -0.01, 0.02]] * len(sharpes)), 0) is None


def test_a_peak_is_lonely_and_a_plateau_is_not() -> None:
    places = np.array([[one / 99] for one in range(100)])
    peak, plateau = np.zeros(100), np.zeros(100)
    peak[50], plateau[46:55] = 10, 10

    assert is_lonely(peak, 50, among(places, 50))
    assert not is_lonely(plateau, 50, among(places, 50))


def test_the_neighbours_are_the_nearest_and_never_oneself() -> None:
    places = np.array([[one / 99] for one in range(100)])

    assert sorted(among(places, 50)) == [46, 47, 48, 49, 51, 52, 53, 54]
    assert list(among(places[:1], 0)) == []


def test_of_drawdowns_the_smallest_is_the_best_and_what_has_no_figure_is_last() -> None:
    found = tried([-3.0, float("nan"), 1.0], [[0.0]] * 3)

    assert list(np.argsort(-found.score(By.DRAWDOWN), kind="stable")) == [2, 0, 1]
    assert list(np.argsort(-found.score(By.TOTAL), kind="stable")) == [2, 0, 1]
