"""What can be drawn for the owner: values with every word on them as it is to be read, and who draws them.

Nothing is drawn here and no sentence is made. Figures are Decimals; where they become points is nobody's money.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from strategy.model.curve import PriceRange
from strategy.model.market import Side

Point = tuple[int, Decimal]
"""A time in ms UTC and a value in quote."""


class Theme(StrEnum):
    """The colours of a picture."""

    DARK = "dark"
    LIGHT = "light"


class Tone(StrEnum):
    """Whether a figure is good news."""

    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"


def tone_of(figure: Decimal) -> Tone:
    """By its sign."""
    return Tone.GOOD if figure > 0 else Tone.BAD if figure < 0 else Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above every picture: whose it is, the figure that matters, what it is made of."""

    theme: Theme
    title: str
    figure: str
    tone: Tone
    note: str = ""
    mark: str = ""
    """In a box: that it was paper, or a demo. Empty where it was real."""
    foot: str = ""
    """Below, at the left: Telegram writes its time over the right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A candle."""

    at: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A level as it is drawn: where it waits, and for what."""

    price: Decimal
    side: Side
    frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A fill as it is drawn."""

    at: int
    price: Decimal
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPicture:
    """The market with a grid's ladder, its buys and its sells."""

    head: Head
    bars: tuple[Bar, ...]
    rungs: tuple[Rung, ...]
    trades: tuple[Trade, ...]
    price: Decimal
    limits: tuple[tuple[str, Decimal], ...] = ()
    """Those that are prices, by their names."""
    words: tuple[str, str, str] = ("", "", "")
    """Buys, sells, price: the legend."""
    ahead: int = 0
    """By how many ms the owner's clocks are ahead of UTC: the axis is his."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A level of a ladder that is not placed yet: from where it buys to where it sells."""

    low: Decimal
    high: Decimal
    side: Side
    name: str
    """The price at which it would wait."""
    money: str

    @property
    def price(self) -> Decimal:
        """Where it would wait."""
        return self.low if self.side is Side.BUY else self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPicture:
    """A grid that is not open yet: its levels with their prices and their money."""

    head: Head
    steps: tuple[Step, ...]
    """The lowest first; one at least."""
    price: Decimal
    price_name: str
    limits: tuple[tuple[str, Decimal, Tone], ...] = ()
    words: tuple[str, str, str] = ("", "", "")
    """Buys, sells, price: the legend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePicture:
    """Equity beside holding and cash; beneath it how far it had fallen from its highest."""

    head: Head
    equity: tuple[Point, ...]
    holding: tuple[Point, ...]
    """Empty where it is not known."""
    money: Decimal
    words: tuple[str, str, str, str] = ("", "", "", "")
    """Equity, holding, cash, drawdown: the legend."""
    percent: str = "{x:,.1f} %"
    """How the axis of the drawdown writes its values."""
    ahead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysPicture:
    """Profit by day."""

    head: Head
    days: tuple[tuple[str, Decimal], ...]
    """What each is called, the oldest first, and what it made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One of several grids that are proposed, beside the others."""

    name: str
    shape: str
    """Its range and its levels, in words."""
    rungs: tuple[Rung, ...]
    """The lowest first; none of one that can't be opened."""
    ends: tuple[Decimal, Decimal] | None
    """Of its range; likewise."""
    figures: tuple[tuple[str, str, Tone], ...] = ()
    """What it did and what it may bring: names, figures with their units, and whether they are good news."""
    wrong: tuple[str, ...] = ()
    """Why it can't be opened, a line each; empty where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelsPicture:
    """Several grids that are proposed for a market: what the price did, what it may do, and each one's ladder on it."""

    head: Head
    panels: tuple[Panel, ...]
    past: tuple[Point, ...]
    """Closes, the oldest first; one at least."""
    coming: tuple[PriceRange, ...]
    """From the last close on; empty where nothing is known."""
    words: tuple[str, str, str, str] = ("", "", "", "")
    """Price, what is ahead of it, buys, sells: the legend."""
    ahead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPicture:
    """A few figures, large enough to be shown to somebody."""

    head: Head
    rows: tuple[tuple[str, str, Tone], ...]
    curve: tuple[Decimal, ...] = ()
    """What lies beneath them, without an axis."""


Picture = MarketPicture | LadderPicture | PanelsPicture | CurvePicture | DaysPicture | CardPicture


class Undrawn(StrEnum):
    """Why there is no picture."""

    MISSING = "missing"
    """What draws is not installed."""
    GLYPHS = "glyphs"
    """There is no font here with all the letters on it."""
    FAILED = "failed"


Draw = Callable[[Picture], Awaitable[bytes | Undrawn]]
"""Has a PNG made, beside everything else."""
