"""A grid on SOL_BTC from the first word to the sale, in the chat of the running program: nothing is in the wrong money."""

import re
from decimal import Decimal
from typing import Any

from bot.telegram.app import Chat
from strategy.grid import Phase
from strategy.market import Asset, Symbol
from strategy.orders import Purpose
from tests.integration.chat_world import OWNER, Time
from tests.integration.running import World, a_while, assert_books
from tests.integration.telegram_world import ADDRESS, TOKEN, Telegram

SOL_BTC, BTC_USDC = Symbol("SOL_BTC"), Symbol("BTC_USDC")


class Talking:
    """The running program with its chat."""

    def __init__(self, **settings: Any) -> None:
        self.world = World(price="0.0025", symbol=SOL_BTC, **settings)
        self.world.venue.deposit  # noqa: B018
