"""A market that is not quoted in dollars: what is a number of USDC is carried over by a price, and never guessed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.mode import Mode
from bot.owner.proposal import propose
from bot.settings import Defaults
from bot.telegram.texts import face as texts
from bot.telegram.texts.numbers import cost, gain, parts_figures, worth
from strategy.account.commands import preview_of
from strategy.account.losses import judge_losses
from strategy.account.risk import daily_loss, falls, totals
from strategy.draft import Draft
from strategy.grid.opening import Preview, preview
from strategy.messages.commands import ResumeGrid, SetLimits, StartGrid, StopGrid
from strategy.messages.events import Tick
from strategy.messages.notices import LimitReached
from strategy.messages.problems import Problem, ProblemCode
from strategy.model.account import Account, Day, Halt
from strategy.model.levels import Lot
from strategy.model.limits import Bounds, Peak
from strategy.model.market import Asset, Market, Symbol, Touch
from strategy.model.orders import GridId, LevelId, Purpose
from strategy.model.positions import most_position
from strategy.model.spec import GridSpec
from strategy.model.stops import StopReason
from strategy.model.valuing import in_use, price_in_usdc, prices_in_usdc, pricing_symbols
from tests.builders import ETH_USDC, FEES, NOW, USDC, a_grid, a_market, a_touch
from tests.unit import viewing
from tests.unit.telling import a_line
from tests.unit.viewing import a_summary
from tests.world import World

D = Decimal
BTC, SOL = Asset("BTC"), Asset("SOL")
SOL_BTC, BTC_USDC = Symbol("SOL_BTC"), Symbol("BTC_USDC")
MARKET = replace(a_market("SOL", tick="0.0000001", step="0.01"), symbol=SOL_BTC, quote=BTC)
PRICE, BITCOIN = D("0.0025"), D(60_000)
LATER = ((2, D(61_000)), (3, None))


def touch_of(market: Market, price: Decimal) -> Touch:
    return Touch(symbol=market.symbol, bid=price - market.tick_size, ask=price, at=NOW)


def proposed(quote_price: Decimal | None = BITCOIN, **how: Any) -> GridSpec | Problem:
    wish, known = how.pop("wish", {}), Defaults(**how)
    return propose(wish, MARKET, touch_of(MARKET, PRICE), FEES, known, quote_price)


def a_spec(**how: Any) -> GridSpec:
    spec = proposed(**how)
    assert isinstance(spec, GridSpec), spec
    return spec


def a_world(**how: Any) -> World:
    """A grid on SOL_BTC, its coins bought."""
    world = World({MARKET: PRICE, a_market("BTC", tick="0.1", step="0.00001"): BITCOIN}, coins={BTC: D(1)})
    assert world.ask(StartGrid, spec=a_spec(seed_patience=0, **how)) is None
    world.tick()
    return world


def test_the_defaults_are_the_same_money_in_another_quote() -> None:
    spec = a_spec(max_position=D(600))

    assert spec.quote_per_order == D("0.00084"), "50 USDC at 60,000, in a round number"
    assert spec.interval == D("0.00005"), "40 USDC are no distance here: two per cent"
    assert spec.max_position == D("0.01")
    assert spec.quote_price == BITCOIN


def test_an_interval_that_makes_sense_there_is_carried_over_too() -> None:
    assert a_spec(interval=D("3.01")).interval == D("0.000051")


def test_a_dollar_needs_no_price() -> None:
    market = replace(a_market(), symbol=Symbol("ETH_USDT"), quote=Asset("USDT"))
    spec = propose({}, market, touch_of(market, D(2000)), FEES, Defaults(), None)

    assert isinstance(spec, GridSpec)
    assert (spec.quote_per_order, spec.interval, spec.quote_price) == (D(50), D(40), None)


def test_without_a_price_the_figure_is_asked_for_in_the_quote() -> None:
    refused = proposed(None)

    assert isinstance(refused, Problem)
    assert (refused.code, refused.field) == (ProblemCode.NO_QUOTE_PRICE, "usdc")
    assert dict(refused.facts) == {"quote": BTC, "least_money": D("0.00005")}


def test_without_a_price_what_is_said_in_the_quote_is_enough() -> None:
    spec = a_spec(quote_price=None, wish={"quote_per_order": D("0.001")})
    assert (spec.quote_per_order, spec.interval, spec.quote_price) == (D("0.001"), D("0.00005"), None)

    limited = proposed(None, wish={"total": D("0.003")}, max_position=D(600))
    assert isinstance(limited, Problem)
    assert limited.field == "maxpos"
    said = a_spec(quote_price=None, wish={"total": D("0.003"), "max_position": D("0.5")}, max_position=D(600))
    assert said.max_position == D("0.5")


def test_the_usual_position_is_a_thousand_dollars_and_without_a_price_the_grids_own_money() -> None:
    spec = a_spec()

    assert most_position(spec.max_position, MARKET.quote, spec.quote_price, D("0.003")) == 1 / D(60)
    assert most_position(spec.max_position, MARKET.quote, spec.quote_price, D(2)) == 2
    assert most_position(None, MARKET.quote, None, D("0.003")) == D("0.003")
    assert most_position(D(7), MARKET.quote, spec.quote_price, D("0.003")) == 7


def test_a_sale_is_sliced_at_a_thousand_dollars_in_the_quote() -> None:
    world = a_world(quote_per_order=D(5_000))
    held = world.grid.coins
    world.ask(StopGrid, grid_id=GridId(1), sell=True)
    world.tick(9)

    slices = world.placed_for(Purpose.STOP)
    assert len(slices) >= 5
    assert all(order.quantity * PRICE * BITCOIN <= 1_010 for order in slices)
    assert sum(order.quantity for order in slices) > held * D("0.99")


def test_without_a_price_a_slice_is_as_large_as_an_order() -> None:
    world = a_world(wish={"quote_per_order": D("0.001")}, quote_price=None)
    world.ask(StopGrid, grid_id=GridId(1), sell=True)
    world.tick(9)

    assert all(order.quantity * PRICE <= D("0.0011") for order in world.placed_for(Purpose.STOP))


def test_the_daily_loss_is_judged_in_dollars_at_the_price_of_the_quote() -> None:
    world = a_world(quote_per_order=D(5_000), max_loss=None)
    world.tell(Tick(at=world.now, touches={}))
    world.account = replace(world.account, day=Day(date="2026-11-22"))
    world.ask(SetLimits, bounds=Bounds(daily_loss=D(100)))

    world.venue.walk(SOL_BTC, D("0.00249"))
    world.tick(2)
    assert not world.notices_of(LimitReached), "a five-thousandth of a bitcoin"

    world.venue.walk(SOL_BTC, D("0.0023"))
    world.tick(3)
    [told] = world.notices_of(LimitReached)
    assert world.account.halt is Halt.DAILY_LOSS
    assert told.unit == USDC
    assert told.value <= -100
    [(quote, standing)] = told.standings
    assert (quote, standing.today * world.account.touches[BTC_USDC].bid) == (BTC, told.value)
    assert [asset for asset, _ in told.prices] == [BTC]
    assert "At 1 BTC = 59,999.90 USDC." in texts.notice("en", told, Mode.DEMO)
    assert world.ask(ResumeGrid, grid_id=None) is None


def test_what_one_quote_has_gained_excuses_no_loss_of_another() -> None:
    account = a_world().account
    other = replace(a_grid(), id=GridId(2))
    [grid_id] = account.grids
    since = {grid_id: account.grids[grid_id].total(D("0.0024999")) + D("0.005"), other.id: D(-1_000)}
    day = Day(date="2026-11-22", since=since)
    account = replace(account, grids={**account.grids, other.id: other}, day=day, daily_loss=D(200))

    change = daily_loss(account)
    assert change is not None
    assert -301 < change < -299, "five thousandths of a bitcoin, whatever the dollars have made"


def test_a_fall_is_one_quote_s_own_and_reaches_its_limit_in_bitcoin_too() -> None:
    """There it is far less than one: five per cent of what a few hundredths of a bitcoin were at their highest."""
    world = a_world(max_loss=None)
    world.ask(SetLimits, bounds=Bounds(drawdown=D("0.05")))
    world.tick(2)
    other, gained = replace(a_grid(), id=GridId(2)), Peak(at=NOW, totals={GridId(2): D(-1_000)})
    account = replace(world.account, grids={**world.account.grids, other.id: other})
    account = replace(account, limits=replace(account.limits, peaks={**account.limits.peaks, USDC: gained}))
    world.venue.walk(SOL_BTC, D("0.0018"))
    world.tick(3)

    [told] = world.notices_of(LimitReached)
    assert (told.reason, told.unit, world.account.halt) == (StopReason.DRAWDOWN, BTC, Halt.DRAWDOWN)
    assert told.value <= -told.threshold < 0 < told.threshold < D("0.01")
    fallen = falls(replace(account, touches=world.account.touches))
    assert fallen[BTC].money > fallen[BTC].equity * D("0.05") > fallen[USDC].money == 0
    assert fallen[USDC].equity == other.money - 1_000, "what was made in dollars is in no equity but theirs"


def test_a_peak_is_of_the_grids_of_its_quote_alone() -> None:
    """What is won in dollars raises no peak in bitcoin: the next fall there would be of it."""
    world = a_world(max_loss=None)
    [coin] = world.account.grids.values()
    other = replace(a_grid(lots={LevelId(1): Lot(quantity=D(1), cost=D(2_000))}), id=GridId(2))
    world.account = replace(
        world.account,
        grids={coin.id: coin, other.id: other},
        touches={**world.account.touches, ETH_USDC: a_touch(2_000, at=world.now)},
    )
    world.ask(SetLimits, bounds=Bounds(drawdown=D("0.05")))
    account = world.account
    for price in (2_000, 2_000, 2_300, 2_300):
        at = account.touches[ETH_USDC].at + 1_000
        touches = {one: replace(touch, at=at) for one, touch in account.touches.items()}
        draft = Draft(account=replace(account, touches={**touches, ETH_USDC: a_touch(price, at=at)}), at=at)
        judge_losses(draft)
        account = draft.account

    peaks = account.limits.peaks
    assert {quote: dict(peak.totals) for quote, peak in peaks.items()} == {
        BTC: {coin.id: totals(account)[coin.id]},
        USDC: {other.id: D("299.99")},
    }
    assert peaks[BTC].at < peaks[USDC].at, "it has stood since"


def test_what_a_quote_is_worth_is_the_last_price_known_and_else_that_of_the_start() -> None:
    account = a_world().account

    assert price_in_usdc(account, USDC) == 1
    assert price_in_usdc(account, BTC) == D("59999.9")
    blind = replace(account, touches={}, marks={BTC_USDC: D(58_000)})
    assert price_in_usdc(blind, BTC) == 58_000
    started = replace(account, touches={}, marks={})
    assert price_in_usdc(started, BTC) == BITCOIN
    [grid] = account.grids.values()
    newer, unknown = (replace(grid, id=GridId(one), spec=replace(grid.spec, quote_price=price)) for one, price in LATER)
    later = replace(started, grids={one.id: one for one in (grid, newer, unknown)})
    assert price_in_usdc(later, BTC) == 61_000, "that of the newest grid for which one was known"
    assert price_in_usdc(started, SOL) is None
    assert prices_in_usdc(started) == {BTC: BITCOIN}


def test_the_market_that_prices_a_quote_is_watched_while_a_grid_of_it_is_in_use() -> None:
    account = a_world().account

    assert in_use(account) == {SOL_BTC}
    assert pricing_symbols(account) == {BTC_USDC}
    assert not pricing_symbols(replace(account, markets={SOL_BTC: MARKET})), "only where there is such a market"
    assert not pricing_symbols(replace(account, grids={}))


def test_a_quote_that_never_had_a_price_is_not_counted_and_that_is_said() -> None:
    account: Account = a_world(wish={"quote_per_order": D("0.001")}, quote_price=None).account
    unpriced = replace(account, touches={}, marks={}, day=Day(date="2026-11-22"), daily_loss=D("0.00000001"))

    assert daily_loss(unpriced) is None
    assert prices_in_usdc(unpriced) == {}


def test_the_preview_says_where_the_daily_loss_limit_can_not_see_a_grid() -> None:
    account = World({MARKET: PRICE, a_market("BTC", tick="0.1", step="0.00001"): BITCOIN}, coins={BTC: D(1)}).account
    unpriced, priced = (
        preview_of(Draft(account=account, at=NOW), a_spec(wish={"quote_per_order": D("0.001")}, quote_price=one))
        for one in (None, BITCOIN)
    )
    assert isinstance(unpriced, Preview)
    assert isinstance(priced, Preview)

    said = texts.preview("en", unpriced, Mode.PAPER)
    assert "The daily loss limit doesn't see this grid:</b> BTC has no price in USDC" in said
    assert "daily loss limit" not in texts.preview("en", priced, Mode.PAPER)


def test_an_amount_of_bitcoin_shows_the_digits_that_count_and_something_is_never_nothing() -> None:
    assert cost(D("0.000833333333"), BTC) == "0.00083334"
    assert worth(D("1.23456"), BTC) == "1.2345"
    assert gain(D("0.00000123"), BTC, fine=True) == "+0.00000123"
    assert gain(D("-0.0000000012"), BTC) == "−0.0000000012"
    assert gain(D(0), BTC) == "0.00"


@given(value=st.decimals(D("1e-18"), D(10**6), allow_nan=False), quote=st.sampled_from([BTC, SOL, Asset("EUR")]))
def test_nothing_that_is_there_reads_as_nothing(value: Decimal, quote: Asset) -> None:
    for said in (gain(value, quote), gain(-value, quote), cost(value, quote), worth(value, quote)):
        assert any(digit in said for digit in "123456789"), said


@st.composite
def markets(draw: st.DrawFn) -> tuple[Market, Decimal, Decimal]:
    """A market of any quote, its price, and what a unit of the quote is in USDC."""
    quote_price = draw(st.integers(1, 10**6)) * D(10) ** draw(st.integers(-6, 1))
    price = draw(st.integers(100, 99_999)) * D(10) ** draw(st.integers(-10, 1))
    tick = D(10) ** (price.adjusted() - draw(st.integers(2, 5)))
    step = D(10) ** draw(st.integers(-6, 2))
    market = Market(
        symbol=Symbol("X_Q"), base=Asset("X"), quote=Asset("Q"), tick_size=tick, step_size=step, min_quantity=step
    )
    return market, market.price_up(price), quote_price


@given(markets())
def test_what_is_proposed_by_default_on_any_market_is_accepted_or_the_figure_to_give_is_named(
    drawn: tuple[Market, Decimal, Decimal],
) -> None:
    market, price, quote_price = drawn
    touch = touch_of(market, price)
    spec = propose({}, market, touch, FEES, Defaults(), quote_price)
    assert isinstance(spec, GridSpec)
    found = preview(spec, market, touch, FEES, D(10) ** 20)
    if isinstance(found, Preview):
        each = (spec.quote_per_order or 0) * quote_price
        assert D(49) <= each <= D(56), "fifty dollars, in a round number"
        return
    facts = dict(found.facts)
    assert found.code in (ProblemCode.TOO_SMALL, ProblemCode.ROUNDING, ProblemCode.LOSES), found
    if found.code is ProblemCode.LOSES:
        assume(False)
    given_ = propose({"quote_per_order": D(str(facts["least_money"]))}, market, touch, FEES, Defaults(), quote_price)
    assert isinstance(given_, GridSpec)
    assert isinstance(preview(given_, market, touch, FEES, D(10) ** 20), Preview)


@given(st.lists(st.decimals(D(-2), D(2), places=10), min_size=3, max_size=3))
def test_parts_in_bitcoin_sum_to_the_total_that_is_shown(parts: list[Decimal]) -> None:
    grid, stops, floating = parts
    shown = parts_figures(BTC, grid_profit=grid, stop_sales=stops, floating=floating)
    read = {name: D((one or "0").replace("−", "-")) for name, one in shown.items()}

    assert read["total"] == read["grid_profit"] + read["stopped"] + read["floating"]
    assert all(read[name] < 0 for name, part in (("grid_profit", grid), ("floating", floating)) if part < 0)


def test_several_quotes_are_added_only_at_a_price_that_is_named() -> None:
    lines = tuple(replace(a_line(number), quote=quote) for number, quote in ((1, USDC), (2, BTC), (3, SOL)))
    summary = replace(a_summary(0), grids=lines, prices={BTC: BITCOIN})

    for lang, named in (("en", "(SOL not counted: no price in USDC)"), ("zh", "SOL 没有 USDC 价格，未计入")):
        for said in (texts.status(lang, summary), texts.risk(lang, summary, {}, viewing.no_limits())):
            assert "1 BTC = 60,000.00 USDC" in said
            assert named in said


def test_what_is_said_to_fit_fits_in_bitcoin_too() -> None:
    spec, touch = a_spec(), touch_of(MARKET, PRICE)
    refused = preview(spec, MARKET, touch, FEES, D("0.0011"))
    assert isinstance(refused, Problem)
    fits = dict(refused.facts)["fits"]

    assert isinstance(fits, Decimal)
    assert 0 < fits < D("0.00084")
    assert isinstance(preview(replace(spec, quote_per_order=fits), MARKET, touch, FEES, D("0.0011")), Preview)
    said = texts.problem("en", refused)
    assert "money=0.000" in said
    assert "0.00 BTC" not in said
