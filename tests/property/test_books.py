"""The books equal the exchange to the last digit, whatever fees are charged in, and can be folded again from zero."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.paper.rules import Choices, FeeIn
from strategy.messages.commands import StartGrid
from strategy.model.ledger import Books, FillEntry, fold, fold_balances
from strategy.model.market import Asset, Fees, Side
from strategy.model.money import ZERO, ratio, share_of
from strategy.model.orders import GridId, Refusal
from strategy.model.spec import GridSpec
from tests.builders import ETH, USDC, a_fill, a_market, an_order
from tests.promises.books import books_of
from tests.promises.core import assert_promises
from tests.property.wishes import FEES, MOVES, PARTS, specs, within_reach
from tests.world import World

BNB = Asset("BNB")
PRICES = st.integers(1, 10**7).map(lambda cents: Decimal(cents) / 100)
QUANTITIES = st.integers(1, 10**8).map(lambda steps: Decimal(steps) / 10**4)
COSTS = PRICES | st.integers(1, 10**30).map(lambda digits: Decimal(digits).scaleb(-24))


@settings(max_examples=40)
@given(specs(), FEES, st.sampled_from(FeeIn), PARTS, st.lists(MOVES, min_size=1, max_size=25))
def test_whatever_fees_are_charged_in_the_books_equal_the_balances(
    spec: GridSpec, fees: Fees, fee_in: FeeIn, part: Decimal | None, moves: list[int]
) -> None:
    world = World({a_market(): Decimal(2_000)}, fees=fees, choices=Choices(fee_in=fee_in))
    world.fill_in_parts(part)
    world.ask(StartGrid, spec=spec)

    for move in moves:
        world.trade(within_reach(world.price + Decimal(move) / 100))

        assert world.is_settled
        assert_promises(world, refused=[Refusal.FUNDS])  # a fee on top of what is paid may be too much


@given(st.lists(st.tuples(st.sampled_from(Side), PRICES, QUANTITIES, st.sampled_from([ETH, USDC, BNB])), max_size=20))
def test_a_fold_over_the_ledger_is_the_sum_of_its_parts(trades: list[tuple[Side, Decimal, Decimal, Asset]]) -> None:
    """Also where a fee is charged in an asset that is neither bought nor sold."""
    entries = [entry(number, *trade) for number, trade in enumerate(trades)]
    books, balances = Books(), dict[Asset, Decimal]()
    for one in entries:
        books, balances = fold(books, one), fold_balances(balances, one)

    assert books_of([*entries, entry(99, *a_trade(), grid=None)], GridId(1)) == books
    assert balances.get(ETH, ZERO) == books.coins
    assert balances.get(USDC, ZERO) == books.cash
    assert balances.get(BNB, ZERO) == -books.fees.get(BNB, ZERO)
    assert books.cash == books.sold - books.bought - books.fees.get(USDC, ZERO)
    assert books.fees_apart == {asset: fee for asset, fee in books.fees.items() if asset == BNB}, "its price is unknown"


@given(COSTS, st.lists(QUANTITIES, min_size=1, max_size=10))
def test_the_shares_of_a_cost_are_the_whole_cost(cost: Decimal, parts: list[Decimal]) -> None:
    """To the last digit, also of a cost that has more of them than a share gets: a fee at the price of its market."""
    left, whole, shares = cost, sum(parts, ZERO), ZERO
    for part in parts:
        share = share_of(left, part, whole)
        left, whole, shares = left - share, whole - part, shares + share
        assert share >= 0

    assert shares == cost


@given(PRICES, QUANTITIES)
def test_a_unit_cost_is_never_rounded_down(cost: Decimal, quantity: Decimal) -> None:
    assert ratio(cost, quantity) * quantity >= cost


def a_trade() -> tuple[Side, Decimal, Decimal, Asset]:
    return Side.BUY, Decimal(2000), Decimal(1), ETH


def entry(number: int, side: Side, price: Decimal, quantity: Decimal, asset: Asset, grid: int | None = 1) -> FillEntry:
    fill = a_fill(an_order(1, side=side, price=price, quantity=quantity), number, fee_asset=asset, fee=Decimal("0.01"))
    return FillEntry(at=fill.at, fill=fill, base=ETH, quote=USDC, grid_id=GridId(grid) if grid else None)
