"""Facts about the account: balances open the ledger, fees, days, interruptions, the restart report, leaving."""

from dataclasses import replace
from decimal import Decimal

import pytest

from strategy.account.readings import shown_by
from strategy.messages import events as ev
from strategy.messages.fees import FeesChanged
from strategy.messages.notices import MovementSeen, Trouble
from strategy.messages.reports import CameBack, Report
from strategy.model.account import MOST_EARLIER, Account, Day, Offset
from strategy.model.grid import Phase
from strategy.model.ledger import Movement, MovementKind, flow_of, fold_balances
from strategy.model.limits import Limits
from strategy.model.market import Asset, Balance, BookState, Fees, Side
from strategy.model.orders import GridId, LevelId, OrderStatus
from strategy.reconcile.recovery import as_known
from strategy.step import step
from tests.builders import (
    BLOCK,
    ETH,
    ETH_USDC,
    FEES,
    NOW,
    USDC,
    a_fill,
    a_grid,
    a_level,
    a_market,
    a_spec,
    a_touch,
    an_account,
    an_order,
)
from tests.world import World, the_brief_world

POINTS = Asset("POINTS")


def test_the_first_balances_open_the_ledger_and_later_ones_do_not() -> None:
    balances = {USDC: Balance(available=Decimal(5), locked=Decimal(2), lent=Decimal(3)), ETH: Balance()}
    first = step(Account(name="main", block=BLOCK), ev.BalancesRead(at=NOW, asked_at=NOW, balances=balances))
    again = step(first.account, ev.BalancesRead(at=NOW, asked_at=NOW, balances={}))

    assert [(entry.key, entry.amount) for entry in first.entries if isinstance(entry, Movement)] == [
        ("opening:USDC", Decimal(10)),
        ("opening:ETH", Decimal(0)),
    ]
    assert not again.entries
    assert again.account.expected == {USDC: Decimal(10), ETH: Decimal(0)}


def test_news_of_one_balance_leaves_what_is_lent_as_it_was() -> None:
    told = ev.BalanceTold(at=NOW, asset=USDC, balance=Balance(available=Decimal(7)))
    known = {USDC: Balance(available=Decimal(5), lent=Decimal(3)), ETH: Balance(available=Decimal(1))}

    done = step(an_account(balances=known), told)
    assert done.account.balances == {**known, USDC: Balance(available=Decimal(7), lent=Decimal(3))}
    new = step(an_account(balances={ETH: Balance()}), told)
    assert new.account.balances[USDC] == Balance(available=Decimal(7))
    assert step(an_account(balances={}), told).account.balances == {}


@pytest.mark.parametrize("kind", list(MovementKind))
def test_what_moves_is_booked_and_told_except_for_what_comes_every_hour(kind: MovementKind) -> None:
    movement = Movement(at=NOW, key="deposit:1", kind=kind, asset=ETH, amount=Decimal(2))
    done = step(an_account(), ev.Moved(at=NOW, movement=movement))

    assert done.entries == (movement,)
    assert done.account.expected[ETH] == 2
    silent = kind in (MovementKind.INTEREST, MovementKind.SETTLEMENT)
    assert [type(notice) for notice in done.notices] == [] if silent else [MovementSeen]


def test_a_fill_moves_both_balances_and_its_fee_comes_out_of_what_is_received() -> None:
    buy = flow_of(a_fill(an_order(price=Decimal(2000), quantity=Decimal("0.5"))), ETH, USDC)
    sell = flow_of(a_fill(an_order(price=Decimal(2000), quantity=Decimal("0.5"), side=Side.SELL)), ETH, USDC)

    assert (buy.base, buy.quote, buy.fee_value) == (Decimal("0.4996"), Decimal(-1000), Decimal("0.8"))
    assert (sell.base, sell.quote, sell.fee_value) == (Decimal("-0.5"), Decimal("999.2"), Decimal("0.8"))


def test_a_fee_in_another_asset_is_taken_from_that_asset() -> None:
    world = the_brief_world()
    fill = a_fill(an_order(99), fee=Decimal(3), fee_asset=POINTS)
    done = step(world.account, ev.Filled(at=NOW, fill=fill))

    assert done.account.expected[POINTS] == -3
    assert fold_balances({POINTS: Decimal(5)}, done.entries[0])[POINTS] == 2


def test_fees_that_rose_are_told_with_the_grids_that_they_make_lose() -> None:
    world = the_brief_world()
    world.start(a_spec(out_want=Decimal("0.02")))
    world.charge(maker="0.002", taker="0.003")

    [told] = world.notices_of(FeesChanged)
    assert (told.maker, told.taker, told.losing) == (Decimal("0.002"), Decimal("0.003"), (GridId(1),))
    world.charge(maker="0.002", taker="0.003")
    assert len(world.notices_of(FeesChanged)) == 1


def test_other_fees_are_not_told_while_nothing_runs() -> None:
    dear = Fees(maker=Decimal("0.01"), taker=Decimal("0.01"))
    done = step(an_account(a_grid(phase=Phase.STOPPED)), ev.FeesRead(at=NOW, fees=dear))

    assert done.account.fees == dear
    assert not done.notices


def test_a_market_that_closes_stops_the_placing_and_one_that_opens_lets_it_go_on() -> None:
    world = the_brief_world()
    closed = {ETH_USDC: a_market(state=BookState.CLOSED)}
    world.tell(ev.MarketsRead(at=world.now, markets=closed))
    world.trade(1979)
    assert world.sell_prices == [Decimal("2028.08")]

    world.tell(ev.MarketsRead(at=world.now, markets={ETH_USDC: a_market()}))
    world.tick()

    assert world.sell_prices == [Decimal("1987.92"), Decimal("2028.08")]


def test_an_interruption_is_told_once_and_nothing_is_placed_until_its_end_is() -> None:
    world = the_brief_world()
    began = world.now
    for cause, text in (("unreachable", "a"), ("unreachable", "b"), ("maintenance", "c")):
        world.tell(ev.Interrupted(at=world.now, cause=cause, text=text))
        world.trade(1979)
    assert world.sell_prices == [Decimal("2028.08")]

    world.tell(ev.Restored(at=world.now))
    world.tell(ev.Restored(at=world.now + 5))

    assert world.sell_prices == [Decimal("1987.92"), Decimal("2028.08")]
    told = [(notice.cause, notice.over) for notice in world.notices_of(Trouble)]
    assert told == [("unreachable", False), ("maintenance", False), ("maintenance", True)]
    assert world.notices_of(Trouble)[-1].lasted == world.now - began - 1


def test_a_sign_of_life_writes_the_prices_down() -> None:
    account = an_account(marks={ETH_USDC: Decimal(1), a_market("SOL").symbol: Decimal(150)})
    done = step(account, ev.Noted(at=NOW + 7)).account

    assert done.marks == {ETH_USDC: Decimal("2039.99"), a_market("SOL").symbol: Decimal(150)}
    assert done.seen_at == NOW + 7


def test_prices_from_the_stream_judge_and_place_nothing() -> None:
    account = an_account(a_grid(spec=a_spec(stop_loss=Decimal(2050))))
    done = step(account, ev.Quoted(at=NOW, touches={ETH_USDC: a_touch(1000)}))

    assert done.account == replace(account, touches={ETH_USDC: a_touch(1000)})
    assert not done.actions


@pytest.mark.parametrize(
    ("side", "price", "later", "is_maker", "shown"),
    [
        (Side.BUY, 1999, 1, True, (1999, 2010)),
        (Side.BUY, 2000, 1, True, None),
        (Side.BUY, 2005, 1, True, None),
        (Side.BUY, 2011, 1, True, None),
        (Side.SELL, 2011, 1, True, (2000, 2011)),
        (Side.SELL, 2010, 1, True, None),
        (Side.SELL, 2005, 1, True, None),
        (Side.SELL, 1999, 1, True, None),
        (Side.BUY, 1999, 0, True, None),
        (Side.BUY, 1999, 1, False, None),
    ],
)
def test_a_fill_shows_where_the_market_was_only_beyond_the_price_that_is_known(
    *, side: Side, price: int, later: int, is_maker: bool, shown: tuple[int, int] | None
) -> None:
    """A resting order of ours that was met at the known price, or inside it, says nothing of where the others are."""
    touch = replace(a_touch(2010), bid=Decimal(2000))
    fill = replace(a_fill(an_order(side=side, price=Decimal(price)), at=NOW + later), is_maker=is_maker)

    found = shown_by(fill, touch)

    assert (None if found is None else (int(found.bid), int(found.ask))) == shown
    assert found is None or found.at == touch.at, "the price stays as old as it is: it is no second look"


def test_a_report_is_written_down_like_any_other_notice() -> None:
    report = Report(at=NOW, day="2026-11-22", grids=())

    assert step(an_account(), ev.Told(at=NOW, notice=report)).notices == (report,)


def test_a_fresh_block_of_ids_is_counted_from_its_beginning() -> None:
    done = step(an_account(), ev.BlockTaken(at=NOW, block=BLOCK + 1)).account

    assert (done.block, done.next_id, done.earlier) == (BLOCK + 1, 1, (BLOCK,))


def test_the_blocks_before_are_kept_as_far_as_ids_of_theirs_were_given_out() -> None:
    account = an_account(next_id=5)
    same = step(account, ev.BlockTaken(at=NOW, block=BLOCK, next_id=9)).account
    untouched = step(an_account(next_id=1), ev.BlockTaken(at=NOW, block=BLOCK + 1)).account
    for number in range(1, MOST_EARLIER + 3):
        account = replace(step(account, ev.BlockTaken(at=NOW, block=BLOCK + number)).account, next_id=2)

    assert (same.next_id, same.earlier) == (9, ())
    assert untouched.earlier == ()
    assert account.earlier == tuple(range(BLOCK + MOST_EARLIER + 1, BLOCK + 1, -1))


def test_the_restart_report_says_what_happened_meanwhile() -> None:
    world = the_brief_world()
    world.lose(request=False)
    world.trade(1979)
    world.die()
    world.venue.walk(ETH_USDC, Decimal(1939))
    world.restart(away=840_000)

    [told] = world.notices_of(CameBack)
    assert (told.away, told.fills, told.grids) == (840_000, 1, 1)
    assert told.balanced is True
    assert told.limbo == len(told.unclear)


def test_what_is_unclear_after_a_restart_is_named() -> None:
    doubted = an_order(status=OrderStatus.INTENDED, order_id=None, unknown_since=NOW - 9)
    missed = an_order(2, unknown_since=None, status=OrderStatus.CANCELLING)
    account = an_account(a_grid(orders=(doubted, missed)), touches={}, balances={}, ready=False)
    done = step(account, ev.Restarted(at=NOW, away=5))

    [told] = done.notices
    assert isinstance(told, CameBack)
    assert [(one.level, one.price, one.since) for one in told.unclear] == [(LevelId(1), doubted.price, NOW - 9)]
    assert told.balanced is None


def test_a_first_start_has_nothing_to_report() -> None:
    assert not step(an_account(a_grid(a_level())), ev.Restarted(at=NOW, away=0)).notices


@pytest.mark.parametrize(
    ("account", "quote"), [(an_account(), None), (an_account(a_grid(phase=Phase.STOPPED)), USDC)], ids=["new", "over"]
)
def test_a_restart_without_open_grids_is_reported_too(account: Account, quote: Asset | None) -> None:
    [told] = step(account, ev.Restarted(at=NOW, away=5)).notices
    assert isinstance(told, CameBack)
    assert (told.away, told.grids, told.placed, told.quote) == (5, 0, 0, quote)


def test_books_that_differ_are_reported_only_for_what_is_traded() -> None:
    grid = a_grid(phase=Phase.STOPPED)
    known = {USDC: Balance(available=Decimal(10_000)), POINTS: Balance(available=Decimal(3))}
    fine = an_account(grid, balances=known)
    wrong = replace(fine, balances={USDC: Balance(available=Decimal(9_999))})
    unread = replace(wrong, markets={})

    for account, balanced in ((fine, True), (wrong, False), (unread, False)):
        [told] = step(account, ev.Restarted(at=NOW, away=5, fills=1)).notices
        assert isinstance(told, CameBack)
        assert told.balanced is balanced


def test_on_leaving_the_prices_are_written_down_that_were_shown_last() -> None:
    """Until the next start, and for the terminal, coins are worth what they were then, not a minute before."""
    world = the_brief_world()
    world.tell(ev.Noted(at=world.now))
    world.trade(1979)
    bid = world.bid()
    world.tell(ev.Leaving(at=world.now, cancel=False))

    assert world.account.marks == {world.grid.spec.symbol: bid}


@pytest.mark.parametrize("cancel", [True, False])
def test_on_leaving_nothing_more_is_placed_and_orders_are_kept_or_cancelled(*, cancel: bool) -> None:
    world = the_brief_world()
    world.tell(ev.Leaving(at=world.now, cancel=cancel))
    assert len(world.held.open) == (0 if cancel else 3)

    world.trade(1979)
    assert world.sell_prices == ([] if cancel else [Decimal("2028.08")])
    world.restart()
    world.tick()

    assert len(world.held.open) == 3


def started(day: str, total: str, *, begins: int = NOW) -> ev.DayStarted:
    return ev.DayStarted(at=NOW, day=day, begins=begins, start={GridId(1): Decimal(total)})


def test_midnight_starts_the_day_anew_for_every_grid() -> None:
    done = step(an_account(a_grid(a_level())), started("2026-11-23", "39.99")).account

    start = {GridId(1): Decimal("39.99")}
    assert done.day == Day(date="2026-11-23", begins=NOW, start=start, since=start)
    ahead = (Offset(at=NOW, ahead=3_600_000),)
    later = step(done, replace(started("2026-11-24", "1"), offsets=ahead)).account.day
    assert later is not None
    assert later.offsets == ahead, "by which the owner's clock tells the time of day"


def test_a_day_that_begins_elsewhere_is_counted_from_there_and_a_resume_of_the_owners_stays() -> None:
    day = Day(date="2026-11-23", begins=1, start={GridId(1): Decimal(5)}, since={GridId(1): Decimal(5)}, reported=7)
    moved = step(an_account(a_grid(a_level()), day=day), started("2026-11-23", "3")).account.day
    assert moved == Day(
        date="2026-11-23", begins=NOW, start={GridId(1): Decimal(3)}, since={GridId(1): Decimal(3)}, reported=7
    )
    resumed = replace(day, since={GridId(1): Decimal(-20)}, resumed_at=NOW)
    for elsewhere in ("2026-11-23", "2026-11-22", "2026-11-24"):  # he may have travelled since
        kept = step(an_account(a_grid(a_level()), day=resumed), started(elsewhere, "3")).account.day
        assert kept is not None
        assert (kept.since, kept.resumed_at) == ({GridId(1): Decimal(-20)}, NOW)
    tomorrow = step(an_account(a_grid(a_level()), day=resumed), started("2026-11-24", "3", begins=NOW + 1)).account.day
    assert tomorrow is not None
    assert (tomorrow.since, tomorrow.resumed_at, tomorrow.reported) == ({GridId(1): Decimal(3)}, 0, 7)


def test_a_daily_report_is_written_down_once_with_the_moment_up_to_which_it_tells() -> None:
    due = ev.DayReported(at=NOW, report=Report(at=NOW, day="2026-11-22", grids=()), until=NOW)
    assert not step(an_account(), due).notices, "no day has begun"

    done = step(an_account(day=Day(date="2026-11-23")), due)
    assert done.notices == (due.report,)
    assert done.account.day is not None
    assert done.account.day.reported == NOW
    assert not step(done.account, due).notices


def test_without_fees_of_its_own_an_account_pays_the_first_tier() -> None:
    assert Account(name="main", block=BLOCK).fees == FEES
    assert World({a_market(): Decimal(2000)}).account.fees == FEES


def test_what_was_taken_back_from_lending_is_not_there_twice() -> None:
    thousand, less = Balance(lent=Decimal(1_000)), Balance(locked=Decimal(300))
    account = replace(an_account(balances={USDC: thousand}), limits=Limits(uses_lent=True))

    told = step(account, ev.BalanceTold(at=NOW, asset=USDC, balance=less)).account
    spent = step(told, ev.BalanceTold(at=NOW, asset=USDC, balance=Balance(locked=Decimal(100)))).account

    assert told.balances[USDC] == Balance(locked=Decimal(300), lent=Decimal(700))
    assert spent.balances[USDC].lent == 700


def test_balances_that_cannot_be_read_are_as_they_were_known_or_as_the_books_have_them() -> None:
    account = an_account(balances={USDC: Balance(available=Decimal(7))}, expected={ETH: Decimal(2), USDC: Decimal(9)})
    read = {Asset("SOL"): Balance(available=Decimal(1))}

    known = as_known(account, read, (USDC, ETH, Asset("BTC")))

    assert known == {**read, USDC: Balance(available=Decimal(7)), ETH: Balance(available=Decimal(2))}
