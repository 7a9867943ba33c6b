"""Small questions to the ledger: what is left without a part of it, and until when settlements are booked."""

from dataclasses import fields, replace
from decimal import Decimal

from strategy.model.ledger import Books, Movement, MovementKind, settled_until, without
from strategy.model.market import Asset
from tests.builders import NOW, USDC

BNB = Asset("BNB")
D = Decimal


def test_what_was_folded_after_a_moment_is_taken_off_again() -> None:
    whole = Books(
        fills=5,
        round_trips=2,
        grid_profit=D(7),
        stop_sales=D(8),
        cash=D(-3),
        coins=D(2),
        bought=D(9),
        sold=D(6),
        fees={USDC: D(3), BNB: D(2)},
        fees_value=D(4),
        fees_apart={BNB: D(2)},
    )
    later = Books(
        fills=2,
        round_trips=1,
        grid_profit=D(4),
        stop_sales=D(9),
        cash=D(1),
        coins=D(-1),
        bought=D(2),
        sold=D(5),
        fees={USDC: D(1)},
        fees_value=D(1),
    )

    before = without(whole, later)

    assert (before.fills, before.round_trips, before.grid_profit, before.cash) == (3, 1, D(3), D(-4))
    assert (before.coins, before.bought, before.sold) == (D(3), D(7), D(1))
    assert (before.stop_sales, before.fees_value) == (D(-1), D(3))
    assert (before.fees, before.fees_apart) == ({USDC: D(2), BNB: D(2)}, {BNB: D(2)})
    assert without(whole, Books()) == whole
    left, sums = without(whole, whole), {"fees", "fees_apart"}
    for name in [one.name for one in fields(Books)]:
        assert getattr(whole, name), "each figure is in the question"
        value = getattr(left, name)
        assert not any(value.values()) if name in sums else not value, "and of the whole nothing is left"


def test_settlements_are_booked_until_the_end_of_the_last_hour_or_from_the_beginning() -> None:
    deposit = Movement(at=NOW + 9, key="deposit:1", kind=MovementKind.DEPOSIT, asset=USDC, amount=D(1))
    hour = replace(deposit, at=NOW + 5, key="settlement:1", kind=MovementKind.SETTLEMENT)

    assert settled_until([deposit, hour, replace(hour, at=NOW + 2)], NOW) == NOW + 5
    assert settled_until([deposit], NOW) == NOW
