"""What becomes of orders, the same in memory and over the wire: placed, refused, filled, ended, cancelled."""

from decimal import Decimal

import pytest

from exchange.backpack.errors import NotFound
from exchange.paper.rules import Choices
from exchange.port import Accepted, BatchRefused, Ended, Placement, Refused
from strategy.model.market import BookState, Fees, Side
from strategy.model.orders import ClientId, EndedOrder, Execution, OpenOrder, OrderStatus, Refusal
from tests.contract.both import COIN, ETH, NOWHERE, SOL, USDC, Both

IOC = Execution.IMMEDIATE


def reason_of(placed: Placement) -> Refusal | None:
    return placed.reason if isinstance(placed, Refused) else None


async def test_an_accepted_order_rests_as_it_was_sent(both: Both) -> None:
    order, placed = await both.place(Side.BUY, "1990.01", "0.1234")

    (resting,) = await both.exchange.open_orders()
    assert isinstance(placed, Accepted)
    assert resting == OpenOrder(
        order_id=placed.order_id,
        client_id=order.client_id,
        symbol=ETH,
        side=Side.BUY,
        price=Decimal("1990.01"),
        quantity=Decimal("0.1234"),
        executed=Decimal(0),
        created_at=both.now,
    )
    usdc = (await both.exchange.balances())[USDC]
    assert usdc.locked == Decimal("1990.01") * Decimal("0.1234")
    assert usdc.total == 10_000


@pytest.mark.parametrize(
    ("side", "price", "quantity", "reason"),
    [
        (Side.BUY, "2000.00", "0.1", Refusal.POST_ONLY),
        (Side.SELL, "1999.99", "0.1", Refusal.POST_ONLY),
        (Side.BUY, "1990.001", "0.1", Refusal.PRICE),
        (Side.BUY, "1990", "0.00015", Refusal.QUANTITY),
        (Side.BUY, "1990", "0.00001", Refusal.QUANTITY),
        (Side.BUY, "1499.99", "0.1", Refusal.PRICE_BAND),
        (Side.SELL, "2500.01", "0.1", Refusal.PRICE_BAND),
        (Side.BUY, "1990", "5.1", Refusal.FUNDS),
        (Side.SELL, "2010", "1.0001", Refusal.FUNDS),
    ],
)
async def test_a_refusal_names_its_reason_and_leaves_nothing(
    both: Both, side: Side, price: str, quantity: str, reason: Refusal
) -> None:
    before = await both.exchange.balances()

    _, placed = await both.place(side, price, quantity)

    assert reason_of(placed) is reason
    assert await both.exchange.open_orders() == []
    assert await both.exchange.balances() == before


async def test_an_order_for_an_unknown_market_is_refused(both: Both) -> None:
    _, placed = await both.place(Side.BUY, "10", symbol=NOWHERE)

    assert reason_of(placed) is Refusal.MARKET_STATE


async def test_a_batch_is_answered_item_by_item(both: Both) -> None:
    orders = [both.order(Side.BUY, price) for price in ("1990", "2100", "1980", "2200", "1970")]

    placed = await both.exchange.place(orders)

    accepted = [isinstance(one, Accepted) for one in placed]
    assert accepted == [True, False, True, False, True]
    assert [reason_of(one) for one in placed] == [None, Refusal.POST_ONLY, None, Refusal.POST_ONLY, None]
    resting = {order.client_id for order in await both.exchange.open_orders()}
    assert resting == {orders[0].client_id, orders[2].client_id, orders[4].client_id}


async def test_an_order_that_breaks_a_rule_of_its_market_spoils_its_whole_batch(both: Both) -> None:
    orders = [both.order(Side.BUY, price) for price in ("1990", "100", "1970")]

    placed = await both.exchange.place(orders)

    assert [type(one) for one in placed] == [BatchRefused] * 3
    assert [reason_of(one) for one in placed] == [Refusal.PRICE_BAND] * 3
    assert await both.exchange.open_orders() == []
    (alone,) = await both.exchange.place(orders[1:2])
    assert type(alone) is Refused


async def test_an_unknown_market_spoils_its_whole_batch(both: Both) -> None:
    orders = [both.order(Side.BUY, "1990"), both.order(Side.BUY, "10", symbol=NOWHERE)]

    placed = await both.exchange.place(orders)

    assert [reason_of(one) for one in placed] == [Refusal.MARKET_STATE] * 2
    assert await both.exchange.open_orders() == []


async def test_no_orders_need_no_call(both: Both) -> None:
    assert list(await both.exchange.place([])) == []


async def test_the_market_trading_through_an_order_fills_it_at_its_price(both: Both) -> None:
    order, _ = await both.place(Side.BUY, "1990")
    both.walk("1990")
    assert await both.exchange.fills(0) == []

    both.walk("1989.99")

    (fill,) = await both.exchange.fills(0)
    assert (fill.client_id, fill.price, fill.quantity, fill.at) == (
        order.client_id,
        Decimal(1990),
        Decimal("0.1"),
        both.now,
    )
    assert (fill.fee, fill.fee_asset, fill.is_maker, fill.system) == (Decimal("0.00008"), COIN, True, None)
    assert fill.key == f"{ETH}:{fill.trade_id}"
    balances = await both.exchange.balances()
    assert (balances[USDC].total, balances[COIN].total) == (Decimal(9801), Decimal("1.09992"))
    ended = await both.exchange.ended_order(ETH, fill.order_id)
    assert isinstance(ended, EndedOrder)
    assert (ended.status, ended.executed) == (OrderStatus.FILLED, Decimal("0.1"))


async def test_a_partial_fill_leaves_the_rest_and_a_cancel_tells_what_was_executed(both: Both) -> None:
    order, placed = await both.place(Side.SELL, "2010")

    both.walk("2010", spare="0.04")

    (resting,) = await both.exchange.open_orders()
    (fill,) = await both.exchange.fills(0)
    assert (resting.executed, fill.quantity, fill.fee_asset) == (Decimal("0.04"), Decimal("0.04"), USDC)
    assert (await both.exchange.balances())[COIN].locked == Decimal("0.06")
    assert isinstance(placed, Accepted)
    ended = await both.exchange.cancel(ETH, order_id=placed.order_id, client_id=None)
    assert ended is not None
    assert (ended.client_id, ended.status, ended.executed) == (
        order.client_id,
        OrderStatus.CANCELLED,
        Decimal("0.04"),
    )


async def test_an_immediate_order_has_ended_when_it_is_answered(both: Both) -> None:
    _, sold = await both.place(Side.SELL, "1990", execution=IOC)
    order, expired = await both.place(Side.BUY, "1990", execution=IOC)

    assert isinstance(sold, Ended)
    assert (sold.ended.status, sold.ended.executed) == (OrderStatus.FILLED, Decimal("0.1"))
    assert isinstance(expired, Ended)
    assert (expired.ended.client_id, expired.ended.status) == (order.client_id, OrderStatus.EXPIRED)
    assert (expired.ended.executed, expired.ended.reason) == (Decimal(0), "ImmediateOrCancel")
    assert expired.ended.refused is Refusal.POST_ONLY  # asked again with the next price, and no news
    (fill,) = await both.exchange.fills(0)
    assert (fill.price, fill.is_maker, fill.fee) == (Decimal("1999.99"), False, Decimal("0.199999"))


async def test_an_order_never_trades_with_our_own(both: Both) -> None:
    await both.place(Side.SELL, "2000.00")

    _, taken = await both.place(Side.BUY, "2000.00", execution=IOC)

    assert all(fill.is_maker is False for fill in await both.exchange.fills(0))
    assert len(await both.exchange.open_orders()) == 1
    assert isinstance(taken, Ended)


@pytest.mark.parametrize("choices", [Choices(post_only_expires=True)])
async def test_a_post_only_order_that_would_cross_may_end_as_expired(both: Both, choices: Choices) -> None:
    order, placed = await both.place(Side.BUY, "2000.00")

    assert choices.post_only_expires
    assert isinstance(placed, Ended)
    assert (placed.ended.client_id, placed.ended.status) == (order.client_id, OrderStatus.EXPIRED)
    assert (placed.ended.executed, placed.ended.reason) == (Decimal(0), "PostOnlyTaker")
    assert placed.ended.refused is Refusal.POST_ONLY


@pytest.mark.parametrize("choices", [Choices(max_orders=2, unique_client_ids=True)])
async def test_the_venue_may_limit_orders_and_client_ids(both: Both, choices: Choices) -> None:
    await both.place(Side.BUY, "1990")
    _, twice = await both.place(Side.BUY, "1980", client_id=ClientId(1))
    await both.place(Side.BUY, "1970")
    _, one_too_many = await both.place(Side.BUY, "1960")

    assert choices.unique_client_ids
    assert (reason_of(twice), reason_of(one_too_many)) == (Refusal.OTHER, Refusal.ORDER_LIMIT)


async def test_an_order_is_cancelled_by_either_id_and_only_once(both: Both) -> None:
    _, first = await both.place(Side.BUY, "1990")
    second, _ = await both.place(Side.BUY, "1980")
    assert isinstance(first, Accepted)

    by_id = await both.exchange.cancel(ETH, order_id=first.order_id, client_id=None)
    by_ours = await both.exchange.cancel(ETH, order_id=None, client_id=second.client_id)

    assert by_id is not None
    assert by_ours is not None
    assert (by_id.status, by_ours.client_id) == (OrderStatus.CANCELLED, second.client_id)
    assert await both.exchange.open_orders() == []
    with pytest.raises(NotFound):
        await both.exchange.cancel(ETH, order_id=first.order_id, client_id=None)


@pytest.mark.parametrize("choices", [Choices(), Choices(cancel_missing_is_404=True)])
@pytest.mark.parametrize("order_id", ["1", "8284661001", "no-number", "٣", "9" * 30])
async def test_what_is_not_there_can_not_be_cancelled(both: Both, choices: Choices, order_id: str) -> None:
    assert choices.max_orders is None
    with pytest.raises(NotFound):
        await both.exchange.cancel(ETH, order_id=order_id, client_id=None)
    with pytest.raises(NotFound):
        await both.exchange.cancel(ETH, order_id=None, client_id=77)


async def test_an_order_is_not_found_under_another_market(both: Both) -> None:
    _, placed = await both.place(Side.BUY, "1990")
    assert isinstance(placed, Accepted)

    with pytest.raises(NotFound):
        await both.exchange.cancel(SOL, order_id=placed.order_id, client_id=None)
    with pytest.raises(Refused):
        await both.exchange.cancel(NOWHERE, order_id=placed.order_id, client_id=None)


@pytest.mark.parametrize(
    ("state", "post_only", "immediate"),
    [
        (BookState.OPEN, None, None),
        (BookState.CLOSED, Refusal.MARKET_STATE, Refusal.MARKET_STATE),
        (BookState.CANCEL_ONLY, Refusal.MARKET_STATE, Refusal.MARKET_STATE),
        (BookState.LIMIT_ONLY, None, None),
        (BookState.POST_ONLY, None, Refusal.OTHER),
    ],
)
async def test_a_market_takes_what_its_state_allows(
    both: Both, state: BookState, post_only: Refusal | None, immediate: Refusal | None
) -> None:
    resting, _ = await both.place(Side.BUY, "1980")
    both.state(state)

    _, posted = await both.place(Side.BUY, "1990")
    _, taken = await both.place(Side.SELL, "1990", execution=IOC)

    assert (reason_of(posted), reason_of(taken)) == (post_only, immediate)
    assert (await both.exchange.markets())[ETH].state is state
    if state is BookState.CLOSED:
        with pytest.raises(Refused) as refused:
            await both.exchange.cancel(ETH, order_id=None, client_id=resting.client_id)
        assert refused.value.reason is Refusal.MARKET_STATE
    else:
        assert await both.exchange.cancel(ETH, order_id=None, client_id=resting.client_id) is not None


async def test_fees_change_for_fills_that_come_later(both: Both) -> None:
    account = both.local.venue.accounts["A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="]
    account.maker_bps, account.taker_bps = Decimal("-0.5"), Decimal("2.5")
    await both.place(Side.BUY, "1990")

    both.walk("1980")

    info = await both.exchange.account()
    assert info.fees == Fees(maker=Decimal("-0.00005"), taker=Decimal("0.00025"))
    assert (info.auto_lend, info.auto_borrow) == (False, False)
    (fill,) = await both.exchange.fills(0)
    assert fill.fee == Decimal("-0.000005")


async def test_what_is_lent_counts_and_can_not_be_spent(both: Both) -> None:
    await both.exchange.set_auto_lend(on=True)
    assert (await both.exchange.account()).auto_lend
    lent = (await both.exchange.balances())[USDC]
    _, placed = await both.place(Side.BUY, "1990")

    await both.exchange.set_auto_lend(on=False)

    assert (lent.available, lent.lent, lent.total) == (Decimal(0), Decimal(10_000), Decimal(10_000))
    assert reason_of(placed) is Refusal.FUNDS
    assert (await both.exchange.balances())[USDC].available == 10_000
