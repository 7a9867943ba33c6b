"""Booking a fill: whose it is, what it does to the coins, when a level turns; and what a failed assertion does."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest

from strategy.grid.booking import taken
from strategy.messages import events as ev
from strategy.messages.notices import FillTold, GridParked
from strategy.model.grid import Phase
from strategy.model.ledger import FillEntry
from strategy.model.levels import KEPT, RESIDUE, Lot
from strategy.model.market import Asset, Side, Symbol
from strategy.model.orders import GridId, LevelId, OrderStatus, Purpose
from strategy.model.spec import Spacing
from strategy.step import step
from tests.builders import ETH, ETH_USDC, NOW, USDC, a_fill, a_grid, a_level, a_touch, an_account, an_order
from tests.promises.books import books_of
from tests.unit.one_level import ONE, ORDER, one_level, over, the_grid, the_level
from tests.world import a_world

COINS = {ONE: Lot(quantity=Decimal("0.02"), cost=Decimal(40))}


def test_a_buy_is_complete_when_what_is_left_is_too_small() -> None:
    order = replace(ORDER, quantity=Decimal("0.00205"))
    most = Decimal("0.00196")
    done = step(one_level(order, quantity=order.quantity), ev.Filled(at=NOW, fill=a_fill(order, quantity=most)))
    assert the_level(done).side is Side.BUY

    ended = step(done.account, over(order, OrderStatus.CANCELLED, str(most)))

    assert the_level(ended).side is Side.SELL


def test_a_level_does_not_turn_while_an_order_of_it_may_still_trade() -> None:
    """Its first order was given up wrongly and is filled after all: the second has to be cancelled first."""
    given_up, second = replace(ORDER, status=OrderStatus.REJECTED), an_order(2, level=ONE)
    grid = a_grid(a_level(order=second.client_id), orders=(given_up, second))
    filled = step(an_account(grid, touches={ETH_USDC: a_touch(2040)}), ev.Filled(at=NOW, fill=a_fill(given_up)))

    assert the_level(filled).side is Side.BUY
    assert [type(action) for action in filled.actions] == [ev.Cancel]
    ended = step(filled.account, over(second, OrderStatus.CANCELLED))
    assert the_level(ended).side is Side.SELL


def test_a_partial_sale_goes_on_until_what_is_left_is_residue() -> None:
    order = replace(ORDER, side=Side.SELL, price=Decimal(2030), quantity=Decimal("0.0200"))
    lots = {ONE: Lot(quantity=Decimal("0.02005"), cost=Decimal(40))}
    part = step(one_level(order, lots), ev.Filled(at=NOW, fill=a_fill(order, quantity=Decimal("0.0150"))))
    assert the_level(part).side is Side.SELL
    [told] = [notice for notice in part.notices if isinstance(notice, FillTold)]
    assert told.trip_profit is None

    whole = step(part.account, ev.Filled(at=NOW, fill=a_fill(order, 2, quantity=Decimal("0.0050"))))

    assert the_level(whole).side is Side.BUY
    assert the_grid(whole).lots == {RESIDUE: Lot(quantity=Decimal("0.00005"), cost=the_grid(whole).cost)}
    [told] = [notice for notice in whole.notices if isinstance(notice, FillTold)]
    assert told.trip_profit == the_grid(whole).books.grid_profit
    assert the_grid(whole).books.round_trips == 1


def test_a_sale_that_ends_in_part_is_continued_with_the_coins_that_are_left() -> None:
    order = replace(ORDER, side=Side.SELL, price=Decimal(2030), filled=Decimal("0.01"), status=OrderStatus.OPEN)
    lots = {ONE: Lot(quantity=Decimal("0.01"), cost=Decimal(20))}
    account = replace(one_level(order, lots, done=Decimal("0.01")), touches={ETH_USDC: a_touch(2020)})
    done = step(account, over(order, OrderStatus.CANCELLED, "0.01"))

    [action] = done.actions
    assert isinstance(action, ev.Place)
    assert (action.order.side, action.order.quantity) == (Side.SELL, Decimal("0.0100"))


def test_a_line_grid_sells_at_its_line_and_an_interval_grid_above_its_floor_however_cheap_it_bought() -> None:
    fill = a_fill(ORDER, price=Decimal(2015))
    interval = one_level()
    grid = the_grid(interval)
    spec = replace(grid.spec, spacing=Spacing.ARITHMETIC, out_want=None)
    lines = replace(interval, grids={grid.id: replace(grid, spec=spec)})

    assert the_level(step(lines, ev.Filled(at=NOW, fill=fill))).sell_price == 2030
    assert the_level(step(interval, ev.Filled(at=NOW, fill=fill))).sell_price == Decimal("2028.08")


def test_a_fill_is_booked_once_whatever_road_it_comes_by() -> None:
    fill = ev.Filled(at=NOW, fill=a_fill(ORDER, quantity=Decimal("0.005")))
    once = step(one_level(), fill)
    twice = step(once.account, fill)

    assert len(once.entries) == 1
    assert not twice.entries
    assert twice.account == once.account


def test_a_fill_of_an_order_that_is_no_longer_remembered_is_booked_by_its_journal() -> None:
    account = an_account(a_grid(a_level()), touches={})
    done = step(account, ev.Filled(at=NOW, fill=a_fill(ORDER), order=replace(ORDER, status=OrderStatus.REJECTED)))

    assert the_level(done).side is Side.SELL
    assert the_grid(done).coins == Decimal("0.02") * (1 - account.fees.maker)
    assert the_grid(done).orders[ORDER.client_id].status is OrderStatus.FILLED


def test_a_buy_for_a_level_that_is_gone_is_residue() -> None:
    order = replace(ORDER, level=LevelId(77))
    done = step(an_account(a_grid(a_level()), touches={}), ev.Filled(at=NOW, fill=a_fill(order), order=order))

    assert list(the_grid(done).lots) == [RESIDUE]


@pytest.mark.parametrize(
    "strange",
    [
        a_fill(ORDER, client_id=None),
        a_fill(an_order(99)),
        a_fill(ORDER, side=Side.SELL),
        a_fill(ORDER, order_id="somebody's"),
        a_fill(ORDER, price=Decimal(2021)),
        a_fill(replace(ORDER, side=Side.SELL), price=Decimal(2019)),
        a_fill(ORDER, quantity=Decimal("0.0201")),
        a_fill(ORDER, client_id=None, symbol="XRP_EUR", fee_asset=Asset("XRP")),
    ],
)
def test_a_fill_that_is_not_ours_changes_the_account_but_no_grid(strange: object) -> None:
    account = one_level(replace(ORDER, order_id=f"ex-{ORDER.client_id}"))
    done = step(account, ev.Filled(at=NOW, fill=strange))  # type: ignore[arg-type]  # a fill

    [entry] = done.entries
    assert isinstance(entry, FillEntry)
    assert entry.grid_id is None
    assert done.account.grids == account.grids
    assert done.account.expected != account.expected
    assert f"{entry.base}_{entry.quote}" == entry.fill.symbol


def test_an_order_whose_grid_is_unknown_is_not_ours() -> None:
    order = replace(ORDER, grid_id=GridId(9))
    done = step(an_account(a_grid()), ev.Filled(at=NOW, fill=a_fill(order), order=order))

    assert done.account.grids == an_account(a_grid()).grids


def test_a_fee_in_coins_on_a_sale_is_taken_from_the_other_lots_too() -> None:
    lots = {**COINS, RESIDUE: Lot(quantity=Decimal("0.001"), cost=Decimal(2))}
    left, cost = taken(a_grid(lots=lots), ONE, Decimal("0.0205"))

    assert (left, cost) == ({ONE: None, RESIDUE: Lot(quantity=Decimal("0.0005"), cost=Decimal(1))}, Decimal(41))


def test_coins_are_taken_from_the_residue_first_where_no_level_sells() -> None:
    lots = {**COINS, RESIDUE: Lot(quantity=Decimal("0.001"), cost=Decimal(2))}
    left, cost = taken(a_grid(lots=lots), None, Decimal("0.0110"))

    assert (left, cost) == ({RESIDUE: None, ONE: Lot(quantity=Decimal("0.01"), cost=Decimal(20))}, Decimal(22))


def test_a_sale_for_a_level_that_is_gone_is_booked_and_closes_no_round_trip() -> None:
    """Another ladder has taken its place: the coins were sold, and whose trip that was is known no more."""
    sale = replace(ORDER, side=Side.SELL, level=LevelId(7))
    grid = a_grid(a_level(2), orders=(sale,), lots={RESIDUE: Lot(quantity=sale.quantity, cost=Decimal(40))})

    done = step(an_account(grid, touches={}), ev.Filled(at=NOW, fill=a_fill(sale)))

    [entry] = done.entries
    assert isinstance(entry, FillEntry)
    assert (entry.closes, the_grid(done).books.round_trips, the_grid(done).coins) == (False, 0, Decimal(0))
    assert entry.realised == the_grid(done).books.grid_profit == the_grid(done).books.cash - 40
    assert the_grid(done).phase is Phase.RUNNING


def test_a_fill_is_the_word_of_what_an_order_in_limbo_has_become() -> None:
    lost = replace(ORDER, unknown_since=NOW - 5)
    part = a_fill(lost, quantity=lost.quantity / 2, order_id="ex-7")

    found = the_grid(step(one_level(lost), ev.Filled(at=NOW + 9, fill=part))).orders[lost.client_id]

    assert (found.status, found.unknown_since, found.order_id) == (OrderStatus.OPEN, None, "ex-7")
    assert (found.changed_at, found.trades) == (NOW + 9, (part.key,))


@pytest.mark.parametrize(("sold", "touched"), [("0.01", 1), ("0.015", 2), ("0.025", 3), ("0.035", 4), ("0.05", 5)])
def test_a_sale_takes_its_own_coins_then_residue_then_those_of_other_levels_and_last_what_is_kept(
    sold: str, touched: int
) -> None:
    keys = [LevelId(2), RESIDUE, LevelId(1), LevelId(3), KEPT]
    lots = {key: Lot(quantity=Decimal("0.01"), cost=Decimal(cost)) for cost, key in enumerate(keys, 20)}
    for one in permutations(keys):
        grid = a_grid(a_level(1), a_level(2), a_level(3), lots={key: lots[key] for key in one})
        left, cost = taken(grid, LevelId(2), Decimal(sold))

        assert list(left) == keys[:touched]
        assert cost + sum(lot.cost for lot in left.values() if lot) == sum(lots[key].cost for key in keys[:touched])


def test_a_failed_assertion_parks_the_grid_and_leaves_the_fill_in_the_ledger() -> None:
    """More coins were sold than the grid held: it places nothing any more, and the other grid goes on."""
    order = replace(ORDER, side=Side.SELL, status=OrderStatus.OPEN, order_id="ex-1")
    account = one_level(order, {ONE: Lot(quantity=Decimal("0.01"), cost=Decimal(20))})
    other = replace(a_grid(), id=GridId(2))
    account = replace(account, grids={**account.grids, other.id: other}, touches={ETH_USDC: a_touch(2040)})

    done = step(account, ev.Filled(at=NOW, fill=a_fill(order)))

    assert the_grid(done).phase is Phase.PARKED
    [told] = done.notices
    assert isinstance(told, GridParked)
    assert "more coins" in told.text
    assert len(done.entries) == 1
    assert done.account.expected[USDC] > account.expected[USDC]
    assert done.account.expected[ETH] == account.expected[ETH] - order.quantity
    assert the_grid(done).orders[order.client_id].status is OrderStatus.FILLED
    assert the_grid(done).lots == the_grid(account).lots

    again = step(done.account, ev.Filled(at=NOW, fill=a_fill(order)))
    assert not again.entries
    ticked = step(done.account, ev.Tick(at=NOW, touches={}))
    assert {action.order.grid_id for action in ticked.actions if isinstance(action, ev.Place)} == {other.id}


def test_a_parked_grid_is_told_once() -> None:
    order = replace(ORDER, side=Side.SELL, status=OrderStatus.OPEN, order_id="ex-1")
    parked = step(one_level(order), ev.Filled(at=NOW, fill=a_fill(order, quantity=Decimal("0.01"))))
    again = step(parked.account, ev.Filled(at=NOW, fill=a_fill(order, 2, quantity=Decimal("0.01"))))

    assert [type(notice) for notice in parked.notices] == [GridParked]
    assert not again.notices
    assert len(again.entries) == 1


def test_an_order_filled_beyond_its_quantity_parks_its_grid() -> None:
    part = step(one_level(), ev.Filled(at=NOW, fill=a_fill(ORDER, quantity=Decimal("0.015"))))
    done = step(part.account, ev.Filled(at=NOW, fill=a_fill(ORDER, 2, quantity=Decimal("0.015"))))

    assert the_grid(done).phase is Phase.PARKED


def test_coins_of_a_filled_seed_order_without_a_seeding_are_residue() -> None:
    seed = replace(ORDER, purpose=Purpose.SEED, level=None)
    done = step(an_account(a_grid(orders=(seed,)), touches={}), ev.Filled(at=NOW, fill=a_fill(seed)))

    assert list(the_grid(done).lots) == [RESIDUE]


def test_a_fill_says_where_its_grid_stands() -> None:
    world = a_world(levels=4)
    world.trade(124)
    [told] = [notice for notice in world.notices_of(FillTold) if notice.purpose is Purpose.LEVEL]

    assert (told.level, told.side, told.price) == (LevelId(2), Side.BUY, Decimal(125))
    assert told.standing.total == told.standing.grid_profit + told.standing.floating
    assert told.standing.coins == world.grid.coins
    assert told.standing.fees == world.grid.books.fees_value


def test_a_fee_in_a_third_asset_counts_in_every_figure_after_fees() -> None:
    sol = Asset("SOL")
    priced = an_account(a_grid(orders=(ORDER,)), touches={Symbol("SOL_USDC"): a_touch(150, symbol=Symbol("SOL_USDC"))})
    fill = a_fill(ORDER, fee=Decimal("0.001"), fee_asset=sol)
    done = step(priced, ev.Filled(at=NOW, fill=fill))

    [told] = [notice for notice in done.notices if isinstance(notice, FillTold)]
    value = fill.fee * priced.touches[Symbol("SOL_USDC")].ask
    assert (told.standing.fees, told.standing.fees_apart) == (value, {})
    assert the_grid(done).cost == fill.value + value
    assert the_level(done).fees == value
    assert books_of(done.entries, GridId(1)) == the_grid(done).books
    assert done.account.expected[sol] == -fill.fee, "the balance is another matter"


def test_a_fee_without_a_known_price_is_kept_apart_and_refolded() -> None:
    done = step(
        an_account(a_grid(orders=(ORDER,)), touches={}),
        ev.Filled(at=NOW, fill=a_fill(ORDER, fee=Decimal("0.001"), fee_asset=Asset("SOL"))),
    )

    assert the_grid(done).books.fees_value == 0
    assert the_grid(done).books.fees_apart == {"SOL": Decimal("0.001")}
    assert books_of(done.entries, GridId(1)) == the_grid(done).books
