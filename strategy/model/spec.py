"""What an owner wishes of a grid: the ladder, its money, its limits, and how it adapts. Values and small questions."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from strategy.model.market import Symbol
from strategy.model.past import Measure
from strategy.model.stops import StopReason

MAX_LEVELS = 200
GATE_MARGIN = Decimal("0.01")
"""How far below its average the price may be when a grid opens, as a fraction."""
FAST_FALL = Decimal("0.05")
"""A fall within `fall_hours` during which no ladder shifts down, where its grid has no rule of its own for falls."""
LEAST_AGAIN = 24
"""Hours after which a grid that was stopped may open again by itself: sooner, it loses what the stop was to save."""
SHIFT_HOURS = 24
"""Of the average and the volatility by which a spike is known."""


class Spacing(StrEnum):
    """How the levels are made."""

    INTERVAL = "interval"
    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"


class Shift(StrEnum):
    """Which way a ladder may follow the price."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSpec:
    """What the owner wants. Prices in quote; fractions are fractions (0.004 = 0.4 %)."""

    symbol: Symbol
    spacing: Spacing = Spacing.INTERVAL
    grids: int
    """Number of levels; arithmetic and geometric grids have one line more."""
    interval: Decimal | None = None
    """Interval grids: distance of the floors, in quote."""
    out_want: Decimal | None = None
    """Interval grids: each level sells at its real buy price times 1 + out_want."""
    lower: Decimal | None = None
    upper: Decimal | None = None
    quote_per_order: Decimal | None = None
    total: Decimal | None = None
    """Money that is divided among the levels; exactly one of this, `quote_per_order` and `base_per_order`."""
    stop_loss: Decimal | None = None
    """Price at or below which the grid stops."""
    take_profit: Decimal | None = None
    """Price at or above which the grid stops."""
    max_loss: Decimal | None = Decimal("0.05")
    """The grid stops when its total falls below minus this fraction of its money."""
    max_drawdown: Decimal | None = None
    """It stops when its total has come down by this fraction of its money from the highest that it has been."""
    max_position: Decimal | None = None
    """Coins held, at cost; None is the larger of 1,000 USDC, in the quote, and the grid's money."""
    sell_on_limit: bool = False
    """Whether a limit that stops the grid also sells its coins; each may say otherwise for itself."""
    stop_sells: bool | None = None
    take_sells: bool | None = None
    loss_sells: bool | None = None
    stop_rises: bool = False
    """The stop loss rises with each sold level, and never falls."""
    window: int = 50
    """Live orders on each side of the price; levels farther off stay virtual."""
    seed_patience: int = 30_000
    """Milliseconds that seeds are bought as maker before they are bought as taker."""
    fee_buffer: Decimal = Decimal("0.001")
    """What a round trip must earn beyond the fees, as a fraction."""
    wait_for_range: bool = False
    """Start only when the price comes into the range."""
    quote_price: Decimal | None = None
    """USDC for a unit of the quote when the grid was wished for; None for a dollar, and where no price was known.

    What is a number of USDC by default (maximum position, slices of a sale) stays what it was then in the quote.
    """
    gate_hours: int | None = None
    """It opens only while the price is above the average of so many hours, less a little."""
    trigger: Decimal | None = None
    """It opens only at this price or beyond it, seen from where the price was when it was asked for."""
    fall: Decimal | None = None
    """It stops buying for a while when the price has fallen by this fraction within `fall_hours`."""
    fall_hours: int = 24
    fall_pause: int = 48
    """Hours."""
    below: Decimal | None = None
    """How far the range reaches below the price at which the grid begins, as a fraction of it; `lower` is None until
    it has begun, and what this came to from then on. Likewise `above` and `upper`."""
    above: Decimal | None = None
    base_per_order: Decimal | None = None
    """Coins that each level buys, instead of money."""
    taper: Decimal | None = None
    """By how much each level is smaller than the one above it, as a fraction; the highest has the whole amount."""
    envelope: Decimal | None = None
    """The part of the account's own money in its quote that it may use, as a fraction: `total` follows it."""
    takes_rest: bool = False
    """Whether `total` follows what the other grids leave."""
    compound: Decimal | None = None
    """The part of the realised grid profit by which its later buys grow."""
    compound_most: Decimal | None = None
    """By how much they may grow in all, in quote."""
    profit_in_coin: bool = False
    """A sale brings back what the next buy costs; the coins that are left are kept."""
    taker: bool = False
    """No order rests: a level trades at once when the market reaches its price."""
    again: int | None = None
    """It opens again so many hours after a limit of its own has stopped it, `LEAST_AGAIN` at least."""
    open_hours: tuple[int, int] | None = None
    """Between which minutes of its owner's day it opens; where the second is the smaller one, past midnight."""
    ends: str | None = None
    """The local day, as 2026-12-31, at whose start it stops; `30d` until that is worked out."""
    end_sells: bool | None = None
    trail: Decimal | None = None
    """How far the bid comes down from its peak until it stops, once it has reached the start of following the price."""
    trail_from: Decimal | None = None
    shift: Shift | None = None
    """Which way the ladder follows a price that has left it, by whole steps; None: it stays where it is."""
    shift_after: int = 1
    """How many steps beyond the ladder that is; as many steps inside is the price after it."""
    shift_low: Decimal | None = None
    """No level of a ladder that has shifted buys below this, nor sells above `shift_high`."""
    shift_high: Decimal | None = None
    shift_most: int = 2
    """Shifts within 24 hours."""
    shift_rest: int = 6
    """Hours from one shift to the next."""
    shift_spike: int | None = 5
    """No shift while the price is farther than this many mean hourly ranges from the average of the last day."""
    shift_cost: Decimal = Decimal("0.005")
    """The most that fees and slippage of one shift may come to, as a fraction of the grid's money."""
    shift_loss: Decimal | None = None
    """The same of what the coins of levels that go may lose; None: nothing, levels that hold coins stay above."""
    endless: bool = False
    """No top: the ladder goes up with the price, without a limit of number, and buys nothing for it at once."""
    width: Measure | None = None
    """Interval grids: `interval` follows this measure of the last `width_hours` hours; None where it is fixed."""
    width_hours: int = 24
    width_times: Decimal = Decimal(2)
    """So many times the measure."""
    width_least: Decimal = Decimal("0.005")
    """As a fraction of the average price of these hours; likewise `width_most`."""
    width_most: Decimal = Decimal("0.05")
    width_rest: int = 24
    """Hours for which an interval stays at least."""
    width_own: Decimal | None = None
    """The interval that its owner gave, in quote, while the volume goal has made another of it; else None."""
    version: int = 1

    @property
    def follows_up(self) -> bool:
        """Whether its ladder may shift up."""
        return self.endless or self.shift in (Shift.UP, Shift.BOTH)

    @property
    def follows_down(self) -> bool:
        """Whether it may shift down."""
        return self.shift in (Shift.DOWN, Shift.BOTH)

    @property
    def is_divided(self) -> bool:
        """Whether its money follows the account's: an amount takes the place of that."""
        own = self.quote_per_order is not None or self.base_per_order is not None
        return (self.envelope is not None or self.takes_rest) and not own

    @property
    def trail_start(self) -> Decimal | None:
        """From which bid on it follows the price; the take profit is no limit of its own where that is it."""
        return None if self.trail is None else self.trail_from or self.take_profit

    def sells_at(self, reason: StopReason) -> bool:
        """Whether this limit, when it stops the grid, sells its coins. Those that have followed the price are to be."""
        if reason is StopReason.TRAILING:
            return self.take_sells is not False
        own = {
            StopReason.STOP_LOSS: self.stop_sells,
            StopReason.TAKE_PROFIT: self.take_sells,
            StopReason.MAX_LOSS: self.loss_sells,
            StopReason.MAX_DRAWDOWN: self.loss_sells,
            StopReason.END_DATE: self.end_sells,
        }.get(reason)
        return self.sell_on_limit if own is None else own

    @property
    def hours_back(self) -> int:
        """How many hours of the market's past it needs to be known."""
        fall = self.fall_hours if self.fall is not None else 0
        shift = max(SHIFT_HOURS + 1, self.fall_hours) if self.follows_up or self.follows_down else 0
        width = self.width_hours if self.width not in (None, Measure.VOLUME) else 0
        return max(self.gate_hours or 0, fall, shift, width)
