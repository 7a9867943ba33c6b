"""What was traded beside what the market alone says: nothing differs, or each fill that does has its cause."""

import asyncio
import json
from array import array
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.machine.exits import Exit
from bot.shadow.accounting import Accounted, Cause, accounted
from bot.shadow.replaying import replayed
from bot.shadow.stretches import Follower, Stretch
from exchange.paper.faults import FaultMode
from storage.store import Store
from strategy.model.durations import MINUTE
from strategy.model.market import Fees
from strategy.research.candles import Candles
from tests.builders import NOW
from tests.integration.running import World, a_trading_world

START = 2000
TICK = Decimal("0.01")
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))


class Market:
    """A market that goes to one price a minute, for a world that trades it and for the candles of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.first = -(-NOW // MINUTE) * MINUTE - MINUTE
        self.prices: list[int] = [START]

    async def minute(self, price: int, *, is_up: bool = True) -> None:
        """The next minute, in whose middle the market goes there."""
        self.prices.append(price)
        self.world.now = self.first + len(self.prices) * MINUTE - MINUTE // 2
        await self.world.walk(price)
        if is_up:
            await self.world.tick()

    def candles(self, prices: Sequence[int] | None = None) -> Candles:
        """A minute each: from the last price to the next."""
        ends = [int(one / TICK) for one in prices or self.prices]
        opened = [ends[0], *ends[:-1]]
        return Candles(
            unit=TICK,
            interval=MINUTE,
            at=array("q", (self.first + place * MINUTE for place in range(len(ends)))),
            open=array("q", opened),
            high=array("q", map(max, opened, ends)),
            low=array("q", map(min, opened, ends)),
            close=array("q", ends),
        )


def stretches(world: World) -> list[Stretch]:
    follower = Follower()
    found = replayed(world.store, "main", 0, None, "", lambda _done, _whole: None, follower)
    assert found is not None
    assert found.difference is None
    return follower.end()


async def a_market(store: Store | None = None) -> Market:
    world = await a_trading_world(store=store)
    market = Market(world)
    await market.minute(START)
    await market.minute(START)
    return market


def only(market: Market, candles: Candles | None = None) -> Accounted:
    (stretch,) = [one for one in stretches(market.world) if one.ends - one.begins >= MINUTE]
    found = accounted(stretch, candles or market.candles(), FEES)
    assert found is not None
    return found


async def test_where_the_market_is_all_that_happened_no_fill_differs() -> None:
    market = await a_market()
    for price in (1950, 2030, 1910, 1990, 2095, 2010, 1930):
        await market.minute(price)

    found = only(market)

    assert found.odd == ()
    assert found.fills == found.replayed == found.same > 8
    assert found.total == found.replayed_total
    assert found.fees == found.replayed_fees
    await market.world.kill()


async def test_what_was_missed_while_the_program_was_down_is_said_to_be() -> None:
    market = await a_market()
    await market.minute(1950)
    await market.world.kill()
    for price in (1910, 1990, 1910, 2030):
        await market.minute(price, is_up=False)
    await market.world.begin_again()
    await market.minute(2010)
    await market.minute(1990)

    found = only(market)

    assert found.replayed > found.fills
    assert {one.cause for one in found.odd if not one.is_real} <= {Cause.DOWN, Cause.FOLLOWS}
    assert Cause.DOWN in {one.cause for one in found.odd}
    await market.world.kill()


async def test_an_order_that_was_not_there_yet_is_told_from_one_that_waited_in_vain() -> None:
    market = await a_market()
    market.world.road.out.clear()  # what is sent hangs on its way
    await market.minute(1950)
    await market.minute(2030)
    market.world.road.out.set()
    await market.minute(1990)

    found = only(market)

    late = [one for one in found.odd if not one.is_real]
    assert late
    assert (late[0].cause, late[0].late) == (Cause.LATENCY, 2 * MINUTE)
    await market.world.kill()


async def test_what_the_exchange_refused_or_what_was_never_asked_for_is_told_from_both() -> None:
    market = await a_market()
    market.world.road.go_wrong(FaultMode.STATUS, "POST", times=50, status=400)
    for price in (1950, 2030, 1950, 2030):
        await market.minute(price)
    market.world.road.faults.clear()
    await market.minute(2010)
    await market.minute(2010)

    found = only(market)

    missed = [one.cause for one in found.odd if not one.is_real]
    assert Cause.REFUSED in missed
    assert set(missed) <= {Cause.REFUSED, Cause.ABSENT, Cause.FOLLOWS, Cause.LATENCY}
    await market.world.kill()


async def test_candles_of_another_market_are_said_to_be_that() -> None:
    market = await a_market()
    await market.minute(1950)
    await market.minute(1950)
    await market.minute(1950)

    higher = only(market, market.candles([START, START, START, 1990, 1990, 1990]))
    lower = only(market, market.candles([START, START, START, 1905, 1950, 1950]))

    assert [(one.is_real, one.cause) for one in higher.odd] == [(True, Cause.PRICES)]
    assert (lower.odd[0].is_real, lower.odd[0].cause) == (False, Cause.UNKNOWN), "it rested: who stood before it?"
    await market.world.kill()


async def test_a_stretch_ends_where_its_owner_changes_the_grid() -> None:
    market = await a_market()
    await market.minute(1950)
    await market.minute(2030)
    assert await market.world.app.trader.pause(market.world.grid.id) is None
    await market.minute(1950)
    await market.minute(1950)
    assert await market.world.app.trader.resume(market.world.grid.id) is None
    await market.minute(1990)
    await market.minute(1950)
    await market.minute(2030)

    first, second = (one for one in stretches(market.world) if one.ends - one.begins >= MINUTE)

    assert first.ends < second.begins
    for one in (first, second):
        found = accounted(one, market.candles(), FEES)
        assert found is not None
        assert found.odd == ()
        assert found.fills > 0
    await market.world.kill()


async def test_without_candles_of_its_time_nothing_is_accounted_for() -> None:
    market = await a_market()
    await market.minute(1950)
    await market.minute(1990)
    (stretch,) = [one for one in stretches(market.world) if one.ends - one.begins >= MINUTE]

    assert accounted(replace(stretch, begins=0), market.candles(), FEES) is None
    await market.world.kill()


async def test_the_terminal_shows_the_totals_the_causes_and_each_fill_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'paper.db'}")
    market = await a_market(Store.open(f"sqlite:///{tmp_path / 'paper.db'}", now=lambda: NOW))
    for price in (1950, 2030, 1910, 1990):
        await market.minute(price)
    write_csv(tmp_path / "true.csv", market.candles())
    write_csv(tmp_path / "other.csv", market.candles([START] * 7))
    asked = ["replay", "--market", "--from", "2026-01-01", "--json", "found.json", "--candles"]

    status = await asyncio.to_thread(main, [*asked, "true.csv"])
    said = capsys.readouterr()
    assert (status, "No fill differs" in said.out) == (0, True), said

    status = await asyncio.to_thread(main, [*asked, "other.csv"])
    said = capsys.readouterr()
    assert (status, "traded, not in the replay: by the candles the price was not there" in said.out) == (0, True), said
    (found,) = read_json(tmp_path / "found.json")
    assert (found["fills"], found["symbol"]) == (market.world.grid.books.fills - 1, "ETH_USDC")
    assert found["odd"][0]["cause"] == "prices"

    monkeypatch.setenv("LANGUAGE", "zh")
    status = await asyncio.to_thread(main, [*asked, "other.csv"])
    said = capsys.readouterr()
    assert (status, "实际成交，回放没有：按 K 线，价格没有到那里" in said.out) == (0, True), said
    assert "traded" not in said.out
    monkeypatch.setenv("LANGUAGE", "en")

    assert await asyncio.to_thread(main, [*asked, "none.csv"]) == Exit.OUTSIDE
    assert "none.csv" in capsys.readouterr().err
    await market.world.kill()
    market.world.store.close()


def write_csv(file: Path, candles: Candles) -> None:
    columns = zip(candles.at, candles.open, candles.high, candles.low, candles.close, strict=True)
    rows = [f"{at},{','.join(str(candles.price(one)) for one in prices)},1" for at, *prices in columns]
    file.write_text("\n".join(["timestamp_ms,open,high,low,close,volume", *rows]) + "\n", "utf-8")


def read_json(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
    return found
