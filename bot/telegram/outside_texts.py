"""Notices of what was done past us as messages: coins that are gone, strangers settled, orders that resurface.

What each says is in locales/notices.*.json.
"""

from bot.telegram.catalogue import Html, say
from bot.telegram.numbers import exact, price
from bot.telegram.words import base_of
from strategy.outside import CoinsMissing, OrderResurfaced, StrangersSettled


def outside(lang: str, told: CoinsMissing | StrangersSettled | OrderResurfaced) -> Html:
    """One of these as a message."""
    match told:
        case CoinsMissing():
            return _coins(lang, told)
        case StrangersSettled(adopted=adopted, left=left, traded=traded):
            return say(lang, "strangers_settled", adopted=adopted, left=left, traded=traded or None)
        case OrderResurfaced():
            return _resurfaced(lang, told)


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
        base=base_of(told.symbol),
        price=None if told.price is None else price(told.price),
        quote=told.symbol.partition("_")[2],
        symbol=told.symbol,
        executed=exact(told.executed) if told.executed else None,
    )
