"""Notices of how grids end, one of each kind: what the texts are tried with."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from strategy.messages.exits import BuyingPaused, EndDate, OpensAgain, SaleRests, StopRose, TrailBegun
from strategy.messages.notices import Notice
from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId, LevelId
from strategy.model.stops import Way

AT, SYMBOL, GRID = 1_754_000_000_000, Symbol("ETH_USDC"), GridId(3)
BASE, QUOTE = Asset("ETH"), Asset("USDC")


def ends() -> Iterator[Notice]:
    """All of them."""
    for over in (False, True):
        yield BuyingPaused(at=AT, grid_id=GRID, symbol=SYMBOL, over=over)
    for way in (Way.SLOWLY, Way.BREAK_EVEN):
        coins, price = Decimal("0.4131"), Decimal("2530.4")
        yield SaleRests(at=AT, grid_id=GRID, symbol=SYMBOL, base=BASE, quote=QUOTE, way=way, coins=coins, price=price)
    yield StopRose(
        at=AT,
        grid_id=GRID,
        symbol=SYMBOL,
        quote=QUOTE,
        level=LevelId(7),
        before=Decimal(1800),
        stop=Decimal("1840.2"),
    )
    opens = OpensAgain(
        at=AT,
        grid_id=GRID,
        symbol=SYMBOL,
        base=BASE,
        quote=QUOTE,
        coins=Decimal(0),
        money=Decimal("920.4"),
        before=Decimal(1_000),
    )
    yield opens
    yield replace(opens, before=opens.money)
    yield replace(opens, coins=Decimal("0.4131"))
    yield replace(opens, fits=False)
    yield replace(opens, fits=False, earns=False)
    yield replace(opens, needed=Decimal("920.4"), free=Decimal("100.25"))
    day = EndDate(
        at=AT,
        grid_id=GRID,
        symbol=SYMBOL,
        base=BASE,
        day="2026-12-31",
        over=False,
        sell=False,
        coins=Decimal("0.4131"),
        orders=7,
    )
    for over in (False, True):
        yield replace(day, over=over)
        yield replace(day, over=over, sell=True)
    begun = TrailBegun(
        at=AT,
        grid_id=GRID,
        symbol=SYMBOL,
        base=BASE,
        quote=QUOTE,
        price=Decimal("2530.4"),
        stop=Decimal("2454.49"),
        coins=Decimal("0.4131"),
        orders=7,
        sell=True,
    )
    yield from (begun, replace(begun, sell=False))
