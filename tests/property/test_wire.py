"""Whatever JSON arrives, the readers give values or `BadAnswer`; whatever order goes out, it can be checked."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.backpack import facts, frames, klines, wire
from exchange.backpack.errors import failure
from exchange.backpack.fields import decimal_of, parsed
from exchange.backpack.signing import signing_string
from exchange.port import BadAnswer, OutcomeUnknown, Refused, Unavailable
from strategy.model.market import Side, Symbol
from strategy.model.money import plain
from strategy.model.orders import MAX_CLIENT_ID, ClientId, Execution
from tests.captures import (
    ACCEPTED_FRAME,
    ACCOUNT,
    BALANCE_FRAME,
    CANCELLED,
    CAPITAL,
    DEPOSIT,
    DEPTH,
    FILL,
    KLINE,
    MARKET,
    RESTING,
    SOL_FRAME,
    TOUCH_FRAME,
    an_order,
)

ORDERS = [an_order(client_id=ClientId(number)) for number in (1, 2)]
BATCH = json.dumps([{**json.loads(RESTING), "operation": "Ok"}, {"operation": "Err", "code": "A", "message": "b"}])

READERS: list[tuple[Callable[[Any], object], str]] = [
    (facts.market_of, MARKET),
    (lambda value: facts.touch_of(value, Symbol("ETH_USDC")), DEPTH),
    (klines.candle_of, KLINE),
    (facts.account_of, ACCOUNT),
    (facts.capital_of, CAPITAL),
    (facts.lent_of, '[{"symbol":"USDC","netQuantity":"5"}]'),
    (facts.deposit_of, DEPOSIT),
    (wire.order_of, RESTING),
    (wire.order_of, CANCELLED),
    (wire.fill_of, FILL),
    (lambda value: wire.placements(value, ORDERS), BATCH),
    (lambda value: frames.events_of(json.dumps(value)), SOL_FRAME),
    (lambda value: frames.events_of(json.dumps(value)), ACCEPTED_FRAME),
    (lambda value: frames.events_of(json.dumps(value)), TOUCH_FRAME),
    (lambda value: frames.events_of(json.dumps(value)), BALANCE_FRAME),
]

words = st.sampled_from(
    ["", "Bid", "New", "Filled", "Open", "SPOT", "1", "-1", "0", "0.1", "1e5", "2025-01-01", "2025-02-30T25:00:00", "é"]
)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), words, st.text(max_size=8))
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
)
amounts = st.decimals(min_value="1e-18", max_value="1e18", places=18)


@pytest.mark.parametrize(("reader", "capture"), READERS)
@given(data=st.data())
def test_whatever_arrives_is_read_or_refused(
    reader: Callable[[Any], object], capture: str, data: st.DataObject
) -> None:
    value = data.draw(st.one_of(values, damaged(json.loads(capture))))

    try:
        reader(value)
    except BadAnswer as refused:
        assert str(refused)  # noqa: PT017


@given(st.text())
def test_whatever_text_arrives_is_json_or_refused(text: str) -> None:
    try:
        parsed(text, "text")
    except BadAnswer as refused:
        assert str(refused).startswith("text: not JSON")  # noqa: PT017


@given(st.integers(300, 599) | st.sampled_from([400, 403, 404, 429, 503]), st.text(), st.booleans())
def test_whatever_error_arrives_is_sorted(status: int, body: str, changes: bool) -> None:
    error = failure(status, body, changes=changes)

    assert isinstance(error, Refused | OutcomeUnknown | Unavailable)
    assert changes or not isinstance(error, OutcomeUnknown)
    assert not (changes and status >= 500 and not isinstance(error, OutcomeUnknown))


@given(amounts, amounts, st.integers(1, MAX_CLIENT_ID), st.sampled_from(Side), st.sampled_from(Execution))
def test_what_is_signed_is_what_a_server_rebuilds_from_the_body(
    price: Decimal, quantity: Decimal, client_id: int, side: Side, execution: Execution
) -> None:
    order = an_order(price=price, quantity=quantity, client_id=ClientId(client_id), side=side, execution=execution)
    body = wire.order_body(order)
    received = json.loads(json.dumps(body, separators=(",", ":")))

    signed = signing_string([("orderExecute", body)], 1, 5000)

    assert signed == signing_string([("orderExecute", dict(reversed(received.items())))], 1, 5000)
    assert (Decimal(received["price"]), Decimal(received["quantity"])) == (price, quantity)
    assert "E" not in received["price"] + received["quantity"]


@given(amounts)
def test_a_number_comes_back_as_it_went(number: Decimal) -> None:
    assert decimal_of(plain(number), "number") == number
    assert decimal_of(format(number, "f"), "number") == number


@given(amounts, amounts, amounts, st.integers(0, 2**53), st.integers(2**41, 2**41 + 2**40))
def test_the_time_of_a_fill_is_no_part_of_its_key(
    price: Decimal, quantity: Decimal, fee: Decimal, trade: int, at: int
) -> None:
    fill = {**json.loads(FILL), "price": plain(price), "quantity": plain(quantity), "fee": plain(fee)}

    for trade_id in (trade, None):
        early = wire.fill_of({**fill, "tradeId": trade_id, "timestamp": at})
        late = wire.fill_of({**fill, "tradeId": trade_id, "timestamp": at + 1})
        assert early.key == late.key


def damaged(whole: Any) -> st.SearchStrategy[Any]:
    """The capture with one of its members, at any depth, taken away or replaced."""
    paths = list(paths_of(whole))
    return st.builds(lambda path, value: replaced(whole, path, value), st.sampled_from(paths), values)


def paths_of(value: Any) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [()] + [(name, *path) for name, member in members for path in paths_of(member)]


def replaced(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(whole) if isinstance(whole, dict) else list(whole)
    copy[path[0]] = replaced(whole[path[0]], path[1:], value)
    return copy
