"""Each refusal of a grid: the setting that a button changes, the screen that one leads to, or why there is none."""

from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest
from telegram import InlineKeyboardButton

from bot.owner.views import Wish
from bot.telegram.answers.conversation import Conversation
from bot.telegram.answers.remedies import fix_buttons, retyped
from bot.telegram.typed.parameters import GRID_KEYS
from bot.telegram.typed.parsing import Wrong, parse
from strategy.grid.opening import Preview, preview, problem
from strategy.messages.problems import Problem
from strategy.messages.problems import ProblemCode as Code
from strategy.model.market import Fees, Market, Symbol
from tests.builders import a_market, a_spec, a_touch

D = Decimal
ETH = Symbol("ETH_USDC")
RANGE = {"spacing": "arithmetic", "lower": "1800", "upper": "2200"}
MENDS: Mapping[Code, tuple[Problem, dict[str, str], dict[str, str]]] = {
    Code.UNKNOWN_MARKET: (
        problem(Code.UNKNOWN_MARKET, "market", suggestions="ETH_USDC"),
        {"market": "ETH_USD"},
        {"market": "ETH_USDC"},
    ),
    Code.SAME_TICK: (problem(Code.SAME_TICK, "grids"), {"grids": "60"}, {"grids": "20"}),
    Code.BELOW_ZERO: (problem(Code.BELOW_ZERO, "grids"), {"grids": "60"}, {"grids": "20"}),
    Code.TOO_SMALL: (problem(Code.TOO_SMALL, "usdc", least_money=D("9.101")), {"usdc": "1"}, {"usdc": "9.11"}),
    Code.ROUNDING: (problem(Code.ROUNDING, "usdc", least_money=D("9.101")), {"usdc": "1"}, {"usdc": "9.11"}),
    Code.NO_QUOTE_PRICE: (problem(Code.NO_QUOTE_PRICE, "usdc", least_money=D("9.101")), {}, {"usdc": "9.11"}),
    Code.TOO_LARGE: (problem(Code.TOO_LARGE, "usdc", maximum=D(5)), {"usdc": "900"}, {"usdc": "450"}),
    Code.LOSES: (problem(Code.LOSES, "out", least=D("0.0051")), {"out": "0.001"}, {"out": "0.0055"}),
    Code.NO_MONEY: (problem(Code.NO_MONEY, "usdc", fits=D("12.349")), {"usdc": "50"}, {"usdc": "12.34"}),
    Code.OUTSIDE: (problem(Code.OUTSIDE, "lower", price=D(3000)), RANGE, {"wait": "yes"}),
    Code.TOO_MANY_LEVELS: (problem(Code.TOO_MANY_LEVELS, "grids", maximum=200), {"grids": "999"}, {"grids": "200"}),
    Code.BAD_RANGE: (
        problem(Code.BAD_RANGE, "lower"),
        {**RANGE, "lower": "2200", "upper": "1800"},
        {"lower": "1800", "upper": "2200"},
    ),
    Code.BAD_LIMIT: (problem(Code.BAD_LIMIT, "stop", price=D(2000)), {"stop": "2500"}, {"stop": "1800"}),
    Code.POSITION: (problem(Code.POSITION, "maxpos", money=D(90)), {"maxpos": "1"}, {"maxpos": "90"}),
    Code.END_PAST: (problem(Code.END_PAST, "until"), {"until": "2020-01-01"}, {"until": "off"}),
    Code.NO_TRAIL_START: (problem(Code.NO_TRAIL_START, "trailfrom"), {"trail": "0.05"}, {"trail": "off"}),
    Code.AGAIN_TOO_SOON: (problem(Code.AGAIN_TOO_SOON, "again", least=24), {"again": "1"}, {"again": "24"}),
    Code.COUNTED_TWICE: (problem(Code.COUNTED_TWICE, "compound"), {"compound": "1"}, {"compound": "off"}),
    Code.TRIGGER_OUTSIDE: (problem(Code.TRIGGER_OUTSIDE, "trigger"), {"trigger": "9"}, {"trigger": "off"}),
    Code.NO_HISTORY: (problem(Code.NO_HISTORY, "gate"), {"gate": "168"}, {"gate": "off"}),
    Code.NO_GOAL: (problem(Code.NO_GOAL, "width"), {"width": "volume"}, {"width": "off"}),
    Code.NOT_PLAYED: (problem(Code.NOT_PLAYED, "width"), {"width": "volume"}, {"width": "off"}),
}
LEADS: Mapping[Code, tuple[str, str]] = {
    Code.HALTED: ("decide", "w|halt"),
    Code.OPENING_PAUSED: ("risk", "w|risk"),
    Code.EXPOSURE: ("risk", "w|risk"),
    Code.TOO_MANY_GRIDS: ("grids", "w|grids"),
}
"""No setting of the grid mends it: a screen does."""
AGAIN = {Code.NO_PRICE, Code.INTERRUPTED, Code.MARKET_CLOSED}
"""It passes by itself: the same wish may do in a minute."""
NONE: Mapping[Code, str] = {
    Code.UNKNOWN_GRID: "names a grid that there is not: a new one has no number to mistype",
    Code.WRONG_PHASE: "speaks of a running grid",
    Code.DIFFERENCE: "speaks of the books",
    Code.PREVIEW_OVER: "the fresh preview with its Start stands beneath it already",
    Code.NO_TARGET: "is an answer to /tune alone, which shows what else there is",
    Code.NOTHING_BEFORE: "is an answer to /tune alone: there is nothing to put back",
}


class Chat:
    """What a fix needs of a talk; a grid is refused for its problem where it has more than twenty levels."""

    def __init__(self, found: Problem) -> None:
        self.lang, self._found = "en", found
        self.made: list[tuple[str, str, dict[str, str]]] = []
        self.trader, self.desk = self, SimpleNamespace(clock=lambda: 0)

    def market(self, name: str) -> Market | None:
        return a_market() if name == ETH else None

    def glance(self, _symbol: Symbol, wish: Wish) -> Preview | Problem:
        if int(str(wish.get("grids") or 3)) > 20 and self._found.code is not Code.TOO_MANY_LEVELS:
            return self._found
        seen = preview(a_spec(), a_market(), a_touch(2000), Fees(maker=D(0), taker=D(0)), D(10**6))
        assert isinstance(seen, Preview)
        return seen

    def once(self, label: str, action: str, args: Mapping[str, str], **_more: str) -> InlineKeyboardButton:
        self.made.append((label, action, dict(args)))
        return InlineKeyboardButton(label, callback_data=action)

    def label(self, key: str) -> str:
        return "Use {value}" if key == "use" else key

    def text(self, key: str, **_values: object) -> str:
        return key

    def figure(self, name: str, value: Decimal) -> str:
        return f"{name} {value}"


async def buttons_for(found: Problem, wish: Mapping[str, str]) -> tuple[list[tuple[str, str]], list[dict[str, str]]]:
    """Labels with what they do, and the mended wishes."""
    chat = Chat(found)
    made = await fix_buttons(cast(Conversation, chat), found, {"market": str(ETH), **wish})
    shown = [(one.text, str(one.callback_data)) for one in made]
    return shown, [args for _, action, args in chat.made if action == "fix"]


def test_every_problem_has_its_remedy_or_a_reason_for_none() -> None:
    groups = [set(MENDS), set(LEADS), AGAIN, set(NONE)]

    assert set[Code]().union(*groups) == set(Code)
    assert sum(map(len, groups)) == len(Code), "none is in two"


@pytest.mark.parametrize("code", MENDS)
async def test_the_setting_that_mends_it_is_a_button(code: Code) -> None:
    found, wish, changed = MENDS[code]

    _, mended = await buttons_for(found, wish)

    assert mended[0] == {"market": str(ETH), **wish, **changed}


@pytest.mark.parametrize(
    ("word", "typed", "bound", "changed"),
    [
        ("shiftlow", "2100", D(2000), "off"),
        ("shifthigh", "2100", D(2200), "off"),
        ("widthleast", "0.5", D("0.05"), "0.05"),
    ],
)
async def test_a_bound_without_room_is_left_out_or_drawn_in(
    word: str, typed: str, bound: Decimal, changed: str
) -> None:
    found = problem(Code.BAD_LIMIT, word, field=word, value=D(typed), price=bound)

    _, mended = await buttons_for(found, {word: typed})

    assert mended[0] == {"market": str(ETH), word: changed}


@pytest.mark.parametrize(("typed", "meant"), [("30", ["Use until=30d"]), ("99999", []), ("tomorrow", [])])
def test_a_bare_number_of_days_is_offered_as_one(typed: str, meant: list[str]) -> None:
    found = parse(f"ETH_USDC until={typed}", keys=GRID_KEYS, words=1)
    assert isinstance(found, Wrong)

    made = retyped(cast(Conversation, Chat(problem(Code.END_PAST))), "grid", f"ETH_USDC until={typed}", found)

    assert [one.text for one in made] == meant


@pytest.mark.parametrize("code", LEADS)
async def test_what_no_setting_mends_leads_to_the_screen_that_does(code: Code) -> None:
    shown, mended = await buttons_for(problem(code), {})

    assert (shown, mended) == ([LEADS[code]], [])


@pytest.mark.parametrize("code", sorted(AGAIN))
async def test_what_passes_by_itself_can_be_tried_again(code: Code) -> None:
    shown, mended = await buttons_for(problem(code), {"usdc": "50"})

    assert shown == [("try_again", "fix")]
    assert mended == [{"market": str(ETH), "usdc": "50"}]


@pytest.mark.parametrize("code", NONE)
async def test_the_others_have_none(code: Code) -> None:
    assert await buttons_for(problem(code), {}) == ([], [])


@pytest.mark.parametrize(
    ("found", "wish", "changed"),
    [
        (problem(Code.LOSES, "grids"), {"grids": "50"}, {"grids": "20"}),
        (problem(Code.BAD_LIMIT, "take", price=D(2000)), {"take": "1"}, {"take": "off"}),
        (problem(Code.TOO_LARGE, "coins", maximum=D(5)), {"coins": "9"}, {"coins": "5"}),
        (problem(Code.NO_HISTORY, "widthin"), {"width": "atr"}, {"width": "off"}),
    ],
)
async def test_other_ways_to_the_same_refusal(found: Problem, wish: dict[str, str], changed: dict[str, str]) -> None:
    _, mended = await buttons_for(found, wish)

    assert mended == [{"market": str(ETH), **wish, **changed}]


async def test_a_range_that_was_left_can_be_moved_around_the_price() -> None:
    _, mended = await buttons_for(problem(Code.OUTSIDE, "lower", price=D(3000)), RANGE)

    assert mended[1] == {"market": str(ETH), **RANGE, "lower": "2700", "upper": "3300"}


async def test_money_of_which_none_fits_leads_to_the_balance() -> None:
    shown, _ = await buttons_for(problem(Code.NO_MONEY, "usdc", fits=D(0)), {"usdc": "50"})

    assert shown == [("balance", "w|balance"), ("change_it", "change")]
