"""A grid played over candles by the engine that trades. Pure: what is read and shown is done elsewhere.

A candle is four prices, in the order that `Inner` says; from one to the next the market comes to every price between.
An order that rests is filled whole, at its own price, once the market has traded *through* it, as its place in the
queue is unknown (`touch`: once the market has come to it). What takes pays the touch and the slippage; the ask is a
tick above the price, the bid. Nothing is late; only what would cross or lies beyond the band is refused.

Candles in which nothing can happen are skipped: see `reach`. With `every` none is, and the same comes of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import heappop, heappush

from strategy.messages import events as ev
from strategy.messages.commands import StartGrid
from strategy.messages.notices import Notice
from strategy.messages.problems import Problem
from strategy.model.account import Account, Day, Offset
from strategy.model.grid import Grid, Phase
from strategy.model.ledger import Closing, FillEntry, Movement
from strategy.model.market import Asset, Balance, Fees, Market, Side, Touch
from strategy.model.money import ONE, ZERO
from strategy.model.orders import ClientId, EndedOrder, Execution, Fill, GridId, Order, OrderStatus, Refusal
from strategy.model.spec import GridSpec
from strategy.model.values import replace
from strategy.research.candles import Candles, Inner
from strategy.research.goals import wants_goal, without_goal
from strategy.research.hours import Hours
from strategy.research.marks import Mark
from strategy.research.reach import Reach, reach_of
from strategy.step import Run

LOOK = 500
"""Milliseconds between the two looks at a price that reaches a limit: enough for both to count."""
NEVER = 1 << 62
_NOWHERE = (-1, NEVER)
AMPLE = Decimal(10) ** 12
"""Quote of an account whose money is no question."""
UTC_DAY = Day(date="1970-01-01", offsets=(Offset(at=0, ahead=0),))
"""Whose clocks show UTC, and whose days never end: a replay is of a part of the past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the market treats the orders."""

    fees: Fees
    told: Fees | None = None
    """What the account knows of them, where that is something else."""
    fees_in_quote: bool = False
    """Fees are taken out of the quote; else out of what is received, as the exchange does."""
    inner: Inner = Inner.LIKELY
    touch: bool = False
    """An order is filled once the market comes to its price."""
    slippage: Decimal = Decimal("0.0005")
    """How much worse than the touch an order that takes is filled, as a fraction."""
    money: Decimal = AMPLE
    """Quote that the account has."""
    every: bool = False
    """No candle is skipped."""


@dataclass(slots=True, kw_only=True)
class Replay:
    """One account with one grid, and the orders of it that rest."""

    market: Market
    candles: Candles
    rules: Rules
    run: Run = field(init=False)
    entries: list[FillEntry | Closing] = field(default_factory=list)
    """Every fill, as it was booked, and what came to its end without one."""
    notices: list[Notice] | None = None
    """What the owner would have been told, where a list was given: it takes more room than the ledger."""
    marks: list[Mark] = field(default_factory=list)
    done: int = 0
    """Candles that lie behind."""
    money: Decimal = ZERO
    """What the grid set aside when it began."""
    _tick: int = field(init=False)
    """The market's tick, in units."""
    _gap: int = field(init=False)
    """How far beyond an order's price the market has to come."""
    _hours: Hours = field(init=False)
    _price: int = 0
    _at: int = 0
    _traded: int = 0
    _bids: list[tuple[int, ClientId]] = field(default_factory=list)
    """By price, the highest first: heaps, whose cancelled orders are passed over."""
    _asks: list[tuple[int, ClientId]] = field(default_factory=list)
    _resting: dict[ClientId, Order] = field(default_factory=dict)
    _reach: Reach | None = None
    _ends: tuple[int, int] = _NOWHERE
    """The prices at which the quiet ends, in units."""
    _between: tuple[int, int] = _NOWHERE
    """Those at which it ends or an order is met."""
    _is_stale: bool = True
    _id: GridId | None = None
    _hours_back: int = 0
    _waits: bool = True
    """It has not begun yet."""

    def __post_init__(self) -> None:
        self._tick = int(self.market.tick_size / self.candles.unit)
        assert self._tick * self.candles.unit == self.market.tick_size, "the tick is no multiple of the candles' unit"
        self._gap = 0 if self.rules.touch else 1
        self._hours = Hours(self.candles)
        account = Account(name="replay", block=1, daily_loss=None, fees=self.rules.told or self.rules.fees, day=UTC_DAY)
        self.run = Run(account)

    @property
    def grid(self) -> Grid:
        """The grid, as it stands."""
        assert self._id is not None, "it has begun"
        return self.run.account.grids[self._id]

    @property
    def fills(self) -> list[FillEntry]:
        """Every fill."""
        return [entry for entry in self.entries if isinstance(entry, FillEntry)]

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of it."""
        return self.done >= len(self.candles) or self.grid.is_over or self.grid.phase is Phase.PARKED

    def begin(self, spec: GridSpec, first: int = 0) -> Problem | None:
        """Start the grid at the close of a candle: those before it are the market's past. Why not, if it can't be."""
        self._come_to(first, spec.hours_back, {})
        refused = wants_goal(spec) or self._do(StartGrid(at=self._at, spec=spec))
        if refused is None:
            (self._id,) = self.run.account.grids
            self._walk(self._price)
            self._marked(first)
        return refused

    def take_over(self, account: Account, grid: Grid, first: int) -> None:
        """Go on with a grid of an account from the close of a candle on. Orders that were on their way rest, too."""
        for one in grid.live:
            self._keep(replace(one, status=OrderStatus.OPEN, order_id=str(one.client_id), unknown_since=None))
        grid = replace(grid, spec=without_goal(grid.spec), orders=dict(self._resting))
        self.run = Run(replace(self.run.account, block=account.block, next_id=account.next_id, grids={grid.id: grid}))
        self._id = grid.id
        self._come_to(first, grid.spec.hours_back, {self.market.base: Balance(available=grid.coins)})
        self._walk(self._price)
        self._marked(first)

    def _come_to(self, first: int, hours_back: int, coins: Mapping[Asset, Balance]) -> None:
        """To the close of a candle: what the account knows there, which has these beside its quote."""
        self.done, self._hours_back = first + 1, hours_back
        self._at, self._price = self.candles.at[first] + self.candles.interval - 1, self.candles.close[first]
        self._do(ev.MarketsRead(at=self._at, markets={self.market.symbol: self.market}))
        read = self._balances(self.rules.money)
        self._do(replace(read, balances={**read.balances, **coins}))
        self._do(ev.Restarted(at=self._at, away=0))
        if hours_back:
            self._look_back(first + 1)
        self._look()

    def elsewhere(self, candles: Candles, rules: Rules) -> "Replay":
        """What has just begun here, on a market that is the same up to now, or by other rules of what comes."""
        twin = replace(
            self,
            candles=candles,
            rules=rules,
            entries=[*self.entries],
            marks=[*self.marks],
            _bids=[*self._bids],
            _asks=[*self._asks],
            _resting={**self._resting},
            _is_stale=True,
        )
        twin.run = Run(self.run.account)
        return twin

    def play(self, until: int = NEVER) -> None:
        """Play on: to the end, or until so many candles lie behind."""
        end = min(until, len(self.candles))
        while self.done < end and not self.is_over:
            reach = None if self.rules.every else self.reach
            found = self.done if reach is None else min(self._next(reach), end)
            if found < end:
                self._candle(found)
            self.done = min(found + 1, end)

    def _next(self, reach: Reach) -> int:
        """The next candle in which something may happen."""
        below, above = self._between
        met = not below < self._price < above  # what went in at this very price is, whatever the next candle does
        if reach.new_high is not None:
            above = min(above, int(reach.new_high // self.candles.unit) + 1)
            met |= self.candles.high[self.done - 1] >= above  # that of the last candle is known from the next one on
        return self.done if met else self.candles.reaching(self.done, below, above, reach.until)

    def _ends_of(self, reach: Reach) -> tuple[int, int]:
        """The bid is the price, down to the tick."""
        tick, below, above = self.market.tick_size, -1, NEVER
        if reach.low:
            below = int(max(reach.low) // tick) * self._tick + self._tick - 1
        if reach.high:
            above = int(-(-min(reach.high) // tick)) * self._tick
            above += self._tick if above * self.candles.unit < min(reach.high) else 0
        return below, above

    def _candle(self, one: int) -> None:
        before = len(self.entries)
        self._at = max(self._at, self.candles.at[one])
        if self.grid.spec.is_divided:
            self._do(self._balances(self.run.account.expected[self.market.quote]))
        for at, price in self.candles.path(one, self.rules.inner):
            self._at = max(self._at, at)
            if self._hours_back:  # at each price: the past is known for ten minutes from here
                self._look_back(one)
            self._walk(price)
        if len(self.entries) > before or self.grid.range != self.marks[-1].range:
            self._marked(one)

    def _walk(self, end: int) -> None:
        """From where the market is to another price, with all that lies in between: what comes first is done first."""
        looked, busy = None, False
        while True:
            reach = None if busy else self.reach
            if reach is not None and self._is_free(end):
                break
            order, fills_at = self._met(end)
            watched = None if reach is None else self._watched(end)
            if order is not None and (watched is None or abs(fills_at - self._price) <= abs(watched - self._price)):
                self._price = fills_at
                self._quote()
                self._fill(order, order.price, self.rules.fees.maker)
            elif watched is not None:
                busy = watched == looked  # looked at, and still there: from here on each leg's end is looked at
                self._price = looked = watched
                if not busy:
                    self._look()
                    self._at += LOOK
                    self._look()
            else:
                break
        self._price = end
        if reach is None or self.rules.every or self._hours_back:
            self._look()

    def _is_free(self, end: int) -> bool:
        """Whether nothing lies between here and there."""
        below, above = self._between
        return below < self._price < above and below < end < above

    def _met(self, end: int) -> tuple[Order | None, int]:
        """The next order that is filled on the way there, and where the market is then."""
        buy, sell, now = self._best(self._bids), self._best(self._asks), self._price
        buys_at = min(now, -buy[0] - self._gap) if buy is not None else -1
        sells_at = max(now, sell[0] + self._gap) if sell is not None else NEVER
        if buy is not None and buys_at >= min(now, end):
            return self._resting[buy[1]], buys_at
        if sell is not None and sells_at <= max(now, end):
            return self._resting[sell[1]], sells_at
        return None, now

    def _watched(self, end: int) -> int | None:
        """The next price on the way there at which the quiet ends."""
        below, above = self._ends
        if below >= min(self._price, end):
            return min(self._price, below)
        return max(self._price, above) if above <= max(self._price, end) else None

    @property
    def reach(self) -> Reach | None:
        """What ends the quiet, as things stand."""
        due = self._reach.until if self._reach is not None else None
        if self._is_stale or (due is not None and due <= self._at):
            self._reach, self._is_stale = reach_of(self.run.account, self.grid, self._at), False
            self._ends = below, above = _NOWHERE if self._reach is None else self._ends_of(self._reach)
            buy, sell = self._best(self._bids), self._best(self._asks)
            below = below if buy is None else max(below, -buy[0] - self._gap)
            self._between = below, above if sell is None else min(above, sell[0] + self._gap)
        return self._reach

    def _best(self, side: list[tuple[int, ClientId]]) -> tuple[int, ClientId] | None:
        """The nearest order of a side that still rests."""
        while side and side[0][1] not in self._resting:
            heappop(side)
        return side[0] if side else None

    # What is said to the engine, and what it asks for

    def _do(self, event: ev.Event) -> Problem | None:
        """One event, and what follows from it, at once. Why a command was refused, if it was."""
        self._is_stale = True
        done = self.run.take(event)
        self.entries += [entry for entry in done.entries if not isinstance(entry, Movement)]
        if self.notices is not None:
            self.notices += done.notices
        problem = done.problem
        for action in tuple(done.actions):
            if isinstance(action, ev.Cancel):
                self._cancel(action)
            elif action.order.execution is Execution.IMMEDIATE:
                self._take(action.order)
            else:
                self._rest(action.order)
        return problem

    def _look(self) -> None:
        """A tick."""
        self._do(ev.Tick(at=self._at, touches={self.market.symbol: self._touch()}))

    def _quote(self) -> None:
        """The prices alone, as they come between two ticks."""
        self._do(ev.Quoted(at=self._at, touches={self.market.symbol: self._touch()}))

    def _touch(self) -> Touch:
        bid = self._price // self._tick * self.market.tick_size
        return Touch(symbol=self.market.symbol, bid=bid, ask=bid + self.market.tick_size, at=self._at)

    def _look_back(self, before: int) -> None:
        """What is known of the market's past, up to now: the candles before this one."""
        past = self._hours.before(before)[-self._hours_back - 2 :]
        self._do(ev.CandlesRead(at=self._at, symbol=self.market.symbol, hours=tuple(past)))

    def _balances(self, quote: Decimal) -> ev.BalancesRead:
        return ev.BalancesRead(at=self._at, asked_at=self._at, balances={self.market.quote: Balance(available=quote)})

    def _rest(self, order: Order) -> None:
        touch, buys = self._touch(), order.side is Side.BUY
        if order.price >= touch.ask if buys else order.price <= touch.bid:
            self._refuse(order, Refusal.POST_ONLY)
        elif not self.market.in_band(order.price, touch.middle):
            self._refuse(order, Refusal.PRICE_BAND)
        else:
            self._keep(order)
            self._do(ev.OrderAccepted(at=self._at, client_id=order.client_id, order_id=str(order.client_id)))

    def _keep(self, order: Order) -> None:
        self._resting[order.client_id] = order
        units, buys = int(order.price / self.candles.unit), order.side is Side.BUY
        heappush(self._bids if buys else self._asks, (-units if buys else units, order.client_id))

    def _refuse(self, order: Order, why: Refusal) -> None:
        self._do(ev.OrderRefused(at=self._at, client_id=order.client_id, reason=why, text=why.value))

    def _cancel(self, action: ev.Cancel) -> None:
        order = self._resting.pop(action.client_id, None) if action.client_id is not None else None
        if order is not None:
            self._ended(order, OrderStatus.CANCELLED)

    def _ended(self, order: Order, status: OrderStatus) -> None:
        ended = EndedOrder(
            order_id=str(order.client_id),
            client_id=order.client_id,
            symbol=order.symbol,
            side=order.side,
            status=status,
            executed=ZERO,
        )
        self._do(ev.OrderEnded(at=self._at, client_id=order.client_id, ended=ended))

    def _take(self, order: Order) -> None:
        """At the touch and a little worse, as far as its limit goes."""
        touch, slippage = self._touch(), self.rules.slippage
        if order.side is Side.BUY:
            price = min(order.price, self.market.price_up(touch.ask * (ONE + slippage)))
            trades = order.price >= touch.ask
        else:
            price = max(order.price, self.market.price_down(touch.bid * (ONE - slippage)))
            trades = order.price <= touch.bid
        if trades:
            self._fill(order, price, self.rules.fees.taker)
        else:
            self._ended(order, OrderStatus.EXPIRED)

    def _fill(self, order: Order, price: Decimal, rate: Decimal) -> None:
        is_maker = self._resting.pop(order.client_id, None) is not None
        self._traded += 1
        in_base = order.side is Side.BUY and not self.rules.fees_in_quote
        fill = Fill(
            key=f"{order.symbol}:{self._traded}",
            symbol=order.symbol,
            order_id=str(order.client_id),
            client_id=order.client_id,
            trade_id=self._traded,
            side=order.side,
            price=price,
            quantity=order.quantity,
            fee=order.quantity * rate * (ONE if in_base else price),
            fee_asset=self.market.base if in_base else self.market.quote,
            is_maker=is_maker,
            at=self._at,
        )
        self._do(ev.Filled(at=self._at, fill=fill))

    def _marked(self, one: int) -> None:
        grid = self.grid
        cash = grid.books.realised - grid.cost
        self.marks.append(Mark(candle=one, coins=grid.coins, cash=cash, cost=grid.cost, range=grid.range))
        if self._waits:
            self.money, self._waits = grid.money, grid.phase is Phase.WAITING
