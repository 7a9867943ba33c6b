"""The account's history, page by page: fills, orders, deposits and withdrawals. Reads only.

Pages are cut while new rows arrive, so a row may come twice and is kept once, by its mark. A row that can't be read
is set aside (see `aside`).
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from exchange.backpack import facts, wire
from exchange.backpack.aside import rows_of
from exchange.backpack.fields import Fields, items
from exchange.backpack.rest import Call, Rest
from exchange.backpack.signing import Param, Params
from exchange.port import BadAnswer, Listed, Refused
from strategy.model.ledger import Movement
from strategy.model.market import Symbol
from strategy.model.orders import EndedOrder, Fill, OpenOrder, Unread

PAGE = 1000
FIRST_PAGE = 100
"""Where the newest orders are wanted, the first page is usually all."""
CERTAIN = 100
"""Rows that a page has whatever becomes of the limit: the exchange's own default. One that has fewer is the last. Where
there are more, and not all that were asked for, the rest may have been kept back: exchanges lower what they give at a
time, and say nothing.
"""
MOST_PAGES = 50
MOST_ROUNDS = 20
"""Times so many pages of fills are read in one go, each from the end of the one before."""
MOST_SETTLED = 1000
"""Pages of what perpetuals settled: of one that moves 8,640 a day, and weeks may have gone by."""
SPOT: Params = {"marketType": "SPOT"}
Row = TypeVar("Row")

log = logging.getLogger(__name__)


async def fills(rest: Rest, since: int, until: int | None = None, of: Params = SPOT) -> Listed[Fill]:
    """Spot fills at or after `since`, before `until`, oldest first. Where there are too many the newest are missing.

    `of` asks for those alone. Where others come all the same (how it is meant is not certain) they fill the pages: so
    it goes on from the last row of any kind, and says how far it has come. Where one moment fills all the pages it goes
    on behind what was read of it.
    """
    found, unread, cut, newest_at, passed = dict[tuple[str, str], Fill](), list[Unread](), "", 0, 0
    for _ in range(MOST_ROUNDS):
        begins = max(since, newest_at)
        filters: dict[str, Param] = {"from": begins, "offset": passed, "sortDirection": "Asc", **of}
        if until is not None:
            filters["to"] = until
        rows, cut = await _rows(rest, "/wapi/v1/history/fills", "fillHistoryQueryAll", filters)
        listed = fills_of(rows)
        found |= {fill.mark: fill for fill in listed}
        unread += listed.unread
        newest_at = max([newest_at, *_times(rows)])
        if not cut:
            break
        passed = passed + len(rows) if newest_at <= begins else 0
    ordered = sorted(found.values(), key=lambda fill: (fill.at, fill.symbol, fill.trade_id or 0))
    return Listed(ordered, unread, cut=cut, newest_at=newest_at)


def _times(rows: Sequence[object]) -> Iterator[int]:
    """When the rows of a history were made, of those that tell."""
    for row in rows:
        with contextlib.suppress(BadAnswer):
            yield Fields(row, "fill").moment("timestamp")


def fills_of(rows: Sequence[object]) -> Listed[Fill]:
    """The spot fills of a list."""
    return rows_of(rows, lambda row: [wire.fill_of(row)] if _is_on_spot(row) else [])


async def ended_order(rest: Rest, symbol: Symbol, order_id: str) -> EndedOrder | Unread | None:
    """An order that the history shows as over."""
    params: Params = {"orderId": order_id, "symbol": symbol}
    answer = await rest.send(_call("/wapi/v1/history/orders", "orderHistoryQueryAll", params))
    return ended_of(items(answer.value(), "orders"), order_id)


def ended_of(rows: Sequence[object], order_id: str) -> EndedOrder | Unread | None:
    """What a list says became of an order; `Unread` where it may say it in a row that can't be read."""
    listed = orders_of(rows)
    for order in listed:
        if isinstance(order, EndedOrder) and order.order_id == order_id:
            return order
    return next((row for row in listed.unread if row.order_id in (None, order_id)), None)


async def orders_since(
    rest: Rest, symbol: Symbol | None, since: int, of: Params = SPOT
) -> Listed[EndedOrder | OpenOrder]:
    """Spot orders of a market (None: of all) that were made at or after `since`, newest first."""

    def is_older(row: object) -> bool:
        try:
            return wire.created_at(row) < since
        except BadAnswer:
            return False

    filters: dict[str, Param] = {"sortDirection": "Desc", **(of if symbol is None else {"symbol": symbol})}
    rows, cut = await _rows(
        rest,
        "/wapi/v1/history/orders",
        "orderHistoryQueryAll",
        filters,
        first=FIRST_PAGE,
        enough=lambda page: any(map(is_older, page)),
    )
    wanted = orders_of([row for row in rows if not is_older(row)])
    return Listed({order.order_id: order for order in wanted}.values(), wanted.unread, cut=cut)


def orders_of(rows: Sequence[object]) -> Listed[OpenOrder | EndedOrder]:
    """The spot orders of a list, whatever state they are in."""
    return rows_of(rows, lambda row: [wire.order_of(row)] if _is_on_spot(row) else [])


def open_orders_of(rows: Sequence[object]) -> Listed[OpenOrder]:
    """The spot orders of a list that rest."""
    listed = orders_of(rows)
    return Listed((order for order in listed if isinstance(order, OpenOrder)), listed.unread, listed.passed_over)


async def movements(rest: Rest, since: int) -> Listed[Movement]:
    """Deposits that have arrived and withdrawals, made at or after `since`, oldest first."""
    filters: Params = {"from": since}
    deposits, _ = await _rows(rest, "/wapi/v1/capital/deposits", "depositQueryAll", filters)
    withdrawals, _ = await _rows(rest, "/wapi/v1/capital/withdrawals", "withdrawalQueryAll", filters)
    both = (
        rows_of(deposits, facts.deposit_of, of_orders=False),
        rows_of(withdrawals, facts.withdrawal_of, of_orders=False),
    )
    return _by_time(*both)


async def other_movements(rest: Rest, since: int) -> Listed[Movement]:
    """Dust that was converted, interest and loans at or after `since`, oldest first. These histories take no times."""
    found: list[Listed[Movement]] = []
    for path, instruction, read in (
        ("/wapi/v1/history/dust", "dustHistoryQueryAll", facts.dust_of),
        ("/wapi/v1/history/interest", "interestHistoryQueryAll", facts.interest_of),
        ("/wapi/v1/history/borrowLend", "borrowHistoryQueryAll", facts.loan_of),
    ):
        try:
            found.append(await _newest(rest, path, instruction, read, since))
        except Refused as refused:  # lending is not offered everywhere; what is wrong with the key, other calls tell
            log.info("%s is refused: %s", path, refused)
    return _by_time(*found)


async def settlements(rest: Rest, since: int) -> Listed[Movement]:
    """What perpetuals settled at or after `since`, summed by the hour, oldest first. This history takes no times."""
    path, instruction = "/wapi/v1/history/settlement", "settlementHistoryQueryAll"
    try:
        found = await _newest(rest, path, instruction, facts.settled_of, since, most=MOST_SETTLED)
    except Refused as refused:  # they are not offered everywhere; what is wrong with the key, other calls tell
        log.info("%s is refused: %s", path, refused)
        return Listed()
    hours = facts.settled_hours((one.at, one.amount) for one in dict.fromkeys(found))
    # At the limit of pages the oldest hour is cut: a part of it would be booked as the whole.
    return Listed(hours[1:] if found.cut else hours, found.unread)


async def _newest(
    rest: Rest,
    path: str,
    instruction: str,
    read: Callable[[object], Sequence[Row]],
    since: int,
    *,
    most: int = MOST_PAGES,
) -> Listed[Row]:
    """Rows back to a time, the newest first."""

    def is_older(row: object) -> bool:
        try:
            return Fields(row, path).time("timestamp") < since
        except BadAnswer:
            return False

    def reaches_back(page: Sequence[object]) -> bool:
        return any(map(is_older, page))

    newest_first: Params = {"sortDirection": "Desc"}
    rows, cut = await _rows(rest, path, instruction, newest_first, first=FIRST_PAGE, enough=reaches_back, most=most)
    found = rows_of([row for row in rows if not is_older(row)], read, of_orders=False)
    return Listed(found, found.unread, cut=cut)


def _by_time(*lists: Listed[Movement]) -> Listed[Movement]:
    """One list of several, oldest first; each movement once."""
    found = {one.key: one for listed in lists for one in listed}
    unread = [row for listed in lists for row in listed.unread]
    return Listed(sorted(found.values(), key=lambda movement: movement.at), unread)


def _is_on_spot(row: object) -> bool:
    """Whether an order or a fill is a spot market's. `BadAnswer` where its symbol is none."""
    return wire.on_spot(Fields(row, "row"), "symbol")


async def _rows(
    rest: Rest,
    path: str,
    instruction: str,
    filters: Params,
    *,
    first: int | None = None,
    enough: Callable[[Sequence[object]], bool] = lambda _: False,
    most: int | None = None,
) -> tuple[list[object], str]:
    """All rows, or those of the first pages and why that is not all. `filters` may say behind how many they begin."""
    rows: list[object] = []
    limit, most, passed = first or PAGE, most or MOST_PAGES, int(filters.get("offset", 0))
    for _ in range(most):
        params = {**filters, "limit": limit, "offset": passed + len(rows)}
        page = items((await rest.send(_call(path, instruction, params))).value(), path)
        rows += page
        if len(page) < min(limit, CERTAIN) or enough(page):
            return rows, ""
        limit = PAGE
    text = f"{path} has more than {most} pages"
    log.warning("%s: the rest is left for the next time", text)
    return rows, text


def _call(path: str, instruction: str, params: Params) -> Call:
    return Call(method="GET", path=path, params=params, instruction=instruction)
