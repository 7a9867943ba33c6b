"""What an audit says: the verdict first, each difference with its cause and what to do, and nothing of it cut away."""

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest

from bot.mode import Mode
from bot.owner.views import Audit, Cause, Part
from bot.telegram.texts import face as texts
from strategy.messages.notices import AutoLendFound
from tests.unit import auditing
from tests.unit.auditing import BALANCED, differing
from tests.unit.telling import AT, CAME_BACK, an_unclear

D = Decimal


def said(found: Audit, lang: str = "en") -> list[str]:
    return plain(texts.audit(lang, found, Mode.LIVE))


def plain(html: str) -> list[str]:
    return unescape(re.sub(r"<[^>]+>", "", html)).splitlines()


def test_books_that_balance_are_said_so_with_their_figures() -> None:
    assert said(BALANCED) == [
        "The books balance.",
        "1,204 of 1,204 fills booked since 2026-01-07 18:00 are at Backpack with the same price, quantity and fee.",
        "As booked, to the last digit",
        "ETH 0.412345678901",
        "USDC 9,412.5",
        "Grids, from zero",
        "Grid 3 · ETH_USDC: total −3.20 = grid +9.71 + floating −12.91 USDC · 1,204 fills, 571 round trips",
        "LIVE",
    ]


def test_a_difference_is_shown_with_its_parts_and_their_causes() -> None:
    found = differing(
        Part(cause=Cause.DEPOSIT, amount=D(250), count=2), Part(cause=Cause.FOREIGN, amount=D("-12.5"), count=1)
    )

    lines = said(found)

    assert lines[0] == "Every difference is explained."
    assert "USDC: +237.5 · there 9,650, booked 9,412.5" in lines
    assert any(line.startswith("· +250: 2 deposits not booked yet.") for line in lines)
    assert any(line.startswith("· −12.5: 1 fill that are not mine") for line in lines)


def test_what_nothing_explains_comes_first_and_with_what_to_do() -> None:
    lines = said(auditing.ruined())

    assert lines[0] == "561 differences without an explanation."
    assert "· −0.000000000001: nothing explains it." in lines
    assert any("keep the database and the log" in line for line in lines)


def test_the_console_points_to_the_chat_for_booking() -> None:
    found = differing(Part(cause=Cause.UNEXPLAINED, amount=D("-12.5"), count=0))

    in_chat, in_console = (plain(texts.audit("en", found, Mode.LIVE, in_chat=one)) for one in (True, False))

    assert any("writes −12.5 USDC into the books" in line for line in in_chat)
    assert "Start Packgrid and send /audit in the chat: there you can have −12.5 USDC booked." in in_console
    assert not any("booked." in line or "into the books" in line for line in said(BALANCED))


def test_the_smallest_difference_is_not_rounded_away() -> None:
    lines = said(differing(Part(cause=Cause.UNEXPLAINED, amount=D("1e-18"), count=0)))

    assert "· +0.000000000000000001: nothing explains it." in lines


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_cause_names_its_amount(lang: str) -> None:
    for cause in Cause:
        lines = said(differing(Part(cause=cause, amount=D("-12.5"), count=3)), lang)
        assert any("−12.5" in line for line in lines[2:]), cause


def test_the_restart_report_has_a_line_for_each_unclear_order_and_says_what_the_books_wait_for() -> None:
    told = replace(CAME_BACK, limbo=2, balanced=False, unclear=(an_unclear(7), an_unclear(8)))

    lines = plain(texts.notice("en", told, Mode.LIVE))

    assert "2 orders are unclear (I keep asking), the books wait for that." in lines[1]
    assert lines[2:4] == [
        f"Unclear: grid 3, level {level}, buy at 2,490.00 USDC (ETH_USDC), for 1 min." for level in (7, 8)
    ]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_auto_lend_is_explained_in_both_languages(lang: str) -> None:
    html = texts.notice(lang, AutoLendFound(at=AT), Mode.LIVE)

    assert "Backpack" in html
    assert len(plain(html)) == 3
