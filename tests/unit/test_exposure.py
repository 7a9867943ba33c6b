"""What the grids hold together: what can't be counted, what is on its way, and when it is told again."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from strategy.draft import Draft
from strategy.grid.bounds import at_stake, exposure, key_of, left_for, note_held
from strategy.grid.room import beyond_limit, seeds_beyond_limit
from strategy.messages.events import Tick
from strategy.model.account import Account
from strategy.model.adapted import Seeding
from strategy.model.levels import Lot, Wait
from strategy.model.limits import Bound, Limits
from strategy.model.market import USDC, Asset, Side, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import LevelId, OrderStatus, Purpose
from strategy.step import step
from tests.builders import ETH, FEES, NOW, a_grid, a_level, a_market, a_spec, a_touch, an_account, an_order

D = Decimal
HOUR = 3_600_000


def holding(**limits: object) -> Account:
    """A grid with one resting buy of some 40 USDC, and these limits."""
    account = an_account(a_grid(a_level(order=an_order().client_id), orders=(an_order(),)))
    return replace(account, limits=Limits(**limits))  # type: ignore[arg-type]


def in_bitcoin(account: Account) -> Account:
    """The same grid, paid in an asset of which nobody knows the price."""
    market = replace(a_market(), quote=Asset("BTC"), symbol=Symbol("ETH_BTC"))
    grid = next(iter(account.grids.values()))
    spec = replace(grid.spec, symbol=market.symbol)
    order = an_order(symbol=market.symbol)
    unpriced = replace(grid, market=market, spec=spec, orders={order.client_id: order})
    return replace(account, grids={grid.id: unpriced}, touches={market.symbol: a_touch(2040, symbol=market.symbol)})


def test_what_has_no_price_in_dollars_is_not_added_to() -> None:
    account = in_bitcoin(holding(exposure=D(1_000)))
    (grid,) = account.grids.values()

    assert exposure(account) is None
    assert left_for(account, grid, NOW).money == ZERO
    assert not step(account, Tick(at=NOW, touches=account.touches)).actions, "nor is anything taken back for it"


def test_a_first_buy_that_nothing_prices_is_not_placed() -> None:
    account = in_bitcoin(holding(exposure=D(1_000)))
    (grid,) = account.grids.values()
    level = a_level(wait=None)
    account = replace(account, grids={grid.id: replace(grid, levels={level.id: level}, orders={})})

    assert exposure(account) == 0
    assert not left_for(account, account.grids[grid.id], NOW).takes(D("0.001"))
    assert not step(account, Tick(at=NOW, touches=account.touches)).actions


def test_the_tighter_of_two_limits_counts_whichever_comes_first() -> None:
    account = holding(exposure=D(500), exposure_of={ETH: D(700)})
    (grid,) = account.grids.values()
    used = exposure(account)
    assert used is not None
    assert exposure(account, Asset("SOL")) == 0

    left = left_for(account, grid, NOW)

    assert left.money == 500 - used
    assert left.tightest is not None
    assert (left.tightest.threshold, left.tightest.unit, left.tightest.coin) == (D(500), USDC, None)


def test_what_a_buy_has_taken_counts_before_its_fills_are_known() -> None:
    over = an_order(status=OrderStatus.CANCELLED, executed=D("0.01"))
    sale = an_order(2, side=Side.SELL, status=OrderStatus.CANCELLED, executed=D("0.01"))
    grid = a_grid(a_level(1), a_level(2), orders=(over, sale))

    assert at_stake(grid) == over.price * D("0.01")


def test_a_limit_that_has_room_again_may_be_told_again() -> None:
    told = {key_of(Bound.EXPOSURE): NOW, key_of(Bound.EXPOSURE, ETH): NOW, key_of(Bound.ORDERS): NOW}
    account = holding(exposure=D(5_000), exposure_of={ETH: D(40)}, orders=9, told=told)

    soon = step(account, Tick(at=NOW + 1, touches=account.touches)).account
    later = step(account, Tick(at=NOW + 2 * HOUR, touches=account.touches)).account

    assert set(soon.limits.told) == set(told), "room that comes and goes is not told each time"
    assert set(later.limits.told) == {key_of(Bound.EXPOSURE, ETH)}


def test_a_limit_for_which_a_level_waits_all_the_time_is_not_told_again() -> None:
    account = holding(exposure=D(5_000), exposure_of={Asset("SOL"): D(10)}, told={key_of(Bound.EXPOSURE): NOW})
    (grid,) = account.grids.values()
    waiting = replace(grid, levels={**grid.levels, LevelId(2): a_level(2, wait=Wait.EXPOSURE, quantity=D(1_000))})
    account = replace(account, grids={grid.id: waiting})

    later = step(account, Tick(at=NOW + 2 * HOUR, touches=account.touches)).account

    assert set(later.limits.told) == {key_of(Bound.EXPOSURE)}


def test_a_wait_that_no_limit_explains_is_not_told() -> None:
    account = holding()
    (grid,) = account.grids.values()
    draft = Draft(account=account, at=NOW)

    note_held(draft, Wait.PACE, left_for(account, grid, NOW))

    assert not draft.held


def beyond(*prices: int, **grid: Any) -> list[Decimal]:
    """The buys of one coin each that a limit has no room for, of a grid that has them at these prices."""
    orders = [an_order(number, price=D(price), quantity=D(1)) for number, price in enumerate(prices, 1)]
    levels = [a_level(number, order=one.client_id) for number, one in enumerate(orders, 1)]
    known = a_grid(*levels, a_level(9, side=Side.SELL), orders=tuple(orders), **grid)
    return [one.price for one in beyond_limit(Draft(account=an_account(known), at=NOW), known)]


@pytest.mark.parametrize("prices", list(permutations((1980, 1990, 2000))))
def test_a_limit_keeps_the_buys_that_are_nearest_the_price_and_what_fits_exactly(prices: tuple[int, ...]) -> None:
    """Whichever of them was placed first."""
    assert beyond(*prices, spec=a_spec(max_position=D(5970))) == []
    assert beyond(*prices, spec=a_spec(max_position=D("5969.99"))) == [1980]
    assert beyond(*prices, spec=a_spec(max_position=D(3990))) == [1980]
    assert beyond(*prices, spec=a_spec(max_position=D(3989))) == [1990], "the lowest fits where the next does not"
    assert beyond(*prices, spec=a_spec(max_position=D(1000))) == [2000, 1990, 1980]


@pytest.mark.parametrize("has", [D(0), D("0.4")])
def test_first_coins_that_are_not_asked_for_yet_have_their_room_before_the_levels(has: Decimal) -> None:
    """Those that are missing, at the most that is paid for them, with the dearest fee that may be taken of them."""
    lots = {LevelId(9): Lot(quantity=has, cost=D(800))} if has else {}
    known: dict[str, Any] = {
        "lots": lots,
        "seeding": Seeding(started_at=NOW, wanted={LevelId(9): D(1)}, dearest=D(2000)),
    }
    first = D(2000) * a_market().quantity_up((1 - has) / (1 - FEES.taker)) + (D(800) if has else 0)

    assert beyond(1990, 2000, spec=a_spec(max_position=first + 3990), **known) == []
    assert beyond(1990, 2000, spec=a_spec(max_position=first + D("3989.99")), **known) == [1990]
    for room, given_up in ((first, set()), (first - D("0.01"), {LevelId(9)})):
        grid = a_grid(a_level(9, side=Side.SELL), spec=a_spec(max_position=room), **known)
        account = an_account(grid, touches={grid.spec.symbol: a_touch(2000)})
        assert seeds_beyond_limit(Draft(account=account, at=NOW), grid) == given_up


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize(("worth", "fits"), [(D(500), True), (D("500.01"), False), (None, False)])
def test_a_limit_in_dollars_leaves_first_coins_what_it_is_worth_in_their_quote(
    worth: Decimal | None, *, fits: bool, asked: bool
) -> None:
    """0.0201 coins, the fee among them, at 1,000 of a quote of 500 dollars are 10,050: beside a buy that rests.

    Whether they are asked for already or not: they count once.
    """
    resting = at_stake(next(iter(holding().grids.values())))
    account = in_bitcoin(holding(exposure=D(500) * (D("20.1") + resting)))
    (grid,) = account.grids.values()
    wanted = {LevelId(9): D("0.02")}
    seeding = Seeding(started_at=NOW, wanted=wanted, dearest=D(1000))
    grid = replace(grid, levels={**grid.levels, LevelId(9): a_level(9, side=Side.SELL)}, seeding=seeding)
    if asked:
        seed = an_order(9, symbol=grid.spec.symbol, price=D(1000), quantity=D("0.0201"), purpose=Purpose.SEED)
        grid = replace(grid, orders={**grid.orders, seed.client_id: replace(seed, level=None)})
    touches = {grid.spec.symbol: a_touch(1000, symbol=grid.spec.symbol)}
    account = replace(account, grids={grid.id: grid}, touches=touches)
    account = replace(account, marks={Symbol("BTC_USDC"): worth} if worth is not None else {})

    assert seeds_beyond_limit(Draft(account=account, at=NOW), grid) == (set() if fits else {LevelId(9)})


def test_first_coins_that_have_become_dearer_than_a_shift_was_told_to_pay_are_given_up() -> None:
    level = a_level(side=Side.SELL)
    grid = a_grid(level, seeding=Seeding(started_at=NOW, wanted={level.id: level.quantity}, dearest=D(1)))
    account = an_account(grid)

    assert seeds_beyond_limit(Draft(account=account, at=NOW), grid) == {level.id}
