"""Rules that change while the bot runs: what was refused for them goes on within seconds, not with the next minute."""

from decimal import Decimal

from bot.account.rules import EVERY
from strategy.messages.by_hand import RulesChanged
from strategy.model.grid import Phase
from strategy.model.market import Side
from tests.builders import ETH_USDC
from tests.integration.running import a_trading_world, assert_books, assert_whole

D = Decimal


async def test_a_refusal_for_a_price_has_the_rules_read_with_the_next_tick_and_the_level_goes_on() -> None:
    world = await a_trading_world(stream=False)
    world.venue.set_rules(ETH_USDC, tick_size=D("50"))
    await world.trade(1970)
    assert not world.told(RulesChanged)

    await world.tick(2)

    assert len(world.told(RulesChanged)) == 1
    assert D(2050) in {order.price for order in world.grid.live if order.side is Side.SELL}
    assert_whole(world)


async def test_a_stop_goes_on_selling_within_seconds_although_the_rules_have_changed() -> None:
    world = await a_trading_world(stream=False)
    world.venue.set_rules(ETH_USDC, step_size=D("0.01"), tick_size=D("0.5"))
    await world.app.trader.stop(world.grid.id, sell=True)
    await world.tick(4)

    assert world.grid.phase is Phase.STOPPED
    assert world.grid.coins < D("0.01")
    assert_books(world)


async def test_a_refusal_that_no_rule_explains_has_them_read_at_most_every_few_seconds() -> None:
    world = await a_trading_world(stream=False)
    world.road.explained = False
    world.venue.set_rules(ETH_USDC, tick_size=D("50"))
    before, began = world.road.markets_read, world.now
    await world.trade(1970)
    await world.tick(40)

    asked = world.road.markets_read - before
    assert 2 <= asked <= (world.now - began) // EVERY
