"""What a ladder that follows the price is asked for with, and what is said of it before, while and after it shifts."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.languages import LANGUAGES
from bot.owner.proposal import propose, retuned, tuned
from bot.owner.views import Wish
from bot.settings import Defaults
from bot.telegram.texts.catalogue import say
from bot.telegram.texts.notices import notice as notice_text
from bot.telegram.texts.preview_card import preview as preview_card
from bot.telegram.texts.shifts import shift_line, shift_told
from bot.telegram.typed.parameters import GRID_KEYS
from bot.telegram.typed.parsing import Given, clash, parse
from bot.telegram.typed.wishes import from_words, to_words
from strategy.messages.shifts import End, Kept, ShiftBegun, ShiftDone, ShiftKept
from strategy.model.adapted import Adapted, Shifting
from strategy.model.grid import Phase
from strategy.model.spec import GridSpec, Shift, Spacing
from tests.builders import FEES, a_market, a_range, a_touch
from tests.unit.telling import a_range as a_range_left
from tests.unit.telling_shifts import shifts
from tests.unit.viewing import GEOMETRIC, INTERVAL, a_grid, a_preview
from tests.world import the_brief_world

D = Decimal


def wished(line: str) -> GridSpec:
    """The spec that a line of /grid asks for at 2,000."""
    given = parse(line, keys=GRID_KEYS, words=1)
    assert isinstance(given, Given), given
    assert clash(given.values) is None
    found = propose(from_words(to_words(given.values)), a_market(), a_touch(2000), FEES, Defaults())
    assert isinstance(found, GridSpec), found
    return found


def test_a_ladder_that_may_shift_goes_one_range_beyond_its_first_and_no_farther() -> None:
    spec = wished(
        "ETH_USDC lower=1900 upper=2100 grids=10 shift=both shiftafter=2 shifts=1 shiftrest=1d shiftspike=off"
    )

    assert spec.shift is Shift.BOTH
    assert [spec.shift_low, spec.shift_high] == [D(1700), D(2300)]
    assert [spec.shift_after, spec.shift_most, spec.shift_rest, spec.shift_spike] == [2, 1, 24, None]


@pytest.mark.parametrize(
    ("said", "bounds"),
    [
        ("shift=up", [None, D(2300)]),
        ("shift=down", [D(1700), None]),
        ("shift=up shifthigh=off", [None, None]),
        ("shift=both shiftlow=1500 shifthigh=2500", [D(1500), D(2500)]),
        ("", [None, None]),
    ],
)
def test_what_is_said_of_its_bounds_counts(said: str, bounds: list[Decimal | None]) -> None:
    spec = wished(f"ETH_USDC lower=1900 upper=2100 grids=10 {said}")

    assert [spec.shift_low, spec.shift_high] == bounds


def test_a_lower_bound_is_never_below_zero() -> None:
    assert wished("ETH_USDC lower=500 upper=2100 grids=10 shift=down").shift_low == 250


@pytest.mark.parametrize(
    ("said", "bounds"),
    [
        ("spacing=geometric below=10% above=5% grids=10 shift=both", [D("1500.01"), D("2399.98")]),
        ("spacing=geometric below=10% above=5% grids=10 shift=both trigger=1000", [D("750.00"), D("1200.00")]),
        ("below=10% above=5% grids=10 shift=both shiftlow=off shifthigh=off", [None, None]),
        ("interval=40 grids=5 shift=both", [D("1700.00"), D("2300.00")]),
        ("interval=40 grids=5 shift=down", [D("1700.00"), None]),
        ("interval=40 grids=90 shift=down", [D("100.00"), None]),
    ],
)
def test_a_ladder_that_is_measured_from_the_price_has_bounds_too(said: str, bounds: list[Decimal | None]) -> None:
    spec = wished(f"ETH_USDC {said}")

    assert [spec.shift_low, spec.shift_high] == bounds


def test_an_interval_grid_has_the_bounds_that_are_said() -> None:
    spec = wished("ETH_USDC interval=40 shift=both shifthigh=2500 shiftcost=0.3 shiftloss=1%")

    assert [spec.shift_low, spec.shift_high, spec.shift_cost, spec.shift_loss] == [1820, 2500, D("0.003"), D("0.01")]


def test_a_tuning_that_lets_a_ladder_shift_gives_it_bounds_and_a_later_one_leaves_them() -> None:
    spec = a_range(1900, 2100)
    follows: Wish = {"shift": Shift.BOTH}
    found = tuned(spec, follows, (D(1900), D(2100)))

    assert isinstance(found, GridSpec)
    assert [found.shift_low, found.shift_high] == [D(1700), D(2300)]
    moved = replace(found, lower=D(2000), upper=D(2200))
    again = tuned(moved, {"shift_after": 3}, (D(2000), D(2200)))
    assert isinstance(again, GridSpec)
    assert [again.shift_low, again.shift_high, again.shift_after] == [D(1700), D(2300), 3]


def test_a_running_grid_without_a_range_in_prices_gets_its_bounds_from_its_ladder() -> None:
    found = retuned(the_brief_world().grid, {"shift": Shift.BOTH})

    assert isinstance(found, GridSpec)
    assert [found.shift_low, found.shift_high] == [D("1851.92"), D("2116.16")]


@pytest.mark.parametrize("line", ["ETH_USDC infinity=yes lower=1600 grids=20", "ETH_USDC 无限=是 下限=1600 格数=20"])
def test_infinity_has_no_top_and_begins_as_far_above_as_it_reaches_below(line: str) -> None:
    spec = wished(line)

    assert spec.endless
    assert spec.spacing is Spacing.GEOMETRIC
    assert [spec.lower, spec.upper, spec.shift] == [1600, 2500, None]


def test_infinity_above_the_price_has_a_range_all_the_same() -> None:
    spec = wished("ETH_USDC infinity=yes lower=2010 grids=5")

    assert spec.upper is not None
    assert spec.upper > 2010


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("shift", Shift)
def test_the_preview_says_what_shifting_costs(lang: str, shift: Shift) -> None:
    bounds: dict[str, Any] = {"shift_low": D(733), "shift_high": D(5900), "stop_loss": None}
    spec = replace(GEOMETRIC, shift=shift, shift_loss=D("0.01"), **bounds)
    said = preview_card(lang, a_preview(spec), "demo")

    assert "1,000" in said
    assert "42.92" in said, "half a per cent of its money, in quote"
    assert ("730" in said) is (shift is not Shift.UP)
    assert ("733.00" in said) is (shift is not Shift.UP)


def test_the_preview_of_a_grid_that_stays_says_nothing_of_it() -> None:
    assert "730" not in preview_card("en", a_preview(INTERVAL), "demo")
    assert "Infinity" in preview_card("en", a_preview(replace(GEOMETRIC, endless=True)), "demo")


@pytest.mark.parametrize(("shift", "goes_down"), [(Shift.UP, False), (Shift.BOTH, True)])
def test_a_ladder_without_a_top_is_not_said_to_have_one(shift: Shift, *, goes_down: bool) -> None:
    """`infinity=yes shift=up`: 'without an end' stood beside 'no higher than 4,000' and a cost that it never has."""
    spec = replace(GEOMETRIC, endless=True, shift=shift, shift_low=D(733), shift_high=D(5900))

    said = preview_card("en", a_preview(spec), "demo")

    assert "Infinity" in said
    assert "no higher than" not in said
    assert ("follows the price down" in said) is goes_down
    assert ("hourly ranges" in said) is goes_down


def test_a_shift_is_told_with_its_figures_before_and_after() -> None:
    told = [one for one in shifts() if isinstance(one, ShiftBegun | ShiftDone)]
    before, after = shift_told("en", told[0]), next(shift_told("en", one) for one in told if isinstance(one, ShiftDone))

    assert before == (
        "<b>Grid 3 shifts up by 3 steps: −0.388 USDC at most.</b> "
        "ETH_USDC: to 1,800.00 – 2,800.00 USDC. The price is 2,609.995. "
        "It costs at most 0.388 USDC: 0.098 of fees and 0.291 of slippage, for 0.0371 ETH that it buys at once for at "
        "most 97.13. 3 orders are cancelled."
    )
    assert "0.0370629 ETH for 96.84 USDC; fees and slippage came to 0.098, at most 0.388 were announced" in after


def test_a_loss_is_in_the_headline_and_never_beside_it_costs_nothing() -> None:
    begun = next(one for one in shifts() if isinstance(one, ShiftBegun) and one.loss)
    done = next(one for one in shifts() if isinstance(one, ShiftDone) and one.loss)
    nothing: dict[str, Any] = {"coins": D(0), "slippage": D(0), "fees": D(0), "spent": D(0), "orders": 0}
    bought: dict[str, Any] = {"coins": D(0), "paid": D(0), "cost": D(0)}

    assert shift_told("en", begun).startswith("<b>Grid 3 shifts down by 3 steps: −4.59 USDC at most.</b>")
    assert shift_told("en", done).startswith("<b>Grid 3 has shifted down: −4.00 USDC.</b>")
    assert shift_told("en", replace(begun, **nothing)) == (
        "<b>Grid 3 shifts down by 3 steps: −4.20 USDC at most.</b> ETH_USDC: to 1,800.00 – 2,800.00 USDC. The price is "
        "2,609.995. No coins are bought at once. Coins of levels that go will lose at most 4.20 USDC where they are "
        "sold then. 210.30 USDC more are set aside."
    )
    assert shift_told("en", replace(done, **bought)).startswith("<b>Grid 3 has shifted down: −3.90 USDC.</b>")


def test_coins_that_were_announced_and_not_bought_are_told() -> None:
    """The price jumped on after the announcement; 'No coins were bought' left open why."""
    done = next(one for one in shifts() if isinstance(one, ShiftDone) and not one.coins)

    assert "announced were not bought" in shift_told("en", done)
    assert "No coins were bought." in shift_told("en", replace(done, told_cost=D(0)))


def test_a_cost_that_is_too_high_is_told_to_the_digit_that_shows_it() -> None:
    kept = next(one for one in shifts() if isinstance(one, ShiftKept) and one.reason is Kept.COST)

    said = shift_told("en", replace(kept, value=D("0.4021"), threshold=D("0.4019")))

    assert "would cost up to 0.403 USDC, more than 0.401" in said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("price", ["1790", "2010"])
def test_what_was_told_already_is_not_promised(lang: str, price: str) -> None:
    """'I tell you when it does, or why not' came after why not."""
    told = replace(a_range_left(price), follows=True, held=(Kept.REST,))

    said = notice_text(lang, told, "demo")

    assert say(lang, "status.shift.because.rest") in said
    assert said != notice_text(lang, replace(told, held=()), "demo")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_card_says_that_a_ladder_moves_or_has_not_followed(lang: str) -> None:
    grid = a_grid(1)
    shifting = Shifting(at=1, up=True, steps=1, price=D(2000), cost=D(1), loss=D(0))

    assert shift_line(lang, None) is None
    assert shift_line(lang, grid) is None
    moves = shift_line(lang, replace(grid, adapted=Adapted(shifting=shifting)))
    stays = shift_line(lang, replace(grid, adapted=Adapted(held=("rest",))))
    assert len({moves, stays, None}) == 3
    assert shift_line(lang, replace(grid, phase=Phase.PAUSED, adapted=Adapted(held=("rest",)))) is None


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (End.LOW, ("no lower than 2,600.00 USDC", "不得低于 2,600.00 USDC")),
        (End.HIGH, ("no higher than 2,600.00 USDC", "不得高于 2,600.00 USDC")),
        (End.STOP, ("above its stop loss, 2,600.00 USDC", "须高于止损价 2,600.00 USDC")),
        (End.TAKE, ("no higher than its take profit, 2,600.00 USDC", "不得高于止盈价 2,600.00 USDC")),
    ],
)
def test_a_ladder_at_its_bound_names_the_price_of_it(end: End, said: tuple[str, str]) -> None:
    [told] = [one for one in shifts() if isinstance(one, ShiftKept) and one.end is end]

    for lang, words in zip(("en", "zh"), said, strict=True):
        assert words in notice_text(lang, told, "live")


@pytest.mark.parametrize(
    ("wishes", "low", "high"),
    [
        ({"stop_loss": None, "take_profit": None}, "1,000.00", "5,900.00"),
        ({"stop_loss": D(1400), "take_profit": D(4000)}, "1,400.00", "4,000.00"),
        ({"stop_loss": D(900), "take_profit": D(6000)}, "1,000.00", "5,900.00"),
    ],
)
def test_a_preview_names_the_end_that_a_ladder_comes_to_first(wishes: dict[str, Any], low: str, high: str) -> None:
    bounds: dict[str, Any] = {"shift": Shift.BOTH, "shift_low": D(1000), "shift_high": D(5900)}
    seen = a_preview(replace(GEOMETRIC, **bounds | wishes))

    for lang, words in (("en", f"no lower than {low}, no higher than {high}"), ("zh", f"不低于 {low}，不高于 {high}")):
        assert words in preview_card(lang, seen, "live")
