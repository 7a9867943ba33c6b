"""The account's history, page by page: fills, orders, deposits and withdrawals. Reads only.

Pages are cut while new rows arrive, so a row may come twice and is kept once, by its key.
"""

import logging
from collections.abc import Callable, Sequence

from exchange.backpack import facts, wire
from exchange.backpack.fields import Fields, items
from exchange.backpack.rest import Call, Rest
from exchange.backpack.signing import Param, Params
from exchange.port import BadAnswer, Refused
from strategy.ledger import Movement
from strategy.market import Symbol
from strategy.orders import EndedOrder, Fill, OpenOrder

PAGE = 1000
FIRST_PAGE = 100
"""Where the newest orders are wanted, the first page is usually all."""
MOST_PAGES = 50

log = logging.getLogger(__name__)


async def fills(rest: Rest, since: int, until: int | None = None) -> Sequence[Fill]:
    """Spot fills at or after `since`, before `until`, oldest first. At the limit of pages the newest are missing."""
    filters: dict[str, Param] = {"from": since, "sortDirection": "Asc"}
    if until is not None:
        filters["to"] = until
    rows = await _rows(rest, "/wapi/v1/history/fills", "fillHistoryQueryAll", filters)
    found = {fill.key: fill for fill in map(wire.fill_of, filter(is_on_spot, rows))}
    return sorted(found.values(), key=lambda fill: (fill.at, fill.symbol, fill.trade_id or 0))


async def ended_order(rest: Rest, symbol: Symbol, order_id: str) -> EndedOrder | None:
    """An order that the history shows as over."""
    params: Params = {"orderId": order_id, "symbol": symbol}
    answer = await rest.send(_call("/wapi/v1/history/orders", "orderHistoryQueryAll", params))
    for row in items(answer.value(), "orders"):
        order = wire.order_of(row)
        if isinstance(order, EndedOrder) and order.order_id == order_id:
            return order
    return None


async def orders_since(rest: Rest, symbol: Symbol | None, since: int) -> Sequence[EndedOrder | OpenOrder]:
    """Spot orders of a market (None: of all) that were made at or after `since`, newest first."""

    def reaches_back(page: Sequence[object]) -> bool:
        return any(wire.created_at(row) < since for row in page)

    filters: dict[str, Param] = {"sortDirection": "Desc"}
    if symbol is not None:
        filters["symbol"] = symbol
    rows = await _rows(
        rest, "/wapi/v1/history/orders", "orderHistoryQueryAll", filters, first=FIRST_PAGE, enough=reaches_back
    )
    wanted = readable_orders([row for row in rows if wire.created_at(row) >= since and is_on_spot(row)])
    return list({order.order_id: order for order in wanted}.values())


async def movements(rest: Rest, since: int) -> Sequence[Movement]:
    """Deposits that have arrived and withdrawals, made at or after `since`, oldest first."""
    filters: Params = {"from": since}
    deposits = await _rows(rest, "/wapi/v1/capital/deposits", "depositQueryAll", filters)
    withdrawals = await _rows(rest, "/wapi/v1/capital/withdrawals", "withdrawalQueryAll", filters)
    both = [*map(facts.deposit_of, deposits), *map(facts.withdrawal_of, withdrawals)]
    found = {movement.key: movement for movement in both if movement is not None}
    return sorted(found.values(), key=lambda movement: movement.at)


async def other_movements(rest: Rest, since: int) -> Sequence[Movement]:
    """Dust that was converted, interest and loans at or after `since`, oldest first. These histories take no times."""
    found: list[Movement] = []
    for path, instruction, read in (
        ("/wapi/v1/history/dust", "dustHistoryQueryAll", facts.dust_of),
        ("/wapi/v1/history/interest", "interestHistoryQueryAll", lambda row: [facts.interest_of(row)]),
        ("/wapi/v1/history/borrowLend", "borrowHistoryQueryAll", lambda row: [facts.loan_of(row)]),
    ):
        try:
            found += await _newest(rest, path, instruction, read, since)
        except Refused as refused:  # lending is not offered everywhere; what is wrong with the key, other calls tell
            log.info("%s is refused: %s", path, refused)
    return sorted({one.key: one for one in found}.values(), key=lambda movement: movement.at)


async def _newest(
    rest: Rest, path: str, instruction: str, read: Callable[[object], Sequence[Movement | None]], since: int
) -> list[Movement]:
    """Rows back to a time, the newest first."""

    def reaches_back(page: Sequence[object]) -> bool:
        return any(Fields(row, path).time("timestamp") < since for row in page)

    rows = await _rows(rest, path, instruction, {"sortDirection": "Desc"}, first=FIRST_PAGE, enough=reaches_back)
    moves = [one for row in rows for one in read(row) if one is not None]
    return [one for one in moves if one.at >= since]


def readable_orders(rows: Sequence[object]) -> list[OpenOrder | EndedOrder]:
    """Orders of a list. One that can't be read is left out if it has no client id: then it is none of ours."""
    orders = []
    for row in rows:
        try:
            orders.append(wire.order_of(row))
        except BadAnswer as unreadable:
            if Fields(row, "order").has("clientId"):
                raise
            log.warning("left out an order without client id: %s", unreadable)
    return orders


def is_on_spot(row: object) -> bool:
    """Whether an order or a fill is a spot market's."""
    return wire.is_spot(Fields(row, "row").text("symbol"))


async def _rows(
    rest: Rest,
    path: str,
    instruction: str,
    filters: Params,
    *,
    first: int = PAGE,
    enough: Callable[[Sequence[object]], bool] = lambda _: False,
) -> list[object]:
    rows: list[object] = []
    limit = first
    for _ in range(MOST_PAGES):
        params = {**filters, "limit": limit, "offset": len(rows)}
        page = items((await rest.send(_call(path, instruction, params))).value(), path)
        rows += page
        if len(page) < limit or enough(page):
            return rows
        limit = PAGE
    log.warning("%s has more than %d pages: the rest is left for the next time", path, MOST_PAGES)
    return rows


def _call(path: str, instruction: str, params: Params) -> Call:
    return Call(method="GET", path=path, params=params, instruction=instruction)
