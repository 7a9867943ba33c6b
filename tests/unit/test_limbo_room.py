"""What an order in limbo stands in the way of, and what not; and that no good order is given up for one that waits."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.draft import Draft
from strategy.grid.room import Room
from strategy.messages import events as ev
from strategy.messages.events import Cancel, Place
from strategy.model.account import Account
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level, Lot, Wait
from strategy.model.limits import Limits
from strategy.model.market import Side
from strategy.model.orders import Execution, GridId, LevelId, Order, OrderStatus
from strategy.step import step
from tests.builders import ETH, ETH_USDC, NOW, a_grid, a_level, a_range, a_touch, an_account, an_order

LIMBO: dict[str, Any] = {"status": OrderStatus.INTENDED, "order_id": None, "unknown_since": NOW - 500}
HOLDS = a_level(1, side=Side.SELL, bought_at=Decimal(2020))
"""It has bought at 2,020 and sells at 2,030."""


def placed(account: Account) -> Sequence[Order]:
    done = step(account, ev.Tick(at=NOW, touches={}))
    return [action.order for action in done.actions if isinstance(action, Place)]


def beside(grid: Grid, *orders: Order, price: str) -> Account:
    """The grid, and beside it another one on the same market that only has these orders."""
    levels = [a_level(order.level or 9) for order in orders]
    other = replace(a_grid(*levels, orders=orders), id=GridId(2), phase=Phase.PARKED)
    return an_account(grid, other, touches={ETH_USDC: a_touch(price)})


def another(price: str, side: Side = Side.BUY, **fields: Any) -> Order:
    return an_order(9, grid_id=GridId(2), level=LevelId(9), side=side, price=Decimal(price), **fields)


def test_a_buy_in_limbo_that_the_market_fell_through_holds_up_no_sale_beneath_it() -> None:
    """Had it arrived it would be filled; if it arrives yet, it is refused."""
    grid = a_grid(HOLDS, lots={HOLDS.id: Lot(quantity=Decimal("0.02"), cost=Decimal(40))})
    account = beside(grid, another("2050", **LIMBO), price="2025")

    [sale] = placed(account)
    assert (sale.side, sale.price) == (Side.SELL, Decimal(2030))


@pytest.mark.parametrize("why", [{"status": OrderStatus.OPEN}, {"status": OrderStatus.INTENDED, "order_id": None}])
def test_an_order_that_rests_or_is_on_its_way_is_kept_clear_of(why: dict[str, Any]) -> None:
    grid = a_grid(HOLDS, lots={HOLDS.id: Lot(quantity=Decimal("0.02"), cost=Decimal(40))})

    assert not placed(beside(grid, another("2050", **why), price="2025"))


def test_an_order_in_limbo_that_may_rest_is_kept_clear_of() -> None:
    grid = a_grid(HOLDS, lots={HOLDS.id: Lot(quantity=Decimal("0.02"), cost=Decimal(40))})

    wide = replace(a_touch("2060"), bid=Decimal(2025))
    account = replace(beside(grid, another("2050", **LIMBO), price="2060"), touches={ETH_USDC: wide})

    assert not placed(account)


def test_without_a_price_an_order_in_limbo_is_kept_clear_of_wherever_it_is() -> None:
    account = beside(a_grid(a_level(1)), another("2050", **LIMBO), price="2025")
    blind = replace(account, touches={})

    assert Room.of(Draft(account=account, at=NOW), account.grids[GridId(1)]).highest_buy is None
    assert Room.of(Draft(account=blind, at=NOW), blind.grids[GridId(1)]).highest_buy == 2050


def test_a_sale_in_limbo_that_the_market_rose_through_holds_up_no_buy_above_it() -> None:
    account = beside(a_grid(a_level(1)), another("2010", Side.SELL, **LIMBO), price="2040")

    [buy] = placed(account)
    assert (buy.side, buy.price) == (Side.BUY, Decimal(2020))


def test_what_takes_at_once_or_not_at_all_never_rests() -> None:
    """Also between bid and ask, where an order that may rest would keep the buy above it waiting."""
    wide = {ETH_USDC: replace(a_touch(2030), bid=Decimal(2000))}
    taker, maker = (
        another("2010", Side.SELL, execution=one, **LIMBO) for one in (Execution.IMMEDIATE, Execution.POST_ONLY)
    )

    assert len(placed(replace(beside(a_grid(a_level(1)), taker, price="2030"), touches=wide))) == 1
    assert not placed(replace(beside(a_grid(a_level(1)), maker, price="2030"), touches=wide))


def test_what_is_in_limbo_may_have_bought_and_counts_for_the_position() -> None:
    lost, waits = a_level(2, order=an_order(2).client_id, wait=Wait.LIMBO, wait_since=NOW - 500), a_level(1)
    tight: dict[str, Any] = {"spec": a_range(2000, 2050, 2, max_position=Decimal(60))}
    account = an_account(
        a_grid(waits, lost, orders=(an_order(2, **LIMBO),), **tight), touches={ETH_USDC: a_touch(2035)}
    )

    assert not placed(account)


def at_the_touch(**grid: Any) -> Grid:
    """Its buy stands at 2,000 instead of 2,020, where it would rest again while the price is above that."""
    order = an_order(1, price=Decimal(2000))
    return a_grid(a_level(1, order=order.client_id), orders=(order,), **grid)


def actions(account: Account) -> tuple[ev.Action, ...]:
    return step(account, ev.Tick(at=NOW, touches={})).actions


@pytest.mark.parametrize(
    "account",
    [
        an_account(at_the_touch()),
        pytest.param(an_account(at_the_touch(spec=a_range(2000, 2050, max_position=Decimal(60)))), id="of the grid"),
        pytest.param(an_account(at_the_touch(), limits=Limits(exposure=Decimal(60))), id="of all grids"),
    ],
)
def test_an_order_beside_its_price_goes_back_where_it_may(account: Account) -> None:
    """A limit leaves it the room that its own order takes now: 40 of 60."""
    assert [type(one) for one in actions(account)] == [Cancel]


@pytest.mark.parametrize(
    "account",
    [
        pytest.param(beside(at_the_touch(), another("2010", Side.SELL), price="2040"), id="another order in the way"),
        pytest.param(an_account(at_the_touch(spec=a_range(2000, 2050, max_position=Decimal("40.1")))), id="no room"),
        pytest.param(
            an_account(at_the_touch(market=replace(a_grid().market, max_price=Decimal(2010)))), id="beyond the bounds"
        ),
    ],
)
def test_a_good_order_is_not_given_up_for_one_that_would_have_to_wait(account: Account) -> None:
    assert actions(account) == ()


def test_an_order_for_more_than_its_level_lacks_is_given_up_for_none() -> None:
    """The level was tuned down to what it has bought: without the order it is complete, and sells."""
    order = an_order(1, quantity=Decimal("0.03"), filled=Decimal("0.02"))
    level: Level = a_level(1, order=order.client_id, done=Decimal("0.02"), value=Decimal("40.4"))
    lots = {level.id: Lot(quantity=Decimal("0.02"), cost=Decimal("40.4"))}

    assert [type(one) for one in actions(an_account(a_grid(level, orders=(order,), lots=lots)))] == [Cancel]


@pytest.mark.parametrize(("there", "goes_back"), [("0.02", True), ("0.0199", False)])
def test_a_sale_goes_back_with_the_coins_that_it_asks_for_itself(there: str, *, goes_back: bool) -> None:
    """And stays where the account has fewer: another one would have to wait for them."""
    order = an_order(1, side=Side.SELL, price=Decimal(2060))
    level = a_level(1, side=Side.SELL, order=order.client_id, bought_at=Decimal(2020))
    lots = {level.id: Lot(quantity=Decimal("0.02"), cost=Decimal(40))}
    grid = a_grid(level, orders=(order,), lots=lots)

    account = an_account(grid, touches={ETH_USDC: a_touch(2025)})
    account = replace(account, expected={**account.expected, ETH: Decimal(there)})

    assert [type(one) for one in actions(account)] == ([Cancel] if goes_back else [])
