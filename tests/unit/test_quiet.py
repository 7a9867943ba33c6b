"""Ticks that find nothing to do: what is quiet, how long, and what ends it."""

from decimal import Decimal
from typing import Any

import pytest

from strategy.draft import Draft
from strategy.grid.order_events import FORGET_AFTER
from strategy.grid.room import beyond_limit
from strategy.messages import events as ev
from strategy.model.account import Account
from strategy.model.adapted import Outside
from strategy.model.derived import Derived
from strategy.model.grid import Grid, Phase
from strategy.model.levels import RESIDUE, Lot, Shape
from strategy.model.orders import LevelId, OrderStatus, Purpose
from strategy.model.values import replace
from strategy.step import step
from tests.builders import ETH_USDC, NOW, a_grid, a_level, a_market, a_spec, a_touch, an_account, an_order
from tests.promises.quiet import a_quiet_tick_does_nothing

OVER = an_order(1, status=OrderStatus.CANCELLED, changed_at=NOW)
COINS = Lot(quantity=Decimal("0.01"), cost=Decimal(20))


def a_whole_grid(**fields: Any) -> Grid:
    """One level, with its order, a little below the price."""
    order = an_order(1)
    return a_grid(a_level(1, order=order.client_id), orders=(order,), **fields)


def after_ticks(grid: Grid, times: int = 2, price: int | str = "2025") -> Account:
    account = an_account(grid, touches={ETH_USDC: a_touch(price)})
    for number in range(1, times + 1):
        at = NOW + number
        account = step(account, ev.Tick(at=at, touches={ETH_USDC: a_touch(price, at=at)})).account
    return account


@pytest.mark.parametrize(
    ("grid", "price"),
    [
        (a_whole_grid(), "2025"),
        (
            a_whole_grid(spec=a_spec(stop_loss=Decimal(1500), take_profit=Decimal(2500), max_loss=Decimal("0.1"))),
            "2025",
        ),
        (a_whole_grid(spec=a_spec(max_loss=Decimal("0.1")), lots={RESIDUE: COINS}), "2025"),
        (a_whole_grid(outside=Outside.BELOW), "1990"),
        (a_whole_grid(outside=Outside.ABOVE), "2045"),
        (a_grid(phase=Phase.PAUSED, orders=(OVER,)), "2025"),
        (a_grid(phase=Phase.STOPPED, orders=(OVER,)), "2025"),
        (a_grid(phase=Phase.PARKED, orders=(OVER,)), "2025"),
    ],
)
def test_a_grid_with_which_two_ticks_did_nothing_is_quiet(grid: Grid, price: str) -> None:
    assert after_ticks(replace(grid), 1, price).grids[grid.id].derived.quiet is None

    account = after_ticks(replace(grid), 2, price)
    assert account.grids[grid.id].derived.quiet is not None
    assert not list(a_quiet_tick_does_nothing(account, account.grids[grid.id], NOW + 3))


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.STOPPING, Phase.SEEDING])
def test_what_may_move_at_any_tick_is_never_quiet(phase: Phase) -> None:
    account = after_ticks(a_grid(phase=phase), 3)

    assert all(grid.derived.quiet is None for grid in account.grids.values())


def test_it_is_quiet_no_longer_than_until_an_order_is_forgotten() -> None:
    grid = a_grid(phase=Phase.PAUSED, orders=(OVER,))
    account, at = after_ticks(grid), NOW + FORGET_AFTER
    quiet = account.grids[grid.id].derived.quiet
    assert quiet is not None
    assert quiet.until == at

    done = step(account, ev.Tick(at=at, touches={ETH_USDC: a_touch(2025, at=at)}))

    assert not done.account.grids[grid.id].orders


def test_any_change_ends_it() -> None:
    grid = a_whole_grid()
    account = after_ticks(grid)
    doubted = step(account, ev.OrderUnknown(at=NOW + 9, client_id=an_order(1).client_id, text=""))

    assert doubted.account.grids[grid.id].derived.quiet is None


def test_a_price_beyond_it_is_judged() -> None:
    account = after_ticks(a_whole_grid(spec=a_spec(stop_loss=Decimal(1500))))
    for number in (10, 20):
        at = NOW + number * 1_000
        account = step(account, ev.Tick(at=at, touches={ETH_USDC: a_touch(1400, at=at)})).account

    assert {grid.phase for grid in account.grids.values()} == {Phase.STOPPING}


def test_seeds_go_before_levels_where_a_limit_has_no_room_for_all() -> None:
    seed = an_order(1, purpose=Purpose.SEED, level=None)
    near, far = an_order(3), an_order(2)
    grid = a_grid(orders=(seed, near, far), spec=a_spec(max_position=Decimal(90)))

    assert beyond_limit(Draft(account=an_account(grid), at=NOW), grid) == (far,)


def test_levels_may_change_places() -> None:
    """As a ladder that shifts has them do, one after the other."""
    grid = a_grid(a_level(1), a_level(2))
    kept = Derived.of(a_market(), 50, grid.levels, {}, {})
    changed = {level.id: replace(level, shape=_at(level.shape, 3 - level.rank)) for level in grid.levels.values()}
    for level_id, level in changed.items():
        kept.level(grid.levels[level_id], level)

    assert kept == Derived.of(a_market(), 50, changed, {}, {})
    assert kept.ranks == {1: LevelId(2), 2: LevelId(1)}


def _at(shape: Shape, rank: int) -> Shape:
    return replace(shape, rank=rank)
