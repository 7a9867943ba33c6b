"""A trader for tests of the chat: the interface over the real strategy and store, without an exchange."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.mode import Mode
from bot.owner.audit import Tell
from bot.owner.board import Board
from bot.owner.books import BooksView, books_view
from bot.owner.gallery import Gallery
from bot.owner.notebook import Notebook
from bot.owner.overview import balance_lines, fills_view, grid_line, grid_lines, live_orders, together
from bot.owner.periods import Period
from bot.owner.proposal import market_named, propose, retuned
from bot.owner.trader import Trader
from bot.owner.turnover import Volumes
from bot.owner.views import (
    Audit,
    AuditProgress,
    FillsView,
    OrdersView,
    PanicProgress,
    Summary,
    Together,
    Unreadable,
    Unwritable,
    WaysOut,
    Wish,
)
from bot.owner.ways import ways_out
from bot.settings import Defaults
from exchange.port import Candle, Day, Exchange, ExchangeError, Listed, Offer
from storage.errors import StorageError
from storage.store import Store, Trips
from strategy.account.refusals import no_goal
from strategy.account.risk import free
from strategy.account.tuning import tuning_of
from strategy.draft import Draft, Step
from strategy.grid.opening import Preview, preview, unknown_grid
from strategy.messages.commands import (
    BookDifference,
    Command,
    Panic,
    PauseGrid,
    ResumeGrid,
    SetLending,
    SetLimits,
    SettleStrangers,
    StartGrid,
    StopGrid,
    TuneGrid,
)
from strategy.messages.doubts import SettleLeft, SettleMissing
from strategy.messages.notices import Notice
from strategy.messages.problems import Problem
from strategy.messages.reports import GridLine, Report
from strategy.model.account import Account
from strategy.model.durations import HOUR
from strategy.model.limits import Bounds
from strategy.model.market import Asset, Balance, Market, Symbol, Touch
from strategy.model.orders import GridId
from strategy.model.shown import Shown, Tuning, Withdrawn
from strategy.model.spec import GridSpec
from strategy.model.stops import Way
from strategy.step import step
from tests.unit.telling import ETH_USDC, USDC
from tests.unit.viewing import FEES, MARKET

SOL_USDC = Symbol("SOL_USDC")
D = Decimal


class SmallTrader:
    """Speaks the trader's interface over the real strategy and store, without an exchange: orders stay on paper."""

    def __init__(self, notebook: Notebook, *, clock: Callable[[], int], mode: Mode = Mode.PAPER) -> None:
        self.defaults = Defaults()
        self.notebook, self.mode, self.zone, self._clock = notebook, mode, ZoneInfo("UTC"), clock
        sol = replace(MARKET, symbol=SOL_USDC, base=Asset("SOL"))
        self._account = Account(
            name="test",
            block=7,
            fees=FEES,
            expected={USDC: D(1000)},
            markets={ETH_USDC: MARKET, SOL_USDC: sol},
            balances={USDC: Balance(available=D(1000))},
            ready=True,
        )
        self.set_price("2510.1")
        notebook.store.save(None, [Step(account=self._account)])
        self._wakes: list[Callable[[], None]] = []
        self.asked: list[str] = []
        """Commands that changed something, in their order."""
        self.hold: asyncio.Event | None = None
        """While set and clear, previews hang."""
        self.panic_left: list[int] = [0]
        self.panic_filled = 0
        self.live_word_needed = False
        self.audited: Audit | Unreadable | None = None
        self.audit_gate: asyncio.Event | None = None
        """While set and clear, an audit is a quarter done and hangs."""
        self.lending_fails: Unreadable | None = None
        self.unread: Unreadable | None = None
        self.unwritable: Unwritable | None = None
        self.priced = True
        self.bids: Sequence[Offer] | None = None
        """The buyers in the book, where it can be read."""
        self.no_candles: ExchangeError | None = None
        self.hourly = 24
        """How far the market moves in an hour, in quote: about a hundredth of its price."""
        self.last_days: Mapping[Symbol, Day] | ExchangeError = {}
        self._store_listeners: list[Callable[[Unwritable | None], None]] = []

    def set_price(self, bid: str) -> None:
        price = D(bid)
        touch = Touch(symbol=ETH_USDC, bid=price, ask=price + D("0.2"), at=self._clock())
        self._account = replace(self._account, touches={ETH_USDC: touch})

    def set(self, **changes: Any) -> None:
        self._account = replace(self._account, **changes)

    def tell(self, *notices: Notice) -> None:
        self._save(Step(account=self._account, notices=notices))

    def _save(self, done: Step) -> None:
        self.notebook.store.save(self._account, [done])
        self._account = done.account
        for wake in self._wakes:
            wake()

    def _ask(self, said: str, command: Command) -> Problem | None:
        done = step(self._account, command)
        if done.problem is None:
            self.asked.append(said)
        self._save(done)
        return done.problem

    def now(self) -> int:
        return self._clock()

    def account(self) -> Account:
        return self._account

    def market(self, name: str) -> Market | None:
        return market_named(name, self._account.markets)

    @property
    def board(self) -> Board:
        return Board(exchange=cast("Exchange", self), account=self.account, clock=self.now)

    async def days(self) -> Mapping[Symbol, Day]:
        """The exchange's tickers, where they can be read."""
        if isinstance(self.last_days, ExchangeError):
            raise self.last_days
        return self.last_days

    async def price(self, symbol: Symbol) -> Touch | None:
        return self._account.touches.get(symbol)

    async def propose(self, symbol: Symbol, wish: Wish) -> GridSpec | Problem:
        touch = self._account.touches[ETH_USDC]
        return propose(wish, self._account.markets[symbol], touch, FEES, self.defaults, free=free(self._account, USDC))

    async def preview(self, spec: GridSpec) -> Preview | Problem:
        if self.hold is not None:
            await self.hold.wait()
        account = self._account
        found = preview(spec, account.markets[spec.symbol], account.touches[ETH_USDC], FEES, free(account, USDC))
        return no_goal(account, spec) or found

    def glance(self, symbol: Symbol, wish: Wish) -> Preview | Problem:
        account, touch = self._account, self._account.touches[ETH_USDC]
        spec = propose(wish, account.markets[symbol], touch, FEES, self.defaults, free=free(self._account, USDC))
        if isinstance(spec, Problem):
            return spec
        found = preview(spec, account.markets[spec.symbol], touch, FEES, free(account, USDC))
        return no_goal(account, spec) or found

    async def start(self, spec: GridSpec, shown: Shown | None = None) -> GridId | Problem:
        grid_id = GridId(self._account.next_grid)
        return self._ask(f"start {spec.symbol}", StartGrid(at=self._clock(), spec=spec, shown=shown)) or grid_id

    async def stop(self, grid_id: GridId, *, sell: bool, way: Way = Way.NOW) -> Problem | None:
        said = f" sell{'' if way is Way.NOW else f' {way}'}" if sell else ""
        return self._ask(f"stop {grid_id}{said}", StopGrid(at=self._clock(), grid_id=grid_id, sell=sell, way=way))

    async def pause(self, grid_id: GridId, *, buying_only: bool = False) -> Problem | None:
        command = PauseGrid(at=self._clock(), grid_id=grid_id, buying_only=buying_only)
        return self._ask(f"pause {grid_id}{' buying' if buying_only else ''}", command)

    async def resume(self, grid_id: GridId | None) -> Problem | None:
        return self._ask(f"resume {grid_id}", ResumeGrid(at=self._clock(), grid_id=grid_id))

    async def tune(self, grid_id: GridId, changes: Wish, shown: Withdrawn | None = None) -> Problem | None:
        spec = self._tuned(grid_id, changes)
        if isinstance(spec, Problem):
            return spec
        return self._ask(f"tune {grid_id}", TuneGrid(at=self._clock(), grid_id=grid_id, spec=spec, shown=shown))

    def tuning(self, grid_id: GridId, changes: Wish) -> Tuning | Problem:
        spec = self._tuned(grid_id, changes)
        if isinstance(spec, Problem):
            return spec
        return tuning_of(Draft(account=self._account, at=self._clock()), grid_id, spec)

    def _tuned(self, grid_id: GridId, changes: Wish) -> GridSpec | Problem:
        if grid_id not in self._account.grids:
            return unknown_grid(self._account.grids, grid_id)
        return retuned(self._account.grids[grid_id], changes)

    async def panic(self) -> PanicProgress:
        if self.unwritable is None:
            self._ask("panic", Panic(at=self._clock()))
        else:
            self.asked.append("panic")
        return self.panic_progress()

    def panic_progress(self) -> PanicProgress:
        left = self.panic_left.pop(0) if len(self.panic_left) > 1 else self.panic_left[0]
        return PanicProgress(
            grids=2,
            orders_at_start=41,
            cancelled=41 - left - self.panic_filled,
            orders_left=left,
            limbo=0,
            unwritten=self.unwritable is not None,
        )

    def together(self) -> Together:
        return together(self._account, self._clock(), self.zone)

    async def set_bounds(self, bounds: Bounds, shown: Bounds) -> Problem | None:
        return self._ask(f"daily {bounds.daily_loss}", SetLimits(at=self._clock(), bounds=bounds, shown=shown))

    async def audit(self, tell: Tell) -> Audit | Unreadable | None:
        if self.audit_gate is not None:
            await tell(AuditProgress(done=5_000, total=20_000))
            await self.audit_gate.wait()
        return self.audited

    async def auto_lend(self, *, leave: bool) -> Unreadable | None:
        self.asked.append(f"lending {'left' if leave else 'off'}")
        return self.lending_fails

    async def use_lent(self, *, use: bool) -> None:
        self._ask(f"lent {use}", SetLending(at=self._clock(), use=use))

    async def settle_strangers(self, *, cancel: bool, adopt: bool = False) -> Problem | None:
        said = "settle adopt" if adopt else f"settle {cancel}"
        return self._ask(said, SettleStrangers(at=self._clock(), cancel=cancel, adopt=adopt, block=8))

    async def settle_left(self, *, cancel: bool) -> Problem | None:
        return self._ask(f"left {cancel}", SettleLeft(at=self._clock(), cancel=cancel))

    async def settle_missing(self, *, stop: bool) -> Problem | None:
        return self._ask(f"missing {stop}", SettleMissing(at=self._clock(), stop=stop))

    async def book_difference(self, amounts: Mapping[Asset, Decimal]) -> Problem | Unreadable | None:
        return self.unread or self._ask(f"book {amounts}", BookDifference(at=self._clock(), amounts=amounts))

    def summary(self) -> Summary:
        account = self._account
        return Summary(
            at=self._clock(),
            mode=self.mode,
            grids=grid_lines(account, _nothing, self._clock()),
            open_orders=len(live_orders(account)),
            waiting_levels=0,
            limbo=0,
            foreign_orders=0,
            balances=balance_lines(account, {USDC: D(1000)}),
            fees=FEES,
            daily_loss=account.daily_loss,
            halt=account.stopped_by,
            interruption=None,
            prices_age=None,
            uptime=0,
            unwritable=self.unwritable,
            unpriced=frozenset() if self.priced else frozenset({ETH_USDC}),
        )

    def line(self, grid_id: GridId) -> GridLine | None:
        grid = self._account.grids.get(grid_id)
        return grid_line(self._account, grid, _nothing(grid_id), self._clock()) if grid else None

    def has_price(self, symbol: Symbol) -> bool:
        return self.priced or symbol != ETH_USDC

    async def ways_out(self, grid_id: GridId) -> WaysOut:
        return ways_out(self._account, self._account.grids[grid_id], self.bids)

    def orders(self) -> OrdersView:
        return OrdersView(ours=live_orders(self._account), foreign=(), bids={ETH_USDC: D("2510.1")})

    def fills(self, *, grid_id: GridId | None = None, limit: int = 10, before: int = 0) -> FillsView:
        return fills_view(self.notebook.store, "test", grid_id, limit, before)

    async def report(self, *, day: date | None = None, last: date | None = None) -> Report:
        shown, today = day or date(2026, 2, 6), self.known_days()[1]
        at, several = self._clock(), None if last in (None, day) else str(last)
        lines = grid_lines(self._account, _nothing, at)
        return Report(at=at, day=shown.isoformat(), last=several, over=(last or shown) < today, grids=lines)

    @property
    def volumes(self) -> Volumes:
        return Volumes(
            mode=self.mode, store=self.notebook.store, account=self.account, clock=self._clock, ask=self._ask_any
        )

    async def _ask_any(self, command: Command) -> Problem | None:
        return self._ask(type(command).__name__, command)

    @property
    def gallery(self) -> Gallery:
        return Gallery(exchange=cast("Exchange", self), store=self.notebook.store, account=self.account)

    async def candles(self, symbol: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
        """The exchange's only call: two days of it, or nothing."""
        assert symbol, interval
        if self.no_candles is not None:
            raise self.no_candles
        hours, high = range(start - start % HOUR + HOUR, end, HOUR), str(2500 + self.hourly)
        return Listed(
            Candle(at=at, open="2500", high=high, low="2500", close=str(2510 + number % 7), volume="1")
            for number, at in enumerate(hours)
        )

    @property
    def store(self) -> Store:
        return self.notebook.store

    async def books(self, *periods: Period, only: GridId | None = None) -> BooksView:
        return await books_view(self.notebook.store, self._account, periods, now=self._clock(), only=only)

    def known_days(self) -> tuple[date, date]:
        return date(2026, 1, 1), date(2026, 12, 31)

    def on_notice(self, wake: Callable[[], None]) -> None:
        self._wakes.append(wake)

    def why_refused(self, failure: StorageError) -> str:
        return Trader.why_refused(cast("Trader", self), failure)

    def on_store(self, told: Callable[[Unwritable | None], None]) -> None:
        self._store_listeners.append(told)

    def set_unwritable(self, now: Unwritable | None) -> None:
        """The store can't be written from now on, or can again."""
        self.unwritable = now
        for told in self._store_listeners:
            told(now)

    def needs_live_word(self) -> bool:
        return self.live_word_needed

    def accept_live_word(self, word: str) -> bool:
        self.live_word_needed = word != "LIVE"
        return not self.live_word_needed


def _nothing(_: GridId) -> Trips:
    return Trips(fills=0, round_trips=0, realised=D(0))
