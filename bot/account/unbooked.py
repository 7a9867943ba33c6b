"""Which fills the ledger does not have yet: each under a key of its own, whatever number the exchange gave the trade.

A number is no name for ever. A market that is listed anew may count from one again, and where two orders of the account
met, or one trade took from several, each has had its part under the same number.
"""

from collections.abc import Sequence

from storage.store import Store
from strategy.model.orders import Fill, apart, is_one

NEAR = 60_000
"""Milliseconds within which one trade may be dated by two roads."""


def unbooked(store: Store, account: str, fills: Sequence[Fill]) -> list[Fill]:
    """Those of them that are not booked, in their order."""
    known = store.known_fills(account, [fill.key for fill in fills])
    first = dict(known)
    told = [fill if is_one(first.setdefault(fill.key, fill), fill, NEAR) else apart(fill) for fill in fills]
    known |= store.known_fills(account, [one.key for one, fill in zip(told, fills, strict=True) if one is not fill])
    return [fill for fill in told if fill.key not in known]
