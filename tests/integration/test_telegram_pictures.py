"""/chart and /share: what is asked to be drawn, and what is sent where it can't be."""

from dataclasses import replace

import pytest

from bot.mode import Mode
from bot.owner.views import (
    CardPicture,
    CurvePicture,
    DaysPicture,
    LadderPicture,
    MarketPicture,
    Picture,
    Theme,
    Undrawn,
)
from exchange.port import Unavailable
from storage.errors import StorageError
from tests.integration.chat_world import World, a_grid

HOUR = 3_600_000


async def asked(world: World, text: str) -> Picture:
    """The owner asks; what is then to be drawn, once it is sent."""
    before = len(world.pictures)
    await world.says(text)
    await world.until(lambda: len(world.pictures) > before)
    for _ in range(100):
        if sum(bool(one.get("photo")) for one in await world.messages()) > before:
            break
        await world.telegram.server.world.bell.heard(0.01)
    return world.pictures[-1]


async def test_the_chart_shows_the_market_of_the_grid_with_its_ladder() -> None:
    async with World().running() as world:
        await a_grid(world)
        picture = await asked(world, "/chart")

        assert isinstance(picture, MarketPicture)
        assert picture.head.title == "Grid 1 · ETH_USDC"
        assert picture.head.figure == "Total 0.00 USDC (0.00 %)"
        assert picture.head.mark == "PAPER"
        assert len(picture.bars) == 48
        assert len(picture.rungs) == 3
        sent = (await world.messages())[-1]
        assert sent["photo"]
        assert [[key["label"] for key in row] for row in sent["buttons"]] == [
            ["7 days", "30 days"],
            ["Equity", "By day"],
            ["Share"],
        ]


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("/chart 1 7", MarketPicture),
        ("/chart 1 7d", MarketPicture),
        ("/chart 1 curve", CurvePicture),
        ("/chart 曲线", CurvePicture),
        ("/chart 1 days", DaysPicture),
        ("/chart report", CardPicture),
        ("/chart report 2026-02-05", CardPicture),
        ("/chart report 2026-02-05 2026-02-06", CardPicture),
        ("/chart report week", CardPicture),
        ("/chart 日报 本周", CardPicture),
        ("/share", CardPicture),
        ("/share 1 week", CardPicture),
        ("/share 1 本周", CardPicture),
    ],
)
async def test_each_picture_has_its_words(typed: str, kind: type[Picture]) -> None:
    async with World().running() as world:
        await a_grid(world)

        assert isinstance(await asked(world, typed), kind)


async def test_what_is_shared_says_the_total_before_the_grid_profit_the_period_and_that_it_was_paper() -> None:
    async with World().running() as world:
        await a_grid(world)
        picture = await asked(world, "/share 1")

        assert isinstance(picture, CardPicture)
        assert picture.head.figure == "Total 0.00 USDC"
        assert picture.head.mark == "PAPER"
        assert picture.head.note == "2026-09-21 – 2026-09-21"
        assert [name for name, _, _ in picture.rows][:3] == ["Return on the money", "Grid profit", "Floating profit"]

        world.trader.mode = Mode.LIVE
        assert (await asked(world, "/share 1")).head.mark == ""


async def test_colours_that_were_asked_for_stay() -> None:
    async with World().running() as world:
        await a_grid(world)

        assert (await asked(world, "/chart")).head.theme is Theme.DARK
        assert (await asked(world, "/chart light")).head.theme is Theme.LIGHT
        assert (await asked(world, "/share")).head.theme is Theme.LIGHT
        assert (await asked(world, "/chart 深色")).head.theme is Theme.DARK


async def test_a_chart_without_candles_is_still_drawn() -> None:
    async with World().running() as world:
        await a_grid(world)
        world.trader.no_candles = Unavailable("maintenance", "back soon")
        picture = await asked(world, "/chart")

        assert isinstance(picture, MarketPicture)
        assert picture.bars == ()
        assert len(picture.rungs) == 3


async def test_where_nothing_draws_the_words_are_sent_with_what_is_to_be_done() -> None:
    async with World().running() as world:
        await a_grid(world)
        world.drawn = Undrawn.MISSING
        await world.says("/share 1")
        told = await world.until_written("Matplotlib")

        assert "Total 0.00 USDC" in told
        assert "pip install matplotlib" in told
        assert "PAPER" in told


async def test_letters_that_no_font_has_are_drawn_in_english() -> None:
    async with World(language="zh").running() as world:
        await world.says("/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%")
        await world.clicks("开始")
        await world.until(lambda: bool(world.trader.account().grids))
        world.drawn = Undrawn.GLYPHS
        before = len(world.pictures)
        await world.says("/chart")
        await world.until(lambda: len(world.pictures) == before + 2)

        assert [one.head.title for one in world.pictures[before:]] == ["网格 1 · ETH_USDC", "Grid 1 · ETH_USDC"]


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("/chart 9", "grid 9"),
        ("/chart 1 0", "I don't understand"),
        ("/chart 1 400", "I don't understand"),
        ("/chart 1 \U00010a41", "I don't understand"),  # a digit by its kind that no number is made of
        ("/chart 1 2 3", "I don't understand"),
        ("/chart curve days", "I don't understand"),
        ("/chart report soon", "I can't read the day"),
        ("/chart report 2026-13-45", "I can't read the day"),
        ("/chart report 2020-01-01", "2026-01-01"),
        ("/share 1 week month", "I don't understand"),
        ("/share x", "x"),
    ],
)
async def test_what_cant_be_drawn_is_said(typed: str, part: str) -> None:
    async with World().running() as world:
        await a_grid(world)
        before = list(world.pictures)
        answer = (await world.says(typed))[0]

        assert part.lower() in answer.lower()
        assert world.pictures == before


@pytest.mark.parametrize("typed", ["/chart", "/chart curve", "/share", "/chart report"])
async def test_without_a_grid_there_is_nothing_to_draw(typed: str) -> None:
    async with World().running() as world:
        before = len(await world.written())
        await world.says(typed)
        await world.until_written("No grid")

        assert len(await world.written()) == before + 1
        assert world.pictures == []


async def test_a_button_under_a_chart_leads_to_the_others() -> None:
    async with World().running() as world:
        number = await a_grid(world)
        grid = world.trader.account().grids[number]
        world.trader.set(grids={number: replace(grid, created_at=grid.created_at - 50 * HOUR)})
        await asked(world, "/chart")
        await world.clicks("Equity")
        await world.until(lambda: isinstance(world.pictures[-1], CurvePicture))
        curve = world.pictures[-1]

        assert isinstance(curve, CurvePicture)
        assert curve.equity[0] == (grid.created_at - 50 * HOUR, grid.money)
        assert len(curve.holding) > 40


async def test_a_preview_comes_under_its_picture_in_the_colours_that_were_chosen() -> None:
    async with World().running() as world:
        await world.says("/chart light")
        await world.says("/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%")
        picture = world.pictures[-1]

        assert isinstance(picture, LadderPicture)
        assert picture.head.title == "New grid · ETH_USDC"
        assert picture.head.theme is Theme.LIGHT
        assert [step.side for step in picture.steps] == ["buy", "buy", "sell"]
        photo, text = (await world.messages())[-2:]
        assert photo["photo"]
        assert "Start" in [key["label"] for row in text["buttons"] for key in row]


@pytest.mark.parametrize("why", Undrawn)
async def test_a_preview_that_cant_be_drawn_is_offered_all_the_same(why: Undrawn) -> None:
    async with World().running() as world:
        world.drawn = why
        await world.says("/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%")

        assert "Start" in await world.labels()
        assert not any(one.get("photo") for one in await world.messages())


@pytest.mark.parametrize("typed", ["/chart", "/chart report", "/share"])
@pytest.mark.parametrize("words", ["not enough rights to send photos to the chat", "IMAGE_PROCESS_FAILED"])
async def test_a_picture_that_telegram_does_not_take_comes_in_words(typed: str, words: str) -> None:
    async with World().running() as world:
        await a_grid(world)
        refused = {"error_code": 400, "description": f"Bad Request: {words}"}
        await world.telegram.sim("fault", method="sendPhoto", mode="error", **refused)

        await world.says(typed)

        assert "0.00 USDC" in await world.until_written("Telegram did not take the picture")


async def test_a_picture_is_sent_once_the_flood_is_over() -> None:
    async with World().running() as world:
        await a_grid(world)
        await world.telegram.sim("fault", method="sendPhoto", mode="error", error_code=429, retry_after=7)

        await world.says("/chart")
        await world.until(lambda: len(world.calls("sendPhoto")) == 2)
        world.time.pass_by(8)
        await world.until(lambda: len(world.calls("sendPhoto")) == 3)

        assert (await world.messages())[-1]["photo"]


@pytest.mark.parametrize("typed", ["/share", "/chart 1 curve"])
@pytest.mark.parametrize(
    ("fault", "said"), [(StorageError("disk"), "can't show this"), (ValueError("a fault of ours"), "That failed")]
)
async def test_a_picture_that_comes_to_nothing_is_told(
    typed: str, fault: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_periods: object, **_more: object) -> None:
        raise fault

    async with World().running() as world:
        await a_grid(world)
        monkeypatch.setattr(world.trader, "books", fails)
        await world.says(typed)
        await world.until_written(said)
