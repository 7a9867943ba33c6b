"""The engine on the demo's recorded market: plays a grid against the simulated venue and keeps every event it met.

No store, no network, no clock: the events can be put through `step` again, and then nothing but the engine is timed.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from bot.console import demo
from bot.demo.backpack.feed import Candles, Step, read_rows
from exchange.backpack.errors import refusal
from exchange.news import FillSeen, OrderSeen, StreamEvent
from exchange.paper.listing import default_markets
from exchange.paper.records import VenueRefusal
from exchange.paper.translation import new_order, stream_of
from exchange.paper.venue import Venue
from strategy.messages import events as ev
from strategy.messages.commands import StartGrid
from strategy.model.account import Account
from strategy.model.market import Asset, Balance, Symbol, Touch
from strategy.model.spec import GridSpec, Spacing
from strategy.step import step

SYMBOL = Symbol("ETH_USDC")
KEY = "benchmark"
USDC = Decimal(100_000)
TAIL = 20
"""One part in so many of the closes lies below the grid, and one above."""


@dataclass(slots=True)
class Played:
    """A venue, an account on it, and all that happened."""

    path: Sequence[Step]
    account: Account = field(default_factory=lambda: Account(name="main", block=1, daily_loss=None))
    events: list[ev.Event] = field(default_factory=list)
    _venue: Venue = field(init=False)
    _waiting: deque[ev.Event] = field(default_factory=deque)
    _at: int = 0

    def __post_init__(self) -> None:
        market, _ = default_markets()[SYMBOL]
        self._at = self.path[0].at
        self._venue = Venue({SYMBOL: (market, self.path[0].price)}, clock=lambda: self._at)
        self._venue.open_account(KEY, {Asset("USDC"): USDC})
        self._venue.listen(stream_of(self._venue, KEY, self._hear))
        balances = {Asset("USDC"): Balance(available=USDC)}
        self.do(ev.MarketsRead(at=self._at, markets={SYMBOL: market}))
        self.do(ev.BalancesRead(at=self._at, asked_at=self._at, balances=balances))
        self.do(ev.Restarted(at=self._at, away=0))
        self.tick()

    @property
    def fills(self) -> int:
        """How many fills there were."""
        return sum(isinstance(event, ev.Filled) for event in self.events)

    def start(self, spec: GridSpec) -> None:
        """Open a grid and tick until its coins are bought."""
        self.do(StartGrid(at=self._at, spec=spec))
        assert self.account.grids, "the grid was refused"
        self.tick()
        self.tick()

    def play(self) -> None:
        """Walk the whole path, a tick after every price."""
        for price in self.path:
            self._at = price.at
            self._venue.walk(SYMBOL, price.price, at=price.at)
            self._drain()
            self.tick()

    def tick(self) -> None:
        """One tick at the price of now."""
        self.do(ev.Tick(at=self._at, touches={SYMBOL: self.touch()}))

    def touch(self) -> Touch:
        """The market's touch now."""
        return self._venue.touch(SYMBOL)

    def do(self, event: ev.Event) -> None:
        """One event, and all that follows from it at once."""
        self._waiting.append(event)
        self._drain()

    def _drain(self) -> None:
        while self._waiting:
            event = self._waiting.popleft()
            self.events.append(event)
            done = step(self.account, event)
            self.account = done.account
            for action in done.actions:
                self._carry_out(action)

    def _carry_out(self, action: ev.Action) -> None:
        try:
            if isinstance(action, ev.Place):
                self._venue.place(KEY, new_order(action.order))
            else:
                self._venue.cancel(KEY, action.symbol, client_id=action.client_id)
        except VenueRefusal as no:
            if isinstance(action, ev.Place):
                reason = refusal(no.code, no.message)
                self._waiting.append(
                    ev.OrderRefused(at=self._at, client_id=action.order.client_id, reason=reason, text=str(no))
                )

    def _hear(self, event: StreamEvent) -> None:
        if isinstance(event, FillSeen):
            self._waiting.append(ev.Filled(at=self._at, fill=event.fill))
        elif isinstance(event, OrderSeen) and event.client_id is not None:
            order_id, client_id = event.order_id, event.client_id
            self._waiting.append(
                ev.OrderAccepted(at=self._at, client_id=client_id, order_id=order_id)
                if event.ended is None
                else ev.OrderEnded(at=self._at, client_id=client_id, ended=event.ended)
            )


def recorded_path(candles: int) -> list[Step]:
    """The first candles of the demo's market, four prices each."""
    recording = Candles(read_rows(Path(demo.MARKET)))
    return [price for row in range(candles) for price in recording.steps(row)]


def grid_over(path: Sequence[Step], levels: int) -> GridSpec:
    """An arithmetic grid over the range in which most of the path lies. So dense a grid may lose: its work counts."""
    prices = sorted(price.price for price in path)
    return GridSpec(
        symbol=SYMBOL,
        spacing=Spacing.ARITHMETIC,
        grids=levels,
        lower=prices[len(prices) // TAIL],
        upper=prices[-len(prices) // TAIL],
        quote_per_order=Decimal(50),
        max_loss=None,
        max_position=USDC,
        fee_buffer=Decimal(-1),
        seed_patience=0,
    )
