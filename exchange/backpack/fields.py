"""Reading JSON that others wrote: every field is there and well formed, or `BadAnswer` names it. No meaning here."""

import json
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn

from exchange.port import BadAnswer
from strategy.model.money import amount

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z?")
_NOTHING = frozenset(("nan", "null", "none", "undefined", "nil"))
EARLIEST, LATEST = 1_420_070_400_000, 4_102_444_800_000
"""2015 and 2100 in ms: seconds, microseconds and nanoseconds of any year in between are outside."""
LONGEST_SHOWN = 160
LONGEST_WORD = 32


def parsed(text: str, what: str) -> object:
    """The JSON value of a text, fractions as exact decimals."""
    try:
        value: object = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        pass
    else:
        return value
    return fail(what, f"not JSON: {shown(text)}")


def fail(path: str, problem: str) -> NoReturn:
    """Give the answer up, naming the field."""
    msg = f"{path}: {problem}"
    raise BadAnswer(msg)


def shown(value: object) -> str:
    """A value as it may stand in a message: short and on one line."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def items(value: object, what: str) -> list[object]:
    """A JSON list."""
    return value if isinstance(value, list) else fail(what, "not a list")


def decimal_of(value: object, path: str) -> Decimal:
    """An exact number from text, or from a JSON number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        fail(path, f"not a number: {shown(value)}")
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        fail(path, f"not a number: {shown(value)}")
    try:
        return amount(value)
    except ValueError:
        fail(path, "not a number of a size that money has")


class Fields:
    """A JSON object, read field by field. `path` names it in errors. Fields that nobody asks for are ignored."""

    __slots__ = ("_values", "path")

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            fail(path, "not an object")
        self._values = value
        self.path = path

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(name) is not None

    def values(self) -> Iterator[tuple[str, object]]:
        """The members of an object that is a map."""
        yield from self._values.items()

    def value(self, name: str) -> object:
        """A field of any type; not null."""
        value = self._values.get(name)
        if value is None:
            fail(self.name(name), "null" if name in self._values else "missing")
        return value

    def any(self, name: str) -> object:
        """A field of any type, null or missing too."""
        return self._values.get(name)

    def fields(self, name: str) -> "Fields":
        """An object inside this one."""
        return Fields(self.value(name), self.name(name))

    def text(self, name: str) -> str:
        """Text that is not empty."""
        value = self.value(name)
        if isinstance(value, str) and value:
            return value
        return self.wrong(name, "not text")

    def word(self, name: str) -> str:
        """What something is called, such as an asset: one word, and not one of those that stand for nothing."""
        value = self.text(name)
        is_word = value.isprintable() and not any(map(str.isspace, value)) and len(value) <= LONGEST_WORD
        return value if is_word and value.lower() not in _NOTHING else self.wrong(name, "not a name")

    def decimal(self, name: str) -> Decimal:
        """An exact number."""
        return decimal_of(self.value(name), self.name(name))

    def positive(self, name: str) -> Decimal:
        """An exact number above zero."""
        value = self.decimal(name)
        return value if value > 0 else self.wrong(name, "not above zero")

    def not_negative(self, name: str) -> Decimal:
        """An exact number of at least zero."""
        value = self.decimal(name)
        return value if value >= 0 else self.wrong(name, "below zero")

    def decimal_or_none(self, name: str) -> Decimal | None:
        """An exact number, or None where the exchange says null or nothing."""
        return self.decimal(name) if self.has(name) else None

    def text_or_none(self, name: str) -> str | None:
        """Text, or None where the exchange says null or nothing."""
        return self.text(name) if self.has(name) else None

    def whole(self, name: str) -> int:
        """A whole number of at most 18 digits, also where it comes as text."""
        value = self.value(name)
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
            return value
        return self.wrong(name, "not a whole number")

    def flag(self, name: str) -> bool:
        """A boolean."""
        value = self.value(name)
        return value if isinstance(value, bool) else self.wrong(name, "not true or false")

    def one_of(self, name: str, these: Collection[str], those: Collection[str]) -> bool:
        """Whether a word is one of these; it is wrong if it is none of those either."""
        word = self.text(name)
        return word in these or (word not in those and self.wrong(name, "an unknown word"))

    def time(self, name: str) -> int:
        """A time in ms: a JSON integer of ms, or a naive ISO time, which is UTC."""
        value = self.value(name)
        if isinstance(value, int):
            return self.whole(name)
        if isinstance(value, str) and _TIME.fullmatch(value):
            return self._iso(name, value)
        return self.wrong(name, "not a time")

    def moment(self, name: str) -> int:
        """A time at which something can have happened: in another unit it would be the newest for ever."""
        at = self.time(name)
        return at if EARLIEST <= at < LATEST else self.wrong(name, "not a time of today")

    def wrong(self, name: str, problem: str) -> NoReturn:
        """Give the answer up because of this field's value."""
        fail(self.name(name), f"{problem}: {shown(self._values.get(name))}")

    def name(self, name: str) -> str:
        """The field's full name."""
        return f"{self.path}.{name}"

    def _iso(self, name: str, value: str) -> int:
        whole, _, fraction = value.removesuffix("Z").replace(" ", "T").partition(".")
        try:
            moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            self.wrong(name, "not a time")
        # Digits beyond the millisecond are cut, as the stream's microseconds are, so that both roads agree.
        return int(moment.timestamp()) * 1000 + int(fraction[:3].ljust(3, "0"))


def _no_number(word: str) -> NoReturn:
    msg = f"{word} is no number"
    raise ValueError(msg)
