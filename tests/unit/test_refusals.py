"""Orders that are refused: the guilty one waits alone, and where all are guilty that is told once, and its end."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.messages.events import OrderRefused
from strategy.messages.notices import LevelWaits, Trouble, lane_of
from strategy.model.account import Refusing
from strategy.model.levels import Wait
from strategy.model.orders import GridId, Purpose, Refusal
from strategy.step import step
from tests.builders import NOW, a_grid, a_level, a_market, a_range, a_spec, an_account
from tests.promises.core import assert_complete
from tests.unit.one_level import ORDER
from tests.world import World


def half_an_hour(world: World) -> None:
    world.tick(600)


def test_only_the_level_whose_order_breaks_an_unknown_rule_waits_and_says_so_once() -> None:
    world = World({a_market(): Decimal(2000)})
    world.venue.choices.secret_rule = lambda _, price: price == 1700
    world.start(a_range(1600, 2000, 4))
    half_an_hour(world)

    assert world.buy_prices == [1600, 1800, 1900]
    [told] = world.notices_of(LevelWaits)
    assert (told.level, told.wait) == (2, Wait.REFUSED)
    assert not world.notices_of(Trouble)

    world.venue.choices.secret_rule = lambda _, __: False
    world.tick(21)
    assert_complete(world)


def test_where_every_order_is_refused_its_beginning_and_its_end_are_told_and_nothing_else() -> None:
    world = World({a_market(): Decimal(2000)})
    world.venue.choices.secret_rule = lambda _, __: True
    world.start(a_range(1600, 2000, 4))
    half_an_hour(world)

    [first], [begin] = world.notices_of(LevelWaits), world.notices_of(Trouble)
    assert first.level == 4
    assert (begin.cause, begin.over) == ("orders", False)
    assert lane_of(first) is lane_of(begin), "none overtakes the other"
    assert len(world.placed()) < 4 + 61, "one try every thirty seconds"

    world.venue.choices.secret_rule = lambda _, __: False
    world.tick(40)
    _, end = world.notices_of(Trouble)
    assert (end.cause, end.over) == ("orders", True)
    assert end.lasted > 1_700_000
    assert_complete(world)


def test_where_every_order_is_refused_a_level_that_must_wait_does_not_keep_the_others_from_being_tried() -> None:
    world = World({a_market(): Decimal(2000)})
    world.venue.choices.secret_rule = lambda _, __: True
    world.start(a_range(1600, 2000, 4))
    world.tick(40)
    [_] = world.notices_of(Trouble)

    highest = world.level(4)
    world.tune(max_position=highest.buy_price * highest.quantity - Decimal("0.01"))
    world.tick(40)
    world.venue.choices.secret_rule = lambda _, __: False
    world.tick(40)
    _, end = world.notices_of(Trouble)
    assert end.over
    assert world.buy_prices == [1800], "the nearest one has no room"


def test_where_every_order_is_refused_all_levels_are_tried_in_turn() -> None:
    world = World({a_market(): Decimal(2000)})
    world.venue.choices.secret_rule = lambda _, __: True
    world.start(a_range(1600, 2000, 4))
    world.tick(40)
    world.venue.choices.secret_rule = lambda _, price: price > 1600
    world.tick(60)

    assert world.buy_prices == [1600], "the nearest two are not all there is"


def test_seeds_that_are_refused_are_told_once_and_again_only_after_some_were_taken() -> None:
    world = World({a_market(): Decimal(2000)})
    world.venue.choices.secret_rule = lambda _, price: price > 2000
    world.start(a_spec(grids=4, seed_patience=0))
    half_an_hour(world)

    assert len(world.placed_for(Purpose.SEED)) > 30
    [told] = world.notices_of(LevelWaits)
    assert (told.level, told.wait) == (None, Wait.REFUSED)
    world.venue.choices.secret_rule = lambda _, __: False
    world.tick(12)
    assert world.grid.refused == ""
    assert_complete(world)


@pytest.mark.parametrize("purpose", [Purpose.SEED, Purpose.STOP])
def test_each_reason_for_which_first_coins_or_a_sale_are_refused_is_told_once(purpose: Purpose) -> None:
    alone = replace(ORDER, purpose=purpose, level=None)
    grid, told = a_grid(a_level(), orders=(alone,)), list[str]()
    for reason, text in [
        (Refusal.PRICE_BAND, "Price must be above 1990.5"),
        (Refusal.OTHER, "Unknown error"),
        (Refusal.PRICE_BAND, "Price must be above 1,987"),
        (Refusal.RATE_LIMIT, "Slow down"),
        (Refusal.ORDER_LIMIT, "Too many open orders"),
        (Refusal.OTHER, "Unknown error"),
    ]:
        event = OrderRefused(at=NOW, client_id=alone.client_id, reason=reason, text=text)
        done = step(an_account(grid, touches={}), event)
        told += [notice.text for notice in done.notices if isinstance(notice, LevelWaits)]
        grid = replace(grid, refused=done.account.grids[grid.id].refused)

    assert told == ["Price must be above 1990.5", "Unknown error", "Too many open orders"]


def test_first_coins_without_money_are_told_once_however_often_the_program_starts() -> None:
    world = World({a_market(): Decimal(2000)})
    world.refuse(Refusal.FUNDS, times=1_000)
    world.start(a_range(2000, 2100, 1))
    for _ in range(3):
        world.tick(20)
        world.restart()

    assert len(world.refused) > 6
    assert [(told.level, told.wait) for told in world.notices_of(LevelWaits)] == [(None, Wait.MONEY)]
    world.mend()
    world.tick(12)
    assert world.grid.refused == ""
    assert_complete(world)


@pytest.mark.parametrize("purpose", [Purpose.SEED, Purpose.STOP])
def test_first_coins_or_a_sale_refused_among_all_orders_are_told_once_the_others_are_taken(purpose: Purpose) -> None:
    alone = replace(ORDER, purpose=purpose, level=None)
    account = an_account(a_grid(a_level(), orders=(alone,)), touches={})
    event = OrderRefused(at=NOW, client_id=alone.client_id, reason=Refusal.OTHER, text="Unknown error")

    among_all = step(replace(account, refusing=Refusing(text="Unknown error", since=NOW)), event)
    assert not among_all.notices
    grid = replace(account.grids[GridId(1)], refused=among_all.account.grids[GridId(1)].refused)
    [told] = step(replace(account, grids={grid.id: grid}), event).notices

    assert isinstance(told, LevelWaits)
    assert (told.level, told.wait) == (None, Wait.REFUSED)
