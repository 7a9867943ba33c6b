"""Every message is one that Telegram takes: its HTML, its length, its number of entities; and shows the mode."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.demo.telegram.entities import parse_html
from bot.mode import Mode
from bot.telegram.answers.commands import COMMANDS, HELP
from bot.telegram.texts import face as texts
from bot.telegram.texts.fills import MOST_FILLS_TOLD
from bot.telegram.texts.guide import parameters
from bot.telegram.texts.limits import held_back
from bot.telegram.typed.parameters import OF_GRID
from strategy.messages.notices import FillTold, Notice
from strategy.messages.problems import Problem, ProblemCode
from strategy.messages.risk import HeldBack
from strategy.model.grid import Phase
from strategy.model.limits import Bound
from strategy.model.orders import GridId
from tests.unit import auditing, telling, viewing
from tests.unit.telling import D, extreme
from tests.unit.viewing import a_grid, a_preview, a_summary

TAGS = {"bold", "italic", "code", "pre", "text_link", "bot_command", "hashtag", "expandable_blockquote", "date_time"}


def cards(lang: str) -> Iterator[str]:
    """Every card, small and as large as it gets."""
    many = a_summary(40)
    grids = {GridId(number): a_grid(number) for number in range(1, 41)}
    for summary in (a_summary(0), a_summary(), many, viewing.troubled(), extreme(many)):
        yield texts.status(lang, summary)
        yield texts.status(lang, summary, grids)
        yield texts.grids(lang, summary)
        yield texts.balance(lang, summary)
        yield texts.pnl(lang, summary)
        yield texts.risk(lang, summary, grids, viewing.together())
        yield texts.risk(lang, summary, grids, viewing.no_limits())
    for count in (0, 1, 1000):
        yield texts.orders(lang, viewing.some_orders(count, count), Mode.DEMO)
        yield texts.fill_list(lang, viewing.some_fills(count), Mode.DEMO)
        report = telling.a_report(count)
        yield texts.report(lang, report, Mode.DEMO)
        yield texts.report(lang, replace(report, over=True, begins="2026-02-04 16:00"), Mode.DEMO)
    for spec in (viewing.INTERVAL, viewing.GEOMETRIC):
        yield texts.preview(lang, a_preview(spec), Mode.DEMO)
    yield texts.fills(lang, telling.a_burst(MOST_FILLS_TOLD), Mode.DEMO)
    yield texts.welcome(lang, Mode.DEMO)
    for found in auditing.audits():
        yield texts.audit(lang, found, Mode.DEMO)


def assert_sendable(html: str) -> None:
    """As the local Bot API reads it, which refuses what Telegram refuses."""
    found = parse_html(html)
    assert 0 < len(found.text) <= 4096
    assert len(found.entities) <= 100
    assert {entity["type"] for entity in found.entities} <= TAGS
    assert "{" not in found.text
    assert "[[" not in found.text


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_card_can_be_sent_and_shows_the_mode(lang: str) -> None:
    for card in cards(lang):
        assert_sendable(card)
        assert "<i>demo" in card.splitlines()[-1]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("told", telling.notices(), ids=lambda told: told.kind)
def test_every_notice_can_be_sent_whatever_is_in_it(lang: str, told: Notice) -> None:
    for one in (told, extreme(told)):
        html = texts.notice(lang, one, Mode.LIVE)
        assert_sendable(html)
        assert "<b>LIVE" in html.splitlines()[-1]


def test_the_examples_hold_every_kind_of_notice() -> None:
    kinds = {kind.__name__ for kind in Notice.__args__}

    assert {type(told).__name__ for told in telling.notices()} == kinds


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_fill_of_any_size_keeps_its_trade_number(lang: str) -> None:
    huge = extreme(telling.SOLD)
    assert isinstance(huge, FillTold)

    assert_sendable(texts.fills(lang, [huge] * 40, Mode.DEMO))


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("code", ProblemCode)
def test_a_problem_with_hostile_facts_can_be_sent(lang: str, code: ProblemCode) -> None:
    names = ("name", "suggestions", "field", "phase", "symbol", "base", "quote", "grids", "halt", "cause", "state")
    figures = ("price", "tick", "step", "fees", "least", "needed", "free", "fits", "value", "maximum", "lower", "upper")
    hostile = tuple((name, "<b>&" * 400) for name in names)
    large = tuple((name, D("9" * 20 + "." + "9" * 20)) for name in figures)

    assert_sendable(texts.problem(lang, Problem(code=code, facts=(*hostile, *large))))


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_the_help_names_every_command_and_parameter(lang: str) -> None:
    said, keys = HELP.overview(lang), parameters(lang)

    assert_sendable(said)
    assert_sendable(keys)
    assert [one.name for one in COMMANDS if f"/{one.name}" not in said] == []
    assert [one.word for one in OF_GRID if not re.search(rf"\b{one.word}\b", keys)] == []


def test_a_long_list_says_how_much_is_left_out() -> None:
    said = texts.orders("en", viewing.some_orders(1000, 0), Mode.DEMO, whole=True)

    assert len(said) > 3000
    assert "… and " in said


@pytest.mark.parametrize(("lang", "said"), [("en", "the next buy would exceed"), ("zh", "再买一单就会超出")])
def test_a_limit_that_is_nearly_used_is_told_as_what_it_is(lang: str, said: str) -> None:
    """It was 'reached: 99.85 of 100.00', which it was not."""
    told = held_back(lang, HeldBack(at=1, bound=Bound.EXPOSURE, coin=None, value=D("99.85"), threshold=D(100)))

    assert "99.85" in told
    assert said in told
    assert "reached" not in told
    assert "已达" not in told


@pytest.mark.parametrize(("lang", "said"), [("en", "Limits: maximum loss "), ("zh", "限额：最大亏损")])
def test_the_status_of_one_grid_has_its_limits_and_that_of_all_is_short(lang: str, said: str) -> None:
    summary, grid = a_summary(), a_grid(1)
    stopped = replace(grid, phase=Phase.STOPPED)

    assert said in texts.one_grid(lang, summary, grid)
    assert said not in texts.one_grid(lang, summary, stopped), "nothing of it is judged any more"
    assert said not in texts.status(lang, summary, {grid.id: grid})
