"""Whatever the engine is given, and however its state looks: it comes back from the record to the letter."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storage.patches import patch, patched
from storage.recorded import Chain
from strategy.messages.commands import SetLimits
from strategy.messages.events import CandlesRead, Event, Filled, Resurfaced
from strategy.model.durations import HOUR
from strategy.model.limits import Bounds
from strategy.model.market import Asset
from strategy.model.orders import MAX_CLIENT_ID, Order
from strategy.model.past import Hour
from tests.property.test_store import filled, positive, values

texts = st.text(max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts | st.just("-"), inner, max_size=5),
    max_leaves=12,
)


@given(json_values, json_values)
def test_what_has_changed_leads_to_the_new_value_its_order_included(old: object, new: object) -> None:
    change = json.loads(json.dumps(patch(old, new)))

    assert json.dumps(patched(old, change)) == json.dumps(new)


def test_a_long_list_of_which_little_has_changed_is_short() -> None:
    old = [{"id": one, "price": str(one)} for one in range(500)]
    new = [*old[:100], *old[101:300], {"id": 1, "price": "7"}, *old[300:]]

    assert patch(old, new) == [[0, 100], [101, 199], {"+": [{"id": 1, "price": "7"}]}, [300, 200]]


@pytest.mark.parametrize("old", [{}, {"a": 1}, {"-": 1, "a": 2}])
def test_an_object_may_have_the_mark_as_a_key(old: dict[str, int]) -> None:
    """An exchange may call an asset so."""
    for new in ({"-": 3}, {"a": 1, "-": 4}, {"a": 2}):
        assert patched(old, json.loads(json.dumps(patch(old, new)))) == new


hours = st.integers(min_value=0, max_value=2**20).map(
    lambda number: Hour(at=number * HOUR, high=Decimal("3.10"), low=Decimal("1.0"), close=Decimal(2))
)
order_values = filled(Order, client_id=st.integers(1, MAX_CLIENT_ID), quantity=positive, price=positive)
BOUNDS = Bounds(exposure_of={Asset("ETH"): Decimal("1.50")}, stops=3)
CHECKED: Mapping[Any, Mapping[str, st.SearchStrategy[Any]]] = {
    CandlesRead: {"hours": st.lists(hours, max_size=3).map(tuple)},
    SetLimits: {"bounds": st.just(BOUNDS), "shown": st.none() | st.just(BOUNDS)},
    Filled: {"order": st.none() | order_values},
    Resurfaced: {"order": order_values},
}
"""Fields whose values check themselves."""


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_event_comes_back_as_it_was(kind: Any, data: st.DataObject) -> None:
    drawn = filled(kind, **CHECKED[kind]) if kind in CHECKED else values(kind)
    given_events = data.draw(st.lists(drawn, min_size=1, max_size=3))
    writing, reading = Chain(), Chain()

    for event in (*given_events, given_events[0], given_events[0]):
        name, change = json.loads(json.dumps(writing.change(event)))
        found = reading.event(name, change)

        assert found == event
        assert _letters(found) == _letters(event)


def _letters(value: Any) -> Any:
    """Every amount as it is written, and everything in its order."""
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value):
        return [(one.name, _letters(getattr(value, one.name))) for one in fields(value)]
    if isinstance(value, Mapping):
        return [(key, _letters(one)) for key, one in value.items()]
    if isinstance(value, tuple):
        return [_letters(one) for one in value]
    return value
