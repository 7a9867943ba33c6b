"""The audit's judgement: books that balance, each cause of a difference by name, and damage that nothing explains."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange.paper import upkeep
from exchange.paper.records import NewOrder
from exchange.paper.rules import Choices
from exchange.paper.translation import movements
from strategy.audit.causes import Seen
from strategy.audit.findings import Audit, Cause, Fault
from strategy.audit.refold import Refold, verdict
from strategy.model.ledger import Entry, FillEntry, Movement, MovementKind
from strategy.model.market import Asset, Balance, Side, Symbol
from strategy.model.orders import Fill, GridId
from strategy.reconcile.recovery import LAG
from tests.builders import ETH, ETH_USDC, USDC, a_market, an_order, with_grid
from tests.road import finished
from tests.venue import KEY
from tests.world import World, a_world

D = Decimal
BTC = Asset("BTC")


def a_busy_world() -> World:
    """A grid that has bought, sold and kept some residue."""
    world = a_world(4, 1900, 2100)
    for price in (1930, 2010, 1960, 2080, 1990):
        world.trade(price)
    assert world.grid.books.round_trips
    return world


def audited(
    world: World,
    *,
    entries: Sequence[Entry] | None = None,
    fills: Sequence[Fill] | None = None,
    since_then: Sequence[tuple[str, str]] = (),
    **seen: Any,
) -> Audit:
    """The audit of a world, with anything in it replaced."""
    refold = Refold()
    refold.book(world.entries if entries is None else entries)
    refold.show(finished(world.exchange.fills(0)) if fills is None else fills)
    moved = [*finished(world.exchange.movements(0)), *finished(world.exchange.other_movements(0))]
    known: dict[str, Any] = {
        "at": world.now,
        "account": world.account,
        "opened_at": min(entry.at for entry in world.entries),
        "open_orders": finished(world.exchange.open_orders()),
        "balances": finished(world.exchange.balances()),
        "movements": moved,
        "markets": {ETH_USDC: a_market()},
    }
    return verdict(Seen(**(known | seen)), refold, since_then)


def causes(found: Audit, asset: Asset = USDC) -> dict[Cause, Decimal]:
    """The parts of an asset's difference, which add up to it."""
    one = next(one for one in found.assets if one.asset == asset)
    assert sum((part.amount for part in one.parts), D(0)) == one.difference
    return {part.cause: part.amount for part in one.parts}


def fills_of(world: World) -> list[Fill]:
    return list(finished(world.exchange.fills(0)))


def test_the_books_of_a_busy_grid_balance_and_its_total_is_its_parts() -> None:
    world = a_busy_world()

    found = audited(world)

    assert found.balanced
    assert found.agreed == found.booked == len(world.held.fills)
    assert (found.not_shown, found.not_booked, found.faults) == (0, 0, ())
    (grid,) = found.grids
    assert grid.total == grid.grid_profit + grid.floating
    assert grid.round_trips == world.grid.books.round_trips
    assert {one.asset: one.held for one in found.assets} == world.totals


def test_the_order_in_which_ledger_and_history_are_read_makes_no_difference() -> None:
    world = a_busy_world()
    backwards = Refold()
    backwards.show(fills_of(world))
    backwards.book(world.entries)

    assert backwards.agreed == len(world.held.fills)
    assert not backwards.here
    assert not backwards.there


@pytest.mark.parametrize(("amount", "cause"), [("250.5", Cause.DEPOSIT), ("-250.5", Cause.WITHDRAWAL)])
def test_money_that_moved_and_is_not_booked_yet_is_named(amount: str, cause: Cause) -> None:
    world = a_busy_world()
    world.now += 1
    upkeep.transfer(world.venue, KEY, USDC, D(amount))

    found = audited(world)

    assert causes(found) == {cause: D(amount)}
    assert not found.unexplained
    assert not found.balanced


def test_a_movement_that_is_booked_explains_nothing_any_more() -> None:
    world = a_busy_world()
    world.now += 1
    world.deposit(100)
    assert audited(world).balanced

    balances = dict(finished(world.exchange.balances()))
    balances[USDC] = replace(balances[USDC], available=balances[USDC].available + 100)
    assert causes(audited(world, balances=balances)) == {Cause.UNEXPLAINED: D(100)}, "as much once more is no deposit"


def test_a_withdrawal_that_was_turned_down_is_a_movement_that_is_shown_no_more() -> None:
    world = a_busy_world()
    gone = Movement(at=world.now, key="withdrawal:9", kind=MovementKind.WITHDRAWAL, asset=USDC, amount=D(-40))

    found = audited(world, entries=[*world.entries, gone], account=with_expected(world, USDC, D(-40)))

    assert causes(found) == {Cause.REVERSED: D(40)}
    assert not found.unexplained


def test_dust_interest_and_loans_are_named() -> None:
    world = a_busy_world()
    world.now += 1
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    upkeep.pay_interest(world.venue, KEY, USDC, D("0.0123"))
    loan = Movement(at=world.now, key="loan:1", kind=MovementKind.LOAN, asset=USDC, amount=D(7))
    moved = [*finished(world.exchange.other_movements(0)), loan]
    balances = dict(finished(world.exchange.balances()))
    balances[USDC] = replace(balances[USDC], available=balances[USDC].available + 7)

    found = audited(world, movements=moved, balances=balances)

    assert causes(found) == {Cause.INTEREST: D("0.0123"), Cause.LOAN: D(7)}


def test_a_loan_that_left_no_trace_in_the_balances_is_not_made_a_difference() -> None:
    world = a_busy_world()
    loan = Movement(at=world.now, key="loan:1", kind=MovementKind.LOAN, asset=USDC, amount=D(7))
    assert audited(world, movements=[loan]).balanced
    world.now += 1
    done = upkeep.transfer(world.venue, KEY, USDC, D(250))

    assert causes(audited(world, movements=[loan, *movements(done)])) == {Cause.DEPOSIT: D(250)}
    balances = {USDC: replace(world.account.balances[USDC], available=world.account.balances[USDC].available + 251)}
    held = dict(finished(world.exchange.balances())) | balances
    found = causes(audited(world, movements=[loan, *movements(done)], balances=held))
    assert Cause.LOAN not in found, "nor where nothing explains the rest"


def test_dust_that_was_converted_explains_both_assets() -> None:
    world = World({a_market(least="0.01"): D(2000)}, coins={ETH: D("0.004")})
    world.now += 1
    upkeep.convert_dust(world.venue, KEY)

    found = audited(world, markets={ETH_USDC: a_market()})

    assert causes(found, ETH) == {Cause.DUST: D("-0.004")}
    assert causes(found) == {Cause.DUST: D("0.004") * world.bid()}


def test_lent_and_staked_funds_are_no_difference() -> None:
    world = a_busy_world()
    upkeep.set_auto_lend(world.venue, KEY, on=True)
    balances = dict(finished(world.exchange.balances()))
    eth = balances[ETH]
    balances[ETH] = replace(eth, available=D(0), lent=D(0), staked=eth.available + eth.lent)

    assert audited(world, balances=balances).balanced


def test_the_owners_own_trade_is_foreign_and_fills_of_ours_are_ours() -> None:
    world = a_busy_world()
    world.stream = False
    world.now += 1
    world.venue.place(KEY, NewOrder(symbol=ETH_USDC, side=Side.BUY, quantity=D("0.5")))
    world.walk(1900)

    found = audited(world)

    assert set(causes(found)) == {Cause.FOREIGN, Cause.FILLS}
    assert set(causes(found, ETH)) == {Cause.FOREIGN, Cause.FILLS}
    assert found.not_booked >= 2
    assert not found.unexplained


def test_fills_after_the_balances_were_read_explain_nothing() -> None:
    world = a_busy_world()
    balances = finished(world.exchange.balances())
    world.stream = False
    world.now += 1
    world.walk(1900)

    found = audited(world, balances=balances)

    assert found.balanced
    assert not any(one.parts for one in found.assets)
    assert found.not_booked


def test_a_fill_that_was_booked_while_the_audit_read_is_no_finding() -> None:
    world = a_busy_world()
    before = list(world.entries)
    account = world.account
    world.now += 1
    world.walk(1900)
    new = [entry.fill.mark for entry in world.entries[len(before) :] if isinstance(entry, FillEntry)]
    assert new

    found = audited(world, entries=before, account=account, since_then=new)

    assert found.not_booked == 0
    assert set(causes(found)) == {Cause.FILLS}
    assert not found.unexplained


def test_a_fill_that_the_history_shows_late_is_within_what_its_order_may_have_traded() -> None:
    world = World({a_market(): D(2000)}, choices=Choices(history_lag=60_000))
    world.start(a_world(4, 1900, 2100).grid.spec)
    world.tick(40)
    world.stream = False
    world.walk(1930)

    found = audited(world)

    assert set(causes(found)) == {Cause.LIMBO}
    assert set(causes(found, ETH)) == {Cause.LIMBO}, "all of it to the last coin, and no more"
    assert not found.unexplained
    balances = dict(finished(world.exchange.balances()))
    balances[ETH] = replace(balances[ETH], available=balances[ETH].available + D("0.0001"))
    assert set(causes(audited(world, balances=balances), ETH)) == {Cause.UNEXPLAINED}


@pytest.mark.parametrize("amount", ["-25", "0.000000001"])
def test_what_no_record_and_no_order_explains_is_unexplained(amount: str) -> None:
    world = a_busy_world()
    balances = dict(finished(world.exchange.balances()))
    balances[USDC] = replace(balances[USDC], available=balances[USDC].available + D(amount))

    found = audited(world, balances=balances)

    assert causes(found) == {Cause.UNEXPLAINED: D(amount)}
    assert found.unexplained == 1


def test_points_that_no_market_trades_are_not_money() -> None:
    world = a_busy_world()
    points = Asset("POINTS")
    balances = {**finished(world.exchange.balances()), points: Balance(available=D(3))}

    found = audited(world, balances=balances)

    assert causes(found, points) == {Cause.PSEUDO: D(3)}
    assert not found.unexplained


def test_a_booked_fill_that_the_exchange_lacks_is_a_finding_once_it_is_old() -> None:
    world = a_busy_world()
    first, *others = fills_of(world)

    young, old = audited(world, fills=others), audited(world, fills=others, at=first.at + LAG + 1)

    assert (young.not_shown, young.faults) == (1, ())
    assert [(one.fault, one.fill.key) for one in old.faults] == [(Fault.MISSING_THERE, first.key)]
    assert old.unexplained == 1
    both = audited(world, fills=others, at=first.at + LAG + 1, account=with_expected(world, USDC, D(5)))
    assert both.unexplained == 2, "each thing that is wrong counts"


def test_a_fill_that_a_running_bot_never_booked_is_a_finding() -> None:
    world = a_busy_world()
    lost = next(entry for entry in world.entries if isinstance(entry, FillEntry))
    entries = [entry for entry in world.entries if entry is not lost]
    account = replace(world.account, seen_at=lost.fill.at + LAG + 1)

    found = audited(world, entries=entries, account=account)
    waits = audited(world, entries=entries)

    assert [(one.fault, one.fill.key) for one in found.faults] == [(Fault.MISSING_HERE, lost.key)]
    assert (found.not_booked, waits.not_booked, waits.faults) == (0, 1, ()), "one that is to be booked yet is none"


@pytest.mark.parametrize(
    ("field", "value"),
    [("price", D(1)), ("quantity", D("0.3")), ("fee", D(0)), ("fee_asset", BTC), ("side", None)],
)
def test_a_fill_that_was_booked_otherwise_than_the_exchange_shows_it_is_a_finding(field: str, value: Any) -> None:
    world = a_busy_world()
    first, *others = fills_of(world)
    changed: dict[str, Any] = {field: first.side.opposite if field == "side" else value}
    other = replace(first, **changed)

    found = audited(world, fills=[other, *others])

    assert [(one.fault, one.fields, one.shown) for one in found.faults] == [(Fault.DIFFERENT, (field,), other)]


def test_a_checkpoint_that_the_ledger_does_not_give_is_found() -> None:
    world = a_busy_world()
    books = replace(world.grid.books, grid_profit=world.grid.books.grid_profit + 1)

    found = audited(world, account=with_grid(world.account, books=books))

    names = [wrong.name for wrong in found.grids[0].wrong]
    assert names == ["grid_profit"]
    assert found.unexplained == 1


def test_lots_that_the_ledger_does_not_give_are_found() -> None:
    world = a_busy_world()
    level, lot = next(iter(world.grid.lots.items()))
    lots = {**world.grid.lots, level: replace(lot, quantity=lot.quantity * 2, cost=lot.cost + 1)}

    found = audited(world, account=with_grid(world.account, lots=lots))

    assert [wrong.name for wrong in found.grids[0].wrong] == ["lots", "lots' cost"]


def test_expected_balances_that_the_ledger_does_not_give_are_found() -> None:
    world = a_busy_world()

    found = audited(world, account=with_expected(world, USDC, D(5)))

    assert [(wrong.name, wrong.kept - wrong.folded) for wrong in found.kept_wrong] == [(USDC, D(5))]


def test_a_sale_in_limbo_may_have_brought_money_but_not_taken_any() -> None:
    world = a_busy_world()
    sale = an_order(900, side=Side.SELL, grid_id=GridId(1), unknown_since=world.now, price=D(2000), quantity=D("0.1"))
    account = with_grid(world.account, orders={**world.grid.orders, sale.client_id: sale})
    balances = dict(finished(world.exchange.balances()))
    eth = balances[ETH]
    balances[ETH] = replace(eth, locked=eth.locked - D("0.01"))

    def usdc_plus(change: str) -> dict[Asset, Balance]:
        return {**balances, USDC: replace(balances[USDC], available=balances[USDC].available + D(change))}

    assert set(causes(audited(world, account=account, balances=usdc_plus("150")))) == {Cause.LIMBO}
    assert set(causes(audited(world, account=account, balances=usdc_plus("-1")))) == {Cause.UNEXPLAINED}
    assert set(causes(audited(world, account=account, balances=usdc_plus("500")))) == {Cause.UNEXPLAINED}


def test_an_order_in_limbo_explains_nothing_on_another_market() -> None:
    world = a_busy_world()
    sale = an_order(900, side=Side.SELL, unknown_since=world.now)
    account = with_grid(world.account, orders={**world.grid.orders, sale.client_id: sale})
    balances = {**finished(world.exchange.balances()), BTC: Balance(available=D("0.01"))}
    balances[ETH] = replace(balances[ETH], locked=balances[ETH].locked - D("0.02"))
    balances[USDC] = replace(balances[USDC], available=balances[USDC].available + 40)

    found = audited(
        world, account=account, balances=balances, markets={ETH_USDC: a_market(), Symbol("BTC_USDC"): a_market("BTC")}
    )

    assert causes(found, BTC) == {Cause.UNEXPLAINED: D("0.01")}
    assert causes(found, ETH) == {Cause.LIMBO: D("-0.02")}


def test_a_booked_trade_of_the_owner_belongs_to_no_grid() -> None:
    world = a_busy_world()
    world.now += 1
    world.venue.place(KEY, NewOrder(symbol=ETH_USDC, side=Side.BUY, quantity=D("0.5")))
    world.pump()

    found = audited(world)

    assert found.balanced
    assert found.agreed == found.booked == len(world.held.fills)


def with_expected(world: World, asset: Asset, change: Decimal) -> Any:
    """The account with another expected balance."""
    expected = {**world.account.expected, asset: world.account.expected[asset] + change}
    return replace(world.account, expected=expected)
