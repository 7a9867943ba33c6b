"""Each promise notices that it is broken, and says nothing where it is kept."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange.paper.records import Status, VenueOrder
from strategy.draft import Step
from strategy.messages.events import Place
from strategy.messages.notices import GridParked
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.model.account import Account, Day
from strategy.model.adapted import Adapted, Ladder, Seeding, Shifting
from strategy.model.derived import Quiet
from strategy.model.durations import HOUR
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import Books, FillEntry
from strategy.model.levels import Lot, Wait
from strategy.model.limits import Limits
from strategy.model.market import Side
from strategy.model.orders import ClientId, GridId, LevelId, Order, OrderStatus
from strategy.model.spec import Shift
from strategy.model.stops import Stop, StopReason
from strategy.model.weeks import VolumeGoal, week_of
from tests.builders import (
    ETH,
    ETH_USDC,
    NOW,
    USDC,
    a_fill,
    a_grid,
    a_level,
    a_spec,
    a_touch,
    an_account,
    an_order,
)
from tests.promises import books, grids, limits, orders, prices, quiet, shifts, volume, whole
from tests.promises.core import assert_complete, assert_promises, assert_reservations_are_covered
from tests.promises.costs import the_cost_methods_agree
from tests.promises.promise import Violation
from tests.promises.whole import NO_EXCUSES, Excuses, Outside
from tests.unit.telling_fees import a_change, a_judgement
from tests.world import a_world

BUY, SELL, OTHER_SELL = an_order(1), an_order(2, side=Side.SELL), an_order(3, side=Side.SELL)
"""At 2,020, 2,040 and 2,060."""
FILL = a_fill(BUY)
ENTRY = FillEntry(at=NOW, fill=FILL, base=ETH, quote=USDC, grid_id=GridId(1))
COINS: Mapping[str, Any] = {
    "lots": {LevelId(1): Lot(quantity=Decimal("0.02"), cost=Decimal(40))},
    "books": Books(coins=Decimal("0.02"), cash=Decimal(-40)),
}
BID = Decimal(2039)


def held(**fields: Any) -> Grid:
    """A grid with the coins of its first level."""
    return a_grid(**(dict(COINS) | fields))


def miscounted() -> Grid:
    """One whose sums went wrong."""
    grid = held()
    grid.derived.coins += 1
    return grid


def shifting(
    *,
    shifts: tuple[int, ...] = (),
    shift_low: Decimal | None = None,
    shift_high: Decimal | None = None,
    **fields: Any,
) -> Grid:
    """A grid whose ladder shifts, which may cost 7 and lose nothing."""
    known: dict[str, Any] = {"at": NOW, "up": True, "steps": 1, "price": Decimal(2000), "cost": Decimal(7), "loss": 0}
    ladder = Ladder(shapes=tuple(a_level(number).shape for number in (1, 2)), loss=Decimal(0))
    adapted = Adapted(ladder=ladder, shifting=Shifting(**(known | fields)), shifts=shifts, money=Decimal(1400))
    wished = {"shift_low": shift_low, "shift_high": shift_high, "shift_rest": 0}
    return a_grid(spec=a_spec(shift=Shift.BOTH, **wished), adapted=adapted)


def too_quiet() -> tuple[Account, Grid, int]:
    """A grid that lacks an order, and a band that says of any price that nothing is to be done."""
    account = an_account(a_grid(a_level(1)), touches={ETH_USDC: a_touch(2100)})
    (grid,) = account.grids.values()
    grid.derived.quiet = Quiet()
    return account, grid, NOW


def with_order(order: Order, **fields: Any) -> Grid:
    """A grid of one level, with its order."""
    side = {"side": order.side, "bought_at": Decimal(2020) if order.side is Side.SELL else None}
    return a_grid(a_level(1, order=order.client_id, **side), orders=(order,), **fields)


def at_venue(order: Order, **fields: Any) -> VenueOrder:
    known: dict[str, Any] = {
        "price": order.price,
        "quantity": order.quantity,
        "client_id": order.client_id,
        "created_at": NOW,
        "changed_at": NOW,
    }
    return VenueOrder(id=1, account="alice", symbol=ETH_USDC, side=order.side, **(known | fields))


def outside(*resting: int, bid: Decimal = BID) -> Outside:
    return Outside(resting=resting, bids={ETH_USDC: bid}, worth={USDC: Decimal(1)})


def lossy(**fields: Any) -> Account:
    """An account with a limit for the day, at whose beginning its grid was worth 100 more."""
    day = Day(date="2026-11-22", begins=NOW, since={GridId(1): Decimal(100)})
    return an_account(held(), day=day, daily_loss=Decimal(50), **fields)


SEEDS = a_grid(phase=Phase.SEEDING, seeding=Seeding(started_at=NOW, wanted={}))
LEAVING = replace(BUY, status=OrderStatus.CANCELLING)
SETTLED = replace(BUY, order_id="1", status=OrderStatus.FILLED, filled=BUY.quantity)
STOPPED: Mapping[str, Any] = {"phase": Phase.STOPPED, "stop": Stop(reason=StopReason.OWNER, sell=True, at=NOW)}
GOAL = VolumeGoal(volume=Decimal(500))
REACHED = GoalReached(at=NOW, goal=GOAL, volume=Decimal(500), cost=Decimal(1))
SPENT = BudgetSpent(at=NOW, goal=GOAL, volume=Decimal(500), cost=Decimal(1))
BROKEN = [
    (grids.no_grid_parked([a_grid(phase=Phase.PARKED)]), "no grid parked"),
    (grids.no_grid_parked([], [GridParked(at=NOW, grid_id=GridId(1), symbol=ETH_USDC, text="")]), "no grid parked"),
    (grids.what_is_kept_up_is_counted(miscounted()), "what is kept up is what is counted"),
    (quiet.a_quiet_tick_does_nothing(*too_quiet()), "a quiet tick does nothing"),
    (grids.lots_equal_the_books(held(books=Books())), "lots equal the books"),
    (grids.lots_equal_the_books(a_grid(lots={LevelId(1): Lot()})), "lots equal the books"),
    (grids.total_is_its_parts(held(books=Books()), BID), "the total is the sum of its parts"),
    (grids.never_short(with_order(SELL)), "never short"),
    (grids.a_level_buys_once(a_grid(a_level(1, done=Decimal("0.03")))), "a level buys once"),
    (grids.levels_know_their_orders(a_grid(a_level(1, order=BUY.client_id))), "levels know their orders"),
    (
        grids.a_limit_binds_what_rests(with_order(BUY, spec=a_spec(grids=1, max_position=Decimal(40)))),
        "a limit binds what rests",
    ),
    (
        prices.no_price_comes_back(
            an_account(touches={ETH_USDC: a_touch(2000, at=NOW)}),
            an_account(touches={ETH_USDC: a_touch(2000, at=NOW - 1)}),
            NOW - 1,
        ),
        "no price comes back",
    ),
    (orders.one_order_a_level([BUY, replace(BUY, client_id=ClientId(9))]), "one live order a level"),
    (orders.no_own_crossing([replace(BUY, price=SELL.price), SELL]), "no own crossing"),
    (orders.no_own_crossing([at_venue(BUY)], [replace(SELL, price=BUY.price)]), "no own crossing"),
    (orders.ids_used_once([1, 1], []), "ids are used once"),
    (orders.ids_used_once([2, 1], []), "ids are used once"),
    (orders.ids_used_once([], [3, 3]), "ids are used once"),
    (orders.settled_means_whole([SETTLED], {1: at_venue(BUY, status=Status.CANCELLED)}), "settled means whole"),
    (books.folds_equal_the_checkpoint([ENTRY], an_account()), "folds equal the checkpoint"),
    (books.folds_equal_the_checkpoint([], an_account(held(), expected={})), "folds equal the checkpoint"),
    (books.books_equal_the_exchange(an_account(), {}), "books equal the exchange"),
    (books.books_equal_the_exchange(an_account(expected={}), {ETH: Decimal(1)}), "books equal the exchange"),
    (books.every_fill_booked_once([ENTRY, ENTRY], None), "every fill booked once"),
    (books.every_fill_booked_once([ENTRY], []), "every fill booked once"),
    (books.every_fill_booked_once([], [FILL.mark]), "every fill booked once"),
    (books.every_fill_told([ENTRY], []), "every fill told"),
    (the_cost_methods_agree([ENTRY], a_grid(), BID), "the cost methods agree"),
    (the_cost_methods_agree([ENTRY], held(books=Books(stop_sales=Decimal(1))), BID), "the cost methods agree"),
    (books.told_is_made([], an_account(a_grid(books=Books(grid_profit=Decimal(1)))), []), "told is made"),
    (books.told_is_made([], an_account(a_grid(books=Books(round_trips=1))), []), "told is made"),
    (books.told_is_made([], an_account(a_grid(a_level(1, earned=Decimal(1)))), []), "told is made"),
    (
        books.compounding_within_profit(
            [], an_account(a_grid(spec=a_spec(compound=Decimal(1), base_per_order=Decimal("0.0001"))))
        ),
        "compounding stays within what was realised",
    ),
    (books.reservations_covered(an_account(a_grid(), expected={USDC: Decimal(9)})), "reservations covered"),
    (
        books.reservations_covered(
            an_account(a_grid(), expected={USDC: Decimal(9)}), before=an_account(expected={USDC: Decimal(9)})
        ),
        "reservations covered",
    ),
    (books.reservations_covered(an_account(held(), expected={}), [ETH], only_coins=True), "reservations covered"),
    (volume.fees_judged_truly([replace(a_change(a_judgement()), losing=())]), "fees are judged truly"),
    (volume.fees_judged_truly([a_change(a_judgement(rate="0.002"))]), "fees are judged truly"),
    (volume.volume_told_once([REACHED, REACHED]), "volume is told once"),
    (volume.volume_told_once([replace(REACHED, volume=Decimal(1))]), "volume is told once"),
    (volume.volume_told_once([SPENT]), "volume is told once"),
    (volume.volume_told_once([PointsWeekOver(at=NOW, ends=week_of(NOW).begins + 1, week={})]), "volume is told once"),
    (whole.nothing_unclear(an_account(with_order(LEAVING))), "nothing stays unclear"),
    (whole.nothing_unclear(an_account(with_order(replace(BUY, unknown_since=NOW)))), "nothing stays unclear"),
    (whole.nothing_unclear(an_account(with_order(replace(SETTLED, executed=Decimal(1))))), "nothing stays unclear"),
    (whole.what_is_live_rests(an_account(with_order(BUY)), []), "what is live rests"),
    (whole.what_is_live_rests(an_account(), [BUY.client_id]), "what is live rests"),
    (whole.a_lost_day_stops(lossy(), outside()), "a day's loss that is reached stops everything"),
    (whole.a_limit_stops(a_grid(spec=a_spec(stop_loss=BID)), BID), "a limit that is reached stops"),
    (
        whole.seeding_ends(SEEDS, NO_EXCUSES),
        "seeding ends",
    ),
    (whole.a_full_set(a_grid(a_level(1)), NO_EXCUSES), "a full set of orders"),
    (whole.a_full_set(a_grid(a_level(1, wait=Wait.MONEY)), NO_EXCUSES), "a full set of orders"),
    (whole.the_right_orders(with_order(replace(BUY, price=Decimal(2021))), NO_EXCUSES), "the right orders"),
    (whole.the_right_orders(with_order(replace(BUY, quantity=Decimal("0.01"))), NO_EXCUSES), "the right orders"),
    (whole.the_right_orders(with_order(replace(SELL, price=Decimal(2029)), **COINS), NO_EXCUSES), "the right orders"),
    (whole.stopped_means_stopped(a_grid(phase=Phase.STOPPING), NO_EXCUSES), "stopped means stopped"),
    (whole.stopped_means_stopped(with_order(BUY, phase=Phase.PAUSED), NO_EXCUSES), "stopped means stopped"),
    (whole.sold_means_flat(held(**STOPPED), NO_EXCUSES), "a stop that sells ends flat"),
    (shifts.broken_by_a_shift(shifting(bought=Decimal(1), paid=Decimal(2008))), "no shift costs more than was told"),
    (shifts.broken_by_a_shift(shifting(lost=Decimal(1))), "no shift costs more than was told"),
    (shifts.a_shift_is_cheap(None, shifting(loss=Decimal(1))), "no shift may cost more than its owner allows"),
    (
        shifts.a_shift_is_cheap(shifting(), shifting(at=NOW + 1, cost=Decimal(8))),
        "no shift may cost more than its owner allows",
    ),
    (shifts.broken_by_a_shift(shifting(shift_high=Decimal(2049))), "no shift beyond its bounds"),
    (shifts.broken_by_a_shift(shifting(up=False, shift_low=Decimal(2021))), "no shift beyond its bounds"),
    (shifts.broken_by_a_shift(shifting(shifts=(0, 1, HOUR))), "no more shifts a day"),
]


@pytest.mark.parametrize(("found", "name"), BROKEN, ids=[f"{name} {number}" for number, (_, name) in enumerate(BROKEN)])
def test_a_promise_that_is_broken_is_seen(found: Iterable[Violation], name: str) -> None:
    assert [violation.name for violation in found] == [name]


def test_a_world_in_which_nothing_is_wrong_breaks_none() -> None:
    world = a_world(levels=10, lower=1900, upper=2100)
    for price in (1950, 2040, 1990):
        world.trade(price)

    assert_promises(world)
    assert_complete(world)
    assert_reservations_are_covered(world)


@pytest.mark.parametrize(
    "found",
    [
        whole.seeding_ends(SEEDS, Excuses(seeds=True)),
        whole.a_full_set(a_grid(a_level(1, wait=Wait.MONEY)), Excuses(lacks=lambda *_: True)),
        whole.a_full_set(a_grid(a_level(1, wait=Wait.TOUCH)), NO_EXCUSES),
        whole.the_right_orders(with_order(replace(BUY, quantity=Decimal("0.01"))), Excuses(is_smaller=lambda *_: True)),
        whole.stopped_means_stopped(a_grid(phase=Phase.STOPPING), Excuses(stops=lambda _: True)),
        whole.sold_means_flat(held(**STOPPED), Excuses(keeps=True)),
        books.every_fill_told([replace(ENTRY, grid_id=None)], []),
        books.reservations_covered(an_account(a_grid(), expected={}), [USDC], only_coins=True),
        books.reservations_covered(
            an_account(a_grid(), expected={}), [USDC], before=an_account(a_grid(phase=Phase.STOPPED))
        ),
        shifts.a_shift_is_cheap(shifting(), shifting(cost=Decimal(8))),
        orders.no_own_crossing([BUY, SELL]),
        orders.no_own_crossing([replace(BUY, price=SELL.price)], [at_venue(SELL, price=None)]),
    ],
)
def test_what_is_excused_breaks_none(found: Iterable[Violation]) -> None:
    assert not list(found)


def test_an_order_may_cross_only_what_could_not_rest_when_it_was_planned() -> None:
    """Whatever the price has done since: the other one is refused if it arrives yet."""
    limbo = replace(BUY, status=OrderStatus.INTENDED, order_id=None, unknown_since=NOW, price=Decimal(2070))
    account, doubts = an_account(with_order(limbo)), orders.Doubts()
    for price, order in ((2065, SELL), (2075, OTHER_SELL)):
        seen = replace(account, touches={ETH_USDC: a_touch(price)})
        doubts.planned(Step(account=seen, actions=(Place(order=order),)))

    assert not list(orders.no_own_crossing([SELL, limbo], doubts=doubts))
    assert not list(orders.no_own_crossing([limbo], [SELL], doubts=doubts))
    assert list(orders.no_own_crossing([OTHER_SELL, limbo], doubts=doubts))


def test_a_minute_is_a_minute_although_the_clock_was_put_back() -> None:
    """The order before is not always the older one."""
    account, seen = an_account(limits=Limits(orders=2)), deque[int]()

    def placed(second: int) -> list[Violation]:
        order = replace(BUY, intended_at=NOW + second * 1_000)
        return list(limits.no_more_than_a_minute_allows(account, [order], seen))

    assert not placed(50)
    assert not placed(0)
    assert not placed(61)
    assert placed(62)
