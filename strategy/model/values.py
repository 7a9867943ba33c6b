"""Copies of frozen values: `replace` as the standard library has it, and copies to be changed before they are seen."""

from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

V = TypeVar("V")

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 - with the checker's own knowledge of each field
else:

    def replace(value: V, /, **changes: Any) -> V:
        """The value with other fields: a third of the time of the standard library's, which passes each by its name."""
        new = copy_of(value)
        for name, one in changes.items():
            object.__setattr__(new, name, one)
        if hasattr(new, "__post_init__"):
            new.__post_init__()
        return new


def copy_of(value: V) -> V:
    """Another object with the same fields, which are checked already."""
    getter, setters = _shape(type(value))  # type: ignore[arg-type]  # a class is hashable
    new = object.__new__(type(value))
    for put, one in zip(setters, getter(value), strict=False):  # as many as there are fields, both times
        put(new, one)
    return new


def put(value: object, name: str, one: object) -> None:
    """Set a field of a copy that nobody has seen yet."""
    object.__setattr__(value, name, one)


@cache
def _shape(kind: Hashable) -> tuple[Any, list[Any]]:
    assert isinstance(kind, type)
    assert is_dataclass(kind)
    names = [one.name for one in fields(kind)]
    getter = attrgetter(*names) if len(names) > 1 else lambda value: tuple(getattr(value, name) for name in names)
    return getter, [getattr(kind, name).__set__ for name in names]
