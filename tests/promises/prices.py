"""Promises of the prices that are decided by."""

from collections.abc import Iterator

from strategy.model.account import Account
from tests.promises.promise import promise


@promise("no price comes back")
def no_price_comes_back(before: Account | None, after: Account, now: int) -> Iterator[str]:
    """After a newer one none is decided by that was learnt before it. A stamp from the future is of a clock that has
    been set back since, and says nothing.
    """
    for symbol, touch in after.touches.items() if before is not None else ():
        known = before.touches.get(symbol) if before is not None else None
        if known is not None and touch.at < known.at <= now:
            yield f"{symbol}: {touch.bid} of {touch.at}, after {known.bid} of {known.at}"
