"""Who is heard: one owner in a private chat, found by a code; strangers get nothing, and no failure lets them in."""

import logging
from typing import Any

import pytest
from telegram import Update

from bot.demo.telegram.updates import push
from bot.telegram.answers.commands import COMMANDS
from bot.telegram.connection.access import Access, Verdict
from bot.telegram.connection.claim import TRIES_A_MINUTE, Claim, link
from bot.telegram.connection.members import Invitations
from tests.integration.chat_world import OWNER, STRANGER, World, a_grid
from tests.integration.telegram_world import ADDRESS


async def test_nobody_but_the_owner_is_ever_answered(caplog: pytest.LogCaptureFixture) -> None:
    async with World().running() as world:
        await world.says("/start")
        with caplog.at_level(logging.WARNING):
            for text in ("/start", "/status", "/panic", "/start guess", "hello"):
                await world.telegram.says(text, user_id=STRANGER)
            await world.says("/status")

        assert await world.messages(STRANGER) == []
        assert world.trader.asked == []
        assert {call["params"]["chat_id"] for call in world.calls("sendMessage")} == {str(OWNER)}
    lines = [record.getMessage() for record in caplog.records if "stranger" in record.getMessage()]
    assert lines[0] == f"stranger user={STRANGER} kind=message unlogged=0"


async def test_a_flood_of_strangers_is_a_few_lines_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with World().running() as world:
        for number in range(40):
            await world.telegram.says("/status", user_id=STRANGER + number)
        await world.says("/status")

    assert sum("stranger" in record.getMessage() for record in caplog.records) == 10


async def test_a_stranger_can_press_nothing() -> None:
    async with World().running() as world:
        await world.says("/grid ETH_USDC")
        start = (await world.messages())[-1]["buttons"][0][0]
        await world.telegram.says("hi", user_id=STRANGER)
        presses = (start["data"], "v|status", "!panic", "l|zh", "n")

        for data in presses:
            await press(world, STRANGER, data)
        await world.says("/status")

        assert world.trader.asked == []
        assert await world.messages(STRANGER) == []
        assert world.calls("answerCallbackQuery") == []


async def test_the_owner_is_not_heard_in_a_group() -> None:
    async with World().running() as world:
        await world.says("/start")
        await world.telegram.says("/panic", chat_id=-100500)
        await world.says("/status")

        assert world.trader.asked == []
        assert await world.messages(-100500) == []


async def test_a_new_bot_belongs_to_whoever_sends_the_code_from_the_console() -> None:
    world = World(owner_id=None)
    async with world.running():
        await world.until(lambda: bool(world.codes))
        await world.telegram.says("/start", user_id=STRANGER)
        await world.telegram.says("/start not-the-code", user_id=STRANGER)

        answer = await world.says(f"/start {world.codes[0]}")

        assert "Packgrid" in answer[0]
        assert await world.messages(STRANGER) == []
        assert world.notebook.commands[-1] == ("/start (claim)", "done")
    async with world.running():
        assert await world.says("/status")
    assert len(world.codes) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "/start {code}\u200b",
        "\ufeff/start {code}",
        "/start\u200e \u2068{code}\u2069",
        "／start　{code}",
        "/START@packgrid_bot {code}。",
        " /start  {code}\n",
    ],
)
async def test_a_code_is_taken_with_whatever_comes_along_when_it_is_pasted(typed: str) -> None:
    world = World(owner_id=None, claim_code="the-First_code")
    async with world.running():
        await world.until(lambda: bool(world.codes))

        assert await world.says(typed.format(code="the-First_code"))
        assert world.chat.health.owner == OWNER
        assert world.notebook.commands[-1] == ("/start (claim)", "done")


async def test_wrong_codes_take_nothing_from_whoever_has_the_right_one() -> None:
    world = World(owner_id=None, claim_code="the-first-code")
    async with world.running():
        await world.until(lambda: bool(world.codes))
        for number in range(50):
            await world.telegram.says(f"/start guess-{number}", user_id=STRANGER + number % 2)

        assert await world.says("/start the-first-code")
        assert world.chat.health.owner == OWNER
        assert await world.messages(STRANGER) == []
        done = ("/start (claim)", "done")
        assert [one for one in world.notebook.commands if one[1] != "repeated"] == [done], "no row for a guess"
    assert world.codes == ["the-first-code"]


def test_who_guesses_shuts_out_only_himself() -> None:
    at = [1_000_000]
    claim = Claim(first="right", print_code=lambda _: None, clock=lambda: at[0])
    claim.announce()
    for number in range(TRIES_A_MINUTE):
        assert not claim.accepts(f"guess-{number}", user=STRANGER)

    assert not claim.accepts("right", user=STRANGER), "not in this minute"
    at[0] += 60_000
    assert claim.accepts("right", user=STRANGER)


async def test_a_link_that_carries_the_code_is_printed_with_it() -> None:
    world = World(owner_id=None)
    async with world.running():
        await world.until(lambda: bool(world.links))

    assert world.links == [f"{ADDRESS}/?start={world.codes[0]}"], "a server of this machine has a page of its own"
    assert link("https://api.telegram.org/bot", "my_bot", "c0de") == "https://t.me/my_bot?start=c0de"


@pytest.mark.parametrize("text", ["/stop", "/panic", "/grid ETH_USDC", "LIVE"])
async def test_what_is_forwarded_is_not_obeyed_and_the_owner_is_told_why(text: str) -> None:
    async with World().running() as world:
        await a_grid(world)
        asked = list(world.trader.asked)
        (answer,) = await world.says(text, forward_from="Somebody")

        assert f"{text} was forwarded, and I obey only what you write yourself" in answer
        assert world.trader.asked == asked
        assert world.notebook.commands[-1] == (text, "forwarded")


async def test_the_owner_has_the_whole_menu_from_his_first_word_on() -> None:
    async with World().running() as world:
        await world.until(lambda: any(call["code"] == 403 for call in world.calls("setMyCommands")))
        await world.says("/start")
        await world.until(lambda: len(world.calls("setMyCommands")) == 5)

        offered = [one["command"] for one in (await world.telegram.chat(OWNER))["commands"]]
        assert offered == [command.name for command in COMMANDS]
        assert [one["command"] for one in (await world.telegram.chat(STRANGER))["commands"]] == ["start"]
        await world.says("/status")
        assert len(world.calls("setMyCommands")) == 5, "once is enough"


def test_a_code_is_good_for_fifteen_minutes() -> None:
    at = [1_000_000]
    printed: list[str] = []
    claim = Claim(first=None, print_code=printed.append, clock=lambda: at[0])
    claim.announce()
    at[0] += 15 * 60_000

    assert not claim.accepts(printed[0], user=OWNER)
    assert len(printed) == 2
    assert claim.accepts(printed[1], user=OWNER)
    assert not claim.accepts(printed[1], user=OWNER)


def test_guessing_does_not_flood_the_console() -> None:
    at = [1_000_000]
    printed: list[str] = []
    claim = Claim(first=None, print_code=printed.append, clock=lambda: at[0])

    for number in range(1000):
        claim.accepts(f"guess-{number}", user=number)
    at[0] += 15 * 60_000
    for number in range(1000):
        claim.accepts(f"guess-{number}", user=number)

    assert len(printed) == 2


class Broken:
    """A memory whose disk has failed."""

    def setting(self, _key: str) -> str | None:
        return None

    def __getattr__(self, name: str) -> Any:
        raise OSError(name)


def test_a_check_that_fails_lets_nobody_in() -> None:
    claim = Claim(first=None, print_code=lambda _: None, clock=lambda: 0)
    broken: Any = Broken()
    invitations = Invitations(broken, clock=lambda: 0)
    access = Access(
        broken, claim, owner_id=OWNER, clock=lambda: 0, invitations=invitations, refused=lambda _what, _who: None
    )

    class Hostile(Update):
        @property
        def effective_user(self) -> Any:
            raise OSError("the check fails")

    assert access.judge(Hostile(1, message=True)) is Verdict.STRANGER  # type: ignore[arg-type]  # likewise
    assert access.judge(object()) is Verdict.STRANGER


async def press(world: World, user_id: int, data: str) -> None:
    """A press that a hostile client makes up: the server does not check it against a message."""
    telegram = world.telegram.server.world
    bot = telegram.current_bot()
    chat = bot.chats[user_id]
    query = telegram.ask(bot, chat, user_id)
    message = telegram.message_json(bot, chat, next(iter(chat.messages.values())))
    payload = {"id": query.id, "from": telegram.know(user_id).json(), "message": message, "data": data}
    push(telegram, bot, "callback_query", payload | {"chat_instance": "1"})


async def test_a_group_that_telegram_makes_a_larger_one_is_answered_on() -> None:
    group, larger, another = -100_500, -1_001_557_912_345, -100_499
    async with World().running() as world:
        telegram = world.telegram.server.world

        async def answers_in(chat: int, text: str) -> bool:
            before = len(await world.messages(chat))
            await world.telegram.says(text, chat_id=chat)
            await world.says("/version")
            return len(await world.messages(chat)) > before

        await world.says("/start")
        assert await answers_in(group, "/bind")
        for number, (old, new) in enumerate(((another, -1_009), (group, larger))):
            chat = {"id": old, "type": "group", "title": "Desk"}
            moved = {"message_id": 900 + number, "date": 1, "chat": chat, "migrate_to_chat_id": new}
            push(telegram, telegram.current_bot(), "message", moved | {"from": telegram.know(STRANGER).json()})
        assert await answers_in(larger, "/version")
        assert not await answers_in(group, "/version")
        assert not await answers_in(-1_009, "/version")
