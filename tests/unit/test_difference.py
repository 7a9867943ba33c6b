"""A difference that nothing explains: when there is one, when it may be booked, and that it is booked exactly."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.audit.findings import MOST_BOOKED, Cause, Fault, Part, Wrong
from strategy.messages.commands import BookDifference
from strategy.messages.notices import MovementSeen
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.ledger import Movement, MovementKind
from strategy.model.market import Asset, Balance, Side
from strategy.step import step
from tests.builders import ETH, NOW, USDC, an_account, an_order, with_grid
from tests.road import finished
from tests.unit.auditing import BALANCED, a_fault, differing
from tests.unit.test_audit import a_busy_world, audited, causes

D = Decimal


@pytest.mark.parametrize("side", Side)
def test_an_order_in_limbo_explains_no_difference_of_one_balance_alone(side: Side) -> None:
    """A trade moves coins and money: what came in or went out alone is no trade."""
    world = a_busy_world()
    order = an_order(900, side=side, unknown_since=world.now, price=D(2000), quantity=D("0.1"))
    account = with_grid(world.account, orders={**world.grid.orders, order.client_id: order})
    balances = dict(finished(world.exchange.balances()))
    usdc = balances[USDC]
    balances[USDC] = replace(usdc, available=usdc.available + (5 if side is Side.SELL else -5))

    found = audited(world, account=account, balances=balances)

    assert set(causes(found)) == {Cause.UNEXPLAINED}
    assert set(found.bookable) == {USDC}


def test_a_buy_and_a_sale_in_limbo_may_cancel_out_in_coins() -> None:
    world = a_busy_world()
    orders = [an_order(900 + n, side=side, unknown_since=world.now) for n, side in enumerate(Side)]
    known = {order.client_id: order for order in orders}
    account = with_grid(world.account, orders={**world.grid.orders, **known})
    balances = dict(finished(world.exchange.balances()))
    balances[USDC] = replace(balances[USDC], available=balances[USDC].available + 2)

    assert set(causes(audited(world, account=account, balances=balances))) == {Cause.LIMBO}


def test_what_may_be_booked_is_what_nothing_explains_and_only_where_all_else_is_right() -> None:
    unexplained = Part(cause=Cause.UNEXPLAINED, amount=D("-12.5"), count=0)
    found = differing(Part(cause=Cause.DEPOSIT, amount=D(250), count=2), unexplained)
    assert found.bookable == {USDC: D("-12.5")}

    wrong = Wrong(name="USDC", kept=D(1), folded=D(2))
    assert not replace(found, kept_wrong=(wrong,)).bookable
    assert not replace(found, faults=(a_fault(Fault.MISSING_HERE),)).bookable
    assert not BALANCED.bookable
    many = tuple(replace(found.assets[0], asset=Asset(f"A{number}")) for number in range(MOST_BOOKED + 1))
    assert len(replace(found, assets=many[1:]).bookable) == MOST_BOOKED
    assert not replace(found, assets=many).bookable


def an_account_with(**held: str) -> Any:
    """An account of 10,000 USDC and 1 ETH by the books, and what the exchange says it has."""
    balances = {Asset(asset): Balance(available=D(amount)) for asset, amount in held.items()}
    return an_account(expected={USDC: D(10_000), ETH: D(1)}, balances=balances, touches={})


def test_the_difference_is_booked_to_the_last_digit_one_movement_an_asset_and_told() -> None:
    account = an_account_with(USDC="10005", ETH="0.999999999")
    amounts = {USDC: D(5), ETH: D("-0.000000001")}

    done = step(account, BookDifference(at=NOW, amounts=amounts))

    assert done.problem is None
    assert dict(done.account.expected) == {USDC: D(10_005), ETH: D("0.999999999")}
    booked = [entry for entry in done.entries if isinstance(entry, Movement)]
    assert [(one.kind, one.asset, one.amount) for one in booked] == [
        (MovementKind.UNEXPLAINED, USDC, D(5)),
        (MovementKind.UNEXPLAINED, ETH, D("-0.000000001")),
    ]
    assert len({one.key for one in booked}) == 2
    told = [notice for notice in done.notices if isinstance(notice, MovementSeen)]
    assert {notice.movement for notice in told} == {MovementKind.UNEXPLAINED}
    assert len(told) == 2


@pytest.mark.parametrize(
    ("usdc", "amounts"),
    [
        ("10005", {USDC: D(4)}),
        ("10005", {USDC: D(5), ETH: D(1)}),
        ("10000", {USDC: D(5)}),
        ("9995", {USDC: D(5)}),
    ],
)
def test_another_difference_than_the_one_that_was_shown_is_not_booked(usdc: str, amounts: dict[Asset, Decimal]) -> None:
    account = an_account_with(USDC=usdc, ETH="1")

    done = step(account, BookDifference(at=NOW, amounts=amounts))

    assert done.problem == Problem(code=ProblemCode.DIFFERENCE)
    assert not done.entries
    assert done.account == account


def test_a_difference_is_not_booked_twice() -> None:
    wish = BookDifference(at=NOW, amounts={USDC: D(5)})
    once = step(an_account_with(USDC="10005", ETH="1"), wish)

    again = step(once.account, wish)

    assert again.problem is not None
    assert not again.entries
