"""Whatever an account looks like, it is loaded as it was saved, and saving a difference is saving the whole."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import count
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.columns import from_json, to_json
from storage.desk import ANY_NOTICE
from storage.store import Store
from strategy.draft import Step
from strategy.messages.notices import Notice
from strategy.model.account import Account, Day
from strategy.model.grid import Grid
from strategy.model.ledger import Entry, FillEntry, Movement
from strategy.model.levels import Level, Shape
from strategy.model.market import Market, Side
from strategy.model.orders import ClientId, GridId, LevelId, Order
from tests.integration.stored import ETH_USDC, NOW, a_store

numbers = count()
amounts = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.integers(min_value=0, max_value=40),
)
positive = amounts.map(abs).filter(bool)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=9)
recent = st.integers(min_value=NOW - 9 * 60_000, max_value=NOW)
SIMPLE: Mapping[Any, st.SearchStrategy[Any]] = {
    Decimal: amounts,
    str: words,
    bool: st.booleans(),
    int: st.integers(min_value=0, max_value=2**31 - 1),
    NoneType: st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type of ours, whatever its fields are today."""
    kind = getattr(kind, "__supertype__", kind)
    origin, inner = get_origin(kind), get_args(kind)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if origin is Literal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return st.sampled_from(inner or tuple(kind))
    if origin in (Union, UnionType):
        return st.one_of([values(one) for one in inner])
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*(values(one) for one in inner))
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(inner[0]), max_size=3)
    if not is_dataclass(kind):
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=3)
    own = {Market: markets, Shape: shapes()}
    return own[kind] if kind in own else filled(kind)


def filled(kind: Any, **given_fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any value of a dataclass, with these fields as given."""
    hints = get_type_hints(kind)
    wanted = [one.name for one in fields(kind) if one.init and one.name not in given_fields]
    drawn = {name: values(hints[name]) for name in wanted}
    return st.builds(kind, **(drawn | given_fields))


markets = filled(Market, tick_size=positive, step_size=positive)


@st.composite
def shapes(draw: st.DrawFn, /, **fixed: st.SearchStrategy[Any]) -> Shape:
    low, high = sorted(draw(st.tuples(amounts, amounts).filter(lambda pair: pair[0] != pair[1])))
    shape: Shape = draw(filled(Shape, buy_price=st.just(low), sell_price=st.just(high), **fixed))
    return shape


@st.composite
def levels(draw: st.DrawFn, number: int) -> Level:
    level: Level = draw(filled(Level, id=st.just(LevelId(number)), shape=shapes(rank=st.just(7 - number))))
    return level


def orders(number: int) -> st.SearchStrategy[Order]:
    """What an order is follows from its number; what became of it is drawn."""
    fixed = {
        "client_id": ClientId(number),
        "grid_id": GridId(number // 1000),
        "symbol": ETH_USDC,
        "side": Side.BUY if number % 2 else Side.SELL,
        "price": Decimal(number) / 8,
        "quantity": Decimal(number) / 1000,
        "intended_at": NOW,
        "cancelled_at": None,
        "redeem": False,
    }
    return filled(Order, changed_at=recent, **{name: st.just(value) for name, value in fixed.items()})


@st.composite
def grids(draw: st.DrawFn, number: int) -> Grid:
    inner = draw(st.sets(st.integers(min_value=1, max_value=6), min_size=1))
    journal = [1000 * number + n for n in draw(st.sets(st.integers(min_value=1, max_value=5)))]
    grid: Grid = draw(
        filled(
            Grid,
            id=st.just(GridId(number)),
            levels=st.fixed_dictionaries({LevelId(one): levels(one) for one in inner}),
            orders=st.fixed_dictionaries({ClientId(one): orders(one) for one in journal}),
            warned=st.just(0),
            retry_at=st.just(0),
            warned_at=st.just(0),
            warned_for=st.none(),
            refused=st.just(""),
            crossed_at=st.just(0),
            fell_at=st.just(0),
            higher=st.none(),
            higher_at=st.just(0),
            topped=st.none(),
            beyond=st.none(),
        )
    )
    return grid


@st.composite
def accounts(draw: st.DrawFn, ids: frozenset[int] = frozenset({1, 2})) -> Account:
    own = draw(st.sets(st.sampled_from(sorted(ids))))
    kept = ("block", "next_id", "earlier", "next_grid", "fees", "expected", "daily_loss", "halt", "marks", "seen_at")
    hints = get_type_hints(Account)
    return Account(
        name=f"account {next(numbers)}",
        grids={GridId(one): draw(grids(one)) for one in own},
        day=draw(st.none() | filled(Day)),
        **{name: draw(values(hints[name])) for name in kept},
    )


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with closing(a_store()) as opened:
        yield opened


@settings(max_examples=40)
@given(accounts())
def test_any_account_is_loaded_as_it_was_saved(store: Store, account: Account) -> None:
    store.save(None, [Step(account=account)])

    assert store.load(account.name) == account


@settings(max_examples=40)
@given(accounts(frozenset({1, 2})), accounts(frozenset({2, 3})))
def test_saving_the_difference_is_saving_the_whole(store: Store, before: Account, after: Account) -> None:
    after = replace(after, name=before.name)
    store.save(None, [Step(account=before)])

    store.save(before, [Step(account=after)])

    assert store.load(after.name) == replace(
        after, grids={number: with_journal_of(before, grid) for number, grid in after.grids.items()}
    )


def with_journal_of(before: Account, grid: Grid) -> Grid:
    """An order that was dropped is still in the journal, and all of these are recent."""
    known = before.grids.get(grid.id)
    return replace(grid, orders={**(known.orders if known else {}), **grid.orders})


entries = st.one_of(filled(FillEntry, grid_id=st.none()), filled(Movement))


@given(st.lists(entries, max_size=6, unique_by=lambda entry: entry.key))
def test_any_entries_come_back_in_their_order(store: Store, booked: list[Entry]) -> None:
    account = Account(name=f"account {next(numbers)}", block=1)

    store.save(None, [Step(account=account, entries=tuple(booked))])

    assert store.entries(account.name) == booked
    assert store.known_fills(account.name, [entry.key for entry in booked]) == {
        entry.key: entry.fill for entry in booked if isinstance(entry, FillEntry)
    }


@settings(max_examples=20)
@given(st.data())
@pytest.mark.parametrize("kind", get_args(Notice), ids=lambda kind: kind.__name__)
def test_any_notice_is_sent_as_it_was_told(kind: type, data: st.DataObject) -> None:
    notice = data.draw(filled(kind))

    assert from_json(ANY_NOTICE, to_json(ANY_NOTICE, notice)) == notice
