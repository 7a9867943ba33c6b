"""What a person sees: a chat as JSON with safe HTML for the chat page, and as a plain transcript. Changes nothing."""

from html import escape
from itertools import pairwise

from bot.demo.telegram.chats import Bot, Chat, Message
from bot.demo.telegram.entities import units
from bot.demo.telegram.keyboards import buttons
from bot.demo.telegram.methods import commands_shown
from bot.demo.telegram.wire import Json
from bot.demo.telegram.world import World

TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


def chat_view(world: World, bot: Bot, chat: Chat) -> Json:
    """Everything the page shows. Times are unix seconds, as in the Bot API."""
    pinned = chat.pinned()
    user = world.users.get(chat.id)
    language = user.language_code[:2] if user else ""
    description = bot.texts.get(f"description|{language}") or bot.texts.get("description|", "")
    return {
        "chat_id": chat.id,
        "version": chat.version,
        "kind": chat.kind,
        "bot": {"id": bot.id, "name": bot.name, "username": bot.username, "description": description},
        "user": user.json() if user else None,
        "blocked": chat.blocked,
        "typing": chat.typing_until > world.now(),
        "commands": commands_shown(world, bot, chat),
        "keyboard": chat.keyboard,
        "answers": chat.answers,
        "pinned_message_id": pinned.id if pinned else None,
        "messages": [_message_view(world, bot, message) for message in chat.messages.values()],
    }


def transcript(bot: Bot, chat: Chat) -> str:
    """The chat as text: who said what, and the buttons under it."""
    lines = []
    for message in chat.messages.values():
        who = bot.name if message.sender == bot.id else chat.name
        gone = " (deleted)" if message.deleted else ""
        said = message.text if message.pins is None else "(pinned a message)"
        lines.append(f"{who}{gone}: {_media_word(message)}{said}")
        lines += ["  " + " ".join(f"[{key['text']}]" for key in row) for row in buttons(message.markup)]
    return "\n".join(lines) + "\n"


def to_html(text: str, entities: list[Json]) -> str:
    """Safe HTML: everything is escaped, tags come from entities alone and are always properly nested."""
    coded = text.encode("utf-16-le")
    size = units(text)
    spans = [(max(0, one["offset"]), min(size, one["offset"] + one["length"]), one) for one in entities]
    spans = [span for span in spans if span[0] < span[1]]
    edges = sorted({0, size, *(edge for start, end, _ in spans for edge in (start, end))})
    parts: list[str] = []
    open_spans: list[tuple[int, int, Json]] = []
    for start, end in pairwise(edges):
        while any(span[1] <= start for span in open_spans):
            parts.append(_tags(coded, open_spans.pop())[1])
        for span in spans:
            if span[0] <= start < span[1] and span not in open_spans:
                open_spans.append(span)
                parts.append(_tags(coded, span)[0])
        parts.append(escape(coded[start * 2 : end * 2].decode("utf-16-le", "replace")))
    parts += [_tags(coded, span)[1] for span in reversed(open_spans)]
    return "".join(parts)


def _tags(coded: bytes, span: tuple[int, int, Json]) -> tuple[str, str]:
    """The opening and the closing tag of an entity."""
    start, end, entity = span
    kind = entity["type"]
    covered = escape(coded[start * 2 : end * 2].decode("utf-16-le", "replace"))
    if kind in ("text_link", "url"):
        target = escape(str(entity.get("url", "")), quote=True) or covered
        safe = target.startswith(("http://", "https://"))
        link = f'<a href="{target}" target="_blank" rel="noopener noreferrer">'
        return (link, "</a>") if safe else ("<span>", "</span>")
    if kind == "bot_command":
        return f'<a class="command" role="button" tabindex="0" data-command="{covered}">', "</a>"
    if kind == "expandable_blockquote":
        return '<blockquote class="expandable">', "</blockquote>"
    if kind == "date_time":
        form = escape(str(entity.get("date_time_format", "")), quote=True)
        return f'<span class="date_time" data-unix="{int(entity["unix_time"])}" data-format="{form}">', "</span>"
    if kind in TAGS:
        return f"<{TAGS[kind]}>", f"</{TAGS[kind]}>"
    return f'<span class="{escape(str(kind), quote=True)}">', "</span>"


def _message_view(world: World, bot: Bot, message: Message) -> Json:
    view: Json = {
        "message_id": message.id,
        "from": "bot" if message.sender == bot.id else "user",
        "user_id": message.sender,
        "date": message.at // 1000,
        "text": "" if message.media else message.text,
        "html": to_html(message.text, message.entities),
        "buttons": [[_button_view(key) for key in row] for row in buttons(message.markup)],
        "edited": message.rewritten,
        "edit_date": message.edited_at and message.edited_at // 1000,
        "deleted": message.deleted,
        "silent": message.silent,
        "pinned": message.pinned,
        "pins": message.pins,
        "reply_to": message.reply_to,
        "reactions": list(message.reactions.values()),
    }
    if message.media:
        view["caption"] = message.text
        view |= _media_view(world, message.media)
    return view


def _media_view(world: World, media: Json) -> Json:
    if "photo" in media:
        largest = media["photo"][-1]
        shape = {"width": largest["width"], "height": largest["height"]}
        return {"photo": f"/sim/file/{largest['file_id']}", "photo_size": shape}
    document = media["document"]
    stored = world.files.find(document["file_id"])
    about = {"name": document["file_name"], "size": document["file_size"], "mime": document["mime_type"]}
    return {"document": about | {"url": f"/sim/file/{document['file_id']}" if stored else None}}


def _button_view(button: Json) -> Json:
    view = {"label": button["text"]}
    names = {"callback_data": "data", "url": "url", "style": "style"}
    view |= {shown: button[name] for name, shown in names.items() if name in button}
    if "copy_text" in button:
        view["copy"] = button["copy_text"].get("text", "")
    return view


def _media_word(message: Message) -> str:
    if not message.media:
        return ""
    return "(photo) " if "photo" in message.media else f"({message.media['document']['file_name']}) "
