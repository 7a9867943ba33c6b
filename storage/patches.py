"""A value as what has changed since the one before it: JSON both, so that what repeats costs next to nothing.

A change of a number is its difference; of an object, its changed keys; of a list, what of the old one stays and what is
new. Anything else is the new value, behind a mark. What is applied equals what was given, the order of keys included.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Json = Any
"""What JSON can hold."""

WHOLE = "="
"""The mark of a value that stands for itself."""
GONE = "-"
"""The key of the keys that are gone. An object with such a key, as an exchange may name an asset, is given whole."""
NEW = "+"


def patch(old: Json, new: Json) -> Json:
    """What leads from the old value to the new one."""
    if isinstance(old, dict) and isinstance(new, dict):
        return _of_object(old, new)
    if isinstance(old, list) and isinstance(new, list):
        return _of_list(old, new)
    if type(old) is int and type(new) is int:
        return new - old
    return [WHOLE, new]


def patched(old: Json, change: Json) -> Json:
    """The new value."""
    if isinstance(change, list) and change[:1] == [WHOLE]:
        return change[1]
    if isinstance(change, dict):
        return _object(old, change)
    if isinstance(change, list):
        return _list(old, change)
    return old + change


def _of_object(old: Mapping[str, Json], new: Mapping[str, Json]) -> Json:
    gone = [key for key in old if key not in new]
    kept = [key for key in old if key in new]
    if GONE in new or [*kept, *(key for key in new if key not in old)] != list(new):
        return [WHOLE, dict(new)]  # the order is another one, or a key is the mark
    changes = {key: patch(old.get(key), one) for key, one in new.items() if key not in old or not _same(old[key], one)}
    return {GONE: gone, **changes} if gone else changes


def _same(old: Json, new: Json) -> bool:
    """Equal to the letter: true is not one here."""
    return bool(old == new) and (type(old) is type(new))


def _object(old: Mapping[str, Json], changes: Mapping[str, Json]) -> Json:
    gone = changes.get(GONE, ())
    new = {key: one for key, one in old.items() if key not in gone}
    for key, change in changes.items():
        if key != GONE:
            new[key] = patched(old.get(key), change)
    return new


def _of_list(old: Sequence[Json], new: Sequence[Json]) -> list[Json]:
    """Runs of the old list, as where they begin and how long they are; and what is new, in its place."""
    places = {_text(one): place for place, one in reversed(list(enumerate(old)))}
    parts: list[Json] = []
    for one in new:
        place, last = places.get(_text(one)), parts[-1] if parts else None
        if place is None and isinstance(last, dict):
            last[NEW].append(one)
        elif place is None:
            parts.append({NEW: [one]})
        elif isinstance(last, list) and sum(last) == place:
            last[1] += 1
        else:
            parts.append([place, 1])
    return parts


def _text(one: Json) -> str:
    return json.dumps(one)


def _list(old: Sequence[Json], parts: Sequence[Json]) -> list[Json]:
    new: list[Json] = []
    for part in parts:
        if isinstance(part, dict):
            new += part[NEW]
        else:
            begin, count = part
            new += old[begin : begin + count]
    return new
