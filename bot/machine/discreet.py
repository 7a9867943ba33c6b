"""What may be shown: texts with everything that looks like a secret cut out of them. It knows no setting."""

import re
from collections.abc import Iterable

SHORTEST = 8
"""Letters that a secret has at least: cutting out shorter ones would make holes in everything."""
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==")
_KEY_IN_TEXT = re.compile(r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])")
_IN_ADDRESS = re.compile(r"(://[^\s:/@]*:)\S+@")
_IN_QUERY = re.compile(r"((?:password|passwd|pwd|secret|token)=)[^\s&'\"]+", re.IGNORECASE)
_LONG_FOR_A_WORD = 16
_LONGEST_SHOWN = 40


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without bots' tokens, without the passwords of addresses, and without the given secrets."""
    text = _TOKEN.sub("[token]", text)
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, "[secret]")
    text = _IN_ADDRESS.sub(r"\1[secret]@", text)
    return _IN_QUERY.sub(r"\1[secret]", text)


def without_keys(text: str) -> str:
    """The same for what a person has typed, or pasted: without whatever looks like a key either."""
    return _KEY_IN_TEXT.sub("[key]", redacted(text))


def holds_token(text: str) -> bool:
    """Whether there is something in it that looks like a bot's token."""
    return _TOKEN.search(text) is not None


def holds_key(text: str) -> bool:
    """Whether it is 32 or 64 bytes in base64, as keys of Backpack's are."""
    return _KEY.fullmatch(text) is not None


def shown(value: object) -> str:
    """A wrong value as it may be repeated to the person; not one that looks like a secret in the wrong place."""
    text = str(value)
    looks_drawn = len(text) >= _LONG_FOR_A_WORD and any(map(str.isdigit, text))
    if looks_drawn or len(text) > _LONGEST_SHOWN or redacted(text) != text:
        return "not shown here (it could be a secret)"
    return repr(value)
