"""The process that plays backtests: what it plays on, when it is ended, and that nothing else notices."""

import asyncio
import os
import sys
from array import array
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest

from bot.backtest.frames import Place
from bot.backtest.player import Player
from bot.backtest.playing import before, played
from bot.backtest.prices import Prices, Shelf, interval_for
from bot.backtest.worker import work
from bot.history.columns import Columns
from bot.history.kept import Kept
from bot.machine.frames import framed, next_of
from bot.owner.backtests import NotPlayed, Played, Source, Wanted, Why
from bot.owner.suggestions import Asked, Style, Suggested
from bot.owner.wish import Wish
from bot.settings import Defaults
from exchange.backpack.client import BackpackClient
from exchange.port import Candle, Listed
from strategy.model.durations import DAY, HOUR
from strategy.model.market import Fees, Market, Symbol
from strategy.model.spec import Shift
from tests.builders import NOW, a_market, a_range

D = Decimal
FIVE, COUNT = 5 * 60_000, 288
"""A day of candles."""
BEGIN = NOW // DAY * DAY
NOWHERE = "http://127.0.0.1:9"
RANGE: Wish = {"lower": D(1900), "upper": D(2100), "grids": D(20), "total": D(1000)}


def wanted(days: int = 1, **wish: object) -> Wanted:
    return Wanted(
        market=a_market(),
        fees=Fees(maker=D("0.0008"), taker=D("0.001")),
        days=days,
        now=BEGIN,
        free=D(10_000),
        wish={**RANGE, **wish},  # type: ignore[dict-item]  # what a field takes
    )


def a_wave(count: int, interval: int, *, price: int = 2000) -> Columns:
    """Candles up to now that go up and down by 40 about a price."""
    columns = Columns(is_trades=False)
    middle = [price + 40 * ((one // 10 % 4 in (0, 3)) * 2 - 1) * (one % 10) // 10 for one in range(count)]
    columns.at = array("q", (BEGIN - (count - one) * interval for one in range(count)))
    columns.prices = {
        "open": array("q", middle),
        "high": array("q", (one + 5 for one in middle)),
        "low": array("q", (one - 5 for one in middle)),
        "close": array("q", middle),
    }
    columns.volume = array("q", [1] * count)
    return columns


def on(columns: Columns) -> Prices:
    return Prices(candles=columns.candles(a_market().tick_size), first=0, source=Source.FETCHED)


def shelf(folder: Path | None) -> Shelf:
    return Shelf(client=BackpackClient(NOWHERE, None), folder=folder)


@pytest.mark.parametrize(
    ("days", "length"),
    [(1, "1m"), (6, "1m"), (7, "3m"), (30, "5m"), (90, "15m"), (180, "30m"), (365, "1h"), (900, "1h")],
)
def test_candles_are_as_fine_as_nine_calls_bring(days: int, length: str) -> None:
    assert interval_for(days * DAY) == length


def test_the_total_is_grid_profit_and_floating_and_the_ends_of_a_candle_are_tried_both_ways() -> None:
    found = played(wanted(), on(a_wave(COUNT, FIVE)), Defaults())

    assert isinstance(found, Played)
    assert found.round_trips > 10
    assert found.total == found.grid_profit + found.floating
    assert found.low_first != found.high_first
    assert found.candles == 287
    assert found.picture is None or found.picture.startswith(b"\x89PNG")


def test_a_grid_that_could_not_have_begun_is_refused_with_the_price_of_then() -> None:
    found = played(wanted(stop_loss=D(2050)), on(a_wave(COUNT, FIVE)), Defaults())

    assert isinstance(found, NotPlayed)
    assert (found.why, found.price) == (Why.REFUSED, D(2000))
    assert found.problem is not None
    assert found.problem.field == "stop"


def test_a_bound_inside_the_ladder_is_refused_of_a_wish_and_played_of_a_grid_that_is() -> None:
    crossed, prices = wanted(shift=Shift.BOTH, shift_high=D(2050)), on(a_wave(COUNT, FIVE))
    found = played(crossed, prices, Defaults())

    assert isinstance(found, NotPlayed)
    assert found.problem is not None
    assert found.problem.field == "shifthigh"
    spec = a_range(1900, 2100, 20, shift=Shift.BOTH, shift_high=D(2050))
    assert isinstance(played(replace(crossed, spec=spec), prices, Defaults()), Played)


def test_a_range_away_from_the_price_waits_for_it() -> None:
    found = played(wanted(), on(a_wave(COUNT, FIVE, price=3000)), Defaults())

    assert isinstance(found, Played)
    assert not any((found.fills, found.total, found.in_range))


def test_a_wish_that_looks_back_has_its_past_read_too() -> None:
    assert before(wanted()) == 0
    assert before(wanted(gate_hours=168)) == 169 * HOUR


async def test_what_is_kept_is_played_where_it_covers_the_time(tmp_path: Path) -> None:
    Kept(folder=tmp_path, symbol=a_market().symbol, length="5m").add(a_wave(COUNT, FIVE))

    found = await shelf(tmp_path).prices(wanted(), 0)

    assert found is not None
    assert (found.source, len(found.candles), found.candles.interval) == (Source.KEPT, COUNT, FIVE)


@pytest.mark.parametrize("days", [2, 30])
async def test_where_it_does_not_the_exchange_is_asked(tmp_path: Path, days: int) -> None:
    Kept(folder=tmp_path, symbol=a_market().symbol, length="5m").add(a_wave(COUNT, FIVE))
    asked: list[tuple[str, int]] = []

    class Asking(BackpackClient):
        async def candles(self, _: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
            asked.append((interval, (end - start) // DAY))
            return Listed()

    there = Shelf(client=Asking(NOWHERE, None), folder=tmp_path)
    assert await there.prices(wanted(days), 0) is None
    assert await there.prices(wanted(days), 0) is None

    assert asked == [(interval_for(days * DAY), days)], "and not again at once"


async def test_the_days_of_a_year_are_asked_for_once_and_where_nobody_tells_them_there_are_none() -> None:
    asked: list[tuple[str, int, int]] = []

    class Telling(BackpackClient):
        async def candles(self, _: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
            asked.append((interval, start, end))
            day = {"open": "2000", "high": "2100", "low": "1900", "close": "2000", "volume": "1"}
            return Listed(Candle(at=start + one * DAY, **day) for one in range(3))

    market, noon = a_market(), BEGIN // DAY * DAY + DAY // 2
    there = Shelf(client=Telling(NOWHERE, None), folder=None)
    found = await there.year(market.symbol, market.tick_size, noon)

    assert found is not None
    assert (len(found), found.interval, found.price(found.high[0])) == (3, DAY, D(2100))
    assert await there.year(market.symbol, market.tick_size, noon + 1) == found
    assert asked == [("1d", noon - DAY // 2 - 365 * DAY, noon - DAY // 2)], "days that are over, and not again at once"
    assert await shelf(None).year(market.symbol, market.tick_size, noon) is None


async def nobody(_candles: int) -> None:
    """Hears nothing."""


def a_player(folder: Path, **limits: float) -> Player:
    return Player(Place(address=NOWHERE, folder=folder, known=None, defaults=Defaults()), **limits)


async def test_a_process_plays_is_asked_again_and_is_ended_when_it_has_rested(tmp_path: Path) -> None:
    Kept(folder=tmp_path, symbol=a_market().symbol, length="5m").add(a_wave(COUNT, FIVE))
    player, told = a_player(tmp_path), list[int]()

    async def loaded(candles: int) -> None:
        told.append(candles)

    first = await player.play(wanted(), loaded)
    pid = player.pid
    again = await player.play(wanted(), loaded)
    unread = await player.play(wanted(days=300), loaded)

    assert isinstance(first, Played)
    assert isinstance(again, Played)
    assert (again.total, told, player.pid) == (first.total, [COUNT, COUNT], pid)
    assert isinstance(unread, NotPlayed)
    assert unread.why is Why.UNREAD
    await player.close()
    assert player.pid is None
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("limit", ["reading", "playing"])
async def test_what_takes_too_long_is_ended_with_its_process(tmp_path: Path, limit: str) -> None:
    Kept(folder=tmp_path, symbol=a_market().symbol, length="5m").add(a_wave(COUNT, FIVE))
    player = a_player(tmp_path, **{limit: 0.0})

    found = await player.play(wanted(), nobody)

    assert found == NotPlayed(why=Why.SLOW)
    assert player.pid is None


async def test_whoever_stops_waiting_ends_the_process(tmp_path: Path) -> None:
    player = a_player(tmp_path)
    waiting = asyncio.create_task(player.play(wanted(), nobody))
    while player.pid is None:  # noqa: ASYNC110 - there is no event for the start of a process
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert player.pid is None


def asked(*markets: Market) -> Asked:
    return Asked(markets=markets, fees=Fees(maker=D("0.0008"), taker=D("0.001")), now=BEGIN, money=D(500))


async def test_markets_are_ranked_by_the_process_and_one_without_a_past_is_left_out(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    lively, quiet, new = (replace(a_market(), symbol=Symbol(f"{base}_USDC")) for base in ("SOL", "ETH", "NEW"))
    for market, price in ((lively, 2000), (quiet, 9000)):
        Kept(folder=tmp_path, symbol=market.symbol, length="5m").add(a_wave(30 * COUNT, FIVE, price=price))
    player, told = a_player(tmp_path, playing=120.0), list[int]()

    async def loaded(candles: int) -> None:
        told.append(candles)

    found = await player.suggest(asked(quiet, new, lively), loaded)
    alone = await player.suggest(asked(new), nobody)
    await player.close()

    assert isinstance(found, Suggested)
    assert told == [2 * 30 * COUNT]
    assert {one.market.symbol for one in found.markets} <= {"SOL_USDC", "ETH_USDC"}
    assert [one.rank for one in found.markets] == sorted((one.rank for one in found.markets), reverse=True)
    assert found.markets[0].variants > 1_000
    assert all(each.worst <= min(each.low, each.worst_loss) for one in found.markets for each in one.proposals)
    for one in found.markets:
        assert one.has(Style.DEFAULT) or one.refused is not None
        assert one.closes[-1] == (one.ends, one.price)
        assert (one.coming[0].at, one.coming[0].middle, len(one.coming)) == (one.ends, one.price, 31)
        assert all(each.past is not None and each.past.lasted == one.ends - one.begins for each in one.proposals)
    assert "NEW_USDC" in found.left_out
    assert isinstance(alone, NotPlayed)
    assert alone.why is Why.UNREAD, "nothing is kept of it, and nobody answers"


def test_without_the_kernel_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    place = Place(address=NOWHERE, folder=tmp_path, known=None, defaults=Defaults())
    answers = BytesIO()

    asyncio.run(work(BytesIO(framed(place) + framed(asked(a_market()))), answers))

    answers.seek(0)
    found = next_of(answers)
    assert isinstance(found, NotPlayed)
    assert found.why is Why.MISSING
    assert "make research" in found.text
