"""From a few words to a whole spec: the brief's own grid where it makes sense, else one made from price and fee."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.owner.proposal import nice, propose, tuned
from bot.owner.views import Wish
from bot.settings import Defaults
from strategy.grid.opening import Preview, preview
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.market import Fees, Market, Touch
from strategy.model.spec import GridSpec, Spacing
from tests.builders import FEES, a_market, a_range, a_spec, a_touch

D = Decimal
ENDS = (D(1900), D(2100))
RANGE: Wish = {"lower": D(1900), "upper": D(2100), "grids": 20}
MARKETS = {
    "ETH": (a_market(), D(2000)),
    "SOL": (a_market("SOL", step="0.01"), D(150)),
    "BTC": (a_market("BTC", tick="0.1", step="0.00001"), D(60_000)),
    "BONK": (a_market("BONK", tick="0.00000001", step="1"), D("0.00001234")),
    "PEPE": (a_market("PEPE", tick="0.0001", step="0.1"), D("0.0123")),
}


def proposed(wish: Wish | None = None, *, base: str = "ETH", fees: Fees = FEES, **more: D | int | None) -> GridSpec:
    market, price = MARKETS[base]
    spec = propose(wish or {}, market, touch_of(market, price), fees, Defaults(**more))  # type: ignore[arg-type]
    assert isinstance(spec, GridSpec), spec
    return spec


def touch_of(market: Market, price: D) -> Touch:
    return Touch(symbol=market.symbol, bid=price - market.tick_size, ask=price, at=1)


def test_without_a_word_it_is_the_briefs_own_grid_where_forty_makes_sense() -> None:
    spec = proposed()
    assert (spec.spacing, spec.grids, spec.interval) == (Spacing.INTERVAL, 3, D(40))
    assert (spec.out_want, spec.quote_per_order, spec.total, spec.max_loss) == (D("0.004"), D(50), None, D("0.05"))


@pytest.mark.parametrize(
    ("base", "interval"), [("SOL", "3"), ("BTC", "1200"), ("BONK", "0.00000025"), ("PEPE", "0.0003")]
)
def test_where_forty_makes_no_sense_the_interval_is_two_per_cent_of_the_price_in_a_round_number(
    base: str, interval: str
) -> None:
    assert proposed(base=base).interval == D(interval)


@pytest.mark.parametrize("base", ["ETH", "SOL", "BTC", "BONK"])
@pytest.mark.parametrize("fees", [FEES, Fees(maker=D("0.002"), taker=D("0.0025")), Fees(maker=D(0), taker=D(0))])
@pytest.mark.parametrize("wish", [{}, {"spacing": Spacing.ARITHMETIC}, {"spacing": Spacing.GEOMETRIC}], ids=str)
def test_whatever_is_proposed_can_be_started(base: str, fees: Fees, wish: Wish) -> None:
    market, price = MARKETS[base]
    found = preview(proposed(wish, base=base, fees=fees), market, touch_of(market, price), fees, D(10_000))
    assert isinstance(found, Preview), found


def test_out_covers_the_fees_where_the_default_would_lose() -> None:
    dear = Fees(maker=D("0.004"), taker=D("0.005"))
    assert (proposed(fees=dear).out_want or 0) > D("0.009")
    assert proposed(fees=FEES).out_want == D("0.004")


def test_an_interval_is_never_closer_than_the_rise_that_is_asked_for() -> None:
    spec = proposed({"out_want": D("0.03")})
    assert spec.interval == 70, "at 2,000 a rise of 3 % is 60: with room, in a round number, 70"


def test_what_is_said_is_taken_as_it_is() -> None:
    sizes: Wish = {"interval": D(7), "grids": 5, "out_want": D("0.001"), "quote_per_order": D(20)}
    wish: Wish = {**sizes, "max_position": D(300), "wait_for_range": True}
    spec = proposed(wish)
    assert (spec.interval, spec.grids, spec.out_want, spec.quote_per_order) == (D(7), 5, D("0.001"), D(20))
    assert (spec.max_position, spec.wait_for_range) == (D(300), True)


def test_a_total_takes_the_place_of_the_money_an_order() -> None:
    spec = proposed({"total": D(600)})
    assert (spec.quote_per_order, spec.total) == (None, D(600))


def test_money_an_order_and_a_total_together_are_refused() -> None:
    market, price = MARKETS["ETH"]
    wish: Wish = {"quote_per_order": D(50), "total": D(600)}
    found = propose(wish, market, touch_of(market, price), FEES, Defaults())
    assert isinstance(found, Problem)
    assert (found.code, found.field) == (ProblemCode.BAD_LIMIT, "usdc")


@pytest.mark.parametrize("wish", [{"lower": D(1900)}, {"upper": D(2100)}, {"spacing": Spacing.ARITHMETIC}], ids=str)
def test_a_bound_makes_an_arithmetic_grid_and_the_other_bound_is_proposed(wish: Wish) -> None:
    spec = proposed(wish)
    assert spec.spacing is Spacing.ARITHMETIC
    assert (spec.lower, spec.upper) == (wish.get("lower", D(1800)), wish.get("upper", D(2200)))
    assert spec.interval is None
    assert spec.out_want is None


def test_a_proposed_range_lies_around_the_price_in_round_numbers() -> None:
    for base, (_, price) in MARKETS.items():
        spec = proposed({"spacing": Spacing.GEOMETRIC}, base=base)
        assert spec.lower is not None
        assert spec.upper is not None
        assert price * D("0.85") <= spec.lower < price * D("0.95")
        assert price * D("1.05") < spec.upper <= price * D("1.15")


def test_the_owners_defaults_take_the_place_of_the_briefs() -> None:
    spec = proposed(
        interval=D(60), grids=7, quote_per_order=D(25), max_loss=None, max_position=D(900), seed_patience=0, window=4
    )
    assert (spec.interval, spec.grids, spec.quote_per_order) == (D(60), 7, D(25))
    assert (spec.max_loss, spec.max_position, spec.seed_patience, spec.window) == (None, D(900), 0, 4)


@pytest.mark.parametrize("share", ["0.999", "0.9", "0.5", "0.01"])
@pytest.mark.parametrize("wish", [{}, {**RANGE, "quote_per_order": D(8)}], ids=str)
def test_the_money_that_is_said_to_fit_fits(wish: Wish, share: str) -> None:
    market, price = MARKETS["ETH"]
    touch, spec = touch_of(market, price), proposed(wish)
    whole = preview(spec, market, touch, FEES, D(10_000))
    assert isinstance(whole, Preview)
    free = whole.money * D(share)
    refused = preview(spec, market, touch, FEES, free)
    assert isinstance(refused, Problem)
    fits = dict(refused.facts)["fits"]
    assert isinstance(fits, D)
    assert not fits or isinstance(preview(replace(spec, quote_per_order=fits), market, touch, FEES, free), Preview)
    assert fits or share == "0.01"


@pytest.mark.parametrize(
    ("step", "free"), [("0.0001", "4.1"), ("0.0001", "0"), ("0.0001", "-3"), ("1", "41999.9"), ("1", "41799.9")]
)
def test_nothing_is_said_to_fit_where_the_free_money_is_less_than_rounding_costs(step: str, free: str) -> None:
    market, spec = (
        a_market(step=step),
        proposed({**RANGE, "quote_per_order": D(5000)}),
    )
    refused = preview(spec, market, touch_of(market, D(2000)), FEES, D(free))
    assert isinstance(refused, Problem)
    assert dict(refused.facts)["fits"] == 0


# Tuning


def test_tuning_changes_what_is_named_and_nothing_else() -> None:
    spec = a_spec(stop_loss=D(1800))
    wish: Wish = {"quote_per_order": D(80), "out_want": D("0.006"), "take_profit": D(2500), "sell_on_limit": True}
    changed = tuned(spec, wish, ENDS)
    assert isinstance(changed, GridSpec)
    assert (changed.quote_per_order, changed.out_want, changed.take_profit) == (D(80), D("0.006"), D(2500))
    assert (changed.stop_loss, changed.sell_on_limit, changed.interval) == (D(1800), True, spec.interval)


@pytest.mark.parametrize("field", ["stop_loss", "take_profit", "max_loss", "max_position"])
def test_a_limit_can_be_removed(field: str) -> None:
    limited = a_spec(stop_loss=D(1), take_profit=D(9999), max_loss=D("0.1"), max_position=D(500))
    changed = tuned(limited, {field: None}, ENDS)
    assert getattr(changed, field) is None


def test_a_range_has_no_out_and_says_so() -> None:
    refused = tuned(a_range(1900, 2100), {"out_want": D("0.01"), "quote_per_order": D(60)}, ENDS)

    assert isinstance(refused, Problem)
    assert (refused.code, refused.field) == (ProblemCode.NO_TARGET, "out")


@pytest.mark.parametrize(
    ("value", "tick", "rounded"),
    [("41.3", "0.01", "42"), ("1200", "0.1", "1200"), ("1201", "0.1", "1300"), ("0.000246", "0.0001", "0.0003")],
)
def test_a_nice_number_has_two_digits_and_stands_on_the_tick(value: str, tick: str, rounded: str) -> None:
    assert nice(D(value), D(tick)) == D(rounded)


def test_a_price_with_a_wide_spread_counts_with_its_middle() -> None:
    market, _ = MARKETS["SOL"]
    touch = Touch(symbol=market.symbol, bid=D(140), ask=D(160), at=a_touch(1).at)
    spec = propose({}, market, touch, FEES, Defaults())
    assert isinstance(spec, GridSpec)
    assert spec.interval == 3
