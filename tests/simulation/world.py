"""One world: a venue, a process that may die, an owner, and everything that a script lets happen to them.

`play` runs a script from its first step through the calm after it; what is checked is in `checks`.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Any

from bot.machine.clock import Clock
from bot.owner.noise import A_DAY, Noise, Preset
from exchange.news import StreamEvent
from exchange.paper.accounts import Account as Held
from exchange.paper.exchange import PaperExchange
from exchange.paper.rules import Choices
from exchange.paper.venue import Venue
from storage.errors import StorageError
from strategy.messages.reports import Report
from strategy.model.account import Account
from strategy.model.derived import Quiet
from strategy.model.durations import HOUR
from strategy.model.grid import Grid
from strategy.model.market import Asset, Symbol
from strategy.model.money import ONE
from strategy.model.orders import ClientId, GridId, Order
from tests.builders import USDC
from tests.promises.promise import Violation
from tests.simulation.disk import Disk, Killed, bound_key
from tests.simulation.eras import begins, trend_of
from tests.simulation.habits import TICKS, Habits, reports_follow_each_other
from tests.simulation.hollow import Hollow, thin_hours
from tests.simulation.loop import run
from tests.simulation.machine import machine_of
from tests.simulation.markets import BTC, drawn, in_quote, secret_rule
from tests.simulation.pages import Pages
from tests.simulation.pauses import Pauses
from tests.simulation.phone import Phone
from tests.simulation.process import Process
from tests.simulation.record import Record
from tests.simulation.rows import Rows
from tests.simulation.script import Script
from tests.simulation.stream import Stream
from tests.simulation.surroundings import surroundings
from tests.simulation.trips import Trips
from tests.simulation.weather import Weather
from tests.simulation.wire import Wire
from tests.venue import KEY

HOURS_BEFORE = 30


@dataclass(slots=True)
class Death:
    """How the next death goes on."""

    away: float = 1.0
    """Seconds until the process is started again."""
    disk: Any = None
    """What is on the disk then; None: what was."""
    mixed_up: str | None = None
    """What is wrong with that disk, empty where it is the right one put back; None: it is an older or an empty one."""


@dataclass(slots=True)
class Seen:
    """What was looked at after a step, and need not be looked at again while it is the same."""

    resting: tuple[int, ...] = ()
    """The ids of the orders that rest at the venue, behind the number of those that no database knows."""
    grids: dict[GridId, Grid] = field(default_factory=dict)
    disks: int = 0
    """How often the database had been replaced."""
    settled: set[ClientId] = field(default_factory=set)
    """Orders that were over and booked."""
    quiet: dict[GridId, Quiet | None] = field(default_factory=dict)
    """The bands in which ticks do nothing."""
    ended: set[GridId] = field(default_factory=set)
    """The grids whose last day is over."""
    pauses: Pauses = field(default_factory=Pauses)
    paused_until: int = 0
    """Until when nothing was to open, as several grids had been stopped."""
    ticks: tuple[Process | None, int] = (None, 0)
    """Whose ticks were counted last, and how many there were."""
    ticked_at: float = 0
    """Seconds at which that changed."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a world."""

    seed: int
    steps: int
    happened: Counter[str]
    violation: Violation | None
    trace: list[str] = field(default_factory=list)


class World:
    """Everything that is outside the process, and the process."""

    def __init__(self, script: Script, *, tracing: bool = False) -> None:
        dice = Random(script.setup)
        self._seconds = asyncio.get_running_loop().time
        self.script = script
        self.traced: list[str] = []
        self._tracing = tracing
        self.trips, self.began = Trips(), begins(script)
        self.machine = machine_of(script.setup)
        self.trend = trend_of(script)
        self.happened = Counter(
            {
                "coarse clock": int(self.machine.grain > 1),
                "busy machine": int(self.machine.is_busy),
                "cheap coins": int(script.coins > 1),
                "a long life": int(script.is_long),
                self.trend.name: 1,
            }
        )
        self.time = Clock(wall=self.wall, steady=self.steady)
        self.habits = Habits(script.setup, tick=dice.choice(TICKS))
        others = Random(script.setup + 2)
        listed = drawn(script, dice, others)
        self.start_prices = {symbol: price for symbol, (_, price) in listed.items()}
        self.opening = {symbol: market for symbol, (market, _) in listed.items()}
        """The rules of the markets at the beginning."""
        self.choices = Choices(
            post_only_expires=dice.random() < 0.3,
            cancel_missing_is_404=dice.random() < 0.5,
            secret_rule=secret_rule(dice, others, script.coins),
        )
        self.venue = Venue(listed, clock=self.now, choices=self.choices)
        _lived(self.venue, Random(script.setup + 4))
        coins = {Asset("ETH"): Decimal(dice.randint(1, 300)) / 1000 * script.coins} if dice.random() < 0.5 else {}
        money = {USDC: Decimal(dice.randint(500, 2_000) if dice.random() < 0.4 else 8_000), **coins}
        bitcoin = {BTC: in_quote(Decimal(others.choice([1_000, 8_000])), BTC)} if script.in_bitcoin else {}
        self.held: Held = self.venue.open_account(KEY, money | bitcoin)
        self.paper = PaperExchange(self.venue, KEY)
        self.disk = Disk(self.clock)
        self.record = Record(self.paper, KEY, self.disk, self.trace, self.happened, self.clock)
        self.record.live = self._live_orders
        self.record.reported = self._reported
        self.weather = Weather(Random(dice.getrandbits(32)), self.happened)
        self.phone = Phone(Random(dice.getrandbits(32)), self.happened)
        self.stream = Stream(Random(dice.getrandbits(32)), self.happened, self.now, self._hear)
        self.dice = Random(dice.getrandbits(32))
        self.process: Process | None = None
        self.death = Death()
        self.seen = Seen()
        self.backups: list[tuple[int, Any]] = []
        self.right: Any = None
        """The right database, while another one lies in its place."""
        self.walked: dict[Symbol, Decimal] = dict(self.start_prices)
        """Where each price has walked to, before it was rounded to the tick."""
        self.spreads: dict[Symbol, Decimal] = {}
        """How far bid and ask are from the price, as parts of it, where that is more than a tick."""
        self.went: dict[Symbol, tuple[Decimal, Decimal]] = {}
        """The lowest and the highest bid there truly was of each market."""
        self.owners: set[int] = set()
        """The venue's ids of the owner's own orders."""
        self.greedy = False
        """Whether the owner has taken coins that were promised to grids."""
        self._dead = asyncio.Event()
        self.supervisor: asyncio.Task[None] | None = None

    # The clocks

    def now(self) -> int:
        """The venue's time in milliseconds."""
        return self.began + round(self._seconds() * 1000) + self.machine.slept

    def elapsed(self) -> float:
        """Seconds that have gone by for the process, its sleep left out."""
        return self._seconds()

    def wall(self) -> int:
        """What this machine's clock shows."""
        return self._shown(self.now() + self.machine.wall_ahead)

    def steady(self) -> int:
        """Since this machine was started: sleep is counted, unless a whole virtual machine was paused."""
        return self._shown(round(self._seconds() * 1000) + self.machine.slept - self.machine.frozen)

    def _shown(self, time: int) -> int:
        return time - time % self.machine.grain

    def clock(self) -> int:
        """The process's time."""
        return self.time.now()

    def skewed(self, skew: int) -> None:
        """The process's time is ahead of the venue's by so many milliseconds, until it is measured again."""
        shown = self.clock()
        self.machine.offset = self.now() + skew - self.time.steady()
        self.record.clock_set(shown)

    # The process

    def remember_bids(self) -> None:
        """Where the prices are now, they have been: also what a market that opens, or a rule, has moved by itself."""
        for symbol in self.start_prices:
            bid = self.venue.touch(symbol).bid
            low, high = self.went.get(symbol, (bid, bid))
            self.went[symbol] = (min(low, bid), max(high, bid))

    def apart(self, symbol: Symbol) -> Decimal:
        """A difference of two prices that is small: a USDC where the coin is worth thousands."""
        return in_quote(ONE, self.opening[symbol].quote) / self.script.coins

    @cached_property
    def takers(self) -> set[Decimal]:
        """The taker fees that there have been, in basis points."""
        return {self.held.taker_bps}

    @property
    def dearer(self) -> Decimal:
        """By how much the highest of them is above the lowest, as a fraction."""
        return (max(self.takers) - min(self.takers)) / 10_000

    @cached_property
    def hollow(self) -> Hollow:
        """When the exchange answers with empty lists, or with thin ones."""
        return Hollow(Random(self.script.setup + 11))

    @property
    def account(self) -> Account | None:
        """The account of the living process, once it is ready."""
        if self.process is None or self.process.is_dead:
            return None
        return self.process.app.runner.account

    @property
    def noise(self) -> Noise:
        """What the owner wants pushed: in half of the worlds he has chosen nothing."""
        dice = Random(self.script.setup + 6)
        chosen = Noise().chosen(dice.choice([Preset.TRIPS, Preset.TRIPS, Preset.FILLS, Preset.HOURLY]))
        begins = dice.randrange(A_DAY)
        return replace(chosen, quiet=(begins, (begins + 90) % A_DAY)) if dice.random() < 0.2 else chosen

    def _live_orders(self) -> list[Order]:
        grids = self.account.grids.values() if self.account is not None else ()
        return [order for grid in grids for order in grid.live]

    def _reported(self, before: Account | None, report: Report) -> Iterator[Violation]:
        assert self.process is not None
        opened_at = self.process.app.reader.opened_at
        return reports_follow_each_other(before, report, self.habits.settings.zone, opened_at)

    def boot(self) -> None:
        """Start a process over what is on the disk."""
        self.time = Clock(wall=self.wall, steady=self.steady)
        self.time.go_by(lambda: self.machine.offset)
        wire = Wire(self.paper, self.weather, self.record, self.now, self.trips)
        wire.rows = self.hiding
        wire.paged = self.paged
        wire.is_hollow = lambda name: self.hollow.is_now(name, self.now(), self.happened)
        wire.kept = lambda markets: self.hollow.listed(markets, self.now(), self.happened)
        wire.lacks = lambda name, key: self.hollow.lacks(name, key, self.now(), self.happened)
        wire.lists_settled = lambda hours: thin_hours(hours, self.happened, thin=self.now() < self.unlisted_until)
        wire.on_measured, wire.off_by = self._measured, lambda: self.clock() - self.now()
        self.happened["settings changed"] += self.habits.start()
        self._measured()  # a new process compares the clocks before its first signed call
        try:
            process = Process(self.disk.store(), wire, self.phone, self.record, self.time, self.habits.settings)
        except StorageError:
            self._dead.set()
            return
        if not self.disk.rows("SELECT 1 FROM setting WHERE key = 'notify'"):
            process.choose(self.noise)
        wire.died = self.disk.died = process.died
        process.on_death = self._dead.set
        process.on_refused = self._refused
        process.others = self.tasks
        self.process, self.seen.pauses = process, Pauses()  # the one before may have died with a word of the owner's
        self.record.another_life()
        process.start()
        self.trace("BOOT")

    def _refused(self) -> None:
        """The process wants another database: the owner puts the right one back, or tries again a little later."""
        self.happened["database refused"] += 1
        self.trace("REFUSED the database")
        if self.record.mixed_up:
            self.death = Death(away=5, disk=self.right, mixed_up="")
        elif self.habits.settings.backpack_api_key == bound_key(self.disk):
            self.record.broken("its own database is taken", "it was refused")
        else:
            self.death = Death(away=60)

    async def supervise(self) -> None:
        """Start the process again, whenever it has died."""
        while True:
            await self._dead.wait()
            self._dead.clear()
            await self._restart()

    async def _restart(self) -> None:
        death, self.death = self.death, Death()
        self.trace(f"DEAD for {death.away:.1f} s{', another disk' if death.disk else ''}")
        self.happened["deaths"] += 1
        if self.process is not None:
            await self.process.bury()
        self.process = None
        if death.disk is not None:
            self.disk.restore(death.disk)
            self.record.mixed_up = death.mixed_up or ""
            if death.mixed_up is None:
                self.record.another_disk()
        self.disk.dies_in = self.disk.dies_after = None
        await asyncio.sleep(death.away)
        self.boot()

    def tasks(self) -> set[asyncio.Task[Any]]:
        """What runs besides the process."""
        return {task for task in (self.supervisor, self.main) if task is not None}

    main: asyncio.Task[Any] | None = None
    is_calm: bool = False
    """Whether its script is over: nothing goes wrong any more."""
    hiding: Rows | None = None
    """While set, every process gets lists with nothing in them that can be read."""
    paged: Pages | None = None
    """While set, every process reads fills page by page, with those of perpetuals between them."""
    late: bool = False
    """Whether what perpetuals settled is listed late now and then."""
    unlisted_until: float = 0
    """Until then some of it is not listed."""
    misprinted: tuple[Process | None, int, float] = None, 0, 0.0
    """Who was told a wrong price last, after how many of its ticks, and when."""

    def _measured(self) -> None:
        self.skewed(self.dice.randint(-800, 800))

    def _hear(self, news: StreamEvent) -> None:
        if self.process is not None:
            self.process.hear(news)

    def trace(self, line: str) -> None:
        """A line for whoever wants to understand what happened."""
        if self._tracing:
            self.traced.append(f"{(self.now() - self.began) / 1000:9.3f} {line}")


def _lived(venue: Venue, dice: Random) -> None:
    """The markets were there before the world began."""
    for listing in venue.listings.values():
        for back in range(HOURS_BEFORE, 0, -1):
            listing.tape.record(listing.price * dice.randint(970, 1030) / 1000, venue.clock() - back * HOUR)


def play(script: Script, *, tracing: bool = False) -> Outcome:
    """Let a world happen, and tell what became of it."""
    from tests.simulation.drama import act_all  # noqa: PLC0415 - the acts need the world's type

    world: World | None = None

    async def main() -> None:
        nonlocal world
        world = World(script, tracing=tracing)
        await act_all(world)

    with surroundings(script.seed) as failures:
        try:
            run(main())
        except (Exception, Killed) as fault:  # noqa: BLE001 - of many worlds each is judged, whatever becomes of one
            last = traceback.extract_tb(fault.__traceback__)[-1]
            failures.append(Violation("a world comes to its end", f"{fault!r}, in {last.name}, line {last.lineno}"))
    assert world is not None, "its dice are thrown without a fault"
    broken = [*world.record.violations, *failures]
    return Outcome(
        seed=script.seed,
        steps=len(script.acts),
        happened=world.happened,
        violation=broken[0] if broken else None,
        trace=world.traced,
    )
