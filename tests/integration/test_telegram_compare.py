"""/compare: a grid beside the same grid played over the time that it traded, and what the difference is made of."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.backtest.comparing import compared
from bot.backtest.frames import Place
from bot.backtest.player import Player
from bot.backtest.playing import replayed
from bot.history.kept import Kept
from bot.mode import Mode
from bot.owner.backtests import Loaded, NotPlayed, Why
from bot.owner.comparisons import Compare, Compared, Lived, Trade, down, matched, trades_of
from bot.owner.shadows import Progress
from bot.owner.twins import AskedTwin, NoTwin, Sides, Twin
from bot.settings import Defaults
from bot.telegram.texts.comparisons import compared as compared_text
from strategy.grid.opening import problem
from strategy.messages.problems import ProblemCode
from strategy.model.curve import point
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.ledger import FillEntry
from strategy.model.market import Side
from strategy.model.money import ZERO
from strategy.model.orders import ClientId, GridId, LevelId, Purpose
from tests.builders import NOW, a_fill, a_market, an_order
from tests.integration.chat_world import World, a_grid
from tests.integration.test_player import COUNT, FIVE, NOWHERE, a_wave, on, wanted
from tests.unit.backtesting import a_result
from tests.world import a_world

D = Decimal


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


def lived(*trades: Trade, **more: object) -> Lived:
    money = dict.fromkeys(("total", "grid_profit", "stop_sales", "floating", "fees"), ZERO)
    rest = {"round_trips": 0, "trades": trades, "down": 0, "was_tuned": False}
    return Lived(**{**money, **rest, **more})  # type: ignore[arg-type]  # each under its name


def a_trade(at: int, *, level: int = 1, side: Side = Side.BUY, took: bool = False) -> Trade:
    return Trade(level=LevelId(level), side=side, at=at, took=took)


A_COMPARISON = Compared(
    lived=lived(
        a_trade(1),
        a_trade(2, took=True),
        total=D("25.1"),
        grid_profit=D("20"),
        floating=D("5.1"),
        fees=D("3.1"),
        round_trips=110,
        down=2 * HOUR,
        was_tuned=True,
    ),
    played=a_result(),
    played_trades=4,
    takers=1,
    both=200,
    lived_only=3,
    played_only=17,
    later=120_000,
)


A_TWIN = Twin(
    since=NOW,
    from_start=True,
    total=D("26.4"),
    grid_profit=D("20.9"),
    stop_sales=ZERO,
    floating=D("5.5"),
    fees=D("2.9"),
    round_trips=114,
    trades=8,
    takers=1,
    both=205,
    lived_only=2,
    paper_only=6,
    later=-90_000,
    prices=86_400,
    unseen=HOUR,
    phase=Phase.RUNNING,
)


class Desk:
    """Answers what it was told to, and remembers what it was asked."""

    def __init__(self, world: World, answer: Compared | NotPlayed = A_COMPARISON, twin: Twin | NoTwin = A_TWIN) -> None:
        self.asked: list[Compare] = []
        self.twins: list[AskedTwin] = []
        self.twin = twin
        world.twin = self.walk
        self.gate = asyncio.Event()
        self.gate.set()
        self._answer = answer
        world.compare = self.compare

    async def compare(self, asked: Compare, told: Loaded) -> Compared | NotPlayed:
        self.asked.append(asked)
        await told(8_640)
        await self.gate.wait()
        return self._answer

    async def walk(self, asked: AskedTwin, _told: Progress) -> Twin | NoTwin:
        self.twins.append(asked)
        return self.twin


async def test_both_are_shown_side_by_side_and_the_difference_is_accounted_for(world: World) -> None:
    desk, number = Desk(world), await a_grid(world)
    grid = world.trader.account().grids[number]

    await world.says("/compare 1")
    said = await world.until_written("side by side")

    (asked,) = desk.asked
    assert (asked.wanted.spec, asked.wanted.since, asked.wanted.free) == (grid.spec, grid.created_at, grid.money)
    for part in (
        "Total +25.10 USDC, in the backtest +31.23\n",
        "Apart from the backtest: −6.13 USDC",
        "Fees 3.10, in the backtest 2.40",
        "fees: −0.70 USDC",
        "at which price: −5.43 USDC",
        "Taker 50.00 %, in the backtest 25.00 % of the fills of levels",
        "200 fills are in both, here 2 min later",
        "17 fills are only in the backtest",
        "3 fills are only here",
        "for at least 2 h 00 min nothing was written down",
        "it was tuned since it began",
        "on PAPER itself",
    ):
        assert part in said
    assert desk.twins == [], "a grid of paper mode has no twin"
    await world.clicks("Refresh")
    await world.until(lambda: len(desk.asked) == 2)


async def test_its_twin_on_paper_stands_between_them_and_what_sets_them_apart_is_said(world: World) -> None:
    world.trader.mode = Mode.LIVE
    desk, number = Desk(world), await a_grid(world)
    grid = world.trader.account().grids[number]
    desk.twin = replace(A_TWIN, phase=grid.phase)

    await world.says("/compare 1")
    said = await world.until_written("Apart from PAPER")

    (asked,) = desk.twins
    assert (asked.grid_id, asked.trades) == (number, desk.asked[0].lived.trades)
    for part in (
        "on paper +26.40, in the backtest +31.23",
        "on paper 2.90, in the backtest 2.40",
        "on paper 114, in the backtest 120",
        "on paper 12.50 %, in the backtest 25.00 %",
        "205 fills are in both, here 1 min earlier",
        "6 fills are only on paper",
        "2 fills are only here",
        "for 1 h 00 min this bot saw no price",
        "86,400 prices this bot saw",
        "nothing sent",
    ):
        assert part in said, part
    assert "nothing older is recorded" not in said
    assert "does not reach paper" not in said


async def test_a_twin_that_began_later_or_does_something_else_says_so(world: World) -> None:
    world.trader.mode = Mode.LIVE
    Desk(world, twin=replace(A_TWIN, from_start=False, phase=Phase.STOPPED))
    await a_grid(world)
    await world.says("/compare 1")

    said = await world.until_written("Apart from PAPER")

    assert "nothing older is recorded" in said
    assert "on paper it is stopped, here " in said
    assert "on paper 12.50 %" not in said, "what took before is not known to it"


@pytest.mark.parametrize("why", list(NoTwin))
async def test_without_a_twin_the_backtest_stands_alone_and_it_says_why(world: World, why: NoTwin) -> None:
    world.trader.mode = Mode.LIVE
    Desk(world, twin=why)
    await a_grid(world)
    await world.says("/compare 1")

    assert "Apart from the backtest" in await world.until_written("No PAPER beside it")


async def test_without_a_backtest_the_twin_stands_alone(world: World) -> None:
    world.trader.mode = Mode.LIVE
    Desk(world, NotPlayed(why=Why.UNREAD, text="503"))
    await a_grid(world)
    await world.says("/compare 1")

    said = await world.until_written("Apart from PAPER")

    assert "in the backtest" not in said
    assert "Details: 503" in said


async def test_alone_it_is_the_only_grid_and_without_one_the_number_is_asked_for(world: World) -> None:
    desk = Desk(world)
    assert "No grid is open" in (await world.says("/compare"))[0]

    await a_grid(world)
    await world.says("/compare")
    await world.until_written("side by side")

    assert len(desk.asked) == 1


@pytest.mark.parametrize(("line", "said"), [("/compare x", "not the number of a grid"), ("/compare 7", "no grid 7")])
async def test_what_is_no_grid_is_refused(world: World, line: str, said: str) -> None:
    desk = Desk(world)

    assert said in (await world.says(line))[0]
    assert desk.asked == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (NotPlayed(why=Why.TOO_LITTLE), "too young"),
        (NotPlayed(why=Why.UNREAD, text="503"), "Details: 503"),
        (NotPlayed(why=Why.SLOW), "packgrid backtest"),
        (NotPlayed(why=Why.FAILED), "The log says what"),
        (
            NotPlayed(why=Why.REFUSED, problem=problem(ProblemCode.NO_PRICE, symbol="ETH_USDC"), price=D(1)),
            "I have no price",
        ),
    ],
)
async def test_where_nothing_can_be_compared_the_next_step_is_named(world: World, answer: NotPlayed, said: str) -> None:
    Desk(world, answer)
    await a_grid(world)
    await world.says("/compare 1")

    assert said in await world.until_written("Not compared")


async def test_while_one_is_compared_nothing_else_is_played(world: World) -> None:
    desk = Desk(world)
    await a_grid(world)
    desk.gate.clear()
    await world.says("/compare 1")
    await world.until_written("candles are there")

    assert "under way" in (await world.says("/compare 1"))[0]

    desk.gate.set()
    await world.until_written("side by side")
    assert len(desk.asked) == 1


def test_trades_are_the_same_within_the_hour_and_a_missing_one_shifts_no_other() -> None:
    ours = [a_trade(at) for at in (1_000, 9_000, 12_000)]
    theirs = [a_trade(at) for at in (900, 5_000, 9_200, 30_000)]

    delays, ours_only, theirs_only = matched(ours, theirs, near=500)

    assert sorted(delays) == [-200, 100]
    assert (ours_only, theirs_only) == (1, 2)


def test_a_sale_is_no_buy_and_one_level_is_no_other() -> None:
    assert matched([a_trade(5)], [a_trade(5, side=Side.SELL)], near=10) == ([], 1, 1)
    assert matched([a_trade(5)], [a_trade(5, level=2)], near=10) == ([], 1, 1)


def an_entry(
    number: int, at: int, *, order: int = 1, purpose: Purpose = Purpose.LEVEL, maker: bool = True
) -> FillEntry:
    fill = a_fill(replace(an_order(), client_id=ClientId(order)), number, at=at, is_maker=maker)
    market = a_market()
    return FillEntry(
        at=at,
        fill=fill,
        base=market.base,
        quote=market.quote,
        grid_id=GridId(1),
        level=LevelId(1) if purpose is Purpose.LEVEL else None,
        purpose=purpose,
    )


def test_the_parts_of_an_order_are_one_trade_which_took_if_any_of_them_did() -> None:
    fills = [
        an_entry(1, 10, maker=False),
        an_entry(2, 30),
        an_entry(3, 20, order=2),
        an_entry(4, 5, order=3, purpose=Purpose.SEED),
    ]

    assert [(one.at, one.took) for one in trades_of(fills)] == [(20, False), (30, True)]


async def test_hours_without_a_point_were_hours_in_which_it_did_not_run(world: World) -> None:
    number = await a_grid(world)
    grid = world.trader.account().grids[number]
    begin = 1_000 * HOUR
    minutes = (*range(60), *range(60, 120), *range(180, 240), *range(264, 300), *range(301, 360))
    for minute in minutes:
        legs = {(grid.market.quote, grid.id): point(begin + minute * 60_000, D(minute))}
        world.store.add_snapshots("test", (), legs)

    gone = down(world.store, world.trader.account(), grid, begin, begin + 6 * HOUR)

    assert gone == (60 + 24) * 60_000, "the third hour, and what was missing of the fifth; a minute is nothing"


@pytest.mark.parametrize("cents", range(0, 10, 3))
def test_the_figures_of_a_comparison_add_up_as_they_are_shown(cents: int) -> None:
    odd = D(cents) / 1000
    mine = replace(A_COMPARISON.lived, grid_profit=D(20) + odd, floating=D(-5) + odd, fees=D(3) + odd)
    its = replace(a_result(), grid_profit=D(18) - odd, stop_sales=odd, floating=D(-1) + odd, fees=D(4) - odd)
    grid = a_world(10, 100, 200, quote_per_order=D(100), max_loss=None).grid
    twin = replace(A_TWIN, grid_profit=D(19) - odd, stop_sales=odd, floating=D(-2) + 2 * odd, fees=D(5) - odd)
    played = replace(A_COMPARISON, lived=mine, played=its)
    said = re.sub("<[^>]+>", "", compared_text("en", Sides(lived=mine, played=played, paper=twin), grid, "live"))

    def figures(begins: str, among: Sequence[str]) -> list[D]:
        line = next(line for line in among if line.startswith(begins))
        return [D(one.replace("−", "-")) for one in re.findall(r"[+−]?[0-9]+[.][0-9]+", line)]

    every = said.splitlines()
    totals, fees = figures("Total ", every), figures("Fees", every)
    parts = zip(figures("Grid profit", every), figures("Floating", every), strict=True)
    assert totals == [sum(two, D(0)) for two in parts]
    for place, name in ((2, "Apart from the backtest"), (1, "Apart from PAPER")):
        block = every[next(number for number, line in enumerate(every) if line.startswith(name)) :]
        (apart,), by_fees = figures(name, block), figures("· fees", block)
        assert apart == totals[0] - totals[place] == sum(by_fees + figures("· what was bought", block), D(0))
        assert by_fees == [fees[place] - fees[0]]


def test_a_grid_that_traded_as_it_is_played_differs_in_nothing() -> None:
    prices = on(a_wave(COUNT, FIVE))
    found = replayed(wanted(), prices, Defaults())
    assert not isinstance(found, NotPlayed)
    played, replay = found
    trades = trades_of(replay.fills)
    spec = replay.grid.spec
    same = lived(*trades, total=played.total, fees=played.fees)
    asked = Compare(wanted=replace(wanted(), spec=spec, wish={}, since=prices.candles.at[0]), lived=same)

    late = (replace(one, at=one.at + 7) for one in trades[-2:])
    some = replace(asked, lived=lived(*trades[:-4], *late))

    both, fewer = compared(asked, prices, Defaults()), compared(some, prices, Defaults())

    assert isinstance(both, Compared)
    assert len(trades) > 20
    assert (both.lived.total, both.lived.fees) == (both.played.total, both.played.fees)
    assert (both.both, both.lived_only, both.played_only, both.later) == (len(trades), 0, 0, 0)
    assert isinstance(fewer, Compared)
    assert (fewer.both, fewer.lived_only, fewer.played_only) == (len(trades) - 2, 0, 2)


async def test_it_is_played_by_the_process_from_the_moment_the_grid_began(tmp_path: Path) -> None:
    columns = a_wave(COUNT, FIVE)
    Kept(folder=tmp_path, symbol=a_market().symbol, length="5m").add(columns)
    found = replayed(wanted(), on(columns), Defaults())
    assert not isinstance(found, NotPlayed)
    spec = found[1].grid.spec
    since = columns.at[100] + FIVE // 2
    asked = Compare(wanted=replace(wanted(), spec=spec, wish={}, since=since), lived=lived())
    player = Player(Place(address=NOWHERE, folder=tmp_path, known=None, defaults=Defaults()))

    async def told(_candles: int) -> None:
        """Nobody listens."""

    answer = await player.compare(asked, told)
    await player.close()

    assert isinstance(answer, Compared)
    assert answer.played.begins == columns.at[101] + FIVE, "at the close of the candle that it began in, or the next"
    assert answer.played_only == answer.played_trades > 10
