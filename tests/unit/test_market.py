"""Markets, sides, fees, balances and orders: the small questions that the rest asks of them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.messages.notices import Lane, PhaseChanged, StrangersTold, lane_of
from strategy.model.account import Account
from strategy.model.grid import Phase
from strategy.model.market import Balance, Fees, Side
from strategy.model.orders import BLOCK_SIZE, BLOCKS, ClientId, GridId, OrderStatus, following
from tests.builders import BLOCK, ETH_USDC, NOW, a_fill, a_grid, a_level, a_market, a_touch, an_order


def test_sides_are_opposites() -> None:
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY


@pytest.mark.parametrize(
    ("low", "high", "inside"),
    [(None, None, True), ("0.75", "1.25", True), ("0.96", None, False), (None, "0.94", False), ("0.95", "0.95", True)],
)
def test_a_price_band_has_two_edges_or_none(low: str | None, high: str | None, *, inside: bool) -> None:
    market = a_market(band_low=Decimal(low) if low else None, band_high=Decimal(high) if high else None)

    assert market.in_band(Decimal(95), Decimal(100)) is inside


def test_a_market_rounds_prices_to_its_tick_and_quantities_to_its_step() -> None:
    market = a_market(tick="0.5", step="0.01")

    assert market.price_down(Decimal("10.9")) == Decimal("10.5")
    assert market.price_up(Decimal("10.6")) == Decimal(11)
    assert market.price_near(Decimal("10.6")) == Decimal("10.5")
    assert market.quantity_down(Decimal("0.019")) == Decimal("0.01")
    assert market.quantity_up(Decimal("0.011")) == Decimal("0.02")


@pytest.mark.parametrize("changes", [{"tick": "0"}, {"step": "0", "least": "1"}])
def test_a_market_without_a_step_is_impossible(changes: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        a_market(**changes)


def test_two_maker_fees_of_eight_basis_points_cost_sixteen_and_a_bit() -> None:
    step = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001")).break_even_step()

    assert Decimal("0.001601") < step < Decimal("0.001602")


def test_a_balance_is_all_of_an_asset_whatever_it_is_tied_to() -> None:
    assert Balance(available=Decimal(1), locked=Decimal(2), lent=Decimal(3)).total == 6


def test_the_middle_is_half_way_between_bid_and_ask() -> None:
    assert a_touch("2000.00").middle == Decimal("1999.995")


@pytest.mark.parametrize("wrong", [{"client_id": ClientId(0)}, {"client_id": ClientId(2**32)}, {"price": Decimal(0)}])
def test_an_impossible_order_can_not_be_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        an_order(**wrong)


def test_an_order_is_settled_once_it_is_over_and_its_fills_add_up() -> None:
    order = an_order(quantity=Decimal(3), filled=Decimal(1), executed=Decimal(2))

    assert order.remaining == 2
    assert not order.is_settled
    assert not replace(order, status=OrderStatus.CANCELLED).is_settled
    assert replace(order, status=OrderStatus.CANCELLED, filled=Decimal(2)).is_settled
    assert replace(order, status=OrderStatus.REJECTED, executed=None).is_settled


def test_a_level_buys_below_where_it_sells() -> None:
    with pytest.raises(AssertionError, match="buys below"):
        a_level(buy_price=Decimal(10), sell_price=Decimal(10))


def test_a_fill_is_worth_its_price_times_its_quantity() -> None:
    assert a_fill(an_order(price=Decimal(2000), quantity=Decimal("0.02"))).value == 40


def test_a_grid_may_hold_its_money_but_at_least_a_thousand() -> None:
    assert a_grid(money=Decimal(150)).max_position == 1000
    assert a_grid(money=Decimal(2500)).max_position == 2500
    chosen = replace(a_grid().spec, max_position=Decimal(300))
    assert a_grid(spec=chosen).max_position == 300


def test_an_id_is_ours_if_it_lies_in_our_block() -> None:
    account = Account(name="main", block=BLOCK)

    assert account.is_ours(ClientId(BLOCK * BLOCK_SIZE + 1))
    assert account.is_ours(ClientId((BLOCK + 1) * BLOCK_SIZE))  # a later database may have gone on there
    assert not account.is_ours(ClientId((BLOCK + 2) * BLOCK_SIZE))
    assert not account.is_ours(ClientId((BLOCK - 1) * BLOCK_SIZE))
    assert not account.is_ours(None)


def test_an_id_of_a_block_that_was_used_up_is_still_ours() -> None:
    account = Account(name="main", block=BLOCK + 5, earlier=(BLOCK,))

    assert account.is_ours(ClientId(BLOCK * BLOCK_SIZE + 1))
    assert not account.never_gave_out(ClientId(BLOCK * BLOCK_SIZE + BLOCK_SIZE - 1))
    assert account.never_gave_out(ClientId((BLOCK + 5) * BLOCK_SIZE + 1))
    assert account.never_gave_out(ClientId((BLOCK + 6) * BLOCK_SIZE))
    assert not account.never_gave_out(ClientId((BLOCK + 5) * BLOCK_SIZE))


def test_the_last_block_is_followed_by_the_first_that_is_not_the_small_numbers() -> None:
    assert [following(one) for one in (1, 2, BLOCKS - 2, BLOCKS - 1)] == [2, 3, BLOCKS - 1, 1]


def test_danger_has_its_own_lane() -> None:
    news = PhaseChanged(at=NOW, grid_id=GridId(1), symbol=ETH_USDC, phase=Phase.PAUSED)

    assert lane_of(StrangersTold(at=NOW, orders=1, fills=0)) is Lane.DANGER
    assert lane_of(news) is Lane.NEWS
