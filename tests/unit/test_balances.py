"""Where all of an asset is: what /balance shows of it since the ledger began, and what of it there is to divide."""

from decimal import Decimal

import pytest

from bot.owner.overview import balance_lines
from strategy.account.envelopes import own_money
from strategy.model.limits import Limits
from strategy.model.market import Balance
from tests.builders import USDC, an_account

D = Decimal


@pytest.mark.parametrize(("moved", "unbooked"), [(D(500), D(500)), (D(-500), D(0))])
def test_what_came_in_or_went_out_is_no_change_before_it_is_booked_either(moved: Decimal, unbooked: Decimal) -> None:
    """Balances are read before movements: for half a minute a deposit stood there as a gain, a withdrawal as a loss."""
    account = an_account(balances={USDC: Balance(available=D(10_000) + moved)}, expected={USDC: D(10_000)})
    (line,) = balance_lines(account, {USDC: D(9_900)})

    assert (line.change, line.unbooked) == (D(100), unbooked)


def test_before_the_ledger_is_open_the_change_goes_by_what_is_there() -> None:
    account = an_account(balances={USDC: Balance(available=D(10_000))}, expected={})
    (line,) = balance_lines(account, {USDC: D(9_900)})

    assert line.change == D(100)


@pytest.mark.parametrize(("uses_lent", "own"), [(False, D(600)), (True, D(900))])
def test_what_is_staked_or_lent_is_nobodys_part_unless_orders_take_it_back(*, uses_lent: bool, own: Decimal) -> None:
    held = {USDC: Balance(available=D(600), lent=D(300), staked=D(100))}
    account = an_account(expected={USDC: D(1_000)}, balances=held, limits=Limits(uses_lent=uses_lent))

    assert own_money(account, USDC) == own
