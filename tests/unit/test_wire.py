"""What Backpack's JSON means, on the reference's captures; and that a field that is missing or null is named."""

from decimal import Decimal
from typing import Any

import pytest

from exchange.backpack import facts, klines, wire
from exchange.backpack.fields import parsed
from exchange.port import Accepted, BadAnswer, Ended, OutcomeUnknown, Refused
from strategy.model.ledger import MovementKind
from strategy.model.market import Asset, Balance, BookState, Side, Symbol, Touch
from strategy.model.orders import ClientId, EndedOrder, Execution, OpenOrder, Order, OrderStatus, Refusal
from tests.captures import (
    ACCOUNT,
    CANCELLED,
    CAPITAL,
    DEPOSIT,
    DEPTH,
    ETH,
    FILL,
    KLINE,
    MARKET,
    RESTING,
    an_order,
    read,
)


def test_a_market_has_its_rules_and_its_band() -> None:
    market = facts.market_of(read(MARKET))

    assert (market.symbol, market.base, market.quote) == ("SOL_USDC", "SOL", "USDC")
    assert (market.tick_size, market.step_size, market.min_quantity) == (Decimal("0.01"),) * 3
    assert (market.band_low, market.band_high) == (Decimal("0.75"), Decimal("1.25"))
    assert (market.max_price, market.max_quantity) == (None, None)
    assert market.state is BookState.OPEN


def test_the_best_bid_is_the_last_of_the_list() -> None:
    touch = facts.touch_of(read(DEPTH), Symbol("BTC_USDC"))

    assert touch == Touch(symbol=Symbol("BTC_USDC"), bid=Decimal("86781.4"), ask=Decimal("86781.5"), at=1790915412979)


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_a_book_with_an_empty_side_has_no_touch(side: str) -> None:
    assert facts.touch_of(read(DEPTH, **{side: []}), ETH) is None


def test_a_candle_opens_at_its_start_in_utc() -> None:
    at, candle = klines.candle_of(read(KLINE))

    assert at == 1757604780000
    assert candle is not None
    assert (candle.at, candle.open, candle.high, candle.volume) == (at, "4422.62", "4422.75", "0.0176")


def test_a_candle_without_trades_is_none_and_keeps_its_time() -> None:
    assert klines.candle_of(read(KLINE, open=None, high=None, low=None, close=None)) == (1757604780000, None)


def test_fees_come_in_basis_points() -> None:
    account = facts.account_of(read(ACCOUNT, spotMakerFee="-0.5"))

    assert (account.fees.maker, account.fees.taker) == (Decimal("-0.00005"), Decimal("0.001"))
    assert (account.auto_lend, account.auto_borrow) == (False, True)
    assert not facts.account_of(read(ACCOUNT, autoBorrowSettlements=None)).auto_borrow


def test_what_is_lent_is_added_to_the_balances() -> None:
    positions = [{"symbol": "USDC", "netQuantity": "5"}, {"symbol": "SOL", "netQuantity": "2.5"}]
    positions += [{"symbol": "BTC", "netQuantity": "-1"}]

    balances = facts.with_lent(facts.capital_of(read(CAPITAL)), *facts.lent_of(positions))

    assert balances[Asset("USDC")] == Balance(available=Decimal("112.847976936"), locked=Decimal(10), lent=Decimal(5))
    assert balances[Asset("SOL")] == Balance(lent=Decimal("2.5"))
    assert balances[Asset("ETH")].total == Decimal("0.0019918")
    assert Asset("BTC") not in balances


def test_an_order_goes_out_in_plain_text_and_never_borrows() -> None:
    assert wire.order_body(an_order()) == {
        "symbol": "ETH_USDC",
        "side": "Bid",
        "orderType": "Limit",
        "price": "2000.1",
        "quantity": "0.001",
        "timeInForce": "GTC",
        "postOnly": True,
        "clientId": 4294967295,
        "selfTradePrevention": "RejectTaker",
        "autoBorrow": False,
        "autoBorrowRepay": False,
        "autoLend": False,
        "autoLendRedeem": False,
    }


def test_an_immediate_order_is_not_post_only() -> None:
    body = wire.order_body(an_order(side=Side.SELL, execution=Execution.IMMEDIATE))

    assert (body["side"], body["timeInForce"], body["postOnly"]) == ("Ask", "IOC", False)


def test_a_resting_order_is_open() -> None:
    assert wire.order_of(read(RESTING)) == OpenOrder(
        order_id="8284661092",
        client_id=ClientId(868620826),
        symbol=ETH,
        side=Side.BUY,
        price=Decimal(4000),
        quantity=Decimal("0.001"),
        executed=Decimal(0),
        created_at=1757621440699,
    )


def test_a_cancelled_order_keeps_what_it_executed() -> None:
    assert wire.order_of(read(CANCELLED)) == EndedOrder(
        order_id="8284661092",
        client_id=None,
        symbol=ETH,
        side=Side.BUY,
        status=OrderStatus.CANCELLED,
        executed=Decimal("0.0004"),
        price=Decimal(4000),
    )


def test_the_history_and_the_open_orders_agree_on_the_time() -> None:
    assert wire.created_at(read(CANCELLED)) == wire.created_at(read(RESTING))


def test_a_post_only_order_answered_as_expired_has_ended() -> None:
    answer = read(RESTING, status="Expired", expiryReason="PostOnlyTaker")

    placed = wire.placement(answer, an_order(client_id=ClientId(868620826)))

    assert isinstance(placed, Ended)
    assert (placed.ended.status, placed.ended.reason) == (OrderStatus.EXPIRED, "PostOnlyTaker")


@pytest.mark.parametrize(
    ("execution", "reason"), [(Execution.IMMEDIATE, "ImmediateOrCancel"), (Execution.POST_ONLY, "PostOnlyTaker")]
)
def test_an_order_that_missed_the_market_is_no_refusal_where_its_answer_names_no_reason(
    execution: Execution, reason: str
) -> None:
    """A sale of a stop that the price has run away from is sent again with the next one, and is no news."""
    answer = read(RESTING, status="Expired")

    placed = wire.placement(answer, an_order(client_id=ClientId(868620826), execution=execution))

    assert isinstance(placed, Ended)
    assert (placed.ended.reason, placed.ended.refused) == (reason, Refusal.POST_ONLY)


def test_an_answer_about_another_order_is_no_answer() -> None:
    with pytest.raises(BadAnswer, match=r"order\.clientId"):
        wire.placement(read(RESTING), an_order())


def test_a_fill_is_known_by_its_trade() -> None:
    fill = wire.fill_of(read(FILL))

    assert fill.key == "ETH_USDC:2959284"
    assert (fill.client_id, fill.trade_id, fill.order_id) == (868620826, 2959284, "5578417289")
    assert (fill.fee, fill.fee_asset, fill.is_maker, fill.system) == (Decimal("0.000001"), "ETH", False, None)
    assert fill.at == 1755105961197


@pytest.mark.parametrize("nothing", [{"feeSymbol": None}, {"feeSymbol": ""}, {}])
@pytest.mark.parametrize(("side", "asset"), [("Bid", "ETH"), ("Ask", "USDC")])
def test_a_fill_for_which_nothing_was_charged_need_not_say_in_what(
    nothing: dict[str, str | None], side: str, asset: str
) -> None:
    """On a market without fees none of its fills was read, and none was ever booked."""
    row = {**read(FILL, side=side, fee="0.000"), "feeSymbol": None}
    row = {**row, **nothing} if nothing else {name: value for name, value in row.items() if name != "feeSymbol"}

    fill = wire.fill_of(row)

    assert (fill.fee, fill.fee_asset) == (Decimal(0), asset)
    with pytest.raises(BadAnswer, match="feeSymbol"):
        wire.fill_of({**row, "fee": "0.1"})
    with pytest.raises(BadAnswer, match="feeSymbol"):  # it is known by what it says alone, its asset too
        wire.fill_of({**row, "tradeId": None})
    with pytest.raises(BadAnswer, match=r"fill\.fee"):
        wire.fill_of({**row, "fee": None})


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2025-08-13T17:26:01", 1755105961000),
        ("2025-08-13 17:26:01", 1755105961000),
        ("2025-08-13T17:26:01.197", 1755105961197),
        ("2025-08-13T17:26:01.197999", 1755105961197),
        ("2025-08-13T17:26:01.2", 1755105961200),
    ],
)
def test_a_time_without_a_zone_is_utc(text: str, milliseconds: int) -> None:
    assert wire.fill_of(read(FILL, timestamp=text)).at == milliseconds


def test_a_fill_without_a_trade_id_is_known_by_its_content_and_not_by_its_time() -> None:
    conversion = {"tradeId": None, "clientId": None, "systemOrderType": "CollateralConversion"}
    fill = wire.fill_of(read(FILL, **conversion))

    assert fill.key.startswith("ETH_USDC:x")
    assert fill.system == "CollateralConversion"
    assert wire.fill_of(read(FILL, **conversion, timestamp="2025-08-13T17:26:02")).key == fill.key
    assert wire.fill_of(read(FILL, **conversion, price="4732.900")).key == fill.key
    assert wire.fill_of(read(FILL, **conversion, quantity="0.002")).key != fill.key


def test_an_arrived_deposit_and_a_withdrawal_are_movements() -> None:
    (deposit,) = facts.deposit_of(read(DEPOSIT))
    (withdrawal,) = facts.withdrawal_of(read(DEPOSIT, status="pending"))

    assert (deposit.kind, deposit.asset, deposit.amount) == (MovementKind.DEPOSIT, "USDC", Decimal("250.5"))
    assert (deposit.key, deposit.at) == ("deposit:7", 1767323045678)
    assert (withdrawal.key, withdrawal.amount) == ("withdrawal:7", Decimal("-250.5"))
    assert facts.deposit_of(read(DEPOSIT, status="pending")) == []


NEEDED = [
    (facts.market_of, MARKET, "symbol baseSymbol quoteSymbol orderBookState filters", ""),
    (lambda value: facts.touch_of(value, ETH), DEPTH, "bids asks", "timestamp"),
    (klines.candle_of, KLINE, "start", "volume"),
    (facts.account_of, ACCOUNT, "autoLend", "spotMakerFee spotTakerFee"),
    (wire.order_of, RESTING, "id symbol side status createdAt", "quantity executedQuantity"),
    (wire.order_of, CANCELLED, "id symbol side status", "executedQuantity"),
    (wire.fill_of, FILL, "symbol orderId side feeSymbol isMaker timestamp", "price quantity fee"),
    (facts.deposit_of, DEPOSIT, "status symbol createdAt", "id quantity"),
]
NO_TEXTS: list[Any] = [None, {}, ""]
NO_NUMBERS: list[Any] = ["", " 1", "1_0", "0x10", "NaN", "Infinity", "１", "1e999", True, [], 4732.9]


@pytest.mark.parametrize(("reader", "text", "others", "numbers"), NEEDED)
def test_a_needed_field_that_is_missing_null_or_malformed_is_named(
    reader: Any, text: str, others: str, numbers: str
) -> None:
    broken: list[tuple[str, Any]] = [(name, bad) for name in f"{others} {numbers}".split() for bad in NO_TEXTS]
    broken += [(name, bad) for name in numbers.split() for bad in NO_NUMBERS]

    for name, bad in broken:
        with pytest.raises(BadAnswer, match=name):
            reader(read(text, **{name: bad}))
        with pytest.raises(BadAnswer, match=f"{name}: missing"):
            reader({member: value for member, value in read(text).items() if member != name})


@pytest.mark.parametrize("bad", ["NaN", "null", "None", "undefined", "two words", "tab\there", "x" * 33])
def test_what_names_nothing_is_no_asset(bad: str) -> None:
    for reader, text, name in (
        (wire.fill_of, FILL, "feeSymbol"),
        (facts.market_of, MARKET, "baseSymbol"),
        (facts.deposit_of, DEPOSIT, "symbol"),
    ):
        with pytest.raises(BadAnswer, match=f"{name}: not a name"):
            reader(read(text, **{name: bad}))


@pytest.mark.parametrize(("reader", "text"), [(reader, text) for reader, text, _, _ in NEEDED])
def test_fields_that_nobody_knows_change_nothing(reader: Any, text: str) -> None:
    assert reader(read(text, somethingNew={"a": [1]}, e=None)) == reader(read(text))


def test_a_fraction_that_comes_as_a_json_number_is_exact() -> None:
    value = parsed(FILL.replace('"4732.9"', "4732.90000000000000000000000001"), "fill")

    assert wire.fill_of(value).price == Decimal("4732.90000000000000000000000001")


def _item(order: Order, **changes: object) -> Any:
    placed = {"clientId": int(order.client_id), "id": str(order.client_id), "operation": "Ok"}
    return read(RESTING, **{**placed, **changes})


NO_FUNDS = {"operation": "Err", "code": "INSUFFICIENT_FUNDS", "message": "Insufficient funds"}
CROSSED = {"operation": "Err", "code": "INVALID_ORDER", "message": "Order would immediately match and take"}
BROKEN = {"operation": "Err", "code": "SERVER_ERROR", "message": "Oops"}

ONE, TWO, THREE = (an_order(client_id=ClientId(number)) for number in (1, 2, 3))


def test_a_batch_is_answered_item_by_item() -> None:
    answer = [_item(ONE), NO_FUNDS, _item(THREE, status="Expired", expiryReason="PostOnlyTaker")]

    one, two, three = wire.placements(answer, [ONE, TWO, THREE])

    assert one == Accepted(order_id="1")
    assert isinstance(two, Refused)
    assert two.reason is Refusal.FUNDS
    assert isinstance(three, Ended)


def test_the_items_of_a_batch_are_found_by_client_id() -> None:
    assert wire.placements([_item(TWO), _item(ONE)], [ONE, TWO]) == [
        Accepted(order_id="1"),
        Accepted(order_id="2"),
    ]


def test_the_refusals_of_a_batch_keep_their_order() -> None:
    one, two, three = wire.placements([CROSSED, BROKEN, _item(TWO)], [ONE, TWO, THREE])

    assert isinstance(one, Refused)
    assert one.reason is Refusal.POST_ONLY
    assert two == Accepted(order_id="2")
    assert isinstance(three, OutcomeUnknown)


@pytest.mark.parametrize(
    "answer",
    [
        [_item(ONE)],
        [_item(ONE), NO_FUNDS, NO_FUNDS],
        [_item(ONE), _item(TWO, clientId=None)],
        [_item(ONE), _item(TWO, status="Lost")],
        [_item(ONE), _item(TWO, id=None)],
        [_item(ONE), _item(THREE)],
    ],
)
def test_an_order_that_a_batch_does_not_answer_is_unknown_and_never_refused(answer: object) -> None:
    one, two = wire.placements(answer, [ONE, TWO])

    assert one == Accepted(order_id="1")
    assert isinstance(two, OutcomeUnknown)


@pytest.mark.parametrize("at", [1_790_915_531, 1_790_915_531_025_000, "0026-10-02T10:00:00"])
def test_a_fill_whose_time_is_in_another_unit_is_no_fill(at: object) -> None:
    """What is read after it would be read from the year 58,000 on: nothing, for ever."""
    with pytest.raises(BadAnswer, match="timestamp"):
        wire.fill_of(read(FILL, timestamp=at))
