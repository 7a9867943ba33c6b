"""Bounds that leave a lever no room: refused in a preview and by /tune. A grid of before may be tuned in all else.

They were accepted in silence: 'no lower than 2,100' of a ladder that begins at 1,800, and an interval 'from 50 to 5 %'.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.languages import LANGUAGES
from bot.telegram.texts.problems import problem
from strategy.account.commands import preview_of
from strategy.account.tuning import tuning_shown
from strategy.draft import Draft
from strategy.grid.opening import Preview
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.orders import GridId
from strategy.model.past import Measure
from strategy.model.shown import Tuning
from strategy.model.spec import GridSpec, Shift
from tests.builders import a_market, a_range, a_spec
from tests.world import World

D = Decimal
RANGE = a_range(1800, 2200, 4, quote_per_order=D(50))


def seen(spec: GridSpec) -> Preview | Problem:
    world = World({a_market(): D(2000)})
    world.read_balances()
    return preview_of(Draft(account=world.account, at=world.now), spec)


@pytest.mark.parametrize(
    ("spec", "word", "value", "bound"),
    [
        (replace(RANGE, shift=Shift.DOWN, shift_low=D(1900)), "shiftlow", D(1900), D(1800)),
        (replace(RANGE, shift=Shift.BOTH, shift_low=D(1900)), "shiftlow", D(1900), D(1800)),
        (replace(RANGE, shift=Shift.UP, shift_high=D(2100)), "shifthigh", D(2100), D(2200)),
        (a_spec(width=Measure.ATR, width_least=D("0.5"), width_most=D("0.05")), "widthleast", D("0.5"), D("0.05")),
    ],
)
def test_a_bound_that_leaves_no_room_is_named_with_what_it_crosses(
    spec: GridSpec, word: str, value: Decimal, bound: Decimal
) -> None:
    found = seen(spec)

    assert isinstance(found, Problem)
    assert (found.code, found.field) == (ProblemCode.BAD_LIMIT, word)
    assert dict(found.facts) == {"field": word, "value": value, "price": bound}
    for lang in LANGUAGES:
        assert "/risk" not in problem(lang, found), "it has a sentence of its own"


@pytest.mark.parametrize(
    "more",
    [
        {"shift": Shift.UP, "shift_low": D(1900)},
        {"shift": Shift.DOWN, "shift_high": D(2100), "shift_low": D(1800)},
        {"shift": None, "shift_low": D(1900), "shift_high": D(1900)},
    ],
)
def test_a_bound_of_a_way_that_it_does_not_go_is_none(more: dict[str, Any]) -> None:
    assert isinstance(seen(replace(RANGE, **more)), Preview)


def test_a_running_grid_gets_no_such_bound_and_one_that_has_it_is_tuned_in_all_else() -> None:
    world = World({a_market(): D(2000)})
    world.read_balances()
    world.start(RANGE)
    grid = world.grid
    draft = Draft(account=world.account, at=world.now)

    refused = tuning_shown(draft, GridId(1), replace(grid.spec, shift=Shift.UP, shift_high=D(2100)))
    draft.put(replace(grid, spec=replace(grid.spec, shift=Shift.UP, shift_high=D(2100))))
    tuned = tuning_shown(draft, GridId(1), replace(draft.account.grids[GridId(1)].spec, quote_per_order=D(40)))

    assert isinstance(refused, Problem)
    assert refused.field == "shifthigh"
    assert isinstance(tuned, Tuning)
    assert isinstance(tuning_shown(draft, GridId(9), grid.spec), Problem), "there is none"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("limit", [{"take_profit": D(2050)}, {"trail": D("0.03"), "trail_from": D(2050)}])
def test_what_takes_a_profit_must_be_above_the_lowest_sale_too_and_is_told_so(lang: str, limit: dict[str, Any]) -> None:
    """2,050, where the lowest level sells, 'must be above 2,000'; a trailing one was sent to /risk and /help."""
    found = seen(replace(RANGE, upper=D(2300), grids=2, **limit))

    assert isinstance(found, Problem)
    said = problem(lang, found)
    assert "2,050" in said
    assert {"en": "where the lowest level sells", "zh": "最低一格的卖价"}[lang] in said
    assert "/risk" not in said
