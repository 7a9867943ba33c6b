"""Whose cost a sale takes, first in first out: fill by fill."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.audit.costs import Costs, Method
from strategy.model.ledger import FillEntry
from strategy.model.market import Side
from strategy.model.orders import GridId
from tests.builders import ETH, NOW, USDC, a_fill, an_order


@pytest.mark.parametrize("booked", [(0, 1, 2), (1, 2, 0), (2, 1, 0)])
def test_first_in_first_out_names_the_fills_whose_coins_were_sold(booked: tuple[int, ...]) -> None:
    """By when they were traded: one that was learned of late was taken for the last."""
    costs, times = Costs(Method.FIFO), (NOW, NOW + 1, NOW + 2)
    buys = [an_entry(number, Decimal(100 + number), Decimal(1), sells=False, in_base=False) for number in range(3)]
    for one in booked:
        assert costs.take(replace(buys[one], fill=replace(buys[one].fill, at=times[one]))) == ()

    pieces = costs.take(an_entry(9, Decimal(110), Decimal("1.5"), sells=True, in_base=False))

    assert [(one.key, one.bought_at, one.coins) for one in pieces] == [
        (buys[0].key, NOW, Decimal(1)),
        (buys[1].key, NOW + 1, Decimal("0.5")),
    ]
    assert [one.cost for one in pieces] == [Decimal("100.01"), Decimal("50.505")]  # the fee of 0.01 is in it
    assert costs.coins == Decimal("1.5")
    assert costs.realised == Decimal("164.99") - Decimal("150.515")


def an_entry(number: int, price: Decimal, quantity: Decimal, sells: bool, in_base: bool) -> FillEntry:
    """A fill with a small fee; of a sale all of its fee is in the quote, so that no more is sold than is held."""
    side = Side.SELL if sells else Side.BUY
    asset, fee = (ETH, quantity / 1000) if in_base and not sells else (USDC, Decimal("0.01"))
    fill = a_fill(an_order(1, side=side, price=price, quantity=quantity), number, fee_asset=asset, fee=fee)
    return FillEntry(at=fill.at, fill=fill, base=ETH, quote=USDC, grid_id=GridId(1))
