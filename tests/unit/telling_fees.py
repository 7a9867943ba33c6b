"""Examples of what is told of fees and of volume: every variant that has words of its own."""

from collections.abc import Iterator
from decimal import Decimal

from strategy.messages.fees import FeesChanged, Judged
from strategy.messages.notices import Notice
from strategy.model.market import Asset, Symbol
from strategy.model.orders import GridId

D = Decimal
AT, GRID = 1_770_386_400_000, GridId(3)


def about_fees() -> Iterator[Notice]:
    """Another tier: nothing loses, several lose, and each way out of it."""
    yield a_change()
    yield a_change(a_judgement(), a_judgement(GridId(5)))
    yield a_change(a_judgement(rate="-0.001"))
    yield a_change(a_judgement(has_out=False))
    yield a_change(a_judgement(step="0.01"))


def a_change(*judged: Judged) -> FeesChanged:
    losing = tuple(one.grid_id for one in judged)
    return FeesChanged(at=AT, maker=D("0.00085"), taker=D("0.00095"), losing=losing, judged=judged)


def a_judgement(grid_id: GridId = GRID, *, rate: str = "0.0004", step: str = "0.002", has_out: bool = True) -> Judged:
    """A grid that earns too little by these fees, or nothing."""
    return Judged(
        grid_id=grid_id,
        symbol=Symbol("ETH_USDC"),
        quote=Asset("USDC"),
        least=D(rate) * 50,
        most=D(rate) * 51,
        rate=D(rate),
        share=D("0.81") if D(rate) > 0 else D(1),
        step=D(step),
        least_step=D("0.0028"),
        buffer=D("0.001"),
        has_out=has_out,
    )
