"""Notices of what was done past us as messages: coins gone, strangers, orders that resurface, new rules, unread rows;
and of what holds everything until the owner decides. What each says is in locales/*/notices.json.
"""

from decimal import Decimal

from bot.telegram.texts.catalogue import Html, joined, listed, say
from bot.telegram.texts.numbers import exact, price
from strategy.messages.by_hand import (
    CoinsMissing,
    Listing,
    OrderResurfaced,
    RowsUnread,
    RulesChanged,
    StrangersSettled,
    StrayCancelled,
)
from strategy.messages.doubts import FillsMissing, HoldOver, LiveUnconfirmed, OrdersLeft
from strategy.model.market import assets_of

_RULES = (
    "tick_size",
    "step_size",
    "min_quantity",
    "max_quantity",
    "min_price",
    "max_price",
    "band_low",
    "band_high",
)
_SIZES = ("step_size", "min_quantity")
"""The rules that a larger order can meet."""


def outside(
    lang: str, told: CoinsMissing | StrangersSettled | OrderResurfaced | RulesChanged | RowsUnread | StrayCancelled
) -> Html:
    """One of these as a message."""
    match told:
        case CoinsMissing():
            return _coins(lang, told)
        case StrangersSettled(adopted=adopted, left=left, traded=traded):
            return say(lang, "strangers_settled", adopted=adopted, left=left, traded=traded or None)
        case OrderResurfaced():
            return _resurfaced(lang, told)
        case RulesChanged():
            return _rules(lang, told)
        case StrayCancelled(symbol=symbol, side=side, price=at):
            words = {"side": say(lang, f"side.{side}"), "price": None if at is None else price(at)}
            return say(lang, "stray_cancelled", symbol=symbol, quote=assets_of(symbol)[1], **words)
        case RowsUnread():
            return _unread(lang, told)


def held(lang: str, told: OrdersLeft | FillsMissing | LiveUnconfirmed | HoldOver) -> Html:
    """What keeps everything from trading, or no longer does, as a message."""
    match told:
        case OrdersLeft(orders=orders, symbols=symbols):
            return say(lang, "orders_left", orders=orders, symbols=listed(lang, symbols))
        case FillsMissing(fills=fills):
            return say(lang, "fills_missing", fills=fills or None)
        case LiveUnconfirmed(grids=grids):
            return say(lang, "live_unconfirmed", grids=grids)
        case HoldOver(hold=hold):
            return say(lang, f"hold_over.{hold}")


def _unread(lang: str, told: RowsUnread) -> Html:
    if told.listing is Listing.CANDLES:
        return say(lang, "candles_unread.over" if told.over else "candles_unread", text=told.text)
    which = say(lang, f"unread.{told.listing}")
    if told.over:
        return say(lang, "rows_unread.over", which=which)
    if told.whole:
        return say(lang, "list_unread", which=which, text=told.text)
    return say(lang, "rows_unread", rows=told.rows, which=which, text=told.text)


def _coins(lang: str, told: CoinsMissing) -> Html:
    return say(
        lang,
        "coins_missing.back" if told.back else "coins_missing.gone",
        grid=told.grid_id,
        symbol=told.symbol,
        base=told.base,
        gone=exact(told.needed - told.held),
        needed=exact(told.needed),
        held=exact(told.held),
        levels=told.levels,
    )


def _resurfaced(lang: str, told: OrderResurfaced) -> Html:
    return say(
        lang,
        "order_resurfaced",
        side=say(lang, f"side.{told.side}"),
        quantity=exact(told.quantity),
        base=assets_of(told.symbol)[0],
        price=None if told.price is None else price(told.price),
        quote=assets_of(told.symbol)[1],
        symbol=told.symbol,
        executed=exact(told.executed) if told.executed else None,
    )


def _rules(lang: str, told: RulesChanged) -> Html:
    rules = [(name, getattr(told.before, name), getattr(told.now, name)) for name in _RULES]
    changed = [
        say(lang, "rules_changed.rule", rule=say(lang, f"rule.{name}"), before=_rule(lang, old), now=_rule(lang, new))
        for name, old, new in rules
        if old != new
    ]
    return say(
        lang,
        "rules_changed",
        symbol=told.symbol,
        changed=joined(lang, "changes", changed),
        grids=listed(lang, map(str, told.grids)),
        waiting=told.waiting or None,
        small=told.waiting if told.waiting and any(name in _SIZES and old != new for name, old, new in rules) else None,
    )


def _rule(lang: str, value: Decimal | None) -> str:
    return say(lang, "rule.none") if value is None else exact(value)
