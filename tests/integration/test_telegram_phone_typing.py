"""What is typed on a phone, also on a Chinese keyboard, is what was meant: above all where something is to stop."""

from collections.abc import AsyncIterator

import pytest
from telegram import Update

from bot.telegram.answers.commands import bot_of, command_of
from bot.telegram.router import is_urgent
from strategy.draft import Step
from strategy.model.grid import Phase
from tests.integration.chat_world import World, a_grid
from tests.integration.stored import a_fill


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ("/stop 1", "stop", "1"),
        ("、stop 1", "stop", "1"),
        ("／stop　1", "stop", "1"),
        ("/stop　1", "stop", "1"),
        ("/stop1", "stop", "1"),
        ("/stop，1", "stop", "1"),
        ("/ stop 1", "stop", "1"),
        ("/ｓｔｏｐ 1。", "stop", "1"),
        ("/STOP@a_bot 1", "stop", "1"),
        ("/panic。", "panic", ""),
        ("/panic！", "panic", ""),
        (" /panic", "panic", ""),
        ("/panic\n", "panic", ""),
        ("\u200e/panic\ufe0f", "panic", ""),
        ("\u2068/stop\u2069 \u200f1", "stop", "1"),
        ("/st\u200bop\u00ad 1\ufeff", "stop", "1"),
        ("/grid_3", "status", "3"),
        ("/grid　SOL_USDC", "grid", "SOL_USDC"),
        ("/grid ETH_USDC stop=1,800", "grid", "ETH_USDC stop=1,800"),
        ("/suggest .5", "suggest", ".5"),
        ("/tune 1 usdc=5.", "tune", "1 usdc=5"),
        ("/停止 1", "停止", "1"),
        ("/nonsense 1", "nonsense", "1"),
        ("/nonsense1", "nonsense1", ""),
        ("/", "/", ""),
        ("、你好", "", "、你好"),
        ("stop 1", "", "stop 1"),
        ("1/2", "", "1/2"),
    ],
)
def test_a_command_is_read_as_a_phone_writes_it(typed: str, name: str, words: str) -> None:
    assert command_of(typed) == (name, words)


@pytest.mark.parametrize(
    ("typed", "bot"),
    [
        ("/panic@A_bot。", "a_bot"),
        ("/stop@a_bot　1", "a_bot"),
        ("/stop@a_bot，1", "a_bot"),
        ("\u200e/stop@\u200ba_bot\u200e 1", "a_bot"),
        ("/stop 1", ""),
        ("a@b", ""),
    ],
)
def test_the_bot_that_is_meant_in_a_group_is_read_as_the_command_is(typed: str, bot: str) -> None:
    assert bot_of(typed) == bot


@pytest.mark.parametrize("typed", ["/panic。", "、panic", "／stop　1", "/stop1", "\ufeff/panic\u200d"])
def test_what_stops_something_overtakes_however_it_is_written(typed: str) -> None:
    message = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": typed}
    update = Update.de_json({"update_id": 1, "message": message}, None)
    assert is_urgent(update)


STOPS = ("/stop 1", "、stop 1", "/stop1", "/stop 网格 1", "/stop 第1个", "/stop #1", "/stop 1。", "/stop 1，马上")


@pytest.mark.parametrize("typed", STOPS)
async def test_a_grid_is_stopped_however_its_number_is_written(world: World, typed: str) -> None:
    await a_grid(world)
    await world.says(typed)
    assert world.trader.asked[-1] == "stop 1"


@pytest.mark.parametrize("typed", ["/stop 1，卖出", "/stop 1卖出", "/stop 1 清仓", "/stop 1 停止并卖出"])
async def test_a_sale_in_the_words_of_the_screen_shows_its_card_first(world: World, typed: str) -> None:
    await a_grid(world)
    said = await world.says(typed)
    assert world.trader.asked[-1] != "stop 1"
    assert "Stop grid 1" in said[0]


async def test_several_grids_are_stopped_in_one_line(world: World) -> None:
    await a_grid(world)
    await a_grid(world)
    await world.says("/pause 1、2")
    assert {one.phase for one in world.trader.account().grids.values()} == {Phase.PAUSED}

    await world.says("/stop 1，2")
    assert {one.phase for one in world.trader.account().grids.values()} == {Phase.STOPPING}


async def test_a_point_does_not_make_two_grids_of_one_number(world: World) -> None:
    await a_grid(world)
    await world.says("/stop 1.5")
    assert world.trader.asked[-1] == "start ETH_USDC"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("停止", "/stop"), ("停止 1", "/stop 1"), ("停止1", "/stop 1"), ("全部停止", "/panic"), ("/停止 1", "/stop 1")],
)
async def test_a_command_without_a_slash_is_a_tap_away_and_not_done_without_it(
    world: World, typed: str, meant: str
) -> None:
    await a_grid(world)
    await world.says("/language 中文")
    before = list(world.trader.asked)

    said = await world.says(typed)

    assert f"是不是 {meant}？" in said[0]
    assert meant in await world.labels()
    assert world.trader.asked == before


async def test_other_words_are_answered_with_what_stops_everything(world: World) -> None:
    await world.says("/language 中文")
    assert "/panic" in (await world.says("怎么办"))[0]


@pytest.mark.parametrize("typed", ["/grid 以太坊", "/grid Ethereum", "/suggest 以太坊"])
async def test_a_coin_by_its_name_is_a_tap_away(world: World, typed: str) -> None:
    await world.says(typed)
    assert "Use ETH_USDC" in await world.labels()


async def test_where_nothing_is_like_it_the_markets_are_a_tap_away(world: World) -> None:
    await world.says("/grid 狗狗币")
    await world.clicks("Choose a market")
    assert (await world.labels())[:2] == ["ETH_USDC", "SOL_USDC"]


async def test_a_market_as_two_words_and_a_careful_grid_in_chinese(world: World) -> None:
    await world.says("/language 中文")
    assert "ETH_USDC，3 格" in (await world.says("/grid ETH USDC 间隔=40 格数=3 金额=50 利润=0.4%"))[0]
    assert "16 格" in (await world.says("/grid ETH_USDC 稳健"))[0]


@pytest.mark.parametrize("typed", ["/notify 仅风险提醒", "/notify 每小时汇总", "/notify 周报=星期天", "/help 参数"])
async def test_what_the_screen_says_can_be_typed(world: World, typed: str) -> None:
    await world.says("/language 中文")
    said = (await world.says(typed))[0]
    assert "看不懂" not in said
    assert "没有" not in said[:4]


async def test_a_person_is_invited_by_the_name_of_the_role_on_the_screen(world: World) -> None:
    await world.says("/language 中文")
    assert "没有" not in (await world.says("/invite 观察员"))[0]


async def test_a_limit_that_was_meant_as_money_is_asked_about(world: World) -> None:
    await world.says("/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4% maxloss=100")
    assert "Use maxloss=100%" in await world.labels()


async def test_what_a_figure_of_each_level_is_of_is_a_tap_away(world: World) -> None:
    await world.says("/language 中文")

    [said] = await world.says("/grid ETH_USDC 每格=60 格数=3")

    assert said.startswith("每格 是指什么？可能是 金额、间隔")
    assert [label for label in await world.labels() if "60" in label] == ["用 金额=60", "用 间隔=60"]
    assert "每格买单最多 60" in (await world.clicks("用 金额=60"))[0]


async def test_a_page_beyond_the_oldest_fill_is_the_last_one(world: World) -> None:
    """`/fills 1 9` said that there are no fills yet."""
    number, account = await a_grid(world), world.trader.account()
    fills = tuple(a_fill(one, grid=number) for one in range(12))
    world.store.save(account, [Step(account=account, entries=fills)])

    assert (await world.says("/fills 1 9"))[0].startswith("Fills 11 to 12 of 12")
    await world.clicks("Newer")

    assert (await world.written())[-1].startswith("The last 10 of 12 fills")
