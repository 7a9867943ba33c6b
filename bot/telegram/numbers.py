"""Numbers as the owner reads them: exact where they are exact, else never rounded in his favour. No words here."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from strategy.ledger import Standing
from strategy.money import ZERO, plain

MINUS = "−"
HUNDRED = Decimal(100)
COIN_PLACES = 8


def exact(value: Decimal) -> str:
    """Every digit, with thousands: quantities, and whatever must not be rounded."""
    return _dressed(plain(value))


def price(value: Decimal) -> str:
    """Every digit, and at least two decimals."""
    return _dressed(_padded(plain(value), 2))


def gain(value: Decimal, *, fine: bool = False) -> str:
    """A profit or loss in quote with its sign, rounded down: +1.84, −3.20."""
    return signed(value, decimals_of(value, fine=fine))


def cost(value: Decimal, *, fine: bool = False) -> str:
    """A fee, a price to pay or a loss as a size, rounded up."""
    return _dressed(_rounded(value, decimals_of(value, fine=fine), ROUND_CEILING))


def worth(value: Decimal) -> str:
    """What one has or would get in quote, rounded down."""
    return _dressed(_rounded(value, decimals_of(value), ROUND_FLOOR))


def coins(value: Decimal) -> str:
    """A balance of any asset: exact up to eight decimals, then rounded down."""
    return _dressed(plain(_cut(value, COIN_PLACES, ROUND_FLOOR)))


def coin_fee(value: Decimal) -> str:
    """A fee in coins: exact up to eight decimals, then rounded up."""
    return _dressed(plain(_cut(value, COIN_PLACES, ROUND_CEILING)))


def change(value: Decimal) -> str:
    """The change of a balance of any asset with its sign, rounded down at eight decimals."""
    text = coins(value)
    return f"+{text}" if value > 0 and text != "0" else text


def percent(fraction: Decimal, *, up: bool = False) -> str:
    """A fraction in per cent with two decimals and no sign for it: 0.004 is 0.40. Rounded down unless `up`."""
    return _dressed(_rounded(fraction * HUNDRED, 2, ROUND_CEILING if up else ROUND_FLOOR))


def fee_percent(fraction: Decimal) -> str:
    """A fee rate in per cent with two to four decimals, rounded up: 0.00085 is 0.085."""
    return _dressed(_padded(plain(_cut(fraction * HUNDRED, 4, ROUND_CEILING)), 2))


def signed(value: Decimal, decimals: int) -> str:
    """A number with its sign, rounded down; nothing has no sign."""
    rounded = _cut(value, decimals, ROUND_FLOOR)
    text = _dressed(format(rounded, "f"))
    return f"+{text}" if rounded > 0 else text.removeprefix(MINUS) if rounded == 0 else text


def decimals_of(value: Decimal, *, fine: bool = False) -> int:
    """Two decimals for money, three or four for what is small; `fine` begins earlier, for single round trips."""
    size = abs(value)
    if size == 0 or size >= (1 if fine else Decimal("0.1")):
        return 2
    return 3 if size >= Decimal("0.01") else 4


def standing_figures(standing: Standing) -> dict[str, str]:
    """Total, grid profit and floating profit, which add up as they are shown; today's change; fees."""
    parts = parts_figures(standing.grid_profit, standing.floating)
    began_today = standing.today == standing.total
    return {**parts, "today": parts["total"] if began_today else gain(standing.today), "fees": cost(standing.fees)}


def parts_figures(grid_profit: Decimal, floating: Decimal) -> dict[str, str]:
    """Both parts rounded down and their sum: at most a hundredth under the true total, and it adds up."""
    decimals = decimals_of(max(abs(grid_profit), abs(floating)))
    grid, held = (_cut(part, decimals, ROUND_FLOOR) for part in (grid_profit, floating))
    shown = {"total": grid + held, "grid_profit": grid, "floating": held}
    return {name: signed(value, decimals) for name, value in shown.items()}


def total_of(values: Iterable[Decimal]) -> Decimal:
    """The sum as a decimal, also of nothing."""
    return sum(values, ZERO)


def _cut(value: Decimal, decimals: int, rounding: str) -> Decimal:
    with localcontext(prec=200):  # the product of two of our longest numbers fits
        return value.quantize(Decimal(1).scaleb(-decimals), rounding)


def _rounded(value: Decimal, decimals: int, rounding: str) -> str:
    rounded = _cut(value, decimals, rounding)
    return format(abs(rounded) if rounded == 0 else rounded, "f")


def _padded(text: str, decimals: int) -> str:
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.ljust(decimals, '0')}"


def _dressed(text: str) -> str:
    """Thousands and the real minus sign."""
    digits = text.removeprefix("-")
    whole, point, rest = digits.partition(".")
    sign = MINUS if text.startswith("-") else ""
    return f"{sign}{int(whole):,}{point}{rest}"
