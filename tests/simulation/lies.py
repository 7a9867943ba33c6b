"""Mistakes on the owner's screens that a world must notice: nothing is traded or booked otherwise, it is only told."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.account import folds
from bot.account.reader import Reader
from bot.owner import overview, reports, trader, turnover
from storage.store import Store
from strategy.model.account import Account
from strategy.model.durations import DAY
from strategy.model.grid import Grid
from strategy.model.ledger import FillEntry, MovementKind
from strategy.model.market import Asset
from strategy.model.money import ZERO
from strategy.model.turnover import turnovers
from tests.simulation.sabotage import Breakage


def the_day_that_it_knows(reader: Reader, _zone: object) -> Account:
    """Today is the day of which the account was told last."""
    return reader.runner.account


def when_it_was_booked(entry: Any) -> int:
    """A fill belongs to the day in which it was learned of."""
    return int(entry.at)


def only_deposits(store: Store, name: str) -> dict[Asset, Decimal]:
    """What perpetuals, dust and interest brought counts as made by trades."""
    sums: dict[Asset, Decimal] = {}
    for entry in store.movements(name):
        if entry.kind in (MovementKind.OPENING, MovementKind.DEPOSIT, MovementKind.WITHDRAWAL):
            sums[entry.asset] = sums.get(entry.asset, ZERO) + entry.amount
    return sums


def the_last_part(_store: Store, _account: str, closing: FillEntry) -> Decimal:
    """Of a round trip that was sold in parts only the last one is told."""
    return closing.realised or ZERO


def without_his_own(some: Any, quotes: Mapping[Any, Asset]) -> Any:
    """What the owner trades by hand is no volume."""
    return _TURNOVERS([one for one in some if one.grid_id is not None], quotes)


def at_its_start(_store: Store, _account: Account, grid: Grid, _at: int) -> Decimal:
    """Coins are worth what they were when the grid began, at any day's bound."""
    return grid.start_price


def of_its_day_alone(**given: Any) -> reports.Span:
    """Wherever the last report ended, the next one is of its day."""
    begins = given["begins"] if given.get("last") else max(given["begins"], given["ends"] - DAY)
    return _SPAN(**{**given, "begins": begins})


_TURNOVERS, _SPAN = turnovers, reports.Span

LIES = (
    Breakage(name="yesterday is today", swaps=[(trader, "as_of_today", the_day_that_it_knows)], caught_by=14),
    Breakage(
        name="days go by when fills were booked",
        swaps=[(folds, "happened_at", when_it_was_booked)],
        caught_by=42,
    ),
    Breakage(name="what perpetuals made is a change", swaps=[(overview, "put_in", only_deposits)], caught_by=9),
    Breakage(name="a part of a round trip is all of it", swaps=[(Store, "trip_profit", the_last_part)], caught_by=14),
    Breakage(name="volume is the grids' alone", swaps=[(turnover, "turnovers", without_his_own)]),
    Breakage(name="a day begins at the grid's first price", swaps=[(reports, "price_at", at_its_start)], caught_by=7),
    Breakage(name="a report is of its day alone", swaps=[(reports, "Span", of_its_day_alone)], caught_by=7),
)
