"""What a preview proposes beside what was wished for: what each has done, and one tap there and back."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from bot.owner.careful import CAREFUL
from exchange.port import ExchangeError
from strategy.model.orders import GridId
from strategy.model.spec import Spacing
from tests.integration.chat_world import LINE, World

D = Decimal
WORDS = {
    "English": (
        "Start",
        "Max loss 8 %, sell, stay out",
        "Show the careful grid",
        "As it was before",
        "no worse than −317",
    ),
    "zh": ("开始", "最大亏损 8%，卖出离场", "看稳健网格", "换回原来的", "九成不差于 −317"),
}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


@pytest.mark.parametrize("language", WORDS)
async def test_the_careful_grid_is_one_tap_away_and_so_is_what_was_asked_for(world: World, language: str) -> None:
    start, limit, careful, before, figures = WORDS[language]
    await world.says(f"/language {language}")
    asked = (await world.says(LINE))[0]
    assert figures in asked
    assert (await world.labels())[2:-2] == [limit, careful]

    shown = (await world.clicks(careful))[0]
    assert "16" in shown
    assert (await world.labels())[2:-2] == [before]
    assert (await world.clicks(before))[0] == asked
    await world.clicks(careful)
    await world.clicks(start)

    spec = world.trader.account().grids[GridId(1)].spec
    assert {name: getattr(spec, name) for name in CAREFUL} == dict(CAREFUL)
    money = world.trader.account().grids[GridId(1)].money
    assert D(145) < money <= D("152.68"), "no more than was shown for what was asked for"


@pytest.mark.parametrize("language", WORDS)
async def test_the_limit_alone_changes_nothing_else(world: World, language: str) -> None:
    start, limit, careful, before, _ = WORDS[language]
    await world.says(f"/language {language}")
    await world.says(LINE)

    await world.clicks(limit)
    assert (await world.labels())[2:-2] == [careful, before]
    await world.clicks(start)

    spec = world.trader.account().grids[GridId(1)].spec
    assert (spec.max_loss, spec.loss_sells, spec.sell_on_limit) == (D("0.08"), True, False)
    assert (spec.spacing, spec.interval, spec.quote_per_order) == (Spacing.INTERVAL, D(40), D(50))


WILD = {
    "English": ("Show the careful grid", "Start", "2.25 times as far", "Its market moves 2.25 times"),
    "zh": ("看稳健网格", "开始", "是当时 ETH 的 2.25 倍", "该市场的波动是平常（每小时 1%）的 2.25 倍"),
}


@pytest.mark.parametrize("language", WILD)
async def test_in_a_wild_market_it_is_wider_for_less_money(world: World, language: str) -> None:
    careful, start, told, why = WILD[language]
    await world.says(f"/language {language}")
    world.trader.hourly = 56  # of 2,510
    assert told in (await world.says(LINE))[0]

    shown = (await world.clicks(careful))[0]
    assert why in shown
    await world.clicks(start)

    grid = world.trader.account().grids[GridId(1)]
    assert (grid.spec.below, grid.spec.above, grid.spec.max_loss) == (D("0.41"), D("0.14"), D("0.18"))
    assert D(64) < grid.money <= D("152.68") / D("2.25")
    assert careful not in await world.labels()


@pytest.mark.parametrize("language", WILD)
async def test_the_careful_grid_that_is_asked_for_by_name_is_laid_for_its_market_too(
    world: World, language: str
) -> None:
    _, start, _, why = WILD[language]
    await world.says(f"/language {language}")
    assert why not in (await world.says("/grid ETH_USDC careful"))[0]
    world.trader.hourly = 56

    assert why in (await world.says("/grid ETH_USDC careful"))[0]
    await world.clicks(start)

    grid = world.trader.account().grids[GridId(1)]
    assert grid.spec.max_loss == D("0.18")
    assert grid.spec.quote_per_order == D("22.22"), "of 50"


async def test_where_its_candles_cannot_be_read_it_is_taken_for_a_usual_market(world: World) -> None:
    world.trader.no_candles, world.trader.hourly = ExchangeError("no answer"), 56

    shown = (await world.says("/grid ETH_USDC careful"))[0]
    assert "usual" not in shown
    await world.clicks("Start")
    assert world.trader.account().grids[GridId(1)].spec.below == CAREFUL["below"]


async def test_a_tap_starts_nothing_and_uses_up_the_preview_it_was_under(world: World) -> None:
    await world.says(LINE)
    begin = (await world.messages())[-1]["buttons"][0][0]["data"]

    await world.clicks("Show the careful grid")

    assert world.notebook.use_button(begin[1:], user=4242, chat=4242, at=world.time.now()) is None
    assert not world.trader.asked


async def test_what_can_no_longer_be_shown_says_why(world: World) -> None:
    await world.says("/grid ETH_USDC spacing=arithmetic lower=2400 upper=2600 grids=4 usdc=50 maxloss=off")
    world.trader.set_price("3000")

    said = await world.clicks("Max loss 8 %, sell, stay out")

    assert "2,400" in said[0]
    assert (await world.labels())[0] == "Wait for the price"
