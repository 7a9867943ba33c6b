"""/grid without words: which market, and how; the last grid again; what became too old begins anew."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.demo.telegram import sim
from exchange.port import Day, Unavailable
from strategy.model.market import Asset, BookState, Symbol
from strategy.model.orders import GridId
from strategy.model.spec import Spacing
from tests.integration.chat_world import LINE, World, a_grid
from tests.integration.small_trader import SOL_USDC
from tests.unit.telling import ETH_USDC
from tests.unit.viewing import MARKET

D = Decimal
RANGE = "/grid ETH_USDC spacing=arithmetic lower=2400 upper=2600 grids=4 usdc=50"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


def a_day(price: str, change: str, turnover: int) -> Day:
    return Day(price=D(price), change=D(change), turnover=D(turnover))


def list_more(world: World, *names: str, state: BookState = BookState.OPEN) -> None:
    """More markets at the exchange."""
    more = {
        Symbol(name): replace(MARKET, symbol=Symbol(name), base=Asset(name.split("_")[0]), state=state)
        for name in names
    }
    world.trader.set(markets={**world.trader.account().markets, **more})


async def test_markets_come_with_price_and_day_the_traded_first_then_by_turnover(world: World) -> None:
    world.trader.last_days = {
        ETH_USDC: a_day("2510.1", "-0.008", 10),
        SOL_USDC: a_day("90", "0.0123", 500),
    }
    list_more(world, "JUP_USDC")
    list_more(world, "AAA_USDC", state=BookState.CLOSED)

    assert "★" not in (await world.says("/grid"))[0], "no market has one yet"
    assert (await world.labels())[:3] == ["SOL_USDC · 90.00 · +1.23 %", "ETH_USDC · 2,510.10 · −0.80 %", "JUP_USDC"]

    await a_grid(world)
    assert "★ traded before. The per cent is" in (await world.says("/grid"))[0]
    assert (await world.labels())[:2] == ["★ ETH_USDC · 2,510.10 · −0.80 %", "SOL_USDC · 90.00 · +1.23 %"]


async def test_tickers_that_cannot_be_read_leave_the_names(world: World) -> None:
    world.trader.last_days = Unavailable("down", "no answer")

    assert "per cent" not in (await world.says("/grid"))[0]
    assert (await world.labels())[:2] == ["ETH_USDC", "SOL_USDC"]


async def test_a_market_is_found_by_a_part_of_its_name(world: World) -> None:
    list_more(world, *(f"A{number}SOL_USDC" for number in range(9)))
    assert "5 more are open" in (await world.says("/grid"))[0]

    said = await world.says("a7s")
    assert (await world.labels())[0] == "A7SOL_USDC"
    assert "more are open" not in said[0]

    await world.says("sol")
    assert len(await world.labels()) == 8, "six of ten, the three proposals, the way out"
    assert "know the market nosuch_sol" in (await world.says("nosuch_sol"))[0]
    assert "how shall the grid" in (await world.says("sol-usdc"))[0]


async def test_the_careful_grid_is_three_taps_away(world: World) -> None:
    await world.says("/grid")
    await world.clicks("ETH_USDC")
    await world.clicks("Careful grid")
    await world.clicks("Start")

    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.spacing, spec.grids, spec.below, spec.max_loss, spec.loss_sells, spec.gate_hours) == (
        Spacing.GEOMETRIC,
        16,
        D("0.21"),
        D("0.08"),
        True,
        168,
    )


async def test_what_is_typed_where_a_button_is_asked_for_says_so(world: World) -> None:
    await world.says("/grid")
    await world.clicks("ETH_USDC")

    assert "Press one of the buttons" in (await world.says("40"))[0]
    await world.clicks("Careful grid")
    assert (await world.labels())[:2] == ["Start", "Cancel"]


async def test_the_last_grid_is_shown_again_with_the_price_of_today(world: World) -> None:
    await world.says(RANGE)
    await world.clicks("Start")
    world.trader.set_price("2450")

    await world.says("/grid")
    shown = (await world.clicks("Again: grid 1, ETH_USDC"))[0]
    assert "200.78 USDC" in shown, "by the price of now"
    await world.clicks("Start")

    old, new = (world.trader.account().grids[GridId(number)].spec for number in (1, 2))
    assert old == new


async def test_the_last_grid_is_refused_where_its_range_no_longer_holds_the_price(world: World) -> None:
    await world.says(RANGE)
    await world.clicks("Start")
    world.trader.set_price("3000")

    await world.says("/grid")
    await world.clicks("★ ETH_USDC")
    said = await world.clicks("Again: grid 1, ETH_USDC")

    assert "outside the range 2,400.00 to 2,600.00" in said[0]
    assert "Start" not in await world.labels()
    assert list(world.trader.account().grids) == [GridId(1)]


async def test_a_market_without_a_grid_of_ours_offers_none_again(world: World) -> None:
    await a_grid(world)
    await world.says("/grid")
    await world.clicks("SOL_USDC")

    assert await world.labels() == ["Propose three", "Careful grid", "Type figures", "Cancel"]


async def test_status_leads_to_a_new_grid(world: World) -> None:
    await world.says("/status")

    assert "Which market" in (await world.clicks("New grid"))[0]


@pytest.mark.parametrize("label", ["Start", "Max loss 8 %, sell, stay out"])
async def test_a_preview_that_became_too_old_is_shown_afresh_at_a_tap(label: str) -> None:
    world = World()
    async with world.running():
        await world.says(LINE)
    world.telegram.clock.seconds += 601
    async with world.running():
        assert "too old" in (await world.clicks(label))[0]
        assert await world.labels() == ["Show it again", "New grid"]
        assert world.trader.asked == []

        await world.clicks("Show it again")
        await world.clicks("Start")

    assert world.trader.asked == ["start ETH_USDC"]
    assert world.trader.account().grids[GridId(1)].spec.interval == D(40)


async def test_a_mended_wish_that_became_too_old_is_shown_afresh(world: World) -> None:
    await world.says("/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.05%")
    world.telegram.clock.seconds += 601

    await world.clicks("Use 0.40 %")
    await world.clicks("Show it again")
    await world.clicks("Start")

    assert world.trader.account().grids[GridId(1)].spec.out_want == D("0.004")


async def test_an_old_button_offers_to_begin_anew_once_and_only_for_a_grid(world: World) -> None:
    await a_grid(world)
    await world.says(LINE)
    old = (await world.messages())[-1]["message_id"]
    start = next(key for row in (await world.messages())[-1]["buttons"] for key in row if key["label"] == "Start")
    world.telegram.clock.seconds += 601
    assert len(await world.clicks("Start", message_id=old)) == 1

    nonce = start["data"][1:]
    assert world.notebook.use_late(nonce, user=4242, chat=4242, at=world.time.now()) is None, "once"

    await world.says("/stop")
    label = next(one for one in await world.labels() if one.startswith("Stop"))
    world.telegram.clock.seconds += 601
    assert await world.clicks(label) == [], "whoever wanted to stop is not offered a new grid"


async def test_a_late_button_is_nobody_elses(world: World) -> None:
    nonce = world.notebook.add_button(action="start", args={"spec": "x"}, user=4242, chat=4242, expires_at=5)

    assert world.notebook.use_late(nonce, user=4243, chat=4242, at=6) is None
    assert world.notebook.use_late(nonce, user=4242, chat=4242, at=4) is None, "it is in time"
    assert world.notebook.use_button(nonce, user=4242, chat=4242, at=4) is not None
    assert world.notebook.use_late(nonce, user=4242, chat=4242, at=6) is None, "it was used in time"


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("/grid ETH_USDC spacing=arithmetic lower=2400 upper=2600 grids=190 usdc=5", "Use "),
        ("/grid ETH_USDC interval=900 grids=9 usdc=50", "Use "),
        (
            "/grid ETH_USDC spacing=arithmetic lower=2600 upper=2400 grids=4 usdc=50",
            "Use lower=2,400 upper=2,600",
        ),
        ("/grid ETH_USDC spacing=arithmetic lower=2800 upper=3000 grids=4 usdc=50", "Use lower="),
        ("/grid ETH_USDC stop=2700", "Use 2,259"),
        ("/grid ETH_USDC take=2000", "Use take=off"),
        ("/grid ETH_USDC trail=5% take=2000", "Use take=off"),
        ("/grid ETH_USDC share=30% compound=50%", "Use compound=off"),
    ],
)
async def test_a_refusal_is_mended_at_a_tap(world: World, line: str, label: str) -> None:
    await world.says(line)
    found = next((one for one in await world.labels() if one.startswith(label)), None)
    assert found, await world.labels()

    await world.clicks(found)
    assert (await world.labels())[:2] == ["Start", "Cancel"]
    assert world.trader.asked == []


async def test_a_question_that_is_tapped_twice_goes_on_and_says_nothing_else(world: World) -> None:
    """Phones send a tap twice, and once more when they are connected again: that is no news in a dialogue."""
    await world.says("/grid")
    written = len(await world.written())
    for label in ("ETH_USDC", "Type figures", "Interval, around the price", "Cancel"):
        told = len((await world.telegram.chat())["answers"])
        await world.clicks(label, times=2)
        await world.until_answered(told + 2)

        assert len(await world.written()) == (written := written + 1), "the next question, and nothing else"
        assert (await world.telegram.chat())["answers"][-1]["text"] == "Already pressed: what came of it is below."


async def test_a_question_that_was_answered_in_words_is_over_without_a_word(world: World) -> None:
    await world.says("/grid")
    sim.write(world.telegram.server.world, {"text": "eth-usdc"})
    sim.click(world.telegram.server.world, {"label": "ETH_USDC"})
    await world.until_answered(1)

    assert (await world.telegram.chat())["answers"][-1]["text"] == "Already pressed: what came of it is below."
    assert "how shall the grid" in (await world.written())[-1]
