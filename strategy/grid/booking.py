"""Booking a fill: coins move between the lots, the level turns when its order is complete, the ledger gains."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain

from strategy.draft import Draft, standing
from strategy.grid.bounds import trip_closed
from strategy.grid.closing import turn
from strategy.grid.rising import raise_stop
from strategy.grid.turning import selling_price, turned
from strategy.messages.notices import FillTold
from strategy.model.adapted import Adapted, Seeding
from strategy.model.grid import Grid
from strategy.model.inventory import CLOSING, closes, opens
from strategy.model.ledger import FillEntry, Flow, flow_of, fold
from strategy.model.levels import KEPT, RESIDUE, Level, Lot, Wait
from strategy.model.market import Symbol
from strategy.model.money import ZERO, ratio, share_of
from strategy.model.orders import Execution, Fill, LevelId, Order, OrderStatus, Purpose
from strategy.model.values import replace


def book_fill(draft: Draft, grid: Grid, order: Order, fill: Fill) -> Grid:
    """Book one fill of an order of ours, once. Assumes that its key is not among the order's trades yet."""
    third = third_fee_value(draft, grid, fill)
    flow = flow_of(fill, grid.market.base, grid.market.quote, third)
    order = filled_by(order, fill, draft.at)
    assert order.filled <= order.quantity, f"order {order.client_id} filled beyond its quantity"
    grid = draft.put_order(grid, order)
    if opens(order.side):
        grid, realised = _bought(draft, grid, order, fill, flow), None
    else:
        grid, realised = _sold(draft, grid, order, flow)
    level, had = level_of(grid, order), grid.kept.quantity
    if level is not None:
        level = _advanced(level, fill, flow, realised or ZERO)
        grid = _freed(draft, grid, order, level, turned) if order.is_settled else draft.put_level(grid, level)
    closes = _closed_a_trip(order, level, grid)
    if closes:
        trip_closed(draft)
    sold = level if closes else None
    entry = FillEntry(
        at=draft.at,
        fill=fill,
        base=grid.market.base,
        quote=grid.market.quote,
        grid_id=grid.id,
        level=order.level,
        purpose=order.purpose,
        realised=realised,
        closes=closes,
        fee_value=third,
    )
    grid = _told(draft, grid, entry, flow, sold, grid.kept.quantity - had)
    return raise_stop(draft, grid, sold) if sold is not None else grid


def filled_by(order: Order, fill: Fill, at: int) -> Order:
    """The order with one more fill in it."""
    filled = order.filled + fill.quantity
    status = OrderStatus.OPEN if order.status is OrderStatus.INTENDED else order.status
    return replace(
        order,
        filled=filled,
        trades=(*order.trades, fill.key),
        order_id=order.order_id or fill.order_id,
        status=OrderStatus.FILLED if filled == order.quantity else status,
        unknown_since=None,
        changed_at=at,
    )


def settle(draft: Draft, grid: Grid, order: Order) -> Grid:
    """Free the level of an order that is over with all its fills booked, and turn the level if it is complete."""
    level = level_of(grid, order)
    return _freed(draft, grid, order, level, turn) if level is not None and order.is_settled else grid


def _freed(draft: Draft, grid: Grid, order: Order, level: Level, turn: Callable[[Draft, Grid, Level], Grid]) -> Grid:
    if level.order == order.client_id:
        level = replace(level, order=None, wait=None, wait_since=None, refusals=0, denied=None)
        if order.execution is Execution.IMMEDIATE:  # what is left of it asks for other prices than it has just met
            level = replace(level, wait=Wait.TOUCH, wait_since=draft.at)
    return turn(draft, grid, level)


def level_of(grid: Grid, order: Order) -> Level | None:
    """The level that an order was placed for."""
    return grid.levels.get(order.level) if order.level is not None else None


_NOTHING = Lot()


def _bought(draft: Draft, grid: Grid, order: Order, fill: Fill, flow: Flow) -> Grid:
    if order.purpose is Purpose.SEED:
        return _spread_seeds(draft, grid, fill, flow)
    level = level_of(grid, order)
    level_id = level.id if level else RESIDUE
    lot = grid.lots.get(level_id, _NOTHING).plus(flow.base, -flow.cash)
    return draft.put_lots(grid, {level_id: lot})


def _advanced(level: Level, fill: Fill, flow: Flow, realised: Decimal) -> Level:
    return replace(
        level,
        done=level.done + fill.quantity,
        value=level.value + fill.value,
        earned=level.earned + realised,
        fees=level.fees + flow.fee_value,
    )


def _spread_seeds(draft: Draft, grid: Grid, fill: Fill, flow: Flow) -> Grid:
    """Give seeded coins to the levels that want them, or did, the lowest first; what is over is residue."""
    lots, levels = dict(grid.lots), dict(grid.levels)
    left, cost = flow.base, -flow.cash
    wanting = grid.seeding.wanted if grid.seeding else {}
    for level_id, wanted in (*wanting.items(), *_given_up(grid, wanting, left - seeds_missing(grid))):
        part = min(left, wanted - lots.get(level_id, Lot()).quantity)
        if part <= 0:
            continue
        share = share_of(cost, part, left)
        lots[level_id] = lots.get(level_id, Lot()).plus(part, share)
        levels[level_id] = _seeded(grid, levels[level_id], lots[level_id], part, fill, flow)
        left, cost = left - part, cost - share
    if left:
        lots[RESIDUE] = lots.get(RESIDUE, Lot()).plus(left, cost)
    adapted, seeding = _counted(grid.adapted, flow), _spent(grid.seeding, flow)
    return draft.change(grid, lots=lots, levels=levels, adapted=adapted, seeding=seeding)


def _spent(seeding: Seeding | None, flow: Flow) -> Seeding | None:
    """What first coins have cost is spent, whoever has them by then, and whether or not they are sold again."""
    if seeding is None:
        return None
    most = None if seeding.most is None else seeding.most + flow.cash
    return replace(seeding, most=most, bought=seeding.bought + flow.base, paid=seeding.paid - flow.cash)


def _counted(adapted: Adapted, flow: Flow) -> Adapted:
    """What the coins of a shift that is under way have cost so far."""
    under_way = adapted.shifting
    if under_way is None:
        return adapted
    bought, paid = under_way.bought + flow.base, under_way.paid - flow.cash
    return replace(adapted, shifting=replace(under_way, bought=bought, paid=paid))


def _given_up(grid: Grid, wanting: Mapping[LevelId, Decimal], coins: Decimal) -> Sequence[tuple[LevelId, Decimal]]:
    """The levels whose seeds were given up, by a passing price or a pause, while these coins were under way.

    They sell after all: as residue the coins would stand beside the money that is set aside for buying them again.
    """
    given_up = []
    for level in grid.levels.values():
        is_empty = closes(level.initial) and not level.done and level.order is None and level.id not in grid.lots
        if is_empty and level.id not in wanting and level.quantity <= coins:
            given_up.append((level.id, level.quantity))
            coins -= level.quantity
    return given_up


def _seeded(grid: Grid, level: Level, lot: Lot, part: Decimal, fill: Fill, flow: Flow) -> Level:
    before = lot.quantity - part
    bought_at = ratio((level.bought_at or ZERO) * before + fill.price * part, lot.quantity)
    fees = level.fees + share_of(flow.fee_value, part, flow.base)
    priced = level.selling_at(selling_price(grid, level, bought_at))
    return replace(priced, side=CLOSING, bought_at=bought_at, fees=fees)


def _sold(draft: Draft, grid: Grid, order: Order, flow: Flow) -> tuple[Grid, Decimal]:
    lots, cost = taken(grid, order.level if order.purpose is Purpose.LEVEL else None, -flow.base)
    grid = draft.put_lots(grid, lots)
    level = level_of(grid, order)
    return grid if level is None else _no_more_seeds(draft, grid, level), flow.cash - cost


def _no_more_seeds(draft: Draft, grid: Grid, level: Level) -> Grid:
    """Whoever sells has had its first coins: with others bought for it, its round trip would never come to its end."""
    if grid.seeding is None or level.id not in grid.seeding.wanted:
        return grid
    wanted = {level_id: coins for level_id, coins in grid.seeding.wanted.items() if level_id != level.id}
    return draft.change(grid, seeding=replace(grid.seeding, wanted=wanted))


def taken(grid: Grid, level_id: LevelId | None, quantity: Decimal) -> tuple[dict[LevelId, Lot | None], Decimal]:
    """The lots that change when `quantity` coins go, and what those had cost.

    The level's own lot first, then the residue.
    """
    lots, cost = dict[LevelId, Lot | None](), ZERO
    for key in _first(grid, level_id):
        lot = grid.lots[key]
        part = min(quantity, lot.quantity)
        share = share_of(lot.cost, part, lot.quantity) if part else ZERO
        rest = lot.quantity - part
        lots[key] = Lot(quantity=rest, cost=lot.cost - share) if rest else None
        quantity, cost = quantity - part, cost + share
        if not quantity:
            break
    assert not quantity, "sold more coins than the grid held"
    return lots, cost


def _first(grid: Grid, level_id: LevelId | None) -> Iterator[LevelId]:
    """The keys of the lots, in the order in which coins are taken from them.

    Where they are sold for no level, the cheapest first: what is sold has never cost more than the average.
    """
    if level_id is None:
        return iter(sorted(grid.lots, key=lambda key: (grid.lots[key].cost / grid.lots[key].quantity, key)))
    own = (level_id,) if level_id in grid.lots else ()
    return chain(own, _others(grid, level_id))


def _others(grid: Grid, level_id: LevelId) -> Iterator[LevelId]:
    """Sorted only where they are needed: nearly always a level's own coins are enough. What is kept comes last."""
    others = (key for key in grid.lots if key != level_id)
    ranks = {RESIDUE: 0, KEPT: len(grid.levels) + 1}
    yield from sorted(others, key=lambda key: ranks[key] if key in ranks else grid.levels[key].rank)


def seeds_missing(grid: Grid) -> Decimal:
    """Coins that the seeded levels still lack, the residue counted as if it were theirs."""
    if grid.seeding is None:
        return ZERO
    lacking = (
        max(ZERO, wanted - grid.lots.get(level_id, Lot()).quantity) for level_id, wanted in grid.seeding.wanted.items()
    )
    return sum(lacking, ZERO)


def _closed_a_trip(order: Order, before: Level | None, grid: Grid) -> bool:
    if before is None or opens(order.side) or order.purpose is not Purpose.LEVEL:
        return False
    return opens(grid.levels[before.id].side)


def third_fee_value(draft: Draft, grid: Grid, fill: Fill) -> Decimal | None:
    """In quote, a fee that was charged in neither asset of the market, at the last known price of its own market."""
    if fill.fee_asset in (grid.market.base, grid.market.quote):
        return None
    own = Symbol(f"{fill.fee_asset}_{grid.market.quote}")
    touch = draft.account.touches.get(own)
    # The ask: what the coins would cost that it took. A mark is a bid that was written down, and better than nothing.
    price = touch.ask if touch else draft.account.marks.get(own)
    return None if price is None else fill.fee * price


def _told(draft: Draft, grid: Grid, entry: FillEntry, flow: Flow, closed: Level | None, kept: Decimal) -> Grid:
    fill = entry.fill
    draft.book(entry, flow)
    grid = draft.change(grid, books=fold(grid.books, entry, flow))
    assert entry.purpose is not None, "an order of ours has a purpose"
    draft.notices.append(
        FillTold(
            at=fill.at,
            grid_id=grid.id,
            symbol=grid.spec.symbol,
            base=entry.base,
            quote=entry.quote,
            level=entry.level,
            purpose=entry.purpose,
            side=fill.side,
            price=fill.price,
            quantity=fill.quantity,
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            trade=fill.key,
            trip_profit=closed.earned if closed else None,
            trip_fees=closed.fees if closed else None,
            kept=max(ZERO, kept),
            standing=standing(draft.account, grid),
        )
    )
    return grid
