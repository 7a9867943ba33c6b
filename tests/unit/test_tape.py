"""A market's past as candles: what was played, and before it what was recorded."""

import itertools
from decimal import Decimal

from exchange.paper.tape import Bar, Tape
from strategy.model.durations import MINUTE

ONE = Decimal(1)
NOW = 1_000 * 60 * MINUTE + 30_000
"""The exchange's clock, in a minute that began half a minute ago."""


def bar(at: int, price: int) -> Bar:
    one = Decimal(price)
    return Bar(at=at, open=one, high=one, low=one, close=one)


def taped(*prices: int, recorded: int = 0) -> Tape:
    """A minute a price from 100 minutes on, and as many recorded ones from the beginning: minute n is at price n."""
    tape = Tape()
    for minute, price in enumerate(prices, start=100):
        tape.record(Decimal(price), minute * MINUTE)
    tape.recorded = [bar(minute * MINUTE, minute) for minute in range(recorded)]
    return tape


def test_what_was_recorded_is_shown_up_to_where_what_was_played_begins() -> None:
    candles = taped(1000, 1001, recorded=103).candles(MINUTE, NOW)

    assert [int(one.close) for one in candles] == [*range(100), 1000, 1001]
    assert [one.at - before.at for before, one in itertools.pairwise(candles)] == [MINUTE] * 101
    assert candles[-1].at == NOW - NOW % MINUTE


def test_a_recording_that_had_ended_before_lies_before_what_was_played_once_more() -> None:
    """As after some laps of it, or in a process that was started again: its last close is the next first price."""
    tape = taped(1000, 1001, recorded=50)
    candles = tape.candles(MINUTE, NOW)

    assert [int(one.close) for one in candles[-3:]] == [1000, 1000, 1001]
    assert [one.at - before.at for before, one in itertools.pairwise(candles)] == [MINUTE] * 51
    assert [one.close for one in candles[:50]] == [(minute * Decimal(1000) / 49).quantize(ONE) for minute in range(50)]
    assert tape.candles(MINUTE, NOW, candles[20].at) == candles[20:]


def test_from_a_time_on_is_from_the_candle_that_was_open_then() -> None:
    tape = taped(1000, 1001, recorded=100)
    whole = tape.candles(5 * MINUTE, NOW)
    for since in range(whole[3].at, whole[4].at, MINUTE):
        assert tape.candles(5 * MINUTE, NOW, since) == whole[3:]


def test_without_a_price_there_is_no_past() -> None:
    assert taped(recorded=10).candles(MINUTE, NOW) == []
