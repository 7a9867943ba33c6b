"""What was traded in a span of time, folded out of the ledger: volume, fees, what sales brought. By quote asset."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from strategy.model.ledger import Closing, FillEntry, flow_of
from strategy.model.market import Asset, Fees
from strategy.model.money import ZERO
from strategy.model.orders import Fill, GridId, Purpose
from strategy.model.tiers import UNCOUNTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """What fills came to, in one quote asset."""

    fills: int = 0
    volume: Decimal = ZERO
    """Price times quantity, of both sides."""
    own: Decimal = ZERO
    """Of it, what no grid traded: by the owner's own hand, or by the exchange itself."""
    taker_fills: int = 0
    taker_volume: Decimal = ZERO
    chosen_takers: int = 0
    """Of the taker fills, first coins and sales on stopping: they cross on purpose."""
    fees: Decimal = ZERO
    """Each at the price of its fill; one in a third asset at what it was worth when it was booked."""
    taker_fees: Decimal = ZERO
    realised: Decimal = ZERO
    """By the grids' sales, after fees."""
    apart: Mapping[Asset, Decimal] = field(default_factory=dict)
    """Fees in a third asset for which no price was known: in no other figure."""
    counted: Decimal = ZERO
    """The volume that counts for a fee tier."""
    counted_taker: Decimal = ZERO
    counted_fees: Decimal = ZERO
    """What was paid on it."""

    @property
    def cost(self) -> Decimal:
        """What the volume cost: its fees, and what the sales lost beyond them. Floating profit is not in it.

        What sales brought is after fees: where it is negative and larger than all fees, the market took the rest.
        """
        return max(self.fees, -self.realised)

    def at(self, fees: Fees) -> Decimal:
        """The fees on what counts for a tier, had these rates been charged."""
        maker = self.counted - self.counted_taker
        return maker * fees.maker + self.counted_taker * fees.taker

    def saved_by(self, fees: Fees) -> Decimal:
        """What these rates would have saved: negative where less was paid already."""
        return self.counted_fees - self.at(fees)

    def plus(self, other: "Turnover") -> "Turnover":
        """Both together."""
        return Turnover(
            fills=self.fills + other.fills,
            volume=self.volume + other.volume,
            own=self.own + other.own,
            taker_fills=self.taker_fills + other.taker_fills,
            taker_volume=self.taker_volume + other.taker_volume,
            chosen_takers=self.chosen_takers + other.chosen_takers,
            fees=self.fees + other.fees,
            taker_fees=self.taker_fees + other.taker_fees,
            realised=self.realised + other.realised,
            apart=_sums(self.apart, other.apart),
            counted=self.counted + other.counted,
            counted_taker=self.counted_taker + other.counted_taker,
            counted_fees=self.counted_fees + other.counted_fees,
        )


Turnovers = Mapping[Asset, Turnover]
"""By quote asset."""


def turnovers(entries: Iterable[FillEntry | Closing], quotes: Mapping[GridId, Asset]) -> dict[Asset, Turnover]:
    """The fold. `quotes` are those of the grids: a closing does not name its own."""
    found: dict[Asset, Turnover] = {}
    for entry in entries:
        quote = entry.quote if isinstance(entry, FillEntry) else quotes[entry.grid_id]
        found[quote] = found.get(quote, NOTHING).plus(turnover_of(entry))
    return found


def plus(some: Turnovers, others: Turnovers) -> Turnovers:
    """Both together, quote by quote."""
    return {quote: some.get(quote, NOTHING).plus(others.get(quote, NOTHING)) for quote in {**some, **others}}


def together(some: Turnovers, prices: Mapping[Asset, Decimal]) -> Turnover:
    """All of it in one unit, each quote at its price; one without a price is left out."""
    return _sum(_times(one, prices[quote]) for quote, one in some.items() if quote in prices)


def turnover_of(entry: FillEntry | Closing) -> Turnover:
    """What one entry comes to."""
    if isinstance(entry, Closing):
        return Turnover(realised=entry.value - entry.cost)
    fill, taker = entry.fill, not entry.fill.is_maker
    fees = flow_of(fill, entry.base, entry.quote, entry.fee_value).fee_value
    counts = fill.symbol not in UNCOUNTED
    return Turnover(
        fills=1,
        volume=fill.value,
        own=fill.value if entry.grid_id is None else ZERO,
        taker_fills=int(taker),
        taker_volume=fill.value if taker else ZERO,
        chosen_takers=int(taker and entry.purpose in (Purpose.SEED, Purpose.STOP)),
        fees=fees,
        taker_fees=fees if taker else ZERO,
        realised=entry.realised or ZERO,
        apart={fill.fee_asset: fill.fee} if _is_apart(entry, fill) else {},
        counted=fill.value if counts else ZERO,
        counted_taker=fill.value if counts and taker else ZERO,
        counted_fees=fees if counts else ZERO,
    )


def _is_apart(entry: FillEntry, fill: Fill) -> bool:
    return entry.fee_value is None and fill.fee != 0 and fill.fee_asset not in (entry.base, entry.quote)


def _times(one: Turnover, price: Decimal) -> Turnover:
    money = {name: getattr(one, name) * price for name in _MONEY}
    return Turnover(
        fills=one.fills,
        taker_fills=one.taker_fills,
        chosen_takers=one.chosen_takers,
        apart=one.apart,
        **money,
    )


_MONEY = (
    "volume",
    "own",
    "taker_volume",
    "fees",
    "taker_fees",
    "realised",
    "counted",
    "counted_taker",
    "counted_fees",
)
NOTHING = Turnover()


def _sum(some: Iterable[Turnover]) -> Turnover:
    found = NOTHING
    for one in some:
        found = found.plus(one)
    return found


def _sums(one: Mapping[Asset, Decimal], other: Mapping[Asset, Decimal]) -> Mapping[Asset, Decimal]:
    if not other:
        return one
    return {asset: one.get(asset, ZERO) + other.get(asset, ZERO) for asset in {**one, **other}}
