"""Examples of what is told of a ladder that follows the price. Values only."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from strategy.messages.notices import Notice
from strategy.messages.shifts import End, Kept, ShiftBegun, ShiftDone, ShiftKept
from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId

D = Decimal
AT = 1_770_400_800_000
GRID, USDC, ETH, ETH_USDC = GridId(3), Asset("USDC"), Asset("ETH"), Symbol("ETH_USDC")


def shifts() -> Iterator[Notice]:
    """Each kind, in each of its ways."""
    begun = ShiftBegun(
        at=AT,
        grid_id=GRID,
        symbol=ETH_USDC,
        base=ETH,
        quote=USDC,
        up=True,
        steps=3,
        price=D("2609.995"),
        lower=D(1800),
        upper=D(2800),
        orders=3,
        coins=D("0.0371"),
        spent=D("97.121493"),
        fees=D("0.097121493"),
        slippage=D("0.2906785"),
        more=D(0),
        loss=D(0),
        held=0,
    )
    done = ShiftDone(
        at=AT,
        grid_id=GRID,
        symbol=ETH_USDC,
        base=ETH,
        quote=USDC,
        up=True,
        steps=3,
        lower=D(1800),
        upper=D(2800),
        coins=D("0.0370629"),
        paid=D("96.831"),
        cost=D("0.0970163145"),
        told_cost=D("0.387799993"),
        loss=D(0),
        told_loss=D(0),
    )
    yield from (begun, replace(begun, up=False, steps=1, more=D("300.61"), held=3))
    yield replace(begun, up=False, more=D("210.3"), loss=D("4.2"))
    yield replace(begun, steps=1, orders=1, endless=True, coins=D(0), spent=D(0), fees=D(0), slippage=D(0))
    yield from (done, replace(done, up=False, loss=D("3.9"), told_loss=D("4.2")))
    yield from (replace(done, cost=D("-0.02")), replace(done, coins=D(0), paid=D(0), cost=D(0)))
    for reason in Kept:
        for up in (True, False):
            yield ShiftKept(
                at=AT,
                grid_id=GRID,
                symbol=ETH_USDC,
                quote=USDC,
                up=up,
                price=D("2609.99"),
                reason=reason,
                value=D("0.07") if reason is Kept.FALLING else D("6.25"),
                threshold=D("0.05") if reason is Kept.FALLING else D(5),
                until=AT + 3_600_000,
            )
    for end in End:
        up, price, bound = end in (End.HIGH, End.TAKE), D("2609.99"), D(2600)
        kept = ShiftKept(at=AT, grid_id=GRID, symbol=ETH_USDC, quote=USDC, up=up, price=price, reason=Kept.BOUNDS)
        yield replace(kept, threshold=bound, end=end)
