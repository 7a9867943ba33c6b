"""What the market and the exchange do in one step: each act does one thing, with the details from its own dice."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

from exchange.news import TouchSeen
from exchange.paper import upkeep
from exchange.paper.listing import FIRST_TRADE_ID
from exchange.paper.rules import FeeIn
from strategy.model.market import BookState, Side
from strategy.model.money import ZERO
from tests.simulation.hands import spare
from tests.simulation.record import LONGEST_LAG
from tests.simulation.rows import Rows
from tests.simulation.weather import Calls, Storm, Way
from tests.simulation.world import World
from tests.venue import KEY, fill_in_parts

TRUE_LOOKS = 3
BELIEVED = 10
"""Seconds for which a wrong price of a silent stream may be looked at, and more."""


def walk(world: World, dice: Random) -> None:
    """The market moves a little."""
    move(world, dice, 12)


def jump(world: World, dice: Random) -> None:
    """The market moves through many levels at once."""
    world.happened["price jumped"] += 1
    move(world, dice, 120)


def move(world: World, dice: Random, most: int) -> None:
    """A market moves by up to so many thousandths, and a little to where it tends: mostly to where it began."""
    symbol = dice.choice(list(world.start_prices))
    start, listing = world.start_prices[symbol], world.venue.listing(symbol)
    change = Decimal(dice.randint(-most * 100, most * 100)) / 100_000
    here, trend = world.walked[symbol], world.trend
    there = here * (1 + change + (ZERO if world.is_calm else trend.drift)) + (start - here) * trend.homeward
    world.walked[symbol] = max(start * trend.lowest, min(start * trend.highest, there))
    price = listing.market.price_near(world.walked[symbol])
    away = listing.market.price_near(price * world.spreads.get(symbol, ZERO))
    world.trace(f"price {symbol} {price}{f', {away} to each side' if away else ''}")
    if away:
        world.venue.quote(symbol, price - away, price + away)
    else:
        world.venue.walk(symbol, price, spare=ZERO if dice.random() < 0.5 else Decimal(1000))
    world.remember_bids()


def spread(world: World, dice: Random) -> None:
    """Bid and ask part for a while: there is room between them, where orders of two grids could meet."""
    symbol = dice.choice(list(world.start_prices))
    world.happened["spread widened"] += 1
    world.spreads[symbol] = Decimal(dice.randint(2, 30)) / 1000
    later(world, dice.uniform(5, 60), lambda: world.spreads.pop(symbol, None))
    move(world, dice, 12)


def storm(world: World, dice: Random) -> None:
    """Calls go wrong for a while."""
    calls, way = dice.choice([Calls.PLACE, *Calls]), dice.choice([Way.LATE_REQUEST, Way.LATE_REQUEST, *Way])
    share = dice.choice([0.3, 0.7, 1.0])
    until = world.now() + dice.choice([2_000, 8_000, 25_000])
    symbol = dice.choice([None, None, *world.start_prices]) if calls is Calls.READ else None
    if symbol is not None:  # one market's book and history, for minutes: all other markets go on meanwhile
        share, until = 1.0, world.now() + dice.choice([25_000, 120_000])
    if calls is Calls.HISTORY and dice.random() < 0.5:  # for minutes, while orders are taken as ever
        way, share, until = Way.SLOW, 1.0, world.now() + dice.choice([60_000, 240_000])
    world.trace(f"storm {calls} {way} {share} of {symbol} until {until}")
    world.weather.begin(Storm(calls=calls, way=way, share=share, until=until, symbol=symbol))


def maintenance(world: World, dice: Random) -> None:
    """The exchange answers nothing for most of an hour, in whatever way, and its stream says nothing."""
    way = dice.choice([Way.S503, Way.S503, Way.HTML, Way.S429, Way.LOSE_REQUEST, Way.LOSE_ANSWER])
    until = world.now() + dice.randint(8, 45) * 60_000
    world.happened["maintenance"] += 1
    world.trace(f"maintenance {way} until {until}")
    world.weather.begin(Storm(calls=Calls.ALL, way=way, share=1.0, until=until))
    world.stream.silent_until = until


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


def old_news(world: World, dice: Random) -> None:
    """The stream has too much to tell and falls behind, by more and more: all that it tells is old, unsaid."""
    world.stream.behind = dice.choice([0.3, 0.8, 2])
    world.stream.behind_since = world.now()
    world.stream.behind_until = world.now() + dice.randint(10_000, 300_000)


def bad_print(world: World, dice: Random) -> None:
    """One price that was never there: in one frame of the stream, or in one read before the bids are gone."""
    if world.process is None or not _have_true_prices_come(world):
        return
    world.happened["bad print"] += 1
    part = Decimal(dice.choice([60, 70, 85, 130, 150])) / 100
    if dice.random() < 0.5:
        world.process.wire.bad_print, world.process.wire.misprinted = part, lambda: _remember_misprint(world)
        return
    _remember_misprint(world)
    touch = world.venue.touch(dice.choice(list(world.start_prices)))
    bid, apart = touch.bid * part, world.apart(touch.symbol)
    world.stream.silent_until = world.now() + 5_000  # nothing puts it right until it is too old to be believed
    world.stream.hear(TouchSeen(touch=replace(touch, bid=bid, ask=max(bid + apart, touch.ask))))


def _remember_misprint(world: World) -> None:
    assert world.process is not None
    world.misprinted = world.process, world.process.app.reader.ticks, world.elapsed()


def _have_true_prices_come(world: World) -> bool:
    """Two wrong prices in a row, with no true one between them, are two looks."""
    process, ticks, at = world.misprinted
    assert world.process is not None
    if world.process.wire.bad_print is not None or _is_warned(world):
        return False
    looked = world.process.app.reader.ticks - ticks >= TRUE_LOOKS and world.elapsed() - at > BELIEVED
    return process is not world.process or looked


def _is_warned(world: World) -> bool:
    """Whether the books still hold a first look, which the next would make two."""
    account = world.account
    if account is None or account.loss_ticks > 0:
        return account is not None
    return any(grid.warned or grid.higher is not None for grid in account.grids.values())


def no_bids(world: World, dice: Random) -> None:
    """A side of every book is empty for a while; the stream says nothing of it."""
    if world.process is not None:
        world.happened["one-sided book"] += 1
        world.process.wire.no_bids_until = world.now() + dice.choice([5_000, 30_000, 90_000])


def lag(world: World, dice: Random) -> None:
    """The history runs behind."""
    world.happened["history lagged"] += 1
    world.choices.history_lag = dice.choice([1_000, 5_000, 30_000, LONGEST_LAG])
    later(world, dice.uniform(5, 60), lambda: setattr(world.choices, "history_lag", 0))


def pages(world: World, dice: Random) -> None:
    """The history is cut into pages differently at each call."""
    if world.process is not None:
        wire = world.process.wire
        world.happened["history paged"] += 1
        wire.pages = Random(dice.getrandbits(32))
        later(world, dice.uniform(5, 40), lambda: setattr(wire, "pages", None))


def unreadable(world: World, dice: Random) -> None:
    """Rows of the lists can't be read for a while: those of others, and some of ours."""
    if world.process is not None:
        wire, record = world.process.wire, world.record
        world.happened["unreadable rows"] += 1
        seed, share = dice.getrandbits(32), dice.choice([0.1, 0.5, 1.0])
        wire.rows = Rows(world.paper, KEY, seed, lambda number: number in record.ours, share)
        later(world, dice.uniform(5, 90), lambda: setattr(wire, "rows", None))


def parts(world: World, dice: Random) -> None:
    """Orders are filled in parts for a while."""
    listing = world.venue.listing(dice.choice(list(world.start_prices)))
    world.happened["filled in parts"] += 1
    fill_in_parts(listing, Decimal(dice.choice([1, 10, 30, 60])) / 100)
    later(world, dice.uniform(5, 60), lambda: setattr(listing.book, "part", None))


def fee_asset(world: World, dice: Random) -> None:
    """Fees are taken from another asset from now on."""
    world.happened["fee asset changed"] += 1
    world.choices.fee_in = dice.choice([FeeIn.RECEIVED, FeeIn.NONE, FeeIn.QUOTE])


def fee_tier(world: World, dice: Random) -> None:
    """The fee tier changes."""
    world.happened["fee tier changed"] += 1
    maker = Decimal(dice.choice(["8", "5", "0", "-1", "12.5"]))
    world.takers.add(maker + 4)
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


def rules(world: World, dice: Random) -> None:
    """The exchange changes a rule of a market, for a while or for good."""
    symbol = dice.choice(list(world.start_prices))
    listing, opening = world.venue.listing(symbol), world.opening[symbol]
    up_or_down = dice.choice([Decimal(10), Decimal("0.1")])
    tick = opening.tick_size * (up_or_down if opening.tick_size * 100 < world.start_prices[symbol] else Decimal("0.1"))
    changed: dict[str, Decimal | None] = dice.choice(
        [
            {"tick_size": tick},
            {"step_size": opening.step_size * up_or_down},
            {"min_quantity": opening.min_quantity * dice.choice([3, 30, 500])},
            {"max_quantity": opening.min_quantity * dice.choice([2, 20, 200])},
            {"min_price": listing.price * dice.choice([97, 99]) / 100},
            {"max_price": listing.price * dice.choice([101, 103]) / 100},
        ]
    )
    (name,) = changed
    world.happened[f"rule changed: {name}"] += 1
    world.trace(f"rule {symbol} {changed}")
    world.venue.set_rules(symbol, **changed)
    world.remember_bids()
    if dice.random() < 0.7:
        before = getattr(opening, name)
        later(world, dice.uniform(20, 300), lambda: world.venue.set_rules(symbol, **{name: before}))


def renumber(world: World, _: Random) -> None:
    """The exchange counts trades from one again: the next ones have numbers that older ones have.

    Not of one order: whoever begins to count anew has ended what had rested, or its parts could not be told apart.
    """
    world.happened["trades numbered anew"] += 1
    begun = {order.symbol for order in world.held.open.values() if order.executed}
    for symbol in world.start_prices.keys() - begun:
        world.venue.listing(symbol).next_trade_id = FIRST_TRADE_ID


def expire(world: World, dice: Random) -> None:
    """The exchange ends a resting order by itself."""
    resting = [order for order in world.held.open.values() if order.status.is_in_book]
    if resting:
        world.happened["expired by the system"] += 1
        order = dice.choice(resting)
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


def later(world: World, seconds: float, work: Callable[[], object]) -> None:
    """Something ends by itself after a while."""
    assert world is not None
    asyncio.get_running_loop().call_later(seconds, work)
