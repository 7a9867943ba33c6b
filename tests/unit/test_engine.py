"""What becomes of an order: accepted, refused, unknown, ended, filled, given up; and what a failed assertion does."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy import events as ev
from strategy.account import Account, Step
from strategy.booking import taken
from strategy.engine import EXPIRIES, FORGET_AFTER
from strategy.grid import RESIDUE, Grid, Level, Lot, Phase, Spacing, Wait
from strategy.ledger import FillEntry
from strategy.market import Asset, Side
from strategy.notices import FillTold, GridParked, LevelWaits
from strategy.orders import EndedOrder, GridId, LevelId, Order, OrderStatus, Purpose, Refusal
from strategy.step import step
from tests.builders import ETH, ETH_USDC, NOW, USDC, a_fill, a_grid, a_level, a_touch, an_account, an_order
from tests.world import a_world, the_brief_world

ONE = LevelId(1)
ORDER = an_order(status=OrderStatus.INTENDED, order_id=None, intended_at=NOW, changed_at=NOW)
COINS = {ONE: Lot(quantity=Decimal("0.02"), cost=Decimal(40))}


def one_level(order: Order = ORDER, lots: dict[LevelId, Lot] | None = None, **level: object) -> Account:
    """An account with one level and its order, and no price, so that nothing new is placed."""
    own = a_level(order=order.client_id, side=order.side, **level)
    return an_account(a_grid(own, orders=(order,), lots=lots or {}), touches={})


def the_grid(done: Step | Account) -> Grid:
    account = done.account if isinstance(done, Step) else done
    return account.grids[GridId(1)]


def the_level(done: Step | Account) -> Level:
    return the_grid(done).levels[ONE]


def over(order: Order, status: OrderStatus, executed: str = "0", reason: str | None = None) -> ev.OrderEnded:
    ended = EndedOrder(
        order_id="ex-1",
        client_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        status=status,
        executed=Decimal(executed),
        reason=reason,
    )
    return ev.OrderEnded(at=NOW, client_id=order.client_id, ended=ended)


def refusal(reason: Refusal, at: int = NOW) -> ev.OrderRefused:
    return ev.OrderRefused(at=at, client_id=ORDER.client_id, reason=reason, text="no")


def test_an_accepted_order_is_open_and_its_level_no_longer_waits() -> None:
    doubted = replace(ORDER, unknown_since=NOW)
    done = step(one_level(doubted, wait=Wait.LIMBO), ev.OrderAccepted(at=NOW, client_id=ORDER.client_id, order_id="ex-1"))
    known = the_grid(done).orders[ORDER.client_id]

    assert (known.status, known.order_id, known.unknown_since) == (OrderStatus.OPEN, "ex-1", None)
    assert the_level(done).wait is None


def test_a_late_answer_changes_nothing_of_an_order_that_is_over() -> None:
    gone = replace(ORDER, status=OrderStatus.CANCELLED)
    accepted = step(one_level(gone), ev.OrderAccepted(at=NOW, client_id=gone.client_id, order_id="ex-1"))
    refused = step(one_level(gone), refusal(Refusal.FUNDS))
    unknown = step(one_level(gone), ev.OrderUnknown(at=NOW, client_id=gone.client_id, text=""))
    ended = step(one_level(gone), over(gone, OrderStatus.EXPIRED))
    given_up = step(one_level(gone), ev.NeverArrived(at=NOW, client_id=gone.client_id))

    for done in (accepted, refused, unknown, ended, given_up):
        assert the_grid(done).orders[gone.client_id].status is OrderStatus.CANCELLED
        assert not done.notices


def test_what_happens_to_an_order_that_nobody_remembers_changes_nothing() -> None:
    account = an_account(a_grid())

    assert step(account, refusal(Refusal.FUNDS)).account == account


@pytest.mark.parametrize(
    ("reason", "wait", "told", "pause"),
    [
        (Refusal.POST_ONLY, Wait.TOUCH, False, 0),
        (Refusal.FUNDS, Wait.MONEY, True, 0),
        (Refusal.SELF_TRADE, Wait.CROSSING, False, 5_000),
        (Refusal.MARKET_STATE, Wait.MARKET, False, 0),
        (Refusal.PRICE_BAND, Wait.WINDOW, False, 30_000),
        (Refusal.ORDER_LIMIT, Wait.WINDOW, False, 30_000),
        (Refusal.PRICE, Wait.REFUSED, True, 0),
        (Refusal.QUANTITY, Wait.REFUSED, True, 0),
        (Refusal.OTHER, Wait.REFUSED, True, 0),
        (Refusal.RATE_LIMIT, None, False, 5_000),
        (Refusal.UNAVAILABLE, None, False, 2_000),
        (Refusal.KEY, None, False, 30_000),
        (Refusal.CLOCK, None, False, 5_000),
    ],
)
def test_each_refusal_has_its_consequence(reason: Refusal, wait: Wait | None, *, told: bool, pause: int) -> None:
    done = step(one_level(), refusal(reason))

    assert (the_level(done).order, the_level(done).wait) == (None, wait)
    assert the_grid(done).orders[ORDER.client_id].status is OrderStatus.REJECTED
    assert the_grid(done).retry_at == (NOW + pause if pause else 0)
    assert [type(notice) for notice in done.notices] == [LevelWaits] * told


@pytest.mark.parametrize("reason", list(Refusal))
def test_no_refusal_leads_to_the_same_order_at_once(reason: Refusal) -> None:
    account = replace(one_level(), touches={ETH_USDC: a_touch(2040, at=NOW - 1)})
    done = step(account, refusal(reason))

    assert not done.actions
    assert not step(done.account, ev.Tick(at=NOW, touches={})).actions


def test_the_same_refusal_again_is_not_told_again() -> None:
    done = step(one_level(wait=Wait.MONEY), refusal(Refusal.FUNDS))

    assert the_level(done).wait is Wait.MONEY
    assert not done.notices


@pytest.mark.parametrize("why", [*EXPIRIES, "Unknown", None])
def test_an_order_that_ends_without_a_fill_as_soon_as_it_came_was_refused(why: str | None) -> None:
    as_refusal = step(one_level(), refusal(EXPIRIES.get(why or "", Refusal.OTHER)))
    done = step(one_level(), over(ORDER, OrderStatus.EXPIRED, reason=why))

    assert the_level(done) == the_level(as_refusal)
    assert the_grid(done).retry_at == the_grid(as_refusal).retry_at
    assert [type(notice) for notice in done.notices] == [type(notice) for notice in as_refusal.notices]


def test_an_order_that_is_accepted_and_then_expires_counts_as_a_post_only_refusal() -> None:
    """The stream tells both: the count goes on, and after the third the level waits for the touch."""
    world = the_brief_world()
    world.venue.choices.post_only_expires = True
    for _ in range(6):
        world.venue.cancel_all("alice", ETH_USDC)
        with world.holding(sends=False, hears=True):
            world.tick()
            world.venue.walk(ETH_USDC, world.price - 3)
    tries = [order for order in world.journal.values() if order.status is OrderStatus.EXPIRED]

    assert max(level.refusals for level in world.grid.levels.values()) <= 3
    assert not world.notices_of(LevelWaits)
    assert len(tries) <= 3 * 6


def test_an_unknown_order_leaves_its_level_in_limbo_and_is_not_asked_again() -> None:
    account = replace(one_level(), touches={ETH_USDC: a_touch(2040)})
    first = step(account, ev.OrderUnknown(at=NOW, client_id=ORDER.client_id, text="no answer"))
    again = step(first.account, ev.OrderUnknown(at=NOW + 9, client_id=ORDER.client_id, text="no answer"))

    assert the_level(again).wait is Wait.LIMBO
    assert the_grid(again).orders[ORDER.client_id].unknown_since == NOW
    assert not first.actions
    assert not again.actions


def test_an_unknown_seed_has_no_level_to_leave_in_limbo() -> None:
    seed = replace(ORDER, purpose=Purpose.SEED, level=None)
    grid = a_grid(a_level(), orders=(seed,))
    done = step(an_account(grid, touches={}), ev.OrderUnknown(at=NOW, client_id=seed.client_id, text=""))

    assert the_grid(done).orders[seed.client_id].unknown_since == NOW


def test_a_cancelled_order_frees_its_level_which_goes_on_with_the_rest() -> None:
    part = replace(ORDER, status=OrderStatus.CANCELLING, filled=Decimal("0.005"))
    account = one_level(part, done=Decimal("0.005"), value=Decimal(10))
    done = step(replace(account, touches={ETH_USDC: a_touch(2040)}), over(part, OrderStatus.CANCELLED, "0.005"))

    [action] = done.actions
    assert isinstance(action, ev.Place)
    assert action.order.quantity == Decimal("0.015")


def test_a_level_waits_for_fills_that_were_reported_and_not_shown() -> None:
    done = step(one_level(), over(ORDER, OrderStatus.CANCELLED, "0.005"))
    assert (the_level(done).wait, the_level(done).order) == (Wait.FILLS, ORDER.client_id)

    booked = step(done.account, ev.Filled(at=NOW, fill=a_fill(ORDER, quantity=Decimal("0.005"))))

    assert (the_level(booked).wait, the_level(booked).order) == (None, None)
    assert the_level(booked).done == Decimal("0.005")


def test_the_fills_of_an_order_without_a_level_are_waited_for_too() -> None:
    seed = replace(ORDER, purpose=Purpose.SEED, level=None)
    account = an_account(a_grid(a_level(), orders=(seed,)), touches={})
    done = step(account, over(seed, OrderStatus.CANCELLED, "0.005"))

    assert not the_grid(done).orders[seed.client_id].is_settled


def test_a_cancel_that_failed_is_waited_for_and_an_unsent_one_is_forgotten() -> None:
    cancelling = replace(ORDER, status=OrderStatus.CANCELLING)
    failed = ev.CancelFailed(at=NOW + 5, client_id=ORDER.client_id, text="not found")

    assert the_grid(step(one_level(cancelling), failed)).orders[ORDER.client_id].changed_at == NOW + 5
    assert the_grid(step(one_level(), failed)).orders[ORDER.client_id] == ORDER


def test_an_order_that_never_arrived_frees_its_level() -> None:
    done = step(one_level(), ev.NeverArrived(at=NOW, client_id=ORDER.client_id))

    assert (the_level(done).order, the_grid(done).orders[ORDER.client_id].status) == (None, OrderStatus.REJECTED)


def test_a_buy_is_complete_when_what_is_left_is_too_small() -> None:
    order = replace(ORDER, quantity=Decimal("0.00205"))
    done = step(one_level(order, quantity=Decimal("0.00205")), ev.Filled(at=NOW, fill=a_fill(order, quantity=Decimal("0.00195"))))
    assert the_level(done).side is Side.BUY

    ended = step(done.account, over(order, OrderStatus.CANCELLED, "0.00195"))

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


def test_a_line_grid_sells_at_its_line_and_an_interval_grid_above_what_it_really_paid() -> None:
    fill = a_fill(ORDER, price=Decimal(2015))
    interval = one_level()
    grid = the_grid(interval)
    spec = replace(grid.spec, spacing=Spacing.ARITHMETIC, out_want=None)
    lines = replace(interval, grids={grid.id: replace(grid, spec=spec)})

    assert the_level(step(lines, ev.Filled(at=NOW, fill=fill))).sell_price == 2030
    assert the_level(step(interval, ev.Filled(at=NOW, fill=fill))).sell_price == Decimal("2028.08")
    dearer = a_fill(ORDER, price=Decimal(2025))
    assert the_level(step(interval, ev.Filled(at=NOW, fill=dearer))).sell_price == Decimal("2033.10")


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
        a_fill(ORDER, client_id=None, symbol="XRP_EUR", fee_asset=Asset("XRP")),
    ],
)
def test_a_fill_that_is_not_ours_changes_the_account_but_no_grid(strange: object) -> None:
    account = one_level()
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

    assert (left, cost) == ({RESIDUE: Lot(quantity=Decimal("0.0005"), cost=Decimal(1))}, Decimal(41))


def test_coins_are_taken_from_the_residue_first_where_no_level_sells() -> None:
    lots = {**COINS, RESIDUE: Lot(quantity=Decimal("0.001"), cost=Decimal(2))}
    left, cost = taken(a_grid(lots=lots), None, Decimal("0.0110"))

    assert (left, cost) == ({ONE: Lot(quantity=Decimal("0.01"), cost=Decimal(20))}, Decimal(22))


def test_a_failed_assertion_parks_the_grid_and_leaves_the_fill_in_the_ledger() -> None:
    """More coins were sold than the grid held: it places nothing any more, and the other grid goes on."""
    order = replace(ORDER, side=Side.SELL, status=OrderStatus.OPEN)
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
    assert done.account.expected[ETH] == -order.quantity
    assert the_grid(done).orders[order.client_id].status is OrderStatus.FILLED
    assert the_grid(done).lots == the_grid(account).lots

    again = step(done.account, ev.Filled(at=NOW, fill=a_fill(order)))
    assert not again.entries
    ticked = step(done.account, ev.Tick(at=NOW, touches={}))
    assert {action.order.grid_id for action in ticked.actions if isinstance(action, ev.Place)} == {other.id}


def test_a_parked_grid_is_told_once() -> None:
    order = replace(ORDER, side=Side.SELL, status=OrderStatus.OPEN)
    parked = step(one_level(order), ev.Filled(at=NOW, fill=a_fill(order, quantity=Decimal("0.01"))))
    again = step(parked.account, ev.Filled(at=NOW, fill=a_fill(order, 2, quantity=Decimal("0.01"))))

    assert [type(notice) for notice in parked.notices] == [GridParked]
    assert not again.notices
    assert len(again.entries) == 1


def test_an_order_filled_beyond_its_quantity_parks_its_grid() -> None:
    done = step(one_level(), ev.Filled(at=NOW, fill=a_fill(ORDER, quantity=Decimal("0.03"))))

    assert the_grid(done).phase is Phase.PARKED


def test_an_order_that_is_over_is_forgotten_after_a_while_but_not_while_fills_are_missing() -> None:
    settled = an_order(1, status=OrderStatus.CANCELLED, changed_at=NOW)
    missing = an_order(2, status=OrderStatus.CANCELLED, changed_at=NOW, executed=Decimal("0.01"))
    account = an_account(a_grid(orders=(settled, missing)), touches={})

    kept = step(account, ev.Tick(at=NOW + FORGET_AFTER - 1, touches={}))
    gone = step(account, ev.Tick(at=NOW + FORGET_AFTER, touches={}))

    assert list(the_grid(kept).orders) == [settled.client_id, missing.client_id]
    assert list(the_grid(gone).orders) == [missing.client_id]


def test_a_refused_order_that_its_level_has_given_up_is_nobodys() -> None:
    account = one_level()
    grid = the_grid(account)
    moved_on = replace(account, grids={grid.id: replace(grid, levels={ONE: a_level(order=None)})})

    done = step(moved_on, refusal(Refusal.POST_ONLY))

    assert the_level(done).refusals == 0


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
