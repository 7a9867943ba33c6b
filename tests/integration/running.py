"""The running program in process: the app's real parts over a real store, and a venue that outlives them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from bot.app import App
from bot.mode import Mode
from bot.settings import Settings, read_settings
from exchange.paper.exchange import PaperExchange
from exchange.paper.faults import CallFault, FaultMode
from exchange.paper.listing import default_markets
from exchange.paper.rules import Choices
from exchange.paper.translation import fill_of
from exchange.paper.venue import Venue
from exchange.port import BadAnswer, Balances, ExchangeError, Listed, Markets, Placement
from storage.store import Store
from strategy.messages.notices import Notice
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.market import Asset, Market, Symbol
from strategy.model.orders import EndedOrder, Fill, GridId, OpenOrder, Order, Unread
from strategy.model.spec import GridSpec
from tests.builders import ETH_USDC, NOW, a_range
from tests.promises import books, whole
from tests.promises.orders import ids_used_once
from tests.promises.promise import assert_kept
from tests.promises.whole import Excuses, Outside
from tests.venue import totals

R = TypeVar("R", OpenOrder, EndedOrder | OpenOrder, Fill)

KEY = "owner"
TICK = 3_000
A_WHILE = 60
"""Turns of the event loop in which everything that follows from one thing has happened: nothing here really waits."""


class Road(PaperExchange):
    """The way to the venue and back. A closed gate holds requests or answers up; what is sent is kept."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue, KEY)
        self.out, self.cancel_out, self.back = _gate(), _gate(), _gate()
        self.sent: list[tuple[Order, ...]] = []
        self.cancelled: list[int | None] = []
        self.asked_since: list[int] = []
        """What the fills were asked from, each time."""
        self.down: ExchangeError | None = None
        """While set, open orders can't be read, for this reason."""
        self.unread_markets: dict[Symbol, str] = {}
        """Markets whose rows can't be read, and why."""
        self.unreadable: set[str] = set()
        """The venue's ids of orders whose rows, and whose fills' rows, can't be read."""
        self.unnamed = False
        """Set, of such a row not even our id can be read."""
        self.markets_read = 0
        self.explained = True
        """Cleared, a change of the rules is not shown."""
        self.listed_late = False
        """Set, the list of markets is as it was, and each by itself as it is."""
        self._markets: Mapping[Symbol, Market] | None = None
        self.unknown: set[Asset] = set()
        """Assets whose balances can't be read."""
        self.bare = 0
        """How often balances are answered as if there were none at all."""
        self.meanwhile: list[Callable[[], None]] = []
        """What happens right after the time was asked, each once."""

    async def server_time(self) -> int:
        """The venue's clock."""
        at = await super().server_time()
        while self.meanwhile:
            self.meanwhile.pop()()
        return at

    async def markets(self) -> Markets:
        """As the venue has them, or as it said they were while that hides a change."""
        self.markets_read += 1
        if (self.explained and not self.listed_late) or self._markets is None:
            self._markets = await super().markets()
        listed = {symbol: market for symbol, market in self._markets.items() if symbol not in self.unread_markets}
        return Markets(listed, self.unread_markets)

    async def market(self, symbol: Symbol) -> Market:
        """As the venue has it, unless a change is hidden or it can't be read."""
        if symbol in self.unread_markets:
            raise BadAnswer(self.unread_markets[symbol])
        hidden = self._markets if not self.explained else None
        return hidden[symbol] if hidden is not None else await super().market(symbol)

    async def open_orders(self) -> Listed[OpenOrder]:
        """As the venue shows them, unless it is down."""
        if self.down is not None:
            raise self.down
        return self._shown(await super().open_orders())

    async def fills(self, since: int, until: int | None = None) -> Listed[Fill]:
        """As the venue shows them."""
        self.asked_since.append(since)
        return self._shown(await super().fills(since, until))

    async def balances(self) -> Balances:
        """As the venue shows them."""
        held = await super().balances()
        if self.bare:
            self.bare -= 1
            return Balances()
        known = {asset: balance for asset, balance in held.items() if asset not in self.unknown}
        return Balances(known, dict.fromkeys(self.unknown, "capital.X.locked: null"))

    async def ended_order(self, symbol: Symbol, order_id: str) -> EndedOrder | Unread | None:
        """As the venue shows it, or not to be understood."""
        if order_id in self.unreadable:
            return Unread(text="order.side: null", order_id=order_id)
        return await super().ended_order(symbol, order_id)

    async def orders_since(self, symbol: Symbol | None, since: int) -> Listed[EndedOrder | OpenOrder]:
        """As the venue shows them."""
        return self._shown(await super().orders_since(symbol, since))

    def _shown(self, rows: Listed[R]) -> Listed[R]:
        """What can be read of a list."""
        hidden = [row for row in rows if row.order_id in self.unreadable]
        unread = [
            Unread(text="row.side: null", order_id=row.order_id, client_id=None if self.unnamed else row.client_id)
            for row in hidden
        ]
        return Listed([row for row in rows if row not in hidden], unread)

    async def place(self, orders: Sequence[Order]) -> Sequence[Placement]:
        """As the venue does it, between the gates."""
        self.sent.append(tuple(orders))
        await self.out.wait()
        placed = await super().place(orders)
        await self.back.wait()
        return placed

    async def cancel(self, symbol: Symbol, *, order_id: str | None, client_id: int | None) -> EndedOrder | None:
        """As the venue does it, between the gates."""
        self.cancelled.append(client_id)
        await self.cancel_out.wait()
        ended = await super().cancel(symbol, order_id=order_id, client_id=client_id)
        await self.back.wait()
        return ended

    async def arrive(self, orders: Sequence[Order]) -> None:
        """A request that hung somewhere arrives after all."""
        await super().place(orders)

    def go_wrong(self, mode: FaultMode, match: str = "", times: int | None = 1, **more: Any) -> None:
        """The next calls go wrong. Placements are "POST", reads of open orders "GET /api/v1/orders"."""
        self.faults.add(CallFault(match=match, mode=mode, times=times, **more))


class World:
    """A venue, a database, and the program that is killed and started again. The clock moves when a test moves it."""

    def __init__(
        self,
        *,
        usdc: str = "10000",
        price: str = "2000",
        symbol: Symbol = ETH_USDC,
        store: Store | None = None,
        choices: Choices | None = None,
        stream: bool = True,
        **settings: Any,
    ) -> None:
        self.now = NOW
        markets = {s: (m, Decimal(price) if s == symbol else p) for s, (m, p) in default_markets().items()}
        self.venue = Venue(markets, clock=self.clock, choices=choices)
        self.held = self.venue.open_account(KEY, {Asset("USDC"): Decimal(usdc)})
        self.store = store or Store.open("sqlite://", now=self.clock)
        self.settings = a_setting(**settings)
        self.stream = stream
        self.slept: list[float] = []
        self.notices: list[Notice] = []
        self.road = Road(self.venue)
        self._unsubscribe: Callable[[], None] | None = None
        self._before: set[asyncio.Task[Any]] = set()
        self.app = self.build()

    def clock(self) -> int:
        """Milliseconds UTC."""
        return self.now

    @property
    def account(self) -> Account:
        """As the running process has it."""
        return self.app.runner.account

    @property
    def grid(self) -> Grid:
        """The newest grid."""
        return self.account.grids[max(self.account.grids)]

    def told(self, kind: type[Any]) -> list[Any]:
        """Notices of a kind, of all processes, oldest first."""
        return [notice for notice in self.notices if isinstance(notice, kind)]

    def build(self) -> App:
        """A new process over the same database and venue; nothing runs yet."""
        app = App(settings=self.settings, store=self.store, exchange=self.road, clock=self.clock)
        app.runner.sleep = self.sleep
        app.runner.after_drain.append(lambda steps: self.notices.extend(n for done in steps for n in done.notices))
        return app

    async def sleep(self, seconds: float) -> None:
        """Nobody waits; it is noted that somebody wanted to."""
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def begin(self) -> None:
        """Start the writer and bring the account up, as far as the exchange lets it."""
        self._before = asyncio.all_tasks()
        if self.stream:
            self._unsubscribe = self.road.subscribe(self.app.reader.hear)
        asyncio.create_task(self.app.runner.run(), name="writer")  # noqa: RUF006 - `kill` finds it
        asyncio.create_task(self._start_up(), name="startup")  # noqa: RUF006 - likewise
        await a_while()

    async def _start_up(self) -> None:
        app = self.app
        await app.startup(self.sleep).run()
        app.trader.started.set()

    async def kill(self) -> None:
        """The process dies between two awaits: nothing of it goes on, nothing is tidied up."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        mine = asyncio.all_tasks() - self._before
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)

    async def begin_again(self) -> None:
        """Another process over the same database. What the last one had on the road is lost."""
        self.road.out, self.road.cancel_out, self.road.back = _gate(), _gate(), _gate()
        self.app = self.build()
        await self.begin()

    async def start(self, spec: GridSpec | None = None) -> GridId:
        """Open a grid, five levels from 1,900 to 2,100 unless said otherwise, and let it get its orders."""
        started = await self.app.trader.start(spec or a_range(1900, 2100, 5))
        assert isinstance(started, int), started
        await a_while()
        return started

    async def tick(self, times: int = 1) -> None:
        """The job's tick, and what follows from it."""
        for _ in range(times):
            self.now += TICK
            await self.app.reader.tick()
            await a_while()

    async def walk(self, price: int | str, symbol: Symbol = ETH_USDC) -> None:
        """The market moves; the stream tells of it, if there is one."""
        self.venue.walk(symbol, Decimal(price))
        await a_while()

    async def trade(self, price: int | str, symbol: Symbol = ETH_USDC) -> None:
        """The market moves and a tick sees it."""
        await self.walk(price, symbol)
        await self.tick()


async def a_trading_world(**how: Any) -> World:
    """Five levels from 1,900 to 2,100 at 2,000, each with its order; the two above the price have their coins."""
    world = World(**how)
    await world.begin()
    await world.start()
    await world.tick()
    assert_whole(world)
    return world


def a_setting(**settings: Any) -> Settings:
    """Settings of a test: in memory, no environment."""
    return read_settings(env_file=None, **{"mode": Mode.PAPER, "database_url": "sqlite://"} | settings)


async def a_while() -> None:
    """Let everything happen that can happen without time passing."""
    for _ in range(A_WHILE):
        await asyncio.sleep(0)


def assert_whole(world: World) -> None:
    """Nothing is missing, nothing is double, and the books equal the venue's to the last digit."""
    resting = [order.client_id or 0 for order in ours(world)]
    assert_kept(whole.unfinished(world.account, Outside.at(world.venue, resting), Excuses(waits=())))
    assert_kept(ids_used_once([], [one.client_id for one in world.held.orders.values() if one.client_id is not None]))
    assert_books(world)


def assert_books(world: World) -> None:
    """Every fill is booked once, the folds give the venue's balances, and what is on disk is what is in memory."""
    entries = world.store.entries("main")
    assert_kept(books.every_fill_booked_once(entries, [fill_of(fill).mark for fill in world.held.fills]))
    assert_kept(books.folds_equal_the_checkpoint(entries, world.account))
    assert_kept(books.books_equal_the_exchange(world.account, totals(world.held)))
    stored = world.store.load("main")
    assert stored is not None
    for grid in world.account.grids.values():
        kept = stored.grids[grid.id]
        assert (kept.levels, kept.lots, kept.books, kept.phase) == (grid.levels, grid.lots, grid.books, grid.phase)


def ours(world: World) -> list[Any]:
    """What rests at the venue under an id of the running account's block."""
    return [order for order in world.held.open.values() if world.account.is_ours(order.client_id)]  # type: ignore[arg-type]


def _gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate
