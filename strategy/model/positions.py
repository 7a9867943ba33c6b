"""What a grid's coins may cost where its owner has not said it. Nothing is guessed."""

from decimal import Decimal

from strategy.model.market import Asset, in_quote
from strategy.model.money import ZERO

USUAL_POSITION = Decimal(1000)
"""USDC; a larger grid's may cost its money."""


def most_position(wished: Decimal | None, quote: Asset, quote_price: Decimal | None, money: Decimal) -> Decimal:
    """The most that a grid's coins may cost, in quote; its own money where nothing else is known."""
    usual = in_quote(USUAL_POSITION, quote, quote_price)
    return wished or max(usual or ZERO, money)
