"""Why balances differ from the books: what only one side knows, and what orders without news may have done. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from strategy.audit.findings import AssetAudit, Cause, Part
from strategy.model.account import Account
from strategy.model.ledger import FillEntry, Movement, MovementKind, fold_balances
from strategy.model.market import Asset, Balance, Market, Side, Symbol, assets_of
from strategy.model.money import ZERO
from strategy.model.orders import Fill, OpenOrder, Order

CAUSES = {
    MovementKind.DEPOSIT: Cause.DEPOSIT,
    MovementKind.WITHDRAWAL: Cause.WITHDRAWAL,
    MovementKind.DUST: Cause.DUST,
    MovementKind.INTEREST: Cause.INTEREST,
    MovementKind.LOAN: Cause.LOAN,
    MovementKind.SETTLEMENT: Cause.SETTLEMENT,
}
"""What the exchange keeps a record of."""

Span = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the exchange says, and the account as it was kept at that moment."""

    at: int
    account: Account
    opened_at: int
    open_orders: Sequence[OpenOrder]
    balances: Mapping[Asset, Balance]
    movements: Sequence[Movement]
    """All since the ledger began, those of other kinds included; settlements since the last hour that is booked."""
    markets: Mapping[Symbol, Market]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """Something that happened and is not in the books, or is only in the books."""

    at: int
    cause: Cause
    effects: Mapping[Asset, Decimal]
    is_perhaps: bool = False
    """It counts only where it helps to explain: a loan, a fee that may be part of its withdrawal."""


def explained(
    seen: Seen, books: Mapping[Asset, Decimal], booked: Mapping[str, Movement], unbooked: Sequence[Fill]
) -> tuple[AssetAudit, ...]:
    """Each asset's difference in parts. `books` and `booked` are the ledger's; only the exchange has `unbooked`."""
    held = {asset: balance.total for asset, balance in seen.balances.items()}
    known = sorted({*held, *books})
    gaps = {asset: held.get(asset, ZERO) - books.get(asset, ZERO) for asset in known}
    chosen = _explaining(gaps, _items(seen, booked, unbooked))
    rests = {asset: gap - sum((item.effects.get(asset, ZERO) for item in chosen), ZERO) for asset, gap in gaps.items()}
    return tuple(
        AssetAudit(
            asset=asset,
            held=held.get(asset, ZERO),
            books=books.get(asset, ZERO),
            parts=_parts(seen, asset, rests, chosen),
        )
        for asset in known
    )


def _items(seen: Seen, booked: Mapping[str, Movement], unbooked: Sequence[Fill]) -> list[_Item]:
    """Everything that only one side knows, oldest first."""
    shown = {one.key for one in seen.movements}
    items = [
        _Item(
            at=one.at,
            cause=CAUSES[one.kind],
            effects={one.asset: one.amount},
            is_perhaps=one.kind is MovementKind.LOAN or one.may_be_included,
        )
        for one in seen.movements
        if one.at > seen.opened_at and one.key not in booked
    ]
    items += [
        _Item(at=one.at, cause=Cause.REVERSED, effects={one.asset: -one.amount})
        for one in booked.values()
        if one.kind in CAUSES and one.kind is not MovementKind.SETTLEMENT and one.key not in shown
    ]
    items += [_item_of(seen, fill) for fill in unbooked]
    return sorted(items, key=lambda item: item.at)


def _item_of(seen: Seen, fill: Fill) -> _Item:
    base, quote = assets_of(fill.symbol, seen.markets.get(fill.symbol))
    entry = FillEntry(at=fill.at, fill=fill, base=base, quote=quote)
    cause = Cause.FILLS if seen.account.is_ours(fill.client_id) else Cause.FOREIGN
    return _Item(at=fill.at, cause=cause, effects=fold_balances({}, entry))


def _explaining(gaps: Mapping[Asset, Decimal], items: Sequence[_Item]) -> Sequence[_Item]:
    """The items that had happened when the balances were read. What may be counts only where it helps."""
    certain = [item for item in items if not item.is_perhaps]
    beginnings = [_beginning(gaps, some) for some in (certain, items)]
    return min(beginnings, key=lambda found: found[0])[1]


def _beginning(gaps: Mapping[Asset, Decimal], items: Sequence[_Item]) -> tuple[int, Sequence[_Item]]:
    """The longest beginning that leaves the fewest gaps, and how many it leaves."""
    left = dict(gaps)
    for item in items:
        _take(left, item, 1)
    best, fewest = len(items), _open(left)
    for number in range(len(items) - 1, -1, -1):
        if not fewest:
            break
        _take(left, items[number], -1)
        if (gaps_left := _open(left)) < fewest:
            best, fewest = number, gaps_left
    return fewest, items[:best]


def _open(left: Mapping[Asset, Decimal]) -> int:
    return sum(bool(gap) for gap in left.values())


def _take(left: dict[Asset, Decimal], item: _Item, sign: int) -> None:
    for asset, amount in item.effects.items():
        left[asset] = left.get(asset, ZERO) - sign * amount


def _parts(seen: Seen, asset: Asset, rests: Mapping[Asset, Decimal], items: Sequence[_Item]) -> tuple[Part, ...]:
    amounts: dict[Cause, list[Decimal]] = {}
    for item in items:
        if asset in item.effects:
            amounts.setdefault(item.cause, []).append(item.effects[asset])
    parts = [Part(cause=cause, amount=sum(some, ZERO), count=len(some)) for cause, some in amounts.items()]
    gap = rests[asset] + sum((part.amount for part in parts), ZERO)
    if rests[asset]:
        parts.append(_rest(seen, asset, rests))
    return tuple(parts) if gap or rests[asset] else ()


def _rest(seen: Seen, asset: Asset, rests: Mapping[Asset, Decimal]) -> Part:
    """What no record explains."""
    rest = rests[asset]
    if not any(asset in (market.base, market.quote) for market in seen.markets.values()):
        return Part(cause=Cause.PSEUDO, amount=rest, count=0)
    orders = _unsettled(seen)
    may_be = (order for order in orders if _may_have_traded(seen, order, orders, rests))
    spans = [span for order in may_be if (span := _span(seen, order, asset)) is not None]
    lowest, highest = sum((low for low, _ in spans), ZERO), sum((high for _, high in spans), ZERO)
    if lowest <= rest <= highest:
        return Part(cause=Cause.LIMBO, amount=rest, count=len(spans))
    return Part(cause=Cause.UNEXPLAINED, amount=rest, count=0)


def _unsettled(seen: Seen) -> list[Order]:
    """Orders of ours that may have traded without our knowing: not at rest as we know them, or not summed up."""
    resting = {(one.client_id, one.executed) for one in seen.open_orders}
    return [
        order
        for grid in seen.account.grids.values()
        for order in grid.orders.values()
        if not order.is_settled and (not order.status.is_live or (order.client_id, order.filled) not in resting)
    ]


def _may_have_traded(seen: Seen, order: Order, orders: Sequence[Order], rests: Mapping[Asset, Decimal]) -> bool:
    """A trade moves both balances: where one is as booked, it was none (unless a buy and a sale cancel out)."""
    market = seen.account.grids[order.grid_id].market
    moved_both = bool(rests.get(market.base) and rests.get(market.quote))
    return moved_both or any(one.symbol == order.symbol and one.side is not order.side for one in orders)


def _span(seen: Seen, order: Order, asset: Asset) -> Span | None:
    """By how much the rest of an order can have changed a balance; a sale may bring up to twice its price."""
    market = seen.account.grids[order.grid_id].market
    value = order.price * order.remaining
    if asset == market.base:
        return (ZERO, order.remaining) if order.side is Side.BUY else (-order.remaining, ZERO)
    if asset == market.quote:
        return (-value, ZERO) if order.side is Side.BUY else (ZERO, 2 * value)
    return None
