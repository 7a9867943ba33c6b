"""What becomes of an order: accepted, refused, unknown, ended, given up, forgotten."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.grid.order_events import FORGET_AFTER
from strategy.messages import events as ev
from strategy.messages.notices import LevelWaits
from strategy.model.levels import Wait
from strategy.model.orders import OrderStatus, Purpose, Refusal
from strategy.step import step
from tests.builders import ETH_USDC, NOW, a_fill, a_grid, a_level, a_touch, an_account, an_order
from tests.unit.one_level import ONE, ORDER, one_level, over, refusal, the_grid, the_level
from tests.world import the_brief_world


def test_an_accepted_order_is_open_and_its_level_no_longer_waits() -> None:
    doubted = replace(ORDER, unknown_since=NOW)
    accepted = ev.OrderAccepted(at=NOW, client_id=ORDER.client_id, order_id="ex-1")
    done = step(one_level(doubted, wait=Wait.LIMBO), accepted)
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
        (Refusal.SELF_TRADE, Wait.CROSSING, False, 0),
        (Refusal.MARKET_STATE, Wait.MARKET, False, 0),
        (Refusal.PRICE_BAND, Wait.WINDOW, False, 0),
        (Refusal.ORDER_LIMIT, Wait.WINDOW, False, 0),
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


@pytest.mark.parametrize("why", list(Refusal))
def test_an_order_that_ends_without_a_fill_as_soon_as_it_came_was_refused(why: Refusal) -> None:
    as_refusal = step(one_level(), refusal(why))
    done = step(one_level(), over(ORDER, OrderStatus.EXPIRED, refused=why))

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
    account = one_level(part, done=Decimal("0.005"), value=Decimal(10), refusals=2)
    done = step(replace(account, touches={ETH_USDC: a_touch(2040)}), over(part, OrderStatus.CANCELLED, "0.005"))

    [action] = done.actions
    assert isinstance(action, ev.Place)
    assert action.order.quantity == Decimal("0.015")
    assert the_level(done).refusals == 0


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

    assert the_grid(step(one_level(cancelling), failed)).orders[ORDER.client_id].cancelled_at == NOW + 5
    assert the_grid(step(one_level(), failed)).orders[ORDER.client_id] == ORDER


def test_an_order_that_never_arrived_frees_its_level() -> None:
    done = step(one_level(), ev.NeverArrived(at=NOW, client_id=ORDER.client_id))

    assert (the_level(done).order, the_grid(done).orders[ORDER.client_id].status) == (None, OrderStatus.REJECTED)


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
