"""What the account traded and what that cost, out of the ledger: for /fees and /points. Decides nothing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.account.days import happened_at
from bot.mode import Mode
from bot.owner.views import FeesView, PointsView
from storage.store import Store
from strategy.grid.guard import judged
from strategy.messages.points import SetVolumeGoal, VolumeCounted, WeekEnded
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.chasing import chases
from strategy.model.durations import DAY, WEEK
from strategy.model.ledger import MovementKind
from strategy.model.market import Asset, Balance
from strategy.model.tiers import STAKED, WINDOW_DAYS, tier_after, tier_of
from strategy.model.turnover import Turnovers, together, turnovers
from strategy.model.valuing import price_in_usdc
from strategy.model.weeks import Stretch, VolumeGoal, week_of

POINTS = Asset("POINTS")
PAST_WEEKS = 4
LATE = 120_000
"""Milliseconds after which the fills of a week that has ended are in the books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """The account's volume, whoever traded it, in any span of time."""

    mode: Mode
    store: Store
    account: Callable[[], Account]
    clock: Callable[[], int]
    """Milliseconds UTC."""
    ask: Callable[[SetVolumeGoal], Awaitable[Problem | None]]

    def fees(self) -> FeesView:
        """Everything /fees shows."""
        account, begins = self.account(), self.clock() - WINDOW_DAYS * DAY
        month, opened = self.within(begins, self.clock() + DAY), self.opened_at
        return FeesView(
            mode=self.mode,
            fees=account.fees,
            tier=tier_of(account.fees),
            following=tier_after(account.fees),
            judged=tuple(judged(grid, account.fees) for grid in account.grids.values() if grid.will_trade),
            month=month,
            begins=opened if opened > begins else None,
            prices=self.prices(month),
            staked=account.balances.get(STAKED, Balance()).staked,
        )

    def points(self) -> PointsView:
        """Everything /points shows."""
        account, now = self.account(), self.clock()
        span, goal, opened = week_of(now), account.limits.goal, self.opened_at
        before = [week_of(span.begins - 1 - back * WEEK) for back in range(PAST_WEEKS)]
        there = goal.span(now) if goal else None
        done = self.within(*there) if there else {}
        week = self.within(*span)
        return PointsView(
            at=now,
            mode=self.mode,
            span=span,
            week=week,
            past=tuple((one, self.within(*one)) for one in before if one.ends > opened),
            goal=goal,
            goal_span=there,
            goal_done=together(done, self.prices(done)),
            known_since=opened,
            unpriced=tuple(quote for quote in done if quote not in self.prices(done)),
            points=account.balances[POINTS].total if POINTS in account.balances else None,
            goal_followed_by=tuple(one for one in account.grids.values() if chases(one.spec) and not one.is_over),
        )

    async def set_goal(self, goal: VolumeGoal | None) -> None:
        """Another goal for the account's volume, or none."""
        await self.ask(SetVolumeGoal(at=self.clock(), goal=goal))

    def to_count(self) -> tuple[VolumeGoal, Stretch, int] | None:
        """What a count depends on: it is made anew when this changes. None where there is no goal."""
        account = self.account()
        goal = account.limits.goal
        return None if goal is None else (goal, goal.span(self.clock()), self.store.last_entry(account.name))

    def count(self, goal: VolumeGoal) -> VolumeCounted:
        """What was traded in the goal's span up to now."""
        now = self.clock()
        span = goal.span(now)
        done = self.within(*span)
        sums = together(done, self.prices(done))
        return VolumeCounted(at=now, begins=span.begins, volume=sums.volume, cost=sums.cost)

    def week_over(self, opened_at: int) -> WeekEnded | None:
        """The points week that ended last, once its fills are booked, where it was not told yet.

        One that ended before the ledger began (`opened_at`, 0 where it has not) is not known.
        """
        now = self.clock()
        last = week_of(week_of(now - LATE).begins - 1)
        if last.ends <= max(self.account().limits.week_told, opened_at or now):
            return None
        return WeekEnded(at=now, ends=last.ends, week=self.within(*last))

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
