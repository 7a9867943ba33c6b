"""Whose money is whose: grids that share an account of just the money they need never run out of it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from strategy.account.commands import preview_of
from strategy.draft import Draft
from strategy.grid.opening import preview
from strategy.messages.commands import SetLimits, StartGrid, StopGrid
from strategy.messages.notices import GridEnded
from strategy.messages.problems import Problem
from strategy.model.limits import Bounds
from strategy.model.market import Fees, Market
from strategy.model.money import ZERO
from strategy.model.spec import GridSpec
from tests.builders import ETH, a_market, a_range, a_spec
from tests.promises.core import assert_promises, assert_reservations_are_covered
from tests.property.wishes import FEES, MOVES, PARTS, specs, within_reach
from tests.world import World

MARKETS = st.sampled_from([("0.0001", ""), ("0.001", ""), ("0.01", ""), ("0.0001", "0.02")]).map(
    lambda rules: a_market(step=rules[0], least=rules[1])
)
WISHES = st.lists(specs(), min_size=1, max_size=3)
MONEY = st.lists(st.one_of(st.none(), st.integers(40, 250).map(Decimal)), min_size=30, max_size=30)


@settings(max_examples=40)
@given(MARKETS, FEES, WISHES, st.lists(MOVES, max_size=30), MONEY, PARTS)
def test_just_enough_money_is_enough(
    market: Market,
    fees: Fees,
    wishes: Sequence[GridSpec],
    moves: list[int],
    money: list[Decimal | None],
    part: Decimal | None,
) -> None:
    """Reservations never exceed what is there, whatever trades and however the newest grid is tuned."""
    wishes = [replace(spec, quote_per_order=4 * (spec.quote_per_order or ZERO)) for spec in wishes]
    world, possible = exactly_funded(market, fees, wishes)
    for spec in possible:
        assert world.ask(StartGrid, spec=spec) is None
        assert_reservations_are_covered(world)
    world.fill_in_parts(part)
    world.tick(2)

    for move, quote in zip(moves, money, strict=False):
        world.trade(within_reach(world.price + Decimal(move) / 100))
        if quote is not None and world.account.grids:
            world.tune(quote_per_order=quote)

        assert_reservations_are_covered(world)
        assert_promises(world)


@settings(max_examples=25)
@given(FEES, st.integers(1_500, 1_890), st.integers(1, 8), st.sampled_from([40, 100]), st.lists(MOVES, max_size=9))
@example(fees=Fees(maker=ZERO, taker=Decimal("0.0015")), price=1_500, levels=1, quote=40, moves=[])
def test_a_grid_that_waits_has_set_aside_what_it_will_need(
    fees: Fees, price: int, levels: int, quote: int, moves: list[int]
) -> None:
    spec = a_range(1_500, 1_900, levels, wait_for_range=True)
    world, _ = exactly_funded(a_market(), fees, [spec])
    world.start(replace(spec, quote_per_order=Decimal(quote)))
    assert world.tune(quote_per_order=spec.quote_per_order) is None

    world.trade(price)
    for move in moves:
        assert_reservations_are_covered(world)
        world.trade(within_reach(world.price + Decimal(move) / 100))

    assert_reservations_are_covered(world)
    assert_promises(world)


@settings(max_examples=25)
@given(st.lists(specs(), min_size=2, max_size=2), st.lists(MOVES, min_size=1, max_size=20))
def test_two_grids_on_one_market_never_sell_each_others_coins(wishes: list[GridSpec], moves: list[int]) -> None:
    world = World({a_market(): Decimal(2_000)})
    world.ask(SetLimits, bounds=Bounds(daily_loss=None))  # it would stop both
    started = [spec for spec in wishes if world.ask(StartGrid, spec=spec) is None]
    if len(started) < 2:
        return
    one, other = world.account.grids.values()

    for move in moves:
        world.trade(within_reach(world.price + Decimal(move) / 100))

        assert_promises(world)
        assert held_by_grids(world) == world.totals.get(ETH, ZERO)

    world.ask(StopGrid, grid_id=one.id, sell=True)
    for cents in (37, -31) * 6:
        world.trade(world.price + Decimal(cents) / 100)

    given_back = sum((ended.released for ended in world.notices_of(GridEnded)), ZERO)
    assert held_by_grids(world) + given_back == world.totals.get(ETH, ZERO)
    assert world.account.grids[one.id].coins < one.market.min_quantity
    assert world.account.grids[other.id].phase.trades


@settings(max_examples=20)
@given(st.lists(st.tuples(MOVES, MOVES), min_size=1, max_size=20))
def test_two_markets_share_one_account(moves: list[tuple[int, int]]) -> None:
    eth, sol = a_market(), a_market("SOL", step="0.01")
    world = World({eth: Decimal(2_000), sol: Decimal(2_000)})
    for market in (eth, sol):
        world.start(a_spec(symbol=market.symbol, quote_per_order=Decimal(100)))

    for first, second in moves:
        world.walk(within_reach(world.venue.listing(eth.symbol).price + Decimal(first) / 100), eth.symbol)
        world.trade(within_reach(world.venue.listing(sol.symbol).price + Decimal(second) / 100), sol.symbol)

        assert_promises(world)
        assert_reservations_are_covered(world)


@settings(max_examples=150)
@given(specs(), FEES, st.integers(0, 50).map(lambda bps: Decimal(bps) / 10_000))
def test_no_grid_is_let_through_whose_round_trip_loses(spec: GridSpec, fees: Fees, buffer: Decimal) -> None:
    """Bought and sold at its own prices, every level earns at least the buffer after both fees, whoever takes them."""
    world = World({a_market(): Decimal(2_000)}, fees=fees)
    found = preview_of(Draft(account=world.account, at=world.now), replace(spec, fee_buffer=buffer))
    if isinstance(found, Problem):
        return

    fee = fees.taker if spec.taker else fees.maker
    for level in found.levels:
        cost = level.buy_price * level.quantity
        coins = level.quantity * (1 - fee)
        sold = found.market.quantity_down(coins)
        kept = (coins - sold) * level.buy_price
        earned = sold * level.sell_price * (1 - fee) + kept - cost
        assert earned >= buffer * cost
        assert found.least_profit <= earned <= found.most_profit


def held_by_grids(world: World) -> Decimal:
    return sum((grid.coins for grid in world.account.grids.values()), ZERO)


def exactly_funded(market: Market, fees: Fees, wishes: Sequence[GridSpec]) -> tuple[World, list[GridSpec]]:
    """A world with the money that these grids need together, and those of them that are possible."""
    rich = World({market: Decimal(2_000)}, fees=fees)
    touch = rich.account.touches[market.symbol]
    found = [preview(replace(spec, seed_patience=0), market, touch, fees, Decimal(10**9)) for spec in wishes]
    possible = [one for one in found if not isinstance(one, Problem)]
    needed = sum((one.money for one in possible), ZERO)
    return World({market: Decimal(2_000)}, fees=fees, money=needed), [one.spec for one in possible]
