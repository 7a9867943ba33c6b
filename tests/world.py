"""A whole world in virtual time: the core over the real simulated venue. Sends and answers can be held back or lost."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from exchange.paper import upkeep
from exchange.paper.exchange import PaperExchange
from exchange.paper.faults import CallFault, FaultMode
from exchange.paper.rules import Choices
from exchange.paper.tape import Tape
from exchange.paper.translation import movements
from exchange.paper.venue import Venue
from strategy.messages import events as ev
from strategy.messages.commands import StartGrid, TuneGrid
from strategy.messages.notices import Notice
from strategy.messages.problems import Problem
from strategy.model.durations import HOUR
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level
from strategy.model.market import Asset, Fees, Market, Side, Symbol
from strategy.model.orders import GridId, LevelId, Order, Purpose, Refusal
from strategy.model.spec import GridSpec
from tests.builders import NOW, USDC, a_market, a_range, a_spec
from tests.process import Process
from tests.road import finished
from tests.venue import KEY, fill_in_parts, totals

TICK = 3_000

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


def the_brief_world(**wishes: Any) -> "World":
    """A world with the brief's own interval grid around 2,000, its coins bought."""
    world = World({a_market(): Decimal(2_000)})
    world.start(a_spec(**wishes))
    world.tick()
    return world


class World(Process):
    """One account on a venue of its own."""

    def __init__(
        self,
        markets: Mapping[Market, Decimal],
        *,
        money: int | str | Decimal = 10_000,
        coins: Mapping[Asset, Decimal] | None = None,
        fees: Fees | None = None,
        choices: Choices | None = None,
    ) -> None:
        self.now = NOW
        listed = {market.symbol: (market, price) for market, price in markets.items()}
        self.venue = Venue(listed, clock=lambda: self.now, choices=choices)
        rates = fees or Fees(maker=Decimal("0.0008"), taker=Decimal("0.001"))
        self.held = self.venue.open_account(
            KEY,
            {USDC: Decimal(money), **(coins or {})},
            maker_bps=rates.maker * 10_000,
            taker_bps=rates.taker * 10_000,
        )
        super().__init__(PaperExchange(self.venue, KEY), lambda: self.now)
        self.start_up()
        self.tell(ev.Quoted(at=self.now, touches={symbol: self.venue.touch(symbol) for symbol in listed}))

    # What tests look at

    @property
    def symbol(self) -> Symbol:
        """The first market."""
        return next(iter(self.venue.listings))

    @property
    def price(self) -> Decimal:
        """Where the first market stands."""
        return self.venue.listing(self.symbol).price

    @property
    def grid(self) -> Grid:
        """The newest grid."""
        return self.account.grids[max(self.account.grids)]

    def level(self, number: int) -> Level:
        """A level of the newest grid."""
        return self.grid.levels[LevelId(number)]

    @property
    def buy_prices(self) -> list[Decimal]:
        """Of the newest grid's live orders, lowest first."""
        return sorted(order.price for order in self.grid.live if order.side is Side.BUY)

    @property
    def sell_prices(self) -> list[Decimal]:
        """Of the newest grid's live orders, lowest first."""
        return sorted(order.price for order in self.grid.live if order.side is Side.SELL)

    def placed(self, since: int = 0) -> list[Order]:
        """The orders that were asked for, as they were intended, from an index of `actions` on."""
        return [action.order for action in self.actions[since:] if isinstance(action, ev.Place)]

    def placed_for(self, purpose: Purpose) -> list[Order]:
        """The orders of a purpose, as they are now known."""
        return [order for order in self.journal.values() if order.purpose is purpose]

    @property
    def refused(self) -> list[tuple[Order, Refusal]]:
        """Every order that was refused, and why."""
        return self.road.refused

    @property
    def totals(self) -> dict[Asset, Decimal]:
        """What the venue says the account holds."""
        return totals(self.held)

    @property
    def is_settled(self) -> bool:
        """Nothing is on its way, in either direction, and every fill has been booked."""
        return not self.road.unsent and not self.road.unheard and len(self.booked) == len(self.held.fills)

    def phase(self) -> Phase:
        """Of the newest grid."""
        return self.grid.phase

    def bid(self, symbol: Symbol | None = None) -> Decimal:
        """What a coin would fetch at the venue."""
        return self.venue.touch(symbol or self.symbol).bid

    def notices_of(self, kind: type[N]) -> list[N]:
        """The notices of one kind, oldest first."""
        return [notice for notice in self.notices if isinstance(notice, kind)]

    # What tests do

    def lived(self, hours: int, price: int | str | Decimal | None = None) -> None:
        """The first market has been there for so many hours, at this price or where it is now."""
        tape, past = self.venue.listing(self.symbol).tape, Tape()
        for back in range(hours, 0, -1):
            past.record(self.price if price is None else Decimal(price), self.now - back * HOUR)
        past.record(self.price, self.now)
        tape.bars, tape.time = past.bars, past.time

    def trade(self, price: int | str | Decimal, symbol: Symbol | None = None) -> None:
        """The market moves to a price; the fills are told, and the next tick sees it."""
        self.walk(price, symbol)
        self.tick()

    def walk(self, price: int | str | Decimal, symbol: Symbol | None = None) -> None:
        """The market moves to a price in one go; only the stream tells."""
        self.venue.walk(symbol or self.symbol, Decimal(price))
        self.pump()

    def tick(self, times: int = 1) -> None:
        """Time passes, and the process reads what there is."""
        for _ in range(times):
            self.now += TICK
            self.read()

    def ask(self, command: type, **fields: Any) -> Problem | None:
        """Have a command carried out now."""
        return self.tell(command(at=self.now, **fields)).problem

    def start(self, spec: GridSpec) -> GridId:
        """Open a grid, which must be possible."""
        self.read_balances()
        problem = self.ask(StartGrid, spec=spec)
        assert problem is None, problem
        return self.grid.id

    def tune(self, **changes: Any) -> Problem | None:
        """Put another spec under the newest grid."""
        return self.ask(TuneGrid, grid_id=self.grid.id, spec=replace(self.grid.spec, **changes))

    def fill_in_parts(self, part: Decimal | None) -> None:
        """What the market goes through is filled only by this part at a time; None: whole again."""
        listing = self.venue.listing(self.symbol)
        listing.book.part = None
        if part is not None:
            fill_in_parts(listing, part)

    @contextmanager
    def holding(self, *, sends: bool = False, hears: bool = False) -> Iterator[None]:
        """Hold back what is to be sent (`sends=False`) or heard (`hears=False`) meanwhile; then let it go."""
        self.sends, self.hears = sends, hears
        yield
        self.release()

    def release(self) -> None:
        """Send and hear everything that was held back."""
        self.sends = self.hears = True
        self.pump()

    def refuse(self, reason: Refusal, times: int = 1) -> None:
        """The next orders are refused for this reason."""
        self.road.refuse(reason, times)

    def lose(self, *, request: bool, match: str = "POST", times: int = 1) -> None:
        """The next calls get no answer: the request is lost, or only the answer."""
        mode = FaultMode.LOSE_REQUEST if request else FaultMode.LOSE_ANSWER
        self.exchange.faults.add(CallFault(match=match, mode=mode, times=times))

    def mend(self) -> None:
        """Everything works again."""
        self.exchange.faults.clear()
        self.road.refuse_no_more()
        self.fill_in_parts(None)
        self.release()

    def restart(self, *, away: int = 60_000) -> None:
        """The process dies and comes back after a while."""
        self.die()
        self.now += away
        self.start_up(away)

    def deposit(self, amount: int | str | Decimal, asset: Asset = USDC) -> None:
        """Money comes in from outside, or with a minus goes out, and is booked."""
        done = upkeep.transfer(self.venue, KEY, asset, Decimal(amount))
        for moved in movements(done):
            self.tell(ev.Moved(at=self.now, movement=moved))

    def rule(self, **changes: str | None) -> None:
        """The first market's rules change, and are read."""
        rules = {name: None if value is None else Decimal(value) for name, value in changes.items()}
        self.venue.set_rules(self.symbol, **rules)
        self.now += 1_000
        self.tell(ev.MarketsRead(at=self.now, markets=finished(self.exchange.markets())))
        self.pump()

    def charge(self, *, maker: str, taker: str) -> None:
        """Other fees from now on."""
        upkeep.set_fees(self.venue, KEY, maker_bps=Decimal(maker) * 10_000, taker_bps=Decimal(taker) * 10_000)
        self.tell(ev.FeesRead(at=self.now, fees=finished(self.exchange.account()).fees))

    def send(self) -> None:
        """Sending takes a moment."""
        self.now += 1
        super().send()
