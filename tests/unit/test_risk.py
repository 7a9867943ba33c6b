"""Limits and reservations: what triggers them, that one bad print does not, and whose money is whose."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.account.risk import changes, daily_loss, free, last_price, reservations, reserved, totals
from strategy.grid.limits import triggered
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, SetLimits, StartGrid
from strategy.messages.notices import GridEnded, LimitReached, RangeLeft
from strategy.messages.problems import ProblemCode
from strategy.model.account import Day, Halt
from strategy.model.adapted import Outside, Seeding
from strategy.model.grid import Phase
from strategy.model.ledger import Books
from strategy.model.levels import Lot
from strategy.model.limits import Bound, Bounds
from strategy.model.market import Asset, Balance, Side
from strategy.model.money import ZERO
from strategy.model.orders import GridId, LevelId
from strategy.model.spec import Shift
from strategy.model.stops import StopReason
from strategy.step import step
from tests.builders import (
    ETH,
    ETH_USDC,
    FEES,
    NOW,
    USDC,
    a_grid,
    a_level,
    a_spec,
    a_touch,
    an_account,
    an_open_order,
    an_order,
)
from tests.venue import KEY
from tests.world import World, a_world, the_brief_world

ONE = LevelId(1)


@pytest.mark.parametrize(
    ("limits", "bid", "reason"),
    [
        ({"stop_loss": Decimal(1900)}, "1900", StopReason.STOP_LOSS),
        ({"stop_loss": Decimal(1900)}, "1900.01", None),
        ({"take_profit": Decimal(2300)}, "2300", StopReason.TAKE_PROFIT),
        ({"take_profit": Decimal(2300)}, "2299.99", None),
        ({"max_loss": Decimal("0.1")}, "1800", StopReason.MAX_LOSS),
        ({"max_loss": Decimal("0.1")}, "1800.01", None),
        ({"max_loss": None}, "1", None),
    ],
)
def test_a_limit_is_reached_at_its_very_value(limits: dict[str, Any], bid: str, reason: StopReason | None) -> None:
    """One coin that cost 2,000, of a grid of 2,000: ten per cent are lost at 1,800."""
    lots = {ONE: Lot(quantity=Decimal(1), cost=Decimal(2000))}
    grid = a_grid(spec=a_spec(**limits), money=Decimal(2000), lots=lots)
    trigger = triggered(grid, Decimal(bid))

    assert (trigger.reason if trigger else None) is reason


def test_one_bad_print_never_stops_a_grid() -> None:
    world = the_brief_world(stop_loss=Decimal(1900), sell_on_limit=True)

    for price in (1890, 1950, 1890, 1950):
        world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(price, at=world.now)}))
        assert world.phase() is Phase.RUNNING
    assert not world.notices_of(LimitReached)


def test_a_stop_loss_seen_on_two_ticks_sells_everything_and_says_why() -> None:
    world = the_brief_world(stop_loss=Decimal(1900), sell_on_limit=True)
    held = world.grid.coins
    world.trade(1890)
    assert world.phase() is Phase.RUNNING

    world.tick()

    assert world.phase() is Phase.STOPPED
    assert world.grid.coins < world.grid.market.min_quantity
    [told] = world.notices_of(LimitReached)
    assert (told.reason, told.grid_id, told.sell) == (StopReason.STOP_LOSS, world.grid.id, True)
    assert (told.value, told.threshold) == (Decimal("1889.99"), Decimal(1900))
    assert told.coins > held
    [ended] = world.notices_of(GridEnded)
    parts = (ended.standing.grid_profit, ended.standing.stop_sales, ended.standing.floating)
    assert ended.standing.total == sum(parts)
    assert ended.standing.grid_profit == 0, "a sale on stopping closes no round trip"
    assert ended.standing.stop_sales < 0
    assert ended.sold


def test_a_limit_keeps_the_coins_unless_selling_was_chosen() -> None:
    world = the_brief_world(take_profit=Decimal(2200))
    held = world.grid.coins

    world.trade(1999)
    for _ in range(2):
        world.now += 1_000
        world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(2250, at=world.now)}))

    assert world.phase() is Phase.STOPPED
    assert world.grid.coins == held
    assert not world.held.open


def test_after_a_gap_the_stop_comes_before_the_buys() -> None:
    world = the_brief_world(stop_loss=Decimal(1800))
    world.stream = False
    world.venue.cancel_all(KEY, ETH_USDC)
    world.venue.walk(ETH_USDC, Decimal(1790))
    placed = len(world.actions)

    world.restart()
    world.tick(3)

    assert world.phase() is Phase.STOPPED
    assert not [action for action in world.actions[placed:] if isinstance(action, ev.Place)]


def test_a_paused_grid_is_stopped_by_its_limit_too() -> None:
    world = the_brief_world(stop_loss=Decimal(1900))
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.trade(1890)
    world.tick()

    assert world.phase() is Phase.STOPPED


def test_the_daily_loss_stops_every_grid_and_stays_until_the_owner_resumes() -> None:
    world = a_world(price=180)
    world.start(replace(world.grid.spec, quote_per_order=Decimal(50)))
    world.tick()
    world.ask(SetLimits, bounds=Bounds(daily_loss=Decimal(40)))
    assert len(world.account.grids) == 2

    world.trade(115)
    assert world.phase() is Phase.RUNNING
    world.tick()

    assert world.account.halt is Halt.DAILY_LOSS
    assert {grid.phase for grid in world.account.grids.values()} == {Phase.STOPPED}
    [told] = world.notices_of(LimitReached)
    assert (told.reason, told.grids, told.base, told.threshold) == (StopReason.DAILY_LOSS, 2, ETH, Decimal(40))
    assert [(hit.value, hit.threshold, hit.unit) for hit in world.account.limits.hits] == [
        (told.value, told.threshold, USDC)
    ]
    assert told.value <= -40
    assert told.coins == sum((grid.coins for grid in world.account.grids.values()), ZERO)
    problem = world.ask(ResumeGrid, grid_id=GridId(1))
    assert problem is not None
    assert problem.code is ProblemCode.HALTED

    assert world.ask(ResumeGrid, grid_id=None) is None
    world.tick(3)

    assert {grid.phase for grid in world.account.grids.values()} == {Phase.RUNNING}


def test_the_daily_loss_must_be_seen_twice_in_a_row() -> None:
    world = a_world(price=180)
    world.ask(SetLimits, bounds=Bounds(daily_loss=Decimal(40)))
    world.stream = False

    for price in (115, 180, 115, 180, 115):
        world.now += 1_000
        world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(price, at=world.now)}))

    assert (world.account.halt, world.account.loss_ticks) == (None, 1), "each time it is a first look"


def test_a_daily_loss_stops_everything_although_every_coin_is_sold() -> None:
    """No price counts for it any more, and no bad print could have made it."""
    lost = replace(a_grid(), id=GridId(2), phase=Phase.STOPPED, books=Books(stop_sales=Decimal(-50)))
    account = an_account(a_grid(), lost, day=Day(date="2026-11-22"), daily_loss=Decimal(40))
    assert not any(grid.coins for grid in account.grids.values())
    for at in (NOW, NOW + 1_000):
        assert account.halt is None
        account = step(account, ev.Tick(at=at, touches={ETH_USDC: a_touch(2000, at=at)})).account

    assert account.halt is Halt.DAILY_LOSS
    assert account.grids[GridId(1)].phase in (Phase.STOPPING, Phase.STOPPED)


def test_the_daily_loss_of_grids_on_two_markets_names_no_coin() -> None:
    grids = (a_grid(), replace(a_grid(), id=GridId(2), market=replace(a_grid().market, base=Asset("SOL"))))
    lost = {ONE: Lot(quantity=Decimal(1), cost=Decimal(3000))}
    account = an_account(*(replace(grid, lots=lost) for grid in grids), day=Day(date="2026-11-22"), loss_ticks=1)
    world = the_brief_world()
    world.account = replace(account, loss_looks={ETH_USDC: NOW - 1_000}, loss_bounds=frozenset({Bound.DAILY_LOSS}))

    world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(2000)}))

    [told] = world.notices_of(LimitReached)
    assert told.base is None
    assert told.coins == 0


def test_a_day_without_a_limit_or_a_beginning_is_never_lost() -> None:
    lots = {ONE: Lot(quantity=Decimal(1), cost=Decimal(9000))}
    account = an_account(a_grid(lots=lots), day=Day(date="2026-11-22"))

    assert daily_loss(account) == Decimal("-6960.01")
    assert daily_loss(replace(account, daily_loss=None)) is None
    assert daily_loss(replace(account, day=None)) is None
    assert daily_loss(replace(account, daily_loss=Decimal(6961))) is None


def test_a_new_day_and_a_resume_begin_anew_and_a_deposit_is_no_profit() -> None:
    world = a_world(price=180)
    world.trade(130)
    day = world.account.day
    assert day is not None
    assert changes(world.account, day.since)[USDC] < -20

    world.deposit(1000)
    assert changes(world.account, day.since)[USDC] < -20
    world.tell(ev.DayStarted(at=world.now, day="2026-11-23", begins=world.now, start=totals(world.account)))
    fresh = world.account.day

    assert fresh is not None
    assert changes(world.account, fresh.since) == {USDC: ZERO}


def test_the_price_before_midnight_is_the_last_one_known() -> None:
    account = an_account(a_grid())

    assert last_price(account, a_grid()) == Decimal("2039.99")
    assert last_price(replace(account, touches={}, marks={ETH_USDC: Decimal(1999)}), a_grid()) == 1999
    assert last_price(replace(account, touches={}), a_grid()) == 2040


def test_leaving_the_range_and_coming_back_are_told_once_each() -> None:
    world = the_brief_world()
    world.trade(1930)
    assert not world.notices_of(RangeLeft), "half a step beyond the edge is no news"
    for price in (1900, 1890, 1935, 1945, 1950, 2060, 2070, 2000):
        world.trade(price)
        world.tick(40)

    told = [(notice.back, notice.lower, notice.upper) for notice in world.notices_of(RangeLeft)]
    bounds = (Decimal("1940.00"), Decimal("2028.08"))
    assert told == [(False, *bounds), (True, *bounds), (False, *bounds), (True, *bounds)]


def test_leaving_the_range_on_the_other_side_is_told_though_nobody_saw_it_come_back() -> None:
    world = the_brief_world()
    for price in (1900, 2000, 2070):
        world.trade(price)
        world.tick(40 if price != 2000 else 3)

    told = [(notice.back, notice.price > notice.upper) for notice in world.notices_of(RangeLeft)]
    assert told == [(False, False), (False, True)]
    assert world.grid.outside is Outside.ABOVE


@pytest.mark.parametrize(
    ("shift", "follows"), [(None, [False, False]), (Shift.UP, [False, True]), (Shift.DOWN, [True, False])]
)
def test_of_a_ladder_that_may_follow_the_price_it_is_not_said_that_it_waits(
    shift: Shift | None, follows: list[bool]
) -> None:
    world = the_brief_world(shift=shift, shift_most=1, max_loss=None)
    for price in (1900, 2070):
        world.trade(price)
        world.tick(40)

    told = world.notices_of(RangeLeft)
    assert [one.follows for one in told if not one.back] == follows


@pytest.mark.parametrize(("out", "beyond"), [(2070, 1935), (1900, 2035)])
def test_gone_from_beyond_one_end_to_just_beyond_the_other_it_is_not_said_to_be_back(out: int, beyond: int) -> None:
    world = the_brief_world()
    for price in (out, beyond):
        world.trade(price)
        world.tick(40)

    assert [notice.back for notice in world.notices_of(RangeLeft)] == [False, False]


def test_a_price_that_flaps_at_the_edge_of_the_range_is_no_news() -> None:
    """In and out six times in four minutes."""
    world = the_brief_world()
    for price in (1900, 1950) * 6:
        world.trade(price)
        world.tick(12)
    assert not world.notices_of(RangeLeft)

    world.trade(1900)
    world.tick(45)

    assert [notice.back for notice in world.notices_of(RangeLeft)] == [False]


def test_the_range_of_a_paused_grid_is_not_watched() -> None:
    world = the_brief_world()
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.trade(1500)
    world.tick(45)

    assert not world.notices_of(RangeLeft)


@pytest.mark.parametrize(
    ("grid", "quote"),
    [
        (a_grid(a_level(), phase=Phase.WAITING, money=Decimal(77)), "77"),
        (a_grid(a_level(), phase=Phase.PARKED), "0"),
        (a_grid(a_level(), phase=Phase.STOPPED, orders=(an_order(), an_order(2, side=Side.SELL))), "40.40"),
        (a_grid(a_level()), "40.602"),
        (a_grid(a_level(done=Decimal("0.005"))), "30.502"),
        (a_grid(a_level(side=Side.SELL), lots={ONE: Lot(quantity=Decimal("0.02"), cost=Decimal(40))}), "0.17"),
    ],
)
def test_a_grid_holds_money_for_what_it_has_still_to_buy(grid: Any, quote: str) -> None:
    """0.02 coins at 2,020, and the price of one step for what rounding may keep back."""
    assert reserved(grid, FEES) == pytest.approx(Decimal(quote))


def test_a_level_that_was_tuned_up_holds_what_its_coins_will_not_bring() -> None:
    lots = {ONE: Lot(quantity=Decimal("0.02"), cost=Decimal(40))}
    small, large = (a_grid(a_level(side=Side.SELL, quantity=Decimal(size)), lots=lots) for size in ("0.02", "0.05"))

    assert reserved(large, FEES) - reserved(small, FEES) > Decimal(60)


def test_seeds_are_paid_for_once_and_at_the_takers_price() -> None:
    level = a_level(side=Side.SELL, initial=Side.SELL)
    seeding = Seeding(started_at=NOW, wanted={ONE: Decimal("0.02")})
    grid = a_grid(level, seeding=seeding)
    half = replace(grid, lots={ONE: Lot(quantity=Decimal("0.01"), cost=Decimal(20))})
    a_half = Decimal("0.01") * 2040 * Decimal("1.003") / (1 - FEES.taker)

    assert reserved(grid, FEES) - reserved(half, FEES) == pytest.approx(a_half)


def test_what_rounding_has_kept_back_needs_no_more_money() -> None:
    level, coins = a_level(side=Side.SELL), Decimal("0.0201")
    residue = Lot(quantity=Decimal("0.00001"), cost=Decimal("0.02"))
    lots = {LevelId(0): residue, ONE: Lot(quantity=coins, cost=Decimal(42))}
    without = a_grid(level, lots={ONE: Lot(quantity=Decimal("0.0199"), cost=Decimal(42))})

    assert reserved(a_grid(level, lots=lots), FEES) < reserved(without, FEES)


def test_what_is_free_is_neither_promised_nor_locked_by_others_nor_lent() -> None:
    foreign = (
        an_open_order(an_order(7, side=Side.BUY, price=Decimal(1000), quantity=Decimal(3)), executed=Decimal(1)),
        an_open_order(an_order(8, side=Side.SELL, quantity=Decimal(2))),
        an_open_order(an_order(9, side=Side.BUY), price=None),
    )
    balances = {
        USDC: Balance(available=Decimal(9_000), locked=Decimal(500), lent=Decimal(500)),
        ETH: Balance(available=Decimal(10)),
    }
    expected = {USDC: Decimal(10_000), ETH: Decimal(10)}
    account = an_account(a_grid(a_level(), lots={ONE: Lot(quantity=Decimal(1), cost=Decimal(9))}), foreign=foreign)
    account = replace(account, balances=balances, expected=expected)

    assert free(account, USDC) == 10_000 - 500 - 2_000 - reservations(account, USDC)
    assert free(account, ETH) == 10 - 2 - 1
    assert free(account, Asset("BTC")) == 0
    assert reservations(account, Asset("BTC")) == 0


def test_the_books_know_of_fills_before_the_balances_do_and_of_withdrawals_after() -> None:
    account = an_account()

    assert free(replace(account, expected={USDC: Decimal(9_000)}), USDC) == 9_000
    assert free(replace(account, balances={USDC: Balance(available=Decimal(8_000))}), USDC) == 8_000


def test_money_on_its_way_into_orders_is_promised_once() -> None:
    """Two grids started at once share what is there, although no order of the first rests yet."""
    world = World({a_grid().market: Decimal(2000)}, money=300)
    with world.holding():
        world.ask(StartGrid, spec=a_spec(quote_per_order=Decimal(80)))
        problem = world.ask(StartGrid, spec=a_spec(quote_per_order=Decimal(80)))

    assert problem is not None
    assert problem.code is ProblemCode.NO_MONEY
    assert "reserved" in dict(problem.facts)
