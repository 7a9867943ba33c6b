"""The work of an audit: fold the ledger anew, match its fills with the exchange's, compare. Reads nothing itself."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from strategy.account.risk import last_price
from strategy.audit.causes import Seen, explained
from strategy.audit.findings import Audit, Fault, FillFault, GridAudit, Wrong
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.ledger import Books, Closing, Entry, FillEntry, Movement, fold, fold_balances
from strategy.model.market import Asset
from strategy.model.money import ZERO
from strategy.model.orders import Fill, GridId
from strategy.reconcile.recovery import LAG

COMPARED = ("price", "quantity", "fee", "fee_asset", "side")


@dataclass(slots=True)
class Refold:
    """The ledger from zero, and its fills against the exchange's. Fed piece by piece; keeps what has no match yet."""

    balances: dict[Asset, Decimal] = field(default_factory=dict)
    books: dict[GridId, Books] = field(default_factory=dict)
    movements: dict[str, Movement] = field(default_factory=dict)
    fills: int = 0
    agreed: int = 0
    newest: int = 0
    """The time of the newest booked fill, by the exchange's clock."""
    different: list[FillFault] = field(default_factory=list)
    here: dict[tuple[str, str], Fill] = field(default_factory=dict)
    there: dict[tuple[str, str], Fill] = field(default_factory=dict)
    """By their marks."""

    def book(self, entries: Iterable[Entry]) -> None:
        """Entries of the ledger, in the order of booking."""
        for entry in entries:
            self.balances = fold_balances(self.balances, entry)
            if isinstance(entry, FillEntry):
                self._book_fill(entry)
            elif isinstance(entry, Closing):
                self._fold(entry.grid_id, entry)
            else:
                self.movements[entry.key] = entry

    def _book_fill(self, entry: FillEntry) -> None:
        self.fills += 1
        self.newest = max(self.newest, entry.fill.at)
        if entry.grid_id is not None:
            self._fold(entry.grid_id, entry)
        shown = self.there.pop(entry.fill.mark, None)
        if shown is None:
            self.here[entry.fill.mark] = entry.fill
        else:
            self._compare(entry.fill, shown)

    def _fold(self, grid_id: GridId, entry: FillEntry | Closing) -> None:
        self.books[grid_id] = fold(self.books.get(grid_id, Books()), entry)

    def show(self, fills: Iterable[Fill]) -> None:
        """Fills of the exchange's history."""
        for fill in fills:
            booked = self.here.pop(fill.mark, None)
            if booked is None:
                self.there[fill.mark] = fill
            else:
                self._compare(booked, fill)

    def _compare(self, booked: Fill, shown: Fill) -> None:
        fields = tuple(name for name in COMPARED if getattr(booked, name) != getattr(shown, name))
        if fields:
            self.different.append(FillFault(fault=Fault.DIFFERENT, fill=booked, shown=shown, fields=fields))
        else:
            self.agreed += 1


def verdict(seen: Seen, refold: Refold, booked_since: Container[tuple[str, str]] = ()) -> Audit:
    """What an audit finds, once the whole ledger and the whole history have been fed in.

    `booked_since` are marks of fills that were booked while the rest was read: they explain, and are no finding.
    """
    old = seen.at - LAG
    missing_there = [fill for fill in refold.here.values() if fill.at < old]
    unbooked = [fill for fill in refold.there.values() if fill.at > seen.opened_at]
    waiting = [fill for fill in unbooked if fill.mark not in booked_since]
    forgotten = [fill for fill in waiting if fill.at < seen.account.seen_at - LAG]
    return Audit(
        at=seen.at,
        opened_at=seen.opened_at,
        booked=refold.fills,
        agreed=refold.agreed,
        not_shown=len(refold.here) - len(missing_there),
        not_booked=len(waiting) - len(forgotten),
        movements=len(refold.movements),
        assets=explained(seen, refold.balances, refold.movements, unbooked),
        grids=tuple(_grid(seen.account, grid, refold) for grid in seen.account.grids.values()),
        faults=(
            *refold.different,
            *(FillFault(fault=Fault.MISSING_THERE, fill=fill) for fill in missing_there),
            *(FillFault(fault=Fault.MISSING_HERE, fill=fill) for fill in forgotten),
        ),
        kept_wrong=_wrong_by_name(seen.account.expected, refold.balances),
    )


def _wrong_by_name(kept: Mapping[Asset, Decimal], folded: Mapping[Asset, Decimal]) -> tuple[Wrong, ...]:
    pairs = ((name, kept.get(name, ZERO), folded.get(name, ZERO)) for name in sorted({*kept, *folded}))
    return tuple(Wrong(name=name, kept=one, folded=other) for name, one, other in pairs if one != other)


def _grid(account: Account, grid: Grid, refold: Refold) -> GridAudit:
    books, price = refold.books.get(grid.id, Books()), last_price(account, grid)
    floating = grid.floating(price)
    return GridAudit(
        grid_id=grid.id,
        symbol=grid.spec.symbol,
        quote=grid.market.quote,
        fills=books.fills,
        round_trips=books.round_trips,
        total=books.cash + books.coins * price,
        grid_profit=books.grid_profit,
        stop_sales=books.stop_sales,
        floating=floating,
        wrong=tuple(_wrongs(grid, books)),
    )


def _wrongs(grid: Grid, books: Books) -> Iterable[Wrong]:
    """Checkpoint and lots against the fold: where both agree, the total is the sum of its parts at any price."""
    names = ("fills", "round_trips", "grid_profit", "stop_sales", "cash", "coins", "bought", "sold", "fees_value")
    for name in names:
        kept, folded = Decimal(getattr(grid.books, name)), Decimal(getattr(books, name))
        if kept != folded:
            yield Wrong(name=name, kept=kept, folded=folded)
    yield from (
        Wrong(name=f"fees {one.name}", kept=one.kept, folded=one.folded)
        for one in _wrong_by_name(grid.books.fees, books.fees)
    )
    if grid.coins != books.coins:
        yield Wrong(name="lots", kept=grid.coins, folded=books.coins)
    if grid.cost != books.realised - books.cash:
        yield Wrong(name="lots' cost", kept=grid.cost, folded=books.realised - books.cash)
