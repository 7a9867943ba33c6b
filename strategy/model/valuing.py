"""What the quotes of an account's grids are in USDC, by prices that are known. Nothing is guessed or judged."""

from decimal import Decimal

from strategy.model.account import Account
from strategy.model.market import Asset, Symbol, priced_by
from strategy.model.money import ONE


def price_in_usdc(account: Account, quote: Asset) -> Decimal | None:
    """USDC for a unit of an asset: the last bid seen, or the last one written down, or that of the newest grid's start.

    None where there was never a price.
    """
    symbol = priced_by(quote)
    if symbol is None:
        return ONE
    touch = account.touches.get(symbol)
    known = touch.bid if touch else account.marks.get(symbol)
    return known if known is not None else _started_at(account, quote)


def in_use(account: Account) -> frozenset[Symbol]:
    """The markets of the grids that are not stopped, or that still hold coins."""
    grids = account.grids.values()
    return frozenset(grid.spec.symbol for grid in grids if not grid.is_over or grid.coins)


def pricing_symbols(account: Account) -> frozenset[Symbol]:
    """The markets that price the quotes of the grids in use, as far as there are such markets."""
    used = in_use(account)
    quotes = {grid.market.quote for grid in account.grids.values() if grid.spec.symbol in used}
    return frozenset(symbol for quote in quotes if (symbol := priced_by(quote)) and symbol in account.markets)


def prices_in_usdc(account: Account) -> dict[Asset, Decimal]:
    """The price of each quote of the account's grids that is no dollar and has one."""
    quotes = sorted({grid.market.quote for grid in account.grids.values() if priced_by(grid.market.quote)})
    return {quote: price for quote in quotes if (price := price_in_usdc(account, quote)) is not None}


def _started_at(account: Account, quote: Asset) -> Decimal | None:
    grids = (grid for grid in reversed(list(account.grids.values())) if grid.market.quote == quote)
    return next((grid.spec.quote_price for grid in grids if grid.spec.quote_price is not None), None)
