"""Another ladder under a running grid: what stays, what goes, and whose the coins are then."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.account.risk import reserved
from strategy.account.tuning import tuning_of
from strategy.draft import Draft
from strategy.messages import events as ev
from strategy.messages.commands import PauseGrid, ResumeGrid, TuneGrid
from strategy.messages.notices import TripClosed
from strategy.messages.problems import ProblemCode
from strategy.model.grid import Grid, Phase
from strategy.model.levels import RESIDUE
from strategy.model.market import Side
from strategy.model.money import ZERO
from strategy.model.orders import Purpose
from strategy.model.shown import Tuning
from strategy.model.spec import Spacing
from tests.builders import a_market, a_range
from tests.promises.core import assert_complete, assert_promises
from tests.world import World, a_world, the_brief_world


def seen(world: World, **changes: Any) -> Tuning:
    found = tuning_of(Draft(account=world.account, at=world.now), world.grid.id, replace(world.grid.spec, **changes))
    assert isinstance(found, Tuning), found
    return found


def settled(world: World) -> None:
    world.tick(4)
    assert_promises(world)
    assert_complete(world)


def holdings(grid: Grid) -> tuple[Decimal, Decimal]:
    lots = grid.lots.values()
    return sum((lot.quantity for lot in lots), ZERO), sum((lot.cost for lot in lots), ZERO)


def test_levels_whose_prices_stay_keep_their_order_coins_and_id() -> None:
    world = a_world(10, 100, 200)
    before = world.grid
    assert seen(world, lower=Decimal(80), grids=12).reshapes
    assert not seen(world, stop_loss=Decimal(70)).reshapes

    assert world.tune(lower=Decimal(80), grids=12) is None
    settled(world)

    after = world.grid
    assert all(after.levels[one].order == level.order for one, level in before.levels.items())
    assert [after.levels[one].rank for one in before.levels] == list(range(3, 13))
    assert sorted(after.levels.keys() - before.levels.keys()) == [11, 12]
    assert (after.lots, after.books, after.id) == (before.lots, before.books, before.id)
    assert world.buy_prices == [80, 90, 100, 110, 120, 130, 140]
    assert (after.spec.version, after.before) == (2, before.spec)


def test_coins_of_levels_that_go_are_sold_above_their_price_by_those_that_come() -> None:
    world = a_world(10, 100, 200)
    world.trade(121)
    coins, cost = holdings(world.grid)

    assert world.tune(grids=5) is None
    settled(world)

    assert holdings(world.grid) == (coins, cost)
    assert min(world.sell_prices) >= 140
    assert max(world.grid.levels) <= world.grid.adapted.last_level
    assert world.tune(grids=10) is None
    settled(world)
    orders = [order for order in world.journal.values() if order.level is not None]
    assert max(order.level or 0 for order in orders) <= world.grid.adapted.last_level, "an id is never used twice"


def test_what_fills_before_its_order_is_gone_is_its_levels() -> None:
    world = a_world(10, 100, 200)
    world.sends = False
    assert world.tune(grids=4) is None
    world.walk(Decimal("139.50"))
    world.tick()
    world.release()
    settled(world)

    assert world.grid.coins == world.grid.books.coins
    assert len(world.grid.levels) == 4


@pytest.mark.parametrize("away", [1_000, 60_000])
def test_a_ladder_goes_on_after_a_crash(away: int) -> None:
    world = a_world(10, 100, 200)
    world.sends = False
    assert world.tune(lower=Decimal(120), upper=Decimal(180), grids=4) is None
    assert world.grid.adapted.ladder is not None
    world.sends = True
    world.restart(away=away)
    world.tick(30)
    settled(world)

    assert world.grid.lowest == 120
    assert world.grid.highest == 180


def test_what_is_shown_is_what_is_done() -> None:
    world = a_world(10, 100, 200)
    shown = seen(world, lower=Decimal(110), upper=Decimal(190), grids=4)
    coins = world.grid.coins

    assert (shown.kept, shown.moved, shown.cancelled, shown.placed) == (4, 0, 6, 0)
    spec = replace(world.grid.spec, lower=Decimal(110), upper=Decimal(190), grids=4)
    assert world.ask(TuneGrid, grid_id=world.grid.id, spec=spec, shown=shown.withdrawn) is None
    settled(world)

    assert world.grid.coins == coins
    assert reserved(world.grid, world.account.fees) <= reserved(shown.becomes, world.account.fees)
    assert world.grid.levels.keys() == shown.becomes.levels.keys()


def test_coins_that_levels_above_the_price_lack_are_bought_for_no_more_than_was_shown() -> None:
    world = a_world(4, 100, 200, price=190)
    shown = seen(world, lower=Decimal(150), upper=Decimal(250), grids=5)
    assert shown.seed_coins > 0
    spec, cash = replace(world.grid.spec, lower=Decimal(150), upper=Decimal(250), grids=5), world.grid.books.cash

    assert world.ask(TuneGrid, grid_id=world.grid.id, spec=spec, shown=shown.withdrawn) is None
    settled(world)

    assert world.phase() is Phase.RUNNING
    assert ZERO < cash - world.grid.books.cash <= shown.withdrawn.seed_cost
    assert world.sell_prices == [210, 230, 250][-len(world.sell_prices) :]


def test_a_loss_that_a_lower_ladder_would_realise_is_known_before() -> None:
    world = a_world(10, 100, 200)
    world.trade(101)

    shown = seen(world, lower=Decimal(90), upper=Decimal(130), grids=4)

    assert shown.withdrawn.loss > 0
    assert seen(world, lower=Decimal(90), upper=Decimal(200), grids=11).withdrawn.loss == 0
    spec = replace(world.grid.spec, lower=Decimal(90), upper=Decimal(130), grids=4)
    less = replace(shown.withdrawn, loss=shown.withdrawn.loss - 1)
    refused = world.ask(TuneGrid, grid_id=world.grid.id, spec=spec, shown=less)
    assert refused is not None
    assert refused.code is ProblemCode.PREVIEW_OVER
    assert world.ask(TuneGrid, grid_id=world.grid.id, spec=spec, shown=shown.withdrawn) is None
    settled(world)
    for price in (111, 121, 131):
        world.trade(price)
    assert -world.grid.books.grid_profit <= shown.withdrawn.loss


def test_the_money_of_a_lower_ladder_counts_the_coins_that_its_levels_took_over_at_their_cost() -> None:
    """Its per cents are of the money that is in it, and so are the limits that follow from it."""
    world = a_world(10, 100, 200, quote_per_order=Decimal(20))
    world.trade(101)
    settled(world)

    assert world.tune(lower=Decimal(60), upper=Decimal(160)) is None
    settled(world)

    grid = world.grid
    assert grid.money >= grid.cost + reserved(grid, world.account.fees)


def test_a_ladder_that_was_shown_for_another_price_is_shown_anew() -> None:
    world = a_world(10, 100, 200)
    spec, shown = replace(world.grid.spec, grids=5), seen(world, grids=5).withdrawn
    world.trade(153)

    for one in (shown, replace(shown, price=None)):
        refused = world.ask(TuneGrid, grid_id=world.grid.id, spec=spec, shown=one)
        assert refused is not None
        assert refused.code is ProblemCode.PREVIEW_OVER


def test_a_sale_that_was_under_way_ends_its_round_trip() -> None:
    world = a_world(4, 100, 200)
    world.fill_in_parts(Decimal("0.5"))
    world.trade(176)
    part = [level for level in world.grid.levels.values() if level.side is Side.SELL and level.done]
    assert len(part) == 1
    world.fill_in_parts(None)

    assert world.tune(grids=6) is None
    settled(world)

    [told] = world.notices_of(TripClosed)
    assert (told.level, told.profit) == (part[0].id, part[0].earned)


def test_coins_for_which_no_level_sells_go_along_with_the_next_sale() -> None:
    world = a_world(4, 100, 200)
    before = holdings(world.grid)

    assert world.tune(lower=Decimal(100), upper=Decimal(150), grids=2, stop_loss=None) is None
    settled(world)

    assert holdings(world.grid) == before
    assert RESIDUE in world.grid.lots


def test_a_paused_grid_is_reshaped_and_trades_on_so() -> None:
    world = a_world(4, 100, 200)
    world.ask(PauseGrid, grid_id=world.grid.id)
    world.tick(2)

    assert world.tune(lower=Decimal(120), upper=Decimal(220), grids=5) is None
    world.tick(2)
    assert not world.grid.live
    world.ask(ResumeGrid, grid_id=world.grid.id)
    world.tick(20)
    settled(world)

    assert len(world.grid.levels) == 5


def test_a_waiting_grid_waits_with_the_other_ladder() -> None:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1700, 1900, 4, wait_for_range=True))

    assert world.tune(upper=Decimal(1950), grids=5) is None

    assert (world.phase(), len(world.grid.levels)) == (Phase.WAITING, 5)
    assert world.grid.highest == 1950


def test_an_interval_grid_grows_at_its_ends_and_stays_where_it_is() -> None:
    world = the_brief_world()
    before = world.grid

    assert world.tune(grids=5) is None
    settled(world)

    assert [level.buy_price for level in sorted(world.grid.levels.values(), key=lambda one: one.rank)] == [
        1900,
        1940,
        1980,
        2020,
        2060,
    ]
    assert all(world.grid.levels[one].order == level.order for one, level in before.levels.items())


@pytest.mark.parametrize(
    "changes",
    [
        {"interval": Decimal(25)},
        {
            "spacing": Spacing.GEOMETRIC,
            "interval": None,
            "out_want": None,
            "lower": Decimal(1900),
            "upper": Decimal(2100),
        },
    ],
)
def test_interval_and_mode_can_be_changed_and_put_back(changes: dict[str, Any]) -> None:
    world = the_brief_world()
    before, coins = world.grid, world.grid.coins

    assert world.tune(**changes) is None
    settled(world)
    assert world.grid.coins >= coins
    assert world.grid.before == before.spec
    assert world.ask(TuneGrid, grid_id=world.grid.id, spec=before.spec) is None
    world.tick(10)
    settled(world)

    assert [level.buy_price for level in world.grid.levels.values()] == [1940, 1980, 2020]
    assert world.grid.spec.version == 3


def test_a_second_ladder_takes_the_place_of_one_that_is_on_its_way() -> None:
    world = a_world(10, 100, 200)
    world.sends = False
    assert world.tune(grids=5) is None
    assert world.tune(quote_per_order=Decimal(50)) is None
    world.release()
    settled(world)

    assert len(world.grid.levels) == 5
    assert all(level.quantity * level.buy_price <= 50 for level in world.grid.levels.values() if level.side is Side.BUY)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lower": Decimal(160)}, ProblemCode.OUTSIDE),
        ({"lower": Decimal(210)}, ProblemCode.BAD_RANGE),
        ({"grids": 201}, ProblemCode.TOO_MANY_LEVELS),
        ({"lower": Decimal("149.9"), "upper": Decimal("150.1")}, ProblemCode.LOSES),
        ({"grids": 150}, ProblemCode.NO_MONEY),
        ({"stop_loss": Decimal(195), "grids": 9}, ProblemCode.BAD_LIMIT),
    ],
)
def test_a_ladder_that_can_not_be_is_refused_and_changes_nothing(changes: dict[str, Any], code: ProblemCode) -> None:
    world = a_world(10, 100, 200)
    before = world.grid

    problem = world.tune(**changes)

    assert problem is not None
    assert problem.code is code
    assert world.grid == before


def test_without_a_price_no_ladder_is_put_up() -> None:
    world = a_world(4, 100, 200)
    world.sends = False
    assert world.tune(grids=5) is None
    world.tell(ev.Tick(at=world.now, touches={}, blind=frozenset({world.symbol})))
    world.release()

    assert world.grid.adapted.ladder is not None
    problem = world.tune(grids=6)
    assert problem is not None
    assert problem.code is ProblemCode.NO_PRICE
    settled(world)
    assert world.grid.adapted.ladder is None


@pytest.mark.parametrize("sends", [True, False])
def test_first_coins_are_not_bought_any_more_for_levels_that_go_again(sends: bool) -> None:
    """Nobody would want them: they would be sold as what is left over, with the next sale and below their cost."""
    world = a_world(4, 100, 200, price=190, seed_patience=10**9)
    assert world.tune(lower=Decimal(150), upper=Decimal(250), grids=5) is None
    world.tick(2)
    assert [order.purpose for order in world.grid.live].count(Purpose.SEED) == 1

    world.sends = sends
    assert world.tune(lower=Decimal(100), upper=Decimal(200), grids=4) is None
    world.tick(2)
    world.release()
    settled(world)

    assert Purpose.SEED not in [order.purpose for order in world.grid.live]
    world.trade(186)
    settled(world)
    assert world.grid.coins == ZERO
    assert world.phase() is Phase.RUNNING


def test_first_coins_of_two_ladders_cost_no_more_than_was_shown_for_both() -> None:
    """The first ones still rest as maker when the second ladder wants more."""
    world = a_world(10, 100, 200, seed_patience=10**9)
    before = world.grid.seeding
    assert before is not None
    world.account = replace(
        world.account,
        grids={world.grid.id: replace(world.grid, seeding=replace(before, most=Decimal(600)))},
    )
    changes = {"upper": Decimal(240), "grids": 14}
    spec, shown = replace(world.grid.spec, **changes), seen(world, **changes).withdrawn  # type: ignore[arg-type]

    assert world.ask(TuneGrid, grid_id=world.grid.id, spec=spec, shown=shown) is None
    world.tick(2)

    after = world.grid.seeding
    assert after is not None
    assert len(after.wanted) > len(before.wanted)
    assert after.most is not None
    assert after.most > 600
    assert_promises(world)
