"""The table of all methods, and those about the bot itself: who it is, its commands and texts, chats, files, buttons.

What is not in the table does not exist, as at Telegram: never answer a method out of kindness.
"""

import re
from collections.abc import Callable
from typing import Any

from bot.demo.telegram.chats import Bot, Chat
from bot.demo.telegram.messages import MESSAGE_METHODS, Call, recipient
from bot.demo.telegram.webhook import delete_webhook, set_webhook, webhook_info
from bot.demo.telegram.wire import Json, Params, bad
from bot.demo.telegram.world import QUERY_MS, World

MAX_ANSWERS = 20
MAX_COMMANDS = 100
TYPING_MS = 5_000
ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)
UNABLE = (
    "can_read_all_group_messages",
    "supports_inline_queries",
    "can_connect_to_business",
    "has_main_web_app",
    "has_topics_enabled",
)
MENU_REFUSAL = "can't parse menu button: expected an Object"
PLAIN_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")


def get_me(call: Call) -> Json:
    return call.bot.user_json() | {"can_join_groups": True} | dict.fromkeys(UNABLE, False)


def get_chat(call: Call) -> Json:
    chat = recipient(call)
    full: Json = chat.json() | {"accent_color_id": 0, "max_reaction_count": 11}
    gifts = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"]
    full["accepted_gift_types"] = dict.fromkeys(gifts, False)
    if pinned := chat.pinned():
        full["pinned_message"] = call.world.message_json(call.bot, chat, pinned)
    return full


def send_chat_action(call: Call) -> bool:
    if call.params.text("action") not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat = recipient(call)
    chat.typing_until = call.world.now() + TYPING_MS
    call.world.touch(chat)
    return True


def answer_callback_query(call: Call) -> bool:
    """Once, by the bot that was asked, in time."""
    number = call.params.text("callback_query_id")
    text = call.params.text("text")
    if len(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    query = call.world.queries.get(number)
    if query is None or query.bot_id != call.bot.id or call.world.now() - query.at > QUERY_MS:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    del call.world.queries[number]
    answer = {"callback_query_id": number, "text": text, "show_alert": call.params.flag("show_alert")}
    query.chat.answers = [*query.chat.answers, answer | {"url": call.params.text("url")}][-MAX_ANSWERS:]
    call.world.touch(query.chat)
    return True


def get_file(call: Call) -> Json:
    return call.world.files.get_file(call.params.text("file_id"), call.bot.id)


def set_my_commands(call: Call) -> bool:
    commands = call.params.array("commands", "can't parse commands JSON object") or []
    if len(commands) > MAX_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[_audience(call)] = [_command(one) for one in commands]
    call.world.touch(*call.bot.chats.values())
    return True


def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(_audience(call), [])


def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop(_audience(call), None)
    call.world.touch(*call.bot.chats.values())
    return True


def commands_shown(world: World, bot: Bot, chat: Chat) -> list[Json]:
    """What the chat's menu holds: the narrowest scope that has commands, the user's language first."""
    user = world.users.get(chat.id)
    language = user.language_code[:2] if user else ""
    every = "all_private_chats" if chat.kind == "private" else "all_group_chats"
    for scope in (f"chat {chat.id}", every, "default"):
        for code in (language, ""):
            if found := bot.commands.get(f"{scope}|{code}"):
                return found
    return []


def _command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad("can't parse commands JSON object: expected an Object")
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", "")).strip()
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad("BOT_COMMAND_INVALID")
    if not description:
        raise bad("command description must be non-empty")
    if len(description) > 256:
        raise bad("command description length must not exceed 256")
    return {"command": name, "description": description}


def _audience(call: Call) -> str:
    """Whom the commands are for: scope and language, as one key."""
    scope = call.params.object("scope", "can't parse BotCommandScope") or {"type": "default"}
    kind = str(scope.get("type"))
    language = _language(call.params)
    if kind in PLAIN_SCOPES:
        return f"{kind}|{language}"
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise bad("can't parse BotCommandScope: unsupported type specified")
    if not scope.get("chat_id"):
        raise bad("can't parse BotCommandScope: chat_id is empty")
    chat = recipient(Call(world=call.world, bot=call.bot, params=_only_chat(scope)))
    member = f" {scope.get('user_id')}" if kind == "chat_member" else ""
    return f"{kind} {chat.id}{member}|{language}"


def _only_chat(scope: Json) -> Params:
    return Params(texts={"chat_id": str(scope["chat_id"])})


def _language(params: Params) -> str:
    language = params.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return language


def _set_text(name: str) -> Callable[[Call], bool]:
    def method(call: Call) -> bool:
        call.bot.texts[f"{name}|{_language(call.params)}"] = call.params.text(name)
        if name == "name" and not _language(call.params) and call.params.has(name):
            call.bot.name = call.params.text(name)[:64]
        call.world.touch(*call.bot.chats.values())
        return True

    return method


def _get_text(name: str) -> Callable[[Call], Json]:
    def method(call: Call) -> Json:
        fallback = call.bot.texts.get(f"{name}|", call.bot.name if name == "name" else "")
        return {name: call.bot.texts.get(f"{name}|{_language(call.params)}") or fallback}

    return method


def _set_menu_button(call: Call) -> bool:
    call.params.object("menu_button", MENU_REFUSAL)
    call.bot.texts["menu_button"] = call.params.text("menu_button")
    return True


def _get_menu_button(call: Call) -> Json:
    button = Params(texts=call.bot.texts).object("menu_button", MENU_REFUSAL) or {}
    return button if button.get("type", "default") != "default" else {"type": "commands"}


METHODS: dict[str, Callable[[Call], Any]] = MESSAGE_METHODS | {
    "getme": get_me,
    "getchat": get_chat,
    "getfile": get_file,
    "sendchataction": send_chat_action,
    "answercallbackquery": answer_callback_query,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmyname": _set_text("name"),
    "getmyname": _get_text("name"),
    "setmydescription": _set_text("description"),
    "getmydescription": _get_text("description"),
    "setmyshortdescription": _set_text("short_description"),
    "getmyshortdescription": _get_text("short_description"),
    "setchatmenubutton": _set_menu_button,
    "getchatmenubutton": _get_menu_button,
    "setwebhook": lambda call: set_webhook(call.world, call.bot, call.params),
    "deletewebhook": lambda call: delete_webhook(call.bot, call.params),
    "getwebhookinfo": lambda call: webhook_info(call.bot),
}
