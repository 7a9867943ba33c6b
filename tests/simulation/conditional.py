"""The owner's own orders that wait for a price: drawn apart from the script, so that every other draw stays as it was.

They trade nothing: far away they are never sent, and near the price they fail, as they ask for less than a step. What
they may do to the program is to look like something of its own.
"""

from decimal import Decimal
from random import Random

from exchange.paper.records import NewOrder, Trigger, VenueRefusal
from strategy.model.market import Side, Symbol
from tests.simulation.script import CALM, STEPS
from tests.simulation.world import World
from tests.venue import KEY

NEVER = (Decimal("0.2"), Decimal(3))
"""Where no price goes, as parts of where it began."""
TOO_LITTLE = Decimal("0.0000001")
"""Per cent."""


class Conditionals:
    """Those of one world: none in three of four."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(f"{seed}:trigger")
        many = self._dice.choice([0, 0, 0, 4])
        self._steps = {self._dice.randrange(CALM, STEPS) for _ in range(many)}

    def act(self, world: World, number: int) -> None:
        """The owner sets one, if this is such a step."""
        if number in self._steps:
            _set(world, self._dice)


def _set(world: World, dice: Random) -> None:
    sent = list(world.record.sent.values())
    if sent and dice.random() < 0.7:
        like = dice.choice(sent)
        new = _order(world, dice, like.symbol, like.side, like.price, client_id=like.client_id)
    else:
        symbol = dice.choice(list(world.start_prices))
        new = _order(world, dice, symbol, dice.choice(list(Side)), None)
    try:
        order = world.venue.place(KEY, new)
    except VenueRefusal:
        return
    world.happened["trigger order"] += 1
    world.trace(f"trigger order {order.id} {order.client_id} {new.side} at {new.trigger}")


def _order(
    world: World, dice: Random, symbol: Symbol, side: Side, price: Decimal | None, *, client_id: int | None = None
) -> NewOrder:
    market = world.venue.listing(symbol).market
    is_far = dice.random() < 0.7
    part = dice.choice(NEVER) if is_far else Decimal(dice.randint(950, 1050)) / 1000
    here = world.start_prices[symbol] if is_far else world.venue.listing(symbol).price
    trigger = Trigger(price=market.price_near(here * part), percent=TOO_LITTLE)
    return NewOrder(symbol=symbol, side=side, price=price, client_id=client_id, trigger=trigger)
