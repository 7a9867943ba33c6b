"""Small questions to the ledger: what is left without a part of it, and until when settlements are booked."""

from dataclasses import fields, replace
from decimal import Decimal

from strategy.model.ledger import Books, Movement, MovementKind, settled_until, without
from tests.builders import NOW, USDC

D = Decimal


def test_what_was_folded_after_a_moment_is_taken_off_again() -> None:
    whole = Books(
        fills=5, round_trips=2, grid_profit=D(7), cash=D(-3), coins=D(2), bought=D(9), sold=D(6), fees={USDC: D(1)}
    )
    later = Books(
        fills=2, round_trips=1, grid_profit=D(4), cash=D(1), coins=D(-1), bought=D(2), sold=D(5), fees={USDC: D(1)}
    )

    before = without(whole, later)

    assert (before.fills, before.round_trips, before.grid_profit, before.cash) == (3, 1, D(3), D(-4))
    assert (before.coins, before.bought, before.sold) == (D(3), D(7), D(1))
    assert without(whole, Books()) == whole
    counted = {one.name for one in fields(Books) if isinstance(getattr(whole, one.name), int | Decimal)}
    assert not [name for name in counted if getattr(without(whole, whole), name)], "and of the whole nothing is left"


def test_settlements_are_booked_until_the_end_of_the_last_hour_or_from_the_beginning() -> None:
    deposit = Movement(at=NOW + 9, key="deposit:1", kind=MovementKind.DEPOSIT, asset=USDC, amount=D(1))
    hour = replace(deposit, at=NOW + 5, key="settlement:1", kind=MovementKind.SETTLEMENT)

    assert settled_until([deposit, hour, replace(hour, at=NOW + 2)], NOW) == NOW + 5
    assert settled_until([deposit], NOW) == NOW
