"""A grid's own maximum drawdown: from the best that it has been, as two looks have seen it."""

from decimal import Decimal
from typing import Any

from bot.mode import Mode
from bot.telegram.texts.face import preview
from strategy.account.quiet import quiet_of
from strategy.messages import events as ev
from strategy.messages.commands import ResumeGrid
from strategy.messages.notices import GridEnded, LimitReached
from strategy.messages.problems import ProblemCode
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.limits import Bound
from strategy.model.stops import StopReason
from strategy.model.values import replace
from tests.builders import ETH_USDC, a_touch
from tests.promises.core import assert_complete, assert_promises
from tests.unit import viewing
from tests.unit.viewing import a_preview
from tests.world import World, a_world

D = Decimal


def a_climbing_world(**wishes: Any) -> World:
    """Levels from 100 to 200, ten apart, the price at 150, 20 USDC each; nothing is sold on the way up to 159."""
    given: dict[str, Any] = {"max_drawdown": D("0.02"), "loss_sells": True, "max_loss": None, "quote_per_order": D(20)}
    return a_world(10, 100, 200, **(given | wishes))


def follow(world: World, *prices: int) -> None:
    for price in prices:
        world.trade(price)
        world.tick()


def look(world: World, price: int | Decimal) -> None:
    """One tick that shows this price; nothing trades at it."""
    world.now += 1_000
    world.tell(ev.Tick(at=world.now, touches={ETH_USDC: a_touch(price, at=world.now)}))


def test_what_was_won_is_not_lost_again_beyond_it() -> None:
    world = a_climbing_world()
    follow(world, 170, 170, 190, 190)
    highest = world.grid.adapted.highest
    assert highest > 0
    follow(world, 170, 150)

    (told,) = world.notices_of(LimitReached)
    assert (told.reason, told.sell) == (StopReason.MAX_DRAWDOWN, True)
    assert told.value <= -told.threshold == -D("0.02") * world.grid.money
    assert told.value > -highest * 2, "the start is far: no maximum loss would have stopped it"
    world.tick(3)
    assert (world.phase(), world.grid.coins) == (Phase.STOPPED, D(0))
    assert world.notices_of(GridEnded)
    (hit,) = world.account.limits.hits
    assert (hit.bound, hit.value, hit.threshold) == (Bound.MAX_DRAWDOWN, told.value, told.threshold)
    assert_promises(world)
    assert_complete(world)


def test_it_keeps_the_coins_where_the_maximum_loss_would() -> None:
    world = a_climbing_world(loss_sells=None)
    follow(world, 180, 180, 150, 150)
    world.tick(2)

    assert world.phase() is Phase.STOPPED
    assert world.grid.coins > 0
    assert not world.notices_of(LimitReached)[0].sell


def test_a_bad_print_is_no_highest() -> None:
    world = a_climbing_world()
    world.stream = False
    world.tick(2)
    for _ in range(3):
        look(world, 500)
        look(world, 150)
        look(world, 150)

    assert world.grid.adapted.highest == 0
    assert not world.notices_of(LimitReached)


def test_the_highest_goes_up_by_what_matters_and_a_quiet_tick_stays_quiet() -> None:
    world = a_climbing_world()
    world.stream = False
    world.tick(3)
    quiet = quiet_of(world.grid)
    assert quiet is not None
    assert quiet.bid_below is not None
    assert quiet.bid_above is not None
    before = world.grid
    look(world, quiet.bid_below - D("0.01"))
    assert world.grid is before
    look(world, quiet.bid_below.quantize(D("0.01")) + D("0.01"))
    assert world.grid.topped is not None
    look(world, quiet.bid_below.quantize(D("0.01")) + D("0.02"))
    assert world.grid.adapted.highest >= D("0.001") * world.grid.money


def test_it_counts_from_where_the_total_is_when_its_owner_sets_it() -> None:
    world = a_climbing_world(max_drawdown=None)
    follow(world, 180, 180, 150, 150)
    assert world.grid.adapted.highest == 0, "nobody has asked for it"
    assert world.tune(max_drawdown=D("0.02")) is None
    made = world.grid.adapted.highest
    world.tick(3)

    assert world.phase().trades
    assert abs(made - world.grid.total(world.bid())) < D("0.1")
    assert world.tune(max_drawdown=D("0.03")) is None
    assert world.grid.adapted.highest == made, "another figure is no other highest"


def test_where_it_is_reached_the_grid_does_not_go_on_until_it_is_raised() -> None:
    world = a_climbing_world(loss_sells=None)
    follow(world, 180, 180, 150, 150)
    world.tick(2)
    refused = world.ask(ResumeGrid, grid_id=world.grid.id)

    assert refused is not None
    assert (refused.code, dict(refused.facts)["field"]) == (ProblemCode.BAD_LIMIT, "max_drawdown")
    assert world.tune(max_drawdown=D("0.5")) is None
    assert world.ask(ResumeGrid, grid_id=world.grid.id) is None
    assert world.phase().trades


def test_a_grid_that_opens_again_counts_anew() -> None:
    world = a_climbing_world(again=24)
    follow(world, 180, 180, 150, 150)
    world.tick(3)
    assert world.phase() is Phase.STOPPED
    world.now += 24 * HOUR
    world.tick(4)

    assert world.phase().trades
    assert world.grid.adapted.highest == 0
    assert_promises(world)


def test_after_a_restart_the_highest_is_known() -> None:
    world = a_climbing_world()
    follow(world, 180, 180)
    before = world.grid.adapted.highest
    world.restart()
    assert world.grid.adapted.highest == before > 0
    follow(world, 150, 150)
    assert world.notices_of(LimitReached)[-1].reason is StopReason.MAX_DRAWDOWN


def test_a_preview_says_which_limit_comes_first() -> None:
    wish = replace(viewing.GEOMETRIC, max_drawdown=D("0.03"), loss_sells=True)
    assert "Its maximum drawdown stops it before that" in preview("en", a_preview(wish), Mode.LIVE)
    assert "maximum loss stops it" in preview("en", a_preview(replace(wish, max_drawdown=D("0.5"))), Mode.LIVE)
