"""A perpetual that the owner holds in the account of the grids: it moves USDC all the time, and no fill says so."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from exchange.paper import upkeep
from exchange.paper.records import VenueRefusal
from strategy.model.durations import HOUR
from strategy.model.market import Symbol
from strategy.model.money import ZERO
from tests.simulation.acts import later
from tests.simulation.pages import FEWER, PAGE, Pages
from tests.simulation.world import World
from tests.venue import KEY

EVERY = (10, 10, 300, 3_600)
"""Seconds between two settlements: profit and loss, or funding alone."""
MOST_TRADES = 1_000
"""Far more than are read in one go; each is read again and again."""
LEFT_OUT_FOR = (20, 90, 250)
"""Seconds for which some of the rows are not listed: less than lies between two readings of hours that are booked."""


def perpetual(world: World, dice: Random) -> None:
    """A position is opened by hand."""
    world.happened["perpetual"] += 1
    world.late = True
    _go_on(world, dice, dice.choice(EVERY), dice.randint(20, 200))


def _go_on(world: World, dice: Random, every: int, left: int) -> None:
    """What it loses it has made within the hour: the owner touches nothing that is promised to a grid."""
    source = dice.choice(["RealizePnl", "RealizePnl", "FundingPayment", "TradingFees"])
    amount = Decimal(dice.randint(-2_000_000, 2_000_000)) / 1_000_000
    if source == "TradingFees":
        amount = -abs(amount)
    hour = world.venue.clock() // HOUR
    made = sum((one.amount for one in world.held.settlements if one.at // HOUR == hour), ZERO)
    try:
        upkeep.settle(world.venue, KEY, max(amount, -made), source=source)
        if world.late and left % 9 == 4:
            _come_late(world)
        if world.late and left % 9 == 7:
            _leave_out(world, dice)
    except VenueRefusal:
        world.trace("a perpetual's loss was not there")
    world.happened["settlement"] += 1
    _trade(world, dice)
    if left:
        later(world, every, lambda: _go_on(world, dice, every, left - 1))


def _trade(world: World, dice: Random) -> None:
    """More fills between two settlements than are read of a history in one go."""
    if world.paged is None:
        secret = dice.random()
        world.paged = Pages(world.venue, world.held, heeds=secret < 0.3, gives=FEWER if secret > 0.6 else PAGE)
        if world.process is not None:
            world.process.wire.paged = world.paged
    there = len(world.held.perpetual_fills)
    for ago in reversed(range(dice.choice([1, 15, 150]) if there < MOST_TRADES else 0)):
        fill = upkeep.trade_perpetual(world.venue, KEY, Symbol("SOL_USDC_PERP"), Decimal(150), Decimal(1))
        world.held.perpetual_fills[-1] = replace(fill, at=fill.at - 10 * ago)
    world.happened["perpetual traded"] += 1


def _come_late(world: World) -> None:
    """The newest settlement is of hours ago: that hour is booked already."""
    listed, newest = world.held.settlements, world.held.settlements[-1]
    at = newest.at - 2 * HOUR
    if world.process is not None and 0 < world.process.app.reader.opened_at < at and newest.amount > 0:
        listed[-1] = replace(newest, at=at)
        listed.sort(key=lambda one: one.at)
        world.happened["late settlement"] += 1


def _leave_out(world: World, dice: Random) -> None:
    """Some hours come without some of their rows, some do not come at all."""
    world.unlisted_until = world.now() + dice.choice(LEFT_OUT_FOR) * 1000
