"""What was traded: the fold's parts, what the next tier would have saved, and the rows of tiers that are known."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from strategy.model.ledger import Closing, FillEntry
from strategy.model.market import Asset, Fees, Side, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import GridId, Purpose
from strategy.model.tiers import TIERS, tier_after, tier_of
from strategy.model.turnover import NOTHING, Turnover, plus, together, turnover_of, turnovers
from tests.builders import ETH, NOW, USDC, a_fill, an_order

BTC, USDT = Asset("BTC"), Asset("USDT")
D = Decimal
SECOND = Fees(maker=D("0.0007"), taker=D("0.0009"))


def entry(
    side: Side = Side.BUY, *, price: str = "2000", quantity: str = "0.5", maker: bool = True, **more: object
) -> FillEntry:
    rate = D("0.0008") if maker else D("0.001")
    fee = D(quantity) * rate * (1 if side is Side.BUY else D(price))
    order = an_order(price=D(price), quantity=D(quantity), side=side)
    fill = replace(a_fill(order, fee=fee, fee_asset=ETH if side is Side.BUY else USDC), is_maker=maker)
    return replace(FillEntry(at=NOW, fill=fill, base=ETH, quote=USDC, grid_id=GridId(1)), **more)  # type: ignore[arg-type]


def test_volume_and_fees_count_both_sides_and_a_fee_in_coins_at_the_price_of_its_fill() -> None:
    found = turnovers([entry(), entry(Side.SELL, price="2010", realised=D("3.4"))], {})[USDC]

    assert (found.fills, found.volume) == (2, D("2005.0"))
    assert found.fees == D("1000") * D("0.0008") + D("1005") * D("0.0008")
    assert [found.taker_fills, found.taker_fees, found.own, found.realised] == [0, 0, 0, D("3.4")]


def test_taker_fills_are_told_apart_and_of_them_those_that_cross_on_purpose() -> None:
    seed = entry(maker=False, purpose=Purpose.SEED)
    stop = entry(Side.SELL, maker=False, purpose=Purpose.STOP)
    level = entry(maker=False, purpose=Purpose.LEVEL)
    found = turnovers([seed, stop, level, entry()], {})[USDC]

    assert (found.taker_fills, found.chosen_takers) == (3, 2)
    assert [found.taker_volume, found.taker_fees] == [3000, 3]


def test_what_no_grid_traded_is_the_accounts_volume_and_named() -> None:
    found = turnovers([entry(grid_id=None), entry()], {})[USDC]

    assert [found.volume, found.own] == [2000, 1000]


def test_a_fee_in_a_third_asset_counts_at_its_booked_value_or_stands_apart() -> None:
    third = replace(entry().fill, fee=D(3), fee_asset=Asset("BP"))
    valued, unknown = entry(fill=third, fee_value=D("0.6")), entry(fill=third)

    assert (turnover_of(valued).fees, turnover_of(valued).apart) == (D("0.6"), {})
    assert (turnover_of(unknown).fees, turnover_of(unknown).apart) == (D(0), {Asset("BP"): D(3)})
    assert turnovers([valued, unknown, unknown], {})[USDC].apart == {Asset("BP"): D(6)}


def test_what_was_given_back_counts_as_realised_in_its_grids_quote() -> None:
    closing = Closing(at=NOW, key="c", grid_id=GridId(7), coins=D(1), value=D(5), cost=D(8))

    assert turnovers([closing], {GridId(7): BTC})[BTC] == Turnover(realised=D(-3))


def test_the_next_tier_saves_exactly_the_difference_of_the_rates() -> None:
    found = turnovers([entry(), entry(Side.SELL, maker=False)], {})[USDC]

    assert found.saved_by(SECOND) == 1000 * D("0.0001") + 1000 * D("0.0001")
    assert found.saved_by(Fees(maker=D("0.0008"), taker=D("0.001"))) == 0
    assert turnovers([entry(fill=replace(entry().fill, fee=ZERO))], {})[USDC].saved_by(SECOND) == D("-0.7")


def test_a_market_without_fees_counts_for_no_tier() -> None:
    free = replace(entry().fill, symbol=Symbol("USDT_USDC"), fee=ZERO)
    found = turnovers([entry(fill=free, base=USDT)], {})[USDC]

    assert [found.volume, found.counted, found.saved_by(SECOND)] == [1000, 0, 0]


def test_the_cost_is_the_fees_and_what_sales_lost_beyond_them() -> None:
    """A sale's result is after its fees: what it lost more than them was lost to the market."""
    assert Turnover(fees=D(8), realised=D(3)).cost == 8
    assert Turnover(fees=D(8), realised=D(-3)).cost == 8
    assert Turnover(fees=D(8), realised=D(-11)).cost == 11
    assert Turnover(fees=D(-1), realised=D(2)).cost == -1


def test_other_quotes_count_at_their_price_and_not_at_all_without_one() -> None:
    some = {USDC: Turnover(volume=D(10), fills=1), BTC: Turnover(volume=D(2), fills=2), USDT: Turnover(fills=4)}

    assert together(some, {USDC: D(1), BTC: D(60_000)}) == Turnover(volume=D(120_010), fills=3)
    assert together({}, {}) == NOTHING


@given(st.lists(st.sampled_from([entry(), entry(Side.SELL, maker=False), entry(grid_id=None)]), max_size=9), st.data())
def test_the_parts_of_a_span_add_up_to_it(entries: list[FillEntry], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(entries)))
    first, second = (turnovers(part, {}).get(USDC, NOTHING) for part in (entries[:cut], entries[cut:]))

    assert first.plus(second) == turnovers(entries, {}).get(USDC, NOTHING)


def test_a_tier_is_known_by_its_exact_rates_and_what_is_not_known_has_no_figures() -> None:
    first = tier_of(Fees(maker=D("0.00080"), taker=D("0.0010")))
    assert first is TIERS[0]
    assert tier_after(TIERS[0].fees or SECOND) is TIERS[1]
    assert tier_after(SECOND) is TIERS[2]
    assert TIERS[2].fees is None
    assert tier_of(Fees(maker=D("0.0003"), taker=D("0.001"))) is None
    assert tier_after(Fees(maker=D("0.0003"), taker=D("0.001"))) is None


def test_each_tier_asks_for_more_than_the_one_before() -> None:
    stakes = [tier.staked for tier in TIERS]

    assert stakes == sorted(set(stakes))


def test_what_was_traded_in_parts_is_what_was_traded_as_a_whole() -> None:
    some = [entry(), entry(Side.SELL, price="2010", realised=D("3.4"))]
    others = [entry(grid_id=None), replace(entry(maker=False), quote=USDT)]

    assert plus(turnovers(some, {}), turnovers(others, {})) == turnovers([*some, *others], {})
    assert plus({}, turnovers(some, {})) == turnovers(some, {})
