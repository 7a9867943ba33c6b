"""Other fees are told for every grid that trades or will: one that waits, is paused, or opens again after a limit."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from bot.telegram.texts.exits import opens_again
from bot.telegram.texts.notices import notice
from strategy.messages.commands import PauseGrid
from strategy.messages.exits import OpensAgain
from strategy.messages.fees import FeesChanged
from strategy.model.grid import Phase
from tests.builders import FEES, a_market, a_range
from tests.unit.test_again import a_stopped_world, wait
from tests.world import World, the_brief_world

DEAR, FAIR = "0.06", "0.0008"


def a_waiting_world() -> World:
    world = World({a_market(): Decimal(2000)})
    world.start(a_range(1700, 1900, 20, wait_for_range=True))
    assert world.phase() is Phase.WAITING
    return world


def a_paused_world() -> World:
    world = the_brief_world()
    assert world.ask(PauseGrid, grid_id=world.grid.id) is None
    world.tick(2)
    assert world.phase() is Phase.PAUSED
    return world


@pytest.mark.parametrize("make", [a_waiting_world, a_paused_world, a_stopped_world])
def test_a_grid_that_does_not_trade_just_now_is_judged_by_other_fees(make: Callable[[], World]) -> None:
    world = make()
    world.charge(maker=DEAR, taker=DEAR)

    [told] = world.notices_of(FeesChanged)
    assert told.losing == (world.grid.id,)
    assert told.before == FEES


def test_what_the_fees_were_before_is_said() -> None:
    told = FeesChanged(at=0, maker=Decimal("0.002"), taker=Decimal("0.0025"), losing=(), before=FEES)

    assert "0.20 % as maker, 0.25 % as taker (before: 0.08 % and 0.10 %)." in notice("en", told, "live")
    assert "Maker 0.20%，Taker 0.25%（原 0.08%、0.10%）。" in notice("zh", told, "live")


def test_what_opens_again_for_too_little_says_that_it_is_the_fees_and_opens_when_they_fall() -> None:
    world = a_stopped_world()
    world.trade(150)
    world.charge(maker=DEAR, taker=DEAR)
    wait(world, 24)
    wait(world, 1)

    assert world.phase() is Phase.STOPPED
    [told] = world.notices_of(OpensAgain)
    assert (told.fits, told.earns) == (False, False)
    assert "at your fees its round trips would earn too little" in notice("en", told, "live")
    assert "手续费" in notice("zh", told, "live")
    assert "would earn too little: /fees" in str(opens_again("en", world.grid, world.now))

    world.charge(maker=FAIR, taker=FAIR)
    wait(world, 1)
    assert world.phase() is not Phase.STOPPED
