"""Orders that the books do not have: which strangers a level may adopt, and what becomes of one that resurfaces."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.draft import Step
from strategy.grid.requests import RECANCEL_AFTER
from strategy.messages import events as ev
from strategy.messages.by_hand import OrderResurfaced, StrangersSettled
from strategy.messages.commands import SettleStrangers
from strategy.messages.notices import FillTold
from strategy.model.account import Account, Halt
from strategy.model.grid import Grid, Phase
from strategy.model.levels import RESIDUE, Lot, Wait
from strategy.model.market import Side
from strategy.model.orders import BLOCK_SIZE, ClientId, GridId, LevelId, OpenOrder, OrderStatus
from strategy.step import step
from tests.builders import BLOCK, NOW, USDC, a_fill, a_grid, a_level, an_account, an_open_order, an_order
from tests.unit.one_level import the_grid

D = Decimal
LOT = Lot(quantity=D("0.01998"), cost=D(40))


def a_stranger(number: int = 500, **fields: Any) -> OpenOrder:
    """What level 1 would ask for, under an id that this database never gave out."""
    return an_open_order(an_order(number, price=D(2020)), **fields)


def halted(*grids: Grid, strangers: tuple[OpenOrder, ...], **fields: Any) -> Account:
    """The account at the moment in which the owner is asked. Nothing is placed while there is no price."""
    fields = {"touches": {}, "foreign": strangers} | fields
    return an_account(*(grids or (a_grid(a_level()),)), halt=Halt.STRANGERS, strangers=strangers, **fields)


def adopting(account: Account, *, cancel: bool = False) -> Step:
    return step(account, SettleStrangers(at=NOW + 5, cancel=cancel, adopt=True, block=BLOCK + 1))


def counted(done: Step) -> tuple[int, int, int]:
    """How many were adopted, how many left, and how many of those had traded."""
    [told] = [notice for notice in done.notices if isinstance(notice, StrangersSettled)]
    return told.adopted, told.left, told.traded


def test_an_order_that_is_exactly_what_one_level_asks_for_becomes_its_order() -> None:
    stranger = a_stranger()
    waiting = a_grid(a_level(wait=Wait.MONEY, wait_since=NOW))

    done = adopting(halted(waiting, strangers=(stranger,)))

    assert counted(done) == (1, 0, 0)
    order = the_grid(done).orders[ClientId(stranger.client_id or 0)]
    assert (order.status, order.order_id, order.level) == (OrderStatus.OPEN, "ex-500", LevelId(1))
    assert not order.filled
    level = the_grid(done).levels[LevelId(1)]
    assert (level.order, level.wait) == (order.client_id, None)
    assert not done.actions
    account = done.account
    assert (account.block, account.next_id, account.halt) == (BLOCK + 1, 1, None)
    assert not account.strangers
    assert not account.foreign


@pytest.mark.parametrize(
    "odd",
    [
        {"is_conditional": True, "quantity": D("0.02")},
        {"is_conditional": True, "quantity": D(0)},
        {"is_conditional": False, "quantity": D(0)},
    ],
)
def test_an_order_that_waits_for_a_trigger_or_says_no_quantity_is_never_a_levels(odd: dict[str, Any]) -> None:
    """A level that has coins too few to ask for anything wants as little as an order that names none."""
    dust = a_grid(
        a_level(initial=Side.SELL, side=Side.SELL), lots={LevelId(1): Lot(quantity=D("0.00001"), cost=D("0.02"))}
    )
    for grid in (dust, a_grid(a_level())):
        level = grid.levels[LevelId(1)]
        stranger = replace(a_stranger(), side=level.side, price=level.price, **odd)

        assert counted(adopting(halted(grid, strangers=(stranger,)))) == (0, 1, 0)


def test_fills_of_an_adopted_order_belong_to_its_grid() -> None:
    stranger = a_stranger()
    adopted = adopting(halted(strangers=(stranger,)))
    [order] = the_grid(adopted).orders.values()

    done = step(adopted.account, ev.Filled(at=NOW + 9, fill=a_fill(order)))

    assert [entry.grid_id for entry in done.entries] == [1]  # type: ignore[union-attr]  # a fill
    assert any(isinstance(notice, FillTold) for notice in done.notices)
    assert the_grid(done).levels[LevelId(1)].side is Side.SELL
    assert the_grid(done).coins == the_grid(done).books.coins > 0


def test_a_sale_is_adopted_with_the_residue_that_it_takes_along() -> None:
    lots = {LevelId(1): LOT, RESIDUE: Lot(quantity=D("0.00015"), cost=D("0.3"))}
    grid = a_grid(a_level(side=Side.SELL), lots=lots)
    stranger = a_stranger(side=Side.SELL, price=D(2030), quantity=D("0.0201"))

    done = adopting(halted(grid, strangers=(stranger,)))

    assert counted(done) == (1, 0, 0)
    assert the_grid(done).lots == {LevelId(1): Lot(quantity=D("0.02013"), cost=D("40.3"))}


@pytest.mark.parametrize(
    "differing",
    [
        {"price": D(2021)},
        {"side": Side.SELL},
        {"quantity": D("0.0199")},
        {"symbol": "SOL_USDC"},
        {"price": None},
        {"client_id": None},
        {"client_id": ClientId((BLOCK + 2) * BLOCK_SIZE + 500)},
        {"client_id": ClientId((BLOCK - 3) * BLOCK_SIZE + 500)},
    ],
)
def test_what_fits_no_level_exactly_is_left_alone(differing: dict[str, Any]) -> None:
    done = adopting(halted(strangers=(a_stranger(**differing),), earlier=(BLOCK - 3,)))

    assert counted(done) == (0, 1, 0)
    assert not the_grid(done).orders
    assert not done.actions
    assert done.account.foreign, "it is still seen"


def test_an_id_that_this_database_gave_out_may_stand_for_another_order_and_is_left_alone() -> None:
    stranger = a_stranger(99)

    assert counted(adopting(halted(strangers=(stranger,), next_id=100))) == (0, 1, 0)
    assert counted(adopting(halted(strangers=(stranger,), next_id=99))) == (1, 0, 0)


def test_an_order_of_a_later_database_that_had_gone_on_to_the_next_block_is_adopted() -> None:
    stranger = a_stranger(client_id=ClientId((BLOCK + 1) * BLOCK_SIZE + 500))

    done = adopting(halted(strangers=(stranger,), earlier=(BLOCK - 3,)))

    assert counted(done) == (1, 0, 0)
    assert done.account.earlier == (), "what is left there is somebody else's"


@pytest.mark.parametrize(
    "grid",
    [
        a_grid(a_level(order=an_order().client_id), orders=(an_order(),)),
        a_grid(a_level(), phase=Phase.STOPPED),
        a_grid(a_level(), phase=Phase.PARKED),
        replace(a_grid(a_level()), spec=replace(a_grid(a_level()).spec, max_position=D(10))),
    ],
    ids=["has an order", "stopped", "parked", "would exceed its maximum position"],
)
def test_a_level_that_would_ask_for_no_order_adopts_none(grid: Grid) -> None:
    assert counted(adopting(halted(grid, strangers=(a_stranger(),)))) == (0, 1, 0)


def test_a_sale_of_coins_that_the_account_lacks_by_the_books_is_not_adopted() -> None:
    grid = a_grid(a_level(side=Side.SELL), lots={LevelId(1): LOT})
    stranger = a_stranger(side=Side.SELL, price=D(2030), quantity=D("0.0199"))

    assert counted(adopting(halted(grid, strangers=(stranger,)))) == (1, 0, 0)
    assert counted(adopting(halted(grid, strangers=(stranger,), expected={USDC: D(1)}))) == (0, 1, 0)


def test_what_fits_two_levels_is_left_alone() -> None:
    twin = replace(a_grid(a_level()), id=GridId(2))

    assert counted(adopting(halted(a_grid(a_level()), twin, strangers=(a_stranger(),)))) == (0, 1, 0)


@pytest.mark.parametrize(
    "other", [a_stranger(501), a_stranger(500, price=D(1700), order_id="another")], ids=["one wish", "one id"]
)
def test_of_two_that_can_not_be_told_apart_none_is_adopted(other: OpenOrder) -> None:
    assert counted(adopting(halted(strangers=(a_stranger(), other)))) == (0, 2, 0)


def test_what_has_traded_is_not_adopted_and_is_counted() -> None:
    """A fill that was booked as somebody else's can't be given to the grid afterwards."""
    assert counted(adopting(halted(strangers=(a_stranger(executed=D("0.01")),)))) == (0, 1, 1)

    stranger = a_stranger()
    fill = a_fill(an_order(500, price=D(2020)), quantity=D("0.01"))
    booked = step(halted(strangers=(stranger,)), ev.Filled(at=NOW, fill=fill))
    read_before = step(booked.account, ev.StrangersFound(at=NOW + 1, orders=(stranger,), fills=0))

    assert counted(adopting(read_before.account)) == (0, 1, 1)


def test_trades_of_people_whose_ids_are_no_business_of_ours_are_not_kept() -> None:
    fill = replace(a_fill(an_order()), client_id=ClientId(17))

    assert not step(an_account(a_grid()), ev.Filled(at=NOW, fill=fill)).account.strangers_traded


def test_those_that_are_left_can_be_cancelled_with_the_same_word() -> None:
    fits, other = a_stranger(), a_stranger(501, price=D(1700))

    done = adopting(halted(strangers=(fits, other)), cancel=True)

    assert counted(done) == (1, 1, 0)
    assert done.actions == (ev.Cancel(symbol=other.symbol, client_id=None, order_id=other.order_id),)


def test_a_paused_grid_adopts_its_order_and_takes_it_off_the_book() -> None:
    stranger = a_stranger()

    done = adopting(halted(a_grid(a_level(), phase=Phase.PAUSED), strangers=(stranger,)))

    assert counted(done) == (1, 0, 0)
    assert [action.order_id for action in done.actions if isinstance(action, ev.Cancel)] == [stranger.order_id]


def test_an_order_that_resurfaces_is_told_once_and_cancelled_until_it_is_gone() -> None:
    over = an_order(5, status=OrderStatus.CANCELLED)
    found = an_open_order(over, executed=D("0.005"))
    seen = ev.Resurfaced(at=NOW, found=found, order=over)
    done = step(an_account(a_grid()), seen)
    [told] = done.notices
    assert isinstance(told, OrderResurfaced)
    assert (told.price, told.quantity, told.executed) == (D(2100), D("0.015"), D("0.005"))

    soon = step(done.account, replace(seen, at=NOW + RECANCEL_AFTER - 1))
    later = step(soon.account, replace(seen, at=NOW + RECANCEL_AFTER))
    another = step(later.account, replace(seen, at=NOW + RECANCEL_AFTER, found=replace(found, order_id="ex-6")))

    assert (len(done.actions), len(soon.actions), len(later.actions), len(another.actions)) == (1, 0, 1, 1)
    assert not soon.notices
    assert not later.notices
    assert len(another.notices) == 1
