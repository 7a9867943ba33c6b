"""When all is read again from far back: the books have long differed from the balances. Reads and books nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from strategy.model.account import Account
from strategy.model.market import Asset
from strategy.reconcile.recovery import differences

PATIENCE = 60_000
"""Milliseconds for which a difference may be news that is on its way."""
DAY = 86_400_000
LONGEST = DAY
"""Milliseconds between two looks at a difference that fills do not explain."""
FARTHEST = 1024 * DAY
"""Each look goes four times as far back as the one before, up to here: this machine may have been off for weeks."""


@dataclass(slots=True, kw_only=True)
class LookBack:
    """A row that could not be read when it was new, and was nobody's business, may be a fill that the books lack; and
    the fee of a withdrawal, of which nobody knew whether it came on top, may have.

    Nothing else would ask for it: by the time it can be read the newer ones have been. And as long as the books differ
    no order in doubt is given up.
    """

    clock: Callable[[], int]
    _differs: dict[Asset, Decimal] = field(default_factory=dict)
    _next_at: int = 0
    _wait: int = PATIENCE
    _span: int = DAY

    def since(self, account: Account) -> int | None:
        """From when fills and movements should be read again now, ms; None while there is no reason to."""
        now, differs = self.clock(), differences(account, account.balances, tuple(account.expected))
        if differs != self._differs:
            self._differs, self._next_at, self._wait, self._span = differs, now + PATIENCE, PATIENCE, DAY
        if not differs or now < self._next_at:
            return None
        since, self._next_at = now - self._span, now + self._wait
        if self._span == FARTHEST:  # each look before was at other days; from here on they are the same ones
            self._wait = min(2 * self._wait, LONGEST)
        self._span = min(4 * self._span, FARTHEST)
        return since
