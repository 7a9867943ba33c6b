"""What was done past us, in words: the figure first, what it means, the next step."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from bot.languages import LANGUAGES
from bot.mode import Mode
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import say
from bot.telegram.texts.phrases import duration
from strategy.messages.by_hand import OrderResurfaced, RulesChanged, StrangersSettled
from strategy.messages.machine import ClockOff
from strategy.messages.notices import Notice
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.adapted import Adapted
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.levels import Denied, Wait
from strategy.model.market import Side
from strategy.model.orders import GridId, LevelId
from strategy.model.stops import StopReason
from tests.builders import a_market
from tests.unit.refusing import FACTS
from tests.unit.telling import AT, ETH_USDC, a_line, an_end, some_coins_missing
from tests.unit.viewing import a_grid, a_summary

D = Decimal


def said(told: Notice, lang: str = "en") -> str:
    return unescape(re.sub(r"<[^>]+>", "", texts.notice(lang, told, Mode.LIVE)))


def test_missing_coins_are_told_with_what_is_there_and_what_brings_the_levels_back() -> None:
    assert said(some_coins_missing(back=False)).splitlines()[:2] == [
        "0.0199 ETH are missing on grid 3 (ETH_USDC).",
        "The grids hold 0.0594 ETH, the account has 0.0395: coins were "
        "sold by hand or withdrawn. 1 level is frozen and sells nothing, the others trade on. Buy or deposit 0.0199 "
        "ETH and they go on by themselves; /stop 3 ends the grid.",
    ]
    assert said(some_coins_missing(back=True)).startswith("Grid 3 (ETH_USDC) has its coins again.")
    assert said(some_coins_missing(back=False), "zh").startswith("网格 3（ETH_USDC）缺少 0.0199 ETH。")


def test_a_stop_says_which_coins_are_in_the_books_alone() -> None:
    sold = replace(an_end(StopReason.OWNER, sold=True, coins=D("0.0199")), missing=D("0.0199"))
    kept = replace(an_end(StopReason.OWNER, sold=False, coins=D("0.0594")), missing=D("0.0199"))

    assert "What was there is sold; 0.0199 ETH that the books still hold are not on the account" in said(sold)
    assert "too few to sell" not in said(sold)
    assert "It keeps 0.0594 ETH" in said(kept)
    assert "0.0199 ETH of them are not on the account" in said(kept)
    assert "not on the account" not in said(replace(kept, missing=D(0)))


@pytest.mark.parametrize(("phase", "is_shown"), [(Phase.RUNNING, True), (Phase.SEEDING, True), (Phase.STOPPED, False)])
def test_the_status_shows_frozen_levels_of_a_grid_that_trades(phase: Phase, is_shown: bool) -> None:
    grid = a_grid(1)
    levels = {**grid.levels, LevelId(1): replace(grid.levels[LevelId(1)], wait=Wait.COINS)}
    summary = replace(a_summary(), grids=(a_line(1),))

    card = texts.status("en", summary, {GridId(1): replace(grid, levels=levels, phase=phase)})

    assert ("1 level frozen" in card) is is_shown


@pytest.mark.parametrize(
    ("changed", "advice"),
    [
        ({"min_quantity": D(1)}, "larger orders with /tune"),
        ({"step_size": D(1), "tick_size": D("0.1")}, "larger orders with /tune"),
        ({"max_price": D(9)}, "2 levels don't fit them and wait until the rules change back."),
    ],
)
def test_larger_orders_are_advised_only_where_they_help(changed: Mapping[str, Any], advice: str) -> None:
    market = a_market()
    now = replace(market, **changed)
    told = RulesChanged(at=AT, symbol=ETH_USDC, before=market, now=now, grids=(GridId(1),), waiting=2)
    assert advice in said(told)

    grid = a_grid(1)
    levels = {**grid.levels, LevelId(1): replace(grid.levels[LevelId(1)], wait=Wait.MARKET)}
    summary, helps = replace(a_summary(), grids=(a_line(1),)), "larger" in advice
    card = texts.status("en", summary, {GridId(1): replace(grid, levels=levels, market=now)})
    assert ("1 level waits" in card, "Larger ones with /tune 1" in card) == (True, helps)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("tried", [0, 480_000])
def test_a_level_that_lacks_the_money_is_on_the_card_with_the_time_of_the_next_try(lang: str, tried: int) -> None:
    """Lent funds that did not come back were told once; after that nothing said that half of the ladder was missing."""
    grid, summary = a_grid(1), replace(a_summary(), grids=(a_line(1),))
    denied = Denied(wait=Wait.MONEY, times=5, at=AT, until=AT + tried, price=D(1), apart=D(0), needs=D(0))
    waits = replace(grid.levels[LevelId(1)], order=None, wait=Wait.MONEY, denied=denied if tried else None)
    card = texts.one_grid(lang, summary, replace(grid, levels={**grid.levels, LevelId(1): waits}))

    left = duration(lang, tried) if tried else None
    assert say(lang, "status.unpaid", unpaid=1, left=left, grid=GridId(1)) in card
    assert say(lang, "status.unpaid", unpaid=1, left=left, grid=GridId(1)) not in texts.one_grid(lang, summary, grid)


@pytest.mark.parametrize(("paused", "left"), [(0, "25 min"), (60_000, "25 min"), (21_480_000, "5 h 58 min")])
def test_a_grid_that_is_due_while_nothing_opens_is_promised_for_the_end_of_that(paused: int, left: str) -> None:
    """'Opens again by itself in 25 min' stood below 'Nothing opens for 5 h 58 min'."""
    adapted = Adapted(again_from=AT + 1_500_000 - 24 * HOUR)
    grid = replace(a_grid(1), phase=Phase.STOPPED, adapted=adapted)
    grid = replace(grid, spec=replace(grid.spec, again=24))

    card = texts.one_grid("en", replace(a_summary(), at=AT, opening_paused=paused), grid)

    assert f"Opens again by itself in {left}." in card


@pytest.mark.parametrize(("lent", "fits", "helps"), [("58.1", "30.669", True), ("58.1", "0", True), ("58", "0", False)])
def test_where_what_is_lent_would_do_that_it_may_be_used_is_the_way_out(lent: str, fits: str, *, helps: bool) -> None:
    """'Use less money, or deposit USDC first' was said to an owner whose money was all there, lent."""
    facts = FACTS[ProblemCode.NO_MONEY] | {"reserved": D(0), "lent": D(lent), "fits": D(fits)}
    said = texts.problem("en", Problem(code=ProblemCode.NO_MONEY, facts=tuple(facts.items())))

    assert ("/balance lent=yes" in said, "deposit" in said) == (helps, not helps)


def test_what_became_of_strangers_is_counted() -> None:
    told = StrangersSettled(at=AT, adopted=1, left=2, traded=0)

    assert said(told).startswith("1 order adopted, 2 orders left alone.")
    assert "traded" not in said(told)
    assert "Of those left, 1 has traded already" in said(replace(told, traded=1))


def test_an_order_that_resurfaces_is_told_with_its_figures() -> None:
    told = OrderResurfaced(
        at=AT, symbol=ETH_USDC, side=Side.SELL, price=D("2530.4"), quantity=D("0.0199"), executed=D(0)
    )

    assert said(told).startswith("An order that was over still rests: sell 0.0199 ETH at 2,530.40 USDC (ETH_USDC).")
    assert "0.01 executed" in said(replace(told, executed=D("0.01")))
    assert "at" not in said(replace(told, price=None)).split("(")[0].split("ETH")[1]


@pytest.mark.parametrize(
    ("by", "shown"), [(719_996, "12 min ahead"), (-420_003, "7 min behind"), (-41_400, "41 s behind")]
)
def test_by_how_much_a_clock_is_off_is_told_to_the_second_it_was_measured_to(by: int, shown: str) -> None:
    assert f"clock is {shown} " in said(ClockOff(at=AT, by=by, jumped=False))
