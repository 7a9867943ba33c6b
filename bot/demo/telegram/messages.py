"""The methods that send, edit, pin and delete messages, with Telegram's refusals in Telegram's words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.demo.telegram.chats import Bot, Chat, Message
from bot.demo.telegram.entities import Formatted
from bot.demo.telegram.keyboards import any_markup, inline_markup, reply_labels
from bot.demo.telegram.media import document, edited_media, photo
from bot.demo.telegram.texts import check_length, read_caption, read_text
from bot.demo.telegram.updates import push
from bot.demo.telegram.wire import Json, Params, bad, forbidden, whole
from bot.demo.telegram.world import World

TWO_DAYS_MS = 172_800_000
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method call: the state, who calls, and with what."""

    world: World
    bot: Bot
    params: Params


def send_message(call: Call) -> Json:
    return _send(call, read_text(call.params), None)


def send_photo(call: Call) -> Json:
    return _send(call, read_caption(call.params), photo(call.world, call.bot, call.params))


def send_document(call: Call) -> Json:
    return _send(call, read_caption(call.params), document(call.world, call.bot, call.params))


def edit_message_text(call: Call) -> Json:
    content = read_text(call.params)
    markup = inline_markup(call.params)
    chat, message = _editable(call)
    if message.media:
        raise bad("there is no text in the message to edit")
    check_length(content)
    return _amend(call, chat, message, content, markup=markup)


def edit_message_caption(call: Call) -> Json:
    content = read_caption(call.params)
    markup = inline_markup(call.params)
    chat, message = _editable(call)
    if not message.media:
        raise bad("there is no caption in the message to edit")
    return _amend(call, chat, message, content, markup=markup)


def edit_message_media(call: Call) -> Json:
    described, media = edited_media(call.world, call.bot, call.params)
    content = read_caption(described)
    markup = inline_markup(call.params)
    chat, message = _editable(call)
    return _amend(call, chat, message, content, markup=markup, media=media)


def edit_message_reply_markup(call: Call) -> Json:
    markup = inline_markup(call.params)
    chat, message = _editable(call)
    content = Formatted(message.text, message.entities)
    return _amend(call, chat, message, content, markup=markup, media=message.media)


def delete_message(call: Call) -> bool:
    chat = recipient(call)
    message = _found(call, chat, "message to delete not found")
    if call.world.now() - message.at > TWO_DAYS_MS:
        raise bad("message can't be deleted for everyone")
    _store(call, chat, replace(message, deleted=True, pinned=False))
    return True


def delete_messages(call: Call) -> bool:
    """Those that are there; unknown ones are skipped, as at Telegram."""
    chat = recipient(call)
    numbers = call.params.array("message_ids", "can't parse message identifiers JSON object")
    if not numbers:
        raise bad("message identifiers are not specified")
    for number in numbers:
        message = chat.message(whole(number))
        if message and call.world.now() - message.at <= TWO_DAYS_MS:
            _store(call, chat, replace(message, deleted=True, pinned=False))
    return True


def pin_chat_message(call: Call) -> bool:
    """Tells the chat of it, and the bot, too: of what a bot does itself it hears of this alone."""
    chat = recipient(call)
    message = _found(call, chat, "message to pin not found")
    if message.pins is not None:
        raise bad("message can't be pinned")
    _store(call, chat, replace(message, pinned=True))
    world = call.world
    told = Message(id=world.new_message_id(), sender=call.bot.id, at=world.now(), pins=message.id, silent=True)
    push(world, call.bot, "message", world.message_json(call.bot, chat, world.add(chat, told)))
    return True


def unpin_chat_message(call: Call) -> bool:
    """The named message, or the one that was pinned last."""
    chat = recipient(call)
    named = call.params.has("message_id")
    message = _found(call, chat, "message to unpin not found") if named else chat.pinned()
    if message is None:
        raise bad("message to unpin not found")
    _store(call, chat, replace(message, pinned=False))
    return True


def unpin_all_chat_messages(call: Call) -> bool:
    chat = recipient(call)
    while message := chat.pinned():
        _store(call, chat, replace(message, pinned=False))
    return True


def set_message_reaction(call: Call) -> bool:
    chat = recipient(call)
    message = _found(call, chat, "message to react not found")
    reactions = call.params.array("reaction", "can't parse reaction types JSON object") or []
    emojis = [one.get("emoji") if isinstance(one, dict) else None for one in reactions]
    if len(emojis) > 1 or not all(emojis):
        raise bad("REACTION_INVALID")
    mine = {str(call.bot.id): str(emojis[0])} if emojis else {}
    others = {who: emoji for who, emoji in message.reactions.items() if who != str(call.bot.id)}
    _store(call, chat, replace(message, reactions=others | mine))
    return True


MESSAGE_METHODS: dict[str, Callable[[Call], Any]] = {
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "senddocument": send_document,
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagemedia": edit_message_media,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "deletemessages": delete_messages,
    "pinchatmessage": pin_chat_message,
    "unpinchatmessage": unpin_chat_message,
    "unpinallchatmessages": unpin_all_chat_messages,
    "setmessagereaction": set_message_reaction,
}


def recipient(call: Call) -> Chat:
    """The chat that is written to; refused while its user has not written first, or has blocked the bot."""
    wanted = call.params.text("chat_id").strip()
    if not wanted:
        raise bad("chat_id is empty")
    number = whole(wanted)
    chat = call.bot.chats.get(number)
    if chat is None:
        known = number in call.world.users
        raise forbidden("bot can't initiate conversation with a user") if known else bad("chat not found")
    if chat.blocked:
        group = "bot was kicked from the supergroup chat"
        raise forbidden("bot was blocked by the user" if chat.kind == "private" else group)
    return chat


def _send(call: Call, content: Formatted, media: Json | None) -> Json:
    markup, keyboard = any_markup(call.params)
    chat = recipient(call)
    if media is None:
        check_length(content)
    if keyboard is not None:
        chat.keyboard = reply_labels(keyboard)
    chat.typing_until = 0
    thread = call.params.integer("message_thread_id") or None
    if thread is not None and thread not in chat.topics:
        raise bad("message thread not found")
    message = Message(
        id=call.world.new_message_id(),
        sender=call.bot.id,
        at=call.world.now(),
        text=content.text,
        entities=content.entities,
        media=media,
        markup=markup,
        reply_to=_replied(call, chat),
        thread=thread,
        silent=call.params.flag("disable_notification"),
        protected=call.params.flag("protect_content"),
    )
    return call.world.message_json(call.bot, chat, call.world.add(chat, message))


def _replied(call: Call, chat: Chat) -> int | None:
    reply = call.params.object("reply_parameters", "can't parse reply parameters JSON object") or {}
    number = whole(reply.get("message_id")) or call.params.integer("reply_to_message_id")
    if not number or chat.message(number):
        return number or None
    if reply.get("allow_sending_without_reply") or call.params.flag("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def _found(call: Call, chat: Chat, refusal: str) -> Message:
    message = chat.message(call.params.integer("message_id"))
    if message is None:
        raise bad(refusal)
    return message


def _editable(call: Call) -> tuple[Chat, Message]:
    if not call.params.has("message_id"):
        raise bad("message identifier is not specified")
    chat = recipient(call)
    message = _found(call, chat, "message to edit not found")
    if message.sender != call.bot.id or message.pins is not None:
        raise bad("message can't be edited")
    return chat, message


def _amend(
    call: Call,
    chat: Chat,
    message: Message,
    content: Formatted,
    *,
    markup: Json | None,
    media: Json | None = None,
) -> Json:
    """Store the new content; an edit without a keyboard takes the old one away, as at Telegram."""
    media = media or message.media
    changed = (content.text, content.entities, media) != (message.text, message.entities, message.media)
    if not changed and markup == message.markup:
        raise bad(NOT_MODIFIED)
    edited = replace(
        message,
        text=content.text,
        entities=content.entities,
        media=media,
        markup=markup,
        edited_at=call.world.now(),
        rewritten=message.rewritten or changed,
    )
    return call.world.message_json(call.bot, chat, _store(call, chat, edited))


def _store(call: Call, chat: Chat, message: Message) -> Message:
    chat.messages[message.id] = message
    call.world.touch(chat)
    return message
