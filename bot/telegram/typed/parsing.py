"""What the owner types, read: `ETH_USDC interval=40 out=0.4%` to values, or what is wrong with it. No texts."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches

from bot.telegram.typed.kinds import Kind, Parameter
from bot.telegram.typed.moments import clock_of, date_of
from bot.telegram.typed.names import BESIDE_NUMBER, CHOICES, DAY, HOUR, OFF, setting_of
from bot.telegram.typed.parameters import BY_WORD, OF_GRID, TYPED, excluded, of_coin
from strategy.model.grid import Spacing
from strategy.model.market import DOLLARS, Asset
from strategy.model.money import plain
from strategy.model.past import MOST_HOURS

Value = Decimal | str | None
"""None is `off`: the limit is removed."""


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_WITH_COMMA = re.compile(r"[+-]?[0-9][0-9.]*(?:,[0-9.]+)+")
LARGEST_FRACTION = Decimal("0.05")
"""A bare number up to this is a fraction, as in the brief (out_want 0.004): as a per cent it earned no fees."""
_IN_DOLLARS = tuple(parameter.word for parameter in TYPED if parameter.in_dollars)
_MOST_DIGITS = 15
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
    in_dollars: bool = field(default=False, compare=False)
    """Whether the money an order was called `usdc`, and not by a name that fits any quote."""


def parse(text: str, *, keys: Sequence[str], words: int = 0, word_field: str = "market") -> Given | Wrong:
    """Read `word key=value key=value`, in any order; at most `words` words may stand alone."""
    alone: list[str] = []
    values: dict[str, Value] = {}
    in_dollars = False
    for token in tokens(text):
        name, equals, value = token.partition("=")
        if not equals:
            alone.append(token)
            continue
        key = _key(name, value)
        found = _one(key, value, taken=key in values, keys=keys)
        if isinstance(found, Wrong):
            return found
        values[key] = found.value
        in_dollars |= name.lower() in _IN_DOLLARS
    if len(alone) > words:
        return Wrong(reason="word", field=word_field, given=alone[words], hint=", ".join(keys))
    return Given(words=tuple(alone), values=values, in_dollars=in_dollars)


def _key(name: str, value: str) -> str:
    """The parameter that is meant; where it is set for one coin, with a point and the coin in capitals."""
    word, point, coin = name.partition(".")
    key = setting_of(word, value)
    is_of_coin = point and coin and key in BY_WORD and BY_WORD[key].by_coin
    return f"{key}.{coin.upper()}" if is_of_coin else setting_of(name, value)


def parse_value(name: str, text: str) -> Value | Wrong:
    """One parameter's value by itself, as typed in an answer to a question."""
    found = _read(name, tidy(text).strip())
    return found if isinstance(found, Wrong) else found.value


def parse_grid_number(text: str) -> int | Wrong:
    """The number of a grid: `3`, `#3`, or with the word for a grid or a number that a language puts beside it."""
    beside = "|".join(map(re.escape, BESIDE_NUMBER))
    found = re.fullmatch(rf"(?:{beside})*([0-9]{{1,9}})(?:{beside})*", tidy(text).strip())
    if found and int(found[1]) > 0:
        return int(found[1])
    return Wrong(reason="number", field="grid", given=text)


def clash(values: Mapping[str, Value]) -> Wrong | None:
    """Parameters that exclude each other, or of which one needs another."""
    spacing = spacing_of(values)
    said = [parameter for parameter in OF_GRID if parameter.word in values]
    for one in said:
        if spacing not in one.only:
            return Wrong(reason="clash", field=one.word, hint=_against(one, said, values) or f"spacing={spacing}")
    if wrong := both(values):
        return wrong
    for one in said:
        if one.needs and one.needs not in values and not _stands_for(one, values):
            return Wrong(reason="missing", field=one.needs)
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
    name = next(name for name in given.values if name in _IN_DOLLARS)
    return Wrong(reason="not_dollars", field=name, given=str(given.values[name]), hint=quote)


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


def tidy(text: str) -> str:
    """Full-width digits, letters and marks as plain ones, and every kind of minus as a hyphen."""
    plain = unicodedata.normalize("NFKC", text).replace("、", ",")
    plain = re.sub(r"(?<=[0-9])。(?=[0-9])", ".", plain)
    return re.sub("[\u2010-\u2015\u2212]", "-", plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    value: Value


def _one(key: str, text: str, *, taken: bool, keys: Sequence[str]) -> _Read | Wrong:
    word, _ = of_coin(key)
    if word not in keys:
        near = get_close_matches(key, keys, n=1)
        reason = "unknown" if near else "unknown_of"
        return Wrong(reason=reason, field=key, given=key, hint=", ".join(near or keys))
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
    """Plain notation only: what looks like something else is named, never guessed."""
    if _WITH_COMMA.fullmatch(text):
        return Wrong(reason="comma", field=name, given=text, hint=_without_comma(text))
    if not _NUMBER.fullmatch(text):
        return Wrong(reason="number", field=name, given=text)
    whole, _, decimals = text.lstrip("+-").partition(".")
    if len(whole.lstrip("0")) > _MOST_DIGITS or len(decimals) > _MOST_DECIMALS:
        return Wrong(reason="digits", field=name, given=text)
    return Decimal(text)


def _in_range(name: str, kind: Kind, number: Decimal, text: str) -> _Read | Wrong:
    if number <= 0:
        return Wrong(reason="positive", field=name, given=text)
    most = BY_WORD[of_coin(name)[0]].most
    if kind is Kind.COUNT and (number != number.to_integral_value() or number > most):
        return Wrong(reason="whole", field=name, given=text)
    if kind is not Kind.PERCENT:
        return _Read(value=number)
    if number > 100:
        return Wrong(reason="range", field=name, given=text)
    if text.endswith("%") or number >= 1:
        return _Read(value=number / 100)
    return _bare(name, number, text)


def _bare(name: str, number: Decimal, text: str) -> _Read | Wrong:
    """Below 1 and without a sign: the brief's fraction where it is small, else what the parameter makes of it."""
    if number <= LARGEST_FRACTION:
        return _Read(value=number)
    if BY_WORD[name].bare_percent:
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
