"""Keyboards under messages: what Telegram accepts as `reply_markup`, and its refusals. No state."""

import json
import re

from bot.demo.telegram.wire import Json, Params, bad

MAX_BUTTONS = 100
MAX_ROW = 8
MAX_DATA_BYTES = 64
MAX_MARKUP_BYTES = 10_240
MAX_COPIED = 256
STYLES = ("danger", "success", "primary")
ACTIONS = ("url", "login_url", "web_app", "copy_text", "switch_inline_query", "switch_inline_query_current_chat")


def inline_markup(params: Params) -> Json | None:
    """The inline keyboard for an edit; any other keyboard is refused."""
    markup = _markup(params)
    if markup is None:
        return None
    if "inline_keyboard" not in markup:
        raise bad("inline keyboard expected")
    return _inline(markup)


def any_markup(params: Params) -> tuple[Json | None, Json | None]:
    """For a new message: its inline keyboard, and the reply keyboard that it opens or removes."""
    markup = _markup(params)
    if markup is None:
        return None, None
    if "inline_keyboard" in markup:
        return _inline(markup), None
    if not {"keyboard", "remove_keyboard", "force_reply"} & markup.keys():
        return None, None
    return None, markup


def buttons(markup: Json | None) -> list[list[Json]]:
    return list((markup or {}).get("inline_keyboard", []))


def reply_labels(markup: Json) -> list[list[str]]:
    """The labels of a reply keyboard; none if it is being removed."""
    rows = markup.get("keyboard") or []
    return [[key if isinstance(key, str) else str(key.get("text", "")) for key in row] for row in rows]


def _markup(params: Params) -> Json | None:
    return params.object("reply_markup", "can't parse reply keyboard markup JSON object")


def _inline(markup: Json) -> Json | None:
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, kept)) > MAX_BUTTONS or any(len(row) > MAX_ROW for row in kept):
        raise bad("reply markup is too long")
    if len(json.dumps(kept, ensure_ascii=False).encode()) > MAX_MARKUP_BYTES:
        raise bad("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _button(button: object) -> Json:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if button.get("style") not in (None, *STYLES):
        raise bad("can't parse inline keyboard button: invalid button style specified")
    if "callback_data" in button:
        if not 1 <= len(str(button["callback_data"]).encode()) <= MAX_DATA_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    elif not any(action in button for action in ACTIONS):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    _address(button.get("url"))
    _copied(button.get("copy_text"))
    return button


def _address(url: object) -> None:
    """Where a button leads, if anywhere."""
    if url is not None and not re.fullmatch(r"(?:https?://|tg://)\S+", str(url)):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _copied(text: object) -> None:
    """What a button puts on the clipboard, if anything."""
    if text is None:
        return
    if not isinstance(text, dict):
        raise bad('can\'t parse inline keyboard button: Field "copy_text" must be of type Object')
    if not isinstance(text.get("text"), str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if not 1 <= len(text["text"]) <= MAX_COPIED:
        raise bad("BUTTON_COPY_TEXT_INVALID")
