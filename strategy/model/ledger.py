"""The ledger: what happened to money, as entries, and their folds. Every figure that is shown comes from here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from strategy.model.market import Asset, Side
from strategy.model.money import ZERO
from strategy.model.orders import Fill, GridId, LevelId, Purpose
from strategy.model.values import replace


class MovementKind(StrEnum):
    """Why a balance changed without a trade."""

    OPENING = "opening"
    """What the account had when the ledger began."""
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    DUST = "dust"
    """A small balance that the owner converted to quote: one movement for each of the two assets."""
    INTEREST = "interest"
    LOAN = "loan"
    """Borrowed, or with a minus paid back. Never booked: the audit names it where it explains a difference."""
    UNEXPLAINED = "unexplained"
    """The exchange's balance and the books differed, and nothing said why. Booked only when the owner says so."""
    SETTLEMENT = "settlement"
    """What perpetuals that the owner trades in this account made and cost in an hour: profit, loss, funding, fees."""


SETTLED_IN = Asset("USDC")
"""What perpetuals are settled in: every few seconds, while their price moves."""
FEE_KEY = "withdrawal-fee:"
"""How the key of a withdrawal's fee begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillEntry:
    """A booked fill. `grid_id` is None for a fill that is not ours (the owner's own trade, a system fill)."""

    at: int
    fill: Fill
    base: Asset
    quote: Asset
    grid_id: GridId | None = None
    level: LevelId | None = None
    purpose: Purpose | None = None
    realised: Decimal | None = None
    """Of a sale: what it brought after fees, less what its coins cost, in quote."""
    closes: bool = False
    """Whether it completed a round trip."""
    fee_value: Decimal | None = None
    """Of a fee in a third asset: what it was worth in quote when it was booked; None where no price was known."""

    @property
    def key(self) -> str:
        """The fill's own key: unique in an account."""
        return self.fill.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A change of a balance that is not a fill."""

    at: int
    key: str
    kind: MovementKind
    asset: Asset
    amount: Decimal

    @property
    def may_be_included(self) -> bool:
        """A withdrawal's fee, which may have come on top of it or be part of it: only the balances tell."""
        return self.key.startswith(FEE_KEY)


def settled_until(movements: Iterable[Movement], opened_at: int) -> int:
    """Until when, ms, what perpetuals settled is booked: the end of the last hour of it, or the ledger's beginning."""
    return max((one.at for one in movements if one.kind is MovementKind.SETTLEMENT), default=opened_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What a grid came to the end of without a fill: a round trip (`level`), or its coins, given back to the owner.

    No balance changes: coins given back stay on the account. They leave the grid at what they are worth, so that its
    total does not jump.
    """

    at: int
    key: str
    grid_id: GridId
    level: LevelId | None = None
    """Whose round trip it was: the rest of its sale is too little for an order."""
    coins: Decimal = ZERO
    """Given back: too few for an order."""
    value: Decimal = ZERO
    """Their worth in quote at the last bid."""
    cost: Decimal = ZERO
    """What they had cost, in quote."""


Entry = FillEntry | Movement | Closing


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The folds over one grid's entries: a checkpoint, rebuilt from zero by the audit."""

    fills: int = 0
    round_trips: int = 0
    grid_profit: Decimal = ZERO
    """Realised by the sales of levels, after fees, in quote: round trips and nothing else."""
    stop_sales: Decimal = ZERO
    """Realised by sales on stopping, after fees, in quote: no round trip, so it stands apart. What was given back to
    the owner counts like them."""
    cash: Decimal = ZERO
    """Quote that came in less what went out, fees included, and the worth of coins that were given back."""
    coins: Decimal = ZERO
    """Base that came in less what went out, fees included."""
    bought: Decimal = ZERO
    """Price times quantity of the buys."""
    sold: Decimal = ZERO
    fees: Mapping[Asset, Decimal] = field(default_factory=dict)
    """Paid, by asset."""
    fees_value: Decimal = ZERO
    """Fees in quote, each at the price of its fill, or of its own market where it came in a third asset."""
    fees_apart: Mapping[Asset, Decimal] = field(default_factory=dict)
    """Fees in a third asset for which no price was known: in no other figure, so they are shown apart."""

    @property
    def realised(self) -> Decimal:
        """By all sales: of levels, and on stopping."""
        return self.grid_profit + self.stop_sales

    def uneaten(self, stop_sales: Decimal) -> Decimal:
        """Grid profit less what sales on stopping have lost since they had come to this. What they gain is apart."""
        return self.grid_profit + min(ZERO, self.stop_sales - stop_sales)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What one fill did to the two balances, and its fee in quote where that can be said."""

    base: Decimal
    quote: Decimal
    fee_value: Decimal
    cash: Decimal
    """What it did to a grid's money: as `quote`, less the value of a fee that was taken in a third asset."""


def flow_of(fill: Fill, base: Asset, quote: Asset, third: Decimal | None = None) -> Flow:
    """The change of both balances by a fill, its fee taken out of whatever it was charged in.

    `third` is the value in quote of a fee in a third asset.
    """
    sign = 1 if fill.side is Side.BUY else -1
    fee_base = fill.fee if fill.fee_asset == base else ZERO
    fee_quote = fill.fee if fill.fee_asset == quote else ZERO
    quote_change = -sign * fill.value - fee_quote
    return Flow(
        base=sign * fill.quantity - fee_base,
        quote=quote_change,
        fee_value=fee_base * fill.price + fee_quote + (third or ZERO),
        cash=quote_change - (third or ZERO),
    )


def fold(books: Books, entry: FillEntry | Closing, flow: Flow | None = None) -> Books:
    """One more entry into a grid's books. `flow` is the fill's, where it is known already."""
    if isinstance(entry, Closing):
        return replace(
            books,
            round_trips=books.round_trips + (entry.level is not None),
            stop_sales=books.stop_sales + entry.value - entry.cost,
            cash=books.cash + entry.value,
            coins=books.coins - entry.coins,
        )
    fill, flow = entry.fill, flow or flow_of(entry.fill, entry.base, entry.quote, entry.fee_value)
    buys, stops = fill.side is Side.BUY, entry.purpose is Purpose.STOP
    realised = entry.realised or ZERO
    unknown = entry.fee_value is None and fill.fee != 0 and fill.fee_asset not in (entry.base, entry.quote)
    return replace(
        books,
        fills=books.fills + 1,
        round_trips=books.round_trips + entry.closes,
        grid_profit=books.grid_profit + (ZERO if stops else realised),
        stop_sales=books.stop_sales + (realised if stops else ZERO),
        cash=books.cash + flow.cash,
        coins=books.coins + flow.base,
        bought=books.bought + (fill.value if buys else ZERO),
        sold=books.sold + (ZERO if buys else fill.value),
        fees={**books.fees, fill.fee_asset: books.fees.get(fill.fee_asset, ZERO) + fill.fee},
        fees_value=books.fees_value + flow.fee_value,
        fees_apart=_added(dict(books.fees_apart), fill.fee_asset, fill.fee) if unknown else books.fees_apart,
    )


def without(books: Books, later: Books) -> Books:
    """The books as they were before what was folded into `later`, from zero."""
    return Books(
        fills=books.fills - later.fills,
        round_trips=books.round_trips - later.round_trips,
        grid_profit=books.grid_profit - later.grid_profit,
        stop_sales=books.stop_sales - later.stop_sales,
        cash=books.cash - later.cash,
        coins=books.coins - later.coins,
        bought=books.bought - later.bought,
        sold=books.sold - later.sold,
        fees={asset: fee - later.fees.get(asset, ZERO) for asset, fee in books.fees.items()},
        fees_value=books.fees_value - later.fees_value,
        fees_apart={asset: fee - later.fees_apart.get(asset, ZERO) for asset, fee in books.fees_apart.items()},
    )


def fold_all(entries: Iterable[FillEntry | Closing]) -> Books:
    """What these entries alone come to."""
    books = Books()
    for entry in entries:
        books = fold(books, entry)
    return books


def fold_balances(balances: Mapping[Asset, Decimal], entry: Entry, flow: Flow | None = None) -> dict[Asset, Decimal]:
    """What the account should hold after one more entry. `flow` is the fill's, where it is known already."""
    if isinstance(entry, Movement):
        return _added(dict(balances), entry.asset, entry.amount)
    if isinstance(entry, Closing):
        return dict(balances)
    flow = flow or flow_of(entry.fill, entry.base, entry.quote)
    held = _added(_added(dict(balances), entry.base, flow.base), entry.quote, flow.quote)
    third = entry.fill.fee_asset not in (entry.base, entry.quote)
    return _added(held, entry.fill.fee_asset, -entry.fill.fee) if third else held


def _added(held: dict[Asset, Decimal], asset: Asset, change: Decimal) -> dict[Asset, Decimal]:
    held[asset] = held.get(asset, ZERO) + change
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a grid stands at a moment, in quote. `total` is always grid profit + stop sales + floating profit."""

    today: Decimal
    """Change of the total since local midnight."""
    total: Decimal
    grid_profit: Decimal
    floating: Decimal
    fees: Decimal
    round_trips: int
    coins: Decimal
    price: Decimal
    """The bid at which the coins were valued."""
    money: Decimal
    stop_sales: Decimal = ZERO
    """What its sales on stopping brought beyond the cost of their coins, after fees."""
    fees_apart: Mapping[Asset, Decimal] = field(default_factory=dict)
    """Fees in an asset without a known price: in none of the other figures."""
