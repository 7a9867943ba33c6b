"""Another ladder under a grid, level by level: what stays, what goes, and whose the coins are then. Asks no prices.

A level stays where the new ladder has its price: with its id, order, coins, cost and history. The orders of those that
go are cancelled first. Once none of them may trade any more, their coins go, with what they cost, to the levels that
sell nearest above the price which they were to fetch. No coin and no cost is lost on the way.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.closing import close_trip
from strategy.grid.requests import cancel
from strategy.grid.sizing import grows_alike, lost_to_rounding, outsized, paid, size, wished
from strategy.grid.spreading import bought_by_orders, is_empty, shapes_now, spread
from strategy.grid.turning import selling_price, to_sell
from strategy.model.adapted import Ladder, Seeding
from strategy.model.grid import Grid, Phase
from strategy.model.inventory import CLOSING, OPENING, closes, opens
from strategy.model.levels import RESIDUE, Level, Lot, Shape
from strategy.model.market import Fees, Touch
from strategy.model.money import ONE, ZERO, ratio, share_of
from strategy.model.orders import LevelId, Order, OrderStatus, Purpose
from strategy.model.spec import Spacing
from strategy.model.values import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshaped:
    """What a ladder makes of a grid."""

    grid: Grid
    ended: tuple[Level, ...] = ()
    """Levels that went while they were selling, as they were: what they have sold is a round trip."""
    loss: Decimal = ZERO
    """In quote, what their coins will lose in all where they are sold at the prices that they have now."""


def by_rank(grid: Grid) -> tuple[Level, ...]:
    """Its levels, the lowest first."""
    return tuple(sorted(grid.levels.values(), key=lambda level: level.rank))


def numbered(grid: Grid, levels: Iterable[Level]) -> Mapping[LevelId, Level]:
    """Another ladder for a grid that waits: with the ids that its levels have, none of which has ever traded."""
    before = min(grid.levels) - 1
    return {(one := LevelId(before + level.rank)): replace(level, id=one) for level in levels}


def kept(grid: Grid, shapes: Sequence[Shape]) -> Mapping[int, LevelId]:
    """By rank in the new ladder, the levels that stay: those of the same prices, then those that wait at one of them.

    On interval grids a level is known by its floor: where it sells follows from what it paid.
    """
    found: dict[int, LevelId] = {}
    for place, waits in ((_floor, _floor_of),) if _is_interval(grid) else ((_both, _both_of), (_each, _waits_at)):
        free = {key: shape.rank for shape in shapes if shape.rank not in found for key in place(shape)}
        left = [level for level in by_rank(grid) if level.id not in found.values()]
        for level in left:
            rank = free.get(waits(level))
            if rank is not None and rank not in found:
                found[rank] = level.id
    return found


def leaving(grid: Grid) -> frozenset[LevelId]:
    """The levels for which the ladder that is on its way has no place: they get no order any more."""
    ladder = grid.adapted.ladder
    gone = frozenset(grid.levels) - frozenset(kept(grid, ladder.shapes).values()) if ladder else frozenset()
    holds = ladder is not None and ladder.holds
    return frozenset(one for one in gone if not (holds and _sells(grid, grid.levels[one])))


def _sells(grid: Grid, level: Level) -> bool:
    return closes(level.side) and level.id in grid.lots


def orders_leaving(grid: Grid) -> tuple[Order, ...]:
    """The orders of those levels that may still trade, or of which not every fill is known. Where first coins are being
    bought for one of them, so is theirs: what it brought otherwise nobody would want.
    """
    gone, seeds_go = leaving(grid), seeds_leave(grid)
    return tuple(
        order
        for order in grid.orders.values()
        if not order.is_settled and (order.level in gone or (seeds_go and order.purpose is Purpose.SEED))
    )


def seeds_leave(grid: Grid) -> bool:
    """Whether the ladder that is on its way has no place for a level whose first coins are being bought."""
    return grid.seeding is not None and not leaving(grid).isdisjoint(grid.seeding.wanted)


def go_on(draft: Draft, grid: Grid) -> Grid:
    """Go on towards the ladder that is on its way: cancel what goes, and put it up once nothing of that may trade."""
    ladder, touch, waiting = grid.adapted.ladder, draft.touch(grid), orders_leaving(grid)
    if ladder is not None and touch is not None and ladder.only_empty and not _are_empty(grid, leaving(grid)):
        shapes = spread(grid, touch) or shapes_now(grid)
        grid = draft.change(grid, adapted=replace(grid.adapted, ladder=replace(ladder, shapes=shapes)))
        ladder, waiting = grid.adapted.ladder, orders_leaving(grid)
    for order in waiting:
        if order.status is OrderStatus.OPEN:
            grid = cancel(draft, grid, order)
    if ladder is None or touch is None or waiting:
        return grid
    found = reshaped(grid, ladder, touch, draft.account.fees, draft.at)
    if ladder.loss is not None and found.loss > ladder.loss:  # more than was told: the coins stay where they are
        found = reshaped(grid, replace(ladder, holds=True), touch, draft.account.fees, draft.at)
    grid = draft.put(_lost(found.grid, found.loss))
    for level in found.ended:
        grid = close_trip(draft, grid, level)
    return grid


def _lost(grid: Grid, loss: Decimal) -> Grid:
    """What a shift that is under way has come to."""
    shifting = grid.adapted.shifting
    if shifting is None:
        return grid
    return replace(grid, adapted=replace(grid.adapted, shifting=replace(shifting, lost=loss)))


def trim(draft: Draft, grid: Grid) -> Grid:
    """Without the levels that stayed above the ladder for their coins, once they have sold them: they buy no more."""
    own = grid.spec.grids
    if len(grid.levels) <= own or grid.adapted.ladder is not None:
        return grid
    gone = [level for level in grid.levels.values() if level.rank > own and _is_bare(grid, level)]
    if not gone:
        return grid
    last = max(grid.adapted.last_level, *grid.levels)
    left = [level for level in by_rank(grid) if level not in gone]
    levels = {
        level.id: level if level.rank == rank else replace(level, shape=replace(level.shape, rank=rank))
        for rank, level in enumerate(left, start=1)
    }
    return draft.put(
        replace(
            grid,
            levels=levels,
            money=_money(grid, left, grid.lots),
            adapted=replace(grid.adapted, last_level=last),
        )
    )


def _is_bare(grid: Grid, level: Level) -> bool:
    return opens(level.side) and not level.done and level.order is None and level.id not in grid.lots


def _money(grid: Grid, levels: Sequence[Level], lots: Mapping[LevelId, Lot]) -> Decimal:
    """What is in it: of each level what its buy costs, or what its coins have cost, if they came from other levels and
    that is more.
    """
    costs = (max(level.quantity * level.buy_price, lots.get(level.id, Lot()).cost) for level in levels)
    return sum(costs, ZERO) + lost_to_rounding(levels, grid.market)


def _are_empty(grid: Grid, levels: Iterable[LevelId]) -> bool:
    busy = bought_by_orders(grid)
    return all(is_empty(grid, grid.levels[one], busy) for one in levels)


def reshaped(grid: Grid, ladder: Ladder, touch: Touch, fees: Fees, at: int) -> Reshaped:
    """The grid with this ladder, as if no order of the levels that go could trade. Levels above the price that lack
    coins buy them like a new grid's.
    """
    stay = kept(grid, ladder.shapes)
    last = max(grid.adapted.last_level, *grid.levels)
    levels: dict[LevelId, Level] = {}
    for shape in ladder.shapes:
        if shape.rank in stay:
            level = grid.levels[stay[shape.rank]]
            levels[level.id] = _ranked(level, shape) if ladder.only_empty else _moved(grid, ladder, level, shape)
        else:
            last += 1
            initial = CLOSING if shape.buy_price >= touch.ask and not ladder.only_empty else OPENING
            levels[LevelId(last)] = Level(id=LevelId(last), shape=replace(shape, initial=initial), side=OPENING)
    held = [level for level in by_rank(grid) if level.id not in levels and ladder.holds and _holds(grid, level)]
    for rank, level in enumerate(held, start=len(ladder.shapes) + 1):
        levels[level.id] = _above(grid, level, rank)
    gone = [level for level in by_rank(grid) if level.id not in levels]
    old = frozenset(stay.values()) | {level.id for level in held}
    hands = _Hands(grid, levels, old, touch, paid(grid.spec, fees))
    for parcel in sorted(_parcels(grid, gone), key=lambda one: one.price, reverse=True):
        hands.give(parcel)
    seeding = _seeding(grid, hands, ladder, touch, at)
    growth = {one: _growth(grid, ladder, grid.levels[one]) for one in stay.values()}
    # Also of levels that stay as they are: with a taper each place in the ladder has its own size.
    had = outsized(grid, [levels[one] for one in stay.values()], growth)
    after = replace(
        grid,
        levels=levels,
        lots=hands.lots,
        seeding=seeding,
        phase=_phase(grid.phase, seeding),
        money=_money(grid, tuple(levels.values()), hands.lots),
        adapted=replace(grid.adapted, ladder=None, last_level=last, outsized=had),
    )
    ended = tuple(level for level in gone if closes(level.side) and level.done)
    return Reshaped(grid=after, ended=ended, loss=hands.loss)


def _holds(grid: Grid, level: Level) -> bool:
    return level.id in grid.lots and (closes(level.side) or level.done > 0)


def _above(grid: Grid, level: Level, rank: int) -> Level:
    """The level above the ladder, from now on only for sale."""
    level = level if closes(level.side) else to_sell(grid, level)
    return replace(level, shape=replace(level.shape, rank=rank))


def _is_interval(grid: Grid) -> bool:
    return grid.spec.spacing is Spacing.INTERVAL


def _floor(shape: Shape) -> Iterable[Hashable]:
    return (shape.buy_price,)


def _floor_of(level: Level) -> Hashable:
    return level.buy_price


def _both(shape: Shape) -> Iterable[Hashable]:
    return ((shape.buy_price, shape.sell_price),)


def _both_of(level: Level) -> Hashable:
    return level.buy_price, level.sell_price


def _each(shape: Shape) -> Iterable[Hashable]:
    return ((OPENING, shape.buy_price), (CLOSING, shape.sell_price))


def _waits_at(level: Level) -> Hashable:
    return level.side, level.price


def _ranked(level: Level, shape: Shape) -> Level:
    """A level that stays as it is, whatever its place in the ladder is now."""
    return level if level.rank == shape.rank else replace(level, shape=replace(level.shape, rank=shape.rank))


def _moved(grid: Grid, ladder: Ladder, level: Level, shape: Shape) -> Level:
    """A level that stays: as it is, at its place in the new ladder. It buys no less than it has bought already."""
    done = level.done if opens(level.side) else ZERO
    quantity = max(shape.quantity + _growth(grid, ladder, level), done)
    level = replace(level, shape=replace(shape, quantity=quantity, initial=level.initial))
    bought_at = level.bought_at if level.bought_at is not None else level.buy_price
    return level.selling_at(selling_price(grid, level, bought_at))


def _growth(grid: Grid, ladder: Ladder, level: Level) -> Decimal:
    """Coins by which what it has earned made it larger: they stay where they went, unless else is wished.

    A level that was sized when the market's step was finer is no larger than its wish for what this step leaves out.
    """
    spec, market = grid.spec, grid.market
    before = spec if ladder.is_shift else grid.before
    if spec.compound is None or before is None or not grows_alike(spec, before):
        return ZERO
    had = grid.adapted.outsized.get(level.id, ZERO)
    over = level.quantity - max(wished(before, level.rank, level.buy_price), had)
    if market.quantity_down(level.quantity) != level.quantity:
        return market.quantity_down(max(ZERO, over))
    own = max(size(before, market, level.rank, level.buy_price), had)
    return level.quantity - own if over > 0 else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """The coins of a level that goes."""

    quantity: Decimal
    cost: Decimal
    price: Decimal
    """What they were to fetch, and no less than what they cost."""
    bought_at: Decimal
    fees: Decimal

    def part(self, quantity: Decimal) -> "_Parcel":
        """Some of it."""
        cost, fees = (share_of(one, quantity, self.quantity) for one in (self.cost, self.fees))
        return replace(self, quantity=quantity, cost=cost, fees=fees)

    def without(self, part: "_Parcel") -> "_Parcel":
        """The rest."""
        quantity, cost, fees = self.quantity - part.quantity, self.cost - part.cost, self.fees - part.fees
        return replace(self, quantity=quantity, cost=cost, fees=fees)


def _parcels(grid: Grid, gone: Iterable[Level]) -> Iterable[_Parcel]:
    for level in gone:
        lot = grid.lots.get(level.id)
        if lot is not None:
            is_part = opens(level.side) and level.done
            paid = ratio(level.value, level.done) if is_part else level.bought_at
            yield _Parcel(
                quantity=lot.quantity,
                cost=lot.cost,
                price=max(level.sell_price, lot.cost / lot.quantity),
                bought_at=paid if paid is not None else level.buy_price,
                fees=level.fees,
            )


class _Hands:
    """Who gets the coins. Changes the levels that it was given; the grid stays as it is."""

    def __init__(
        self, grid: Grid, levels: dict[LevelId, Level], stay: frozenset[LevelId], touch: Touch, fees: Fees
    ) -> None:
        self._grid, self._bid, self._fees = grid, touch.bid, fees
        self.levels, self.loss = levels, ZERO
        self.lots = {key: lot for key, lot in grid.lots.items() if key in levels or key not in grid.levels}
        self.new = [level.id for level in levels.values() if level.id not in stay]

    def give(self, parcel: _Parcel) -> None:
        """To the levels above the price that lack coins; what they do not need goes along with what another sells."""
        while parcel.quantity and self._grid.market.fitting(parcel.quantity):
            lacking = [one for one in self.new if closes(self.levels[one].initial) and self._lacks(one) > 0]
            taker = self._nearest(lacking or self._others(), parcel.price)
            if taker is None:
                break
            part = parcel.part(min(parcel.quantity, self._lacks(taker)) if lacking else parcel.quantity)
            self._take(taker, part)
            parcel = parcel.without(part)
        if parcel.quantity:
            self.lots[RESIDUE] = self.lots.get(RESIDUE, Lot()).plus(parcel.quantity, parcel.cost)
            self._count(parcel, min(level.sell_price for level in self.levels.values()))

    def _lacks(self, level_id: LevelId) -> Decimal:
        return self.levels[level_id].quantity - self.lots.get(level_id, Lot()).quantity

    def _others(self) -> list[LevelId]:
        """Those that sell above the price, or may: nobody who has an order to buy is made to sell."""
        return [
            level.id
            for level in self.levels.values()
            if closes(level.side) or (level.id in self.new and level.sell_price > self._bid)
        ]

    def _nearest(self, takers: Iterable[LevelId], price: Decimal) -> LevelId | None:
        """Whoever sells nearest above a price, or else highest."""
        found = sorted(takers, key=lambda one: self.levels[one].sell_price)
        return next((one for one in found if self.levels[one].sell_price >= price), found[-1] if found else None)

    def _take(self, taker: LevelId, part: _Parcel) -> None:
        level, lot = self.levels[taker], self.lots.get(taker, Lot())
        held = lot.plus(part.quantity, part.cost)
        before = level.bought_at if level.bought_at is not None else part.bought_at
        bought_at = ratio(before * lot.quantity + part.bought_at * part.quantity, held.quantity)
        level = replace(level, side=CLOSING, bought_at=bought_at, fees=level.fees + part.fees)
        if level.order is None:  # one that rests stays where it is
            level = level.selling_at(selling_price(self._grid, level, bought_at))
        self.levels[taker], self.lots[taker] = level, held
        self._count(part, level.sell_price)

    def _count(self, part: _Parcel, price: Decimal) -> None:
        self.loss += max(ZERO, part.cost - part.quantity * price * (ONE - self._fees.maker))


def _seeding(grid: Grid, hands: _Hands, ladder: Ladder, touch: Touch, at: int) -> Seeding | None:
    """What the levels above the price still lack: theirs to be bought now, with what was being bought already."""
    wanted = dict(grid.seeding.wanted) if grid.seeding else {}
    before = {one: wanted[one] for one in hands.levels if one in wanted}
    lacking = {}
    for one in hands.new:
        level = hands.levels[one]
        if closes(level.initial) and grid.market.fitting(level.quantity - hands.lots.get(one, Lot()).quantity):
            hands.levels[one] = replace(level, side=CLOSING)
            lacking[one] = level.quantity
    if not lacking:
        return replace(grid.seeding, wanted=before) if grid.seeding and before else None
    most, known = ladder.most, grid.seeding
    if most is not None and known is not None and before:
        most = None if known.most is None else most + known.most
    ranked = sorted({**before, **lacking}.items(), key=lambda one: hands.levels[one[0]].rank)
    return Seeding(started_at=at, wanted=dict(ranked), most=most, price=touch.ask, dearest=ladder.dearest)


def _phase(phase: Phase, seeding: Seeding | None) -> Phase:
    if not phase.trades:
        return phase
    return Phase.SEEDING if seeding else Phase.RUNNING
