"""The running process in small, in virtual time: writer, reader and journal around the core. No store, no socket.

What `bot` does with tasks and a database is done here at once and in memory, by the same rules.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.account.past import hours_of
from exchange.news import FillSeen, StreamEvent, TouchSeen
from exchange.paper.exchange import PaperExchange
from strategy.account.risk import totals
from strategy.adapt.following import followed
from strategy.draft import Step
from strategy.messages import events as ev
from strategy.messages.notices import Notice
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.ledger import Entry, FillEntry
from strategy.model.market import Asset, Balance, Symbol, Touch
from strategy.model.orders import ClientId, EndedOrder, Order, OrderStatus
from strategy.model.valuing import pricing_symbols
from strategy.reconcile.recovery import Witnesses, find, in_limbo, never_arrived, overdue, vanished, waiting_for_fills
from strategy.step import step
from tests.builders import BLOCK, NOW
from tests.promises.orders import Doubts
from tests.road import Road, finished

FILLS_EVERY = 10_000
MOST_EVENTS = 3_000
"""What follows from one thing that happens must come to an end: more events than this are a loop."""


class Process:
    """One account of an exchange. Everything that happens is in `events`, `actions`, `notices`, `entries`."""

    def __init__(self, exchange: PaperExchange, clock: Callable[[], int]) -> None:
        self.exchange = exchange
        self.clock = clock
        self.road = Road(exchange, clock)
        self.account = Account(name="main", block=BLOCK)
        self.events: list[ev.Event] = []
        self.actions: list[ev.Action] = []
        self.notices: list[Notice] = []
        self.doubts = Doubts()
        self.entries: list[Entry] = []
        self.journal: dict[ClientId, Order] = {}
        """Every order that was ever intended, as it is now known."""
        self.booked: set[str] = set()
        """Keys of the fills in the ledger."""
        self.stream = True
        """Whether the stream tells anything; without it everything is read at the ticks."""
        self.candles = True
        """Whether the market's past can be read."""
        self.sends = True
        self.hears = True
        self._fresh: dict[Symbol, Touch] = {}
        self._fills_at = NOW
        exchange.subscribe(self._news)

    def tell(self, event: ev.Event) -> Step:
        """Something happens: decide, remember, then send what follows."""
        self._quote()
        done = self._step(event)
        self.pump()
        return done

    def pump(self) -> None:
        """Send and hear what may be sent and heard, until nothing follows any more."""
        count, road = 0, self.road
        while (self.hears and road.unheard) or (self.sends and road.unsent):
            self._quote()
            if self.hears and road.unheard:
                self.hear()
            else:
                self.send()
            count += 1
            assert count < MOST_EVENTS, "one thing leads to another without end"

    def send(self) -> None:
        """Send what is due."""
        self.road.send()

    def hear(self, which: int = 0) -> None:
        """Hear one of the waiting answers and news. A fill that is booked already is not let through."""
        event = self.road.unheard.pop(which)
        if not isinstance(event, ev.Filled):
            self._step(event)
        elif event.fill.key not in self.booked:
            client_id = event.fill.client_id
            self._step(replace(event, order=self.journal.get(client_id) if client_id is not None else None))

    def read(self) -> None:
        """A tick's reads: open orders, prices, and fills where they are due."""
        read = self._read_orders()
        symbols = {grid.spec.symbol for grid in self.account.grids.values()} | pricing_symbols(self.account)
        touches = {symbol: found for symbol in symbols if (found := finished(self.exchange.touch(symbol)))}
        self.tell(ev.Tick(at=self.clock(), touches=touches, blind=frozenset(symbols) - touches.keys()))
        self.read_past()
        lost = vanished(self.account, read)
        due = self.clock() - self._fills_at >= FILLS_EVERY
        if lost or due or waiting_for_fills(self.account) or self._overdue():
            self.read_fills()
            self._explain(lost)
        if self._overdue():
            self._witness()

    def read_fills(self) -> None:
        """Every fill that the history shows."""
        self._fills_at = self.clock()
        for fill in finished(self.exchange.fills(NOW)):
            self.road.unheard.append(ev.Filled(at=self.clock(), fill=fill))
            self.hear(-1)
        self.pump()

    def read_past(self) -> None:
        """The last hours of the markets that are followed and not known, unless nobody answers."""
        now = self.clock()
        unknown = [symbol for symbol in sorted(followed(self.account)) if self.account.past_of(symbol, now) is None]
        for symbol in unknown if self.candles else ():
            read = hours_of(symbol, finished(self.exchange.candles(symbol, "1h", 0, self.clock() + 1)))
            self.tell(ev.CandlesRead(at=self.clock(), symbol=symbol, hours=read))

    def read_balances(self) -> None:
        """What the exchange says the account holds."""
        balances: Mapping[Asset, Balance] = finished(self.exchange.balances())
        self.tell(ev.BalancesRead(at=self.clock(), asked_at=self.clock(), balances=balances))

    def start_up(self, away: int = 0) -> None:
        """The first reconciliation."""
        for order in [order for grid in self.account.grids.values() for order in grid.live]:
            if order.status is OrderStatus.INTENDED:
                self.tell(ev.OrderUnknown(at=self.clock(), client_id=order.client_id, text="the program ended"))
        self.tell(ev.MarketsRead(at=self.clock(), markets=finished(self.exchange.markets())))
        self.tell(ev.FeesRead(at=self.clock(), fees=finished(self.exchange.account()).fees))
        before = len(self.booked)
        if self.account.expected:
            read = self._read_orders()
            self.read_fills()
            self._explain(vanished(self.account, read))
        self.read_balances()
        if self.account.day is None:
            self.tell(ev.DayStarted(at=self.clock(), day="2026-11-22", begins=self.clock(), start=totals(self.account)))
        self.tell(ev.Restarted(at=self.clock(), away=away, fills=len(self.booked) - before))

    def die(self) -> None:
        """Everything that was not written down is gone: what was on its way, and what is read at every start."""
        self.road.unsent.clear()
        self.road.unheard.clear()
        self._fresh.clear()
        fresh = Account(name=self.account.name, block=self.account.block)
        lost = (
            *("markets", "balances", "touches", "strangers", "strangers_traded", "foreign", "loss_ticks"),
            *("interruption", "refusing", "loss_looks", "blind", "blind_told"),
            *("restricted", "resurfaced", "ready", "holds", "left", "past"),
        )
        grids = {
            grid.id: replace(
                grid,
                warned=0,
                warned_at=0,
                warned_for=None,
                retry_at=0,
                crossed_at=0,
                fell_at=0,
                higher=None,
                topped=None,
                beyond=None,
                levels={one: replace(level, denied=None) for one, level in grid.levels.items()},
                orders=_remembered(grid),
            )
            for grid in self.account.grids.values()
        }
        self.account = replace(self.account, grids=grids, **{name: getattr(fresh, name) for name in lost})

    def _step(self, event: ev.Event) -> Step:
        done = step(self.account, event)
        self.account = done.account
        self.events.append(event)
        self.actions += done.actions
        self.doubts.planned(done)
        self.notices += done.notices
        self.entries += done.entries
        self.booked |= {entry.key for entry in done.entries if isinstance(entry, FillEntry)}
        for grid in done.account.grids.values():
            self.journal.update(grid.orders)
        self.road.submit(done.actions)
        return done

    def _quote(self) -> None:
        fresh, self._fresh = self._fresh, {}
        if fresh:
            self._step(ev.Quoted(at=self.clock(), touches=fresh))

    def _news(self, news: StreamEvent) -> None:
        if not self.stream:
            return
        match news:
            case TouchSeen(touch=touch):
                self._fresh[touch.symbol] = touch
            case FillSeen(fill=fill):
                self.road.unheard.append(ev.Filled(at=self.clock(), fill=fill))
            case _:
                self.road.overhear(news)

    def _read_orders(self) -> ev.OpenOrdersRead:
        asked_at = self.clock()
        orders = tuple(finished(self.exchange.open_orders()))
        read = ev.OpenOrdersRead(at=self.clock(), asked_at=asked_at, orders=orders)
        self.tell(read)
        for found in orders:
            if found.client_id in self.journal and find(self.account, found.client_id) is None:
                self.tell(ev.Resurfaced(at=self.clock(), found=found, order=self.journal[found.client_id]))
        return read

    def _explain(self, lost: Sequence[Order]) -> None:
        for order in lost:
            now = find(self.account, order.client_id)
            if now is None or not now.status.is_live or now.order_id is None:
                continue
            ended = finished(self.exchange.ended_order(now.symbol, now.order_id))
            if isinstance(ended, EndedOrder):
                self.tell(ev.OrderEnded(at=self.clock(), client_id=now.client_id, ended=ended))
            elif now.unknown_since is None:
                self.tell(ev.OrderUnknown(at=self.clock(), client_id=now.client_id, text="not shown yet"))

    def _overdue(self) -> list[Order]:
        return [order for order in in_limbo(self.account) if overdue(order, self.clock())]

    def _witness(self) -> None:
        open_orders = finished(self.exchange.open_orders())
        self.read_fills()
        fills = finished(self.exchange.fills(NOW))
        symbols = {order.symbol for order in self._overdue()}
        history = [shown for symbol in symbols for shown in finished(self.exchange.orders_since(symbol, NOW))]
        witnesses = Witnesses(
            asked_at=self.clock(),
            open_orders=open_orders,
            history=history,
            fills=frozenset(fill.client_id for fill in fills if fill.client_id is not None),
            balances=finished(self.exchange.balances()),
        )
        for order in self._overdue():
            for shown in history:
                if isinstance(shown, EndedOrder) and shown.client_id == order.client_id:
                    self.tell(ev.OrderEnded(at=self.clock(), client_id=order.client_id, ended=shown))
            verdict = never_arrived(self.account, order, witnesses)
            if verdict is not None:
                self.tell(verdict)


def _remembered(grid: Grid) -> dict[ClientId, Order]:
    return {o.client_id: replace(o, cancelled_at=None) for o in grid.orders.values() if not o.is_settled}
