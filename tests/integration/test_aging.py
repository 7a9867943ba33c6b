"""What is dropped with the years, and what is not: nothing that is to be told, and no price that a day is valued at."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from storage.store import Snapshot, Store
from strategy.draft import Step
from strategy.model.durations import DAY, QUARTER
from strategy.model.orders import GridId
from tests.integration.running import a_trading_world
from tests.integration.stored import ETH_USDC, GRID, NOW, a_grid, a_notice, a_store, an_account
from tests.integration.test_days import jobs_of

MINUTE = 60_000
OTHER = GridId(2)
ACCOUNT = an_account(a_grid(), a_grid(2))
LATER = NOW + 86_400_000
HOURS = 3


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(a_store()) as opened:
        opened.save(None, [Step(account=ACCOUNT, notices=tuple(map(a_notice, range(1, 11))))])
        yield opened


def test_what_was_told_long_ago_is_dropped_and_what_is_to_be_told_never(store: Store) -> None:
    store.mark_sent([2, 4, 5, 6, 7], 1)

    store.aging.drop_told(NOW, 100)
    assert store.counts()["notice"] == 10, "nothing was told before it was told"

    store.aging.drop_told(LATER, 2)
    assert store.counts()["notice"] == 8, "so many at a time"
    for _ in range(9):
        store.aging.drop_told(LATER, 2)
    assert [row.id for row in store.unsent(99)] == [1, 3, 8, 9, 10]
    assert store.counts()["notice"] == 5


def minutes(store: Store, grid: GridId) -> list[int]:
    """A point each minute, some seconds off, and those that each day's bound gets."""
    first = NOW - NOW % QUARTER
    moments = sorted({first, first + QUARTER, *range(first + 7_000, first + 4 * HOURS * QUARTER, MINUTE)})
    points = [
        Snapshot(
            at=at, grid_id=grid, symbol=ETH_USDC, price=Decimal(at), total=Decimal(0), grid_profit=Decimal(0),
            floating=Decimal(0),
        )
        for at in moments
    ]  # fmt: skip
    store.add_snapshots("main", points)
    return moments


@pytest.mark.parametrize("limit", [7, 40, 1_000])
def test_points_are_thinned_and_every_quarters_price_is_as_it_was(store: Store, limit: int) -> None:
    moments = minutes(store, GRID)
    minutes(store, OTHER)
    first, last = moments[0], moments[-1]
    until = first + 4 * QUARTER
    bounds = [first + n * QUARTER for n in range(4 * HOURS + 1)]
    before = [store.price_at("main", GRID, bound) for bound in bounds]

    for _ in range(2 * len(moments)):
        store.aging.thin_points("main", ACCOUNT.grids, until + 1, limit)

    assert [store.price_at("main", GRID, bound) for bound in bounds] == before
    for grid in ACCOUNT.grids:
        left = [one.at for one in store.snapshots("main", grid, 0)]
        assert [at for at in left if at > until] == [at for at in moments if at > until], "what is recent stays whole"
        assert len([at for at in left if at <= until]) <= 5 + (4 * 15 // limit) * 3
    assert store.price_at("main", GRID, last) == last


def test_what_is_thinned_already_is_left_as_it_is_by_the_next_process(tmp_path: Path) -> None:
    left: list[list[Snapshot]] = []
    for _ in range(2):
        with closing(Store.open(f"sqlite:///{tmp_path / 'packgrid.db'}", now=lambda: NOW)) as store:
            if not left:
                store.save(None, [Step(account=ACCOUNT)])
                minutes(store, GRID)
            store.aging.thin_points("main", [GRID], LATER, 1_000)
            left.append(store.snapshots("main", GRID, 0))

    assert left[0] == left[1]
    assert len(left[0]) == 4 * HOURS + 1


def test_nothing_is_dropped_where_there_is_no_grid(store: Store) -> None:
    minutes(store, GRID)
    there = store.snapshots("main", GRID, 0)
    store.aging.thin_points("main", [], LATER, 1_000)
    assert store.snapshots("main", GRID, 0) == there


async def test_the_running_program_drops_what_it_told_five_weeks_ago_and_keeps_the_rest() -> None:
    world = await a_trading_world()
    await world.trade(1950)
    await world.app.reader.runner.settled()
    jobs, told = jobs_of(world), [row.id for row in world.store.unsent(99)]
    world.store.mark_sent(told[1:], 1)
    prices = world.store.snapshots("main", world.grid.id, 0)
    for days, left in ((34, len(told)), (2, 1)):
        world.now += days * DAY
        await jobs.drop()
        assert world.store.counts()["notice"] == left

    assert [row.id for row in world.store.unsent(99)] == told[:1]
    assert world.store.snapshots("main", world.grid.id, 0)[-1:] == prices[-1:]
    await world.kill()
