"""Reading a list row by row: one that can't be read is set aside, so that it never stops the reading of the others.

A row that can't be ours is only logged. One that may be ours is given back as `Unread`, with the ids that it names:
whoever reads the list must not take it for complete. Pure but for the log.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from exchange.backpack.repeats import Repeats
from exchange.backpack.wire import TRIGGER_FIELDS, is_other_kind
from exchange.port import BadAnswer, Listed
from strategy.model.orders import MAX_CLIENT_ID, ClientId, Unread

Row = TypeVar("Row")

_TRIGGERS = ("TriggerPending", "TriggerFailed", "Triggered")

log = logging.getLogger(__name__)
_seldom = Repeats(log)


def rows_of(rows: Sequence[object], read: Callable[[object], Iterable[Row]], *, of_orders: bool = True) -> Listed[Row]:
    """What can be read of a list, and what could not and may concern us.

    `of_orders`: the rows are orders or fills, of which most tell by their other fields that they are not ours.
    """
    found: list[Row] = []
    unread: list[Unread] = []
    passed_over = 0
    for row in rows:
        try:
            found += read(row)
        except BadAnswer as unreadable:
            text = str(unreadable)
            is_ours = not (of_orders and cannot_be_ours(row))
            _seldom.warning(text, "set aside a row that %s: %s", "may be ours" if is_ours else "is not ours", text)
            passed_over += not is_ours
            if is_ours:
                unread.append(Unread(text=text, order_id=_order_id(row), client_id=_client_id(row)))
    return Listed(found, unread, passed_over)


def cannot_be_ours(row: object) -> bool:
    """Whether an order or a fill can't be ours by what can be read of it.

    Ours are limit orders of spot markets with a client id above zero, and never wait for a trigger.
    """
    if not isinstance(row, dict):
        return False
    symbol = row.get("symbol")
    if isinstance(symbol, str) and is_other_kind(symbol):
        return True
    if row.get("status") in _TRIGGERS or row.get("orderType") == "Market":
        return True
    return _has_no_client_id(row) or any(row.get(name) is not None for name in TRIGGER_FIELDS)


def _has_no_client_id(row: dict[str, object]) -> bool:
    """None, zero, or a number that no client id can be. What is no number at all may have been one of ours."""
    value = row.get("clientId")
    number = _whole(value)
    return value is None or (number is not None and not 0 < number <= MAX_CLIENT_ID)


def _client_id(row: object) -> ClientId | None:
    number = _whole(row.get("clientId")) if isinstance(row, dict) else None
    return ClientId(number) if number is not None and 0 < number <= MAX_CLIENT_ID else None


def _order_id(row: object) -> str | None:
    if not isinstance(row, dict):
        return None
    value = row.get("orderId", row.get("id"))
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
