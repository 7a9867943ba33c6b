"""Closings on disk: they count on the day on which they happened, and the books fold to the same with them."""

from decimal import Decimal

from storage.store import Store
from strategy.account import Step
from strategy.ledger import Books, Closing, fold, fold_all
from strategy.money import ZERO
from strategy.orders import GridId, LevelId
from tests.builders import NOW, a_grid, an_account

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
    assert fold_all(store.entries("main"), GRID) == fold(fold(Books(), TRIP), GIVEN_BACK)
    store.close()
