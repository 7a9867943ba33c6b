"""How much room there is for an order: our own orders on the market, and the limits of a grid. Asks for nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.booking import seeds_missing
from strategy.grid.bounds import Left, left_for
from strategy.grid.buying import may_buy
from strategy.grid.coins import sellable
from strategy.grid.requests import Wanted
from strategy.grid.sizing import most_to_pay
from strategy.model.derived import Derived
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import closes, opens
from strategy.model.levels import Lot, Wait
from strategy.model.market import Market, Side, Touch
from strategy.model.money import ONE, ZERO
from strategy.model.orders import ClientId, Execution, LevelId, Order, OrderStatus, Purpose


@dataclass(slots=True)
class Room:
    """What limits the next order of a grid: our own orders on the market, and how much more it may hold."""

    highest_buy: Decimal | None
    lowest_sell: Decimal | None
    position: Decimal
    """Quote that the coins and the live buys may still grow by."""
    seeds: Decimal
    """What of that the seeds need which are not asked for yet: they go before the levels' buys."""
    may_buy: bool
    """Whether it buys at all now: after a fast fall it doesn't, for a while."""
    coins: Decimal | None
    """Coins of the account that no sale of ours asks for yet; None while that is not known."""
    left: Left
    """What the limits of the account leave."""

    @classmethod
    def of(cls, draft: Draft, grid: Grid) -> "Room":
        """Counted over the live orders of all grids on this market, and over the coins that a stop sells there now."""
        touch = draft.touch(grid)
        others = [other for other in draft.account.grids.values() if other.spec.symbol == grid.spec.symbol]
        here = [other.derived for other in others]
        buys = [price for kept in here if (price := _first_that_may_rest(kept, reversed(kept.bids), touch)) is not None]
        sells = [price for kept in here if (price := _first_that_may_rest(kept, kept.asks, touch)) is not None]
        if touch is not None and any(map(_sells_out, others)):
            sells.append(in_the_way(grid.market, touch))
        return cls(
            highest_buy=max(buys, default=None),
            lowest_sell=min(sells, default=None),
            position=grid.max_position - grid.cost - grid.derived.bidding,
            seeds=_seeds_to_come(draft, grid),
            may_buy=may_buy(draft, grid),
            coins=sellable(draft.account, grid.market.base),
            left=left_for(draft.account, grid, draft.at),
        )

    def refuses(self, wanted: Wanted) -> Wait | None:
        """Why the order must wait, if it must."""
        return self._price_refuses(wanted) or self._limits_refuse(wanted)

    def _price_refuses(self, wanted: Wanted) -> Wait | None:
        if wanted.side is Side.SELL:
            crosses = self.highest_buy is not None and wanted.price <= self.highest_buy
            return Wait.CROSSING if crosses else None
        crosses = self.lowest_sell is not None and wanted.price >= self.lowest_sell
        return Wait.CROSSING if crosses else None

    def _limits_refuse(self, wanted: Wanted) -> Wait | None:
        if opens(wanted.side):
            seeds = ZERO if wanted.purpose is Purpose.SEED else self.seeds
            cost = wanted.price * wanted.quantity
            if cost > self.position - seeds:
                return Wait.POSITION
            if not self.left.takes(cost + seeds):
                return Wait.EXPOSURE
        return Wait.PACE if self.left.orders is not None and self.left.orders <= 0 else None

    def without(self, order: Order) -> None:
        """Count as if an order of the grid's were over. It stands where nothing of ours is in its way."""
        if opens(order.side):
            self.position += order.price * order.remaining
            self.left.spend(-order.price * order.remaining)
        else:
            self.coins = self.coins + order.remaining if self.coins is not None else None

    def lacks_coins(self, wanted: Wanted) -> bool:
        """Whether it would sell coins that the account has no more."""
        return closes(wanted.side) and self.coins is not None and wanted.quantity > self.coins

    def take(self, wanted: Wanted) -> None:
        """Count an order that is being placed."""
        self.left.place()
        if opens(wanted.side):
            self.highest_buy = max(self.highest_buy or wanted.price, wanted.price)
            self.position -= wanted.price * wanted.quantity
            self.left.spend(wanted.price * wanted.quantity)
        else:
            self.lowest_sell = min(self.lowest_sell or wanted.price, wanted.price)
            self.coins = self.coins - wanted.quantity if self.coins is not None else None


def in_the_way(market: Market, touch: Touch) -> Decimal:
    """From which price on a buy of ours keeps a stop from selling at the best bid: nothing is sold to ourselves."""
    return market.price_down(touch.bid)


def _sells_out(grid: Grid) -> bool:
    """Whether a stop has begun to sell the grid's coins to whoever bids: no buy of ours may stand before it."""
    return grid.phase is Phase.STOPPING and grid.stop is not None and grid.stop.takes


def rests(side: Side, price: Decimal, touch: Touch) -> bool:
    """Whether an order at this price would rest in the book instead of trading at once."""
    return price < touch.ask if side is Side.BUY else price > touch.bid


def _first_that_may_rest(
    kept: Derived, nearest: Iterable[tuple[Decimal, ClientId]], touch: Touch | None
) -> Decimal | None:
    """The price of the nearest order to the market that can be in the book."""
    for price, client_id in nearest:
        if may_rest(kept.live[client_id], touch):
            return price
    return None


def may_rest(order: Order, touch: Touch | None) -> bool:
    """Whether an order of ours can be in the book; false only for one in limbo that can't.

    What the market stands beyond has been filled, or is refused when it arrives: post-only for the touch, what takes at
    once for good. It may have bought, so it counts for the position all the same.
    """
    if order.status is not OrderStatus.INTENDED or order.unknown_since is None:
        return True
    if order.execution is Execution.IMMEDIATE:
        return False
    return touch is None or rests(order.side, order.price, touch)


def beyond_limit(draft: Draft, grid: Grid) -> tuple[Order, ...]:
    """The buys, resting or under way, for which the maximum position has no room.

    Those nearest the price are kept, whatever came first: they are the next to fill. Seeds go before all of them, and
    what they still need counts.
    """
    left, to_come = grid.max_position - grid.cost, _seeds_to_come(draft, grid)
    if grid.derived.bidding + to_come <= left:
        return ()
    buys, beyond = [order for order in grid.live if opens(order.side)], []
    for order in (order for order in buys if order.purpose is Purpose.SEED):
        value = order.price * order.remaining
        left -= value
        if left < 0:
            beyond.append(order)
    left -= to_come
    levels = (order for order in buys if order.purpose is not Purpose.SEED)
    for order in sorted(levels, key=lambda order: order.price, reverse=True):
        value = order.price * order.remaining
        if value <= left:
            left -= value
        else:
            beyond.append(order)
    return tuple(beyond)


def seeds_beyond_limit(draft: Draft, grid: Grid) -> frozenset[LevelId]:
    """The levels for whose seeds the maximum position has no room: the highest, which would be sold last."""
    assert grid.seeding is not None, "asked while they are bought"
    coins, beyond = ZERO, set[LevelId]()
    most, price = _most_for_seeds(draft, grid), dearest(draft, grid)
    for level_id, wanted in sorted(grid.seeding.wanted.items(), key=lambda one: grid.levels[one[0]].rank):
        missing = max(ZERO, wanted - grid.lots.get(level_id, Lot()).quantity)
        too_much = _to_buy(draft, grid, coins + missing) * price > most
        if missing and (too_much or _dearer_than_shown(draft, grid, coins + missing)):
            beyond.add(level_id)
        else:
            coins += missing
    return frozenset(beyond)


def _most_for_seeds(draft: Draft, grid: Grid) -> Decimal:
    """What the seeds that are missing may cost, by the grid's own limit and by those of the account."""
    own = grid.max_position - grid.cost
    left = left_for(draft.account, grid, draft.at, but_seeds=True)
    if left.money is None:
        return own
    return min(own, left.money / left.worth) if left.worth else ZERO


def dearest(draft: Draft, grid: Grid) -> Decimal:
    """The most that is paid for a seed now: a little past the ask, and never more than was shown for all of them."""
    most = most_to_pay(grid.market, _ask(draft, grid))
    if grid.seeding is not None and grid.seeding.dearest is not None:
        most = min(most, grid.seeding.dearest)
    coins, left = _to_buy(draft, grid, seeds_missing(grid)), _left_as_shown(grid)
    return most if left is None or not coins else min(most, grid.market.price_down(left / coins))


def _dearer_than_shown(draft: Draft, grid: Grid, coins: Decimal) -> bool:
    left, most = _left_as_shown(grid), grid.seeding.dearest if grid.seeding else None
    if most is not None and _ask(draft, grid) > most:
        return True
    return left is not None and _to_buy(draft, grid, coins) * _ask(draft, grid) > left


def _left_as_shown(grid: Grid) -> Decimal | None:
    """What the seeds that are missing may cost, of what was shown for all; None where nothing was."""
    return grid.seeding.most if grid.seeding is not None else None


def _ask(draft: Draft, grid: Grid) -> Decimal:
    touch = draft.touch(grid)
    return touch.ask if touch else grid.start_price


def _to_buy(draft: Draft, grid: Grid, coins: Decimal) -> Decimal:
    """With the fee that is taken out of them."""
    fees = draft.account.fees
    return grid.market.quantity_up(coins / (ONE - max(fees.maker, fees.taker)))


def _seeds_to_come(draft: Draft, grid: Grid) -> Decimal:
    if grid.seeding is None:
        return ZERO
    asked = sum((order.remaining for order in grid.live if order.purpose is Purpose.SEED), ZERO)
    return max(ZERO, (_to_buy(draft, grid, seeds_missing(grid)) - asked) * dearest(draft, grid))
