"""A real python-telegram-bot talks to the local Bot API: what works at Telegram works here."""

import asyncio
from pathlib import Path

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from tests.integration.telegram_world import ADDRESS, TOKEN, Telegram, a_picture

# PTB warns, from inside its own constructor, that RetryAfter will change.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

KEYS = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Start", callback_data="go"), InlineKeyboardButton("Stop", callback_data="no")]]
)


async def test_a_conversation_goes_round_with_a_real_application() -> None:
    world = Telegram()

    async def start(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        await update.message.reply_html("<b>Hello</b> &amp; welcome", reply_markup=KEYS)

    async def pressed(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query
        await update.callback_query.answer("Done", show_alert=True)
        await update.callback_query.edit_message_text("Started")

    builder = Application.builder().token(TOKEN).base_url(f"{ADDRESS}/bot").request(world.request())
    application = builder.get_updates_request(world.request()).job_queue(None).build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(pressed))
    async with application:
        await application.start()
        assert application.updater
        await application.updater.start_polling(timeout=5, bootstrap_retries=0)
        await world.says("/start")
        shown = await settled(world, "Hello & welcome")
        assert shown["buttons"] == [[{"label": "Start", "data": "go"}, {"label": "Stop", "data": "no"}]]
        assert shown["html"] == "<b>Hello</b> &amp; welcome"
        await world.sim("click", label="Start")
        edited = await settled(world, "Started")
        assert (edited["edited"], edited["buttons"]) == (True, [])
        assert (await world.chat())["answers"][0] | {"callback_query_id": ""} == {
            "callback_query_id": "",
            "text": "Done",
            "show_alert": True,
            "url": "",
        }
        await application.updater.stop()
        await application.stop()


async def settled(world: Telegram, text: str) -> dict[str, object]:
    """The newest message, as soon as it says that."""
    view = await world.chat()
    while not view["messages"] or view["messages"][-1]["text"] != text:
        view = await world.chat(since=view["version"], wait=5)
    newest: dict[str, object] = view["messages"][-1]
    return newest


async def test_a_picture_comes_back_byte_for_byte_and_can_be_replaced() -> None:
    world = Telegram()
    async with world.bot() as bot:
        await world.says("hi")
        sent = await bot.send_photo(4242, a_picture(), caption="<i>chart</i>", parse_mode="HTML")
        got = await (await bot.get_file(sent.photo[-1].file_id)).download_as_bytearray()
        changed = await bot.edit_message_media(
            InputMediaPhoto(a_picture(8, 8), caption="new"), chat_id=4242, message_id=sent.message_id
        )
        again = await bot.send_photo(4242, changed.photo[-1].file_id)  # type: ignore[union-attr]

        assert bytes(got) == a_picture()
        assert again.photo[-1].width == 8
        photo = (await world.chat())["messages"][1]
        assert photo["caption"] == "new"
        assert (await world.http.get(photo["photo"])).content == a_picture(8, 8)


async def test_a_document_keeps_its_name_and_its_bytes() -> None:
    world = Telegram()
    async with world.bot() as bot:
        await world.says("hi")
        sent = await bot.send_document(4242, b"a,b\n1,2\n", filename="../trades.csv")
        assert sent.document
        got = await (await sent.document.get_file()).download_as_bytearray()

        assert (sent.document.file_name, bytes(got)) == ("trades.csv", b"a,b\n1,2\n")
        link = (await world.chat())["messages"][-1]["document"]["url"]
        answer = await world.http.get(link)
        assert answer.headers["content-disposition"].startswith("attachment")


async def test_everything_else_a_bot_commonly_calls_works() -> None:
    world = Telegram()
    async with world.bot() as bot:
        asked = await world.says("/start now", first_name="Ann", language_code="zh-hans")
        (update,) = await bot.get_updates(timeout=0)
        assert update.message
        assert update.message.from_user
        assert update.message.from_user.language_code == "zh-hans"
        assert update.message.parse_entities() == {update.message.entities[0]: "/start"}

        reply = await bot.send_message(4242, "x", reply_parameters=ReplyParameters(asked["message_id"]))
        assert reply.reply_to_message
        await bot.set_my_commands([BotCommand("start", "begin")])
        await bot.set_my_commands([BotCommand("start", "开始")], BotCommandScopeChat(4242), language_code="zh")
        assert (await bot.get_my_commands())[0].description == "begin"
        assert (await world.chat())["commands"] == [{"command": "start", "description": "开始"}]
        await bot.send_chat_action(4242, "typing")
        assert (await world.chat())["typing"]
        await bot.pin_chat_message(4242, reply.message_id, disable_notification=True)
        chat = await bot.get_chat(4242)
        assert chat.pinned_message
        assert chat.pinned_message.message_id == reply.message_id
        (told,) = await bot.get_updates(offset=update.update_id + 1, timeout=0)
        assert told.message
        assert told.message.from_user == await bot.get_me()
        assert told.message.pinned_message
        assert told.message.pinned_message.message_id == reply.message_id
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("x", 4242, told.message.message_id)
        await bot.unpin_chat_message(4242)
        await bot.set_message_reaction(4242, asked["message_id"], "👍")
        assert (await world.chat())["messages"][0]["reactions"] == ["👍"]
        await bot.edit_message_reply_markup(4242, reply.message_id, reply_markup=KEYS)
        assert (await world.chat())["messages"][1]["edited"] is False
        await bot.delete_message(4242, reply.message_id)
        assert (await world.chat())["messages"][1]["deleted"]
        await bot.set_my_name("Grid")
        assert (await bot.get_my_name()).name == "Grid"
        assert (await bot.get_webhook_info()).url == ""


async def test_a_bot_cannot_write_first_nor_to_who_blocked_it() -> None:
    world = Telegram()
    async with world.bot() as bot:
        with pytest.raises(Forbidden, match="can't initiate conversation"):
            await bot.send_message(4242, "x")
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(77, "x")
        await world.says("hi")
        await bot.send_message(4242, "x")
        await world.sim("block", blocked=True)
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(4242, "x")
        updates = await bot.get_updates(timeout=0)
        assert updates[-1].my_chat_member
        assert updates[-1].my_chat_member.new_chat_member.status == "kicked"


async def test_a_burst_passes_and_a_flood_must_wait() -> None:
    world = Telegram(limits=True)
    async with world.bot() as bot:
        await world.says("hi")
        for number in range(20):
            await bot.send_message(4242, str(number))
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(4242, "too much")
        assert refused.value._retry_after.total_seconds() == 5  # noqa: SLF001 - the public one changes its type
        raw = await world.raw("sendMessage", chat_id=4242, text="x")
        assert (raw.status_code, raw.headers["retry-after"]) == (429, "5")
        assert raw.json()["parameters"] == {"retry_after": 5}
        world.clock.seconds += 5
        await bot.send_message(4242, "on we go")


async def test_a_token_can_be_revoked_and_its_successor_takes_over_the_chats() -> None:
    world = Telegram()
    async with world.bot() as bot:
        await world.says("hi")
        await bot.send_message(4242, "one")
        await world.sim("revoke", token=TOKEN)
        assert (await world.raw("getMe")).json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    async with world.bot("123456:another") as bot:
        await bot.send_message(4242, "two")
    assert [one["text"] for one in (await world.chat())["messages"]] == ["hi", "one", "two"]


async def test_ordered_faults_hit_what_they_name_and_then_stop() -> None:
    world = Telegram()
    async with world.bot() as bot:
        await world.says("hi")
        await world.sim("fault", method="sendMessage", contains="fill", mode="error", retry_after=7)
        await bot.send_message(4242, "other")
        with pytest.raises(RetryAfter):
            await bot.send_message(4242, "a fill")
        await world.sim("fault", mode="drop_before", times=2)
        for _ in range(2):
            with pytest.raises(NetworkError, match="Bad Gateway"):
                await bot.send_message(4242, "lost")
        await world.sim("fault", method="sendMessage", mode="disconnect")
        with pytest.raises(NetworkError):
            await bot.send_message(4242, "sent, not answered")
        await world.sim("fault", mode="outage", seconds=30)
        with pytest.raises(NetworkError):
            await bot.get_me()
        world.clock.seconds += 30
        await bot.get_me()

    calls = (await world.http.get("/sim/outbox")).json()["calls"]
    texts = [one["text"] for one in (await world.chat())["messages"]]
    assert texts == ["hi", "other", "sent, not answered"]
    assert [one["code"] for one in calls] == [200, 200, 429, 502, 502, 200, 502, 200]
    assert calls[1]["params"]["text"] == "other"


async def test_state_survives_a_restart_and_a_broken_file_is_a_fresh_start(tmp_path: Path) -> None:
    path = tmp_path / "telegram.json"
    world = Telegram(state_file=path)
    async with world.bot() as bot:
        await world.says("hi")
        sent = await bot.send_photo(4242, a_picture(), reply_markup=KEYS)
        world.server.close()
    world = Telegram(state_file=path)
    async with world.bot() as bot:
        await bot.edit_message_caption(4242, sent.message_id, caption="still there")
        (update,) = await bot.get_updates(timeout=0)
        file = await bot.get_file(sent.photo[-1].file_id)
        assert bytes(await file.download_as_bytearray()) == a_picture()
        assert update.message
        assert update.message.text == "hi"
        assert (await world.says("again"))["update_id"] > update.update_id

    path.write_text("{ not json")
    assert (await Telegram(state_file=path).chat())["messages"] == []
    assert (tmp_path / "telegram.broken").read_text() == "{ not json"


async def test_what_is_said_before_any_bot_is_there_waits_for_the_first() -> None:
    world = Telegram()
    said = await world.says("/start")
    async with world.bot() as bot:
        (update,) = await bot.get_updates(timeout=0)

    assert (update.update_id, update.message and update.message.text) == (said["update_id"], "/start")


async def test_the_page_is_told_at_once_when_something_happens() -> None:
    world = Telegram()
    async with world.bot() as bot:
        await world.says("hi")
        since = (await world.chat())["version"]
        waiting = asyncio.create_task(world.chat(since=since, wait=5))
        await asyncio.sleep(0)
        await bot.send_message(4242, "news")

        assert (await waiting)["messages"][-1]["text"] == "news"


async def test_a_button_that_is_not_there_is_named_with_those_that_are() -> None:
    world = Telegram()
    async with world.bot() as bot:
        await world.says("hi")
        await bot.send_message(4242, "x", reply_markup=KEYS)
        answer = await world.http.post("/sim/click", json={"label": "Go"})

    assert answer.status_code == 400
    assert "'Start', 'Stop'" in answer.json()["error"]


async def test_another_sites_page_cannot_use_the_chat() -> None:
    answer = await Telegram().http.post(
        "/sim/message", json={"text": "/panic"}, headers={"Origin": "https://elsewhere.example"}
    )

    assert answer.status_code == 403
