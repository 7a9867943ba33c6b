"""/suggest as its owner types it, over the local Bot API: three grids, one of them, which market, and nothing begun."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest

from bot.backtest.frames import Place
from bot.backtest.player import Player
from bot.console.demo import MARKET
from bot.demo.backpack.server import build
from bot.demo.servers import serving
from bot.languages import LANGUAGES
from bot.mode import Mode
from bot.owner.backtests import Loaded, NotPlayed, Why
from bot.owner.pictures import PanelsPicture, Theme, Undrawn
from bot.owner.suggestions import Asked, Style, Suggested
from bot.settings import Defaults
from bot.telegram.texts.panels import panels_picture
from bot.telegram.texts.suggestions import suggested
from strategy.grid.opening import problem
from strategy.messages.problems import ProblemCode
from strategy.model.market import Symbol
from strategy.model.money import ZERO
from strategy.model.orders import GridId
from tests.builders import NOW
from tests.integration.chat_world import World
from tests.integration.small_trader import SOL_USDC
from tests.unit.backtesting import DAY
from tests.unit.suggesting import a_proposal, proposed

D = Decimal


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


class Desk:
    """Proposes what it was told to, and remembers what it was asked."""

    def __init__(self, world: World, answer: Suggested | NotPlayed | None = None) -> None:
        self.asked: list[Asked] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._answer = answer or Suggested(markets=(proposed(),))
        world.suggest = self.suggest

    async def suggest(self, asked: Asked, told: Loaded) -> Suggested | NotPlayed:
        self.asked.append(asked)
        await told(8_640)
        await self.gate.wait()
        return self._answer


async def test_three_grids_are_shown_and_one_leads_to_its_preview_while_the_others_stay(world: World) -> None:
    desk = Desk(world)
    await world.says("/suggest ETH_USDC 500")
    said = await world.until_written("Grids for ETH_USDC")

    (asked,) = desk.asked
    assert (asked.money, [one.symbol for one in asked.markets]) == (D(500), ["ETH_USDC"])
    for name, lower in (("Calm", "1,750.00"), ("Normal", "2,000.00"), ("Busy", "2,200.00")):
        assert f"{name}: {lower} to 2,750.00 USDC" in said
    for part in ("−9.80 to +31.50 USDC", "+4.23 USDC, 17 round trips", "Worst of 200 such markets: −104.50 USDC"):
        assert part in said
    assert "Default, what /grid opens where you say no figure: 2,440.00 to 2,530.08 USDC" in said
    assert "1,134 grids" in said
    assert await world.labels() == ["Start Calm", "Start Normal", "Start Busy", "Start Default"]
    shown = (await world.messages())[-1]["message_id"]

    preview = (await world.clicks("Start Normal"))[-1]

    assert "15 levels" in preview
    assert (await world.labels())[:2] == ["Start", "Cancel"]
    assert world.trader.asked == [], "nothing is started"
    (left,) = [one["buttons"] for one in await world.messages() if one["message_id"] == shown]
    assert [key["label"] for row in left for key in row] == ["Start Calm", "Start Busy", "Start Default"]
    await world.clicks("Start")
    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.below, spec.above, spec.grids, spec.total) == (D("0.2"), D("0.1"), 15, D(500))
    assert spec.max_loss == Defaults().max_loss, "the limit that /grid sets"


@pytest.mark.parametrize("words", ["500 calm ETH_USDC", "ETH_USDC 保守 500", "eth-usdc 500 CALM"])
async def test_how_careful_shows_that_one_alone(world: World, words: str) -> None:
    Desk(world)
    await world.says(f"/suggest {words}")
    said = await world.until_written("Grids for ETH_USDC")

    assert "Busy" not in said
    assert await world.labels() == ["Start Calm", "All of them"]
    await world.clicks("All of them")
    await world.until_written("Busy")


async def test_they_are_drawn_with_the_figures_of_the_words_and_the_buttons_stand_under_it(world: World) -> None:
    Desk(world)
    await world.says("/suggest ETH_USDC 500")
    said = await world.until_written("Grids for ETH_USDC")
    words, picture = (await world.messages())[-2:]

    assert 'class="expandable"' in words["html"]
    assert (words["buttons"], bool(picture["photo"])) == ([], True)
    (drawn,) = world.pictures
    assert isinstance(drawn, PanelsPicture)
    assert [one.name for one in drawn.panels] == ["Calm", "Normal", "Busy", "Default"]
    assert drawn.head.figure == "500.00 USDC each"
    assert (drawn.past, drawn.coming) == (proposed().closes, proposed().coming)
    for panel, one in zip(drawn.panels, proposed().proposals, strict=True):
        assert (panel.rungs, panel.ends) == (one.rungs, (one.lower, one.upper))
        assert all(figure in said and figure.endswith("USDC") for _, figure, _ in panel.figures)


async def test_where_nothing_can_be_drawn_the_words_are_open_and_have_the_buttons(world: World) -> None:
    Desk(world)
    world.drawn = Undrawn.MISSING
    await world.says("/suggest ETH_USDC 500")
    await world.until_written("Grids for ETH_USDC")
    (words,) = (await world.messages())[-1:]

    assert "expandable" not in words["html"]
    assert await world.labels() == ["Start Calm", "Start Normal", "Start Busy", "Start Default"]


async def test_the_default_grid_leads_to_its_preview_as_typed(world: World) -> None:
    Desk(world)
    await world.says("/suggest ETH_USDC 500 default")
    await world.until_written("Grids for ETH_USDC")
    assert await world.labels() == ["Start Default", "All of them"]

    await world.clicks("Start Default")
    await world.clicks("Start")
    spec = world.trader.account().grids[GridId(1)].spec

    assert (spec.interval, spec.out_want, spec.grids, spec.total) == (D(40), D("0.004"), 3, D(500))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_default_grid_that_cant_earn_its_fees_says_so_and_has_no_button(lang: str) -> None:
    calm, *_ = proposed().proposals
    refused = problem(ProblemCode.LOSES, "out", step=D("0.004"), fees=D("0.0046"), buffer=D("0.001"), least=D("0.0056"))
    one = replace(proposed(), proposals=(calm,), refused=refused)
    said = suggested(lang, one, tuple(Style), "live")
    drawn = panels_picture(lang, one, tuple(Style), theme=Theme.DARK, mode=Mode.LIVE, at=NOW, zone=UTC)

    assert "0.40" in said
    assert "0.46" in said
    assert not drawn.panels[-1].rungs
    assert all(any(rate in words for words in drawn.panels[-1].wrong) for rate in ("0.40", "0.46"))
    assert len(panels_picture(lang, one, (Style.CALM,), theme=Theme.DARK, mode=Mode.LIVE, at=NOW, zone=UTC).panels) == 1


async def test_alone_it_asks_which_market_and_without_money_it_takes_what_is_free(world: World) -> None:
    desk = Desk(world)
    assert "For which market" in (await world.says("/suggest"))[0]
    assert await world.labels() == ["ETH_USDC", "SOL_USDC", "Which market?"]

    await world.clicks("ETH_USDC")
    await world.until_written("Grids for ETH_USDC")

    assert desk.asked[0].money == D(1000)


async def test_markets_are_compared_the_best_first_and_what_cant_be_read_is_named(world: World) -> None:
    calm, normal, busy, _default = proposed().proposals
    other = replace(proposed(), market=replace(proposed().market, symbol=SOL_USDC))
    desk = Desk(world, Suggested(markets=(other, proposed()), left_out=(Symbol("BTC_USDC"),)))
    await world.says("/suggest which market 500")
    said = await world.until_written("best first")

    assert [one.symbol for one in desk.asked[0].markets] == ["ETH_USDC", "SOL_USDC"]
    assert said.index("1. SOL_USDC") < said.index("2. ETH_USDC")
    assert "Nothing can be said yet of BTC_USDC" in said
    assert await world.labels() == ["SOL_USDC", "ETH_USDC"]
    assert (calm.middle, normal.middle, busy.middle) == (D("3.2"), D("6.4"), D("8.1"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/suggest NOPE_USDC", "NOPE_USDC"),
        ("/suggest ETH_USDC SOL_USDC", "SOL_USDC"),
        ("/suggest ETH_USDC 5x0", "5x0"),
        ("/suggest ETH_USDC 500 600", "600"),
        ("/suggest which ETH_USDC", "ETH_USDC"),
    ],
)
async def test_what_cant_be_read_is_refused_with_a_line_that_can(world: World, line: str, said: str) -> None:
    desk = Desk(world)

    assert said in (await world.says(line))[0]
    assert desk.asked == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (NotPlayed(why=Why.MISSING), "make research"),
        (NotPlayed(why=Why.UNREAD, text="503"), "Details: 503"),
        (NotPlayed(why=Why.TOO_LITTLE), "less than a day"),
        (NotPlayed(why=Why.NOTHING), "Better none than a bad one"),
        (NotPlayed(why=Why.UNPLAYED, text="band_high"), "tried out here (for its rules)"),
        (NotPlayed(why=Why.UNPLAYED, text="max_position, band_low"), "tried out here (maxpos)"),
        (NotPlayed(why=Why.UNPLAYED, text="unit"), "Name a smaller amount"),
        (NotPlayed(why=Why.SLOW), "faster"),
        (
            NotPlayed(why=Why.REFUSED, problem=problem(ProblemCode.NO_PRICE, symbol="ETH_USDC"), at=0, price=D(1)),
            "I have no price",
        ),
    ],
)
async def test_where_nothing_can_be_proposed_the_next_step_is_named(world: World, answer: NotPlayed, said: str) -> None:
    Desk(world, answer)
    await world.says("/suggest ETH_USDC 500")

    assert said in await world.until_written("No proposal")


async def test_while_one_is_sought_nothing_else_is_and_a_panic_is_obeyed(world: World) -> None:
    desk = Desk(world)
    desk.gate.clear()
    await world.says("/suggest ETH_USDC 500")
    await world.until_written("8,640 candles are there")

    assert "under way" in (await world.says("/backtest ETH_USDC lower=2300 upper=2700 grids=10 total=900"))[0]
    await world.says("/panic")
    assert "panic" in world.trader.asked

    desk.gate.set()
    await world.until_written("Grids for ETH_USDC")
    assert len(desk.asked) == 1


def test_a_market_is_ranked_by_what_its_middle_brings_for_what_its_worst_tenth_loses() -> None:
    calm, normal, busy, _default = proposed().proposals
    safe = replace(proposed(), proposals=(calm, replace(normal, low=D("-5")), busy))

    assert safe.rank > proposed().rank
    assert replace(safe, proposals=(calm, replace(normal, low=ZERO, middle=D(-1)), busy)).rank < 0
    assert a_proposal(normal.style, below="0.2", grids=15, middle="6.4", low="-25") == normal


def test_the_worst_case_is_never_above_the_band_whichever_of_the_two_it_is() -> None:
    calm, normal, busy, _default = proposed().proposals
    seen = replace(calm, worst=normal.worst, worst_loss=normal.worst_loss, worst_price=D(2000))
    own = replace(normal, worst=normal.worst_loss)
    said = suggested("en", replace(proposed(), proposals=(seen, own, busy)), (Style.CALM, Style.NORMAL), "live")

    assert "Worst of 200 such markets: −104.50 USDC. All bought and the price at 2,000.00 USDC: −88.13 USDC" in said
    assert "Worst case: −88.13 USDC, all bought and the price at 2,000.00 USDC; no one of 200" in said


async def test_the_whole_of_it_over_the_local_exchange(world: World) -> None:
    local = build(f"candles:{MARKET}", seed=1, speed=Decimal(0), symbol="ETH_USDC", clock=world.time.now)
    assert local.player is not None
    for _ in range(4 * 1_500):
        local.player.step()
    async with serving(local.app(), 0) as port:
        player = Player(
            Place(address=f"http://127.0.0.1:{port}", folder=None, known=2 * DAY, defaults=Defaults()), playing=60
        )
        world.suggest = player.suggest
        await world.says("/suggest ETH_USDC 500")
        said = await world.until_written("Grids for ETH_USDC", seconds=90)
        assert "only 1 d" in said
        assert {"Start Calm", "Start Default"} < set(await world.labels())

        await world.says("/suggest SOL_USDC 500")
        assert "less than a day" in await world.until_written("No proposal", seconds=60)
        await player.close()


async def test_the_questions_of_a_new_grid_offer_three_instead_of_figures(world: World) -> None:
    desk = Desk(world)
    await world.says("/grid")
    assert "Propose three" in await world.labels()
    await world.clicks("ETH_USDC")
    assert "Propose three" in await world.labels()
    await world.clicks("Type figures")
    await world.clicks("Geometric, equal per cents")
    assert "Propose three" in await world.labels()

    await world.clicks("Propose three")
    await world.until_written("Grids for ETH_USDC")

    assert [one.symbol for one in desk.asked[0].markets] == ["ETH_USDC"]
    assert "only understand commands" in (await world.says("2000"))[0], "what was asked before is over"
    assert world.trader.asked == []


async def test_a_mistyped_market_is_offered_for_the_same_command_with_an_example_of_it() -> None:
    async with World().running() as world:
        (said,) = await world.says("/suggest ETH 500 calm")

        assert "Did you mean ETH_USDC" in said
        assert "Example: /suggest ETH_USDC 500 calm" in said
        assert "/grid" not in said
        assert await world.labels() == ["Use ETH_USDC"]
        await world.clicks("Use ETH_USDC")
        assert "ETH_USDC" in (await world.written())[-1]
        assert ("[meant] command=suggest words=ETH_USDC 500 calm", "done") in world.notebook.commands
        (said,) = await world.says("/backtest ETH lower=1800 upper=2200 grids=20 total=1000")
        assert "Example: /backtest ETH_USDC" in said
