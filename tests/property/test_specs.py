"""What a button, a draft or a snapshot carries is the whole value: a field that is added later can't be forgotten."""

from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.typed.wishes import spec_from_args, spec_to_args
from exchange.paper.records import Dust, Interest, Transfer, Trigger, VenueFill, VenueOrder
from exchange.paper.snapshot import decoded, encoded
from strategy.model.spec import GridSpec

EITHER = (("quantity", "percent"), ("percent", "quantity"))
EXACT = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)


def a_value(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    hint = getattr(hint, "__supertype__", hint)
    if isinstance(hint, UnionType):
        return st.one_of(*map(a_value, get_args(hint)))
    if get_origin(hint) is tuple:
        return st.tuples(*map(a_value, get_args(hint)))
    if hint is NoneType:
        return st.none()
    if hint is Decimal:
        return EXACT
    if issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    if hasattr(hint, "__dataclass_fields__"):
        return whole(hint)
    return {int: st.integers(), bool: st.booleans(), str: st.text()}[hint]


def whole(kind: type) -> st.SearchStrategy[Any]:
    """Any value of a dataclass, each of its fields drawn; of those that exclude each other, one."""
    hints = get_type_hints(kind)
    drawn = {field.name: a_value(hints[field.name]) for field in fields(kind)}
    if kind is Trigger:
        return st.one_of(*(st.builds(kind, **drawn | {one: st.none(), other: EXACT}) for one, other in EITHER))
    return st.builds(kind, **drawn)


@given(whole(GridSpec))
def test_a_button_carries_every_field_of_a_spec(spec: GridSpec) -> None:
    again = spec_from_args(spec_to_args(spec))

    assert again == spec
    assert repr(again) == repr(spec), "to the last zero"


@given(st.one_of(*map(whole, (VenueOrder, VenueFill, Transfer, Dust, Interest))))
def test_a_snapshot_keeps_every_field_of_a_record(record: Any) -> None:
    assert repr(decoded(type(record), encoded(record))) == repr(record)
