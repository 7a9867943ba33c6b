"""Numbers as the owner reads them: exact where they are exact, else never rounded in his favour. No words here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from functools import reduce

from strategy.model.ledger import Standing
from strategy.model.market import DOLLARS, Asset
from strategy.model.money import ZERO, plain

MINUS = "−"
HUNDRED = Decimal(100)
COIN_PLACES = 8
FIGURES = 5


def exact(value: Decimal) -> str:
    """Every digit, with thousands: quantities, and whatever must not be rounded."""
    return _dressed(plain(value))


def price(value: Decimal) -> str:
    """Every digit, and at least two decimals."""
    return _dressed(_padded(plain(value), 2))


def gain(value: Decimal, quote: Asset, *, fine: bool = False) -> str:
    """A profit or loss in quote with its sign, rounded down: +1.84, −3.20."""
    return _short(signed(value, decimals_of(value, quote, fine=fine)), quote)


def cost(value: Decimal, quote: Asset, *, fine: bool = False) -> str:
    """A fee, a price to pay or a loss as a size, rounded up."""
    return _short(_dressed(_rounded(value, decimals_of(value, quote, fine=fine), ROUND_CEILING)), quote)


def worth(value: Decimal, quote: Asset, *, fine: bool = False) -> str:
    """What one has or would get in quote, rounded down."""
    return _short(_dressed(_rounded(value, decimals_of(value, quote, fine=fine), ROUND_FLOOR)), quote)


def summed(values: Sequence[Decimal], quote: Asset) -> tuple[list[str], str, Decimal]:
    """Profits, each rounded down once, and what the shown ones come to: in words, and to reckon on with."""
    decimals = decimals_of(max(values, key=abs), quote, fine=True)
    parts = [_cut(value, decimals, ROUND_FLOOR) for value in values]
    total = sum(parts, ZERO)
    return [signed(part, decimals) for part in parts], signed(total, decimals), total


def percent_change(before: Decimal, after: Decimal) -> str:
    """From one price to another in per cent with its sign."""
    return signed((after / before - 1) * HUNDRED, 2)


def coins(value: Decimal) -> str:
    """A balance of any asset: exact up to eight decimals, then rounded down."""
    return _dressed(plain(_cut(value, COIN_PLACES, ROUND_FLOOR)))


def money_shares(quote: Asset, whole: Decimal, *parts: Decimal) -> list[Decimal]:
    """A cost and parts of it, rounded up alike; what a part can't have any more is never more than the whole."""
    decimals = decimals_of(whole, quote)
    left = _cut(whole, decimals, ROUND_CEILING)
    shares = [left]
    for part in parts:
        shares.append(min(left, _cut(part, decimals, ROUND_CEILING)))
        left -= shares[-1]
    return shares


def left_of(most: Decimal, change: Decimal, quote: Asset) -> tuple[str, str]:
    """A loss that is allowed, rounded up as any loss, and what the shown change leaves of the shown figure."""
    decimals = decimals_of(most, quote)
    whole = _cut(most, decimals, ROUND_CEILING)
    left = max(_cut(ZERO, decimals, ROUND_FLOOR), whole + _cut(change, decimals, ROUND_FLOOR))
    return _short(exact_money(whole), quote), _short(exact_money(left), quote)


def exact_money(value: Decimal) -> str:
    """An amount that is rounded already, with its decimals."""
    return _dressed(format(value, "f"))


def coin_share(value: Decimal) -> Decimal:
    """A part of a balance as it is shown: rounded down at eight decimals, as `coins`."""
    return _cut(value, COIN_PLACES, ROUND_FLOOR)


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


def decimals_of(value: Decimal, quote: Asset, *, fine: bool = False) -> int:
    """Two decimals for dollars, three or four for what is small; `fine` begins earlier, for single round trips.

    In another quote, whose units may be worth much, five digits that count and at most eight decimals; what is too
    small even for those has two digits: something is never shown as nothing.
    """
    size = abs(value)
    if quote not in DOLLARS and size:
        return max(2, min(COIN_PLACES, FIGURES - 1 - size.adjusted()), 1 - size.adjusted())
    if size == 0 or size >= (1 if fine else Decimal("0.1")):
        return 2
    return 3 if size >= Decimal("0.01") else 4


Figures = dict[str, str | None]
"""A standing's figures by the names that the sentences know; one that is not worth telling is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one standing shows: each part rounded once, against its owner, and all else summed of these."""

    grid_profit: Decimal
    stop_sales: Decimal
    floating: Decimal
    today: Decimal
    fees: Decimal

    @property
    def total(self) -> Decimal:
        """The sum of what is shown: never more than the true total, and less by a last digit for each part at most."""
        return self.grid_profit + self.stop_sales + self.floating

    def plus(self, other: "Parts") -> "Parts":
        """Both together, as shown."""
        return Parts(
            grid_profit=self.grid_profit + other.grid_profit,
            stop_sales=self.stop_sales + other.stop_sales,
            floating=self.floating + other.floating,
            today=self.today + other.today,
            fees=self.fees + other.fees,
        )


class Screen:
    """The figures of one screen in one quote asset: shown parts sum to shown totals, one quantity is one figure.

    Largest remainders would keep the headline nearer to the truth, and would round single parts in the owner's favour.
    """

    def __init__(self, standings: Iterable[Standing], quote: Asset) -> None:
        own = list(standings)
        parts = [part for one in own for part in (one.grid_profit, one.stop_sales, one.floating)]
        self._decimals = _decimals_for(parts, quote)
        self._stopped = any(one.stop_sales for one in own)
        self._all = [self._parts(one) for one in own]

    @property
    def total(self) -> Figures:
        """The headline: the sums of what the lines show."""
        return self.part(0)

    @property
    def today(self) -> Decimal:
        """The day's change in the headline, to reckon on with: what is made of it must not tell of another day."""
        return sum((one.today for one in self._all), ZERO)

    @property
    def amount(self) -> Decimal:
        """The total in the headline, to reckon on with."""
        return sum((one.total for one in self._all), ZERO)

    @property
    def parts(self) -> Sequence[Parts]:
        """What each line shows, to reckon on with."""
        return tuple(self._all)

    @property
    def decimals(self) -> int:
        """Of all figures here."""
        return self._decimals

    def lines(self) -> list[Figures]:
        """The figures of each standing, in the order in which they came."""
        return [self._shown(one) for one in self._all]

    def part(self, first: int) -> Figures:
        """The sums of the lines from `first` on: what a screen that is full leaves out."""
        zero = Parts(grid_profit=ZERO, stop_sales=ZERO, floating=ZERO, today=ZERO, fees=ZERO)
        return self._shown(reduce(Parts.plus, self._all[first:], zero))

    def _parts(self, one: Standing) -> Parts:
        grid, stops, floating, today = (
            _cut(part, self._decimals, ROUND_FLOOR)
            for part in (one.grid_profit, one.stop_sales, one.floating, one.today)
        )
        # A grid that began today: its change and its total are one quantity.
        change_today = grid + stops + floating if one.today == one.total else today
        fees = _cut(one.fees, self._decimals, ROUND_CEILING)
        return Parts(grid_profit=grid, stop_sales=stops, floating=floating, today=change_today, fees=fees)

    def _shown(self, parts: Parts) -> Figures:
        told = ("total", "grid_profit", "floating", "today")
        return {
            **{name: signed(getattr(parts, name), self._decimals) for name in told},
            "stopped": signed(parts.stop_sales, self._decimals) if self._stopped else None,
            "fees": _dressed(format(parts.fees, "f")),
        }


def _decimals_for(parts: Sequence[Decimal], quote: Asset) -> int:
    """Decimals for all figures of a screen: those of the largest dollars, or of the smallest of anything else."""
    if quote in DOLLARS:
        return decimals_of(max(map(abs, parts), default=ZERO), quote)
    return max((decimals_of(part, quote) for part in parts if part), default=2)


def standing_figures(standing: Standing, quote: Asset) -> Figures:
    """The figures of one standing that is shown by itself."""
    return Screen([standing], quote).total


def parts_figures(quote: Asset, *, grid_profit: Decimal, stop_sales: Decimal, floating: Decimal) -> Figures:
    """A total in its parts where nothing else of a standing is known."""
    return parts_screen(quote, grid_profit=grid_profit, stop_sales=stop_sales, floating=floating).total


def parts_screen(quote: Asset, *, grid_profit: Decimal, stop_sales: Decimal, floating: Decimal) -> Screen:
    """The same, to reckon on with what is shown."""
    return Screen([in_parts(grid_profit=grid_profit, stop_sales=stop_sales, floating=floating)], quote)


def in_parts(*, grid_profit: Decimal, stop_sales: Decimal, floating: Decimal, fees: Decimal = ZERO) -> Standing:
    """A standing of which nothing else is known."""
    total = grid_profit + stop_sales + floating
    return Standing(
        today=total,
        total=total,
        grid_profit=grid_profit,
        stop_sales=stop_sales,
        floating=floating,
        fees=fees,
        round_trips=0,
        coins=ZERO,
        price=ZERO,
        money=ZERO,
    )


def total_of(values: Iterable[Decimal]) -> Decimal:
    """The sum as a decimal, also of nothing."""
    return sum(values, ZERO)


def told(value: Decimal, decimals: int, quote: Asset) -> str:
    """A profit or loss that is rounded already, with its sign."""
    return _short(signed(value, decimals), quote)


def _cut(value: Decimal, decimals: int, rounding: str) -> Decimal:
    with localcontext(prec=200):  # the product of two of our longest numbers fits
        return value.quantize(Decimal(1).scaleb(-decimals), rounding)


def _rounded(value: Decimal, decimals: int, rounding: str) -> str:
    rounded = _cut(value, decimals, rounding)
    return format(abs(rounded) if rounded == 0 else rounded, "f")


def _padded(text: str, decimals: int) -> str:
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.ljust(decimals, '0')}"


def _short(text: str, quote: Asset) -> str:
    """Zeros at the end say nothing where a figure has many decimals; two decimals stay."""
    if quote in DOLLARS:
        return text
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def _dressed(text: str) -> str:
    """Thousands and the real minus sign."""
    digits = text.removeprefix("-")
    whole, point, rest = digits.partition(".")
    sign = MINUS if text.startswith("-") and digits.strip("0.") else ""  # nothing has no sign
    return f"{sign}{int(whole):,}{point}{rest}"
