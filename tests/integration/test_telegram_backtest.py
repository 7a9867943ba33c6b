"""/backtest in the chat: of a grid, of a preview and of a line; one message that works and then answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.backtest.frames import Place
from bot.backtest.player import Player
from bot.console.demo import MARKET
from bot.demo.backpack.server import build
from bot.demo.servers import serving
from bot.owner.backtests import Loaded, NotPlayed, Played, Wanted, Why
from bot.settings import Defaults
from strategy.messages.problems import Problem, ProblemCode
from tests.integration.chat_world import LINE, World, a_grid
from tests.integration.telegram_world import a_picture
from tests.unit.backtesting import DAY, a_result

RANGE = "ETH_USDC lower=2300 upper=2700 grids=10 total=900"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


class Desk:
    """Plays what it was told to, and remembers what it was asked."""

    def __init__(self, world: World, answer: Played | NotPlayed | None = None) -> None:
        self.asked: list[Wanted] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._answer = answer or a_result()
        world.play = self.play

    async def play(self, wanted: Wanted, told: Loaded) -> Played | NotPlayed:
        self.asked.append(wanted)
        await told(8_640)
        await self.gate.wait()
        return self._answer


async def test_a_running_grid_is_played_with_the_spec_it_has_now(world: World) -> None:
    desk, number = Desk(world), await a_grid(world)

    await world.says("/backtest 1 days=90")
    said = await world.until_written("Verdict")

    (wanted,) = desk.asked
    assert (wanted.days, wanted.spec) == (90, world.trader.account().grids[number].spec)
    assert "Backtest of ETH_USDC, grid 1" in said
    assert await world.labels() == ["7 days", "30 days", "365 days"]
    assert [text for text in await world.written() if "Backtest" in text] == [said], "one message, edited"


async def test_what_rests_on_a_default_that_is_switched_off_is_refused_as_grid_does(world: World) -> None:
    """With `MAX_LOSS=` empty, /grid said that `losssell=yes` alone does nothing, and /backtest played it."""
    desk = Desk(world)
    world.trader.defaults = replace(world.trader.defaults, max_loss=None)
    for command in ("/grid", "/backtest"):
        assert "losssell does nothing alone" in (await world.says(f"{command} {RANGE} losssell=yes"))[0]
    world.trader.defaults = Defaults()
    await world.says(f"/backtest {RANGE} losssell=yes")
    await world.until_written("Verdict")

    assert len(desk.asked) == 1


async def test_without_a_number_it_is_the_only_grid_and_with_none_a_line_is_asked_for(world: World) -> None:
    desk = Desk(world)
    assert "/backtest ETH_USDC" in (await world.says("/backtest"))[0]

    await a_grid(world)
    await world.says("/backtest")
    await world.until_written("Verdict")

    assert desk.asked[-1].days == 30


async def test_a_line_is_played_and_leads_to_the_preview_of_the_same_words(world: World) -> None:
    desk = Desk(world)
    await world.says(f"/backtest {RANGE}")
    await world.until_written("Verdict")
    assert desk.asked[0].wish["lower"] == Decimal(2300)
    assert await world.labels() == ["7 days", "90 days", "365 days", "Preview"]

    said = await world.clicks("Preview")

    assert "10 levels" in said[-1]
    assert (await world.labels())[0] == "Start"
    assert world.trader.asked == [], "nothing is started"


@pytest.mark.parametrize(
    ("line", "days"),
    [("1 7", 7), ("1 90d", 90), ("第1个 90天", 90), (f"{RANGE} 30", 30), ("ETH_USDC 7d lower=2300 upper=2700", 7)],
)
async def test_days_that_stand_alone_are_days_as_in_chart_and_shadow(world: World, line: str, days: int) -> None:
    desk = Desk(world)
    await a_grid(world)

    await world.says(f"/backtest {line}")
    await world.until_written("Verdict")

    assert [wanted.days for wanted in desk.asked] == [days]


async def test_a_preview_keeps_its_other_buttons_when_it_is_played(world: World) -> None:
    desk = Desk(world)
    await world.says(LINE)
    shown = (await world.messages())[-1]["message_id"]
    assert "Backtest" in await world.labels()

    await world.clicks("Backtest")
    await world.until_written("Verdict")

    assert desk.asked[0].spec is not None
    assert desk.asked[0].spec.interval == Decimal(40)
    (left,) = [one["buttons"] for one in await world.messages() if one["message_id"] == shown]
    labels = [key["label"] for row in left for key in row]
    assert labels[:2] == ["Start", "Cancel"]
    assert "Backtest" not in labels
    await world.telegram.sim("click", label="Start", message_id=shown)
    await world.until_written("is open on")


async def test_while_one_is_played_the_next_waits_and_a_panic_does_not(world: World) -> None:
    desk = Desk(world)
    desk.gate.clear()
    await world.says(f"/backtest {RANGE}")
    await world.until_written("8,640 candles are there")

    assert "under way" in (await world.says(f"/backtest {RANGE}"))[0]
    await world.says("/panic")
    assert "panic" in world.trader.asked

    desk.gate.set()
    await world.until_written("Verdict")
    assert len(desk.asked) == 1
    assert world.calls("sendChatAction")


async def test_other_days_are_a_button_away(world: World) -> None:
    desk = Desk(world)
    await world.says(f"/backtest {RANGE}")
    await world.until_written("Verdict")

    await world.clicks("365 days")
    await world.until(lambda: len(desk.asked) == 2)

    assert desk.asked[1] == replace(desk.asked[0], days=365, now=desk.asked[1].now)


async def test_a_picture_follows_where_there_is_one(world: World) -> None:
    Desk(world, replace(a_result(), picture=a_picture()))
    await world.says(f"/backtest {RANGE}")
    await world.until(lambda: bool(world.calls("sendPhoto")))

    assert "In the picture" in await world.until_written("Verdict")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/backtest ETH_USDC lowr=1800", "/backtest"),
        ("/backtest ETH_USDC days=366", "1 to 365"),
        ("/backtest NOPE_USDC", "NOPE_USDC"),
        ("/backtest lower=1800 upper=2200", "market is missing"),
        ("/backtest 7", "no grid 7"),
        ("/backtest 1 grids=30", "days"),
        ("/backtest ETH_USDC lower=1800", "upper"),
    ],
)
async def test_what_cant_be_read_is_refused_with_the_mend(world: World, line: str, said: str) -> None:
    desk = Desk(world)

    assert said in (await world.says(line))[0]
    assert desk.asked == []


async def test_a_grid_that_could_not_have_begun_is_told_in_the_words_of_its_refusal(world: World) -> None:
    problem = Problem(code=ProblemCode.NO_PRICE, facts=(("symbol", "ETH_USDC"),))
    Desk(world, NotPlayed(why=Why.REFUSED, problem=problem, at=world.time.now(), price=Decimal(2500)))
    await world.says(f"/backtest {RANGE}")

    said = await world.until_written("Not played")

    assert "at 2,500.00" in said
    assert "I have no price" in said
    assert "days=7" in said


async def test_what_no_backtest_plays_is_said_without_a_day_and_a_price(world: World) -> None:
    problem = Problem(code=ProblemCode.NOT_PLAYED, field="width")
    Desk(world, NotPlayed(why=Why.REFUSED, problem=problem, at=world.time.now(), price=Decimal(2500)))
    await world.says(f"/backtest {RANGE}")

    said = await world.until_written("Leave it out")

    assert "width=volume" in said
    assert "2,500.00" not in said
    assert "days=7" not in said


async def test_the_whole_of_it_over_the_local_exchange(world: World) -> None:
    local = build(f"candles:{MARKET}", seed=1, speed=Decimal(0), symbol="ETH_USDC", clock=world.time.now)
    assert local.player is not None
    for _ in range(4 * 600):
        local.player.step()
    async with serving(local.app(), 0) as port:
        player = Player(Place(address=f"http://127.0.0.1:{port}", folder=None, known=2 * DAY, defaults=Defaults()))
        world.play = player.play
        await world.says("/backtest ETH_USDC lower=1900 upper=2100 grids=20 total=1000 maxloss=off days=2")
        said = await world.until_written("Verdict", seconds=60)
        assert "Played on 600 candles of 1 min" in said
        assert "Only 10 h 00 min of the days you named are known." in said
        await world.until(lambda: bool(world.calls("sendPhoto")))

        await world.says("/backtest SOL_USDC")
        assert "too few prices" in await world.until_written("Not played", seconds=60)
        await player.close()
        assert player.pid is None
