"""One life of the running process: the app's real parts over the wire and the disk, with jobs in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, cast

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from telegram import Bot

from bot.account.identity import admit
from bot.account.watch import Watch
from bot.app import ACCOUNT, App
from bot.machine.clock import Clock
from bot.mode import Mode
from bot.owner.noise import KEY as NOISE
from bot.owner.noise import Noise
from bot.owner.notebook import Notebook
from bot.schedule import Jobs, run_all
from bot.settings import Settings
from bot.telegram.outbox import Outbox
from exchange.news import StreamEvent
from storage.errors import DatabaseTaken, StateRefused, StorageError, WrongDatabase
from storage.store import Store
from tests.simulation.disk import Killed
from tests.simulation.phone import OWNER, Phone
from tests.simulation.record import Record
from tests.simulation.wire import Wire

CROWD = 3
"""Grids are small here: so few cancels are a crowd."""


class Process:
    """Built as `bot.app` builds it. Everything it does is in `tasks`; `die` ends it between two awaits."""

    def __init__(  # what it has of the world, one each
        self,
        store: Store,
        wire: Wire,
        phone: Phone,
        record: Record,
        time: Clock,
        settings: Settings,
    ) -> None:
        self.settings = settings
        self.wire = wire
        self.record = record
        self.is_dead = False
        self.on_death: Callable[[], None] = lambda: None
        self.on_refused: Callable[[], None] = lambda: None
        """The database is not this one's, says the process."""
        clock = time.now
        self.app = App(settings=settings, store=store, exchange=wire, clock=clock, time=time, measure=wire.measure)
        self.app.runner.dispatcher.crowd = CROWD
        self.app.runner.after_drain.append(record.planned)
        self._phone = phone
        self._outbox = Outbox(
            Notebook(store, clock),
            mode=Mode.DEMO,
            owner=lambda: OWNER,
            language=lambda: "en",
            zone=settings.zone,
            clock=time.steady,
            sleep=asyncio.sleep,
        )
        self.app.trader.on_notice(self._outbox.wake)
        self._startup = self.app.startup()
        self._jobs = Jobs(
            reader=self.app.reader,
            trader=self.app.trader,
            store=store,
            zone=settings.zone,
            tick_seconds=settings.tick_seconds,
            report_time=settings.report_time,
            record_days=settings.record_days,
        )
        self._scheduler = self._jobs.schedule()
        self._scheduler.add_listener(self._job_failed, EVENT_JOB_ERROR)
        self._watch = Watch(
            clock=time,
            reader=self.app.reader,
            tick_seconds=settings.tick_seconds,
            again=partial(run_all, self._scheduler),
        )
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Begin to run."""
        self.spawn(self.app.runner.run(), "writer")
        self.spawn(self._outbox.run(cast("Bot", self._phone)), "outbox")
        self.spawn(self._live(), "jobs")

    def choose(self, noise: Noise) -> None:
        """The owner chooses what is pushed, as /notify does; where that can't be written down, he has not."""
        with suppress(StorageError, Killed):
            self.app.trader.notebook.set_setting(NOISE, noise.written())
            self._outbox.wake()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Work that dies with the process. Where it fails by itself, a promise is broken."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def hear(self, news: StreamEvent) -> None:
        """The stream tells something."""
        if self.is_dead:
            return
        try:
            self.app.reader.hear(news)
        except Killed:
            self.died()
        except DatabaseTaken:  # the stream begins again, and the process ends for it
            self.record.happened["process ended for the disk"] += 1
            self.died()
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is reported
            self.record.broken("no task fails", f"stream: {failure!r}")

    def died(self) -> None:
        """From here on nothing leaves it and nothing is written."""
        if not self.is_dead:
            self.is_dead = True
            self.wire.cut()
            self.record.disk.is_cut_off = True
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)
            self.on_death()

    async def bury(self) -> None:
        """Wait until nothing of it is left."""
        self.died()
        mine = {asyncio.current_task(), *self.others()}
        while left := asyncio.all_tasks() - mine:
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    others: Callable[[], set[asyncio.Task[Any]]] = staticmethod(set)
    """The tasks of the world that are not the process's."""

    async def leave(self) -> None:
        """End in order, as after Ctrl+C; the second Ctrl+C comes after ten seconds."""
        try:
            async with asyncio.timeout(10):
                if self._scheduler.running:
                    self._scheduler.pause()
                await self.app.reader.rest()
                await self.app._leave(_Silent())  # noqa: SLF001 - what Ctrl+C does
        except TimeoutError:
            pass
        self.died()

    async def _live(self) -> None:
        await admit(self.app.store, ACCOUNT, self.app.identity, self.wire)
        self.record.admitted()
        await self._startup.run()
        self.app.trader.started.set()
        if not self.is_dead:
            self._scheduler.start()
            self.spawn(self._watch.run(), "watch")

    def _job_failed(self, event: JobExecutionEvent) -> None:
        """A failure ends only this run of the job; one that is not the disk's is a broken promise."""
        failure = event.exception
        if isinstance(failure, StorageError) and not isinstance(failure, StateRefused):
            self.record.happened["job failed for the disk"] += 1
        elif isinstance(failure, Exception) and not self.is_dead:
            self.record.broken("no task fails", f"{event.job_id}: {failure!r}")
            self.died()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, Killed):
            self.died()
        elif isinstance(failure, WrongDatabase):
            self.on_refused()
            self.died()
        elif isinstance(failure, StorageError) and not isinstance(failure, StateRefused):
            self.record.happened["process ended for the disk"] += 1
            self.died()
        elif failure is not None and not self.is_dead:
            self.record.broken("no task fails", f"{task.get_name()}: {failure!r}")
            self.died()


class _Silent:
    """No chat."""

    async def run(self) -> None:
        """Nothing."""

    async def stop(self) -> None:
        """Nothing."""
