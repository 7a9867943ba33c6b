"""Reconciliation: what follows from facts that were fetched, and when an order is given up."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from strategy.messages import events as ev
from strategy.messages.commands import StopGrid
from strategy.messages.notices import GridParked
from strategy.model.account import Account
from strategy.model.grid import Phase
from strategy.model.ledger import FillEntry
from strategy.model.levels import Lot, Wait
from strategy.model.market import Asset, Balance, Side
from strategy.model.orders import ClientId, EndedOrder, GridId, LevelId, Order, OrderStatus, Refusal, Unread
from strategy.reconcile.recovery import (
    MARGIN,
    SENT_WITHIN,
    WINDOW,
    Witnesses,
    accepted_orders,
    accounts_for,
    differences,
    doubtful,
    find,
    in_limbo,
    never_arrived,
    not_ours,
    overdue,
    same,
    unclear,
    vanished,
    waiting_for_fills,
)
from strategy.step import step
from tests.builders import (
    ETH,
    NOW,
    USDC,
    a_fill,
    a_grid,
    a_level,
    a_market,
    a_spec,
    an_account,
    an_open_order,
    an_order,
)
from tests.promises.core import assert_complete, assert_promises
from tests.venue import KEY
from tests.world import World, the_brief_world

DOUBTED = an_order(status=OrderStatus.INTENDED, order_id=None, intended_at=NOW, changed_at=NOW, unknown_since=NOW)
LATE = NOW + SENT_WITHIN + WINDOW + MARGIN + 1


def with_orders(*orders: Order, **fields: Any) -> Account:
    level = a_level(order=orders[0].client_id if orders else None)
    return an_account(a_grid(level, orders=orders), touches={}, **fields)


def read(*orders: Any, asked_at: int = NOW) -> ev.OpenOrdersRead:
    return ev.OpenOrdersRead(at=NOW, asked_at=asked_at, orders=orders)


@pytest.mark.parametrize(
    ("row", "may_be"),
    [
        ({}, True),
        ({"order_id": "1"}, True),
        ({"order_id": "1", "client_id": 77}, True),
        ({"order_id": "2"}, False),
        ({"order_id": "2", "client_id": 1}, False),
        ({"client_id": 1}, True),
        ({"client_id": 77}, False),
    ],
)
def test_an_order_has_not_vanished_while_a_row_that_can_not_be_read_may_be_its(
    row: dict[str, Any], may_be: bool
) -> None:
    order = an_order(client_id=ClientId(1), order_id="1", changed_at=NOW)
    seen = ev.OpenOrdersRead(at=NOW, asked_at=NOW + 1, orders=(), unread=(Unread(text="", **row),))

    assert vanished(with_orders(order), seen) == (() if may_be else (order,))


def test_nothing_is_given_up_while_a_witness_was_not_understood() -> None:
    theirs = Unread(text="", order_id="9", client_id=ClientId(77))

    assert never_arrived(with_orders(DOUBTED), DOUBTED, witnesses(unread=[theirs]))
    assert not never_arrived(with_orders(DOUBTED), DOUBTED, witnesses(unread=[Unread(text="", order_id="9")]))


def test_an_intent_that_rests_did_arrive() -> None:
    done = step(with_orders(DOUBTED), read(an_open_order(DOUBTED, order_id="ex-5")))
    known = done.account.grids[GridId(1)].orders[DOUBTED.client_id]

    assert (known.status, known.order_id, known.unknown_since) == (OrderStatus.OPEN, "ex-5", None)
    assert not done.account.foreign


def test_an_order_that_was_missed_and_rests_after_all_is_no_longer_in_doubt() -> None:
    missed = an_order(unknown_since=NOW)

    [found] = accepted_orders(with_orders(missed), read(an_open_order(missed)))
    assert found.client_id == missed.client_id
    settled = an_order(unknown_since=NOW, status=OrderStatus.CANCELLED)
    assert not list(accepted_orders(with_orders(settled), read(an_open_order(settled))))
    assert not list(accepted_orders(with_orders(an_order()), read(an_open_order(an_order()))))


@pytest.mark.parametrize(
    "other", [{"price": Decimal(1)}, {"side": Side.SELL}, {"symbol": "SOL_USDC"}, {"client_id": None}, {"client_id": 9}]
)
def test_ours_means_more_than_an_id(other: dict[str, Any]) -> None:
    shown = an_open_order(DOUBTED, **other)
    account = with_orders(DOUBTED)

    assert not list(accepted_orders(account, read(shown)))
    assert not_ours(account, [shown]) == (shown,)
    assert same(DOUBTED, an_open_order(DOUBTED))


def test_what_we_sent_after_the_question_was_put_has_not_vanished() -> None:
    order = an_order(changed_at=NOW)
    account = with_orders(order)

    assert vanished(account, read(asked_at=NOW)) == ()
    assert vanished(account, read(asked_at=NOW + 1)) == (order,)
    assert vanished(account, read(an_open_order(order), asked_at=NOW + 1)) == ()
    assert vanished(account, read(an_open_order(order, client_id=None), asked_at=NOW + 1)) == ()
    assert vanished(with_orders(DOUBTED), read(asked_at=NOW + 1)) == ()


def test_what_is_in_doubt_can_be_listed() -> None:
    missed = an_order(2, unknown_since=NOW)
    ended = an_order(3, status=OrderStatus.CANCELLED, executed=Decimal("0.01"))
    account = with_orders(DOUBTED, missed, ended, an_order(4))

    assert in_limbo(account) == (DOUBTED,)
    assert unclear(account) == (DOUBTED, missed)
    assert waiting_for_fills(account) == (ended,)
    assert doubtful(account) == (DOUBTED, missed, ended)


def test_only_what_is_in_memory_is_found() -> None:
    account = with_orders(DOUBTED)

    assert find(account, DOUBTED.client_id) == DOUBTED
    assert find(account, ClientId(1)) is None
    assert find(account, None) is None


def test_an_intent_is_overdue_when_it_can_no_longer_arrive() -> None:
    assert not overdue(DOUBTED, LATE - 1)
    assert overdue(DOUBTED, LATE)


def witnesses(**known: Any) -> Witnesses:
    nothing: dict[str, Any] = {
        "asked_at": LATE,
        "open_orders": (),
        "history": (),
        "fills": frozenset(),
        "balances": {USDC: Balance(available=Decimal(10_000))},
    }
    return Witnesses(**(nothing | known))


def test_an_order_is_given_up_when_every_witness_agrees() -> None:
    account = with_orders(DOUBTED)
    verdict = never_arrived(account, DOUBTED, witnesses())

    assert verdict is not None
    done = step(account, verdict).account.grids[GridId(1)]
    assert (done.levels[LevelId(1)].order, done.levels[LevelId(1)].wait) == (None, None)


ENDED = EndedOrder(
    order_id="ex-1",
    client_id=DOUBTED.client_id,
    symbol=DOUBTED.symbol,
    side=DOUBTED.side,
    status=OrderStatus.CANCELLED,
    executed=Decimal(0),
)


@pytest.mark.parametrize(
    "known",
    [
        {"asked_at": LATE - 1},
        {"open_orders": (an_open_order(DOUBTED),)},
        {"history": (ENDED,)},
        {"history": (an_open_order(DOUBTED),)},
        {"fills": frozenset({DOUBTED.client_id})},
        {"balances": {USDC: Balance(available=Decimal(9_950)), ETH: Balance(available=Decimal("0.02"))}},
        {"balances": {}},
    ],
)
def test_one_witness_that_knows_more_keeps_an_order_in_limbo(known: dict[str, Any]) -> None:
    assert never_arrived(with_orders(DOUBTED), DOUBTED, witnesses(**known)) is None


@pytest.mark.parametrize(
    ("held", "settles", "gone"),
    [
        ({USDC: "9950"}, False, False),
        ({USDC: "9950"}, True, True),
        ({USDC: "9950", ETH: "0.02"}, True, False),
    ],
)
def test_where_perpetuals_move_the_quote_the_coins_alone_tell_whether_an_order_arrived(
    *, held: dict[Asset, str], settles: bool, gone: bool
) -> None:
    balances = {asset: Balance(available=Decimal(amount)) for asset, amount in held.items()}
    verdict = never_arrived(with_orders(DOUBTED), DOUBTED, witnesses(balances=balances, settles=settles))
    assert (verdict is not None) is gone


def test_an_order_that_is_known_to_rest_is_never_given_up() -> None:
    assert never_arrived(with_orders(an_order()), an_order(intended_at=0), witnesses()) is None


def test_the_balances_are_compared_to_the_last_digit() -> None:
    account = an_account(expected={USDC: Decimal(10), ETH: Decimal(1)})
    quote = Balance(available=Decimal(6), locked=Decimal(3), lent=Decimal(1))
    held = {USDC: quote, ETH: Balance(locked=Decimal("1.1"))}

    assert differences(account, held) == {ETH: Decimal("0.1")}
    assert differences(account, held, (USDC,)) == {}
    assert differences(account, {**held, Asset("XRP"): Balance(available=Decimal(5))})[Asset("XRP")] == 5
    assert differences(account, {}) == {USDC: Decimal(-10), ETH: Decimal(-1)}


@pytest.mark.parametrize("seconds", [3, 5, 60])
def test_an_order_that_vanished_is_noticed_although_each_tick_asks_for_its_end_again(seconds: int) -> None:
    """With ticks as far apart as cancels are repeated, the asking itself once made the order look just known."""
    world = the_brief_world()
    world.stream = False
    gone = next(order for order in world.held.open.values())
    world.venue.cancel(KEY, world.symbol, order_id=gone.id)
    world.ask(StopGrid, grid_id=world.grid.id)

    for _ in range(3):
        world.now += seconds * 1000
        world.read()

    assert world.phase() is Phase.STOPPED
    assert_complete(world)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("request_lost", [False, True])
def test_an_order_whose_answer_was_lost_is_found_or_asked_for_again(*, stream: bool, request_lost: bool) -> None:
    world = the_brief_world()
    world.stream = stream
    world.lose(request=request_lost, times=2)
    world.trade(1979)
    lost = [order for order in world.journal.values() if order.unknown_since is not None]
    assert all(world.grid.levels[order.level].wait is Wait.LIMBO for order in lost if order.level)

    world.tick(25)

    assert_promises(world)
    assert_complete(world)
    sells = [order for order in world.journal.values() if order.level == LevelId(2) and order.side is Side.SELL]
    assert len(sells) == (3 if request_lost else 1)


def test_an_order_that_was_filled_while_its_answer_was_lost_is_found_by_its_fill() -> None:
    world = World({a_market(): Decimal(2000)})
    world.stream = False
    world.lose(request=False)
    world.start(a_spec())
    world.walk(1979)
    world.tick(25)

    assert_complete(world)
    assert world.level(2).bought_at == 1980


def test_a_restart_loses_nothing() -> None:
    """The process dies with an order on its way, and the market trades while it is away."""
    world = the_brief_world()
    with world.holding(sends=False, hears=True):
        world.walk(1979)
        world.die()
    world.venue.walk(world.symbol, Decimal(1939))
    world.restart()
    world.tick(25)

    assert_promises(world)
    assert_complete(world)
    assert world.grid.books.bought > 100


def test_an_order_that_resurfaces_is_cancelled() -> None:
    """The journal says that it is over, and yet it rests: nobody wants it."""
    over = an_order(5, status=OrderStatus.CANCELLED)
    found = an_open_order(over)
    done = step(an_account(a_grid()), ev.Resurfaced(at=NOW, found=found, order=over))

    assert done.actions[0] == ev.Cancel(symbol=found.symbol, client_id=found.client_id, order_id=found.order_id)


def test_an_order_that_was_refused_trades_nothing_whoever_uses_its_id() -> None:
    sent = replace(DOUBTED, side=Side.BUY, unknown_since=None)
    no = ev.OrderRefused(at=NOW, client_id=sent.client_id, reason=Refusal.OTHER, text="no")
    account = step(with_orders(sent), no).account
    fill = a_fill(sent, order_id="theirs")

    done = step(account, ev.Filled(at=NOW, fill=fill))

    assert [entry.grid_id for entry in done.entries if isinstance(entry, FillEntry)] == [None]
    assert done.account.grids[GridId(1)].orders[sent.client_id].filled == 0


def test_coins_that_the_grid_does_not_hold_were_sold_by_somebody_else() -> None:
    """An order that was given up is known by our number alone, and so might be anybody's who uses it."""
    given_up = an_order(side=Side.SELL, status=OrderStatus.REJECTED, order_id=None)
    without = a_grid(a_level(), orders=(given_up,))
    held = replace(without, lots={LevelId(1): Lot(quantity=given_up.quantity, cost=Decimal(40))})

    for grid, grid_id in ((without, None), (held, GridId(1))):
        done = step(an_account(grid, touches={}), ev.Filled(at=NOW, fill=a_fill(given_up)))
        assert [entry.grid_id for entry in done.entries if isinstance(entry, FillEntry)] == [grid_id]
        assert not any(isinstance(notice, GridParked) for notice in done.notices)


def test_what_a_given_up_order_trades_that_resurfaces_is_its_grids() -> None:
    given_up = an_order(5, status=OrderStatus.REJECTED, order_id=None)
    found = an_open_order(given_up, order_id="ex-9")
    seen = step(with_orders(given_up), ev.Resurfaced(at=NOW, found=found, order=given_up))

    done = step(seen.account, ev.Filled(at=NOW, fill=a_fill(given_up, order_id="ex-9")))

    assert [entry.grid_id for entry in done.entries if isinstance(entry, FillEntry)] == [GridId(1)]
    again = step(done.account, ev.Resurfaced(at=NOW, found=found, order=given_up))
    assert again.account.grids == done.account.grids, "what it has traded is not forgotten for the journal's sake"
    forgotten = step(an_account(), ev.Resurfaced(at=NOW, found=found, order=given_up))
    assert not forgotten.account.grids


def test_foreign_orders_are_seen_and_never_touched() -> None:
    foreign = an_open_order(an_order(5), client_id=None, order_id="theirs")
    account = replace(with_orders(an_order()), touches={})
    done = step(account, read(foreign, an_open_order(an_order())))

    assert done.account.foreign == (foreign,)
    assert not done.actions


def test_an_order_accounts_for_what_rests_only_where_it_is_the_same() -> None:
    order = an_order()

    assert accounts_for(order, an_open_order(order))
    assert not accounts_for(None, an_open_order(order))
    assert not accounts_for(order, an_open_order(order, price=order.price + 1))
