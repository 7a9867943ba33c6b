"""Whatever the figures are: a text has no sign before nothing, no power of ten, no gap, and is one message."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mode import Mode
from bot.owner.books import BooksOf, Held, Made
from bot.owner.periods import Period, Span
from bot.owner.views import BooksView
from bot.telegram.texts import face as texts
from strategy.messages.gates import FallPaused
from strategy.messages.shifts import ShiftBegun, ShiftDone
from strategy.model.durations import DAY
from strategy.model.market import Asset
from tests.promises.promise import assert_kept
from tests.promises.screens import text_is_fit
from tests.unit import telling, viewing
from tests.unit.telling import D

EXTREMES = (
    *("0", "-0", "1e-12", "-1e-12", "1e-8", "-1e-8", "0.005", "-0.005", "99.995", "1234567.891", "1e12", "-1e12"),
    *("123456789012.123456789012", "-0.00001"),
)
SIZES = (
    *("price", "bid", "ask", "stop", "take", "tick", "step", "average", "lower", "upper", "quantity", "money", "low"),
    *("high", "first", "last", "start", "middle", "to", "span", "threshold", "fall"),
)
"""Parts of names of what is above zero."""

LOSSES = FallPaused, ShiftBegun, ShiftDone
"""Their sentences have the minus themselves: there are none where nothing falls, or is lost."""


def extreme(value: Any, dice: Random, *, above: bool = False) -> Any:
    """The same value, half of its figures as large, as small or as near to nothing as they come."""
    if isinstance(value, Decimal):
        drawn = D(dice.choice(EXTREMES)) if dice.random() < 0.5 else value
        return abs(drawn) or D("1e-12") if above else drawn
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value) if one.init]
        return replace(
            value,
            **{name: extreme(getattr(value, name), dice, above=above or _is_size(name)) for name in names},
        )
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(extreme(one, dice, above=above) for one in value)
    if isinstance(value, Mapping):
        return {key: extreme(one, dice, above=above) for key, one in value.items()}
    return value


def _is_size(name: str) -> bool:
    return any(part in name for part in SIZES)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25)
def test_every_notice_is_fit_to_be_read_whatever_its_figures_are(lang: str, seed: int) -> None:
    dice = Random(seed)
    for notice in dice.sample([one for one in telling.notices() if not isinstance(one, LOSSES)], 20):
        shaken = extreme(notice, dice)
        assert_kept(text_is_fit(f"{shaken}", texts.notice(lang, shaken, Mode.LIVE)))


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@given(seed=st.integers(0, 2**32), quote=st.sampled_from(["USDC", "BTC", "SOL"]), count=st.integers(0, 4))
@settings(max_examples=60)
def test_every_screen_is_fit_to_be_read_whatever_its_figures_are(lang: str, seed: int, quote: str, count: int) -> None:
    dice, asset = Random(seed), Asset(quote)
    made = Made(grid_profit=D("1.2"), stop_sales=D(-3), floating=D(4), fees=D("0.2"), money=D(100), coins_instead=D(3))
    begun = viewing.a_summary(count, prices={Asset("BTC"): D(60_000)})
    summary = extreme(replace(begun, grids=tuple(replace(line, quote=asset) for line in begun.grids)), dice)
    ids = [line.grid_id for line in summary.grids]
    lasted = dice.choice([1, 1_000, 3 * DAY, 400 * DAY])
    shown = BooksOf(
        period=Period(span=dice.choice([Span.START, Span.TODAY])),
        grids={one: replace(extreme(made, dice), ends=lasted) for one in ids},
        quotes={asset: replace(extreme(made, dice), ends=lasted)} if ids else {},
    )
    held = Held(coins=D(1), gone=D(0), average=D(3), even=D(2), tick=D("0.01"))
    books = BooksView(shown=shown, beside=(shown,), held={one: extreme(held, dice) for one in ids})
    report = replace(telling.a_report(count), grids=summary.grids)
    said = {
        "/status": texts.status(lang, summary),
        "/grids": texts.grids(lang, summary),
        "/balance": texts.balance(lang, summary),
        "/pnl": texts.pnl(lang, summary, books, UTC),
        "/report": texts.report(lang, report, Mode.LIVE),
        "/orders": texts.orders(lang, extreme(viewing.some_orders(count, 2), dice), Mode.LIVE),
        "/fills": texts.fill_list(lang, extreme(viewing.some_fills(count), dice), Mode.LIVE),
    }
    for name, html in said.items():
        assert_kept(text_is_fit(name, html))
