"""What the stream's frames mean, on the reference's captures, and that they agree with the history."""

from decimal import Decimal

import pytest

from exchange.backpack import frames, wire
from exchange.news import BalanceSeen, FillSeen, OrderSeen, TouchSeen
from exchange.port import BadAnswer
from strategy.model.market import Asset, Balance, Symbol, Touch
from strategy.model.orders import ClientId, OrderStatus
from tests.captures import ACCEPTED_FRAME, BALANCE_FRAME, SOL_FILL, SOL_FRAME, TAKER_FRAME, TOUCH_FRAME, frame, read


def test_the_stream_and_the_history_tell_the_same_fill() -> None:
    (seen,) = frames.events_of(SOL_FRAME)

    assert seen == FillSeen(fill=wire.fill_of(read(SOL_FILL)))


def test_the_stream_and_the_history_tell_the_same_system_fill() -> None:
    told = frame(SOL_FRAME, t=None, c=None, O="COLLATERAL_CONVERSION")
    booked = read(SOL_FILL, tradeId=None, clientId=None, systemOrderType="CollateralConversion")

    assert frames.events_of(told) == (FillSeen(fill=wire.fill_of(booked)),)


def test_the_last_fill_of_an_order_also_ends_it() -> None:
    fill, order = frames.events_of(TAKER_FRAME)

    assert isinstance(fill, FillSeen)
    assert fill.fill.key == "ETH_USDC:2888471"
    assert isinstance(order, OrderSeen)
    assert order.ended is not None
    assert (order.ended.status, order.ended.executed) == (OrderStatus.FILLED, Decimal("0.001"))


def test_an_accepted_order_is_seen() -> None:
    assert frames.events_of(ACCEPTED_FRAME) == (
        OrderSeen(symbol=Symbol("SOL_USDC"), order_id="114575842681290753", client_id=ClientId(77)),
    )


def test_an_expired_order_tells_why() -> None:
    (seen,) = frames.events_of(frame(ACCEPTED_FRAME, e="orderExpired", X="Expired", R="PostOnlyTaker"))

    assert isinstance(seen, OrderSeen)
    assert seen.ended is not None
    assert (seen.client_id, seen.ended.status, seen.ended.reason) == (77, OrderStatus.EXPIRED, "PostOnlyTaker")


def test_the_touch_and_the_balance_are_seen() -> None:
    touch = Touch(symbol=Symbol("BTC_USDC"), bid=Decimal("86645.2"), ask=Decimal("86645.3"), at=1790915525118)
    balance = Balance(available=Decimal("122.35"), locked=Decimal(10))

    assert frames.events_of(TOUCH_FRAME) == (TouchSeen(touch=touch),)
    assert frames.events_of(BALANCE_FRAME) == (BalanceSeen(asset=Asset("USDC"), balance=balance, at=1_694_687_692_980),)


def test_a_fill_for_which_nothing_was_charged_is_the_same_on_both_roads() -> None:
    (seen,) = frames.events_of(SOL_FRAME.replace('"N":"SOL",', "").replace('"n":"0.00016"', '"n":"0"'))

    assert seen == FillSeen(fill=wire.fill_of(read(SOL_FILL, fee="0", feeSymbol=None)))


@pytest.mark.parametrize(
    "text",
    [
        frame(TOUCH_FRAME, a=None),
        frame(TOUCH_FRAME, e="depth"),
        frame(SOL_FRAME, s="SOL_USDC_PERP"),
        frame(ACCEPTED_FRAME, e="triggerPlaced", X="TriggerPending"),
        '{"data":{"q":"1"},"stream":"account.positionUpdate"}',
        frame(SOL_FRAME, s=f"{'A' * 40}_USDC_PREDICTION"),
    ],
)
def test_frames_that_do_not_concern_us_tell_nothing(text: str) -> None:
    assert frames.events_of(text) == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "frame"),
        ("[]", "frame"),
        ('{"id":null,"error":{"code":4006,"message":"Invalid stream"}}', "error 4006: Invalid stream"),
        (frame(SOL_FRAME, n=None), "frame.data.n: missing"),
        (frame(SOL_FRAME, m="yes"), "frame.data.m"),
        (frame(SOL_FRAME, T=None), "frame.data.T"),
        (frame(SOL_FRAME, N="NaN"), "frame.data.N: not a name"),
        (frame(SOL_FRAME, s="NaN"), "frame.data.s: not a name"),
        (frame(SOL_FRAME, s="SOL"), "frame.data.s: not a market"),
        (frame(SOL_FRAME, X="Lost"), "frame.data.X"),
        (frame(TOUCH_FRAME, b="0"), "frame.data.b"),
        (frame(ACCEPTED_FRAME, e="orderCancelled"), "frame.data.X"),
        (frame(BALANCE_FRAME, L=None), "frame.data.L: missing"),
        (frame(TOUCH_FRAME, e="bookUnheardOf"), "event bookUnheardOf: not known"),
    ],
)
def test_a_broken_frame_names_its_field(text: str, named: str) -> None:
    with pytest.raises(BadAnswer) as refused:
        frames.events_of(text)

    assert named in str(refused.value)


@pytest.mark.parametrize("taken", [SOL_FRAME, TAKER_FRAME])
def test_a_fill_of_ours_without_a_trade_id_is_left_to_the_history(taken: str) -> None:
    """By its content it would have another key than there, and be booked twice."""
    told = frames.events_of(frame(taken, t=None))

    assert not [one for one in told if isinstance(one, FillSeen)]
    assert [one for one in frames.events_of(taken) if isinstance(one, OrderSeen)] == list(told)


@pytest.mark.parametrize("at", [1_790_915_531, 1_790_915_531_025, 1_790_915_531_025_000_000 // 10])
def test_a_fill_whose_time_is_in_another_unit_is_left_to_the_history(at: int) -> None:
    with pytest.raises(BadAnswer, match="T: "):
        frames.events_of(frame(SOL_FRAME, T=at))
