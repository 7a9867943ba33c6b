"""The human side: what a person does in the chat. Every function takes the request's JSON and gives an answer's JSON.

A request that makes no sense raises ValueError with a sentence for whoever wrote it.
"""

from dataclasses import replace

from bot.demo.telegram.chats import Bot, Chat, Message
from bot.demo.telegram.keyboards import buttons
from bot.demo.telegram.texts import MAX_TEXT, plain
from bot.demo.telegram.updates import push
from bot.demo.telegram.view import chat_view
from bot.demo.telegram.wire import Json, whole
from bot.demo.telegram.world import OWNER, World

ANONYMOUS_ADMIN: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
"""In whose name the Bot API shows what an anonymous administrator writes."""


def write(world: World, body: Json) -> Json:
    """The user writes, or with `forward_from` (a name) forwards what somebody else wrote.

    In a group (a negative `chat_id`) a bot hears commands only, as with privacy mode on: those that name it, or nobody.
    With `anonymous` it is an administrator who writes as the group itself; `said_of` is what else is said of it.
    """
    content = plain(str(body.get("text") or ""))
    if not 0 < len(content.text) <= MAX_TEXT:
        raise ValueError(f"text must have 1 to {MAX_TEXT} characters")
    bot = world.current_bot(str(body.get("token") or ""))
    chat = _chat_for_writing(world, bot, body)
    message = Message(
        id=world.new_message_id(),
        sender=_user_id(body),
        at=world.now(),
        text=content.text,
        entities=content.entities,
        reply_to=whole(body.get("reply_to")) or None,
        thread=_topic(chat, body),
    )
    world.add(chat, message)
    heard = chat.kind == "private" or _is_for(bot, content.text)
    shown = world.message_json(bot, chat, message)
    if body.get("anonymous"):
        shown |= {"sender_chat": chat.json(), "from": ANONYMOUS_ADMIN}
    if name := str(body.get("forward_from") or ""):
        shown["forward_origin"] = {"type": "hidden_user", "sender_user_name": name, "date": message.at // 1000}
    if isinstance(said := body.get("said_of"), dict):
        shown |= said
    return {"update_id": push(world, bot, "message", shown) if heard else None, "message_id": message.id}


def begin_topic(world: World, body: Json) -> Json:
    """Somebody begins a topic in a group, which is a forum from then on; its number."""
    bot = world.current_bot(str(body.get("token") or ""))
    chat = _chat_for_writing(world, bot, body)
    if chat.kind == "private":
        raise ValueError("only a group has topics")
    number = world.new_message_id()
    chat.topics[number] = str(body.get("name") or "Topic")
    world.touch(chat)
    return {"message_thread_id": number}


def rewrite(world: World, body: Json) -> Json:
    """The user edits a message of his own."""
    bot, chat = _where(world, body)
    message = chat.message(whole(body.get("message_id")))
    if message is None or message.sender != _user_id(body):
        raise ValueError("that user has no such message to edit")
    content = plain(str(body.get("text") or ""))
    edited = replace(message, text=content.text, entities=content.entities, edited_at=world.now(), rewritten=True)
    chat.messages[message.id] = edited
    world.touch(chat)
    return {"update_id": push(world, bot, "edited_message", world.message_json(bot, chat, edited))}


def click(world: World, body: Json) -> Json:
    """The user presses an inline button: the newest one with that label or data, or that of `message_id`.

    `times`: how often the phone sends it. A double tap is two presses, and so is one that got no answer in time.
    """
    bot, chat = _where(world, body)
    if chat.blocked:
        raise ValueError("the bot is blocked")
    user = world.know(_user_id(body))
    message, data = _button(bot, chat, body)
    shown = world.message_json(bot, chat, message)
    if message.deleted:
        shown = {"message_id": message.id, "chat": chat.json(), "date": 0}
    payload = {"from": user.json(), "message": shown, "data": data}
    payload["chat_instance"] = str(-(bot.id * 1_000_003 + chat.id))
    sent: Json = {}
    for _ in range(max(1, whole(body.get("times")))):
        query = world.ask(bot, chat, user.id)
        update = push(world, bot, "callback_query", {"id": query.id} | payload)
        sent = {"update_id": update, "callback_query_id": query.id}
    return sent


def react(world: World, body: Json) -> Json:
    """The user puts an emoji on a message, or takes it away with an empty one."""
    bot, chat = _where(world, body)
    message = chat.message(whole(body.get("message_id")))
    if message is None:
        raise ValueError("there is no such message")
    user, emoji = world.know(_user_id(body)), str(body.get("emoji") or "")
    before = message.reactions.get(str(user.id), "")
    others = {who: one for who, one in message.reactions.items() if who != str(user.id)}
    chat.messages[message.id] = replace(message, reactions=others | ({str(user.id): emoji} if emoji else {}))
    world.touch(chat)
    payload = {"chat": chat.json(), "message_id": message.id, "user": user.json(), "date": world.now() // 1000}
    payload |= {"old_reaction": _reaction(before), "new_reaction": _reaction(emoji)}
    return {"update_id": push(world, bot, "message_reaction", payload)}


def block(world: World, body: Json) -> Json:
    """The user blocks the bot or lets it write again; the bot is told, if it listens for my_chat_member."""
    bot, chat = _where(world, body)
    blocked = bool(body.get("blocked"))
    if blocked == chat.blocked:
        return {"update_id": None}
    chat.blocked = blocked
    world.touch(chat)
    states = ("member", "kicked") if blocked else ("kicked", "member")
    old, new = ({"user": bot.user_json(), "status": state, "until_date": 0} for state in states)
    payload = {"chat": chat.json(), "from": world.know(_user_id(body)).json(), "date": world.now() // 1000}
    payload |= {"old_chat_member": old, "new_chat_member": new}
    return {"update_id": push(world, bot, "my_chat_member", payload)}


def view(world: World, chat_id: int, token: str) -> Json:
    """The chat as the page shows it; an empty one if nobody has written yet."""
    bot = world.current_bot(token)
    chat = bot.chats.get(chat_id)
    return chat_view(world, bot, chat or Chat(id=chat_id, version=world.version))


def _is_for(bot: Bot, text: str) -> bool:
    """Whether a bot in privacy mode is shown this in a group."""
    command, named, name = text.split(maxsplit=1)[0].partition("@")
    return command.startswith("/") and (not named or name.lower() == bot.username.lower())


def _where(world: World, body: Json) -> tuple[Bot, Chat]:
    bot = world.current_bot(str(body.get("token") or ""))
    chat = bot.chats.get(whole(body.get("chat_id"), _user_id(body)))
    if chat is None:
        raise ValueError("there is no such chat: the user has not written to the bot")
    return bot, chat


def _chat_for_writing(world: World, bot: Bot, body: Json) -> Chat:
    user = world.know(_user_id(body), str(body.get("first_name") or ""), str(body.get("language_code") or ""))
    chat_id = whole(body.get("chat_id"), user.id)
    if chat_id > 0 and chat_id != user.id:
        raise ValueError("a private chat's id is its user's id")
    chat = bot.chats.setdefault(chat_id, Chat(id=chat_id, kind="private" if chat_id > 0 else "supergroup"))
    if chat.blocked:
        raise ValueError("the user has blocked the bot; unblock it first")
    chat.name = user.first_name if chat_id > 0 else "Group"
    return chat


def _topic(chat: Chat, body: Json) -> int | None:
    thread = whole(body.get("thread")) or None
    if thread is not None and thread not in chat.topics:
        raise ValueError("there is no such topic in that chat")
    return thread


def _user_id(body: Json) -> int:
    return whole(body.get("user_id"), OWNER)


def _reaction(emoji: str) -> list[Json]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def _button(bot: Bot, chat: Chat, body: Json) -> tuple[Message, str]:
    """The message and the data of the button that is meant."""
    wanted = body.get("message_id")
    ours = [one for one in reversed(chat.messages.values()) if one.sender == bot.id]
    ours = [one for one in ours if one.id == whole(wanted)] if wanted else [one for one in ours if not one.deleted]
    name, asked = ("callback_data", body.get("data")) if "data" in body else ("text", body.get("label"))
    labels: list[str] = []
    for message in ours:
        for button in (key for row in buttons(message.markup) for key in row):
            if button.get(name) == asked and "callback_data" in button:
                return message, button["callback_data"]
            labels.append(f"{button['text']!r}")
    there = ", ".join(labels[:20]) or "no buttons at all"
    raise ValueError(f"no button with {name} {asked!r} that can be pressed; there is {there}")
