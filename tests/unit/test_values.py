"""Copies of frozen values, however many fields they have."""

from dataclasses import dataclass

import pytest

from strategy.model.values import copy_of, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """One field, which may be a collection itself."""

    one: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Two fields, the first never above the second."""

    one: int
    other: int

    def __post_init__(self) -> None:
        assert self.one <= self.other


@pytest.mark.parametrize("value", [Nothing(), Alone(one=(1, 2)), Checked(one=1, other=2)])
def test_a_copy_is_another_object_with_the_same_fields(value: object) -> None:
    assert copy_of(value) == value
    assert copy_of(value) is not value


def test_what_is_replaced_is_checked_and_the_old_value_stays() -> None:
    before = Checked(one=1, other=2)

    assert replace(before, other=1) == Checked(one=1, other=1)
    assert before.other == 2
    with pytest.raises(AssertionError):
        replace(before, one=3)
