"""Exact numbers: what becomes an amount, what is refused, and rounding to a step."""

from decimal import Decimal

import pytest

from strategy.model.money import amount, ceil_to, floor_to, is_multiple, nearest_to, plain

LONGEST = "9" * 40
FINEST = "0." + "0" * 39 + "1"


@pytest.mark.parametrize("given", ["12.50", 12, Decimal("12.5"), "-0.1", "1e9", " 3 ", LONGEST, FINEST, "0E-99"])
def test_text_integers_and_decimals_are_amounts(given: str | int | Decimal) -> None:
    assert amount(given) == Decimal(given)


@pytest.mark.parametrize("given", [12.5, True, None, b"1"])
def test_a_float_has_already_lost_the_figure(given: object) -> None:
    with pytest.raises(TypeError, match="made from text"):
        amount(given)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("given", ["", "twelve", "1,5", "0x10", "NaN", "sNaN", "Infinity", "-inf", Decimal("NaN")])
def test_what_is_no_finite_number_is_refused(given: str | Decimal) -> None:
    with pytest.raises(ValueError, match="not a"):
        amount(given)


@pytest.mark.parametrize("given", ["1e40", LONGEST + "0", "1e-41", FINEST + "1"])
def test_a_number_of_more_than_forty_digits_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="more than 40 digits"):
        amount(given)


@pytest.mark.parametrize(
    ("value", "step", "down", "near", "up"),
    [
        ("2000.014", "0.01", "2000.01", "2000.01", "2000.02"),
        ("2000.015", "0.01", "2000.01", "2000.02", "2000.02"),
        ("2000.025", "0.01", "2000.02", "2000.02", "2000.03"),
        ("2000.01", "0.01", "2000.01", "2000.01", "2000.01"),
        ("0.00009", "0.0001", "0", "0.0001", "0.0001"),
        ("7", "2.5", "5", "7.5", "7.5"),
    ],
)
def test_a_value_is_rounded_to_its_step(value: str, step: str, down: str, near: str, up: str) -> None:
    assert floor_to(Decimal(value), Decimal(step)) == Decimal(down)
    assert nearest_to(Decimal(value), Decimal(step)) == Decimal(near)
    assert ceil_to(Decimal(value), Decimal(step)) == Decimal(up)
    assert is_multiple(Decimal(value), Decimal(step)) == (down == up)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0"), ("-0.00", "0"), ("1E+3", "1000"), ("12.3400", "12.34"), ("5.000", "5"), ("-1E-8", "-0.00000001")],
)
def test_the_wire_wants_plain_notation(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
