"""Whatever the figures are: on every screen the parts that are shown sum to the total that is shown."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.mode import Mode
from bot.owner.views import BalanceLine, Summary
from bot.telegram.texts import face as texts
from strategy.grid.opening import Preview, preview
from strategy.messages.reports import GridLine
from strategy.model.ledger import Standing
from strategy.model.spec import GridSpec
from strategy.model.stops import StopReason
from tests.builders import a_market, a_touch
from tests.property.wishes import LIMITS, specs
from tests.unit import telling, viewing
from tests.unit.telling import STANDING, D, a_line
from tests.unit.viewing import a_summary

_NUMBER = r"([+−]?[\d,.]*\d)"
_PARTS = re.compile(
    rf"[Tt]otal {_NUMBER}(?: USDC)?(?:</b>)?(?: · today {_NUMBER})?\s*"
    rf"(?:\(grid|Grid profit|= grid) {_NUMBER}(?:(?:,| ·| \+) stop sales {_NUMBER})?"
    rf"(?:,| ·| \+) floating(?: profit)? {_NUMBER}"
)
_TODAY = rf"[Tt]oday {_NUMBER}"

MONEY = st.one_of(
    st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents) / 1000),
    st.integers(-(10**9), 10**9).map(lambda parts: Decimal(parts) / 10**9),
)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    grid_profit, floating = draw(MONEY), draw(MONEY)
    stop_sales = draw(st.one_of(st.just(Decimal(0)), MONEY))
    total = grid_profit + stop_sales + floating
    return replace(
        STANDING,
        grid_profit=grid_profit,
        stop_sales=stop_sales,
        floating=floating,
        total=total,
        today=draw(st.one_of(st.just(total), MONEY)),
        fees=abs(draw(MONEY)),
    )


def lines_of(own: Sequence[Standing]) -> tuple[GridLine, ...]:
    return tuple(replace(a_line(number), standing=standing) for number, standing in enumerate(own, start=1))


def found(pattern: str, said: str) -> str:
    match = re.search(pattern, said, re.MULTILINE)
    assert match is not None, said
    return str(match[1])


def figure(said: str | None) -> Decimal:
    return Decimal((said or "0").replace(",", "").replace("−", "-"))


def totals(said: str) -> list[Decimal]:
    """The totals of a screen from top to bottom, each the sum of its parts as they are shown."""
    found = [[figure(one) for one in match.groups()] for match in _PARTS.finditer(said)]
    for total, _today, grid_profit, stopped, floating in found:
        assert total == grid_profit + stopped + floating
    return [total for total, *_ in found]


SUMMED: list[Callable[[Summary], str]] = [
    lambda summary: texts.status("en", summary),
    lambda summary: texts.pnl("en", summary),
    lambda summary: texts.report("en", replace(telling.a_report(0), grids=summary.grids), Mode.DEMO),
]
"""Screens with a headline over lines; what a full one leaves out is told with its sum."""


@pytest.mark.parametrize("screen", SUMMED)
@given(st.lists(standings(), min_size=1, max_size=40))
def test_shown_parts_sum_to_the_shown_total(screen: Callable[[Summary], str], own: list[Standing]) -> None:
    said = screen(replace(a_summary(0), grids=lines_of(own)))

    headline, *lines = totals(said)
    more = re.search(rf"… and \d+ grids? more: total {_NUMBER}", said)
    assert headline == sum(lines) + figure(more[1] if more else None)
    assert headline <= sum(one.total for one in own), "never in the owner's favour"


@given(st.lists(standings(), min_size=1, max_size=8))
def test_one_quantity_is_the_same_figure_on_every_screen(own: list[Standing]) -> None:
    summary = replace(a_summary(0), grids=lines_of(own))
    said = [screen(summary) for screen in SUMMED]
    begins = [totals(one)[0] for one in said]
    days = [figure(found(_TODAY, one)) for one in (*said, texts.risk("en", summary, {}, viewing.no_limits()))]

    assert len(set(begins)) == 1
    assert len(set(days)) == 1
    assert totals(texts.grids("en", summary)) == totals(said[1])[1:]


@given(standings())
def test_the_parts_of_one_grid_sum_in_every_message_about_it(one: Standing) -> None:
    ended = telling.an_end(StopReason.STOP_LOSS, sold=True, coins=D(0))
    for told in (replace(telling.SOLD, standing=one), replace(ended, standing=one)):
        assert len(totals(texts.notice("en", told, Mode.DEMO))) == 1


AMOUNTS = st.integers(0, 10**12).map(lambda parts: Decimal(parts) / 10**10)


@given(st.lists(AMOUNTS, min_size=5, max_size=5), AMOUNTS)
def test_free_and_held_and_the_rest_are_what_is_there(parts: list[Decimal], missing: Decimal) -> None:
    free, held, foreign, lent, staked = parts
    line = BalanceLine(
        asset=telling.USDC,
        available=free + held,
        locked=foreign,
        lent=lent,
        staked=staked,
        reserved=held + missing,
        foreign=foreign,
        free=free,
        change=D(0),
    )
    said = texts.balance("en", replace(a_summary(0), balances=(line,)))

    there = figure(found(f"USDC {_NUMBER}", said))
    names = ("free", "held for grids", "in orders not mine", "lent", "staked", "not booked yet")
    matches = [re.search(rf"(?:^|· ){name} {_NUMBER}", said, re.MULTILINE) for name in names]
    shares = [figure(match[1]) for match in matches if match]
    assert sum(shares) == there
    assert shares[0] <= free


@given(specs(LIMITS))
def test_what_a_preview_sets_aside_is_the_sum_of_what_it_is_for(spec: GridSpec) -> None:
    seen = preview(spec, a_market(), a_touch(2000), viewing.FEES, D(100_000))
    assume(isinstance(seen, Preview))
    assert isinstance(seen, Preview)
    said = texts.preview("en", seen, Mode.DEMO)

    parts = found(r"Of the money set aside (.*) USDC a reserve", said)
    money = figure(found(f"{_NUMBER} USDC set aside", said))
    assert money == sum(figure(one) for one in re.findall(_NUMBER, parts))
    assert money == seen.money.quantize(Decimal("0.01"), ROUND_CEILING)
