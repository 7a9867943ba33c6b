"""How values get into the sentences of the languages' catalogues. No sentence stands in code."""

import html
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache

from bot.languages import OURS, catalogue
from bot.telegram.texts.numbers import exact

LONGEST_VALUE = 300
"""Characters of a foreign text (an exchange's answer, a name that was typed) that are shown."""

_PLACE = re.compile(r"\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}")
_CHOICE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)

_SOME_OF = re.compile(r"\{(\w+)\} of \{\w+:")
"""A part of what is counted with its noun."""
_WITHOUT_NOUN = frozenset(("variants",))
"""Counts whose noun is the same for one and for many."""

Value = str | int | Decimal | None


class Count(int):
    """How many there are of something, as against a number that is a name."""

    __slots__ = ()


class Html(str):
    """Telegram HTML that is ready: put into a sentence as it stands. Any other text is escaped."""

    __slots__ = ()


def say(lang: str, key: str, /, **values: Value) -> Html:
    """The sentence for a key.

    `{name}` is a value, escaped unless it is `Html`; `{n:order|orders}` is a count with its noun; `[[one||another]]`
    is the first part whose values are all there, or nothing. A value that is None is not there. What is a count in
    our own language has its thousands in every one; other whole numbers are names, or are typed again.
    """
    template, counts = _template(lang, key), _counts(key)
    known = {name: _counted(value) if name in counts else value for name, value in values.items() if value is not None}
    return Html(_fill(_CHOICE.sub(lambda found: _choose(found[1], known), template), known))


def listed(lang: str, items: Iterable[str]) -> str:
    """Items of one kind, one after the other, as a sentence of that language lists them."""
    return _template(lang, "join.items").join(items)


def joined(lang: str, how: str, parts: Iterable[str]) -> Html:
    """Parts that are HTML already, put together as that language does it: `changes`, or whole `sentences`."""
    return Html(_template(lang, f"join.{how}").join(parts))


def button(lang: str, key: str) -> str:
    """The label of a button: plain text, not HTML."""
    return _template(lang, f"button.{key}")


def places(template: str) -> frozenset[str]:
    """The names of the values a template takes."""
    return frozenset(found[1] for found in _PLACE.finditer(template))


def escape(text: str) -> Html:
    """Foreign text, cut to a sensible length and made harmless."""
    flat = "".join(char if char.isprintable() else " " for char in text)
    short = flat if len(flat) <= LONGEST_VALUE else flat[: LONGEST_VALUE - 1] + "…"
    return Html(html.escape(short, quote=False))


def _template(lang: str, key: str) -> str:
    # A message must get out even where a sentence is missing; tests see to it that none is.
    known = next((one for one in map(catalogue, (lang, OURS)) if key in one), {key: key})
    return known[key]  # which may be empty: a language may put nothing between two sentences


@cache
def _counts(key: str) -> frozenset[str]:
    """The values of a sentence that have a noun in our own language, or are counted without one."""
    template = _template(OURS, key)
    with_noun = {found[1] for found in _PLACE.finditer(template) if found[2] is not None}
    return _WITHOUT_NOUN | with_noun | {found[1] for found in _SOME_OF.finditer(template)}


def _counted(value: Value) -> Value:
    return Count(value) if isinstance(value, int) else value


def _choose(parts: str, known: Mapping[str, Value]) -> str:
    return next((part for part in parts.split("||") if places(part) <= known.keys()), "")


def _fill(template: str, known: Mapping[str, Value]) -> str:
    return _PLACE.sub(lambda found: _placed(known.get(found[1]), found[2], found[3]), template)


def _placed(value: Value, one: str | None, many: str | None) -> str:
    shown = _shown(value)
    return shown if one is None else f"{shown} {one if value == 1 else many}"


def _shown(value: Value) -> str:
    match value:
        case None:
            return "?"
        case Decimal() | Count():
            return exact(Decimal(value))
        case int():
            return str(value)
        case Html():
            return value
        case _:
            return escape(value)
