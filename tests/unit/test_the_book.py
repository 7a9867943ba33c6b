"""What a sale would bring by the order book: its buyers one after the other, without our own, and nobody invented."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.owner import ways
from bot.owner.views import Comes, Walked
from bot.owner.ways import buyers, walk, ways_out
from bot.telegram.texts.exits import stop_text
from bot.telegram.texts.numbers import standing_figures, worth
from exchange.paper.exchange import PaperExchange
from exchange.paper.faults import CallFault, FaultMode
from exchange.port import Offer
from strategy.draft import standing
from strategy.grid.sizing import TAKER_MARGIN
from strategy.messages.commands import StopGrid
from strategy.model.market import USDC, Side, Symbol
from strategy.model.orders import Execution, OpenOrder, Purpose
from strategy.model.stops import Way
from strategy.model.values import replace
from tests.venue import KEY
from tests.world import World, a_world

D = Decimal
SIZES = st.integers(1, 500).map(lambda size: D(size) / 100)
BOOKS = st.lists(st.tuples(st.integers(1, 200).map(D), SIZES), max_size=8, unique_by=lambda row: row[0])


def book(*rows: tuple[object, object]) -> list[Offer]:
    return [Offer(price=D(str(price)), quantity=D(str(size))) for price, size in rows]


def sellable(world: World) -> Decimal:
    return world.grid.market.fitting(world.grid.coins)


def a_full_world() -> World:
    """Ten levels from 100 to 200, five of them with coins bought at 150."""
    return a_world(10, 100, 200, quote_per_order=D(100), max_loss=None)


CENTS = st.integers(-99_999, 99_999).map(lambda value: D(value) / 1000)


@given(CENTS, CENTS, st.integers(100_000, 199_999).map(lambda value: D(value) / 1000))
@example(D(0), D(0), D("150.188"))
def test_what_stopping_comes_to_is_told_in_the_same_figures_as_where_the_grid_stands(
    profit: D, sales: D, bid: D
) -> None:
    world = a_full_world()
    grid = replace(world.grid, books=replace(world.grid.books, grid_profit=profit, stop_sales=sales))
    account = replace(
        world.account,
        grids={grid.id: grid},
        touches={grid.spec.symbol: replace(world.account.touches[grid.spec.symbol], bid=bid)},
    )
    ways = ways_out(account, grid, book((bid, 99)))
    card = stop_text("en", grid, ways, can_sell=True, has_price=True)

    assert f"Total now {standing_figures(standing(account, grid), grid.market.quote)['total']} USDC." in card
    for comes in (ways.now, ways.slowly, ways.even):
        way = f" {worth(comes.proceeds, USDC)} USDC"
        told = next(line for line in card.splitlines() if way in line and "total " in line)
        said = D(told.partition("total ")[2].partition(" ")[0].rstrip(".").replace("−", "-").replace(",", ""))
        assert comes.total - D("0.02") < said <= comes.total, told


@given(BOOKS, SIZES)
def test_coins_are_sold_to_the_best_buyers_and_to_nobody_twice(rows: Sequence[tuple[D, D]], coins: D) -> None:
    offers = sorted(book(*rows), key=lambda offer: offer.price, reverse=True)
    found = walk(offers, coins)

    assert found.sold == min(coins, sum((offer.quantity for offer in offers), D(0)))
    assert found.lowest * found.sold <= found.brings <= found.sold * 200
    better = [offer for offer in offers if offer.price > found.lowest]
    assert sum((offer.quantity for offer in better), D(0)) <= found.sold


def test_a_sale_brings_what_the_book_pays_less_the_fee_of_a_taker() -> None:
    world = a_full_world()
    coins, fee = world.grid.coins, world.account.fees.taker
    found = ways_out(world.account, world.grid, book((149, 1), (141, 1), (131, 9)))

    assert found.walked is not None
    brings = 149 + 141 + (sellable(world) - 2) * 131
    assert found.walked == Walked(sold=sellable(world), brings=brings, lowest=D(131))
    assert found.now.proceeds == brings * (1 - fee)
    left = (coins - sellable(world)) * 131
    assert left > 0, "less than a step of the market, which no sale brings"
    assert found.now.total == world.grid.books.realised - world.grid.cost + found.now.proceeds + left


def test_what_the_book_has_no_buyers_for_is_counted_at_its_lowest_price() -> None:
    world = a_full_world()
    coins, fee = world.grid.coins, world.account.fees.taker
    found = ways_out(world.account, world.grid, book((141, 1), (133, "0.5")))

    assert found.walked is not None
    assert found.walked.sold == D("1.5") < coins
    assert found.now.proceeds == D("207.5") * (1 - fee)
    left = (coins - D("1.5")) * 133
    assert found.now.total == world.grid.books.realised - world.grid.cost + found.now.proceeds + left
    nobody = ways_out(world.account, world.grid, [])
    assert nobody.now == Comes(proceeds=D(0), total=world.grid.books.realised - world.grid.cost)


def test_our_own_buys_buy_nothing() -> None:
    world = a_full_world()
    own = [order for order in world.grid.live if order.side is Side.BUY]
    by_hand = OpenOrder(
        order_id="9",
        client_id=None,
        symbol=world.symbol,
        side=Side.BUY,
        price=D(149),
        quantity=D(3),
        executed=D(1),
        created_at=0,
    )
    trigger = replace(by_hand, price=None, is_conditional=True)
    account = replace(world.account, foreign=(by_hand, trigger))
    offers = book((149, "2.5"), *((order.price, order.remaining) for order in own))

    found = ways_out(account, world.grid, offers)

    assert found.walked is not None
    assert found.walked == Walked(sold=D("0.5"), brings=D("74.5"), lowest=D(149))


def test_a_sale_that_rests_is_counted_at_the_best_bid_that_is_not_our_own() -> None:
    world = a_full_world()
    coins, fee = sellable(world), world.account.fees.maker
    own = [Offer(price=order.price, quantity=order.remaining) for order in world.grid.live if order.side is Side.BUY]
    wide = sorted([*own, *book((125, 4))], key=lambda offer: offer.price, reverse=True)
    assert wide[0].price > 125

    found = ways_out(world.account, world.grid, wide)
    assert found.slowly.proceeds == coins * 125 * (1 - fee)
    left = (world.grid.coins - coins) * 125 * (1 - fee)
    assert found.slowly.total == world.grid.books.realised - world.grid.cost + found.slowly.proceeds + left
    for unknown in (None, [], own):
        counted = ways_out(world.account, world.grid, unknown)
        assert counted.slowly.proceeds == coins * counted.price * (1 - fee)


def test_a_sale_at_break_even_is_counted_where_the_market_is_once_it_is_past_it() -> None:
    world = a_full_world()
    coins, fee = sellable(world), world.account.fees.maker
    below, past = (ways_out(world.account, world.grid, book((bid, 4))) for bid in (1, 999))

    assert 1 < below.even_price == past.even_price < 999
    assert below.even.proceeds == coins * below.even_price * (1 - fee)
    assert past.even.proceeds == coins * 999 * (1 - fee)
    left = (world.grid.coins - coins) * 999 * (1 - fee)
    assert past.even.total == world.grid.books.realised - world.grid.cost + past.even.proceeds + left


def test_past_break_even_both_sales_that_rest_come_to_the_same() -> None:
    """Both rest beside the best ask: break-even was told as less, by the fee of a taker that it never pays."""
    world = a_full_world()
    assert world.account.fees.taker > world.account.fees.maker

    found = ways_out(world.account, world.grid, book((999, 4)))
    world.ask(StopGrid, grid_id=world.grid.id, sell=True, way=Way.BREAK_EVEN)
    world.tick()

    assert [order.execution for order in world.placed_for(Purpose.STOP)] == [Execution.POST_ONLY]
    assert found.even == found.slowly


def test_where_the_book_is_not_known_a_sale_is_counted_below_the_bid() -> None:
    world = a_full_world()
    found = ways_out(world.account, world.grid, None)

    assert found.walked is None
    each = world.bid() * (1 - TAKER_MARGIN) * (1 - world.account.fees.taker)
    assert found.now.proceeds == sellable(world) * each


class Hanging(PaperExchange):
    """Never tells its book."""

    async def bids(self, symbol: Symbol) -> Sequence[Offer]:
        await asyncio.Event().wait()
        return await super().bids(symbol)


async def test_whoever_wants_to_stop_does_not_wait_for_a_book(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_full_world()
    assert await buyers(world.exchange, world.symbol) is not None
    world.exchange.faults.add(CallFault(match="GET /api/v1/depth", mode=FaultMode.LOSE_ANSWER))
    assert await buyers(world.exchange, world.symbol) is None

    monkeypatch.setattr(ways, "READING_SECONDS", 0.0)
    assert await buyers(Hanging(world.venue, KEY), world.symbol) is None
