"""What the owner types, read: `ETH_USDC interval=40 out=0.4%` to values, or what is wrong with it. No texts."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot.telegram.typed.kinds import Kind, Parameter, Unit
from bot.telegram.typed.moments import clock_of, date_of
from bot.telegram.typed.names import (
    BESIDE_NUMBER,
    CHOICES,
    COUNT_UNITS,
    DAY,
    DOLLAR_UNITS,
    EACH,
    HOUR,
    LARGE,
    OFF,
    RANGE,
    SPACINGS,
    likely,
    setting_of,
)
from bot.telegram.typed.parameters import BY_WORD, OF_GRID, TYPED, excluded, of_coin, rests_on
from strategy.model.market import DOLLARS, USDC, Asset
from strategy.model.money import plain
from strategy.model.past import MOST_HOURS
from strategy.model.spec import Spacing

Value = Decimal | str | None
"""None is `off`: the limit is removed."""


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_WITH_COMMA = re.compile(r"[+-]?[0-9][0-9.]*(?:,[0-9.]+)+")
_VARIANTS = "\ufe0e\ufe0f"
"""How the letter before is to be drawn."""
LARGEST_FRACTION = Decimal("0.05")
"""A bare number up to this is a fraction, as in the brief (out_want 0.004): as a per cent it earned no fees."""
_IN_DOLLARS = tuple(parameter.word for parameter in TYPED if parameter.in_dollars)
_MOST_DIGITS = 15
_ASSET = re.compile(r"[A-Za-z]{2,10}")
_ENDS = re.compile(r"([0-9][0-9.,]*)\s*[-~到至]\s*([0-9][0-9.,]*)")
_GLUED = re.compile(r"([^\W\d_A-Za-z]+)([+-]?\.?[0-9].*)")
"""A name that is written in no Latin letters, and the figure behind it; in `敞口.ETH=1500` a point begins none."""
_FIGURE = re.compile(r"[+-]?\.?[0-9][0-9.,%~-]*\w*$")
_MOST_DECIMALS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Why something typed can't be used. `reason` names the sentence; the rest goes into it."""

    reason: str
    field: str
    given: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A line that could be read: words that stand alone, and parameters by name."""

    words: tuple[str, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    in_dollars: str = field(default="", compare=False)
    """What was said in dollars, as typed: money that was called `usdc`, and not by a name that fits any quote, or that
    has a sign of dollars behind it."""


def parse(text: str, *, keys: Sequence[str], words: int = 0, word_field: str = "market") -> Given | Wrong:
    """Read `word key=value key=value`, in any order; at most `words` words may stand alone."""
    alone: list[str] = []
    values: dict[str, Value] = {}
    in_dollars = ""
    for token in _paired(tokens(text), keys):
        name, equals, value = token.partition("=")
        if not equals:
            alone.append(token)
            continue
        key = _key(name, value)
        found = _one(key, value, taken=key in values, keys=keys)
        if isinstance(found, Wrong):
            return found
        values[key] = found.value
        if name.lower() in _IN_DOLLARS or _dollars_behind(key, value):
            in_dollars = in_dollars or token
    if words == 1 and word_field == "market" and len(alone) == 2 and all(map(_ASSET.fullmatch, alone)):
        alone = ["_".join(alone)]  # `ETH USDC`
    if len(alone) > words:
        return Wrong(reason="word", field=word_field, given=alone[words], hint=", ".join(keys))
    return Given(words=tuple(alone), values=values, in_dollars=in_dollars)


def _paired(typed: Sequence[str], keys: Sequence[str]) -> Iterator[str]:
    """The parts of a line with the signs that phones leave out: `止损1700`, `金额 50`, `等比`, `区间 1800-2200`."""
    left = list(typed)
    while left:
        token = left.pop(0)
        if glued := _GLUED.fullmatch(token):
            name, equals, value = glued[1], "", glued[2]
        else:
            name, equals, value = token.partition("=")
        beside = value or (left[0] if left and not equals and _FIGURE.match(left[0]) else "")
        named = name.lower() in RANGE and _ENDS.fullmatch(beside)
        known = of_coin(_key(name, beside))[0] in keys or name.lower() in EACH
        if beside and not equals and (named or known):
            equals, value = "=", value or left.pop(0)
        if equals and left and left[0].lower() in DOLLAR_UNITS:
            value += left.pop(0)
        if named:
            yield from (f"lower={named[1]}", f"upper={named[2]}")
        elif equals:
            yield f"{name}={value}"
        elif "spacing" in keys and token.lower() in SPACINGS and setting_of(token, "") not in keys:
            yield f"spacing={token}"
        else:
            yield token


def _key(name: str, value: str) -> str:
    """The parameter that is meant; where it is set for one coin, with a point and the coin in capitals."""
    word, point, coin = name.partition(".")
    key = setting_of(word, value)
    is_of_coin = point and coin and key in BY_WORD and BY_WORD[key].by_coin
    return f"{key}.{coin.upper()}" if is_of_coin else setting_of(name, value)


def parse_value(name: str, text: str, quote: Asset = USDC) -> Value | Wrong:
    """One parameter's value by itself, as typed in an answer to a question about a market that is paid in `quote`."""
    said = tidy(text).strip()
    if quote not in DOLLARS and _dollars_behind(name, said):
        return Wrong(reason="not_dollars", field=name, given=said, hint=quote)
    found = _read(name, said)
    return found if isinstance(found, Wrong) else found.value


def parse_grid_number(text: str) -> int | Wrong:
    """The number of a grid: `3`, `#3`, or with the word for a grid or a number that a language puts beside it."""
    beside = "|".join(map(re.escape, BESIDE_NUMBER))
    found = re.fullmatch(rf"(?:{beside})*([0-9]{{1,9}})(?:{beside})*", tidy(text).strip())
    if found and int(found[1]) > 0:
        return int(found[1])
    return Wrong(reason="number", field="grid", given=text)


def grid_words(text: str) -> list[str]:
    """The words of a line about grids, however a phone writes it: `第1个，卖出` and `网格 1 卖出` are `1` and `卖出`.

    What a language puts beside a number says nothing more, and a number and the word that it touches stand apart.
    A point within a number stays there, to be refused: `1.5` names neither grid 1 nor grid 5.
    """
    apart = re.sub(r"(?<=[0-9])(?=[^\W\d_])|(?<=[^\W\d_])(?=[0-9])", " ", tidy(text).lower())
    said = (word.strip(".:") for word in re.split(r"[\s,;!?。]+", apart))
    return [word for word in said if word and word not in BESIDE_NUMBER]


def clash(values: Mapping[str, Value], unset: Collection[str] = ()) -> Wrong | None:
    """Parameters that exclude each other, or of which one needs another.

    `unset`: what is there without a word by the settings that are usual, and not by those of this program.
    """
    said = [parameter for parameter in OF_GRID if parameter.word in values]
    proposed = {word: setting for word, setting in PROPOSED.items() if word not in unset}
    in_vain = (wrong for one in said if (wrong := says_nothing(one, {**proposed, **values})))
    return contradiction(values) or next(in_vain, None)


def contradiction(values: Mapping[str, Value]) -> Wrong | None:
    """The same, without what would only do nothing."""
    spacing = spacing_of(values)
    said = [parameter for parameter in OF_GRID if parameter.word in values]
    for one in said:
        if spacing not in one.only:
            return Wrong(reason="clash", field=one.word, hint=_against(one, said, values) or f"spacing={spacing}")
    if wrong := both(values):
        return wrong
    for one in said:
        if one.needs and one.needs not in values and not _stands_for(one, values):
            return Wrong(reason="missing", field=one.needs, given=one.word)
    return None


PROPOSED: Mapping[str, Value] = {one.word: one.setting for one in OF_GRID if one.removable and one.setting}
"""What is there without a word, unless it is switched off."""


def unset_by(defaults: object) -> frozenset[str]:
    """What of that is not there by these defaults."""
    return frozenset(word for word, name in PROPOSED.items() if getattr(defaults, str(name)) is None)


def says_nothing(one: Parameter, values: Mapping[str, Value]) -> Wrong | None:
    """What does something only beside others, where none of them is set, or with such a value that it does not.

    `values`: what is said, and what is set already.
    """
    others, said = rests_on(one), values[one.word]
    if not others or said is None or (one.any_of and said == "no"):
        return None
    if all(values.get(other) is None for other in others):
        reason = "alone" if len(others) == 1 else "none_of"
        return Wrong(reason=reason, field=one.word, given=one.word, hint=", ".join(others))
    if one.idle and values[one.refines] == one.idle:
        return Wrong(reason="clash", field=one.word, hint=f"{one.refines}={one.idle}")
    return None


def _against(one: Parameter, said: Sequence[Parameter], values: Mapping[str, Value]) -> str | None:
    """What speaks of another spacing, where none was named: people look for the mistake in what they have typed."""
    others = () if "spacing" in values else said
    return next((other.word for other in others if not set(other.only) & set(one.only)), None)


def _stands_for(one: Parameter, values: Mapping[str, Value]) -> bool:
    """Whether something takes the place of what a parameter needs, and needs it in turn."""
    return any(other.instead_of == one.needs and other.needs == one.word and other.word in values for other in OF_GRID)


def both(values: Mapping[str, Value]) -> Wrong | None:
    """Two of which one takes the place of the other."""
    for one in OF_GRID:
        if one.instead_of and one.word in values and (others := excluded(one.word, values) & values.keys()):
            return Wrong(reason="clash", field=one.word, hint=min(others))
    return None


def wrong_money(given: Given, quote: Asset) -> Wrong | None:
    """`usdc=` is money in dollars: on a market that is paid in anything else it would be another amount."""
    if not given.in_dollars or quote in DOLLARS:
        return None
    return Wrong(reason="not_dollars", field="usdc", given=given.in_dollars, hint=quote)


def spacing_of(values: Mapping[str, Value]) -> Spacing:
    """The spacing that was named, or the one that the other parameters speak of."""
    if named := values.get("spacing"):
        return Spacing(str(named))
    if any(one.only == (Spacing.GEOMETRIC,) for one in OF_GRID if one.word in values):
        return Spacing.GEOMETRIC
    of_a_range = any(Spacing.INTERVAL not in one.only for one in OF_GRID if one.word in values)
    return Spacing.ARITHMETIC if of_a_range else Spacing.INTERVAL


def tokens(text: str) -> list[str]:
    """The parts of a line. A comma between two digits does not part anything: it is a mistake to be named."""
    joined = re.sub(r"\s*(?:=|(?<![0-9]):|:(?![0-9]))\s*", "=", re.sub(r"(?<=[0-9])\s+%", "%", tidy(text)))
    return [part for part in re.split(r"(?:(?<![0-9]),|,(?![0-9])|[\s;])+", joined) if part]


def seen(text: str) -> str:
    """The text without what nobody sees: zero widths, directions, soft hyphens, as pasting and keyboards bring them."""
    return "".join(one for one in text if unicodedata.category(one) != "Cf" and one not in _VARIANTS)


def tidy(text: str) -> str:
    """Full-width digits, letters and marks as plain ones, and every kind of minus as a hyphen; what is seen alone."""
    plain = unicodedata.normalize("NFKC", seen(text)).replace("、", ",")
    plain = re.sub(r"(?<=[0-9])。(?=[0-9])", ".", plain).replace("。", " ")
    return re.sub("[\u2010-\u2015\u2212]", "-", plain)


_OF_EACH = (("usdc", "interval"), ("step", "out"))
"""What a figure that is said of each level may be: money or a distance; of per cents, a distance or what it earns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    value: Value


def _one(key: str, text: str, *, taken: bool, keys: Sequence[str]) -> _Read | Wrong:
    word, _ = of_coin(key)
    if key.lower() in EACH and (meant := [one for one in _OF_EACH[text.endswith("%")] if one in keys]):
        return Wrong(reason="which", field=key, given=key, hint=", ".join(meant))
    if word not in keys:
        near = likely(key, keys)
        reason = "unknown" if near else "unknown_of"
        return Wrong(reason=reason, field=key, given=key, hint=near or ", ".join(keys))
    if taken:
        return Wrong(reason="repeated", field=key)
    if not text or "=" in text:
        return Wrong(reason="missing", field=key)
    return _read(key, text)


def _read(name: str, text: str) -> _Read | Wrong:
    """A value by the kind of its parameter."""
    row = BY_WORD[of_coin(name)[0]]
    kind = row.kind
    if row.removable and (text.lower() in OFF or _is_zero(text)):
        return _Read(value=None)
    if kind in CHOICES:
        if text.lower() not in CHOICES[kind]:
            return Wrong(reason="choice", field=name, given=text)
        return _Read(value=CHOICES[kind][text.lower()])
    if kind is Kind.HOURS:
        return _hours(name, text)
    if kind in (Kind.CLOCK, Kind.DATE):
        found = clock_of(text) if kind is Kind.CLOCK else date_of(text)
        return _Read(value=found) if found else Wrong(reason="whole", field=name, given=text)
    number = _number(name, text.removesuffix("%").rstrip() if kind is Kind.PERCENT else text)
    if isinstance(number, Wrong):
        return number
    return _in_range(name, kind, number, text)


def _hours(name: str, text: str) -> _Read | Wrong:
    """`48`, `48h` or `2d`: whole hours, as few as the parameter takes, no more than are known of a past."""
    bare, unit = text.lower(), 1
    for words, each in ((DAY, 24), (HOUR, 1)):
        word = next((word for word in sorted(words, key=len, reverse=True) if bare.endswith(word)), None)
        if word is not None:
            bare, unit = bare.removesuffix(word).rstrip(), each
            break
    number = _number(name, bare)
    if isinstance(number, Wrong):
        return Wrong(reason=number.reason, field=name, given=text, hint=number.hint)
    hours = number * unit
    if hours != hours.to_integral_value() or not BY_WORD[name].least <= hours <= MOST_HOURS:
        return Wrong(reason="whole", field=name, given=text)
    return _Read(value=hours)


def _number(name: str, text: str) -> Decimal | Wrong:
    """Plain notation, with its unit and `万` at most: what looks like something else is named, never guessed."""
    given, (text, times) = text, _without_unit(name, text)
    if _WITH_COMMA.fullmatch(text):
        return Wrong(reason="comma", field=name, given=given, hint=_without_comma(text))
    if not _NUMBER.fullmatch(text):
        return Wrong(reason="number", field=name, given=given)
    number = Decimal(text) * times
    _, _, decimals = text.partition(".")
    if len(str(abs(int(number))).lstrip("0")) > _MOST_DIGITS or len(decimals) > _MOST_DECIMALS:
        return Wrong(reason="digits", field=name, given=given)
    return number


def _without_unit(name: str, text: str) -> tuple[str, int]:
    """The figure without what its parameter is counted in, and how many it stands for: `1.5万U` is 1.5 and 10,000."""
    bare = text.lower().removesuffix(_unit_behind(name, text)).rstrip()
    of_money = BY_WORD[of_coin(name)[0]].kind in (Kind.MONEY, Kind.PRICE)
    large = next((one for one in LARGE if of_money and bare.endswith(one)), "")
    return bare.removesuffix(large).rstrip() or text, LARGE.get(large, 1)


def _unit_behind(name: str, text: str) -> str:
    """What stands behind a figure that this parameter is counted in; nothing where nothing does."""
    row = BY_WORD[of_coin(name)[0]]
    units = COUNT_UNITS if row.kind in (Kind.COUNT, Kind.TIMES) else ()
    if row.kind in (Kind.MONEY, Kind.PRICE) and row.unit is not Unit.BASE:
        units = DOLLAR_UNITS
    return next((one for one in sorted(units, key=len, reverse=True) if text.lower().endswith(one)), "")


def _dollars_behind(name: str, text: str) -> bool:
    row = BY_WORD.get(of_coin(name)[0])
    return row is not None and row.unit is Unit.QUOTE and _unit_behind(name, text) in DOLLAR_UNITS


def _in_range(name: str, kind: Kind, number: Decimal, text: str) -> _Read | Wrong:
    if number <= 0:
        return Wrong(reason="positive", field=name, given=text)
    row = BY_WORD[of_coin(name)[0]]
    if kind is Kind.COUNT and (number != number.to_integral_value() or number > row.most):
        return Wrong(reason="whole", field=name, given=text)
    if kind is not Kind.PERCENT:
        return _Read(value=number)
    if number > 100 or (number == 100 and row.a_part):
        return Wrong(reason="range", field=name, given=text)
    if not text.endswith("%") and number > row.most_bare:
        return Wrong(reason="unsigned", field=name, given=text, hint=f"{plain(number)}%")
    if text.endswith("%") or number >= 1:
        return _Read(value=number / 100)
    return _bare(name, number, text)


def _bare(name: str, number: Decimal, text: str) -> _Read | Wrong:
    """Below 1 and without a sign: the brief's fraction where it is small, else what the parameter makes of it."""
    row = BY_WORD[name]
    if number <= LARGEST_FRACTION and (row.brief or not row.bare_percent):
        return _Read(value=number)
    if number > LARGEST_FRACTION and row.bare_percent:
        return _Read(value=number / 100)
    hint = f"{plain(number)}% / {plain(number * 100)}%"
    return Wrong(reason="ambiguous", field=name, given=text, hint=hint)


def _is_zero(text: str) -> bool:
    return re.fullmatch(r"0+(?:\.0*)?\s*%?", text) is not None


def _without_comma(text: str) -> str:
    """What was probably meant: 1,000 is a thousand, 0,4 is four tenths."""
    head, *groups = text.split(",")
    thousands = all(re.fullmatch(r"[0-9]{3}(?:\.[0-9]+)?", group) for group in groups) and head not in ("0", "-0")
    return text.replace(",", "") if thousands or len(groups) > 1 else text.replace(",", ".")
