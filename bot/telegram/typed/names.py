"""What parameters and their values may be called in any language, and how a line is called back. No sentences.

The names stand in the languages' folders; the first one of each is what help, refusals and examples use there.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import cache

from bot.languages import LANGUAGES, OURS, catalogue, words
from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.parameters import BY_WORD, TYPED, of_coin
from strategy.model.market import DOLLARS, USDC, Asset
from strategy.model.past import Measure
from strategy.model.spec import Shift, Spacing


def _all(value: str) -> tuple[str, ...]:
    """Every word, in any language, that stands for a value of ours."""
    return tuple(dict.fromkeys(word for lang in LANGUAGES for word in words(lang, f"typed.{value}")))


SPACINGS: Mapping[str, str] = {word: str(spacing) for spacing in Spacing for word in _all(spacing)}
GOAL_SPANS: Mapping[str, str] = {word: value for value in ("daily", "weekly") for word in _all(value)}
YES_NO: Mapping[str, str] = {word: value for value in ("yes", "no") for word in _all(value)}
SHIFTS: Mapping[str, str] = {word: str(shift) for shift in Shift for word in _all(shift)}
MEASURES: Mapping[str, str] = {word: str(measure) for measure in Measure for word in _all(measure)}
CHOICES: Mapping[Kind, Mapping[str, str]] = {
    Kind.SPACING: SPACINGS,
    Kind.YES_NO: YES_NO,
    Kind.PERIOD: GOAL_SPANS,
    Kind.SHIFT: SHIFTS,
    Kind.MEASURE: MEASURES,
}
"""The kinds whose values are words, and what each word stands for."""
OFF, ALL, SELL, SKIP, BACK, BESIDE_NUMBER = (_all(value) for value in ("off", "all", "sell", "skip", "back", "number"))
SETTING_WORDS = _all("settings")
"""What the help on all parameters may be asked for by."""
HOUR, DAY = (_all(value) for value in ("hour", "day"))
"""What may stand behind a number of hours or days."""
DOLLAR_UNITS, COUNT_UNITS, RANGE = (_all(value) for value in ("dollars", "pieces", "range"))
"""What may stand behind money or a price, behind a count, and for both ends of a range at once."""
EACH = _all("each")
"""What may be the money of each level, or how far it is from the next: figures are asked about, each with its names."""
LARGE: Mapping[str, int] = {
    **dict.fromkeys(_all("tenthousand"), 10000),
    **dict.fromkeys(_all("thousand"), 1000),
}
"""What may stand behind a figure, and how many of them that is."""
PERIODS: Mapping[str, str] = {word: span for span in ("today", "week", "month", "start") for word in _all(span)}
"""The words that name a period, and which."""
TODAY, YESTERDAY = _all("today"), _all("yesterday")
"""Days that have a name."""
PICTURES: Mapping[str, str] = {word: kind for kind in ("market", "curve", "days", "report") for word in _all(kind)}
"""The words that name a picture."""
THEMES: Mapping[str, str] = {word: theme for theme in ("dark", "light") for word in _all(theme)}
STYLES: Mapping[str, str] = {word: style for style in ("calm", "normal", "busy", "default") for word in _all(style)}
"""How careful a proposed grid is."""
WHICH = _all("which")
SLOWLY, BREAK_EVEN, BUYING, AT_ONCE = (_all(value) for value in ("slowly", "breakeven", "buying", "at_once"))
CONFIRM, BOOK, AGAIN, AROUND, CAREFUL = (_all(value) for value in ("confirm", "book", "again", "around", "careful"))
DECISIONS: Mapping[str, str] = {
    word: value for value in ("leave", "cancel", "adopt", "end", "trust") for word in _all(value)
}
"""What can be decided while nothing trades."""
WAYS: Mapping[str, str] = {
    word: value for value in ("three", "careful", "again", "figures", "rest") for word in _all(value)
}
"""How a question about a new grid can be passed by."""


def _by_word(prefix: str) -> dict[str, str]:
    """What each word stands for, of all keys that begin so."""
    return {
        word: key.removeprefix(prefix)
        for lang in LANGUAGES
        for key in catalogue(lang)
        if key.startswith(prefix)
        for word in words(lang, key)
    }


COINS: Mapping[str, str] = _by_word("typed.coin.")
"""What the best known coins are called, and what the exchange calls them."""
COMMANDS: Mapping[str, str] = _by_word("typed.command.")
"""What a command may be called by whoever types no slash, in any language: it is asked whether that was meant."""
_NOTIFY = "/notify "
_LABELLED: Mapping[str, str] = {
    "viewer": "role.viewer",
    "operator": "role.operator",
    "look": "button.help.look",
}
"""Values that are read by what the chat calls them."""
_ALONE = (
    *_LABELLED,
    "confirm",
    "book",
    "again",
    "around",
    "careful",
    "leave",
    "cancel",
    "adopt",
    "end",
    "trust",
    "all",
    "off",
    "curve",
    "days",
    "report",
    "light",
    "sell",
    "slowly",
    "breakeven",
    "buying",
    "today",
    "yesterday",
    "week",
    "month",
    "start",
    "calm",
    "normal",
    "busy",
    "which",
)
"""Values that follow a command without a name."""


def aliases(lang: str, name: str) -> tuple[str, ...]:
    """What a parameter may be called in a language, besides its own word."""
    return words(lang, f"parameter.{name}.typed")


def setting_of(name: str, value: str) -> str:
    """The parameter that is meant by a name; what is unknown stays as it is.

    Some names fit two, of which one takes words and the other figures: the value says which.
    """
    typed = name.lower()
    meant = _known().get(typed, (typed,))
    return next((one for one in meant if value.lower() in _words_of(one)), meant[-1])


def likely(typed: str, keys: Collection[str]) -> str | None:
    """The parameter of these whose name in any language is most like what was typed; None where none is like it."""
    known = {name: meant for name, several in _known().items() if (meant := several[-1]) in keys}
    near = get_close_matches(typed.lower(), known, n=1)
    return known[near[0]] if near else None


def shown(lang: str, name: str, quote: Asset = USDC) -> str:
    """What a parameter is called in a language, on a market that is paid in `quote`."""
    word, coin = of_coin(name)
    if coin:
        return f"{shown(lang, word)}.{coin}"
    if name not in BY_WORD:
        return name
    other = words(lang, f"parameter.{name}.other") if BY_WORD[name].in_dollars and quote not in DOLLARS else ()
    return (*other, *aliases(lang, name), name)[0]


def called(lang: str, line: str) -> str:
    """A line as its reader would type it: `usdc=50 wait=yes` is `金额=50 等待=是`. Commands stay as they are."""
    if line.startswith(_NOTIFY):
        return _NOTIFY + " ".join(_notify_called(lang, said) for said in line.removeprefix(_NOTIFY).split())
    return _pattern().sub(lambda found: _called(lang, found), line)


def value_called(lang: str, value: str) -> str:
    """What a value is called in a language, where it is a word of ours."""
    label = catalogue(lang).get(_LABELLED.get(value, ""), value)
    return (*words(lang, f"typed.{value}"), label.lower() if value in _LABELLED else value)[0]


def _called(lang: str, found: re.Match[str]) -> str:
    name, value, alone = found.groups()
    return value_called(lang, alone) if alone else f"{shown(lang, name)}={value_called(lang, value)}"


def _notify_called(lang: str, said: str) -> str:
    """What follows /notify has words of its own, and a word before a sign is another than by itself: `fills`."""
    name, equals, value = said.partition("=")
    if not equals:
        return _noise_word(lang, name, ("preset.",))
    named = _noise_word(lang, name, ("kind.", "quiet.", "daily.", "weekly.", "monthly."))
    return f"{named}={_noise_word(lang, value, ('way.', 'day.'))}"


def _noise_word(lang: str, word: str, kinds: tuple[str, ...]) -> str:
    """The word that a language shows for one of ours; figures and times stay as they are."""
    begins = tuple(f"notify.{kind}" for kind in kinds)
    keys = (key for key in catalogue(OURS) if key.startswith(begins) and key.endswith(".typed"))
    return next(((*words(lang, key), word)[0] for key in keys if word in words(OURS, key)), word)


def _words_of(name: str) -> Mapping[str, str]:
    return CHOICES.get(BY_WORD[name].kind, {}) if name in BY_WORD else {}


@cache
def _known() -> Mapping[str, tuple[str, ...]]:
    """Each name in any language, and what it may mean."""
    found: dict[str, tuple[str, ...]] = {}
    for alias, name in _names():
        if name not in found.get(alias, ()):
            found[alias] = (*found.get(alias, ()), name)
    return found


def _names() -> Iterator[tuple[str, str]]:
    for parameter in TYPED:
        yield parameter.word, parameter.word
        for lang in LANGUAGES:
            yield from ((alias.lower(), parameter.word) for alias in aliases(lang, parameter.word))


@cache
def _pattern() -> re.Pattern[str]:
    names = "|".join(parameter.word for parameter in TYPED)
    return re.compile(rf"\b((?:{names})(?:\.[A-Za-z]+)?)=([\w.%-]*)|(?<=\s)({'|'.join(_ALONE)})(?=\s|$)")
