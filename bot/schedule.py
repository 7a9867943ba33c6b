"""The APScheduler jobs: tick, reconciliation, daily report, snapshots, backup. A job never overlaps itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import wraps
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.account.days import check_day, curve_points, points
from bot.account.reader import Reader
from bot.machine import backups
from bot.machine.discreet import redacted
from bot.owner.noise import KEY as NOISE
from bot.owner.noise import noise_of
from bot.owner.reports import Days, longer_reports_if_due, report_if_due, time_of
from bot.owner.shadows import ReplayDays, Shadow, keep_night, last_night
from bot.owner.trader import Trader
from bot.owner.turnover import Counted
from storage.curves import Curve
from storage.errors import StorageError
from storage.store import Store
from strategy.messages.events import Told
from strategy.messages.machine import BackupFailed, ShadowDiffers
from strategy.model.curve import Leg, point
from strategy.model.durations import DAY

log = logging.getLogger(__name__)

RECONCILE_SECONDS = 60
SNAPSHOT_SECONDS = 60
PAST_SECONDS = 5
"""How often it is asked whether some market's last hours are to be read."""
REPORT_SECONDS = 15
"""How often it is asked whether the daily report is due: whether it was told is in the store, not in the schedule."""
DROP_SECONDS = 60
DROPPED = 200
"""Rows of recorded events that are dropped at a time: no tick waits for a day's."""
LATE = 3 * 3600
"""Seconds by which the night's replay may start late; later than that the next night's does."""
KEEP_DAYS = 2
TOLD_DAYS = 35
"""For so long what was told is kept, and the price of each minute: of times before a quarter of an hour's is enough."""


@dataclass(slots=True, kw_only=True)
class Jobs:
    """What runs by the clock. The jobs only post events or read; the writer decides."""

    reader: Reader
    trader: Trader
    store: Store
    zone: ZoneInfo
    tick_seconds: float
    report_time: time
    record_days: int
    _reported: set[Days] = field(default_factory=set)
    """The weeks and months that are told."""
    _asked_at: int = field(init=False)
    """When it was last looked for those that have ended; at first when the program was last seen at work."""
    replay: ReplayDays | None = None
    """Has the last days decided once more; None: not by night."""
    _looks: dict[Curve, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """The last two totals of each curve."""
    _legs: dict[Curve, Leg] = field(default_factory=dict)
    """What each curve did since it was last written down."""
    _counted: Counted | None = None
    """The last count of the volume goal."""
    _uncopied: int = 0
    """The night whose copy could not be made, as was told: that is tried again each hour, and not told again."""

    def __post_init__(self) -> None:
        self._asked_at = self.trader.account().seen_at

    def schedule(self) -> AsyncIOScheduler:
        """A scheduler with every job, not started yet."""
        # However late: a clock that was set forward makes every job late, and none may be left out for that.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        scheduler.add_listener(_failed, EVENT_JOB_ERROR)
        self._every(scheduler, self.tick_seconds, self.tick)
        self._every(scheduler, RECONCILE_SECONDS, self.reader.reconcile)
        self._every(scheduler, PAST_SECONDS, self.reader.past.follow)
        self._every(scheduler, SNAPSHOT_SECONDS, self.snapshot)
        self._every(scheduler, REPORT_SECONDS, self.report)
        self._every(scheduler, DROP_SECONDS, self.drop)
        # Each hour, and now: a machine that is off or asleep at night has its copy all the same.
        hourly = CronTrigger(minute=backups.AT.minute, timezone=self.zone)
        scheduler.add_job(_let_go(self.upkeep), hourly, id="upkeep", next_run_time=datetime.now(UTC))
        if self.replay is not None:
            night = CronTrigger(hour=4, minute=41, timezone=self.zone)
            scheduler.add_job(_let_go(self.shadow), night, id="shadow", misfire_grace_time=LATE)
        return scheduler

    async def tick(self) -> None:
        """The owner's day, then one tick. The curves follow each: a fall that is over within a minute was one."""
        check_day(self.reader, self.zone)
        await self.reader.tick()
        self._follow()

    def _follow(self) -> None:
        """One more point of each curve: the middle of three looks, as a price that is seen once may be a wrong one."""
        now = self.trader.now()
        for curve, total in curve_points(self.trader.account()).items():
            first, second = self._looks.get(curve, (total, total))
            self._looks[curve] = second, total
            leg, before = point(now, sorted((first, second, total))[1]), self._legs.get(curve)
            self._legs[curve] = leg if before is None else before.then(leg)

    async def report(self) -> None:
        """The reports and the points week, once their time has come; how far the volume goal is."""
        noise = noise_of(self.trader.notebook.setting(NOISE))
        if not noise.daily_off:
            night = None if self.replay is None else last_night(self.trader.notebook, self.trader.now())
            await report_if_due(self.reader, self.zone, time_of(noise, self.report_time), night)
        now = self.trader.now()
        await longer_reports_if_due(self.reader, self.zone, noise, self.report_time, self._reported, self._asked_at)
        self._asked_at = now
        volumes, runner = self.trader.volumes, self.reader.runner
        if (ended := await volumes.week_over(self.reader.opened_at)) is not None:
            runner.post(ended)
        before, self._counted = self._counted, await volumes.counted(self._counted)
        if self._counted is not None and self._counted != before:
            runner.post(volumes.told(self._counted))
        await self.reader.runner.settled()

    async def snapshot(self) -> None:
        """A point for each grid's chart, and what the curves did since: drawdown is folded of them."""
        account, now = self.trader.account(), self.trader.now()
        taken = points(account, now)
        self._follow()
        if taken:
            self.store.add_snapshots(account.name, taken, self._legs)
        self._legs.clear()  # also where nothing is at risk: the next grid's curve does not begin days before it

    async def drop(self) -> None:
        """A piece of what was recorded, was told, or says the minute of a price, too long ago."""
        account, now = self.trader.account(), self.trader.now()
        before = now - self.record_days * DAY if self.record_days else None
        self.store.records.drop(account.name, before, DROPPED)
        self.store.aging.drop_told(now - TOLD_DAYS * DAY, DROPPED)
        self.store.aging.thin_points(account.name, account.grids, now - TOLD_DAYS * DAY, DROPPED)

    async def shadow(self) -> None:
        """The last day, decided once more. Told with the daily report, and at once where something differs."""
        assert self.replay is not None, "it is planned only where there is one"
        found = await self.replay(1, nobody)
        differs = found.difference if isinstance(found, Shadow) else None
        keep_night(self.trader.notebook, found, self.trader.now())
        log.info("shadow event=replayed %s", "differences=0" if differs is None else f"difference={differs}")
        if not isinstance(found, Shadow) or differs is None:
            return
        at = self.trader.now()
        notice = ShadowDiffers(
            at=at,
            found_at=differs.at,
            where=differs.where,
            event=differs.event,
            recorded=differs.recorded,
            now=differs.now,
            recorded_by=differs.version,
            version=found.version,
        )
        self.reader.runner.post(Told(at=at, notice=notice))

    async def upkeep(self) -> None:
        """Copy the database once a night, or after it, and drop what Telegram can't ask for any more."""
        try:
            if backups.is_due(self.store, self.trader.now(), self.zone):
                await asyncio.to_thread(backups.nightly, self.store, self.trader.now())
        except (StorageError, OSError) as failure:
            log.error("backup event=failed text=%r", str(failure))
            self._copy_failed(redacted(str(failure)))
        self.store.forget(self.trader.now() - KEEP_DAYS * DAY)

    def _copy_failed(self, text: str) -> None:
        at = self.trader.now()
        told, self._uncopied = self._uncopied, backups.night_of(at, self.zone)
        if told != self._uncopied:
            self.reader.runner.post(Told(at=at, notice=BackupFailed(at=at, text=text)))

    @staticmethod
    def _every(scheduler: AsyncIOScheduler, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
        # Without a zone of its own it asks the machine's, and one that can't be read would be the end.
        scheduler.add_job(_let_go(job), IntervalTrigger(seconds=seconds, timezone=UTC), id=job.__name__)


def _let_go(job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """The job, which ends without a word where the program does: the scheduler logs a traceback of what it cancels."""

    @wraps(job)
    async def run() -> None:
        with suppress(asyncio.CancelledError):
            await job()

    return run


async def nobody(_done: int, _whole: int) -> None:
    """Nobody watches how far it is."""


def run_all(scheduler: AsyncIOScheduler) -> None:
    """Have what repeats run now, and the nightly job planned anew: the clock that the scheduler goes by was set."""
    now = datetime.now(UTC)
    for job in scheduler.get_jobs():
        if isinstance(job.trigger, CronTrigger):
            scheduler.reschedule_job(job.id, trigger=job.trigger)
        else:
            scheduler.modify_job(job.id, next_run_time=now)


def _failed(event: JobExecutionEvent) -> None:
    log.error("job=%s event=failed text=%r", event.job_id, str(event.exception))
