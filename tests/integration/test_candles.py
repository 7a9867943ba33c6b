"""`packgrid candles`: fetched from the local exchange once, gone on from, checked for gaps; a file taken in by rows."""

import argparse
from array import array
from datetime import date
from pathlib import Path

import httpx
import pytest

from bot.__main__ import main
from bot.console.candles import fetch
from bot.history.files import read
from bot.history.kept import Kept
from bot.history.rules import market_of
from exchange.backpack.client import BackpackClient
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
        self.client = BackpackClient("http://127.0.0.1:8090", None, http=self.http, clock=lambda: self.now)
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
    assert "1 gaps, 60 s in all" in told
    found = read("ETH_USDC/1m", Symbol(SYMBOL), tmp_path)
    assert [at - BEGUN for at in found.at] == [minute * MINUTE for minute in (0, 1, 2, 3, 4, 6)]
    assert [*found.prices["close"]] == [2000, 2010, 1990, 2005, 2020, 2030]
    assert market_of("ETH_USDC", tmp_path, {}).band_low is not None


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
    assert [one / 10**found.volume_places for one in found.volume] == [0.5, 0.5]


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
