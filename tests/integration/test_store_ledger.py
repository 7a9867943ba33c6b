"""The ledger, the journal and the outbox: committed with the state, never booked twice, asked by the chat."""

from dataclasses import replace
from decimal import Decimal

import pytest

from storage.store import AlreadyBooked, StorageError, Store
from strategy.draft import Step
from strategy.model.orders import ClientId, GridId
from tests.integration.stored import (
    GRID,
    NOW,
    a_deposit,
    a_fill,
    a_filled_step,
    a_grid,
    a_notice,
    an_account,
    an_alarm,
    an_order,
    saved,
)
from tests.promises.books import books_of

MINUTE = 60_000


def test_a_fill_that_is_booked_twice_is_refused_with_all_that_came_with_it(store: Store) -> None:
    account = saved(store, an_account())
    step = a_filled_step(account, 1)
    store.save(account, [step])

    with pytest.raises(AlreadyBooked, match="ETH_USDC:1"):
        store.save(step.account, [replace(a_filled_step(step.account, 2), entries=(a_fill(2), a_fill(1)))])

    assert store.load("main") == step.account
    assert store.entries("main") == [a_fill(1)]
    assert len(store.unsent(10)) == 1


def test_a_movement_that_is_booked_twice_is_refused(store: Store) -> None:
    account = saved(store, an_account())
    store.save(account, [Step(account=account, entries=(a_deposit(1),))])

    with pytest.raises(AlreadyBooked):
        store.save(account, [Step(account=account, entries=(a_deposit(1),))])


def test_a_ledger_entry_of_an_unknown_grid_is_refused(store: Store) -> None:
    account = saved(store, an_account())

    with pytest.raises(StorageError):
        store.save(account, [Step(account=account, entries=(a_fill(1, grid=GridId(9)),))])


def test_the_ledger_keeps_the_order_of_booking(store: Store) -> None:
    account = saved(store, an_account())
    late, foreign = a_fill(2, at=NOW - MINUTE), a_fill(3, grid=None)
    store.save(account, [Step(account=account, entries=(a_deposit(1), a_fill(1)))])
    store.save(account, [Step(account=account, entries=(late, a_deposit(2), foreign))])

    assert store.entries("main") == [a_deposit(1), a_fill(1), late, a_deposit(2), foreign]
    assert store.entries("main", newest_first=True, limit=2) == [foreign, a_deposit(2)]
    assert store.entries("main", since=NOW) == [a_deposit(1), a_fill(1), a_deposit(2), foreign]
    assert store.entries("main", grid_id=GRID) == [a_fill(1), late]
    assert store.entries("another") == []
    assert store.movements("main") == [a_deposit(1), a_deposit(2)]


def test_the_books_of_a_grid_are_rebuilt_from_its_entries(store: Store) -> None:
    account = saved(store, an_account())
    first = a_filled_step(account, 1)
    second = a_filled_step(first.account, 2)
    store.save(account, [first, second])

    assert books_of(store.entries("main"), GRID) == second.account.grids[GRID].books


def test_fills_are_paged_the_newest_first_and_without_foreign_ones(store: Store) -> None:
    account = saved(store, an_account(a_grid(1), a_grid(2)))
    mine = [a_fill(number) for number in range(1, 6)]
    others = (a_fill(6, grid=GridId(2)), a_fill(7, grid=None))
    store.save(account, [Step(account=account, entries=(*mine, *others))])

    assert store.fill_count("main") == 6
    assert store.fill_count("main", grid_id=GRID) == 5
    assert store.fills_page("main", limit=2) == [others[0], mine[4]]
    assert store.fills_page("main", grid_id=GRID, limit=2, offset=4) == [mine[0]]


def test_trips_are_counted_within_a_span_of_trade(store: Store) -> None:
    account = saved(store, an_account(a_grid(1), a_grid(2)))
    entries = (
        a_fill(1, at=NOW - 1, realised=Decimal(100), closes=True),
        a_fill(2, at=NOW),
        a_fill(3, at=NOW + 5, realised=Decimal("0.10"), closes=True),
        a_fill(4, at=NOW + 5, realised=Decimal("0.000000000000000002"), grid=GridId(2)),
        a_fill(5, at=NOW + 10, realised=Decimal(100), closes=True),
    )
    store.save(account, [Step(account=account, entries=entries)])

    assert store.trips_between("main", GRID, NOW - 40, NOW - 30) == (2, 1, Decimal("0.10"))
    assert store.trips_between("main", None, NOW - 40, NOW - 30) == (3, 1, Decimal("0.100000000000000002"))
    assert store.trips_between("main", None, 0, 1) == (0, 0, Decimal(0))


def test_fills_and_ids_are_known_by_the_thousand(store: Store) -> None:
    account = saved(store, an_account())
    store.save(account, [Step(account=account, entries=(a_fill(1), a_fill(1500)))])
    keys = [f"ETH_USDC:{number}" for number in range(2000)]

    assert store.known_fills("main", keys) == {fill.key: fill for fill in (a_fill(1).fill, a_fill(1500).fill)}
    assert store.known_fills("another", keys) == {}
    assert store.journal("main", range(2000)).keys() == {11, 12, 13}


def test_a_block_is_taken_by_an_order_or_a_fill_with_one_of_its_ids(store: Store) -> None:
    edges = (an_order(3 * 2**20), an_order(6 * 2**20 - 1))
    account = saved(store, an_account(a_grid(orders=edges)))
    entry = a_fill(1, grid=None)
    foreign = replace(entry, fill=replace(entry.fill, client_id=ClientId(9 * 2**20)))
    store.save(account, [Step(account=account, entries=(foreign,))])

    taken = [block for block in range(12) if store.any_id_in_block("main", block)]

    assert taken == [3, 5, 9]


def test_notices_are_committed_with_what_they_tell(store: Store) -> None:
    account = saved(store, an_account())
    step = Step(account=replace(account, next_id=9), notices=(a_notice(), an_alarm()), entries=(a_fill(1),))

    store.save(account, [step])
    with pytest.raises(AlreadyBooked):
        store.save(account, [step])

    assert [row.notice for row in store.unsent(10)] == [an_alarm(), a_notice()]
