"""Where two values of ours differ first, in words for a person: the path to it, and what stands there in each."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST = 300
"""Letters of a value that is shown."""
MISSING = "nothing"


def first_difference(one: object, other: object, path: str = "") -> tuple[str, str, str] | None:
    """The path, and both values there; None where the two are equal.

    A figure is the same however it is written: what was read from the disk ends in other zeros than what was counted.
    What is not there is the same as what is there and empty: another version may have known a field less.
    """
    if one == other or _is_same_figure(one, other) or (_is_empty(one) and _is_empty(other)):
        return None
    parts = _parts(one, other)
    for name, mine, its in parts:
        found = first_difference(mine, its, f"{path}.{name}" if path else name)
        if found is not None:
            return found
    return None if parts else (path, shown(one), shown(other))


def _is_empty(value: object) -> bool:
    return value is None or value is _NOTHING


def _is_same_figure(one: object, other: object) -> bool:
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def shown(value: object) -> str:
    """A value, not too long."""
    text = MISSING if value is _NOTHING else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


class _Nothing:
    """What is there where nothing is."""


_NOTHING = _Nothing()


def _parts(one: object, other: object) -> list[tuple[str, Any, Any]]:
    """What both are made of, by name; nothing where they are not made alike."""
    if is_dataclass(one) and type(one) is type(other):
        names = [field.name for field in fields(one) if field.compare]
        return [(name, getattr(one, name), getattr(other, name)) for name in names]
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return [(str(key), one.get(key, _NOTHING), other.get(key, _NOTHING)) for key in {**one, **other}]
    if _is_list(one) and _is_list(other):
        mine, its = list(one), list(other)  # type: ignore[call-overload]  # lists, as was just seen
        most = max(len(mine), len(its))
        mine, its = (part + [_NOTHING] * (most - len(part)) for part in (mine, its))
        return [(str(place), left, right) for place, (left, right) in enumerate(zip(mine, its, strict=True))]
    return []


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
