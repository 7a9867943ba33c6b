"""What the owner does by hand, past the bot: transfers, orders, cancels. Only a grab takes what grids were promised."""

from decimal import Decimal
from random import Random

from exchange.paper import upkeep
from exchange.paper.matching import TimeInForce
from exchange.paper.records import NewOrder, VenueOrder, VenueRefusal
from strategy.account.risk import reservations
from strategy.model.account import Halt
from strategy.model.ledger import SETTLED_IN
from strategy.model.market import Asset, Side, Symbol
from strategy.model.money import ONE, ZERO
from strategy.model.orders import BLOCK_SIZE
from tests.builders import USDC
from tests.simulation.markets import WORTH, digits, in_quote
from tests.simulation.wishes import CENT
from tests.simulation.world import World
from tests.venue import KEY

MARGIN = Decimal(100)
"""What the owner leaves in the account besides."""


def deposit(world: World, dice: Random) -> None:
    """The owner pays in."""
    world.happened["deposit"] += 1
    markets = [listing.market for listing in world.venue.listings.values()]
    bases, quotes = [market.base for market in markets], [market.quote for market in markets]
    asset = dice.choice(list(dict.fromkeys([USDC, *bases, *quotes])))
    amount = Decimal(dice.randint(1, 5_000)) / 1000
    upkeep.transfer(
        world.venue, KEY, asset, in_quote(amount, asset) if asset in quotes else amount * world.script.coins
    )


def withdraw(world: World, dice: Random) -> None:
    """The owner takes out some of what is promised to no grid."""
    part, symbol = Decimal(dice.randint(1, 30)) / 100, dice.choice(list(world.start_prices))
    quote, free = world.venue.listing(symbol).market.quote, spare(world, symbol, Side.BUY)
    if free > in_quote(ONE, quote):
        world.happened["withdrawal"] += 1
        taken = (free * part).quantize(digits(CENT, quote))
        fee = (taken * dice.choice([0, 0, 1, 20]) / 100).quantize(digits(CENT, quote))
        upkeep.transfer(world.venue, KEY, quote, -taken, fee=fee, on_top=dice.random() < 0.5)


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
    wish = NewOrder(symbol=symbol, side=side, price=price, quantity=quantity, time_in_force=force, client_id=client_id)
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
    resting = [order for order in world.held.open.values() if order.status.is_in_book]
    if resting:
        order = dice.choice(resting)
        try:
            world.venue.cancel(KEY, order.symbol, order_id=order.id)
        except VenueRefusal:
            return
        world.happened["cancelled by hand"] += 1
        world.trace(f"cancelled by hand {order.id} {order.client_id}")


def grab(world: World, dice: Random) -> None:
    """The owner takes coins that a grid is about to sell: its order off the book, the coins out of the account."""
    sells = [one for one in world.held.open.values() if one.side is Side.SELL and one.id in world.record.ours]
    if not sells:
        return
    order = dice.choice(sells)
    try:
        world.venue.cancel(KEY, order.symbol, order_id=order.id)
    except VenueRefusal:
        return
    world.greedy = True
    world.happened["coins taken"] += 1
    world.trace(f"coins taken: {order.remaining} of {order.symbol}")
    upkeep.transfer(world.venue, KEY, world.venue.listing(order.symbol).market.base, -order.remaining, redeem=True)


def spare(world: World, symbol: Symbol, side: Side) -> Decimal:
    """What the owner may use of what this side pays with, without touching what is promised to the grids."""
    account = world.account
    asset = world.venue.listing(symbol).paid_asset(side)
    balance = world.held.balance(asset)
    if account is None or not account.ready or account.stopped_by not in (None, Halt.DAILY_LOSS):
        return ZERO
    settled = _settled(world) if asset == SETTLED_IN else ZERO
    if account.expected.get(asset) != balance.total - settled:
        return ZERO  # fills are on their way: what the grids hold is not known yet
    theirs = sum((_locked(world, order, asset) for order in world.held.open.values() if order.id in world.owners), ZERO)
    margin = in_quote(MARGIN, asset) if asset in WORTH else ZERO
    return max(ZERO, min(balance.total - reservations(account, asset) - theirs - margin, balance.available))


def _settled(world: World) -> Decimal:
    """By perpetuals, and not booked yet: by what is on the disk, as it is no reading of the process's that may die."""
    if world.process is None or not world.held.settlements:
        return ZERO
    opened_at = world.process.app.reader.opened_at
    made = sum((one.amount for one in world.held.settlements if one.at > opened_at), ZERO)
    rows = world.disk.rows("SELECT amount FROM movement WHERE kind = 'settlement'")
    return made - sum((Decimal(str(amount)) for (amount,) in rows), ZERO)


def _locked(world: World, order: VenueOrder, asset: Asset) -> Decimal:
    pays = world.venue.listing(order.symbol).paid_asset(order.side)
    return order.need(order.remaining) if pays == asset else ZERO
