"""A running Packgrid without its chat, its jobs and its clock's pace: the benchmark ticks it. Grids to fill it with.

Everything is the real thing: store on disk, writer, dispatcher, reader, start-up; the exchange is the caller's.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from nacl.signing import SigningKey

from bot.app import App
from bot.machine.clock import wall_milliseconds
from bot.mode import Mode
from bot.owner.trader import LIVE_WORD
from bot.settings import Settings, read_settings
from exchange.port import Exchange
from storage.store import Store
from strategy.model.account import Account
from strategy.model.market import Asset, Side, Symbol
from strategy.model.orders import Order, OrderStatus
from strategy.model.spec import GridSpec, Spacing

SEED = b"packgrid benchmark: a worthless k"
KEY = b64encode(bytes(SigningKey(SEED[:32]).verify_key)).decode()
SECRET = b64encode(SEED[:32]).decode()
USDC = {Asset("USDC"): Decimal(1_000_000)}

PRICES: Mapping[Symbol, Decimal] = {
    Symbol("ETH_USDC"): Decimal(2000),
    Symbol("SOL_USDC"): Decimal(150),
    Symbol("BTC_USDC"): Decimal(60000),
}
GRIDS = 20
LEVELS = 50
WIDTH = Decimal("0.1")
"""How far a grid reaches to both sides of the price, as a fraction."""
SHIFT = Decimal("0.0005")
"""How far the lines of two grids on one market lie apart, as a fraction of the price."""
SHIFTS = 7
"""Grids on one market that lie apart; more of them lie on the lines of the first ones again."""
FORGOTTEN_AFTER = 61_000
PATIENCE = 300.0

Walk = Callable[[Symbol, Decimal], Coroutine[None, None, None]]


@dataclass(slots=True)
class Clock:
    """The system's clock, which may be put forward."""

    ahead: int = 0

    def __call__(self) -> int:
        return wall_milliseconds() + self.ahead


@dataclass(slots=True, kw_only=True)
class Desk:
    """The running program, and the market it trades on."""

    app: App
    walk: Walk
    clock: Clock
    happened: asyncio.Event = field(default_factory=asyncio.Event)
    """Set after every drain of the inbox, and by whoever hears the stream."""

    def __post_init__(self) -> None:
        self.app.runner.after_drain.append(lambda _: self.happened.set())

    @property
    def account(self) -> Account:
        """As last saved."""
        return self.app.runner.account

    def open_orders(self, symbol: Symbol | None = None) -> list[Order]:
        """Orders of ours that rest at the exchange."""
        return [
            order
            for grid in self.account.grids.values()
            for order in grid.live
            if order.status is OrderStatus.OPEN and symbol in (None, order.symbol)
        ]

    def nearest(self, symbol: Symbol, side: Side) -> Order:
        """Our order that the market would meet first."""
        orders = [order for order in self.open_orders(symbol) if order.side is side]
        return (max if side is Side.BUY else min)(orders, key=lambda order: order.price)

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something is so; looked at again whenever something has happened."""
        async with asyncio.timeout(PATIENCE):
            while not reached():
                self.happened.clear()
                await self.happened.wait()

    async def fill_up(self, grids: int = GRIDS) -> None:
        """Open the grids with all their levels waiting to buy, then let the market fall through half of them."""
        specs = list(_specs(grids))
        for symbol in {spec.symbol for spec in specs}:
            await self.walk(symbol, _rounded(PRICES[symbol] * (1 + WIDTH - SHIFT)))
        for spec in specs:
            started = await self.app.trader.start(spec)
            assert isinstance(started, int), started
        await self.until(lambda: len(self.open_orders()) == grids * LEVELS)
        for symbol in {spec.symbol for spec in specs}:
            await self.walk(symbol, PRICES[symbol])
        await self.app.reader.tick()
        await self.until(lambda: len(self.open_orders()) == grids * LEVELS)
        self.clock.ahead += FORGOTTEN_AFTER
        await self.app.reader.tick()


def _specs(grids: int) -> list[GridSpec]:
    symbols = list(PRICES)
    return [_spec(symbols[index % len(symbols)], index // len(symbols) % SHIFTS) for index in range(grids)]


def _spec(symbol: Symbol, shifted: int) -> GridSpec:
    price = PRICES[symbol]
    return GridSpec(
        symbol=symbol,
        spacing=Spacing.ARITHMETIC,
        grids=LEVELS,
        lower=_rounded(price * (1 - WIDTH + shifted * SHIFT)),
        upper=_rounded(price * (1 + WIDTH + shifted * SHIFT)),
        quote_per_order=Decimal(100),
        max_loss=None,
    )


def _rounded(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.1"))


def settings_of(folder: Path, **changes: object) -> Settings:
    """Live on a local server, as far as the program can tell."""
    return read_settings(
        env_file=None,
        mode=Mode.LIVE,
        backpack_api_key=KEY,
        backpack_api_secret=SECRET,
        database_url=f"sqlite:///{folder / 'packgrid.db'}",
        daily_loss_limit=None,
        **changes,
    )


@asynccontextmanager
async def trading(exchange: Exchange, folder: Path, walk: Walk, **changes: object) -> AsyncIterator[Desk]:
    """The program over an exchange, started and ready; at the end its orders stay and everything is on disk."""
    clock, settings = Clock(), settings_of(folder, **changes)
    store = Store.open(settings.database, now=clock)
    app = App(settings=settings, store=store, exchange=exchange, clock=clock)
    writer = asyncio.create_task(app.runner.run())
    try:
        await app.startup().run()
        assert app.trader.accept_live_word(LIVE_WORD), "live on a local server, as far as the program can tell"
        yield Desk(app=app, walk=walk, clock=clock)
        await app.runner.dispatcher.close()
        await app.runner.settled()
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
        store.close()
