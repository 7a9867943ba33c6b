"""`lower=1500..2200 grids=10,20,40`: the words of /grid with ranges and lists, and the variants that they come to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice, product
from math import ceil
from random import Random

from bot.console.wished import Refused, mistake
from bot.telegram.typed.kinds import Kind, Unit
from bot.telegram.typed.parameters import BY_WORD, GRID_KEYS
from bot.telegram.typed.parsing import Given, Value, Wrong, parse, tidy
from bot.telegram.typed.wishes import to_words
from strategy.model.market import Market
from strategy.model.money import ONE, nearest_to, plain

RANGE, LIST = "..", ","
TRIES = 20
"""Draws for each variant, until no other one is looked for."""
_STEPS = {Kind.COUNT: ONE, Kind.HOURS: ONE, Kind.PERCENT: Decimal("0.0001"), Kind.TIMES: Decimal("0.01")}
CENT = Decimal("0.01")

Variant = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A parameter of which several values are tried: those of a list, or all between two."""

    word: str
    choices: tuple[Value, ...]
    """Of a range its two ends."""
    is_range: bool

    def step(self, market: Market) -> Decimal:
        """How fine a range is divided."""
        row = BY_WORD[self.word]
        if row.kind is Kind.PRICE:
            return market.tick_size
        return _STEPS.get(row.kind) or (market.step_size if row.unit is Unit.BASE else CENT)

    def at(self, part: float, market: Market) -> Value:
        """The value that lies so far along it, from 0 to 1."""
        if not self.is_range:
            return self.choices[min(int(part * len(self.choices)), len(self.choices) - 1)]
        low, high = (Decimal(one or 0) for one in self.choices)
        return nearest_to(low + (high - low) * Decimal(repr(part)), self.step(market))

    def place(self, value: Value) -> float:
        """How far along it a value lies, from 0 to 1."""
        if not self.is_range:
            return self.choices.index(value) / max(len(self.choices) - 1, 1)
        low, high = (Decimal(one or 0) for one in self.choices)
        return float((Decimal(value or 0) - low) / (high - low))


def read(lang: str, words: Sequence[str]) -> tuple[tuple[str, ...], tuple[Axis, ...]]:
    """The words of one variant in the middle of all, and what differs. `Refused` says what is wrong with a range."""
    alone, axes = list[str](), list[Axis]()
    for word in " ".join(words).split():
        name, _, value = tidy(word).partition("=")
        if RANGE not in value and LIST not in value:
            alone.append(word)
            continue
        axis = _axis(lang, name, value)
        if axis.word in {one.word for one in axes}:
            raise mistake(lang, Wrong(reason="repeated", field=axis.word))
        axes.append(axis)
        middle = _middle(axis) if axis.is_range else _first_set(lang, name, value)
        alone.append(f"{name}={middle}")
    if not axes:
        msg = "Nothing differs: give at least one range or list, as grids=10..200 or spacing=arithmetic,geometric. "
        raise Refused(msg + "One grid alone is played by packgrid backtest.")
    return tuple(alone), tuple(axes)


def _first_set(lang: str, name: str, value: str) -> str:
    """The first of a list that sets something: beside one that is off, what acts on it would say nothing."""
    texts = value.split(LIST)
    return next((one for one in texts if _one(lang, name, one)[1] is not None), texts[0])


def _middle(axis: Axis) -> str:
    low, high = (Decimal(one or 0) for one in axis.choices)
    middle = (low + high) / 2
    return to_words({axis.word: middle if axis.word not in _WHOLE else middle.to_integral_value()})[axis.word]


_WHOLE = frozenset(word for word, row in BY_WORD.items() if row.kind in (Kind.COUNT, Kind.HOURS))


def _axis(lang: str, name: str, value: str) -> Axis:
    texts, is_range = (value.split(RANGE), True) if RANGE in value else (value.split(LIST), False)
    found = [_one(lang, name, text) for text in texts]
    word, choices = found[0][0], tuple(one for _, one in found)
    if not is_range:
        return Axis(word=word, choices=tuple(dict.fromkeys(choices)), is_range=False)
    low, high = choices if len(choices) == 2 else (None, None)
    if not isinstance(low, Decimal) or not isinstance(high, Decimal):
        msg = f"{name}={value}: a range has two numbers, the smaller one first, as {name}=10..200."
        raise Refused(msg)
    if low >= high:
        msg = f"{name}={value}: the smaller number comes first, as {name}={texts[1]}..{texts[0]}."
        raise Refused(msg)
    return Axis(word=word, choices=(low, high), is_range=True)


def _one(lang: str, name: str, text: str) -> tuple[str, Value]:
    found = parse(f"{name}={text}", keys=GRID_KEYS)
    if isinstance(found, Wrong):
        raise mistake(lang, found)
    ((word, value),) = found.values.items()
    return word, value


def drawn(axes: Sequence[Axis], market: Market, count: int, seed: int) -> list[Variant]:
    """Variants at random, each once; fewer where there are no more."""
    dice = Random(seed)  # noqa: S311 - a search, no secret
    found = dict[tuple[Value, ...], None]()
    for _ in range(count * TRIES):
        if len(found) == count:
            break
        found[tuple(axis.at(dice.random(), market) for axis in axes)] = None
    return [_named(axes, one) for one in found]


def spread(axes: Sequence[Axis], market: Market, count: int) -> list[Variant]:
    """Variants evenly over all ranges: every combination of as many values as come to that number at most."""
    fixed = 1
    for axis in axes:
        fixed *= 1 if axis.is_range else len(axis.choices)
    ranges = sum(axis.is_range for axis in axes)
    each = max(2, int((count / fixed) ** (1 / ranges) + 1e-9)) if ranges else 1
    values = [dict.fromkeys(_evenly(axis, market, each)) for axis in axes]
    whole = list(product(*values))
    apart = ceil(len(whole) / count)
    return [_named(axes, one) for one in islice(whole, 0, None, apart)]


def _evenly(axis: Axis, market: Market, count: int) -> Iterator[Value]:
    if not axis.is_range:
        yield from axis.choices
    else:
        yield from (axis.at(one / (count - 1), market) for one in range(count))


def _named(axes: Sequence[Axis], values: Sequence[Value]) -> Variant:
    return {axis.word: value for axis, value in zip(axes, values, strict=True)}


def varied(base: Given, variant: Variant) -> Given:
    """The line with the values of a variant in it."""
    return Given(words=base.words, values={**base.values, **variant}, in_dollars=base.in_dollars)


def typed(word: str, value: Value) -> str:
    """A value as it would be typed."""
    if isinstance(value, Decimal) and BY_WORD[word].kind is Kind.PERCENT:
        return f"{plain(value * 100)}%"
    return to_words({word: value})[word]
