"""What each call may carry, and the plain-text refusals of what does not fit. Pure.

Only fields named here are read, so a field that is signed but unknown breaks the signature, as at the real exchange.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.demo.backpack.answers import PlainRefusal
from exchange.port import INTERVALS
from strategy.model.money import amount
from strategy.model.orders import MAX_CLIENT_ID

_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
NO_VALUE = "Expect a valid enumeration value."


class Kind(StrEnum):
    """What a field holds, in the words of the refusals."""

    TEXT = "string"
    DECIMAL = "string_decimal"
    FLAG = "boolean"
    WHOLE = "integer_uint64"
    CLIENT_ID = "integer_uint32"
    SYMBOL = "MarketSymbol"
    SIDE = "Side"
    ORDER_TYPE = "OrderTypeEnum"
    TIME_IN_FORCE = "TimeInForce"
    SELF_TRADE = "SelfTradePrevention"
    DEPTH = "DepthLimit"
    INTERVAL = "KlineInterval"
    TICKER = "TickerInterval"
    MARKET_TYPE = "MarketType"
    MARKET_TYPES = "MarketType "
    """May be repeated; read as the tuple of all that are named."""
    DIRECTION = "SortDirection"
    CANCELLED = "CancelOrderTypeEnum"
    LENDING = "BorrowLendSide"
    TRIGGER_BY = "TriggerBy"


VALUES: Mapping[Kind, Sequence[str]] = {
    Kind.SIDE: ("Bid", "Ask"),
    Kind.ORDER_TYPE: ("Limit", "Market"),
    Kind.TIME_IN_FORCE: ("GTC", "IOC", "FOK"),
    Kind.SELF_TRADE: ("RejectTaker", "RejectMaker", "RejectBoth"),
    Kind.DEPTH: ("5", "10", "20", "50", "100", "500", "1000"),
    Kind.INTERVAL: tuple(INTERVALS),
    Kind.TICKER: ("1d", "1w"),
    Kind.MARKET_TYPE: ("SPOT", "PERP", "IPERP", "DATED", "PREDICTION", "RFQ"),
    Kind.MARKET_TYPES: ("SPOT", "PERP", "IPERP", "DATED", "PREDICTION", "RFQ"),
    Kind.DIRECTION: ("Asc", "Desc"),
    Kind.CANCELLED: ("RestingLimitOrder", "ConditionalOrder"),
    Kind.LENDING: ("Borrow", "Lend"),
    Kind.TRIGGER_BY: ("LastPrice", "MarkPrice", "IndexPrice"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The fields of a query or a body; `name` is what a refusal calls the body."""

    name: str = ""
    fields: Mapping[str, Kind]
    required: Sequence[str] = ()


PAGE = {"limit": Kind.WHOLE, "offset": Kind.WHOLE, "sortDirection": Kind.DIRECTION}
ORDER = Schema(
    name="OrderExecutePayload",
    fields={
        "symbol": Kind.SYMBOL,
        "side": Kind.SIDE,
        "orderType": Kind.ORDER_TYPE,
        "price": Kind.DECIMAL,
        "quantity": Kind.DECIMAL,
        "quoteQuantity": Kind.DECIMAL,
        "timeInForce": Kind.TIME_IN_FORCE,
        "postOnly": Kind.FLAG,
        "clientId": Kind.CLIENT_ID,
        "selfTradePrevention": Kind.SELF_TRADE,
        **dict.fromkeys(("reduceOnly", "autoLend", "autoLendRedeem", "autoBorrow", "autoBorrowRepay"), Kind.FLAG),
        "triggerPrice": Kind.DECIMAL,
        "triggerQuantity": Kind.TEXT,
        "triggerBy": Kind.TRIGGER_BY,
        **dict.fromkeys(("stopLossTriggerPrice", "stopLossLimitPrice", "stopLossTriggerBy"), Kind.TEXT),
        **dict.fromkeys(("takeProfitTriggerPrice", "takeProfitLimitPrice", "takeProfitTriggerBy"), Kind.TEXT),
        **dict.fromkeys(("slippageTolerance", "slippageToleranceType"), Kind.TEXT),
    },
    required=("symbol", "side", "orderType"),
)
ONE_ORDER = Schema(
    name="OrderCancelPayload",
    fields={"symbol": Kind.SYMBOL, "orderId": Kind.TEXT, "clientId": Kind.CLIENT_ID},
    required=("symbol",),
)
ALL_ORDERS = Schema(
    name="OrderCancelAllPayload",
    fields={"symbol": Kind.SYMBOL, "orderType": Kind.CANCELLED},
    required=("symbol",),
)


def read_query(schema: Schema, query: Sequence[tuple[str, str]]) -> dict[str, object]:
    """The known parameters of a query, given as pairs; values stay text. Of a repeated one the last counts."""
    named = dict(query)
    for name in schema.required:
        if name not in named:
            raise PlainRefusal(f"failed to parse parameter `{name}`: the parameter is required")
    read: dict[str, object] = {}
    for name, kind in schema.fields.items():
        values = tuple(value for given, value in query if given == name)
        for value in values:
            wrong = _wrong_text(kind, value)
            if wrong:
                raise PlainRefusal(f'failed to parse parameter `{name}`: failed to parse "{kind.strip()}": {wrong}')
        if values:
            read[name] = values if kind is Kind.MARKET_TYPES else values[-1]
    return read


def read_body(schema: Schema, body: object, symbols: Collection[str]) -> dict[str, object]:
    """The known members of a body; null is as good as absent."""
    if not isinstance(body, dict):
        raise _unfit(f'Expected input type "{schema.name}", found {_found(body)}.')
    given = {name: body[name] for name in schema.fields if body.get(name) is not None}
    for name in schema.required:
        if name not in given:
            raise _unfit(f'field `{name}` is required (occurred while parsing "{schema.name}")')
    for name, value in given.items():
        kind = schema.fields[name]
        wrong = _wrong_value(kind, value, symbols)
        if wrong:
            raise _unfit(f'failed to parse "{kind}": {wrong} (occurred while parsing "{schema.name}")')
    return given


def _wrong_value(kind: Kind, value: object, symbols: Collection[str]) -> str | None:
    """What is wrong with a member of a body."""
    if kind is Kind.FLAG:
        return None if isinstance(value, bool) else _expected("boolean", value)
    if isinstance(value, int) and not isinstance(value, bool) and kind in (Kind.CLIENT_ID, Kind.TEXT):
        return None if kind is Kind.TEXT or 0 <= value <= MAX_CLIENT_ID else "number out of range"
    if not isinstance(value, str):
        return _expected("number" if kind is Kind.CLIENT_ID else "string", value)
    if kind is Kind.SYMBOL and value not in symbols:
        return "Invalid market symbol"
    return _wrong_text(kind, value)


def _wrong_text(kind: Kind, text: str) -> str | None:
    """What is wrong with a text: a parameter of a query, or a member of a body."""
    if kind in VALUES:
        return None if text in VALUES[kind] else NO_VALUE
    if kind is Kind.DECIMAL:
        return None if _is_number(text) else "Invalid decimal"
    if kind in (Kind.WHOLE, Kind.CLIENT_ID):
        whole = text.isascii() and text.isdecimal() and len(text) <= 18
        return None if whole and (kind is Kind.WHOLE or int(text) <= MAX_CLIENT_ID) else "invalid digit found in string"
    if kind is Kind.FLAG:
        return None if text in ("true", "false") else "provided string was not `true` or `false`"
    return None


def _is_number(text: str) -> bool:
    if not _PLAIN_NUMBER.fullmatch(text):
        return False
    try:
        amount(text)
    except ValueError:
        return False
    return True


def _expected(wanted: str, value: object) -> str:
    return f'Expected input type "{wanted}", found {_found(value)}.'


def _found(value: object) -> str:
    return str(value)[:200]


def _unfit(text: str) -> PlainRefusal:
    return PlainRefusal(f"parse request payload error: {text}")
