"""A withdrawal's fee may be part of what was withdrawn or have come on top: only the balances tell."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.model.ledger import FEE_KEY, Movement, MovementKind
from strategy.model.market import Asset, Balance
from strategy.reconcile.recovery import MOST_FEES, differing, fees_on_top
from tests.builders import ETH, NOW, USDC, a_market, an_account


def a_fee(amount: int, asset: Asset = USDC) -> Movement:
    at, key = NOW, f"{FEE_KEY}{amount}{asset}"
    return Movement(at=at, key=key, kind=MovementKind.WITHDRAWAL, asset=asset, amount=Decimal(-amount))


@pytest.mark.parametrize(
    ("lacking", "booked"),
    [(0, []), (3, [3]), (2, [2]), (5, [3, 2]), (9, [2, 7]), (12, [3, 2, 7]), (4, []), (13, []), (-3, [])],
)
def test_a_withdrawals_fee_is_booked_where_the_balances_show_that_it_came_on_top(
    lacking: int, booked: list[int]
) -> None:
    held = {USDC: Balance(available=Decimal(100 - lacking))}
    account = an_account(expected={USDC: Decimal(100)}, balances=held)
    fees = [a_fee(3), a_fee(2), a_fee(3, ETH), a_fee(7)]

    assert [-fee.amount for fee in fees_on_top(account, fees)] == booked
    assert fees_on_top(replace(account, balances={}), fees) == ()


@pytest.mark.parametrize(("settled", "booked"), [(0, []), (-5, [2]), (5, [])])
def test_what_perpetuals_have_moved_and_is_not_booked_yet_is_no_fee_that_came_on_top(
    settled: int, booked: list[int]
) -> None:
    """They move USDC alone: of coins each fee is held against the whole of what is lacking."""
    held = {USDC: Balance(available=Decimal(93)), ETH: Balance(available=Decimal(7))}
    account = an_account(expected={USDC: Decimal(100), ETH: Decimal(10)}, balances=held)

    found = fees_on_top(account, [a_fee(2), a_fee(3, ETH)], Decimal(settled))

    assert [-fee.amount for fee in found if fee.asset == USDC] == booked
    assert [-fee.amount for fee in found if fee.asset == ETH] == [3]


def test_the_books_differ_also_in_coins_that_they_have_never_had_where_a_market_trades_them() -> None:
    held = {USDC: Balance(available=Decimal(97)), ETH: Balance(available=Decimal(2)), Asset("ODD"): Balance()}
    account, market = an_account(expected={USDC: Decimal(100)}, balances=held), a_market()

    assert differing(replace(account, markets={market.symbol: market})) == {USDC: -3, ETH: 2}
    assert differing(replace(account, markets={})) == {USDC: -3}


def test_of_very_many_fees_it_is_one_that_came_on_top_or_all_of_them() -> None:
    fees = [a_fee(2**power) for power in range(MOST_FEES + 1)]
    for lacking, booked in ((4, [4]), (5, []), (2 ** len(fees) - 1, [2**power for power in range(len(fees))])):
        balances = {USDC: Balance(available=Decimal(10_000 - lacking))}
        account = an_account(expected={USDC: Decimal(10_000)}, balances=balances)
        assert [-fee.amount for fee in fees_on_top(account, fees)] == booked
