"""Rules that change while the bot runs: what was refused for them goes on within seconds, not with the next minute."""

import asyncio
from decimal import Decimal

import pytest

from bot.account.rules import EVERY
from exchange.paper.exchange import PaperExchange
from exchange.paper.venue import Venue
from exchange.port import ExchangeError, Markets, Refused, Unavailable
from strategy.messages.by_hand import RowsUnread, RulesChanged
from strategy.messages.notices import MarketRestricted
from strategy.model.grid import Phase
from strategy.model.market import BookState, Market, Side, Symbol
from strategy.model.orders import Refusal
from tests.builders import ETH_USDC
from tests.integration.running import KEY, a_trading_world, assert_books, assert_whole

D = Decimal


class Slow(PaperExchange):
    """An answer about a market may be long on its way, or not come."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue, KEY)
        self.asked, self.answered = asyncio.Event(), asyncio.Event()
        self.answered.set()
        self.failure: ExchangeError | None = None
        self.listed: Markets | None = None

    async def markets(self) -> Markets:
        """As the venue has them, or as it is said."""
        return await super().markets() if self.listed is None else self.listed

    async def market(self, symbol: Symbol) -> Market:
        """As it is when it is asked about, however late that is answered."""
        if self.failure is not None:
            raise self.failure
        market, answered = await super().market(symbol), self.answered
        self.asked.set()
        await answered.wait()
        return market


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


async def test_rules_that_the_list_of_markets_does_not_show_yet_cost_seconds_all_the_same() -> None:
    """A cache hands it out for a quarter of an hour: as long each order was refused, although the rules were read."""
    world = await a_trading_world(stream=False)
    world.road.listed_late = True
    world.venue.set_rules(ETH_USDC, tick_size=D("50"))
    await world.trade(1970)
    await world.tick(2)

    assert len(world.told(RulesChanged)) == 1
    assert D(2050) in {order.price for order in world.grid.live if order.side is Side.SELL}
    for _ in range(3):
        await world.app.reader.reconcile()
        await world.tick()
    assert len(world.told(RulesChanged)) == 1, "and the list brings the old ones not back"
    assert_whole(world)


async def test_a_market_that_opens_again_before_the_list_says_so_is_traded() -> None:
    world = await a_trading_world(stream=False)
    world.venue.set_state(ETH_USDC, BookState.CLOSED)
    await world.app.reader.reconcile()
    world.road.listed_late = True
    world.venue.set_state(ETH_USDC, BookState.OPEN)
    await world.app.reader.reconcile()

    assert world.grid.market.state is BookState.OPEN


async def test_a_market_that_can_not_be_asked_about_by_itself_is_as_it_is_listed() -> None:
    world = await a_trading_world(stream=False)
    world.venue.set_rules(ETH_USDC, tick_size=D("50"))
    world.app.reader.rules.exchange = road = Slow(world.venue)
    road.failure = Unavailable("unreachable", "HTTP 503")
    await world.app.reader.rules.read()
    await world.app.runner.settled()

    assert world.grid.market.tick_size == 50


@pytest.mark.parametrize("listed", [Markets(), Markets({}, {ETH_USDC: "market.filters: missing"})])
async def test_a_market_that_a_list_leaves_out_is_open_where_it_says_so_itself(listed: Markets) -> None:
    """A list that came empty once closed every market, and told so."""
    world = await a_trading_world(stream=False)
    world.app.reader.rules.exchange = road = Slow(world.venue)
    road.listed = listed
    await world.app.reader.rules.read()
    await world.app.runner.settled()

    assert world.grid.market.state is BookState.OPEN
    assert not world.told(MarketRestricted)
    assert not world.told(RowsUnread)


async def test_a_market_that_is_neither_listed_nor_known_by_itself_is_closed() -> None:
    world = await a_trading_world(stream=False)
    world.app.reader.rules.exchange = road = Slow(world.venue)
    road.listed, road.failure = Markets(), Refused(Refusal.MARKET_STATE, "Invalid market symbol")
    await world.app.reader.rules.read()
    await world.app.runner.settled()

    assert world.grid.market.state is BookState.CLOSED
    assert len(world.told(MarketRestricted)) == 1


async def test_of_two_answers_about_markets_the_one_that_was_asked_for_last_counts() -> None:
    world = await a_trading_world(stream=False)
    rules = world.app.reader.rules
    rules.exchange = road = Slow(world.venue)
    road.answered.clear()
    late = asyncio.create_task(rules.read())
    await road.asked.wait()
    slow, road.answered = road.answered, asyncio.Event()
    road.answered.set()
    world.venue.set_rules(ETH_USDC, tick_size=D("50"))
    await rules.read()
    slow.set()
    await late
    await world.app.runner.settled()

    assert world.grid.market.tick_size == 50
