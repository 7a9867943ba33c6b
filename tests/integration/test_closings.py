"""Closings on disk: they count on the day on which they happened, and the books fold to the same with them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from storage.store import Store
from strategy.draft import Step
from strategy.model.ledger import Books, Closing, Entry, fold
from strategy.model.money import ZERO
from strategy.model.orders import GridId, LevelId
from tests.builders import NOW, a_grid, an_account
from tests.integration.stored import a_fill
from tests.promises.books import books_of

GRID = GridId(1)
TRIP = Closing(at=NOW, key="trip:1:2", grid_id=GRID, level=LevelId(2))
GIVEN_BACK = Closing(
    at=NOW + 9, key="release:1", grid_id=GRID, coins=Decimal("0.01"), value=Decimal(20), cost=Decimal(19)
)


def test_closings_are_read_as_they_were_booked_and_count_when_they_happened() -> None:
    store = Store.open("sqlite://", now=lambda: NOW)
    store.save(None, [Step(account=an_account(a_grid()), entries=(TRIP, GIVEN_BACK))])

    assert store.entries("main", grid_id=GRID) == [TRIP, GIVEN_BACK]
    assert store.happened_since("main", GRID, NOW + 1) == [GIVEN_BACK]
    assert store.trips_between("main", GRID, NOW, NOW + 9) == (0, 1, ZERO)
    assert store.trips_between("main", None, NOW, NOW + 10) == (0, 1, Decimal(1))
    assert books_of(store.entries("main"), GRID) == fold(fold(Books(), TRIP), GIVEN_BACK)
    store.close()


@pytest.mark.parametrize("parts", [1, 3, 40])
def test_a_trips_profit_is_that_of_every_part_of_its_sale(parts: int) -> None:
    """Not of the part that completed it alone: what is shown later is what was told then."""
    store = Store.open("sqlite://", now=lambda: NOW)
    level = LevelId(2)
    other = a_fill(1, level=LevelId(3), realised=Decimal(7), closes=True)
    earlier = a_fill(2, level=level, realised=Decimal(5), closes=True)
    cancelled = a_fill(3, level=level, realised=Decimal(3))
    bought = a_fill(4, level=level, realised=None)
    share = Decimal("0.1")
    sold = [a_fill(10 + part, level=level, realised=share, closes=part + 1 == parts) for part in range(parts)]
    later = a_fill(99, level=level, realised=Decimal(9), closes=True)
    entries: tuple[Entry, ...] = (other, earlier, cancelled, replace(TRIP, at=NOW - 1), bought, *sold, later)
    store.save(None, [Step(account=an_account(a_grid()), entries=entries)])

    assert store.trip_profit("main", earlier) == Decimal(5)
    assert store.trip_profit("main", sold[-1]) == share * parts
    assert store.trip_profit("main", later) == Decimal(9)
    store.close()
