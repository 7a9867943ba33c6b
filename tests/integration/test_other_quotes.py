"""A grid on SOL_BTC from the first word to the sale, in the chat of the running program: all in the right money."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, cast

from exchange.paper.upkeep import transfer
from strategy.model.grid import Phase
from strategy.model.market import Asset, Symbol
from tests.integration import chat_world
from tests.integration.running import KEY, World, a_while, assert_books
from tests.integration.small_trader import SmallTrader
from tests.integration.telegram_world import Telegram

SOL_BTC, BTC_USDC = Symbol("SOL_BTC"), Symbol("BTC_USDC")
D = Decimal
STEP = D("0.01")
"""Of the market: what is less can't be sold."""


class OneClock(World):
    """The running program, by the clock of the chat."""

    def __init__(self, telegram: Telegram, **how: Any) -> None:
        self._chat_clock = telegram.clock
        super().__init__(**how)

    @property
    def now(self) -> int:
        return round(self._chat_clock.seconds * 1000)

    @now.setter
    def now(self, at: int) -> None:
        self._chat_clock.seconds = at / 1000


class Talking(chat_world.World):
    """The chat of the running program, whose owner has half a bitcoin and no dollars."""

    def __init__(self) -> None:
        super().__init__()
        self.program = OneClock(self.telegram, price="0.0025", symbol=SOL_BTC, usdc="0")
        transfer(self.program.venue, KEY, Asset("BTC"), D("0.5"))
        self.store, trader = self.program.store, self.program.app.trader
        self.notebook = chat_world.WatchedNotebook(self.store, self.time.now)
        object.__setattr__(self.notebook, "commands", [])
        trader.notebook = self.notebook
        self.trader = cast("SmallTrader", cast("object", trader))


@asynccontextmanager
async def talking() -> AsyncIterator[Talking]:
    """It runs as long as the block lasts; begun and ended by the task of the test, whose tasks it ends."""
    made = Talking()
    await made.program.begin()
    async with made.running():
        yield made
    await made.program.kill()


async def test_a_grid_on_another_quote_is_proposed_opened_run_and_sold_in_its_own_money() -> None:
    async with talking() as talk:
        world = talk.program
        [shown] = await talk.says("/grid SOL_BTC")
        assert "SOL_BTC, 3 levels" in shown
        assert "Each buy 0.00084 BTC" in shown
        assert "maximum position 0.016667 BTC" in shown
        assert "0.00 BTC" not in shown
        assert "USDC" not in shown

        await talk.clicks("Start")
        await world.tick(20)
        grid = world.grid
        assert grid.phase is Phase.RUNNING
        assert BTC_USDC in world.app.reader.prices.symbols(), (
            "what a bitcoin is in dollars is watched as long as it counts"
        )
        assert all(D("0.0006") < order.price * order.quantity < D("0.0009") for order in grid.live)

        await world.walk("0.0026", SOL_BTC)
        await world.walk("0.0025", SOL_BTC)
        await world.tick(5)
        assert world.grid.books.round_trips
        for command in ("/status", "/pnl", "/grids", "/risk", "/fills", "/report"):
            for said in await talk.says(command):
                assert not re.search(r"(?<![\d.])[−+]?0\.0+ BTC", said), said
        [risk] = await talk.says("/risk")
        assert "Daily loss limit 200.00 USDC" in risk
        assert re.search(r"together [−+]?[\d.]+ USDC at 1 BTC = 59,999.90 USDC", risk), risk

        await talk.says("/stop 1 sell")
        await talk.clicks("Stop and sell")
        await world.tick(20)
        assert world.grid.phase is Phase.STOPPED
        sold = [order for order in world.held.orders.values() if order.symbol == SOL_BTC and order.side == "sell"]
        assert sold
        assert world.grid.coins < STEP
        assert_books(world)


async def test_a_quote_without_a_price_is_asked_for_in_its_own_money() -> None:
    async with talking() as talk:
        world = talk.program
        del world.venue.listings[BTC_USDC]
        await world.app.reader.read_rules()
        await a_while()

        [asked] = await talk.says("/grid SOL_BTC")
        assert "I have no price of BTC in USDC" in asked
        assert "money=0.00005 or more" in asked, asked

        [wrong] = await talk.says("/grid SOL_BTC usdc=0.001")
        assert "usdc=0.001 would be another amount" in wrong
        [shown] = await talk.says("/grid SOL_BTC money=0.001")
        assert "SOL_BTC, 3 levels" in shown
        assert "Each buy 0.001 BTC" in shown
