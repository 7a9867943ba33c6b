"""Random prices and wishes for the property tests, around a price of 2,000. No assertions."""

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import strategies as st

from strategy.model.market import Fees
from strategy.model.spec import GridSpec, Spacing
from tests.builders import a_range, a_spec

MOVES = st.one_of(st.integers(-150, 150), st.integers(-4_000, 4_000), st.integers(-30_000, 30_000))
"""In cents: mostly a little, sometimes over several levels at once."""
PARTS = st.sampled_from([None, Decimal("0.3"), Decimal("0.01")])
"""How much of an order is filled when the market goes through it once."""
FEES = st.builds(
    Fees,
    maker=st.integers(-1, 9).map(lambda bps: Decimal(bps) / 10_000),
    taker=st.integers(0, 30).map(lambda bps: Decimal(bps) / 10_000),
)
Limits = Mapping[str, st.SearchStrategy[object]]
LIMITS: Limits = {
    "seed_patience": st.sampled_from([0, 6_000]),
    "window": st.sampled_from([1, 3, 50]),
    "max_loss": st.sampled_from([None, Decimal("0.02")]),
    "max_drawdown": st.sampled_from([None, None, Decimal("0.01")]),
    "sell_on_limit": st.booleans(),
    "wait_for_range": st.booleans(),
}
NO_LIMITS: Limits = {"window": st.sampled_from([1, 3, 50])}
RULES = {
    "taper": st.sampled_from([None, None, Decimal("0.03"), Decimal("0.2")]),
    "compound": st.sampled_from([None, None, Decimal("0.5"), Decimal(1)]),
    "compound_most": st.sampled_from([None, Decimal("0.5")]),
    "profit_in_coin": st.booleans(),
    "taker": st.sampled_from([False, False, False, True]),
}


_MONEY = st.integers(20, 100).map(lambda money: {"quote_per_order": Decimal(money)})
_COINS = st.integers(100, 500).map(lambda coins: {"quote_per_order": None, "base_per_order": Decimal(coins) / 10_000})


def within_reach(price: Decimal) -> Decimal:
    """A price that stays inside the exchange's world."""
    return max(Decimal(1_300), min(Decimal(2_900), price))


@st.composite
def paths_of_prices(draw: st.DrawFn, lower: int = 90, upper: int = 210, most: int = 25) -> list[Decimal]:
    """Prices in cents between two bounds, jumps included."""
    cents = st.integers(lower * 100, upper * 100)
    return [Decimal(price) / 100 for price in draw(st.lists(cents, min_size=1, max_size=most))]


@st.composite
def interval_specs(draw: st.DrawFn, limits: Limits = NO_LIMITS) -> GridSpec:
    """The brief's kind of grid."""
    return a_spec(
        grids=draw(st.integers(1, 6)),
        interval=draw(st.integers(10, 60).map(Decimal)),
        out_want=Decimal(draw(st.integers(30, 300))) / 10_000,
        **draw(st.one_of(_MONEY, _COINS)),
        **draw(st.fixed_dictionaries(RULES)),
        **draw(st.fixed_dictionaries(dict(limits))),
    )


@st.composite
def line_specs(draw: st.DrawFn, limits: Limits = NO_LIMITS) -> GridSpec:
    """Arithmetic and geometric grids around the price."""
    return a_range(
        draw(st.integers(1_500, 1_990)),
        draw(st.integers(2_010, 2_600)),
        draw(st.integers(1, 12)),
        spacing=draw(st.sampled_from([Spacing.ARITHMETIC, Spacing.GEOMETRIC])),
        **draw(st.one_of(_MONEY, _COINS)),
        **draw(st.fixed_dictionaries(RULES)),
        **draw(st.fixed_dictionaries(dict(limits))),
    )


def specs(limits: Limits = NO_LIMITS) -> st.SearchStrategy[GridSpec]:
    """Any grid, mostly a possible one."""
    return st.one_of(interval_specs(limits), line_specs(limits))
