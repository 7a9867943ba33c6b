"""Promises of the prices that are decided by."""

from collections.abc import Iterator

from strategy.model.account import Account
from tests.promises.promise import promise


@promise("no price comes back")
def no_price_comes_back(before: Account | None, after: Account, set_back: int) -> Iterator[str]:
    """After a newer one none is decided by that was learnt before it. Stamps up to `set_back` say nothing of that: the
    clock that made them has shown such a time, and then an earlier one.
    """
    for symbol, touch in after.touches.items() if before is not None else ():
        known = before.touches.get(symbol) if before is not None else None
        if known is not None and touch.at < known.at and known.at > set_back:
            yield f"{symbol}: {touch.bid} of {touch.at}, after {known.bid} of {known.at}"
