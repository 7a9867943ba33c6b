"""Who is heard besides the owner: invitations, roles, the bound group, what is refused, the record of who did what."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.owner.views import Theme
from bot.telegram.answers.commands import COMMANDS
from bot.telegram.answers.live_card import MESSAGE
from bot.telegram.connection.claim import LIFE, TRIES_A_MINUTE
from bot.telegram.connection.roles import Role
from bot.telegram.router import A_MINUTE
from strategy.model.account import Halt
from tests.integration.chat_world import OWNER, STRANGER, World, a_grid
from tests.integration.test_telegram_access import press

ANN, BEN = 7001, 7002
GROUP = -100_500


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World().running() as running:
        await running.says("/start")
        yield running


async def code_for(world: World, role: str) -> str:
    (said,) = await world.says(f"/invite {role}")
    return said.rpartition("/start ")[2].split()[0]


async def says(world: World, user: int, text: str, chat: int | None = None, **more: Any) -> list[str]:
    """Somebody writes; what the bot answers there, once it has done with it."""
    there = chat or user
    before, done = len(await world.messages(there)), len(world.notebook.commands)
    await world.telegram.says(text, user_id=user, chat_id=there, **more)
    await world.until(lambda: len(world.notebook.commands) > done)
    return [one["text"] for one in (await world.messages(there))[before:]]


async def join(world: World, user: int, role: str, **more: Any) -> list[str]:
    return await says(world, user, f"/start {await code_for(world, role)}", **more)


async def quiet(world: World) -> None:
    """All that was sent before this is through."""
    await world.says("/version")


async def test_an_invitation_makes_whoever_opens_it_first_what_it_says_and_nobody_after_him(world: World) -> None:
    code = await code_for(world, "viewer")
    (link,) = [word for word in (await world.written())[-1].split() if "?start=" in word]
    assert link.endswith(code)

    (hello,) = await says(world, ANN, f"/start {code}", first_name="Ann <b>")
    await world.telegram.says(f"/start {code}", user_id=BEN)
    await quiet(world)

    assert hello.startswith("Your role here is viewer.")
    assert await world.messages(BEN) == []
    assert any("Ann <b>" in text and "has joined as viewer" in text for text in await world.written())
    assert code not in "".join(text for text, _ in world.notebook.commands)


async def test_an_invitation_ends_after_fifteen_minutes_and_by_revoke(world: World) -> None:
    late, withdrawn = await code_for(world, "viewer"), ""
    world.telegram.clock.seconds += LIFE / 1000
    await world.telegram.says(f"/start {late}", user_id=ANN)
    withdrawn = await code_for(world, "operator")
    await world.says("/revoke")
    await world.telegram.says(f"/start {withdrawn}", user_id=ANN)
    await quiet(world)

    assert await world.messages(ANN) == []


async def test_a_guessed_invitation_is_refused_counted_and_takes_nothing_from_the_right_one(world: World) -> None:
    code = await code_for(world, "viewer")
    rows = len(world.notebook.commands)
    for number in range(TRIES_A_MINUTE + 20):
        await world.telegram.says(f"/start guess-{number}", user_id=STRANGER)
    await world.telegram.says(f"/start {code}", user_id=STRANGER)
    await quiet(world)
    assert await world.messages(STRANGER) == [], "not even the right one, in the minute in which he guesses"
    assert len(world.notebook.commands) == rows + 1, "and no row is written for a guess"
    assert await says(world, ANN, f"/start {code}")

    world.time.pass_by(61)
    told = await world.until_written("Refused in the last")
    assert f"{TRIES_A_MINUTE + 21} wrong codes" in told
    assert str(STRANGER) in told


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_each_role_may_do_what_the_table_says_and_nothing_else(world: World, role: Role) -> None:
    await a_grid(world)
    await join(world, ANN, role.word)
    for command in COMMANDS:
        asked = list(world.trader.asked)
        answered = await says(world, ANN, f"/{command.name}")
        denied = any("needs the role" in text for text in answered)
        world.telegram.clock.seconds += 60

        assert denied is (command.needed("") > role), command.name
        assert not denied or world.trader.asked == asked, command.name


async def test_what_a_viewer_may_look_at_he_may_not_change(world: World) -> None:
    await join(world, ANN, "viewer")
    asked = list(world.trader.asked)

    for text in (
        "/risk daily=1",
        "/balance lent=yes",
        "/points goal=5",
        "/language zh",
        "/grid ETH_USDC",
        "/card off",
        "/share",
    ):
        (said,) = await says(world, ANN, text)
        assert "Nothing was done" in said
    assert world.trader.asked == asked


async def test_a_viewer_looks_at_the_card_and_at_pictures_and_leaves_both_to_the_owner(world: World) -> None:
    await a_grid(world)
    await join(world, ANN, "viewer")
    pinned, drawn = world.notebook.setting(MESSAGE), len(world.pictures)

    (said,) = await says(world, ANN, "/card")
    assert said.startswith("Grid 1 · ETH_USDC")
    shown = (await world.messages(ANN))[-1]
    assert [key["label"] for row in shown["buttons"] for key in row] == ["Refresh"]
    assert world.notebook.setting(MESSAGE) == pinned
    world.trader.set_price("2499")
    await world.telegram.sim("click", label="Refresh", chat_id=ANN, user_id=ANN, message_id=shown["message_id"])
    await world.until(lambda: bool(world.calls("editMessageText")))
    assert "Price 2,499.00" in (await world.messages(ANN))[-1]["text"]

    for number, text in enumerate(("/chart light", "/chart"), 1):
        await says(world, ANN, text)
        await world.until(lambda number=number: len(world.pictures) == drawn + number)  # type: ignore[misc]
    themes = [one.head.theme for one in world.pictures[drawn:]]
    assert themes == [Theme.LIGHT, Theme.DARK], "the owner's colours are his to choose"


async def test_a_viewer_can_press_nothing_that_acts_however_the_press_is_made(world: World) -> None:
    number = await a_grid(world)
    await join(world, ANN, "viewer")
    await world.says(f"/stop {number} sell")
    owners = [key["data"] for row in (await world.messages())[-1]["buttons"] for key in row]
    asked = list(world.trader.asked)

    for data in (
        *owners,
        "!panic",
        "w|panic",
        f"v|stop|{number}",
        "n",
        "l|zh",
        "k|grid",
        "k|logs",
        "d|go",
        "c|off",
        "?",
    ):
        done = len(world.notebook.commands)
        await press(world, ANN, data)
        await world.until(lambda done=done: len(world.notebook.commands) > done)  # type: ignore[misc]

    assert world.trader.asked == asked
    assert {outcome for _, outcome in world.notebook.commands[-4:]} == {"denied"}
    said = [one["text"] for one in await world.messages(ANN)]
    assert not [text for text in said if "LIVE" in text or "Which" in text]


async def test_an_operator_stops_and_panics_at_once_and_opens_nothing(world: World) -> None:
    number = await a_grid(world)
    await join(world, ANN, "operator")

    await says(world, ANN, f"/pause {number}")
    assert world.trader.asked[-1] == f"pause {number}"
    assert "needs the role owner" in (await says(world, ANN, "/grid ETH_USDC"))[0]
    await says(world, ANN, "/panic")
    assert world.trader.asked[-1] == "panic"


async def test_a_limit_that_has_stopped_everything_is_lifted_by_the_owner_alone(world: World) -> None:
    await a_grid(world)
    await join(world, ANN, "operator")
    world.trader.set(halt=Halt.DAILY_LOSS)
    asked = list(world.trader.asked)

    assert "only the owner" in (await says(world, ANN, "/resume"))[0]
    assert world.trader.asked == asked


async def test_a_member_who_is_removed_is_a_stranger_from_that_moment_on(world: World) -> None:
    await join(world, ANN, "operator", first_name="Ann")
    assert "Ann (7001): operator" in (await world.says("/members"))[0]
    await world.clicks("Remove Ann")
    before = len(await world.messages(ANN))
    await world.telegram.says("/panic", user_id=ANN)
    await quiet(world)

    assert len(await world.messages(ANN)) == before
    assert "panic" not in world.trader.asked
    assert "Nobody else" in (await world.says("/members"))[0]


async def test_members_and_the_group_outlive_a_restart() -> None:
    world = World()
    async with world.running():
        await world.says("/start")
        await join(world, ANN, "viewer")
        await says(world, OWNER, "/bind", GROUP)
    async with world.running():
        assert "Grids" in (await says(world, ANN, "/status"))[0] or await says(world, ANN, "/grids")
        assert await says(world, ANN, "/version", GROUP)


async def test_each_has_his_own_minute(world: World) -> None:
    await join(world, ANN, "viewer")
    for _ in range(A_MINUTE + 5):
        await world.telegram.says("/version", user_id=ANN)

    assert "Packgrid" in (await world.says("/version"))[0], "the owner is answered all the same"


async def test_a_menu_holds_what_its_reader_may_give(world: World) -> None:
    await join(world, ANN, "viewer", language_code="zh")
    await world.until(
        lambda: any(str(ANN) in str(call["params"].get("scope")) for call in world.calls("setMyCommands"))
    )
    await quiet(world)

    shown = (await world.telegram.chat(ANN))["commands"]
    assert [one["command"] for one in shown] == [one.name for one in COMMANDS if one.needed("") is Role.VIEWER]
    assert any("一览" in one["description"] or "全部" in one["description"] for one in shown)


async def test_no_group_is_answered_before_it_is_bound_and_then_each_by_his_role(world: World) -> None:
    await a_grid(world)
    await world.telegram.says("/status", chat_id=GROUP)
    await quiet(world)
    assert await world.messages(GROUP) == []
    assert "group" in (await world.says("/bind"))[0], "it is said where it belongs"
    await world.telegram.says("/bind", user_id=STRANGER, chat_id=GROUP)
    await quiet(world)
    assert await world.messages(GROUP) == [], "only the owner binds"

    assert "I answer here" in (await says(world, OWNER, "/bind", GROUP))[0]
    await join(world, ANN, "viewer")
    assert await says(world, ANN, "/status", GROUP)
    assert "needs the role" in (await says(world, ANN, "/panic", GROUP))[0]
    said = len(await world.messages(GROUP))
    await world.telegram.says("/status", user_id=STRANGER, chat_id=GROUP)
    await world.telegram.says("/panic", user_id=STRANGER, chat_id=GROUP)
    await world.telegram.says("/panic", user_id=OWNER, chat_id=GROUP, anonymous=True)
    await world.telegram.says("/panic", user_id=OWNER, chat_id=GROUP - 1)
    await quiet(world)

    assert len(await world.messages(GROUP)) == said
    assert "panic" not in world.trader.asked
    await says(world, OWNER, "/panic", GROUP)
    assert world.trader.asked[-1] == "panic"


async def test_a_button_in_the_group_works_for_whoever_asked_and_for_nobody_else(world: World) -> None:
    number = await a_grid(world)
    await says(world, OWNER, "/bind", GROUP)
    await join(world, ANN, "operator")
    await says(world, OWNER, "/stop", GROUP)
    asked = list(world.trader.asked)

    done = len(world.notebook.commands)
    await world.telegram.sim("click", label="Stop", user_id=ANN, chat_id=GROUP)
    await world.until(lambda: len(world.notebook.commands) > done)
    assert world.trader.asked == asked
    assert world.notebook.commands[-1][1] == "too old"

    await world.telegram.sim("click", label="Stop", user_id=OWNER, chat_id=GROUP)
    await world.until(lambda: world.trader.asked != asked)
    assert world.trader.asked[-1].startswith(f"stop {number}")


async def test_of_a_group_with_topics_only_the_bound_one_is_answered_and_in_it(world: World) -> None:
    topics = [(await world.telegram.sim("topic", chat_id=GROUP, name=name))["message_thread_id"] for name in "ab"]
    await says(world, OWNER, "/bind", GROUP, thread=topics[0])
    await world.telegram.says("/panic", chat_id=GROUP, thread=topics[1])
    await world.telegram.says("/panic", chat_id=GROUP)
    await quiet(world)
    assert "panic" not in world.trader.asked

    await says(world, OWNER, "/version", GROUP, thread=topics[0])
    sent = world.calls("sendMessage")[-1]["params"]
    assert (sent["chat_id"], sent["message_thread_id"]) == (str(GROUP), str(topics[0]))
    await world.says("/unbind")
    await world.telegram.says("/panic", chat_id=GROUP, thread=topics[0])
    await quiet(world)
    assert "panic" not in world.trader.asked


async def test_a_command_for_another_bot_and_small_talk_are_not_answered(world: World) -> None:
    await says(world, OWNER, "/bind", GROUP)
    said = len(await world.messages(GROUP))
    await world.telegram.says("/panic@other_bot", chat_id=GROUP)
    await world.telegram.says("nice weather", chat_id=GROUP)
    await quiet(world)

    assert len(await world.messages(GROUP)) == said
    assert "panic" not in world.trader.asked


async def test_an_invitation_is_made_in_private_and_for_no_second_owner(world: World) -> None:
    await says(world, OWNER, "/bind", GROUP)

    assert "/invite to me alone" in (await says(world, OWNER, "/invite viewer", GROUP))[0]
    assert "There is one owner" in (await world.says("/invite owner"))[0]
    assert "There is one owner" in (await world.says("/invite"))[0]


async def test_forwarded_and_edited_commands_in_the_group_are_answered_and_not_obeyed(world: World) -> None:
    await says(world, OWNER, "/bind", GROUP)
    await join(world, ANN, "operator")

    assert "was forwarded" in (await says(world, ANN, "/panic", GROUP, forward_from="Owner"))[0]
    sent = await world.telegram.says("/version", user_id=ANN, chat_id=GROUP)
    await quiet(world)
    done = len(world.notebook.commands)
    await world.telegram.sim("edit", message_id=sent["message_id"], text="/panic", user_id=ANN, chat_id=GROUP)
    await world.until(lambda: len(world.notebook.commands) > done)

    assert world.notebook.commands[-1] == ("/panic", "edited")
    assert "panic" not in world.trader.asked


async def test_nobody_answers_a_question_that_another_was_asked(world: World) -> None:
    await world.says("/grid")
    await join(world, ANN, "operator")
    (said,) = await says(world, ANN, "ETH_USDC")
    await press(world, ANN, "d|market|ETH_USDC")
    await quiet(world)

    assert "I only understand commands" in said
    draft = world.notebook.draft(OWNER, world.time.now())
    assert draft is not None
    assert draft["ask"] == "market", "the owner's question still stands"


async def test_the_record_says_who_did_what_and_outlives_the_process() -> None:
    world = World()
    async with world.running():
        await world.says("/start")
        number = await a_grid(world)
        await join(world, ANN, "operator", first_name="Ann")
        await says(world, ANN, f"/pause {number}")
        await says(world, ANN, "/grid ETH_USDC")
    async with world.running():
        (said,) = await world.says("/log")

    assert f"Ann: /pause {number} → done" in said
    assert "Ann: /grid ETH_USDC → not allowed" in said
    assert "owner: [start] ETH_USDC → done" in said
    assert said.index("/grid ETH_USDC") < said.index("/start")


async def test_the_record_has_pages(world: World) -> None:
    for number in range(20):
        await world.says(f"/help topic{number}")
        world.telegram.clock.seconds += 5
    (said,) = await world.says("/log")
    assert "topic19" in said
    assert "topic2 " not in said

    assert "topic2 " in (await world.clicks("Older"))[0]
