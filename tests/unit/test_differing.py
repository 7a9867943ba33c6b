"""The first difference of two values: where it is, and that a figure is the same however it is written."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from bot.shadow.differing import first_difference


@dataclass(frozen=True)
class Row:
    name: str
    figures: tuple[object, ...]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0E-18", "0E-7"),
        ("1.50", "1.5"),
        ([["Filled", {"profit": "0.10"}]], [["Filled", {"profit": "0.1"}]]),
        (Row("a", (Decimal("0.10"), "0")), Row("a", (Decimal("0.1"), "0.00"))),
    ],
)
def test_a_figure_is_the_same_however_it_is_written(one: object, other: object) -> None:
    assert first_difference(one, other) is None


def test_a_field_that_another_version_did_not_know_is_the_same_as_an_empty_one() -> None:
    assert first_difference({"a": 1}, {"a": 1, "new": None}) is None
    assert first_difference({"a": 1, "old": None}, {"a": 1}) is None
    assert first_difference({"a": 1}, {"a": 1, "new": False}) == ("new", "nothing", "False")


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        ("1.5", "1.50000001", ""),
        ("open", "ended", ""),
        (["1.0", "2"], ["1", "3"], "1"),
        (Row("a", ("1.0", "x")), Row("a", ("1", "y")), "figures.1"),
        ({"a": "0E-7"}, {"a": "0", "b": "1"}, "b"),
        ("NaN", "nan", ""),
    ],
)
def test_the_first_real_difference_is_named(one: object, other: object, path: str) -> None:
    found = first_difference(one, other)

    assert found is not None
    assert found[0] == path
