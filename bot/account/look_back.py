"""When all is read again from far back: the books have long differed from the balances. Reads and books nothing."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from decimal import Decimal

from strategy.model.account import Account
from strategy.model.durations import DAY, HOUR
from strategy.model.market import Asset
from strategy.reconcile.recovery import differing

PATIENCE = 60_000
"""Milliseconds for which a difference may be news that is on its way, and between two looks that are near."""
NEAR = 64 * DAY
"""Each look goes four times as far back as the one before; this far without more ado, as machines are off for weeks."""
FARTHEST = 1024 * DAY
LONGEST = DAY
"""Milliseconds between two looks that are farther, once each has waited twice as long as the one before, an hour at
first: they read a whole history, while the account waits.
"""


@dataclass(slots=True, kw_only=True)
class LookBack:
    """A row that could not be read when it was new, and was nobody's business, may be a fill that the books lack; and
    the fee of a withdrawal, of which nobody knew whether it came on top, may have.

    Nothing else would ask for it: by the time it can be read the newer ones have been. And as long as the books differ
    no order in doubt is given up.
    """

    clock: Callable[[], int]
    _differs: dict[Asset, Decimal] = field(default_factory=dict)
    _seen_at: int = 0
    """Since when they differ by that, ms."""
    _sought: dict[Asset, Decimal] = field(default_factory=dict)
    """What was last looked for: where a fill on its way comes between, the looks go on, and don't begin anew."""
    _span: int = DAY
    _next_at: int = 0
    _far_at: int = 0
    """When the next far look may be, ms, whatever it looks for: what always changes must not read all of it anew."""
    _wait: int = HOUR

    def since(self, account: Account, but: Collection[Asset] = ()) -> int | None:
        """From when fills and movements should be read again now, ms; None while there is no reason to.

        `but` are assets that move all the time.
        """
        now, differs = self.clock(), {asset: by for asset, by in differing(account).items() if asset not in but}
        if differs != self._differs:
            self._differs, self._seen_at = differs, now
        if not differs or now < self._seen_at + PATIENCE:
            return None
        if differs != self._sought:
            self._sought, self._next_at, self._span = differs, now, DAY
        if now < (self._next_at if self._span <= NEAR else self._far_at):
            return None
        since, self._next_at = now - self._span, now + PATIENCE
        if self._span >= NEAR:
            self._far_at, self._wait = now + self._wait, min(2 * self._wait, LONGEST)
        self._span = min(4 * self._span, FARTHEST)
        return since
