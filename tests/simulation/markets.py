"""The markets of a world: their rules, roughened by dice, and what a number of USDC is in the quote of each.

Draws, and does nothing. What other worlds draw is drawn in a world of bitcoin too, so that the rest of it is as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

from strategy.model.market import Asset, Market, Symbol
from strategy.model.money import ONE
from tests.builders import ETH_USDC, USDC, a_market
from tests.simulation.script import Script

BTC = Asset("BTC")
SOL_USDC, BTC_USDC, SOL_BTC = Symbol("SOL_USDC"), Symbol("BTC_USDC"), Symbol("SOL_BTC")
PRICES = {
    ETH_USDC: Decimal(2000),
    SOL_USDC: Decimal(150),
    BTC_USDC: Decimal(60_000),
    SOL_BTC: Decimal("0.0025"),
}
IN_USDC = (a_market("ETH"), a_market("SOL", step="0.01"))
"""Of every other world: the first one, or both."""
IN_BITCOIN = replace(a_market("SOL", tick="0.0000001", step="0.01"), symbol=SOL_BTC, quote=BTC)
BITCOIN = a_market("BTC", tick="0.1", step="0.00001")
BESIDE: Sequence[Sequence[Market]] = ((), (BITCOIN,), (BITCOIN,), (IN_USDC[1],), (BITCOIN, IN_USDC[1]))
"""What SOL_BTC may have beside it: what prices its quote (whose coins it then pays with), what has the same coins."""

SATOSHI = Decimal("0.00000001")
WORTH = {USDC: ONE, BTC: PRICES[BTC_USDC]}
"""USDC for a unit of a quote, about."""


def drawn(script: Script, dice: Random, others: Random) -> Mapping[Symbol, tuple[Market, Decimal]]:
    """The markets of a world, and the price of each at its beginning."""
    here = [_rough(market, dice) for market in IN_USDC[: dice.randint(1, 2)]]
    if script.in_bitcoin:
        here = [_rough(market, others) for market in (IN_BITCOIN, *others.choice(BESIDE))]
    steps = Random(script.setup + 12)
    return {one.symbol: (_cheaper(one, script.coins, steps), PRICES[one.symbol] / script.coins) for one in here}


def secret_rule(dice: Random, others: Random, coins: int) -> Callable[[Symbol, Decimal], bool]:
    """In some worlds the exchange refuses prices far below the first one, and tells nobody why."""
    usual = [market.symbol for market in IN_USDC]
    parts = {symbol: _part_refused(dice) for symbol in usual}
    parts |= {symbol: _part_refused(others) for symbol in PRICES if symbol not in usual}
    return lambda symbol, price: price < PRICES[symbol] / coins * parts[symbol]


def in_quote(usdc: Decimal, quote: Asset) -> Decimal:
    """About as much as this many USDC, as an owner would type it."""
    return usdc if quote == USDC else (usdc / WORTH[quote]).quantize(SATOSHI)


def digits(usdc: Decimal, quote: Asset) -> Decimal:
    """What an owner rounds to: to so many USDC, or to what is the last digit of another quote."""
    return usdc if quote == USDC else SATOSHI


def _rough(market: Market, dice: Random) -> Market:
    """A market whose tick is coarse at times, or a large part of its price; its smallest quantity may be many steps."""
    least = market.min_quantity * dice.choice([1, 1, 1, 10, 60])
    few = PRICES[market.symbol] / dice.choice([10, 20, 50])
    tick = dice.choice([*[market.tick_size * times for times in (1, 1, 1, 1, 10, 10, 100)], few])
    return replace(market, tick_size=tick, min_quantity=least)


def _cheaper(market: Market, coins: int, dice: Random) -> Market:
    """The same market with so many coins for each, where an order is of so many whole tens, or thousands, of them."""
    if coins == 1:
        return market
    step = market.step_size * coins * dice.choice([1, 1, 10, 100])
    least = max(step, market.min_quantity * coins)
    return replace(market, tick_size=market.tick_size / coins, step_size=step, min_quantity=least)


def _part_refused(dice: Random) -> Decimal:
    return Decimal(dice.choice([0, 0, 0, 93, 97])) / 100
