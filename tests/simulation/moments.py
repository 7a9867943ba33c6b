"""What waits for its moment: orders of ours rest, and the market goes through the nearest of them just then.

Steps come whenever they come, and mostly there is nothing that they could meet.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from strategy.model.account import Halt
from strategy.model.grid import Phase
from strategy.model.market import BookState, Side
from strategy.model.orders import ClientId, Order, Purpose
from tests.simulation import owner
from tests.simulation.acts import later
from tests.simulation.rows import Rows
from tests.simulation.weather import Calls, Storm, Way
from tests.simulation.world import Death, World
from tests.venue import KEY

Work = Callable[[World, Random, Order], None]

TRIES = 300
"""One a second."""
ADOPTS = ("leave", "adopt", "adopt")
"""What the owner may choose who has just put a copy back: mostly that the grids take up what fits."""
OVERDUE = 45_000
"""Milliseconds after which no order of which nothing is known can still arrive."""


def hide(world: World, dice: Random) -> None:
    """An order is filled, and of what is sent for it no answer, stream or list tells: for longer than limbo lasts."""
    _at_its_moment(world, dice, _hide)


def relapse(world: World, dice: Random) -> None:
    """An order is filled, what is sent for it rests, and then the disk is as it was before all of that."""
    _at_its_moment(world, dice, _relapse)


def _at_its_moment(world: World, dice: Random, work: Work, left: int = TRIES) -> None:
    if world.is_calm:
        return
    order = _nearest(world)
    if order is not None:
        work(world, dice, order)
    elif left:
        later(world, 1, lambda: _at_its_moment(world, dice, work, left - 1))


def _nearest(world: World) -> Order | None:
    """The resting order of ours that the market is nearest to, while a process trades."""
    account = world.account
    if account is None or account.stopped_by is not None or world.record.mixed_up:
        return None
    running = {grid.id for grid in account.grids.values() if grid.phase is Phase.RUNNING}
    here = [
        order
        for there, order in world.record.resting()
        if there.status.is_in_book
        and not there.executed
        and order.purpose is Purpose.LEVEL
        and order.grid_id in running
        and world.venue.listing(order.symbol).market.state is BookState.OPEN
    ]
    return min(here, key=lambda order: _away(world, order), default=None)


def _away(world: World, order: Order) -> Decimal:
    return abs(world.venue.listing(order.symbol).price / order.price - 1)


def _fill(world: World, order: Order) -> None:
    """The market goes through its price, and all of it is filled. It is told, and what is sent for it arrives."""
    listing = world.venue.listing(order.symbol)
    market, listing.book.part = listing.market, None
    price = market.price_above(order.price) if order.side is Side.SELL else market.price_below(order.price)
    world.trace(f"price {order.symbol} {price}, through {order.client_id}")
    world.stream.clear()
    world.weather.clear()
    world.disk.is_full = world.disk.is_away = False
    world.walked[order.symbol] = price
    world.venue.walk(order.symbol, price, spare=Decimal(1000))
    world.remember_bids()


def _hide(world: World, dice: Random, order: Order) -> None:
    world.happened["orders hid"] += 1
    _fill(world, order)  # the last that the stream tells
    span = dice.randint(60_000, 120_000)
    until = world.now() + span
    world.weather.begin(Storm(calls=Calls.PLACE, way=Way.LOSE_ANSWER, share=1, until=until))
    world.stream.silent_until = until
    _unreadable(world, Rows(world.paper, KEY, dice.getrandbits(32), lambda number: number in world.record.ours, 1))
    later(world, span / 1000, lambda: _unreadable(world, None))
    if dice.random() < 0.5:  # no market moves until the order is overdue, and its balances say nothing
        later(world, dice.uniform(3, 8), lambda: _sleep(world))


def _unreadable(world: World, rows: Rows | None) -> None:
    """For this process, and for those after it."""
    world.hiding = rows
    if world.process is not None:
        world.process.wire.rows = rows


def _sleep(world: World) -> None:
    world.happened["machine slept"] += 1
    world.trace(f"asleep for {OVERDUE}")
    world.trips.all_arrive()
    world.machine.slept += OVERDUE


def _relapse(world: World, dice: Random, order: Order) -> None:
    copy, known = world.disk.copy(), set(world.record.sent)
    _fill(world, order)
    later(world, dice.uniform(2, 5), lambda: _put_back(world, dice, copy, known))


def _put_back(world: World, dice: Random, copy: object, known: set[ClientId]) -> None:
    is_up = world.process is not None and not world.process.is_dead
    if not is_up or all(order.client_id in known for _, order in world.record.resting()):
        _at_its_moment(world, dice, _relapse)  # nothing rests of which the copy does not know
        return
    assert world.process is not None
    if world.is_calm or world.record.mixed_up:
        return
    world.happened["database put back"] += 1
    world.trips.all_arrive()
    world.death = Death(away=dice.uniform(0.5, 2), disk=copy)
    world.process.died()
    _decide(world, dice, TRIES)


def _decide(world: World, dice: Random, left: int) -> None:
    """The owner is there, and decides as soon as he is asked."""
    if world.account is not None and world.account.halt is Halt.STRANGERS:
        owner.settle(world, dice, ADOPTS)
    elif left and not world.is_calm:
        later(world, 1, lambda: _decide(world, dice, left - 1))
