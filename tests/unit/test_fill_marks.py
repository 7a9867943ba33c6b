"""What a fill is known by: its trade, and the order that had this part in it."""

from decimal import Decimal

import pytest

from strategy.model.market import Side
from strategy.model.orders import Fill, apart, is_one
from strategy.model.values import replace
from tests.builders import a_fill, an_order

NEAR = 60_000
FIRST: Fill = a_fill(an_order(1))


def test_the_second_fill_under_a_number_has_a_key_of_its_own_and_is_known_by_the_number_all_the_same() -> None:
    second = replace(FIRST, order_id="another")

    assert apart(second).key not in (FIRST.key, second.key)
    assert apart(second).mark == second.mark != FIRST.mark


@pytest.mark.parametrize(
    ("shown", "one"),
    [
        (FIRST, True),
        (replace(FIRST, at=FIRST.at + 2 * NEAR), True),
        (replace(FIRST, order_id="renamed"), True),
        (replace(FIRST, order_id="another", at=FIRST.at + NEAR), False),
        (replace(FIRST, order_id="another", side=Side.SELL), False),
        (replace(FIRST, order_id="another", quantity=Decimal("0.2")), False),
    ],
    ids=["the same", "of another time", "an order by another name", "much later", "another side", "another part"],
)
def test_two_fills_with_one_number_are_one_execution_only_of_one_order_or_where_all_is_alike(
    shown: Fill, *, one: bool
) -> None:
    assert is_one(FIRST, shown, NEAR) is one
