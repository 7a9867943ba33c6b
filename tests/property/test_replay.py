"""A replay is the engine over candles: what is skipped changes nothing, and the figures add up."""

from array import array
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from strategy.messages.problems import Problem
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.market import Asset, Fees, Market, Symbol
from strategy.model.spec import GridSpec, Shift, Spacing
from strategy.research.candles import Candles, Inner
from strategy.research.figures import figures_of
from strategy.research.replay import Replay, Rules
from tests.promises.books import books_of

SYMBOL, BASE, QUOTE = Symbol("ETH_USDC"), Asset("ETH"), Asset("USDC")
MARKET = Market(
    symbol=SYMBOL,
    base=BASE,
    quote=QUOTE,
    tick_size=Decimal("0.5"),
    step_size=Decimal("0.001"),
    min_quantity=Decimal("0.001"),
    band_low=Decimal("0.75"),
    band_high=Decimal("1.25"),
)
START = 1_767_225_600_000
MINUTE = 60_000
BEGINS = 180
FEES = Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))
SHAPES = st.fixed_dictionaries(
    {
        "spacing": st.sampled_from([Spacing.ARITHMETIC, Spacing.GEOMETRIC]),
        "grids": st.integers(2, 30),
        "window": st.sampled_from([2, 6, 50]),
        "max_loss": st.sampled_from([None, Decimal("0.02"), Decimal("0.1")]),
        "sell_on_limit": st.booleans(),
        "stop_loss": st.sampled_from([None, Decimal(1700)]),
        "stop_rises": st.booleans(),
        "take_profit": st.sampled_from([None, Decimal(2400)]),
        "max_position": st.sampled_from([None, Decimal(20_000)]),
        "seed_patience": st.sampled_from([0, 30_000]),
        "compound": st.sampled_from([None, Decimal("0.5")]),
        "profit_in_coin": st.booleans(),
        "taker": st.sampled_from([False, False, False, True]),
        "gate_hours": st.sampled_from([None, None, 2]),
        "trigger": st.sampled_from([None, None, Decimal(1950), Decimal(2020)]),
        "fall": st.sampled_from([None, None, Decimal("0.02")]),
        "shift": st.sampled_from([None, None, *Shift]),
        "shift_after": st.integers(1, 2),
        "shift_rest": st.sampled_from([0, 1]),
        "shift_spike": st.sampled_from([None, 5]),
        "shift_loss": st.sampled_from([None, Decimal("0.02")]),
        "again": st.sampled_from([None, None, 24]),
        "fall_hours": st.just(2),
        "fall_pause": st.just(1),
        "wait_for_range": st.booleans(),
    }
)


def market(seed: int, count: int = 400, reach: int = 6, interval: int = MINUTE) -> Candles:
    """A walk in half dollars, with pauses and jumps, which is at 2,000 when the grid is started."""
    dice, close = Random(seed), 4000
    rows = []
    for one in range(count):
        pace = dice.choice((0, 1, 1, 1, 4)) if dice.random() < 0.99 else 15
        opened = close + dice.randint(-1, 1)
        close = max(opened + dice.randint(-reach, reach) * pace, 200)
        high = max(opened, close) + dice.randint(0, reach) * pace
        low = max(min(opened, close) - dice.randint(0, reach) * pace, 100)
        rows.append((START + one * interval, opened, high, low, close))
    away = 4000 - rows[BEGINS][4]
    rows = [(at, *(max(100, price + away) for price in prices)) for at, *prices in rows]  # type: ignore[misc]
    return candles_of(rows, Decimal("0.5"), interval)


def candles_of(rows: list[tuple[int, int, int, int, int]], unit: Decimal, interval: int = MINUTE) -> Candles:
    at, opened, high, low, close = (array("q", column) for column in zip(*rows, strict=True))
    return Candles(unit=unit, interval=interval, at=at, open=opened, high=high, low=low, close=close)


def played(candles: Candles, spec: GridSpec, rules: Rules) -> Replay | None:
    """To the end, a grid started after the candles that are its past; None where it can't be started."""
    replay = Replay(market=MARKET, candles=candles, rules=rules)
    if isinstance(replay.begin(spec, BEGINS), Problem):
        return None
    replay.play()
    return replay


KEPT: dict[str, object] = {
    "spacing": Spacing.GEOMETRIC,
    "grids": 25,
    "window": 2,
    "seed_patience": 0,
    "trigger": Decimal(2020),
    "fall": Decimal("0.02"),
    "fall_hours": 2,
    "fall_pause": 1,
}
"""In one candle the price rises to a new high and falls by so much: the high is known from the next one on."""
OVER: dict[str, object] = {
    "spacing": Spacing.ARITHMETIC,
    "grids": 17,
    "seed_patience": 0,
    "compound": Decimal("0.5"),
    "max_loss": Decimal("0.1"),
    "sell_on_limit": True,
    "take_profit": Decimal(2400),
    "again": 24,
    "stop_rises": True,
    "shift_after": 1,
    "shift_rest": 0,
    "fall": Decimal("0.02"),
    "fall_hours": 2,
    "fall_pause": 1,
}
"""The pause after a fall ends just where the candle does, and a buy goes in at the very price of that moment."""


@settings(max_examples=20)
@example(seed=30_944, interval=MINUTE, shape=KEPT, inner=Inner.LIKELY, touch=False, fees_in_quote=False)
@example(seed=17, interval=HOUR, shape=OVER, inner=Inner.HIGH_FIRST, touch=True, fees_in_quote=True)
@given(
    seed=st.integers(0, 10**6),
    interval=st.sampled_from([MINUTE, HOUR]),
    shape=SHAPES,
    inner=st.sampled_from(list(Inner)),
    touch=st.booleans(),
    fees_in_quote=st.booleans(),
)
def test_what_is_skipped_changes_nothing(
    seed: int, interval: int, shape: Any, inner: Inner, touch: bool, fees_in_quote: bool
) -> None:
    spec = GridSpec(
        symbol=SYMBOL, lower=Decimal(1850), upper=Decimal(2150), total=Decimal(3_000), fee_buffer=Decimal(-1), **shape
    )
    candles = market(seed, reach=6 if interval == MINUTE else 60, interval=interval)
    rules = Rules(fees=FEES, inner=inner, touch=touch, fees_in_quote=fees_in_quote)
    skipped = played(candles, spec, rules)
    whole = played(candles, spec, Rules(fees=FEES, inner=inner, touch=touch, fees_in_quote=fees_in_quote, every=True))

    assert (skipped is None) == (whole is None)
    if skipped is None or whole is None:
        return
    assert skipped.entries == whole.entries
    assert skipped.grid.phase is whole.grid.phase is not Phase.PARKED
    assert skipped.grid.books == whole.grid.books
    assert_figures_add_up(skipped)


def assert_figures_add_up(replay: Replay) -> None:
    figures, grid = figures_of(replay, FEES), replay.grid
    price = figures.last_price

    assert figures.total == figures.grid_profit + figures.stop_sales + figures.floating
    assert figures.total == grid.books.cash + grid.coins * price
    assert books_of(replay.entries, grid.id).cash == grid.books.cash
    assert figures.fills + figures.seed_fills + figures.stop_fills == len(replay.fills)
    assert figures.drawdown.money >= 0 >= figures.worst_hour
    assert figures.drawdown.money >= -figures.worst_hour
    assert figures.skew >= -1 - 1e-9
    assert 0 <= figures.in_range <= 1
