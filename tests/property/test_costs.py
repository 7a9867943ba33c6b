"""What sold coins had cost is a view: by the pair, first in first out or on average, the total is one."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.rules import Choices, FeeIn
from strategy.audit.costs import Booked, Costs, Method
from strategy.messages.commands import StartGrid, StopGrid
from strategy.model.ledger import Closing
from strategy.model.market import Fees
from strategy.model.orders import GridId
from strategy.model.spec import GridSpec
from tests.builders import NOW, a_market
from tests.promises.books import books_of
from tests.promises.costs import the_cost_methods_agree
from tests.promises.promise import assert_kept
from tests.property.wishes import FEES, MOVES, PARTS, specs, within_reach
from tests.unit.test_costs import an_entry
from tests.world import World

PRICES = st.integers(1, 10**7).map(lambda cents: Decimal(cents) / 100)
SHARES = st.integers(1, 100).map(lambda hundredths: Decimal(hundredths) / 100)
QUANTITIES = st.integers(1, 10**8).map(lambda steps: Decimal(steps) / 10**4)
TRADES = st.lists(st.tuples(PRICES, QUANTITIES, st.none() | SHARES, st.booleans(), st.booleans()), min_size=1)


@given(TRADES, PRICES)
def test_over_random_fills_the_total_is_one_by_every_method(
    trades: list[tuple[Decimal, Decimal, Decimal | None, bool, bool]], price: Decimal
) -> None:
    """A share is a sale of so much of what is held; else it is a buy. Fees in either asset, coins given back too."""
    costs = [Costs(Method.FIFO), Costs(Method.AVERAGE)]
    entries: list[Booked] = []
    for number, (at, quantity, share, in_base, given_back) in enumerate(trades):
        held = costs[0].coins
        if share is not None and not held:
            continue
        entry: Booked = an_entry(number, at, quantity if share is None else held * share, share is not None, in_base)
        if share is not None and given_back:
            coins = held * share
            entry = Closing(at=NOW, key=f"{number}", grid_id=GridId(1), coins=coins, value=coins * at)
        entries.append(entry)
        for one in costs:
            one.take(entry)

    books = books_of(entries, GridId(1))
    for one in costs:
        assert one.coins == books.coins
        assert one.total(price) == one.realised + one.floating(price) == books.cash + books.coins * price
        assert one.cost >= 0 or one.coins == 0


@settings(max_examples=30)
@given(specs(), FEES, st.sampled_from(FeeIn), PARTS, st.lists(MOVES, min_size=1, max_size=25), st.booleans())
def test_a_grid_s_figures_come_of_its_fills_by_every_method(
    spec: GridSpec, fees: Fees, fee_in: FeeIn, part: Decimal | None, moves: list[int], sells: bool
) -> None:
    world = World({a_market(): Decimal(2_000)}, fees=fees, choices=Choices(fee_in=fee_in))
    world.fill_in_parts(part)
    if world.ask(StartGrid, spec=spec) is not None:
        return

    for move in moves:
        world.trade(within_reach(world.price + Decimal(move) / 100))
    world.ask(StopGrid, grid_id=world.grid.id, sell=sells)
    world.tick(5)

    assert_kept(the_cost_methods_agree(world.entries, world.grid, world.bid()))
