"""The composition root: builds every object once, starts them, and closes them in reverse. No rule of its own."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from bot.account.balances import BalanceReader
from bot.account.belonging import Belonging
from bot.account.blocks import Blocks
from bot.account.dispatcher import Dispatcher
from bot.account.evidence import Evidence
from bot.account.exchange_trouble import ExchangeTrouble, UnsentOrders
from bot.account.identity import CONFIRMED, Identity, identity_of
from bot.account.lending import Lending
from bot.account.limbo import Limbo
from bot.account.look_back import LookBack
from bot.account.movements import MovementReader
from bot.account.past import PLAYED_EVERY, PastReader
from bot.account.prices import Prices
from bot.account.reader import Reader
from bot.account.rules import Rules
from bot.account.runner import Runner
from bot.account.startup import Startup, load_or_create
from bot.account.store_trouble import StoreTrouble
from bot.account.strays import Strays
from bot.account.sweep import Sweep
from bot.account.unread import UnreadRows
from bot.account.watch import Watch
from bot.backtest.frames import Place
from bot.backtest.player import Player
from bot.history.kept import FOLDER
from bot.machine.clock import Clock
from bot.machine.program import engine_version
from bot.mode import Mode
from bot.owner.notebook import Notebook
from bot.owner.overview import live_orders
from bot.owner.trader import Trader
from bot.pictures.painter import Painter
from bot.schedule import Jobs, run_all
from bot.settings import Settings
from bot.shadow.mirror import Mirror
from exchange.port import Exchange
from storage.errors import StorageError
from storage.store import Store
from strategy.draft import Step
from strategy.messages.events import Event, Leaving, Told
from strategy.model.account import Account, Hold
from strategy.model.durations import HOUR
from strategy.model.market import Symbol
from strategy.model.orders import Fill

log = logging.getLogger(__name__)

ACCOUNT = "main"
STUMBLE_PAUSE = 5.0
"""Seconds after which a task that has failed begins again."""
DEMO_PAST = 30 * 24 * HOUR
"""Milliseconds of a market that the demo knows from its first moment on."""
LEAVING_ROUNDS = 3
"""An order that was on its way when it was to be cancelled, or whose answer was lost, is cancelled in the next one."""


class Stream(Protocol):
    """Whatever brings news early."""

    def watch(self, symbols: Iterable[Symbol]) -> None:
        """Follow the prices of these markets."""

    async def run(self) -> None:
        """Until cancelled."""


class Front(Protocol):
    """The owner's face of the program: Telegram, or nothing in a test."""

    async def run(self) -> None:
        """Until cancelled."""

    async def stop(self) -> None:
        """Send what is still to be told, within seconds, and end."""


@dataclass(slots=True, kw_only=True)
class App:
    """One running Packgrid: an account, its writer, its reader, its jobs, its face."""

    settings: Settings
    store: Store
    exchange: Exchange
    clock: Callable[[], int]
    """Dates what happens: the exchange's clock as far as it is known."""
    time: Clock = field(default_factory=Clock)
    measure: Callable[[], Awaitable[object]] | None = None
    """Compares the clocks with the exchange's; None where that is this process's own."""
    runner: Runner = field(init=False)
    blocks: Blocks = field(init=False)
    reader: Reader = field(init=False)
    trader: Trader = field(init=False)
    identity: Identity = field(init=False)
    player: Player = field(init=False)
    painter: Painter = field(default_factory=Painter)
    mirror: Mirror = field(init=False)
    stream: Stream | None = None

    def __post_init__(self) -> None:
        self.identity = identity_of(self.settings)
        account = load_or_create(self.store, ACCOUNT, self.settings.daily_loss_limit)
        account = replace(account, holds=first_holds(self.settings, self.store))
        self.store.records.version = engine_version() if self.settings.record_days else None
        self.runner = self._make_runner(account)
        self.blocks = Blocks(runner=self.runner, store=self.store, clock=self.clock)
        self.reader = self._make_reader()
        self.trader = Trader(
            mode=self.settings.mode,
            zone=self.settings.zone,
            runner=self.runner,
            reader=self.reader,
            exchange=self.exchange,
            store=self.store,
            notebook=Notebook(self.store, self.clock),
            clock=self.clock,
            defaults=self.settings.defaults,
            take_block=self.blocks.free,
            real_money=self.settings.real_money,
            identity=self.identity,
        )
        self.player = player_of(self.settings)
        self.mirror = Mirror(self.settings.database, ACCOUNT, self.clock)

    def _make_runner(self, account: Account) -> Runner:
        exchange, clock = self.exchange, self.clock
        sweep = Sweep(exchange=exchange, post=self._post, clock=clock)
        dispatcher = Dispatcher(exchange=exchange, post=self._post, sweep=sweep, clock=clock)
        trouble = StoreTrouble(clock)
        runner = Runner(account=account, store=self.store, dispatcher=dispatcher, trouble=trouble, clock=clock)
        dispatcher.heard = UnsentOrders(runner=runner, clock=clock).heard
        return runner

    def _make_reader(self) -> Reader:
        exchange, runner, store, clock = self.exchange, self.runner, self.store, self.clock
        unread = UnreadRows(runner=runner, store=store, clock=clock)
        movements = MovementReader(exchange=exchange, runner=runner, store=store, clock=clock, unread=unread)
        prices = Prices(exchange=exchange, runner=runner, clock=clock)
        balances = BalanceReader(exchange=exchange, runner=runner, clock=clock, unread=unread, prices=prices)
        limbo = Limbo(
            exchange=exchange,
            runner=runner,
            clock=clock,
            take_fills=self._take_fills,
            unread=unread,
            balances=balances,
            movements=movements,
        )
        every = PLAYED_EVERY if self.settings.mode is Mode.DEMO else HOUR
        return Reader(
            exchange=exchange,
            runner=runner,
            store=store,
            clock=clock,
            trouble=ExchangeTrouble(runner=runner, clock=clock),
            lending=Lending(runner=runner, store=store, clock=clock),
            unread=unread,
            limbo=limbo,
            rules=Rules(exchange=exchange, runner=runner, clock=clock, unread=unread),
            look_back=LookBack(clock=clock),
            past=PastReader(exchange=exchange, runner=runner, clock=clock, unread=unread, every=every),
            prices=prices,
            balances=balances,
            movements=movements,
            blocks=self.blocks,
            strays=Strays(runner=runner, store=store, clock=clock),
            measure=self.measure,
        )

    def _take_fills(self, fills: Sequence[Fill]) -> None:
        """Fills that were found in limbo."""
        self.reader.take_fills(fills)

    def _post(self, event: Event) -> None:
        """What became of an order: for the writer, and perhaps a sign that a market has other rules by now."""
        self.runner.post(event)
        self.reader.rules.heard(event)

    def startup(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Startup:
        """What brings the account up, once a process."""
        belonging = Belonging(
            exchange=self.exchange,
            runner=self.runner,
            store=self.store,
            clock=self.clock,
            identity=self.identity,
            evidence=Evidence(exchange=self.exchange, store=self.store, name=ACCOUNT),
            sleep=sleep,
        )
        return Startup(
            exchange=self.exchange,
            reader=self.reader,
            store=self.store,
            clock=self.clock,
            zone=self.settings.zone,
            belonging=belonging,
            blocks=self.blocks,
            sleep=sleep,
        )

    async def run(self, front: Front, stop: asyncio.Event) -> None:
        """Trade until `stop` is set, then leave in order. Raises `DatabaseTaken` where another process took over."""
        async with AsyncExitStack() as stack:
            writer = await stack.enter_async_context(_background(self.runner.run(), "writer"))
            writer.add_done_callback(lambda _: stop.set())
            await stack.enter_async_context(_background(_again_and_again(front.run, "chat"), "chat"))
            starting = await stack.enter_async_context(_background(self.startup().run(), "startup"))
            stopping = await stack.enter_async_context(_background(_until(stop), "stop"))
            await asyncio.wait([starting, stopping, writer], return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not self.runner.trouble.is_lost:
                starting.result()
                self.trader.started.set()
                await self._trade(stack, stop)
            starting.cancel()
            await self._leave(front)
            await self.player.close()
            await self.painter.close()
        if self.runner.trouble.is_lost:
            self.runner.trouble.check()

    async def _trade(self, stack: AsyncExitStack, stop: asyncio.Event) -> None:
        if self.stream is not None:
            self.runner.after_drain.append(self._watch)
            self.stream.watch(self.reader.prices.symbols())
            await stack.enter_async_context(_background(_again_and_again(self.stream.run, "stream"), "stream"))
        jobs = Jobs(
            reader=self.reader,
            trader=self.trader,
            store=self.store,
            zone=self.settings.zone,
            tick_seconds=self.settings.tick_seconds,
            report_time=self.settings.report_time,
            record_days=self.settings.record_days,
            replay=self.mirror.replay if self.settings.shadow else None,
        )
        scheduler = jobs.schedule()
        scheduler.start()
        watch = Watch(
            clock=self.time,
            reader=self.reader,
            tick_seconds=self.settings.tick_seconds,
            again=partial(run_all, scheduler),
        )
        await stack.enter_async_context(_background(watch.run(), "watch"))
        log.info("app event=trading mode=%s grids=%d", self.settings.mode.value, len(self.runner.account.grids))
        await stop.wait()
        scheduler.pause()
        await self.reader.rest()
        scheduler.shutdown(wait=False)

    async def _leave(self, front: Front) -> None:
        """Place nothing more, finish what is in flight, save, report. A store that can't be written holds nobody up."""
        log.info("app event=leaving")
        try:
            await self._finish()
        except StorageError as failure:
            log.error("app event=left_unwritten text=%r", str(failure))
            if self.settings.cancel_on_exit and not self.runner.trouble.is_lost:
                self.runner.cancel_unwritten()
                await self.runner.dispatcher.close()
        await front.stop()

    async def _finish(self) -> None:
        for _ in range(LEAVING_ROUNDS):
            self.runner.post(Leaving(at=self.clock(), cancel=self.settings.cancel_on_exit))
            await self.runner.settled()
            await self.runner.dispatcher.close()
            await self.runner.settled()
            if not (self.settings.cancel_on_exit and live_orders(self.runner.account)):
                break
            await self.reader.last_orders()
        await self.reader.last_fills()
        report = await self.trader.report(leaving=True)
        self.runner.post(Told(at=self.clock(), notice=report))
        await self.runner.settled()

    def _watch(self, steps: Iterable[Step]) -> None:
        """Follow the prices of the markets in use."""
        assert steps is not None
        if self.stream is not None:
            self.stream.watch(self.reader.prices.symbols())


def first_holds(settings: Settings, store: Store) -> frozenset[Hold]:
    """What holds a process up from its first moment: real money that was never confirmed for this database."""
    is_confirmed = not settings.real_money or store.setting(CONFIRMED) is not None
    return frozenset() if is_confirmed else frozenset({Hold.UNCONFIRMED})


def player_of(settings: Settings) -> Player:
    """What plays backtests: on the exchange's prices, or on those that are kept of them."""
    is_demo = settings.mode is Mode.DEMO  # its market is a recorded one, of which a local server knows the last days
    return Player(
        Place(
            address=settings.backpack_api_url,
            folder=None if is_demo else FOLDER,
            known=DEMO_PAST if is_demo else None,
            defaults=settings.defaults,
        )
    )


@asynccontextmanager
async def _background(work: object, name: str) -> AsyncIterator[asyncio.Task[None]]:
    """Run something beside the rest. Its failure is logged when it happens; the rest goes on and leaves in order."""
    task: asyncio.Task[None] = asyncio.create_task(work, name=name)  # type: ignore[arg-type]
    task.add_done_callback(_ended)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _again_and_again(work: Callable[[], Awaitable[None]], name: str) -> None:
    """What has failed begins again after a while: a failure is logged, and never the end of the work."""
    while True:
        try:
            return await work()
        except Exception:
            log.exception("task=%s event=failed", name)
            await asyncio.sleep(STUMBLE_PAUSE)


def _ended(task: asyncio.Task[None]) -> None:
    failure = None if task.cancelled() else task.exception()
    if failure is not None:
        log.error("task=%s event=failed", task.get_name(), exc_info=failure)


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
