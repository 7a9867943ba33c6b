"""A grid on paper beside itself: the same engine, on a venue in memory, walked through the prices that were recorded.

The prices are those that this program saw: one a tick, and those of the stream that something was decided upon. An
order fills once the other side of the touch has gone through it, as in paper mode. The grid begins in the same moment,
for the same wish, and its owner's commands to it reach the twin, too. What stops all grids of the account does not: the
twin has an account of its own. Nothing of it is sent, told or written anywhere.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median_low

from bot.owner.comparisons import NEAR, Trade, matched, trades_of
from bot.owner.twins import AskedTwin, NoTwin, Twin
from exchange.news import FillSeen, StreamEvent
from exchange.paper import upkeep
from exchange.paper.exchange import PaperExchange
from exchange.paper.venue import Venue
from exchange.port import Accepted, Ended, ExchangeError, Placement, Refused
from storage.recorded import Happened, Reading, Stood
from storage.store import Store
from strategy.account.readings import shown_by
from strategy.grid.opening import total_for
from strategy.grid.sizing import money_down
from strategy.messages import events as ev
from strategy.messages.commands import Panic, PauseGrid, ResumeGrid, StartGrid, StopGrid, TuneGrid
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.notices import GridOpened
from strategy.messages.points import SetVolumeGoal, VolumeCounted
from strategy.messages.problems import Problem
from strategy.model.account import Account
from strategy.model.grid import Grid
from strategy.model.ledger import FillEntry
from strategy.model.limits import Limits
from strategy.model.market import Balance, Fees, Market, Touch
from strategy.model.money import ZERO
from strategy.model.orders import EndedOrder, Order, OrderStatus, Refusal
from strategy.model.spec import GridSpec
from strategy.model.values import replace
from strategy.step import Run

KEY = "paper"
AMPLE = Decimal(10) ** 12
"""Quote of an account whose money is no question."""
BPS = 10_000
UNSEEN = 60_000
"""Milliseconds without a price from which on they are counted."""
PIECE = 100
"""Rows that are read at a time."""

Told = Callable[[int, int], None]
"""How many rows are read, and of how many."""
ToGrid = StopGrid | PauseGrid | ResumeGrid | TuneGrid


async def twin_of(store: Store, name: str, asked: AskedTwin, told: Told) -> Twin | NoTwin:
    """What its twin has come to; `ValueError` where what was recorded can't be read."""
    begins = store.records.begins(name, 0)
    if begins is None:
        return NoTwin.EMPTY
    walk = _Walk(asked=asked)
    async for done in _read(store, name, begins[0], walk):
        told(done, begins[1])
    return walk.result()


async def _read(store: Store, name: str, first: int, walk: "_Walk") -> AsyncIterator[int]:
    reading, after, done = Reading(), first - 1, 0
    while not walk.is_over and (rows := store.records.after(name, after, PIECE)):
        for row in rows:
            for one in reading.read(row):
                if isinstance(one, Stood):
                    await walk.stood(one)
                else:
                    await walk.happened(one)
            done += 1
            yield done
        after = rows[-1].id


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Through what was recorded: until the grid begins only what is known of the market is kept up."""

    asked: AskedTwin
    run: Run | None = None
    """An account like the real one, without its grids."""
    next_grid: int = 0
    """The number that the next grid gets."""
    paper: "_Paper | None" = None
    refused: bool = False
    is_over: bool = False
    first: bool = True

    async def stood(self, one: Stood) -> None:
        """A state: what the events after it happened to. The grid's own only where the record begins with it."""
        account = one.account
        self.next_grid = account.next_grid
        if self.paper is None:
            self.run = Run(_alone(account))
            grid = account.grids.get(self.asked.grid_id) if self.first else None
            touch = _last_touch(account, grid, one.at) if grid is not None and not grid.is_over else None
            if grid is not None and touch is not None:
                self.paper = _Paper(asked=self.asked, since=one.at, from_start=False, market=_market(account, grid))
                await self.paper.take_over(self.run.account, grid, touch)
        self.first = False

    async def happened(self, one: Happened) -> None:
        """An event."""
        event = one.event
        if event.at > self.asked.until or self.run is None:
            self.is_over = event.at > self.asked.until
        elif self.paper is not None:
            await self.paper.hear(event, was_refused="problem" in one.came)
            for change in self._told(one, EnvelopeChanged):
                await self.paper.resize(Decimal(change["after"]) / Decimal(change["before"]))
        else:
            if isinstance(event, _MARKET):
                self.run.take(event)
            if isinstance(event, ev.Filled):
                self._traded(event)
            if isinstance(event, StartGrid) and "problem" not in one.came:
                self.next_grid += 1
                if self.next_grid - 1 == self.asked.grid_id:
                    (opened,) = self._told(one, GridOpened)
                    await self._begin(self.run.account, event, Decimal(opened["money"]))

    def _told(self, one: Happened, kind: type[EnvelopeChanged | GridOpened]) -> Iterator[Mapping[str, str]]:
        """What its owner was told of this grid then, by the fields' names."""
        told = (fields for name, fields in one.came.get("notices", ()) if name == kind.__name__)
        return (fields for fields in told if fields["grid_id"] == self.asked.grid_id)

    def _traded(self, event: ev.Filled) -> None:
        """An order of the real account's was met: a grid that begins next begins with what that shows of the market."""
        assert self.run is not None, "it is before the grid's beginning, and after a state"
        touch = self.run.account.touches.get(event.fill.symbol)
        met = shown_by(event.fill, touch) if touch is not None else None
        if met is not None:
            self.run.take(ev.Quoted(at=event.at, touches={met.symbol: met}))

    async def _begin(self, account: Account, event: StartGrid, money: Decimal) -> None:
        market, touch = account.markets.get(event.spec.symbol), account.touches.get(event.spec.symbol)
        if market is None or touch is None:  # opened while no price was known: paper has none to begin at
            return
        paper = _Paper(asked=self.asked, since=event.at, from_start=True, market=market)
        problem = await paper.begin(account, touch, event, money)
        self.paper, self.refused = (paper, False) if problem is None else (None, True)

    def result(self) -> Twin | NoTwin:
        """What it came to."""
        if self.paper is not None:
            return self.paper.result()
        return NoTwin.REFUSED if self.refused else NoTwin.EMPTY


_GOAL = SetVolumeGoal | VolumeCounted
"""The account's volume goal, and what its grids come to: an interval that follows it is the twin's, too."""
_MARKET = ev.Tick | ev.Quoted | ev.CandlesRead | ev.MarketsRead | ev.FeesRead | ev.DayStarted | _GOAL
"""What is known of markets, days, fees and the goal, whoever trades."""


@dataclass(slots=True, kw_only=True)
class _Paper:
    """The grid on a venue of its own."""

    asked: AskedTwin
    since: int
    from_start: bool
    market: Market
    at: int = 0
    run: Run = field(init=False)
    venue: Venue = field(init=False)
    exchange: PaperExchange = field(init=False)
    fills: list[FillEntry] = field(default_factory=list)
    prices: int = 0
    unseen: int = 0
    seen_at: int = 0
    filled_before: dict[int, Decimal] = field(default_factory=dict)
    """What orders had traded that were taken over: the venue has only the rest of them."""
    _news: deque[ev.Event] = field(default_factory=deque)

    @property
    def grid(self) -> Grid:
        """As it stands."""
        return self.run.account.grids[self.asked.grid_id]

    async def begin(self, account: Account, touch: Touch, event: StartGrid, money: Decimal) -> Problem | None:
        """Open it, as it was opened, with so much money. Why not, if it can't be."""
        await self._open(account, touch, ZERO)
        if not event.spec.is_divided:
            return await self._do(event)
        # Which total it was is not recorded: the one that sets so much aside, unless its orders would be too small.
        fits = total_for(_undivided(event.spec, money), self.market, touch, account.fees, money)
        wished = [replace(event, spec=_undivided(event.spec, total), shown=None) for total in (fits, money)]
        return await self._do(wished[0]) and await self._do(wished[1])

    async def take_over(self, account: Account, grid: Grid, touch: Touch) -> None:
        """Go on with a grid as it stood. Its orders rest here, those that were on their way, too."""
        await self._open(account, touch, grid.coins)
        grid = replace(grid, spec=_undivided(grid.spec, grid.spec.total))
        self.run = Run(replace(self.run.account, grids={grid.id: grid}))
        for order in grid.live:
            self.filled_before[order.client_id] = order.filled
            (placed,) = await self.exchange.place([replace(order, quantity=order.remaining)])
            if isinstance(placed, Accepted):
                await self._do(ev.OrderAccepted(at=self.at, client_id=order.client_id, order_id=placed.order_id))
            else:
                await self._do(self._withdrawn(order))

    async def _open(self, account: Account, touch: Touch, coins: Decimal) -> None:
        fees, market, quote = account.fees, self.market, self.market.quote
        self.at = self.seen_at = self.since
        self.venue = Venue({market.symbol: (market, touch.bid)}, clock=lambda: self.at)
        self.venue.open_account(KEY, {quote: AMPLE, market.base: coins})
        self._set_fees(fees)
        self.exchange = PaperExchange(self.venue, KEY)
        self.exchange.subscribe(self._heard)
        self.venue.quote(market.symbol, touch.bid, touch.ask)
        self.run = Run(replace(account, next_grid=self.asked.grid_id))
        held = {quote: Balance(available=AMPLE), market.base: Balance(available=coins)}
        await self._do(ev.MarketsRead(at=self.at, markets={**account.markets, market.symbol: market}))
        await self._do(ev.BalancesRead(at=self.at, asked_at=self.at, balances=held))
        await self._do(ev.Restarted(at=self.at, away=0))

    async def hear(self, event: ev.Event, *, was_refused: bool) -> None:
        """What happened to the real account, as far as it is the market's, or the owner's word to this grid."""
        self.at = max(self.at, event.at)
        if isinstance(event, ev.Tick | ev.Quoted):
            await self._see(event)
        elif isinstance(event, ev.CandlesRead | ev.DayStarted | _GOAL):
            await self._do(event)
        elif isinstance(event, ev.MarketsRead):
            listing = self.venue.listing(self.market.symbol)
            listing.market = event.markets.get(self.market.symbol, listing.market)
            await self._do(event)
        elif isinstance(event, ev.FeesRead):
            self._set_fees(event.fees)
            await self._do(event)
        elif not was_refused and (isinstance(event, Panic) or self._is_meant(event)):
            if isinstance(event, TuneGrid):
                event = replace(event, spec=_undivided(event.spec, self.grid.spec.total or self.grid.money), shown=None)
            await self._do(event)

    async def resize(self, by: Decimal) -> None:
        """The account's money was divided anew: its part went to so much of what it was."""
        spec = self.grid.spec
        if spec.total is not None:
            total = money_down(spec.total * by, self.market.quote)
            await self._do(TuneGrid(at=self.at, grid_id=self.grid.id, spec=replace(spec, total=total)))

    def _is_meant(self, event: ev.Event) -> bool:
        """Whether it is what the owner asks of this grid. What he asks of all of them concerns the real account."""
        return isinstance(event, ToGrid) and event.grid_id == self.asked.grid_id

    async def _see(self, event: ev.Tick | ev.Quoted) -> None:
        touch = event.touches.get(self.market.symbol)
        if touch is not None:
            gone = self.at - self.seen_at
            self.unseen += gone if gone > UNSEEN else 0
            self.seen_at = self.at
            self.prices += 1
            self.venue.quote(self.market.symbol, touch.bid, touch.ask)
        await self._do(event)

    def _heard(self, news: StreamEvent) -> None:
        """What the venue tells of itself. How an order ended is answered to whoever asked."""
        if isinstance(news, FillSeen):
            self._news.append(ev.Filled(at=self.at, fill=news.fill))

    def _set_fees(self, fees: Fees) -> None:
        upkeep.set_fees(self.venue, KEY, maker_bps=fees.maker * BPS, taker_bps=fees.taker * BPS)

    async def _do(self, event: ev.Event) -> Problem | None:
        """What the venue has told, then the event, and what follows from each. Why it was refused, if it was."""
        self._news.append(event)
        problem = None
        while self._news:
            one = self._news.popleft()
            draft = self.run.take(one)
            self.fills += [entry for entry in draft.entries if isinstance(entry, FillEntry)]
            problem = draft.problem if one is event else problem
            for action in tuple(draft.actions):
                await self._carry_out(action)
        return problem

    async def _carry_out(self, action: ev.Action) -> None:
        if isinstance(action, ev.Place):
            (placed,) = await self.exchange.place([action.order])
            self._news.append(self._outcome(action.order, placed))
        elif action.order_id is not None and action.client_id is not None:
            try:
                ended = await self.exchange.cancel(action.symbol, order_id=action.order_id, client_id=None)
            except ExchangeError as gone:  # it has traded, which was told before this
                self._news.append(ev.CancelFailed(at=self.at, client_id=action.client_id, text=str(gone)))
                return
            assert ended is not None, "this venue carries everything out at once"
            before = self.filled_before.get(action.client_id, ZERO)
            ended = replace(ended, executed=ended.executed + before)
            self._news.append(ev.OrderEnded(at=self.at, client_id=action.client_id, ended=ended))

    def _outcome(self, order: Order, placed: Placement) -> ev.Event:
        if isinstance(placed, Accepted):
            return ev.OrderAccepted(at=self.at, client_id=order.client_id, order_id=placed.order_id)
        if isinstance(placed, Ended):
            return ev.OrderEnded(at=self.at, client_id=order.client_id, ended=placed.ended)
        reason = placed.reason if isinstance(placed, Refused) else Refusal.OTHER
        return ev.OrderRefused(at=self.at, client_id=order.client_id, reason=reason, text=str(placed))

    def _withdrawn(self, order: Order) -> ev.Event:
        """It could not rest here: its level asks again."""
        ended = EndedOrder(
            order_id=order.order_id or "",
            client_id=order.client_id,
            symbol=order.symbol,
            side=order.side,
            status=OrderStatus.CANCELLED,
            executed=order.filled,
        )
        return ev.OrderEnded(at=self.at, client_id=order.client_id, ended=ended)

    def result(self) -> Twin:
        """Beside what the grid itself traded since then."""
        grid, books, trades = self.grid, self.grid.books, trades_of(self.fills)
        lived = [one for one in self.asked.trades if one.at >= self.since]
        delays, lived_only, paper_only = matched(lived, trades, NEAR)
        gone = self.at - self.seen_at
        return Twin(
            since=self.since,
            from_start=self.from_start,
            total=grid.total(self.asked.price),
            grid_profit=books.grid_profit,
            stop_sales=books.stop_sales,
            floating=grid.floating(self.asked.price),
            fees=books.fees_value,
            round_trips=books.round_trips,
            trades=len(trades),
            takers=_takers(trades),
            both=len(delays),
            lived_only=lived_only,
            paper_only=paper_only,
            later=median_low(delays) if delays else 0,
            prices=self.prices,
            unseen=self.unseen + (gone if gone > UNSEEN else 0),
            phase=grid.phase,
        )


def _undivided(spec: GridSpec, total: Decimal | None) -> GridSpec:
    """With money of its own, in the place of a part of the account: on paper there is none to have a part of."""
    return replace(spec, envelope=None, takes_rest=False, total=total) if spec.is_divided else spec


def _takers(trades: Sequence[Trade]) -> int:
    return sum(one.took for one in trades)


def _alone(account: Account) -> Account:
    """An account of its own that knows what the real one knows of the markets, and has its fees and its numbers."""
    day = account.day
    return Account(
        name=KEY,
        block=account.block,
        next_id=account.next_id,
        next_grid=account.next_grid,
        fees=account.fees,
        daily_loss=None,
        limits=Limits(goal=account.limits.goal, counted=account.limits.counted),
        day=None if day is None else replace(day, start={}, since={}),
        markets=account.markets,
        touches=account.touches,
        marks=account.marks,
        past=account.past,
    )


def _market(account: Account, grid: Grid) -> Market:
    return account.markets.get(grid.spec.symbol, grid.market)


def _last_touch(account: Account, grid: Grid, at: int) -> Touch | None:
    """The last price that was seen, or written down."""
    symbol, tick = grid.spec.symbol, grid.market.tick_size
    bid = account.marks.get(symbol)
    told = None if bid is None else Touch(symbol=symbol, bid=bid, ask=bid + tick, at=at)
    return account.touches.get(symbol, told)
