"""A whole world in virtual time: the core over the real simulated venue. Sends and answers can be held back or lost.

It does what the running process does around the core (dispatcher, reader, journal), without a store or a socket.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from exchange.backpack.news import FillSeen, StreamEvent, TouchSeen
from exchange.simulated.faults import Fault, FaultMode
from exchange.simulated.paper import PaperExchange
from exchange.simulated.rules import Choices
from exchange.simulated.venue import Venue
from strategy import events as ev
from strategy.account import Account, Step
from strategy.grid import Grid, GridSpec
from strategy.ledger import Entry, FillEntry
from strategy.market import Asset, Balance, Market, Side, Symbol, Touch
from strategy.notices import Notice, Problem
from strategy.orders import ClientId, EndedOrder, GridId, Order, Refusal
from strategy.recovery import (
    Witnesses,
    find,
    in_limbo,
    never_arrived,
    overdue,
    vanished,
    waiting_for_fills,
)
from strategy.step import step
from tests.builders import BLOCK, NOW, USDC, a_market, a_range
from tests.road import Road, finished

KEY = "alice"
TICK = 3_000
FILLS_EVERY = 10_000
MOST_EVENTS = 3_000
"""What follows from one thing that happens must come to an end: more events than this are a loop."""

N = TypeVar("N", bound=Notice)


def a_world(
    levels: int = 10, lower: int | str = 100, upper: int | str = 200, *, price: int | str | None = None, **wishes: Any
) -> "World":
    """A world with one arithmetic grid that has its coins and its orders, the price in the middle of its range."""
    start = Decimal(price) if price is not None else (Decimal(lower) + Decimal(upper)) / 2
    world = World({a_market(): start})
    world.start(a_range(lower, upper, levels, **wishes))
    world.tick()
    return world


class World:
    """One account on a venue. Everything that happens is in `events`, `actions`, `notices`, `entries`."""

    def __init__(
        self,
        markets: Mapping[Market, Decimal],
        *,
        money: int | str | Decimal = 10_000,
        coins: Mapping[Asset, Decimal] | None = None,
        maker_bps: Decimal = Decimal(8),
        taker_bps: Decimal = Decimal(10),
        choices: Choices | None = None,
    ) -> None:
        self.now = NOW
        listed = {market.symbol: (market, price) for market, price in markets.items()}
        self.venue = Venue(listed, clock=lambda: self.now, choices=choices)
        opening = {USDC: Decimal(money), **(coins or {})}
        self.held = self.venue.open_account(KEY, opening, maker_bps=maker_bps, taker_bps=taker_bps)
        self.exchange = PaperExchange(self.venue, KEY)
        self.exchange.subscribe(self._news)
        self.road = Road(self.exchange, lambda: self.now)
        self.account = Account(name="main", block=BLOCK)
        self.events: list[ev.Event] = []
        self.actions: list[ev.Action] = []
        self.notices: list[Notice] = []
        self.entries: list[Entry] = []
        self.journal: dict[ClientId, Order] = {}
        self.stream = True
        """Whether the stream tells anything; without it everything is read at the ticks."""
        self.sends = True
        self.hears = True
        self._fresh: dict[Symbol, Touch] = {}
        self._fills_at = NOW
        self._booked: set[str] = set()
        self._begin()

    # What tests look at

    @property
    def grid(self) -> Grid:
        """The newest grid."""
        return self.account.grids[max(self.account.grids)]

    @property
    def buy_prices(self) -> list[Decimal]:
        """Of the newest grid's live orders, lowest first."""
        return sorted(order.price for order in self.grid.live if order.side is Side.BUY)

    @property
    def sell_prices(self) -> list[Decimal]:
        """Of the newest grid's live orders, lowest first."""
        return sorted(order.price for order in self.grid.live if order.side is Side.SELL)

    @property
    def orders(self) -> list[Order]:
        """Every order that was ever placed, as it is now known."""
        return list(self.journal.values())

    @property
    def totals(self) -> dict[Asset, Decimal]:
        """What the venue says the account holds."""
        return {asset: balance.total for asset, balance in self.held.balances.items()}

    @property
    def is_settled(self) -> bool:
        """Nothing is on its way, in either direction, and every fill has been booked."""
        return not self.road.unsent and not self.road.unheard and len(self._booked) == len(self.held.fills)

    def bid(self, symbol: Symbol | None = None) -> Decimal:
        """What a coin would fetch at the venue."""
        return self.venue.touch(symbol or self.grid.spec.symbol).bid

    def notices_of(self, kind: type[N]) -> list[N]:
        """The notices of one kind, oldest first."""
        return [notice for notice in self.notices if isinstance(notice, kind)]

    # What tests do

    def trade(self, price: int | str | Decimal, symbol: Symbol | None = None) -> None:
        """The market moves to a price; the fills are told, and the next tick sees it."""
        self.walk(price, symbol)
        self.tick()

    def walk(self, price: int | str | Decimal, symbol: Symbol | None = None) -> None:
        """The market moves to a price in one go; only the stream tells."""
        self.venue.walk(symbol or next(iter(self.venue.listings)), Decimal(price))
        self._pump()

    def ask(self, command: type, **fields: Any) -> Problem | None:
        """Have a command carried out now."""
        return self.tell(command(at=self.now, **fields)).problem

    def start(self, spec: GridSpec) -> GridId:
        """Open a grid, which must be possible."""
        self.read_balances()
        problem = self.ask(ev.StartGrid, spec=spec)
        assert problem is None, problem
        return self.grid.id

    def tune(self, **changes: Any) -> Problem | None:
        """Put another spec under the newest grid."""
        return self.ask(ev.TuneGrid, grid_id=self.grid.id, spec=replace(self.grid.spec, **changes))

    def tell(self, event: ev.Event) -> Step:
        """Something happens: decide, remember, then send what follows."""
        self._quote()
        done = self._step(event)
        self._pump()
        return done

    def tick(self, times: int = 1) -> None:
        """The running process's tick: open orders, prices, and fills where they are due."""
        for _ in range(times):
            self.now += TICK
            self._tick()

    @contextmanager
    def holding(self, *, sends: bool = False, hears: bool = False) -> Iterator[None]:
        """Hold back what is to be sent (`sends=False`) or heard (`hears=False`) meanwhile; then let it go."""
        self.sends, self.hears = sends, hears
        yield
        self.release()

    def release(self) -> None:
        """Send and hear everything that was held back."""
        self.sends = self.hears = True
        self._pump()

    def hear(self, which: int = 0) -> None:
        """Hear one of the waiting answers, in any order."""
        waiting = self.road.unheard
        if waiting:
            self._hear(waiting.pop(which % len(waiting)))
            self._pump()

    def refuse(self, reason: Refusal, times: int = 1) -> None:
        """The next orders are refused for this reason."""
        self.road.refuse(reason, times)

    def lose(self, *, request: bool, match: str = "POST", times: int = 1) -> None:
        """The next calls get no answer: the request is lost, or only the answer."""
        mode = FaultMode.LOSE_REQUEST if request else FaultMode.LOSE_ANSWER
        self.exchange.faults.add(Fault(match=match, mode=mode, times=times))

    def read_balances(self) -> None:
        """What the venue says the account holds."""
        balances: Mapping[Asset, Balance] = finished(self.exchange.balances())
        self.tell(ev.BalancesRead(at=self.now, asked_at=self.now, balances=balances))

    def read_fills(self) -> None:
        """Every fill the history shows."""
        self._fills_at = self.now
        for fill in finished(self.exchange.fills(NOW)):
            self._hear(ev.Filled(at=self.now, fill=fill))
        self._pump()

    # The running process, in small

    def _begin(self) -> None:
        markets = finished(self.exchange.markets())
        self.tell(ev.MarketsRead(at=self.now, markets=markets))
        self.tell(ev.FeesRead(at=self.now, fees=finished(self.exchange.account()).fees))
        self.read_balances()
        self.tell(ev.DayStarted(at=self.now, day="2026-11-22"))
        self.tell(ev.Restarted(at=self.now, away=0))
        self.tell(ev.Quoted(at=self.now, touches={symbol: self.venue.touch(symbol) for symbol in markets}))

    def _quote(self) -> None:
        fresh, self._fresh = self._fresh, {}
        if fresh:
            self._step(ev.Quoted(at=self.now, touches=fresh))

    def _step(self, event: ev.Event) -> Step:
        done = step(self.account, event)
        self.account = done.account
        self.events.append(event)
        self.actions += done.actions
        self.notices += done.notices
        self.entries += done.entries
        self._booked |= {entry.key for entry in done.entries if isinstance(entry, FillEntry)}
        for grid in done.account.grids.values():
            self.journal.update(grid.orders)
        self.road.submit(done.actions)
        return done

    def _pump(self) -> None:
        count = 0
        road = self.road
        while (self.hears and road.unheard) or (self.sends and road.unsent):
            self._quote()
            if self.hears and road.unheard:
                self._hear(road.unheard.pop(0))
            else:
                self.now += 1
                road.send()
            count += 1
            assert count < MOST_EVENTS, "one thing leads to another without end"

    def _news(self, news: StreamEvent) -> None:
        if not self.stream:
            return
        match news:
            case TouchSeen(touch=touch):
                self._fresh[touch.symbol] = touch
            case FillSeen(fill=fill):
                self.road.unheard.append(ev.Filled(at=self.now, fill=fill))
            case _:
                pass
        self.road.hear(news)

    def _hear(self, event: ev.Event) -> None:
        """Of fills only those that are not booked yet are let through, with what the journal knows of their order."""
        if not isinstance(event, ev.Filled):
            self._step(event)
        elif event.fill.key not in self._booked:
            client_id = event.fill.client_id
            self._step(replace(event, order=self.journal.get(client_id) if client_id is not None else None))

    def _tick(self) -> None:
        asked_at = self.now
        orders = tuple(finished(self.exchange.open_orders()))
        read = ev.OpenOrdersRead(at=self.now, asked_at=asked_at, orders=orders)
        self.tell(read)
        for found in orders:
            if found.client_id in self.journal and find(self.account, found.client_id) is None:
                self.tell(ev.Resurfaced(at=self.now, found=found))
        symbols = {grid.spec.symbol for grid in self.account.grids.values()}
        self.tell(ev.Tick(at=self.now, touches={symbol: self.venue.touch(symbol) for symbol in symbols}))
        lost = vanished(self.account, read)
        due = self.now - self._fills_at >= FILLS_EVERY
        if lost or due or waiting_for_fills(self.account) or self._overdue():
            self.read_fills()
            self._explain(lost)
        if self._overdue():
            self._witness()

    def _explain(self, lost: Sequence[Order]) -> None:
        for order in lost:
            now = find(self.account, order.client_id)
            if now is None or not now.status.is_live or now.order_id is None:
                continue
            ended = finished(self.exchange.ended_order(now.symbol, now.order_id))
            if ended is not None:
                self.tell(ev.OrderEnded(at=self.now, client_id=now.client_id, ended=ended))
            elif now.unknown_since is None:
                self.tell(ev.OrderUnknown(at=self.now, client_id=now.client_id, text="not shown yet"))

    def _overdue(self) -> list[Order]:
        return [order for order in in_limbo(self.account) if overdue(order, self.now)]

    def _witness(self) -> None:
        fills = finished(self.exchange.fills(NOW))
        self.read_fills()
        symbols = {order.symbol for order in self._overdue()}
        history = [shown for symbol in symbols for shown in finished(self.exchange.orders_since(symbol, NOW))]
        witnesses = Witnesses(
            asked_at=self.now,
            open_orders=finished(self.exchange.open_orders()),
            history=history,
            fills=frozenset(fill.client_id for fill in fills if fill.client_id is not None),
            balances=finished(self.exchange.balances()),
        )
        for order in self._overdue():
            for shown in history:
                if isinstance(shown, EndedOrder) and shown.client_id == order.client_id:
                    self.tell(ev.OrderEnded(at=self.now, client_id=order.client_id, ended=shown))
            verdict = never_arrived(self.account, order, witnesses)
            if verdict is not None:
                self.tell(verdict)
