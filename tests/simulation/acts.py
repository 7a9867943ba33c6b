"""What can happen to a world in one step: each act does one thing, with the details from its own dice."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from random import Random

from exchange.simulated import upkeep
from exchange.simulated.matching import TimeInForce
from exchange.simulated.records import NewOrder, VenueOrder, VenueRefusal
from exchange.simulated.rules import FeeIn
from strategy.account import Halt
from strategy.market import Asset, BookState, Side, Symbol
from strategy.money import ZERO, floor_to
from strategy.orders import BLOCK_SIZE
from strategy.risk import reservations
from tests.builders import USDC
from tests.simulation.weather import Calls, Storm, Way
from tests.simulation.world import KEY, Death, World

MARGIN = Decimal(100)
"""What the owner leaves in the account besides."""
HOMEWARD = Decimal("0.03")
FARTHEST = (Decimal("0.7"), Decimal("1.4"))
"""How far a price goes, as parts of where it began."""


def walk(world: World, dice: Random) -> None:
    """The market moves a little."""
    move(world, dice, 12)


def jump(world: World, dice: Random) -> None:
    """The market moves through many levels at once."""
    world.happened["price jumped"] += 1
    move(world, dice, 120)


def move(world: World, dice: Random, most: int) -> None:
    """A market moves by up to so many thousandths, and a little back to where it began."""
    symbol = dice.choice(list(world.start_prices))
    start, listing = world.start_prices[symbol], world.venue.listing(symbol)
    change = Decimal(dice.randint(-most * 100, most * 100)) / 100_000
    there = listing.price * (1 + change) + (start - listing.price) * HOMEWARD
    low, high = (start * part for part in FARTHEST)
    price = listing.market.price_near(max(low, min(high, there)))
    world.trace(f"price {symbol} {price}")
    world.venue.walk(symbol, price, spare=ZERO if dice.random() < 0.5 else Decimal(1000))


def storm(world: World, dice: Random) -> None:
    """Calls go wrong for a while."""
    calls, way = dice.choice([Calls.PLACE, *Calls]), dice.choice([Way.LATE_REQUEST, Way.LATE_REQUEST, *Way])
    share = dice.choice([0.3, 0.7, 1.0])
    until = world.now() + dice.choice([2_000, 8_000, 25_000])
    world.trace(f"storm {calls} {way} {share} until {until}")
    world.weather.begin(Storm(calls=calls, way=way, share=share, until=until))


def stream(world: World, dice: Random) -> None:
    """The stream goes wrong for a while."""
    way = dice.choice(["drop", "repeat", "delay", "all", "break"])
    if way == "break":
        world.stream.reconnect()
        return
    for name in ("drop", "repeat", "delay"):
        setattr(world.stream, name, dice.choice([0.2, 0.6, 1.0]) if way in (name, "all") else 0)
    world.stream.until = world.now() + dice.randint(1_000, 40_000)


def silence(world: World, dice: Random) -> None:
    """The stream falls silent, and nobody says so."""
    world.stream.silent_until = world.now() + dice.randint(5_000, 90_000)


def lag(world: World, dice: Random) -> None:
    """The history runs behind."""
    world.happened["history lagged"] += 1
    world.choices.history_lag = dice.choice([1_000, 5_000, 30_000, 120_000])
    later(world, dice.uniform(5, 60), lambda: setattr(world.choices, "history_lag", 0))


def pages(world: World, dice: Random) -> None:
    """The history is cut into pages differently at each call."""
    if world.process is not None:
        wire = world.process.wire
        world.happened["history paged"] += 1
        wire.pages = Random(dice.getrandbits(32))
        later(world, dice.uniform(5, 40), lambda: setattr(wire, "pages", None))


def parts(world: World, dice: Random) -> None:
    """Orders are filled in parts for a while."""
    listing = world.venue.listing(dice.choice(list(world.start_prices)))
    share, step = Decimal(dice.choice([1, 10, 30, 60])) / 100, listing.market.step_size
    world.happened["filled in parts"] += 1
    listing.book.part = lambda left: max(step, floor_to(left * share, step))
    later(world, dice.uniform(5, 60), lambda: setattr(listing.book, "part", None))


def fee_asset(world: World, dice: Random) -> None:
    """Fees are taken from another asset from now on."""
    world.happened["fee asset changed"] += 1
    world.choices.fee_in = dice.choice([FeeIn.RECEIVED, FeeIn.NONE, FeeIn.QUOTE])


def fee_tier(world: World, dice: Random) -> None:
    """The fee tier changes."""
    world.happened["fee tier changed"] += 1
    maker = Decimal(dice.choice(["8", "5", "0", "-1", "12.5"]))
    upkeep.set_fees(world.venue, KEY, maker_bps=maker, taker_bps=maker + 4)


def post_only(world: World, dice: Random) -> None:
    """A crossing post-only order is answered in the other form."""
    world.choices.post_only_expires = dice.random() < 0.5
    world.choices.cancel_missing_is_404 = dice.random() < 0.5


def market(world: World, dice: Random) -> None:
    """A market is restricted for a while."""
    symbol = dice.choice(list(world.start_prices))
    state = dice.choice([state for state in BookState if state is not BookState.OPEN])
    world.happened[f"market {state}"] += 1
    world.venue.set_state(symbol, state)
    later(world, dice.uniform(3, 60), lambda: world.venue.set_state(symbol, BookState.OPEN))


def expire(world: World, dice: Random) -> None:
    """The exchange ends a resting order by itself."""
    if world.held.open:
        world.happened["expired by the system"] += 1
        order = dice.choice(list(world.held.open.values()))
        world.trace(f"expire {order.id} {order.client_id}")
        upkeep.expire(world.venue, order, dice.choice(["SystemExpiry", "PriceOutOfBounds"]), system="Maintenance")


def system_fill(world: World, dice: Random) -> None:
    """The exchange trades for the account by itself, out of what is nobody's."""
    symbol, side = dice.choice(list(world.start_prices)), dice.choice(list(Side))
    listing = world.venue.listing(symbol)
    quantity = listing.market.step_size * dice.randint(1, 5)
    if spare(world, symbol, side) >= quantity * (listing.price if side is Side.BUY else 1):
        world.happened["system fill"] += 1
        upkeep.system_fill(world.venue, KEY, symbol, side, listing.price, quantity, system="CollateralConversion")


def deposit(world: World, dice: Random) -> None:
    """The owner pays in."""
    world.happened["deposit"] += 1
    asset = dice.choice([USDC, *(listing.market.base for listing in world.venue.listings.values())])
    upkeep.transfer(world.venue, KEY, asset, Decimal(dice.randint(1, 5_000)) / 1000)


def withdraw(world: World, dice: Random) -> None:
    """The owner takes out some of what is promised to no grid."""
    free = spare(world, next(iter(world.start_prices)), Side.BUY)
    if free > 1:
        world.happened["withdrawal"] += 1
        upkeep.transfer(world.venue, KEY, USDC, -(free * dice.randint(1, 30) / 100).quantize(Decimal("0.01")))


def manual(world: World, dice: Random, client_id: int | None = None) -> None:
    """The owner trades by hand, with what is promised to no grid."""
    symbol, side = dice.choice(list(world.start_prices)), dice.choice(list(Side))
    listing = world.venue.listing(symbol)
    quantity = listing.market.step_size * dice.randint(1, 40)
    price = listing.market.price_near(listing.price * (1000 + dice.randint(-40, 40)) / 1000)
    if spare(world, symbol, side) < quantity * (price if side is Side.BUY else 1) * Decimal("1.01"):
        return
    if client_id is None and dice.random() < 0.4:
        client_id = dice.randint(1, 1_000)
    force = dice.choice([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC])
    wish = NewOrder(
        symbol=symbol, side=side, price=price, quantity=quantity, time_in_force=force, client_id=client_id
    )
    try:
        order = world.venue.place(KEY, wish)
    except VenueRefusal:
        return
    world.happened["manual order"] += 1
    world.trace(f"manual order {order.id} {client_id} {side} {quantity} at {price}")
    world.owners.add(order.id)


def lookalike(world: World, dice: Random) -> None:
    """The owner trades by hand under a client id that looks like one of ours."""
    account = world.account
    if account is None:
        return
    used = list(world.record.sent)
    free = account.block * BLOCK_SIZE + dice.randint(500_000, 600_000)
    world.happened["lookalike"] += 1
    manual(world, dice, dice.choice(used) if used and dice.random() < 0.6 else free)


def manual_cancel(world: World, dice: Random) -> None:
    """The owner cancels an order by hand: his own, or one of ours."""
    if world.held.open:
        order = dice.choice(list(world.held.open.values()))
        try:
            world.venue.cancel(KEY, order.symbol, order_id=order.id)
        except VenueRefusal:
            return
        world.happened["cancelled by hand"] += 1
        world.trace(f"cancelled by hand {order.id} {order.client_id}")


def skew(world: World, dice: Random) -> None:
    """The process's clock is off: a little, or so far that the exchange refuses until it is measured again."""
    world.happened["clock skewed"] += 1
    far = dice.random() < 0.4
    world.skew = dice.choice([-1, 1]) * dice.randint(6_000, 90_000) if far else dice.randint(-1_500, 1_500)
    if world.process is not None:
        world.process.wire.clock_is_off = far


def kill(world: World, dice: Random) -> None:
    """The process is killed: now, at one of the next awaits, statements of the store, or sendings."""
    process = world.process
    if process is None or process.is_dead:
        return
    world.death = Death(away=dice.choice([0.1, 1.0, 5.0, 40.0, 120.0]))
    where = dice.choice(["now", "await", "statement", "before sending", "after sending"])
    world.happened[f"killed: {where}"] += 1
    world.trace(f"kill {where}")
    if where == "now":
        process.died()
    elif where == "await":
        _die_after(process.died, dice.randint(1, 60))
    elif where == "statement":
        world.disk.dies_in = dice.randint(0, 12)
    else:
        process.wire.dies_at = where


def leave(world: World, dice: Random) -> None:
    """The owner ends the program in order, and starts it again."""
    process = world.process
    if process is not None and not process.is_dead:
        world.happened["left"] += 1
        world.death = Death(away=dice.uniform(0.5, 60))
        process.spawn(process.leave(), "leaving")


def restore(world: World, dice: Random) -> None:
    """The owner puts an older copy of the database back."""
    if world.process is not None and not world.process.is_dead and world.backups:
        world.happened["database put back"] += 1
        world.death = Death(away=dice.uniform(1, 30), disk=dice.choice(world.backups)[1])
        world.process.died()


def empty(world: World, dice: Random) -> None:
    """The database is lost."""
    if world.process is not None and not world.process.is_dead:
        world.happened["database lost"] += 1
        world.death = Death(away=dice.uniform(1, 30), disk=world.disk.nothing())
        world.process.died()


def disk(world: World, dice: Random) -> None:
    """The disk is full for a while."""
    world.happened["disk full"] += 1
    world.disk.is_full = True
    later(world, dice.uniform(0.5, 30), lambda: setattr(world.disk, "is_full", False))


def telegram(world: World, dice: Random) -> None:
    """Telegram is down."""
    world.happened["telegram down"] += 1
    world.phone.is_down = True
    later(world, dice.choice([10, 120, 7_200]), lambda: setattr(world.phone, "is_down", False))


def spare(world: World, symbol: Symbol, side: Side) -> Decimal:
    """What the owner may use of what this side pays with, without touching what is promised to the grids."""
    account = world.account
    asset = world.venue.listing(symbol).paid_asset(side)
    balance = world.held.balance(asset)
    if account is None or not account.ready or account.halt is Halt.STRANGERS:
        return ZERO
    if account.expected.get(asset) != balance.total:
        return ZERO  # fills are on their way: what the grids hold is not known yet
    theirs = sum((_locked(world, order, asset) for order in world.held.open.values() if order.id in world.owners), ZERO)
    margin = MARGIN if asset == USDC else ZERO
    return max(ZERO, min(balance.total - reservations(account, asset) - theirs - margin, balance.available))


def _locked(world: World, order: VenueOrder, asset: Asset) -> Decimal:
    pays = world.venue.listing(order.symbol).paid_asset(order.side)
    return order.need(order.remaining) if pays == asset else ZERO


def later(world: World, seconds: float, work: Callable[[], None]) -> None:
    """Something ends by itself after a while."""
    assert world is not None
    asyncio.get_running_loop().call_later(seconds, work)


def _die_after(died: Callable[[], None], turns: int) -> None:
    if turns == 0:
        died()
    else:
        asyncio.get_running_loop().call_soon(_die_after, died, turns - 1)
