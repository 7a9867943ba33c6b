"""The commands as the owner types them: what they do, what they ask first, and what old or repeated ones do."""

from collections.abc import AsyncIterator

import pytest

from bot.telegram.answers.commands import COMMANDS, menu
from bot.telegram.router import A_MINUTE
from strategy.model.orders import GridId
from tests.integration.chat_world import LINE, OWNER, World, a_grid


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        yield running


async def test_every_command_of_the_menu_is_answered(world: World) -> None:
    for command in COMMANDS:
        world.telegram.clock.seconds += 2  # there are more of them than may be asked for in a minute
        said = await world.says(f"/{command.name}")
        if command.name == "card":  # it is pinned by whoever keeps it
            await world.until(lambda: bool(world.calls("pinChatMessage")))
        else:
            assert said, command.name


async def test_an_unknown_command_is_answered_with_the_nearest_one(world: World) -> None:
    assert "/status" in (await world.says("/statsu"))[0]
    assert "/help" in (await world.says("/xyzzy <b>"))[0]


async def test_only_the_owner_has_the_menu_of_commands(world: World) -> None:
    await world.says("/start")
    await world.until(lambda: len(world.calls("setMyCommands")) == 3)

    shown = (await world.telegram.chat(OWNER))["commands"]
    others = (await world.telegram.chat(777))["commands"]

    assert [one["command"] for one in shown] == [name for name, _ in menu("en")]
    assert [one["command"] for one in others] == ["start"]


async def test_a_number_after_a_card_shows_that_grid_alone(world: World) -> None:
    await a_grid(world)
    await a_grid(world)

    for command in ("/status 2", "/pnl 2", "/status 网格2"):
        said = (await world.says(command))[0]
        assert "Grid 2" in said
        assert "Grid 1" not in said
    assert "USDC" in (await world.says("/balance usdc"))[0]
    assert "SOL" not in (await world.says("/balance usdc"))[0]


async def test_a_card_is_refreshed_in_its_place(world: World) -> None:
    await a_grid(world)
    await world.says("/status")
    before = len(await world.messages())
    world.trader.set_price("2400")

    assert await world.clicks("Refresh") == []
    assert await world.clicks("Refresh") == [], "nothing new to show is no fault"
    assert await world.clicks("Balance") == []

    messages = await world.messages()
    assert len(messages) == before
    assert "USDC" in messages[-1]["text"]
    assert world.notebook.commands[-1] == ("[v|balance]", "done")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("/stop 9", "9"),
        ("/stop one", "Example: /stop 1"),
        ("/stop 1 burn", "burn"),
        ("/pause", "No grid is running"),
        ("/resume", "No grid is paused"),
        ("/tune 1 leverage=3", "leverage"),
        ("/risk daily=-5", "daily"),
        ("/risk daily=1,000", "1000"),
        ("/report tomorrow", "2026-11-21"),
        ("/report 2025-12-31", "my ledger begins on 2026-01-01"),
        ("/report 2027-01-01", "2027-01-01 has not begun"),
        ("/report 2026-02-03", "Report for 2026-02-03"),
        ("/report 2026-13-45", "2026-11-21"),
        ("/cancel", "nothing to cancel"),
        ("/status 2", "There is no grid 2"),
        ("/status all of it", "/status 1"),
        ("/orders 2", "There is no grid 2"),
        ("/orders eth", "/orders 1"),
        ("/fills abc", "/fills 1"),
        ("/pnl 2", "There is no grid 2"),
        ("/balance doge", "There are: USDC"),
        ("/balance usdc eth", "/balance USDC"),
        ("/balance lent=maybe", "yes"),
        ("/balance daily=5", "/balance lent=yes"),
        ("/report 2026-02", "Report for 2026-02-01 to 2026-02-28"),
        ("/report 2026/2/5 2026年2月6日", "Report for 2026-02-05 to 2026-02-06"),
        ("/report 2025-02-05 2026-02-06", "Report for 2025-02-05 to 2026-02-06"),
        ("/report 2026-02-06 2026-02-05", "/report week"),
        ("/report 2026-02-05 2026-02-06 2026-02-07", "/report week"),
        ("/report 2026-02-05 2027-02-06", "2027-02-06 has not begun"),
        ("/grids 2", "after /grids: nothing was done"),
        ("/help bananas", "no help on"),
        ("/audit 1", "/audit book"),
        ("/cancel 1", "stands alone"),
        ("/risk 2", "daily"),
        ("/stop 1 sell soon", "nothing was done"),
        ("/pnl tomorrow", "/pnl week"),
        ("/pnl 1 2x", "/pnl week"),
        ("/share 1 year", "/share 1 week"),
        ("/tune", "No grid is open"),
        ("hello", "/help"),
    ],
)
async def test_what_makes_no_sense_gets_one_message_with_the_way_on(world: World, text: str, part: str) -> None:
    said = await world.says(text)

    assert len(said) == 1
    assert part in said[0]


async def test_a_stop_sent_while_we_were_away_is_obeyed_and_a_new_grid_is_not() -> None:
    world = World()
    async with world.running():
        number = await a_grid(world)
    for text in (LINE, "/status", f"/pause {number}"):
        await world.telegram.says(text)
    world.telegram.clock.seconds += 3600

    async with world.running():
        await world.until(lambda: world.trader.asked[-1] == f"pause {number}")
        await world.until(lambda: len(world.notebook.commands) == 5)

    assert [outcome for _, outcome in world.notebook.commands[-3:]] == ["too old", "too old", "done"]
    late = [text for text in await world.written() if "more than a minute old" in text]
    assert len(late) == 1, "one message for all of them"
    assert late[0].startswith(f"{LINE[:40]}, /status are more than a minute old: I was away when you sent them")
    assert len(world.trader.account().grids) == 1


async def test_an_update_that_telegram_delivers_twice_is_obeyed_once(world: World) -> None:
    await world.says("/risk daily=150")
    bot = world.telegram.server.world.current_bot()
    again = await world.telegram.says("/risk daily=140")
    await world.until(lambda: world.trader.asked[-1] == "daily 140")

    world.notebook.first_time(f"update:{again['update_id'] + 1}")
    await world.telegram.says("/risk daily=130")
    await world.says("/status")

    assert bot.updates is not None
    assert world.trader.asked == ["daily 150", "daily 140"]


async def test_an_edited_message_is_no_new_command(world: World) -> None:
    sent = await world.telegram.says("/risk daily=150")
    await world.until(lambda: len(world.trader.asked) == 1)
    await world.telegram.sim("edit", message_id=sent["message_id"], text="/risk daily=1")
    assert "as a new message" in await world.until_written("/risk daily=1")
    await world.says("/status")

    assert world.trader.asked == ["daily 150"]


async def test_too_many_commands_are_told_once_and_a_stop_still_works(world: World) -> None:
    number = await a_grid(world)
    for _ in range(A_MINUTE + 5):
        await world.telegram.says("/help")
    await world.says(f"/stop {number}")

    assert world.trader.asked[-1] == f"stop {number}"
    assert len([text for text in await world.written() if "too much for one minute" in text]) == 1
    world.telegram.clock.seconds += 60
    assert "Trade" in (await world.says("/help"))[0]


async def test_the_language_follows_telegram_until_another_is_chosen(world: World) -> None:
    assert "没有" in (await world.says("/xyzzy", language_code="zh-hans"))[0]
    await world.says("/language")
    assert await world.labels() == ["English", "中文"]

    await world.clicks("English")

    assert "Trade" in (await world.says("/help"))[0]
    await world.says("/language 中文")
    await world.says(LINE)
    assert (await world.labels())[0:2] == ["开始", "取消"]


async def test_a_fault_of_ours_is_told_with_a_number_that_is_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.trader.set(grids={GridId(1): None})

    said = await world.says("/grids")

    number = world.notebook.commands[-1][1].removeprefix("failed ")
    assert number in said[0]
    assert number in caplog.text
    world.trader.set(grids={})
    assert await world.says("/grids"), "and the next command is answered"


async def test_a_mistyped_command_is_asked_about_and_done_by_the_tap_alone(world: World) -> None:
    number = await a_grid(world)

    said = await world.says(f"/stpo {number}")
    assert "Did you mean /stop?" in said[0]
    assert await world.labels() == [f"/stop {number}"]
    assert world.trader.asked[-1] != f"stop {number}"

    await world.clicks(f"/stop {number}")
    assert world.trader.asked[-1] == f"stop {number}"


async def test_a_mistyped_panic_asks_as_its_button_does(world: World) -> None:
    await a_grid(world)
    await world.says("/pnaic")
    await world.clicks("/panic")
    assert "panic" not in world.trader.asked
    await world.clicks("Yes, cancel everything")
    assert world.trader.asked[-1] == "panic"


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("/profit", "/pnl"),
        ("/count", "/grids"),
        ("/trades", "/fills"),
        ("/weekly", "/pnl week"),
        ("/health", "/status"),
    ],
)
async def test_a_command_from_freqtrade_answers_as_ours_does(world: World, typed: str, same: str) -> None:
    await a_grid(world)

    assert await world.says(typed) == await world.says(same)


async def test_stopentry_takes_the_buys_back_and_nothing_else(world: World) -> None:
    number = await a_grid(world)
    await world.says("/stopentry")

    assert world.trader.asked[-1] == f"pause {number} buying"


async def test_what_follows_a_command_from_elsewhere_is_never_taken_for_something_here(world: World) -> None:
    await a_grid(world)
    asked = list(world.trader.asked)

    said = await world.says("/forceexit 1")
    assert "/forceexit is /stop here" in said[0]
    assert await world.labels() == ["/stop"]
    assert "no place here" in (await world.says("/whitelist"))[0]
    assert world.trader.asked == asked


async def test_help_goes_by_topic_with_examples_and_a_button_for_each_command(world: World) -> None:
    await world.says("/help")
    topics = await world.labels()
    assert topics[:2] == ["Trade", "Look"]
    await world.clicks("Look")
    assert "/pnl" in await world.labels()

    await world.clicks("/pnl")
    assert "/pnl week" in (await world.written())[-1]
    await world.clicks("/pnl")
    assert "All time" in await world.labels()


@pytest.mark.parametrize("command", [one.name for one in COMMANDS])
async def test_every_command_is_a_button_and_none_acts_at_the_first_tap(world: World, command: str) -> None:
    await a_grid(world)
    asked = list(world.trader.asked)

    assert f"/{command}" in (await world.says(f"/help {command}"))[0]
    assert await world.labels() == [f"/{command}"]
    assert world.trader.asked == asked


async def test_the_parameters_have_their_own_topic_in_every_language(world: World) -> None:
    assert "out" in (await world.says("/help settings"))[0]
    await world.says("/language zh")
    assert "格数" in "".join(await world.says("/help settings"))
    assert await world.says("/help 交易")


async def test_a_grid_that_is_tapped_in_a_list_is_shown_alone(world: World) -> None:
    await a_grid(world)
    assert "/grid_1 · ETH_USDC" in (await world.says("/grids"))[0]

    assert (await world.says("/grid_1"))[0].startswith("Grid 1 · ETH_USDC")
    assert "grid 7" in (await world.says("/grid_7"))[0]


@pytest.mark.parametrize("how", ["forwarded", "edited"])
async def test_no_command_is_obeyed_that_was_forwarded_or_edited(world: World, how: str) -> None:
    await a_grid(world)
    for command in COMMANDS:
        world.telegram.clock.seconds += 60  # so many would be limited
        sent = f"/{command.name} 1"
        first = await world.telegram.says("/version")
        await world.says("/version")
        asked, done, answers = list(world.trader.asked), len(world.notebook.commands), len(await world.messages())
        if how == "forwarded":
            await world.telegram.says(sent, forward_from="Ben")
        else:
            await world.telegram.sim("edit", message_id=first["message_id"], text=sent)
        await world.until(lambda done=done: len(world.notebook.commands) > done)  # type: ignore[misc]

        assert len(await world.messages()) == answers + 1, command.name
        kept = "/start (code)" if command.name == "start" else sent  # what may be a code is in no record
        assert world.notebook.commands[-1] == (kept, how)
        assert world.trader.asked == asked, command.name


async def test_of_all_commands_that_are_late_only_those_that_take_risk_away_are_obeyed() -> None:
    world = World()
    async with world.running():
        await a_grid(world)
        before = len(world.notebook.commands)
    for command in COMMANDS:
        await world.telegram.says(f"/{command.name} 1")
    world.telegram.clock.seconds += 3600
    async with world.running():
        await world.until(lambda: len(world.notebook.commands) == before + len(COMMANDS))

    outcomes = {text.split()[0][1:]: outcome for text, outcome in world.notebook.commands[before:]}
    assert {name for name, outcome in outcomes.items() if outcome != "too old"} == {
        command.name for command in COMMANDS if command.reduces_risk
    }


async def test_every_command_but_those_that_stop_is_limited(world: World) -> None:
    await a_grid(world)
    for _ in range(A_MINUTE):
        await world.says("/version")
    for command in COMMANDS:
        asked = list(world.trader.asked)
        await world.says(f"/{command.name}")

        limited = world.notebook.commands[-1][1] == "limited"
        assert limited is not command.overtakes, command.name
        assert not limited or world.trader.asked == asked, command.name


@pytest.mark.parametrize("command", ["report", "pnl", "export", "chart report"])
@pytest.mark.parametrize("word", ["yesterday", "Yesterday", "昨天"])
async def test_yesterday_is_the_day_before_today_wherever_a_day_is_taken(world: World, command: str, word: str) -> None:
    dated = await world.says(f"/{command} 2026-12-30")
    world.time.pass_by(1)

    assert await world.says(f"/{command} {word}") == dated
    assert "2026-11-21" not in dated[0], "it is understood"
