"""The languages of the chat: each is a folder of files, and whatever folders there are count. No message is made."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

OURS = "en"
_LOCALES = Path(__file__).parent / "telegram/texts/locales"
LANGUAGES = (OURS, *sorted(folder.name for folder in _LOCALES.iterdir() if folder.is_dir() and folder.name != OURS))
"""The first one is spoken to whoever has none of them."""


def language_of(code: str | None) -> str:
    """Our language for a Telegram language code, whatever country it names: Chinese of any kind is Chinese."""
    spoken = (code or "").lower().replace("_", "-").partition("-")[0]
    return spoken if spoken in LANGUAGES else OURS


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """All sentences and words of a language by key. Raises `ValueError` where a key is there twice."""
    sentences: dict[str, str] = {}
    for path in sorted((_LOCALES / lang).glob("*.json")):
        more = json.loads(path.read_text("utf-8"), object_pairs_hook=_each_once)
        if twice := sentences.keys() & more.keys():
            msg = f"{path.name}: keys of another file: {sorted(twice)}"
            raise ValueError(msg)
        sentences.update(more)
    return sentences


def _each_once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """An object of JSON, whose last pair would win in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        msg = f"keys that are there twice: {sorted({key for key in keys if keys.count(key) > 1})}"
        raise ValueError(msg)
    return found


def words(lang: str, key: str) -> tuple[str, ...]:
    """What may be typed for something in that language, the one that it is shown by first; none where nothing may."""
    return tuple(catalogue(lang).get(key, "").split())
