"""The local Backpack, whole: venue, prices, REST, websocket, control side, state file. What builds all of it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.demo.backpack.answers import NOT_FOUND, response
from bot.demo.backpack.chart import Trace
from bot.demo.backpack.control import Control
from bot.demo.backpack.feed import Candles, Feed, RecordedFeed, Recording, SyntheticFeed, Trades, bars_of, read_rows
from bot.demo.backpack.limits import Limits, Rates
from bot.demo.backpack.player import Player, Sleep
from bot.demo.backpack.rest import RestServer
from bot.demo.backpack.streams import Streams
from bot.demo.loopback import LoopbackOnly
from exchange.paper.announcements import Announcement, BalanceChanged, OrderChanged
from exchange.paper.faults import Faults
from exchange.paper.listing import default_markets
from exchange.paper.rules import Choices
from exchange.paper.snapshot import restore, snapshot
from exchange.paper.state import StateFile
from exchange.paper.venue import Venue
from strategy.model.market import Symbol
from strategy.model.money import nearest_to

MANUAL = "manual"
SYNTHETIC = "synthetic"
RECORDINGS: dict[str, Callable[[list[list[str]]], Recording]] = {"candles": Candles, "trades": Trades}
SPEED_BUMP = 0.1
"""Seconds by which orders that are not post-only reach the book late."""
SAVE_EVERY = 40
"""Steps of the market between two savings where nothing else causes one."""


def milliseconds() -> int:
    """The system's clock."""
    return time.time_ns() // 1_000_000


def build(  # noqa: PLR0913  # one argument an option of the command line, and what tests replace
    market: str = SYNTHETIC,
    *,
    seed: int = 1,
    speed: float | Decimal = 1.0,
    symbol: str = "ETH_USDC",
    alone: bool = False,
    past: Path | None = None,
    state_file: Path | None = None,
    clock: Callable[[], int] = milliseconds,
    sleep: Sleep = asyncio.sleep,
    choices: Choices | None = None,
    rates: Rates | None = None,
    speed_bump: float = SPEED_BUMP,
) -> "LocalBackpack":
    """A local Backpack whose `symbol` is moved by `market`: synthetic, manual, candles:FILE or trades:FILE.

    The other markets stand still until they are moved by the control side; `alone`, they are not listed, unless the
    state file has them from before. `past` are candles of before the recorded ones: both are shown as history from the
    first moment on. `rates` None limits nothing.
    """
    state = StateFile(state_file) if state_file is not None else None
    markets = default_markets()
    if alone:
        saved = _saved(state)
        kept = {symbol, *(saved["venue"]["markets"] if saved is not None else ())}
        markets = {name: market for name, market in markets.items() if name in kept}
    rules, price = markets[Symbol(symbol)]
    feed = _feed(market, seed=seed, price=price, tick_size=rules.tick_size, at=clock())
    if isinstance(feed, RecordedFeed):
        markets[Symbol(symbol)] = rules, nearest_to(feed.first_price, rules.tick_size)
    venue = Venue(markets, clock=clock, choices=choices)
    player = None if feed is None else Player(venue, Symbol(symbol), feed, speed=float(speed), sleep=sleep)
    local = LocalBackpack(venue, player, name=market, state=state, sleep=sleep, rates=rates, speed_bump=speed_bump)
    local.open()
    if past is not None:
        rows = [*read_rows(past), *read_rows(Path(market.partition(":")[2]))]
        venue.listing(Symbol(symbol)).tape.recorded = bars_of(rows)
    return local


class LocalBackpack:
    """A whole exchange in one object. `start` lets the market run, `stop` ends that and saves."""

    def __init__(
        self,
        venue: Venue,
        player: Player | None,
        *,
        name: str,
        state: StateFile | None,
        sleep: Sleep,
        rates: Rates | None,
        speed_bump: float,
    ) -> None:
        self.venue = venue
        self.player = player
        self.faults = Faults()
        self.streams = Streams(venue, sleep)
        self._name = name
        self._state = state
        self._unsaved = False
        self._steps = 0
        self._playing: asyncio.Task[None] | None = None
        self._rest = RestServer(
            venue,
            faults=self.faults,
            limits=Limits(rates),
            after=self.save,
            sleep=sleep,
            speed_bump=speed_bump,
        )
        self._trace = Trace(venue)
        self._control = Control(venue, player, self.faults, self.streams, self._trace, after=self.save_all)
        venue.listen(self._hear)
        venue.listen(self._trace.hear)

    def routes(self) -> list[BaseRoute]:
        """REST, websocket and control side, for the root of an application that stands behind `LoopbackOnly`."""
        return [*self._rest.routes(), *self.streams.routes(), *self._control.routes()]

    def app(self) -> Starlette:
        """The exchange as an application of its own. `start` and `stop` are the caller's."""
        return Starlette(
            routes=self.routes(),
            middleware=[Middleware(LoopbackOnly)],
            exception_handlers={404: _not_found, 405: _not_found},
        )

    def open(self) -> None:
        """Take up what was saved, or begin: every market has a price from the first moment on."""
        saved = _saved(self._state)
        if saved is not None:
            restore(self.venue, saved["venue"])
            self._trace.restore(saved.get("fills", {}))  # a file of an older version has none
        if saved is not None and self.player is not None and saved["market"] == self._name:
            self.player.seek(saved["position"], saved["time"])
        for symbol, listing in self.venue.listings.items():
            if not listing.tape.bars and self.player is not None and self.player.symbol == symbol:
                self.player.step()
            elif not listing.tape.bars:
                self.venue.walk(symbol, listing.price)

    async def start(self) -> None:
        """Let the market run."""
        if self.player is not None:
            self._playing = asyncio.create_task(self.player.run(self._after_step))

    async def stop(self) -> None:
        """Stop the market, close the sockets, save."""
        if self._playing is not None:
            self._playing.cancel()
            with suppress(asyncio.CancelledError):
                await self._playing
        self.streams.drop()
        self.save_all()

    def save(self) -> None:
        """Write the state down if an account has changed since the last time."""
        if self._unsaved:
            self.save_all()

    def save_all(self) -> None:
        """Write the state down."""
        self._unsaved = False
        if self._state is None:
            return
        position = None if self.player is None else self.player.position
        at = None if self.player is None else self.player.time
        shown = {"market": self._name, "position": position, "time": at, "fills": self._trace.saved()}
        self._state.save({**shown, "venue": snapshot(self.venue)})

    def _after_step(self) -> None:
        self._steps += 1
        if self._unsaved or self._steps % SAVE_EVERY == 0:
            self.save_all()

    def _hear(self, news: Announcement) -> None:
        self._unsaved = self._unsaved or isinstance(news, OrderChanged | BalanceChanged)


def _saved(state: StateFile | None) -> dict[str, Any] | None:
    return state.load() if state is not None else None


def _feed(market: str, *, seed: int, price: Decimal, tick_size: Decimal, at: int) -> Feed | None:
    kind, _, file = market.partition(":")
    if kind == MANUAL:
        return None
    if kind == SYNTHETIC:
        return SyntheticFeed(seed=seed, price=price, tick_size=tick_size, at=at)
    if kind not in RECORDINGS or not file:
        msg = f"unknown market {market!r}: use synthetic, manual, candles:FILE or trades:FILE"
        raise ValueError(msg)
    return RecordedFeed(RECORDINGS[kind](read_rows(Path(file))), tick_size)


async def _not_found(_: Request, __: Exception) -> Response:
    return response(NOT_FOUND)
