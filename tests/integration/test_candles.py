"""`packgrid candles`: fetched from the local exchange once, gone on from, checked for gaps; a file taken in by rows."""

import argparse
import asyncio
from array import array
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest

from bot.__main__ import main
from bot.console.candles import candles, fetch
from bot.history import fetching
from bot.history.columns import gaps
from bot.history.fetching import as_columns, fetch_candles
from bot.history.files import read
from bot.history.kept import Kept, read_file
from bot.history.rules import market_of
from exchange.backpack.budget import Budget
from exchange.backpack.client import BackpackClient
from exchange.port import Candle
from strategy.model.market import Symbol
from tests.integration.exchange_world import NOW, SYMBOL, World

MINUTE = 60_000
BEGUN = NOW - NOW % MINUTE
HEAD = "timestamp_ms,open,high,low,close,volume"


class Counted(World):
    """The local exchange, and how often its history was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        unpaced = Budget(a_minute=6000, burst=1000, longest_wait=1)
        self.client = BackpackClient(
            "http://127.0.0.1:8090", None, http=self.http, clock=lambda: self.now, history_budget=unpaced
        )
        self.http.event_hooks["request"].append(self._count)

    async def _count(self, request: httpx.Request) -> None:
        url = str(request.url)
        self.asked += [url] if "klines" in url or "trades" in url else []

    async def minutes(self, *prices: int) -> None:
        """A price a minute; zero leaves its minute out."""
        for price in prices:
            self.now += MINUTE
            if price:
                await self.sim("price", symbol=SYMBOL, price=str(price))

    async def fetch(self, folder: Path, **options: object) -> int:
        usual = {"market": "eth-usdc", "interval": "1m", "trades": False, "first": None, "last": None}
        arguments = argparse.Namespace(data=str(folder), **usual | options)
        return await fetch(self.client, arguments, self.now)


async def test_candles_are_fetched_once_and_gone_on_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = Counted()
    await world.minutes(2010, 1990, 2005)
    first = {"first": date(2025, 6, 24)}

    assert await world.fetch(tmp_path, **first) == 0
    assert "3 new rows" in capsys.readouterr().out
    await world.minutes(2020, 0, 2030, 2040)
    world.asked.clear()
    assert await world.fetch(tmp_path) == 0

    told = capsys.readouterr().out
    assert len(world.asked) == 1, "only what is missing"
    assert "3 new rows" in told, "the minute that goes on is not kept"
    assert "1 gap, 60 s in all" in told
    found = read("ETH_USDC/1m", Symbol(SYMBOL), tmp_path)
    assert [at - BEGUN for at in found.at] == [minute * MINUTE for minute in (0, 1, 2, 3, 4, 6)]
    assert [*found.prices["close"]] == [2000, 2010, 1990, 2005, 2020, 2030]
    assert market_of("ETH_USDC", tmp_path, {}).band_low is not None


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of two candles, of which two are written down together."""
    monkeypatch.setattr(fetching, "CANDLES_A_CALL", 2)
    monkeypatch.setattr(fetching, "CALLS_A_WRITE", 2)


class BrokenOff(Exception):
    """Whoever waited has enough of it."""


def breaking_off(after: int) -> Callable[[int, int], None]:
    """Told of so many calls, he breaks off."""
    calls = iter(range(1, after))

    def told(_done: int, _whole: int) -> None:
        if next(calls, None) is None:
            raise BrokenOff

    return told


def quietly(_done: int, _whole: int) -> None:
    """Nobody looks."""


async def seventeen_minutes(folder: Path) -> tuple[Counted, Kept]:
    """A market of so many, and where they are to be kept."""
    world = Counted()
    await world.minutes(*range(2001, 2018))
    return world, Kept(folder=folder, symbol=Symbol(SYMBOL), length="1m")


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("after", range(1, 6))
async def test_an_earlier_stretch_that_is_broken_off_leaves_no_hole(tmp_path: Path, after: int) -> None:
    world, kept = await seventeen_minutes(tmp_path)
    await fetch_candles(world.client, kept, BEGUN + 10 * MINUTE, world.now, quietly)

    with pytest.raises(BrokenOff):
        await fetch_candles(world.client, kept, BEGUN, world.now, breaking_off(after))
    assert gaps(kept.read().at, MINUTE) == []
    await fetch_candles(world.client, kept, BEGUN, world.now, quietly)

    assert [*kept.read().at] == [BEGUN + minute * MINUTE for minute in range(17)]


@pytest.mark.usefixtures("short")
async def test_what_goes_on_from_what_is_there_is_kept_up_to_where_it_was_broken_off(tmp_path: Path) -> None:
    world, kept = await seventeen_minutes(tmp_path)
    await fetch_candles(world.client, kept, BEGUN, BEGUN + 4 * MINUTE, quietly)

    with pytest.raises(BrokenOff):
        await fetch_candles(world.client, kept, BEGUN, world.now, breaking_off(3))

    assert [*kept.read().at] == [BEGUN + minute * MINUTE for minute in range(10)]


@pytest.mark.usefixtures("short")
async def test_a_hole_between_two_times_that_were_asked_for_is_fetched_with_what_is_before_it(tmp_path: Path) -> None:
    world, kept = await seventeen_minutes(tmp_path)
    for first in (0, 12):
        await fetch_candles(world.client, kept, BEGUN + first * MINUTE, BEGUN + (first + 4) * MINUTE, quietly)
    assert gaps(kept.read().at, MINUTE) == [(BEGUN + 3 * MINUTE, 8 * MINUTE)]

    world.asked.clear()
    await fetch_candles(world.client, kept, BEGUN + 5 * MINUTE, BEGUN + 8 * MINUTE, quietly)
    assert gaps(kept.read().at, MINUTE) == [(BEGUN + 7 * MINUTE, 4 * MINUTE)], "the minute before it was fetched along"
    assert len(world.asked) == 2
    await fetch_candles(world.client, kept, BEGUN, world.now, quietly)

    assert gaps(kept.read().at, MINUTE) == []


@pytest.mark.parametrize(("days", "asked"), [(29, True), (20, False)])
async def test_a_month_of_hours_that_was_taken_away_is_fetched_again(tmp_path: Path, days: int, asked: bool) -> None:
    """It has fewer candles than a call: it looked like a time without trades, and was never asked for again."""
    world, hour = Counted(), 60 * MINUTE
    begun = BEGUN - BEGUN % hour
    kept = Kept(folder=tmp_path, symbol=Symbol(SYMBOL), length="1h")
    kept.add(as_columns([a_candle(begun - days * 24 * hour), a_candle(begun)]))

    await fetch_candles(world.client, kept, begun - days * 24 * hour, begun + hour, quietly)

    assert bool(world.asked) is asked


def test_months_before_those_that_are_there_are_kept_from_there_back(tmp_path: Path) -> None:
    kept = Kept(folder=tmp_path, symbol=Symbol(SYMBOL), length="1m")
    night = 1_753_999_980_000  # 2025-07-31T22:13
    later = [night + minute * MINUTE for minute in range(200, 203)]
    earlier = [night + minute * MINUTE for minute in range(200)]
    kept.add(as_columns(map(a_candle, later)))
    (kept.path / "2025-08.new").mkdir()  # what is in the way of August is not in July's

    with pytest.raises(OSError, match="directory"):
        kept.add(as_columns(map(a_candle, earlier)))

    assert [*kept.read().at] == later


def a_candle(at: int) -> Candle:
    return Candle(at=at, open="1", high="1", low="1", close="1", volume="1")


async def test_trades_are_fetched_back_to_the_last_that_is_kept(tmp_path: Path) -> None:
    world = Counted()
    await world.open()
    for price in ("1990", "1980"):
        await world.place("Bid", price, "0.5")
    await world.minutes(1985)

    assert await world.fetch(tmp_path, trades=True, first=date(2025, 6, 24)) == 0
    await world.minutes(1970)
    assert await world.fetch(tmp_path, trades=True) == 0

    found = read("ETH_USDC/trades", Symbol(SYMBOL), tmp_path)
    assert [*found.prices["close"]] == [1990, 1980]
    assert not found.volume, "nothing that is played goes by it"
    whole = read_file(*(tmp_path / SYMBOL / "trades").iterdir())
    assert [one / 10**whole.volume_places for one in whole.volume] == [0.5, 0.5]


def test_a_file_is_taken_in_by_months_and_its_bad_rows_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    night = 1_753_999_980_000  # 2025-07-31T22:13
    rows = [f"{night + minute * MINUTE},2,3.5,1,{2 + minute},0.25" for minute in (0, 1)]
    later = [f"{night + minute * MINUTE},2,200,1.125,3,1" for minute in range(120, 130)]
    Path("ETHUSDC-1m.csv").write_text("\n".join([HEAD, *rows, "x,1,2,1,2,3", *later]))

    assert main(["candles", "import", "ETHUSDC-1m.csv"]) == 1
    told = capsys.readouterr()
    assert "line 4: 'x' is no time" in told.err
    assert "12 new rows of 12" in told.out
    assert main(["candles", "import", "ETHUSDC-1m.csv", "--market", "ETH_USDC"]) == 1
    assert "0 new rows" in capsys.readouterr().out
    kept = Kept(folder=Path("data/history"), symbol=Symbol("ETH_USDC"), length="1m")
    assert [month.name for month in kept.months] == ["2025-07.parquet", "2025-08.parquet"]
    found = kept.read(since=night + 120 * MINUTE, until=night + 122 * MINUTE)
    assert (found.places, found.prices["low"]) == (3, array("q", [1125, 1125]))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import",), "Which file?"),
        (("import", "nowhere.csv"), "There is no file nowhere.csv"),
        (("notes.csv",), "A file is taken in by: packgrid candles import notes.csv\n"),
        (("ETH_USDC", "a.csv"), "A file is taken in by: packgrid candles import a.csv --market ETH_USDC\n"),
        (("import", "notes.csv"), "Which market is notes.csv of?"),
        (("import", "ETH_USDC.csv"), "no row that can be used"),
    ],
)
def test_what_cant_be_imported_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("notes.csv", "ETH_USDC.csv"):
        Path(name).write_text(f"{HEAD}\n")

    assert main(["candles", *arguments]) == 4
    assert said in capsys.readouterr().err


async def test_who_leaves_while_prices_are_fetched_hears_that_the_same_line_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = asyncio.Queue[asyncio.StreamWriter]()
    async with await asyncio.start_server(lambda _, writer: asked.put_nowait(writer), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("BACKPACK_API_URL", f"http://127.0.0.1:{port}")
        wanted = argparse.Namespace(market="ETH_USDC", file=None, as_market=None, data=str(tmp_path))
        fetching_it = asyncio.create_task(candles(wanted))
        writer = await asked.get()
        fetching_it.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching_it
        writer.close()

    assert capsys.readouterr().err == "What had come is kept; the same line goes on from there.\n"
