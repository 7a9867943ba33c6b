"""The owner's figures, reckoned once more from single fills, closings and movements: none of the program's own sums."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from strategy.model.ledger import Closing, Entry, FillEntry, Movement, MovementKind
from strategy.model.market import Asset, Side
from strategy.model.money import ZERO
from strategy.model.orders import GridId, Purpose


@dataclass(slots=True)
class Sums:
    """What some entries of a grid come to."""

    cash: Decimal = ZERO
    coins: Decimal = ZERO
    grid_profit: Decimal = ZERO
    stop_sales: Decimal = ZERO
    fees: Decimal = ZERO
    apart: dict[Asset, Decimal] = field(default_factory=dict)
    """Fees in an asset for which no price was known."""
    fills: int = 0
    trips: int = 0

    @property
    def realised(self) -> Decimal:
        """By all sales."""
        return self.grid_profit + self.stop_sales

    def worth(self, price: Decimal) -> Decimal:
        """What was made in all, where a coin is worth this: what came in, and what is there."""
        return self.cash + self.coins * price

    def take(self, entry: FillEntry | Closing) -> None:
        """One more."""
        if isinstance(entry, Closing):
            self.cash += entry.value
            self.coins -= entry.coins
            self.stop_sales += entry.value - entry.cost
            self.trips += entry.level is not None
            return
        fill, way = entry.fill, 1 if entry.fill.side is Side.BUY else -1
        self.coins += way * fill.quantity
        self.cash -= way * fill.quantity * fill.price
        self._pay(entry)
        if entry.purpose is Purpose.STOP:
            self.stop_sales += entry.realised or ZERO
        else:
            self.grid_profit += entry.realised or ZERO
        self.fills += 1
        self.trips += entry.closes

    def _pay(self, entry: FillEntry) -> None:
        fee, asset, price = entry.fill.fee, entry.fill.fee_asset, entry.fill.price
        if asset == entry.base:
            self.coins -= fee
            self.fees += fee * price
        elif asset == entry.quote or entry.fee_value is not None:
            value = fee if asset == entry.quote else entry.fee_value or ZERO
            self.cash -= value
            self.fees += value
        elif fee:
            self.apart[asset] = self.apart.get(asset, ZERO) + fee


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries, in their order."""

    entries: Sequence[Entry]

    def of(self, grid: GridId, *, since: int = 0, until: int | None = None) -> Sums:
        """A grid's, of what happened from a moment up to, not including, another, by the exchange's clock."""
        sums = Sums()
        for entry in self.entries:
            if isinstance(entry, Movement) or entry.grid_id != grid:
                continue
            at = happened(entry)
            if at >= since and (until is None or at < until):
                sums.take(entry)
        return sums

    def made(self) -> Mapping[Asset, Decimal]:
        """What trades alone have changed of each balance, whoever traded."""
        found: dict[Asset, Decimal] = defaultdict(Decimal)
        for entry in self.entries:
            if isinstance(entry, FillEntry):
                fill, way = entry.fill, 1 if entry.fill.side is Side.BUY else -1
                found[entry.base] += way * fill.quantity
                found[entry.quote] -= way * fill.quantity * fill.price
                found[fill.fee_asset] -= fill.fee
        return found

    def traded(self, since: int, until: int) -> Mapping[Asset, tuple[int, Decimal]]:
        """How many fills there were in a span, and their volume, by quote."""
        found: dict[Asset, tuple[int, Decimal]] = {}
        for entry in self.entries:
            if isinstance(entry, FillEntry) and since <= entry.fill.at < until:
                fills, volume = found.get(entry.quote, (0, ZERO))
                found[entry.quote] = fills + 1, volume + entry.fill.price * entry.fill.quantity
        return found

    @property
    def begins(self) -> int | None:
        """When it was opened; None where it was not yet."""
        opened = (one.at for one in self.entries if isinstance(one, Movement) and one.kind is MovementKind.OPENING)
        return min(opened, default=None)


def happened(entry: FillEntry | Closing) -> int:
    """When it was traded, or closed."""
    return entry.fill.at if isinstance(entry, FillEntry) else entry.at
