"""What the account traded and what that cost, out of the ledger: for /fees and /points. Decides nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from bot.account.days import happened_at
from bot.account.folds import PIECE, closed_since, traded
from bot.mode import Mode
from bot.owner.views import FeesView, PointsView
from storage.store import Store
from strategy.grid.guard import judged
from strategy.messages.points import SetVolumeGoal, VolumeCounted, WeekEnded
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.chasing import chases
from strategy.model.durations import DAY, WEEK
from strategy.model.ledger import Closing, FillEntry, Movement, MovementKind
from strategy.model.market import Asset, Balance
from strategy.model.tiers import STAKED, WINDOW_DAYS, tier_after, tier_of
from strategy.model.turnover import Turnovers, plus, together, turnovers
from strategy.model.valuing import price_in_usdc
from strategy.model.weeks import Stretch, VolumeGoal, week_of

POINTS = Asset("POINTS")
PAST_WEEKS = 4
LATE = 120_000
"""Milliseconds after which the fills of a week that has ended are in the books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How far a volume goal is, and up to which entry of the ledger that is counted."""

    goal: VolumeGoal
    span: Stretch
    last: int
    done: Turnovers


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """The account's volume, whoever traded it, in any span of time."""

    mode: Mode
    store: Store
    account: Callable[[], Account]
    clock: Callable[[], int]
    """Milliseconds UTC."""
    ask: Callable[[SetVolumeGoal], Awaitable[Problem | None]]

    async def fees(self) -> FeesView:
        """Everything /fees shows."""
        account, begins = self.account(), self.clock() - WINDOW_DAYS * DAY
        (month,), opened = await self.within(Stretch(begins, self.clock() + DAY)), self.opened_at
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

    async def points(self) -> PointsView:
        """Everything /points shows."""
        account, now = self.account(), self.clock()
        span, goal, opened = week_of(now), account.limits.goal, self.opened_at
        weeks = [week_of(span.begins - 1 - back * WEEK) for back in range(PAST_WEEKS)]
        before = [one for one in weeks if one.ends > opened]
        there = goal.span(now) if goal else None
        week, done, *past = await self.within(span, there or Stretch(now, now), *before)
        return PointsView(
            at=now,
            mode=self.mode,
            span=span,
            week=week,
            past=tuple(zip(before, past, strict=True)),
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

    async def counted(self, before: Counted | None) -> Counted | None:
        """What was traded in the goal's span up to now, None where there is no goal; it goes on from the last count.

        A month of fills is not read anew for each one that is added to it.
        """
        account = self.account()
        goal, last = account.limits.goal, self.store.last_entry(account.name)
        if goal is None:
            return None
        span = goal.span(self.clock())
        if before is None or before.span != span or before.last > last:
            (done,) = await self.within(span)
            return Counted(goal=goal, span=span, last=last, done=done)
        done, read = before.done, before.last
        while read < last:
            entries, read = self.store.entries_after(account.name, read, until=last, limit=PIECE)
            ours = (one for one in entries if not isinstance(one, Movement) and one.grid_id in (None, *account.grids))
            done = plus(done, self._sums(ours, span))
            await asyncio.sleep(0)
        return Counted(goal=goal, span=span, last=last, done=done)

    def told(self, counted: Counted) -> VolumeCounted:
        """The count, for the account."""
        sums = together(counted.done, self.prices(counted.done))
        return VolumeCounted(at=self.clock(), begins=counted.span.begins, volume=sums.volume, cost=sums.cost)

    async def week_over(self, opened_at: int) -> WeekEnded | None:
        """The points week that ended last, once its fills are booked, where it was not told yet.

        One that ended before the ledger began (`opened_at`, 0 where it has not) is not known.
        """
        now = self.clock()
        last = week_of(week_of(now - LATE).begins - 1)
        if last.ends <= max(self.account().limits.week_told, opened_at or now):
            return None
        (week,) = await self.within(last)
        return WeekEnded(at=now, ends=last.ends, week=week)

    async def within(self, *spans: Stretch) -> list[Turnovers]:
        """What was traded in each of these spans, by the exchange's clock: all of it is read once."""
        account, since = self.account(), min(span.begins for span in spans)
        closed, last = closed_since(self.store, account, since), self.store.last_entry(account.name)
        found = [self._sums(chain(*closed.values()), span) for span in spans]
        for grid_id in (None, *account.grids):
            async for fills in traded(self.store, account, grid_id, since, last):
                found = [plus(done, self._sums(fills, span)) for done, span in zip(found, spans, strict=True)]
        return found

    def _sums(self, entries: Iterable[FillEntry | Closing], span: Stretch) -> Turnovers:
        quotes = {grid.id: grid.market.quote for grid in self.account().grids.values()}
        return turnovers((one for one in entries if span.begins <= happened_at(one) < span.ends), quotes)

    def prices(self, some: Turnovers) -> Mapping[Asset, Decimal]:
        """USDC for a unit of each quote, now; one that nothing prices is missing."""
        account = self.account()
        return {quote: price for quote in some if (price := price_in_usdc(account, quote)) is not None}

    @property
    def opened_at(self) -> int:
        """When the ledger began; 0 where it has not."""
        movements = self.store.movements(self.account().name)
        return min((one.at for one in movements if one.kind is MovementKind.OPENING), default=0)
