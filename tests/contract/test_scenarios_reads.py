"""What is read and what fails on the way, the same in memory and over the wire: histories, prices, faults."""

from decimal import Decimal

import pytest

from exchange.paper import upkeep
from exchange.paper.faults import FaultMode
from exchange.paper.rules import Choices
from exchange.port import Accepted, Offer, OutcomeUnknown, Refused, Unavailable
from strategy.model.ledger import MovementKind
from strategy.model.market import BookState, Side
from strategy.model.orders import EndedOrder, OpenOrder, OrderStatus, Refusal
from tests.contract.both import ETH, NOWHERE, START, USDC, Both
from tests.contract.scripted import API_KEY

MINUTE = 60_000


@pytest.mark.parametrize("choices", [Choices(history_lag=3000)])
async def test_a_history_that_lags_shows_things_as_they_were(both: Both, choices: Choices) -> None:
    _, placed = await both.place(Side.BUY, "1990")
    assert isinstance(placed, Accepted)
    both.now += 4000
    both.walk("1980")

    assert choices.history_lag
    assert await both.exchange.fills(0) == []
    assert await both.exchange.ended_order(ETH, placed.order_id) is None
    (then,) = await both.exchange.orders_since(ETH, 0)
    assert isinstance(then, OpenOrder)
    assert await both.exchange.open_orders() == []

    both.now += 3000
    (fill,) = await both.exchange.fills(0)
    ended = await both.exchange.ended_order(ETH, placed.order_id)
    assert fill.order_id == placed.order_id
    assert ended is not None
    assert list(await both.exchange.orders_since(ETH, 0)) == [ended]


async def test_fills_come_oldest_first_from_a_moment_on(both: Both) -> None:
    for price in ("1990", "1980", "1970"):
        await both.place(Side.BUY, price)
    both.walk("1985")
    second = both.now + 1000
    both.walk("1960")

    fills = await both.exchange.fills(0)
    assert [fill.price for fill in fills] == [1990, 1980, 1970]
    assert await both.exchange.fills(second) == list(fills[1:])
    assert await both.exchange.fills(second + 1) == []


async def test_orders_come_newest_first_from_a_moment_on(both: Both) -> None:
    for price in range(1990, 1860, -1):
        both.now += 1000
        await both.place(Side.BUY, str(price), "0.01")
    await both.exchange.cancel(ETH, order_id=None, client_id=130)

    orders = await both.exchange.orders_since(ETH, 0)

    assert [order.client_id for order in orders] == list(range(130, 0, -1))
    assert isinstance(orders[0], EndedOrder)
    assert orders[0].status is OrderStatus.CANCELLED
    assert isinstance(orders[1], OpenOrder)
    assert len(await both.exchange.orders_since(ETH, START + 121_000)) == 10
    assert list(await both.exchange.orders_since(None, 0)) == list(orders)


async def test_many_fills_are_all_read(both: Both) -> None:
    for start in range(0, 1020, 20):
        prices = [str(Decimal(1999) - Decimal("0.01") * number) for number in range(start, start + 20)]
        await both.exchange.place([both.order(Side.BUY, price, "0.001") for price in prices])
    both.walk("1900")

    fills = await both.exchange.fills(0)

    assert len(fills) == len({fill.key for fill in fills}) == 1020
    assert [fill.trade_id for fill in fills] == sorted(fill.trade_id or 0 for fill in fills)


async def test_what_the_exchange_does_not_know_is_empty_or_refused(both: Both) -> None:
    order, placed = await both.place(Side.BUY, "1990")
    assert isinstance(placed, Accepted)

    assert await both.exchange.ended_order(ETH, placed.order_id) is None
    assert await both.exchange.ended_order(ETH, "no-number") is None
    assert await both.exchange.ended_order(NOWHERE, placed.order_id) is None
    assert list(await both.exchange.orders_since(NOWHERE, 0)) == []
    assert [resting.client_id for resting in await both.exchange.open_orders()] == [order.client_id]
    with pytest.raises(Refused) as refused:
        await both.exchange.touch(NOWHERE)
    assert refused.value.reason is Refusal.MARKET_STATE
    with pytest.raises(Refused):
        await both.exchange.candles(NOWHERE, "1m", START - MINUTE, START)
    with pytest.raises(Refused):
        await both.exchange.candles(ETH, "7m", START - MINUTE, START)


async def test_system_fills_deposits_and_withdrawals_are_read(both: Both) -> None:
    venue = both.local.venue
    upkeep.transfer(venue, API_KEY, USDC, Decimal("12.345678901"))
    both.now += 1000
    upkeep.transfer(venue, API_KEY, USDC, Decimal("-2.5"))
    word = "CollateralConversion"
    upkeep.system_fill(venue, API_KEY, ETH, Side.SELL, Decimal("1999.99"), Decimal("0.5"), system=word)

    deposit, withdrawal = await both.exchange.movements(0)
    assert (deposit.kind, deposit.amount) == (MovementKind.DEPOSIT, Decimal("12.345678901"))
    assert (withdrawal.kind, withdrawal.amount) == (MovementKind.WITHDRAWAL, Decimal("-2.5"))
    assert list(await both.exchange.movements(both.now)) == [withdrawal]
    (fill,) = await both.exchange.fills(0)
    assert (fill.system, fill.trade_id, fill.client_id) == (word, None, None)
    assert fill.key.startswith(f"{ETH}:x")


async def test_prices_follow_the_market_and_a_closed_one_has_none(both: Both) -> None:
    both.walk("2050.5")
    touch = await both.exchange.touch(ETH)
    assert touch is not None
    assert (touch.bid, touch.ask, touch.at) == (Decimal("2050.49"), Decimal("2050.5"), both.now)
    assert await both.exchange.bids(ETH) == (Offer(price=Decimal("2050.49"), quantity=Decimal(1000)),)
    both.state(BookState.CLOSED)

    assert await both.exchange.touch(ETH) is None
    assert await both.exchange.bids(ETH) == ()


async def test_candles_hold_what_the_market_did(both: Both) -> None:
    opened = both.now // MINUTE * MINUTE
    for price in ("2010", "1990", "2005"):
        both.walk(price)

    (candle,) = await both.exchange.candles(ETH, "1m", opened, opened + MINUTE)

    assert candle.at == opened
    assert (candle.open, candle.high, candle.low, candle.close) == ("2000", "2010", "1990", "2005")
    assert list(await both.exchange.candles(ETH, "1m", opened + MINUTE, opened + 2 * MINUTE)) == []


async def test_the_clock_is_the_exchanges(both: Both) -> None:
    both.now += 12_345

    assert await both.exchange.server_time() == both.now


@pytest.mark.parametrize(
    ("mode", "status", "processed", "rests"),
    [
        (FaultMode.LOSE_REQUEST, 0, False, 0),
        (FaultMode.LOSE_ANSWER, 0, False, 1),
        (FaultMode.STATUS, 500, False, 0),
        (FaultMode.STATUS, 503, True, 1),
        (FaultMode.STATUS, 504, True, 1),
        (FaultMode.STATUS, 202, False, 1),
    ],
)
async def test_a_fate_that_nobody_told_is_unknown(
    both: Both, mode: FaultMode, status: int, processed: bool, rests: int
) -> None:
    both.fault("POST /api/v1/order", mode, status=status, processed=processed)
    orders = [both.order(Side.BUY, "1990")]

    placed = await both.exchange.place(orders)

    assert all(isinstance(one, OutcomeUnknown) for one in placed)
    assert len(await both.exchange.open_orders()) == rests


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_status_below_500_is_a_refusal(both: Both, status: int) -> None:
    both.fault("POST /api/v1/order", FaultMode.STATUS, status=status)

    _, placed = await both.place(Side.BUY, "1990")

    assert isinstance(placed, Refused)
    assert placed.reason is (Refusal.OTHER if status == 400 else Refusal.KEY)


async def test_a_cancel_may_be_taken_and_carried_out_later(both: Both) -> None:
    order, _ = await both.place(Side.BUY, "1990")
    both.fault("DELETE /api/v1/order", FaultMode.STATUS, status=202)

    assert await both.exchange.cancel(ETH, order_id=None, client_id=order.client_id) is None
    assert await both.exchange.open_orders() == []


async def test_a_cancel_without_an_answer_is_unknown(both: Both) -> None:
    order, _ = await both.place(Side.BUY, "1990")
    both.fault("DELETE /api/v1/order", FaultMode.LOSE_ANSWER)

    with pytest.raises(OutcomeUnknown):
        await both.exchange.cancel(ETH, order_id=None, client_id=order.client_id)
    assert await both.exchange.open_orders() == []


@pytest.mark.parametrize(
    ("mode", "status", "cause"),
    [
        (FaultMode.LOSE_REQUEST, 0, "unreachable"),
        (FaultMode.LOSE_ANSWER, 0, "unreachable"),
        (FaultMode.STATUS, 503, "unreachable"),
        (FaultMode.STATUS, 429, "rate_limit"),
    ],
)
async def test_a_read_that_fails_is_no_answer(both: Both, mode: FaultMode, status: int, cause: str) -> None:
    await both.exchange.server_time()
    # Twice: the client repeats a read once where the connection was dropped.
    both.fault("GET /api/v1/capital", mode, status=status, times=2)

    with pytest.raises(Unavailable) as failed:
        await both.exchange.balances()
    assert failed.value.cause == cause
