"""What the account traded and what that cost, out of the ledger: for /fees and /points. Decides nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.account.days import happened_at
from bot.mode import Mode
from bot.owner.views import FeesView
from storage.store import Store
from strategy.grid.guard import judged
from strategy.model.account import Account
from strategy.model.ledger import MovementKind
from strategy.model.market import Asset, Balance
from strategy.model.tiers import STAKED, WINDOW_DAYS, tier_after, tier_of
from strategy.model.turnover import Turnovers, turnovers
from strategy.model.valuing import price_in_usdc

DAY = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """The account's volume, whoever traded it, in any span of time."""

    mode: Mode
    store: Store
    account: Callable[[], Account]
    clock: Callable[[], int]
    """Milliseconds UTC."""

    def fees(self) -> FeesView:
        """Everything /fees shows."""
        account, begins = self.account(), self.clock() - WINDOW_DAYS * DAY
        month, opened = self.within(begins, self.clock() + DAY), self.opened_at
        return FeesView(
            mode=self.mode,
            fees=account.fees,
            tier=tier_of(account.fees),
            following=tier_after(account.fees),
            judged=tuple(judged(grid, account.fees) for grid in account.grids.values() if grid.phase.trades),
            month=month,
            begins=opened if opened > begins else None,
            prices=self.prices(month),
            staked=account.balances.get(STAKED, Balance()).staked,
        )

    def within(self, begins: int, ends: int) -> Turnovers:
        """What was traded from `begins` up to, not including, `ends`, by the exchange's clock."""
        account = self.account()
        entries = [
            entry
            for grid_id in (None, *account.grids)
            for entry in self.store.happened_since(account.name, grid_id, begins)
            if happened_at(entry) < ends
        ]
        return turnovers(entries, {grid.id: grid.market.quote for grid in account.grids.values()})

    def prices(self, some: Turnovers) -> Mapping[Asset, Decimal]:
        """USDC for a unit of each quote, now; one that nothing prices is missing."""
        account = self.account()
        return {quote: price for quote in some if (price := price_in_usdc(account, quote)) is not None}

    @property
    def opened_at(self) -> int:
        """When the ledger began; 0 where it has not."""
        movements = self.store.movements(self.account().name)
        return min((one.at for one in movements if one.kind is MovementKind.OPENING), default=0)
