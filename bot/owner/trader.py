"""The owner's side of the running program: create, command, summary. The only thing that the chat may call."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.account.belonging import trust
from bot.account.days import as_of_today, day_at
from bot.account.identity import CONFIRMED, Identity
from bot.account.reader import Reader
from bot.account.runner import Runner
from bot.machine.discreet import redacted
from bot.mode import Mode
from bot.owner import overview, views, ways
from bot.owner.audit import Auditor, Tell
from bot.owner.board import Board
from bot.owner.books import BooksView, books_view
from bot.owner.gallery import Gallery
from bot.owner.notebook import ButtonRow, Notebook, OpenButton
from bot.owner.pace import Pace
from bot.owner.periods import Period
from bot.owner.proposal import market_named, propose, retuned
from bot.owner.reports import report_of, span_of
from bot.owner.turnover import Volumes
from bot.settings import Defaults
from exchange.port import Exchange, ExchangeError
from storage.errors import StorageError
from storage.store import Store, Trips
from strategy.account.commands import preview_of
from strategy.account.risk import free
from strategy.account.tuning import tuning_shown
from strategy.draft import Draft
from strategy.grid.opening import Preview, problem, unknown_grid
from strategy.messages.commands import (
    BookDifference,
    Command,
    PauseGrid,
    ResumeGrid,
    SetLending,
    SetLimits,
    SettleStrangers,
    StartGrid,
    StopGrid,
    TuneGrid,
)
from strategy.messages.doubts import ConfirmLive, SettleLeft, SettleMissing
from strategy.messages.problems import Problem, ProblemCode
from strategy.messages.reports import GridLine, Report
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.limits import Bounds
from strategy.model.market import Asset, Market, Symbol, Touch, priced_by
from strategy.model.orders import GridId
from strategy.model.shown import Shown, Tuning, Withdrawn
from strategy.model.spec import GridSpec
from strategy.model.stops import Way
from strategy.model.valuing import price_in_usdc, prices_in_usdc
from strategy.reconcile.recovery import unclear

__all__ = ["ButtonRow", "Notebook", "OpenButton", "Trader"]

LIVE_WORD = "LIVE"
STARTING_SECONDS = 15.0


@dataclass(slots=True, kw_only=True)
class Trader:
    """Everything the owner can do, for one account."""

    mode: Mode
    zone: ZoneInfo
    runner: Runner
    reader: Reader
    exchange: Exchange
    store: Store
    notebook: Notebook
    clock: Callable[[], int]
    defaults: Defaults
    take_block: Callable[[], int]
    """A free block of client ids."""
    identity: Identity
    real_money: bool = False
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    pace: Pace = field(default_factory=Pace)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the first reconciliation of this process is done."""
    started_at: int = field(init=False)
    _panicked: Sequence[Grid] = ()
    """What the panic stops, as it was before: grids that were stopped already don't count."""
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.started_at = self.clock()

    def now(self) -> int:
        """Milliseconds UTC."""
        return self.clock()

    def account(self) -> Account:
        """The frozen state, to read."""
        return self.runner.account

    def market(self, name: str) -> Market | None:
        """A market by its symbol, in capitals or not: some have small letters in them (kBONK_USDC)."""
        return market_named(name, self.account().markets)

    @property
    def board(self) -> Board:
        """The markets to choose from."""
        return Board(exchange=self.exchange, account=self.account, clock=self.clock)

    async def price(self, symbol: Symbol) -> Touch | None:
        """The touch of a market now, also where no grid follows it; None if it can't be had."""
        latest = self.runner.latest.get(symbol)
        if latest is not None and 0 <= self.clock() - latest.at < 2_000:
            return latest
        return await self.reader.prices.read_one(symbol)

    async def propose(self, symbol: Symbol, wish: views.Wish) -> GridSpec | Problem:
        """A whole spec for a market: what was said, and defaults for the rest."""
        await self._awake()
        market = self.market(symbol)
        if market is None:
            similar = ", ".join(self.board.similar(symbol))
            return problem(ProblemCode.UNKNOWN_MARKET, "market", name=symbol, suggestions=similar)
        touch = await self.price(market.symbol)
        if touch is None:
            return problem(ProblemCode.NO_PRICE, symbol=symbol)
        if (pricing := priced_by(market.quote)) and pricing in self.account().markets:
            await self.price(pricing)
        return self._proposed(wish, market, touch)

    def _proposed(self, wish: views.Wish, market: Market, touch: Touch) -> GridSpec | Problem:
        account = self.account()
        price, has = price_in_usdc(account, market.quote), free(account, market.quote)
        return propose(wish, market, touch, account.fees, self.defaults, price, free=has)

    async def preview(self, spec: GridSpec) -> Preview | Problem:
        """What the grid would be, with fresh prices and balances."""
        await self._awake()
        await self.price(spec.symbol)
        try:
            await self.reader.read_balances()
        except ExchangeError as failure:
            self.reader.trouble.failed(failure)
        await self.reader.past.look_back(spec)
        return preview_of(Draft(account=self.account(), at=self.clock()), spec)

    def glance(self, symbol: Symbol, wish: views.Wish) -> Preview | Problem:
        """As a preview, from what is known already: whether a mended wish would be accepted before it is offered."""
        market = self.market(symbol)
        touch = self.account().touches.get(market.symbol) if market else None
        if market is None or touch is None:
            return problem(ProblemCode.NO_PRICE, symbol=symbol)
        spec = self._proposed(wish, market, touch)
        return spec if isinstance(spec, Problem) else preview_of(Draft(account=self.account(), at=self.clock()), spec)

    async def start(self, spec: GridSpec, shown: Shown | None = None) -> GridId | Problem:
        """Open the grid; refused where it would not be what was shown any more."""
        await self.price(spec.symbol)
        async with self._starting:  # the next number is this grid's until it is answered
            grid_id = GridId(self.account().next_grid)
            refused = await self.runner.ask(StartGrid(at=self.clock(), spec=spec, shown=shown))
            return refused or grid_id

    async def stop(self, grid_id: GridId, *, sell: bool, way: Way = Way.NOW) -> Problem | None:
        """Stop a grid; keep or sell its coins."""
        return await self.runner.ask(StopGrid(at=self.clock(), grid_id=grid_id, sell=sell, way=way))

    async def pause(self, grid_id: GridId, *, buying_only: bool = False) -> Problem | None:
        """Take its orders off the book, or its buys alone."""
        return await self.runner.ask(PauseGrid(at=self.clock(), grid_id=grid_id, buying_only=buying_only))

    async def resume(self, grid_id: GridId | None) -> Problem | None:
        """Trade on; None lifts the daily loss halt and resumes all that it stopped."""
        return await self.runner.ask(ResumeGrid(at=self.clock(), grid_id=grid_id))

    async def tune(self, grid_id: GridId, changes: views.Wish, shown: Withdrawn | None = None) -> Problem | None:
        """Change sizes, targets and limits; None removes a limit. Refused beyond what was shown."""
        spec = self._tuned(grid_id, changes)
        if isinstance(spec, Problem):
            return spec
        return await self.runner.ask(TuneGrid(at=self.clock(), grid_id=grid_id, spec=spec, shown=shown))

    def tuning(self, grid_id: GridId, changes: views.Wish) -> Tuning | Problem:
        """What these changes would make of the grid, and which of its orders would go for that."""
        spec = self._tuned(grid_id, changes)
        if isinstance(spec, Problem):
            return spec
        return tuning_shown(Draft(account=self.account(), at=self.clock()), grid_id, spec)

    def _tuned(self, grid_id: GridId, changes: views.Wish) -> GridSpec | Problem:
        grids = self.account().grids
        return retuned(grids[grid_id], changes) if grid_id in grids else unknown_grid(grids, grid_id)

    async def panic(self) -> views.PanicProgress:
        """Cancel everything of ours at once, also where that can't be written down yet."""
        grids = self.account().grids.values()
        self._panicked = [grid for grid in grids if not grid.is_over or grid.live]
        await self.runner.panic()
        return self.panic_progress()

    def panic_progress(self) -> views.PanicProgress:
        """How far the panic has come."""
        unwritten, left = self.runner.trouble.now is not None, len(self.runner.live())
        progress = overview.panic_progress(self._panicked, self.account(), left=left, unwritten=unwritten)
        return replace(progress, cancelled=progress.cancelled + self.runner.cancelled_unwritten())

    def together(self) -> views.Together:
        """The limits of all grids together, what is used of each, and the last that were reached."""
        return overview.together(self.account(), self.clock(), self.zone)

    async def set_bounds(self, bounds: Bounds, shown: Bounds) -> Problem | None:
        """Other limits for all grids together; refused where those in force are not what was shown."""
        return await self.runner.ask(SetLimits(at=self.clock(), bounds=bounds, shown=shown))

    async def use_lent(self, *, use: bool) -> None:
        """Let the grids use what is lent, or no more."""
        await self.runner.ask(SetLending(at=self.clock(), use=use))

    async def audit(self, tell: Tell) -> views.Audit | views.Unreadable | None:
        """Prove the books, telling how far it has come; None while no ledger is open. Changes nothing."""
        auditor = Auditor(
            exchange=self.exchange, store=self.store, account=self.account, clock=self.clock, sleep=self.sleep
        )
        try:
            return await auditor.run(tell)
        except ExchangeError as failure:
            return views.Unreadable(text=str(failure))

    async def auto_lend(self, *, leave: bool) -> views.Unreadable | None:
        """Leave the account's auto-lend on and hear no more of it, or switch it off and read what came back."""
        if leave:
            self.reader.lending.leave()
            return None
        try:
            await self.exchange.set_auto_lend(on=False)
            await self.reader.read_rules()
            await self.reader.read_balances()
        except ExchangeError as failure:
            return views.Unreadable(text=str(failure))
        return None

    async def settle_strangers(self, *, cancel: bool, adopt: bool = False) -> Problem | None:
        """Adopt what fits of the orders that the journal does not know, leave or cancel the others, trade on."""
        return await self.runner.ask(
            SettleStrangers(at=self.clock(), cancel=cancel, adopt=adopt, block=self.take_block())
        )

    async def settle_left(self, *, cancel: bool) -> Problem | None:
        """Cancel the orders that a new database found at the exchange, or leave them alone, and begin."""
        return await self.runner.ask(SettleLeft(at=self.clock(), cancel=cancel))

    async def settle_missing(self, *, stop: bool) -> Problem | None:
        """Take the books as they are although the exchange lacks fills of theirs: trade on, or stop all grids."""
        trust(self.store, self.account().name, self.identity)
        return await self.runner.ask(SettleMissing(at=self.clock(), stop=stop))

    async def book_difference(self, amounts: Mapping[Asset, Decimal]) -> Problem | views.Unreadable | None:
        """Book what nothing explains, once everything that could explain it has been read again and it is the same."""
        try:
            await self.reader.read_again()
        except ExchangeError as failure:
            return views.Unreadable(text=str(failure))
        return await self.runner.ask(BookDifference(at=self.clock(), amounts=amounts))

    def summary(self) -> views.Summary:
        """Everything /status shows."""
        account = self.account()
        return views.Summary(
            at=self.clock(),
            mode=self.mode,
            grids=overview.grid_lines(self._of_today(), self._today, self.clock()),
            open_orders=len(overview.live_orders(account)) - len(unclear(account)),
            waiting_levels=overview.waiting_levels(account),
            limbo=len(unclear(account)),
            foreign_orders=len(account.foreign),
            balances=overview.balance_lines(account, overview.put_in(self.store, account.name)),
            fees=account.fees,
            daily_loss=account.daily_loss,
            prices=prices_in_usdc(account),
            halt=account.stopped_by,
            interruption=overview.interruption_of(account),
            prices_age=overview.prices_age(self.runner.latest, self.reader.prices.symbols(), self.clock()),
            uptime=self.clock() - self.started_at,
            unwritable=self.runner.trouble.now,
            opening_paused=account.limits.paused_until - self.clock(),
            unpriced=overview.unpriced(account),
        )

    def line(self, grid_id: GridId) -> GridLine | None:
        """One grid's line."""
        grid = self.account().grids.get(grid_id)
        return overview.grid_line(self._of_today(), grid, self._today(grid_id), self.clock()) if grid else None

    def has_price(self, symbol: Symbol) -> bool:
        """Whether a market of some grid has a price now; else figures there go by the last one known."""
        return symbol not in overview.unpriced(self.account())

    async def ways_out(self, grid_id: GridId) -> views.WaysOut:
        """What each way of stopping it comes to."""
        return await ways.ways_now(self.account, self.exchange, grid_id)

    def orders(self) -> views.OrdersView:
        """Our live orders and the foreign ones."""
        return overview.orders_view(self.account())

    def fills(self, *, grid_id: GridId | None = None, limit: int = 10, before: int = 0) -> views.FillsView:
        """Booked fills of ours, newest first, after so many newer ones."""
        return overview.fills_view(self.store, self.account().name, grid_id, limit, before)

    async def report(self, *, day: date | None = None, last: date | None = None, leaving: bool = False) -> Report:
        """The report of a local day, or up to the last one, as far as it has come; today if none is named."""
        now, account = self.clock(), self.account()
        day = day or day_at(self.zone, now)
        found = await report_of(self.store, account, span_of(self.zone, day, now, last), at=now)
        if not leaving:
            return found
        unknown = len(unclear(account))
        return replace(
            found, leaving=True, orders_kept=len(overview.live_orders(account)) - unknown, orders_unknown=unknown
        )

    @property
    def volumes(self) -> Volumes:
        """What was traded, and what it cost."""
        return Volumes(mode=self.mode, store=self.store, account=self.account, clock=self.clock, ask=self.ask)

    @property
    def gallery(self) -> Gallery:
        """What pictures are made of."""
        return Gallery(exchange=self.exchange, store=self.store, account=self.account, pace=self.pace)

    async def books(self, *periods: Period, only: GridId | None = None) -> BooksView:
        """What was made in these periods, the first of them in full."""
        return await books_view(self.store, self.account(), periods, now=self.clock(), only=only)

    def known_days(self) -> tuple[date, date]:
        """The local day on which the ledger begins, and today: of no other anything is known."""
        today, opened = day_at(self.zone, self.clock()), self.volumes.opened_at  # also before the first reconciliation
        return (day_at(self.zone, opened) if opened else today), today

    def on_notice(self, wake: Callable[[], None]) -> None:
        """Have this called whenever new notices were committed."""
        self.runner.on_notices.append(wake)

    @property
    def unwritable(self) -> views.Unwritable | None:
        """Since when nothing can be written down, and why."""
        return self.runner.trouble.now

    def why_refused(self, failure: StorageError) -> str:
        """Why the store could not be used, as the owner may read it: no driver's words pass unseen into a chat."""
        return self.unwritable.text if self.unwritable else redacted(str(failure))

    def on_store(self, told: Callable[[views.Unwritable | None], None]) -> None:
        """Have this called when nothing can be written any more, and with None when that is over."""
        self.runner.trouble.listeners.append(told)

    def needs_live_word(self) -> bool:
        """Whether real money would be traded that the owner has never confirmed for this database."""
        return self.real_money and self.notebook.setting(CONFIRMED) is None

    def accept_live_word(self, word: str) -> bool:
        """Confirm real money by typing the word: written down first, then orders may be placed."""
        if word.strip() != LIVE_WORD:
            return False
        self.notebook.set_setting(CONFIRMED, str(self.clock()))
        self.runner.post(ConfirmLive(at=self.clock()))
        return True

    async def _awake(self) -> None:
        """Somebody who asks in the first seconds waits for the first reconciliation, but not for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STARTING_SECONDS):
                await self.started.wait()

    async def ask(self, command: Command) -> Problem | None:
        """Any command, for the program's own use."""
        return await self.runner.ask(command)

    def _of_today(self) -> Account:
        return as_of_today(self.reader, self.zone)

    def _today(self, grid_id: GridId) -> Trips:
        today = span_of(self.zone, day_at(self.zone, self.clock()), self.clock())
        return self.store.trips_between(self.account().name, grid_id, today.begins, today.ends)
