"""A grid: the wish (GridSpec), its levels, lots and phase. Values and small questions; the engine changes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategy.model.adapted import Adapted, Outside, Seeding
from strategy.model.derived import Derived
from strategy.model.ledger import Books
from strategy.model.levels import KEPT, Level, Lot
from strategy.model.market import Market, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, GridId, LevelId, Order
from strategy.model.past import HOUR, Measure
from strategy.model.positions import most_position
from strategy.model.stops import Stop, StopReason
from strategy.model.values import put

MAX_LEVELS = 200
MAX_GRIDS = 200
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


class Phase(StrEnum):
    """What a grid is doing."""

    WAITING = "waiting"
    """For the price to come into its range; no orders yet."""
    SEEDING = "seeding"
    """Buying the coins of the levels above the price, while the other levels already trade."""
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    PARKED = "parked"
    """An assertion failed or the books disagree: nothing is placed until the owner decides."""

    @property
    def trades(self) -> bool:
        """Whether levels get orders in this phase."""
        return self in (Phase.SEEDING, Phase.RUNNING)


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
        limits = (StopReason.STOP_LOSS, StopReason.TAKE_PROFIT, StopReason.MAX_LOSS, StopReason.END_DATE)
        said = (self.stop_sells, self.take_sells, self.loss_sells, self.end_sells)
        own = dict(zip(limits, said, strict=True)).get(reason)
        return self.sell_on_limit if own is None else own

    @property
    def hours_back(self) -> int:
        """How many hours of the market's past it needs to be known."""
        fall = self.fall_hours if self.fall is not None else 0
        shift = max(SHIFT_HOURS + 1, self.fall_hours) if self.follows_up or self.follows_down else 0
        width = self.width_hours if self.width not in (None, Measure.VOLUME) else 0
        return max(self.gate_hours or 0, fall, shift, width)


_NOTHING = Lot()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The whole state of one grid."""

    id: GridId
    spec: GridSpec
    market: Market
    created_at: int
    money: Decimal
    """What was set aside for it, in quote, at the price of its start."""
    start_price: Decimal
    phase: Phase
    levels: Mapping[LevelId, Level]
    """By id. Their order in the ladder is that of their ranks."""
    lots: Mapping[LevelId, Lot] = field(default_factory=dict)
    """Coins by level; `RESIDUE` holds what belongs to none."""
    orders: Mapping[ClientId, Order] = field(default_factory=dict)
    """Live orders and those that ended a short while ago."""
    books: Books = field(default_factory=Books)
    seeding: Seeding | None = None
    stop: Stop | None = None
    adapted: Adapted = field(default_factory=Adapted)
    before: GridSpec | None = None
    """The version before this one, to be put back."""
    outside: Outside | None = None
    """On which side of the range the price is, as the owner was told; None inside."""
    warned: int = 0
    """Looks in a row at which a trigger was seen; the second one counts. Not stored."""
    warned_at: int = 0
    """From when the price was at the first of them. Not stored, nor at which limit."""
    warned_for: StopReason | None = None
    refused: str = ""
    """What the owner was told of a refused seed or sale, until one is taken. Not stored."""
    retry_at: int = 0
    """No new order before this time (after a refusal that waiting may mend). Not stored."""
    fell_at: int = 0
    """From when the price was at which a fast fall was seen first; the second look counts. Not stored."""
    higher: Decimal | None = None
    """A bid above its peak that was seen once, and from when it was. Not stored, both of them."""
    higher_at: int = 0
    beyond: tuple[Outside, int, Decimal] | None = None
    """On which side a price was seen so far beyond the ladder that it would shift, from when, and what. Not stored."""
    crossed_at: int = 0
    """Since when the price has been out of the range, or back in it, without the owner being told. Not stored."""
    known: Derived | None = field(default=None, init=False, compare=False, repr=False)
    """What was derived from it last, by it or by the grid that it was made from: ask `derived`."""

    @property
    def derived(self) -> Derived:
        """What follows from all its levels, lots and orders. Not to be kept by whoever asks: it goes on changing."""
        known = self.known
        if known is None or known.owner is not self:
            known = Derived.of(self.market, self.spec.window, self.levels, self.lots, self.orders)
            known.owner = self
            put(self, "known", known)
        return known

    @property
    def coins(self) -> Decimal:
        """Base held by the grid, residue included."""
        return self.derived.coins

    @property
    def cost(self) -> Decimal:
        """What those coins cost, in quote."""
        return self.derived.cost

    @property
    def range(self) -> tuple[Decimal, Decimal]:
        """The lowest buy price and the highest sell price."""
        kept = self.derived
        if kept.range is None:
            levels = self.levels.values()
            kept.range = min(level.buy_price for level in levels), max(level.sell_price for level in levels)
        return kept.range

    @property
    def lowest(self) -> Decimal:
        """The lowest buy price."""
        return self.range[0]

    @property
    def highest(self) -> Decimal:
        """The highest sell price."""
        return self.range[1]

    @property
    def resumable(self) -> bool:
        """Whether it can trade on. One that stopped to sell its coins has ended."""
        sold = self.stop is not None and self.stop.sell
        return self.phase in (Phase.PAUSED, Phase.STOPPED, Phase.PARKED) and not sold

    @property
    def again_at(self) -> int | None:
        """From when on it may open again by itself; None where it stays as it is."""
        since, hours = self.adapted.again_from, self.spec.again if self.phase is Phase.STOPPED else None
        return None if since is None or hours is None else since + hours * HOUR

    @property
    def is_over(self) -> bool:
        """It is stopped, and nothing more comes of it by itself."""
        return self.phase is Phase.STOPPED and self.again_at is None

    @property
    def buys(self) -> bool:
        """Whether it may buy: not after a fast fall, while its owner has paused that, or while it follows the price."""
        return self.adapted.buying and self.adapted.fall is None and self.adapted.peak is None

    @property
    def trail_price(self) -> Decimal | None:
        """At which bid its trailing take-profit stops it; None while it follows no price."""
        peak, trail = self.adapted.peak, self.spec.trail
        return None if peak is None or trail is None else peak * (1 - trail)

    @property
    def stop_price(self) -> Decimal | None:
        """The stop loss as it is now."""
        stop, risen = self.spec.stop_loss, self.adapted.stop
        return stop if stop is None or risen is None or not self.spec.stop_rises else max(stop, risen)

    @property
    def most_loss(self) -> Decimal | None:
        """The maximum loss, in quote. What a shift has set aside beyond what its owner has makes it no larger."""
        if self.spec.max_loss is None:
            return None
        decided = self.adapted.money
        return self.spec.max_loss * (self.money if decided is None else min(self.money, decided))

    @property
    def has_stopped_buying(self) -> bool:
        """Its owner has paused buying, and no buy may trade any more."""
        return self.phase.trades and not self.adapted.buying and not self.derived.bids

    @property
    def live(self) -> tuple[Order, ...]:
        """Orders that may still trade."""
        return tuple(self.derived.live.values())

    @property
    def known_live(self) -> int:
        """How many of them are not unclear: only of these can it be said that they rest, or are being cancelled."""
        return sum(order.unknown_since is None for order in self.live)

    @property
    def max_position(self) -> Decimal:
        """The most that its coins may cost, in quote."""
        kept = self.derived
        if kept.most is None:
            money, spec = self.money + self.to_compound + self.kept.cost, self.spec
            kept.most = most_position(spec.max_position, self.market.quote, spec.quote_price, money)
        return kept.most

    @property
    def kept(self) -> Lot:
        """The coins that its profit is kept in."""
        return self.lots.get(KEPT, _NOTHING)

    @property
    def to_compound(self) -> Decimal:
        """Realised grid profit by which its buys may be larger, in quote: not what is kept in coins, or lost again."""
        if self.spec.compound is None:
            return ZERO
        profit = self.books.uneaten(self.adapted.stop_sales) - self.adapted.uncounted - self.kept.cost
        earned = max(ZERO, profit) * self.spec.compound
        return earned if self.spec.compound_most is None else min(earned, self.spec.compound_most)

    def floating(self, price: Decimal) -> Decimal:
        """What the open lots are worth at `price`, less what they cost."""
        return self.coins * price - self.cost

    def total(self, price: Decimal) -> Decimal:
        """Profit in all: grid profit, what sales on stopping brought, and floating profit at `price`."""
        return self.books.realised + self.floating(price)
