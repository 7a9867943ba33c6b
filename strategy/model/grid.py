"""A grid: its owner's wish, its levels, lots and phase. Values and small questions; the engine changes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategy.model.adapted import Adapted, Outside, Seeding
from strategy.model.derived import Derived
from strategy.model.durations import HOUR
from strategy.model.ledger import Books
from strategy.model.levels import KEPT, Level, Lot
from strategy.model.market import Market
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, GridId, LevelId, Order
from strategy.model.positions import most_position
from strategy.model.spec import GridSpec
from strategy.model.stops import Stop, StopReason
from strategy.model.values import put

MAX_GRIDS = 200


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
    """What the owner was told of a refused seed or sale, until one is taken."""
    retry_at: int = 0
    """No new order before this time (after a refusal that waiting may mend). Not stored."""
    fell_at: int = 0
    """From when the price was at which a fast fall was seen first; the second look counts. Not stored."""
    higher: Decimal | None = None
    """A bid above its peak that was seen once, and from when it was. Not stored, both of them."""
    higher_at: int = 0
    topped: tuple[Decimal, int] | None = None
    """A total above its highest that was seen once, and from when the price was. Not stored."""
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
    def will_trade(self) -> bool:
        """It trades, or will by itself or by its owner's word: it waits, is paused, or opens again."""
        return self.phase.trades or self.phase in (Phase.WAITING, Phase.PAUSED) or self.again_at is not None

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
        """The maximum loss, in quote."""
        return None if self.spec.max_loss is None else self.spec.max_loss * self.risked

    @property
    def most_drawdown(self) -> Decimal | None:
        """How far its total may come down from its highest, in quote."""
        return None if self.spec.max_drawdown is None else self.spec.max_drawdown * self.risked

    @property
    def risked(self) -> Decimal:
        """The money of which its limits are parts, in quote. What a shift has set aside beyond what its owner has makes
        it no larger.
        """
        decided = self.adapted.money
        return self.money if decided is None else min(self.money, decided)

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
