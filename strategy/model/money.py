"""Exact numbers: decimals made from text, and rounding to a step. No float gets in here."""

import decimal
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

# Products of a price, a quantity and a fee rate have up to some 40 digits. Python's default of 28 would round them
# silently, and the books would no longer equal the exchange's to the last digit. New threads copy DefaultContext.
decimal.DefaultContext.prec = 60
decimal.getcontext().prec = 60

ZERO = Decimal(0)
ONE = Decimal(1)
MAX_DIGITS = 40


def amount(value: str | int | Decimal) -> Decimal:
    """A finite decimal from text, an integer or a decimal.

    Raises `TypeError` for a float (it has already lost the figure) and `ValueError` for text that is no finite number
    of at most 40 digits.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        msg = f"an amount is made from text, not from {type(value).__name__}"
        raise TypeError(msg)
    try:
        number = Decimal(value)
    except decimal.InvalidOperation:
        msg = f"not a number: {value!r}"
        raise ValueError(msg) from None
    if not number.is_finite():
        msg = f"not a finite number: {value!r}"
        raise ValueError(msg)
    if number and (number.adjusted() >= MAX_DIGITS or -int(number.as_tuple().exponent) > MAX_DIGITS):
        msg = f"a number of more than {MAX_DIGITS} digits: {value!r}"
        raise ValueError(msg)
    return number


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value`."""
    return (value / step).to_integral_value(ROUND_FLOOR) * step


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` that is not below `value`."""
    return (value / step).to_integral_value(ROUND_CEILING) * step


def nearest_to(value: Decimal, step: Decimal) -> Decimal:
    """The multiple of `step` nearest to `value`; a tie goes to the even one."""
    return (value / step).to_integral_value(ROUND_HALF_EVEN) * step


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether `value` stands on the step."""
    return value % step == 0


def significant(value: Decimal, digits: int, rounding: str) -> Decimal:
    """The value rounded to so many significant digits."""
    step = ONE.scaleb(value.adjusted() + 1 - digits)
    return (value / step).to_integral_value(rounding) * step if value else ZERO


def ratio(value: Decimal, by: Decimal) -> Decimal:
    """A quotient, rounded up at 18 decimals."""
    return (value / by).quantize(Decimal("1e-18"), ROUND_CEILING)


def share_of(cost: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part of a cost that belongs to `part` of `whole`, cut at 18 decimals.

    What is cut off stays with the rest, so that the sum of the shares is always the whole cost.
    """
    if part == whole:
        return cost
    return (cost * part / whole).quantize(Decimal("1e-18"), ROUND_FLOOR)


def plain(value: Decimal) -> str:
    """Plain notation without an exponent or trailing zeros, as the wire and the disk want it."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
