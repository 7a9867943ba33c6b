"""The text or caption of a call: parsed, trimmed, with what Telegram finds in it by itself, and within the limits."""

import re

from bot.demo.telegram.entities import Formatted, overlap, parse_html, units
from bot.demo.telegram.wire import Json, Params, bad

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_RAW_BYTES = 32_768
MAX_ENTITIES = 100

_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]])"
    r"|(?<![\w/<>])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?!\w)"
    r"|(?<![\w@])(?P<mention>@[A-Za-z]\w{3,31})"
    r"|(?<![\w#])(?P<hashtag>#(?=\w*[^\W\d])\w+)"
    r"|(?<![\w$])(?P<cashtag>\$[A-Z]{1,8})(?!\w)"
)


def read_text(params: Params) -> Formatted:
    if not params.text("text"):
        raise bad("message text is empty")
    return _read(params, "text", "entities")


def read_caption(params: Params) -> Formatted:
    content = _read(params, "caption", "caption_entities")
    if len(content.text) > MAX_CAPTION:
        raise bad("message caption is too long")
    return content


def check_length(content: Formatted) -> None:
    """For a message's own text, which is measured after its tags are gone."""
    if not content.text:
        raise bad("text must be non-empty")
    if len(content.text) > MAX_TEXT:
        raise bad("message is too long")


def _read(params: Params, name: str, entities_name: str) -> Formatted:
    raw = params.text(name).replace("\r", "")
    if _size(raw) > MAX_RAW_BYTES:
        raise bad("text is too long")
    mode = params.text("parse_mode").strip().lower()
    if mode == "html":
        return _with_found(_trimmed(parse_html(raw)))
    if mode not in ("", "none"):
        raise bad("unsupported parse_mode")
    given = params.array(entities_name, "can't parse entities JSON object") or []
    return _with_found(_trimmed(Formatted(raw, [_entity(one) for one in given])))


def plain(text: str) -> Formatted:
    """What a person typed."""
    return _with_found(_trimmed(Formatted(text, [])))


def _size(raw: str) -> int:
    try:
        return len(raw.encode())
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None


def _entity(given: object) -> Json:
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise bad("can't parse MessageEntity: expected an Object")
    if not all(isinstance(given.get(name), int) for name in ("offset", "length")):
        raise bad("can't parse MessageEntity: offset and length must be Numbers")
    return given


def _trimmed(formatted: Formatted) -> Formatted:
    """Without blanks at the ends, except those an entity begins with, and with entities that fit what is left."""
    text = formatted.text.rstrip()
    first = min((one["offset"] for one in formatted.entities), default=len(text))
    cut = min(len(text) - len(text.lstrip()), first)
    text = text[cut:]
    size = units(text)
    moved = []
    for entity in formatted.entities:
        offset = entity["offset"] - cut
        length = min(entity["length"], size - offset)
        if length > 0:
            moved.append(entity | {"offset": offset, "length": length})
    return Formatted(text, moved)


def _with_found(formatted: Formatted) -> Formatted:
    """Add what Telegram finds by itself (commands, links, mentions, tags) and keep the first hundred entities."""
    closed = [one for one in formatted.entities if one["type"] in ("code", "pre", "text_link")]
    entities = list(formatted.entities)
    for match in _FOUND.finditer(formatted.text):
        offset = units(formatted.text[: match.start()])
        found: Json = {"type": match.lastgroup, "offset": offset, "length": units(match[0])}
        if not any(overlap(found, one) for one in closed):
            entities.append(found)
    entities.sort(key=lambda one: (one["offset"], -one["length"]))
    return Formatted(formatted.text, entities[:MAX_ENTITIES])
