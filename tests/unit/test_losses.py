"""The loss of all grids counts by two looks at it: each with prices of its own, and both at the same limit."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.account.losses import judge_losses
from strategy.draft import Draft
from strategy.grid.looks import LOOKS_APART
from strategy.model.account import Account, Day, Halt
from strategy.model.levels import Lot
from strategy.model.limits import Limits, Peak
from strategy.model.market import Symbol
from strategy.model.orders import GridId, LevelId
from tests.builders import ETH_USDC, NOW, USDC, a_grid, a_market, a_spec, a_touch, an_account

D = Decimal
SOL = a_market("SOL")
GOOD, BAD = D(2_000), D(1_850)
LOT = {LevelId(1): Lot(quantity=D(1), cost=D(2_000))}


def with_coins(*, elsewhere: bool = False) -> Account:
    """A coin that cost 2,000, of which 100 may be lost in a day; beside it a grid on SOL, with a coin or without."""
    other = a_grid(spec=a_spec(symbol=SOL.symbol), market=SOL, lots=LOT if elsewhere else {})
    day = Day(date="2026-11-22", begins=NOW)
    return an_account(a_grid(lots=LOT), replace(other, id=GridId(2)), daily_loss=D(100), day=day)


def looked(account: Account, price: Decimal, at: int, **others: int) -> Account:
    """Judged at a price of ETH of this time. SOL costs what its coin has cost, and its price may be of another time."""
    sol = a_touch("2000.01", at=NOW + others.get("sol", at), symbol=SOL.symbol)
    touches = {ETH_USDC: a_touch(price, at=NOW + at), SOL.symbol: sol}
    draft = Draft(account=replace(account, touches=touches), at=NOW + at)
    judge_losses(draft)
    return draft.account


@pytest.mark.parametrize(("apart", "halt"), [(0, None), (LOOKS_APART - 1, None), (LOOKS_APART, Halt.DAILY_LOSS)])
def test_a_loss_is_lost_when_a_second_price_says_so(apart: int, halt: Halt | None) -> None:
    first = looked(with_coins(), BAD, 0)
    assert first.halt is None

    assert looked(first, BAD, apart).halt is halt


def test_a_loss_that_was_gone_meanwhile_is_looked_at_anew() -> None:
    account = looked(looked(with_coins(), BAD, 0), GOOD, 1_000)

    again = looked(account, BAD, 2_000)

    assert again.halt is None, "the look before says nothing of this one"
    assert looked(again, BAD, 3_000).halt is Halt.DAILY_LOSS


@pytest.mark.parametrize(("elsewhere", "halt"), [(False, Halt.DAILY_LOSS), (True, None)])
def test_only_a_market_of_which_coins_are_held_needs_another_price(*, elsewhere: bool, halt: Halt | None) -> None:
    account = looked(with_coins(elsewhere=elsewhere), BAD, 0, sol=0)

    stands = looked(account, BAD, 1_000, sol=0)

    assert stands.halt is halt
    assert looked(stands, BAD, 2_000, sol=2_000).halt is Halt.DAILY_LOSS


def test_a_price_that_has_shown_another_limit_reached_is_no_second_look_at_this_one() -> None:
    """First the day's loss, and then, when that is raised, the fall from the peak: one price cannot be both looks."""
    account = looked(with_coins(), BAD, 0)
    peak = Peak(at=NOW, totals={GridId(1): D(50)})
    account = replace(account, daily_loss=None, limits=Limits(drawdown=D("0.05"), peaks={USDC: peak}))

    other = looked(account, BAD, 1_000)
    assert other.halt is None
    assert looked(other, BAD, 1_000).halt is None, "the same price once more"

    assert looked(other, BAD, 2_000).halt is Halt.DRAWDOWN


def test_a_market_that_comes_or_goes_begins_the_looks_anew() -> None:
    first = looked(with_coins(), BAD, 0)
    coin = {Symbol("BTC_USDC"): a_touch(60_000, symbol=Symbol("BTC_USDC"))}
    touches = {ETH_USDC: a_touch(BAD, at=NOW + 1_000), SOL.symbol: a_touch("2000.01", symbol=SOL.symbol), **coin}
    draft = Draft(account=replace(first, touches=touches), at=NOW + 1_000)

    judge_losses(draft)

    assert draft.account.halt is None
