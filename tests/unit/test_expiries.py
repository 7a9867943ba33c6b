"""Why an order expired, in the words of REST and of the stream: what its level waits for, and what is read again."""

import pytest

from exchange.backpack.errors import expiry
from strategy.model.orders import Refusal


@pytest.mark.parametrize(
    ("reason", "refused"),
    [
        ("PostOnlyTaker", Refusal.POST_ONLY),
        ("POST_ONLY_TAKER", Refusal.POST_ONLY),
        ("PRICE_BAND", Refusal.PRICE_BAND),
        ("PriceOutOfBounds", Refusal.PRICE_BAND),
        ("InvalidPrice", Refusal.PRICE),
        ("InvalidQuantity", Refusal.QUANTITY),
        ("BorrowRequiresLendRedeem", Refusal.FUNDS),
        ("InsufficientBorrowableQuantity", Refusal.FUNDS),
        ("INSUFFICIENT_MARGIN", Refusal.FUNDS),
        ("PriceImpact", Refusal.POST_ONLY),
        ("AccountTradingSuspended", Refusal.OTHER),
        ("SomethingNew", Refusal.OTHER),
        (None, Refusal.OTHER),
    ],
)
def test_a_reason_is_known_however_it_is_spelled(reason: str | None, refused: Refusal) -> None:
    assert expiry(reason) is refused
