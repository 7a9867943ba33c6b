"""Saving and loading an account: what is written, what is not, and what is refused."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table

from storage.rows import ACCOUNTS, FILLS, GRIDS, LEVELS, LOTS, MOVEMENTS, ORDERS, stored_fields
from storage.store import StateRefused, Store
from strategy.draft import Step
from strategy.model.account import Account, Day, Halt, Interruption
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import FillEntry, Movement
from strategy.model.levels import Level, Lot, Shape
from strategy.model.market import Balance, Touch
from strategy.model.orders import ClientId, Fill, GridId, LevelId, Order, OrderStatus
from tests.integration.stored import (
    ETH,
    ETH_USDC,
    GRID,
    NOW,
    USDC,
    a_fill,
    a_filled_step,
    a_grid,
    a_notice,
    an_account,
    an_order,
    saved,
    statements,
    with_grid,
)

MINUTE = 60_000
ONLY_IN_MEMORY = (
    *(
        "markets",
        "balances",
        "touches",
        "past",
        "strangers",
        "strangers_traded",
        "foreign",
        "loss_ticks",
        "loss_bounds",
        "high",
        "interruption",
    ),
    *("refusing", "loss_looks", "blind", "blind_told", "restricted", "resurfaced", "ready", "holds", "left"),
)


def test_what_was_saved_is_loaded(store: Store) -> None:
    account = saved(store, an_account(a_grid(1), a_grid(2, levels=5)))

    assert store.load("main") == account
    assert store.load("another") is None


OF_THIS_PROCESS = {
    "warned",
    "warned_at",
    "warned_for",
    "retry_at",
    "crossed_at",
    "fell_at",
    "higher",
    "higher_at",
    "topped",
    "beyond",
}
"""Of a grid: every start finds out for itself."""


@pytest.mark.parametrize(
    ("kind", "table", "elsewhere"),
    [
        (Account, ACCOUNTS, {"grids", *ONLY_IN_MEMORY}),
        (Grid, GRIDS, {"levels", "lots", "orders", "known", *OF_THIS_PROCESS}),
        (Level, LEVELS, {"shape", "denied"}),
        (Shape, LEVELS, set()),
        (Lot, LOTS, set()),
        (Order, ORDERS, {"cancelled_at", "redeem"}),
        (FillEntry, FILLS, {"fill"}),
        (Fill, FILLS, set()),
        (Movement, MOVEMENTS, set()),
    ],
)
def test_every_field_has_its_column_or_is_known_not_to(kind: type, table: Table, elsewhere: set[str]) -> None:
    assert {field.name for field in fields(kind)} - set(stored_fields(kind, table)) == elsewhere


def test_a_fill_writes_only_the_rows_it_changed(store: Store) -> None:
    account = saved(store, an_account(a_grid(1, levels=50), a_grid(2, levels=50)))

    with statements() as seen:
        store.save(account, [a_filled_step(account, 1)])

    assert sorted(seen)[-9:] == [
        "INSERT INTO fill",
        "INSERT INTO grid",
        "INSERT INTO level",
        "INSERT INTO lot",
        "INSERT INTO notice",
        "INSERT INTO order_",
        "INSERT INTO order_",
        "SELECT max(fill.id) AS",
        "UPDATE writer SET",
    ]


def test_what_is_not_stored_writes_nothing(store: Store) -> None:
    account = saved(store, an_account())
    touch = Touch(symbol=ETH_USDC, bid=Decimal(2000), ask=Decimal(2001), at=NOW)
    moved = replace(
        with_grid(account, account.grids[GRID], warned=1, retry_at=NOW),
        touches={ETH_USDC: touch},
        balances={ETH: Balance(available=Decimal(1))},
        interruption=Interruption(cause="unreachable", text="", since=NOW),
        ready=True,
    )

    with statements() as seen:
        store.save(account, [Step(account=moved)])
        store.save(account, [Step(account=account)])
        store.save(account, [])

    assert seen == []


def test_a_twin_of_an_unchanged_value_writes_nothing(store: Store) -> None:
    account = saved(store, an_account())
    grid = account.grids[GRID]
    twin = with_grid(account, grid, levels={key: replace(level) for key, level in grid.levels.items()})

    with statements() as seen:
        store.save(account, [Step(account=replace(twin, expected=dict(twin.expected)))])

    assert seen == []


def test_the_state_after_many_steps_is_the_last_one(store: Store) -> None:
    account = saved(store, an_account())
    first = a_filled_step(account, 1)
    second = a_filled_step(first.account, 2)

    store.save(account, [first, second])

    assert store.load("main") == second.account
    assert [row.notice for row in store.unsent(10)] == [a_notice(1), a_notice(2)]
    assert store.entries("main") == [a_fill(1), a_fill(2)]


def test_levels_and_lots_that_are_gone_are_gone(store: Store) -> None:
    account = saved(store, an_account(a_grid(levels=4)))
    grid = account.grids[GRID]
    smaller = with_grid(account, grid, levels={LevelId(2): grid.levels[LevelId(2)]}, lots={})

    store.save(account, [Step(account=smaller)])

    assert store.load("main") == smaller


def test_a_grid_that_the_account_lets_go_keeps_its_history(store: Store) -> None:
    account = saved(store, an_account(a_grid(1), a_grid(2)))
    step = a_filled_step(account, 1)
    store.save(account, [step])

    left = replace(step.account, grids={GridId(2): account.grids[GridId(2)]})
    store.save(step.account, [Step(account=left)])

    assert store.load("main") == left
    assert store.entries("main", grid_id=GRID) == [a_fill(1)]
    assert store.journal("main", [11, 12, 101]).keys() == {11, 12, 101}


def test_a_stopped_grid_is_loaded(store: Store) -> None:
    account = an_account(replace(a_grid(), phase=Phase.STOPPED))

    assert store.load(saved(store, account).name) == account


def test_every_field_of_the_account_comes_back(store: Store) -> None:
    account = saved(store, an_account())
    changed = replace(
        account,
        next_id=99,
        daily_loss=None,
        day=Day(date="2026-11-22", start={GRID: Decimal("-1.5")}),
        halt=Halt.DAILY_LOSS,
        marks={ETH_USDC: Decimal("2000.01")},
        seen_at=NOW,
    )

    store.save(account, [Step(account=changed)])

    assert store.load("main") == changed


def test_orders_that_ended_long_ago_stay_in_the_journal_only(store: Store) -> None:
    long_ago = NOW - 10 * MINUTE
    live = an_order(1, changed_at=long_ago)
    recent = an_order(2, status=OrderStatus.CANCELLED, changed_at=long_ago + 1)
    short_of_fills = an_order(
        3, status=OrderStatus.FILLED, executed=Decimal("0.02"), filled=Decimal("0.01"), changed_at=long_ago
    )
    ended = an_order(4, status=OrderStatus.CANCELLED, executed=Decimal(0), changed_at=long_ago)
    saved(store, an_account(a_grid(orders=(live, recent, short_of_fills, ended))))

    loaded = store.load("main")

    assert loaded is not None
    assert list(loaded.grids[GRID].orders.values()) == [live, recent, short_of_fills]
    assert store.journal("main", [4, 5]) == {4: ended}


def test_an_order_that_came_and_went_within_one_save_is_in_the_journal(store: Store) -> None:
    account = saved(store, an_account())
    grid = account.grids[GRID]
    brief = an_order(50, status=OrderStatus.REJECTED)
    with_it = with_grid(account, grid, orders={**grid.orders, brief.client_id: brief})

    store.save(account, [Step(account=with_it), Step(account=account)])

    assert store.journal("main", [50]) == {50: brief}


def test_an_order_that_was_dropped_can_come_back(store: Store) -> None:
    account = saved(store, an_account())
    grid = account.grids[GRID]
    dropped = with_grid(account, grid, orders={})
    store.save(account, [Step(account=dropped)])
    late = replace(grid.orders[ClientId(11)], filled=Decimal("0.01"))

    store.save(dropped, [Step(account=with_grid(dropped, grid, orders={late.client_id: late}))])

    assert store.journal("main", [11]) == {11: late}


def test_a_client_id_is_never_used_for_a_second_order(store: Store) -> None:
    account = saved(store, an_account())
    grid = account.grids[GRID]
    dropped = with_grid(account, grid, orders={})
    store.save(account, [Step(account=dropped)])
    other = an_order(11, price=Decimal(1))

    with pytest.raises(StateRefused, match="stands for another order"):
        store.save(dropped, [Step(account=with_grid(dropped, grid, orders={other.client_id: other}))])

    assert store.journal("main", [11]) == {11: grid.orders[ClientId(11)]}


def test_a_second_beginning_of_an_account_is_refused(store: Store) -> None:
    account = saved(store, replace(an_account(), next_id=500))

    with pytest.raises(StateRefused):
        store.save(None, [Step(account=an_account())])

    assert store.load("main") == account


def test_a_float_that_got_into_the_state_is_refused(store: Store) -> None:
    account = saved(store, an_account())
    wrong: Any = 0.1

    for state in (
        replace(account, daily_loss=wrong),
        replace(account, expected={USDC: wrong}),
        with_grid(account, account.grids[GRID], lots={LevelId(1): Lot(quantity=wrong)}),
    ):
        with pytest.raises(StateRefused):
            store.save(account, [Step(account=state)])

    assert store.load("main") == account
