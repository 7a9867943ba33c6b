"""What an audit finds: the ledger, folded from zero, against what was kept and against the exchange. Values only."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from strategy.model.market import Asset, Symbol
from strategy.model.orders import Fill, GridId

MOST_BOOKED = 10
"""Assets with a difference that may be booked at once: where it is more, something else is wrong."""


class Cause(StrEnum):
    """Why the exchange's balance of an asset differs from the books."""

    DEPOSIT = "deposit"
    """Not booked yet; likewise the next seven."""
    WITHDRAWAL = "withdrawal"
    DUST = "dust"
    """Small balances that the owner converted to quote."""
    INTEREST = "interest"
    LOAN = "loan"
    """Borrowed or paid back."""
    SETTLEMENT = "settlement"
    """What perpetuals made and cost: the hour that is not over."""
    FILLS = "fills"
    """Fills of our own orders."""
    FOREIGN = "foreign"
    """The owner's own trades, and the exchange's."""
    REVERSED = "reversed"
    """A movement that is booked and that the exchange shows no more: a withdrawal that was turned down."""
    LIMBO = "limbo"
    """Within what orders may have traded whose fills are not shown yet."""
    PSEUDO = "pseudo"
    """No market trades it: points and the like, which come and go without a record."""
    UNEXPLAINED = "unexplained"


class Fault(StrEnum):
    """What is wrong with one fill."""

    MISSING_HERE = "missing_here"
    """The exchange shows it, the ledger lacks it, and it should have been booked long ago."""
    MISSING_THERE = "missing_there"
    """The ledger has it, the exchange's history lacks it, and it is too old for the history's lag."""
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a difference that has one cause."""

    cause: Cause
    amount: Decimal
    count: int
    """How many fills, movements or orders it is made of; 0 where that means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetAudit:
    """One asset of the account."""

    asset: Asset
    held: Decimal
    """What the exchange says."""
    books: Decimal
    """What the ledger says, folded from zero."""
    parts: tuple[Part, ...] = ()
    """They add up to the difference."""

    @property
    def difference(self) -> Decimal:
        """The exchange's balance less the books."""
        return self.held - self.books


@dataclass(frozen=True, slots=True, kw_only=True)
class FillFault:
    """A fill that the two histories do not agree on."""

    fault: Fault
    fill: Fill
    """As it is booked, or as the exchange shows it where it is not."""
    shown: Fill | None = None
    fields: tuple[str, ...] = ()
    """In what they differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A figure that was kept and that the ledger, folded from zero, does not give."""

    name: str
    kept: Decimal
    folded: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class GridAudit:
    """One grid, its figures folded from zero, its coins valued at the last known bid."""

    grid_id: GridId
    symbol: Symbol
    quote: Asset
    fills: int
    round_trips: int
    total: Decimal
    grid_profit: Decimal
    stop_sales: Decimal
    floating: Decimal
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The verdict, with the figures it rests on."""

    at: int
    opened_at: int
    """When the ledger began."""
    booked: int
    """Fills in the ledger."""
    agreed: int
    """Of them, those that the exchange shows alike."""
    not_shown: int
    """Booked, and too young for the exchange's history to show them for certain."""
    not_booked: int
    """Shown by the exchange, and to be booked at the next reading or the next start."""
    movements: int
    """Deposits, withdrawals and the like in the ledger, the opening balances among them."""
    assets: tuple[AssetAudit, ...]
    grids: tuple[GridAudit, ...]
    faults: tuple[FillFault, ...] = ()
    kept_wrong: tuple[Wrong, ...] = ()
    """Expected balances that were kept and that the ledger does not give; named by asset."""

    @property
    def differing(self) -> tuple[AssetAudit, ...]:
        """The assets whose balances differ from the books."""
        return tuple(one for one in self.assets if one.difference)

    @property
    def balanced(self) -> bool:
        """Nothing differs at all."""
        return not (self.differing or self.unexplained)

    @property
    def bookable(self) -> dict[Asset, Decimal]:
        """By asset, what no record explains, where that is all that is wrong: the owner may have it booked."""
        gaps = {one.asset: part.amount for one in self.assets for part in one.parts if part.cause is Cause.UNEXPLAINED}
        return gaps if len(gaps) == self.unexplained <= MOST_BOOKED else {}

    @property
    def unexplained(self) -> int:
        """How many differences nothing explains."""
        assets = sum(part.cause is Cause.UNEXPLAINED for one in self.assets for part in one.parts)
        return assets + len(self.faults) + len(self.kept_wrong) + sum(len(grid.wrong) for grid in self.grids)
