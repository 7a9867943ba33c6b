"""What the account holds: the exchange's lists beside what its stream tells, of each the newest. Decides nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.account.prices import Prices
from bot.account.runner import Runner
from bot.account.unread import UnreadRows, unread_assets
from exchange.news import BalanceSeen
from exchange.port import Balances, Exchange
from strategy.messages.by_hand import Listing
from strategy.messages.events import BalancesRead, BalanceTold
from strategy.model.market import Asset, Balance
from strategy.reconcile.recovery import as_known


@dataclass(slots=True, kw_only=True)
class BalanceReader:
    """One account's. Whoever wants to know them, whatever for, asks here: all answers are put in order here."""

    exchange: Exchange
    runner: Runner
    clock: Callable[[], int]
    unread: UnreadRows
    prices: Prices
    are_due: bool = False
    """Whether a balance was told late, or of which grids use what is lent: how much there is, only reading tells."""
    _asked: int = 0
    """How often they were asked for."""
    _heard: int = 0
    """Which answer was heard last: the truth is the one that was asked for last."""
    _news: int = 0
    """How often the stream has told one."""
    _told: dict[Asset, tuple[int, BalanceSeen]] = field(default_factory=dict)
    """What it has told last of each, and as the how manieth."""

    async def read(self) -> Balances:
        """What the exchange answers. It is handed on unless another answer has overtaken it, and where it can be read:
        half of what the grids need to know is worse than what was known before.
        """
        self.are_due, asked_at, news = False, self.clock(), self._news
        self._asked += 1
        asked = self._asked
        balances = await self.exchange.balances()
        if asked < self._heard:
            return balances
        self._heard = asked
        unread = unread_assets(self.runner.account, balances)
        self.unread.seen(Listing.BALANCES, unread)
        if not unread:
            known = self._with_news(as_known(self.runner.account, balances, balances.unread), news)
            self.runner.post(BalancesRead(at=self.clock(), asked_at=asked_at, balances=known))
        return balances

    def _with_news(self, balances: Mapping[Asset, Balance], since: int) -> dict[Asset, Balance]:
        """With what the stream has told while they were asked for: the answer was written before that, perhaps, and
        would bring back what was, until somebody asks again.
        """
        uses_lent = self.runner.account.limits.uses_lent
        told = {asset: seen.balance for asset, (number, seen) in self._told.items() if number > since}
        newer = {asset: balances.get(asset, Balance()).told(now, uses_lent=uses_lent) for asset, now in told.items()}
        return {**balances, **newer}

    def hear(self, event: BalanceSeen) -> None:
        """The stream tells of one. What comes late was so a while ago: it is read. What comes again, or after a newer
        one, is no news.
        """
        if self._is_overtaken(event):
            return
        late = self.prices.is_late(event.at)
        self.are_due |= late or self.runner.account.limits.uses_lent
        if not late:
            self._news += 1
            self._told[event.asset] = self._news, event
            self.runner.post(BalanceTold(at=self.clock(), asset=event.asset, balance=event.balance))

    def _is_overtaken(self, event: BalanceSeen) -> bool:
        """By the exchange's own time. One from the future was told by a clock that has been set back since."""
        _, last = self._told.get(event.asset, (0, event))
        return event.at < last.at <= self.clock()
