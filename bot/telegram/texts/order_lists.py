"""Lists of orders and fills: /orders and /fills, one line each, as many as a message holds."""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from decimal import Decimal

from bot.owner.views import FillsView, OrdersView
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import exact, gain, price
from bot.telegram.texts.phrases import day_and_time, fitted, foot, lines, place_of, trade_number
from strategy.model.ledger import FillEntry
from strategy.model.market import Symbol, assets_of
from strategy.model.orders import OpenOrder, Order, OrderStatus


def orders(lang: str, view: OrdersView, mode: str) -> Html:
    """Our live orders by market, nearest the price first as they come; then how many are not ours."""
    shown = [*_own_orders(lang, view), *_foreign_orders(lang, view.foreign)]
    limbo = sum(order.unknown_since is not None for order in view.ours)  # as each line says of itself
    known = len(view.ours) - limbo
    head = say(lang, "orders.head" if view.ours else "orders.empty", count=known, limbo=limbo or None)
    return fitted(lang, head, shown, foot(lang, mode))


def fill_list(lang: str, view: FillsView, mode: str, zone: tzinfo = UTC) -> Html:
    """Booked fills, newest first, each with its trade number; times in `zone`."""
    if not view.fills:
        return lines(say(lang, "fills.empty"), foot(lang, mode))
    head = say(lang, "fills.head", shown=len(view.fills), total=view.total)
    note = say(lang, "fills.zone", zone=str(zone))
    return fitted(lang, head, list(_fills(lang, view, zone)), lines(note, foot(lang, mode)))


def _own_orders(lang: str, view: OrdersView) -> Iterator[Html]:
    for symbol in dict.fromkeys(order.symbol for order in view.ours):
        yield _market(lang, symbol, view.bids.get(symbol))
        yield from (_order(lang, order) for order in view.ours if order.symbol == symbol)


def _market(lang: str, symbol: Symbol, bid: Decimal | None) -> Html:
    return say(lang, "orders.market", symbol=symbol, price=None if bid is None else price(bid))


def _order(lang: str, order: Order) -> Html:
    return say(
        lang,
        "orders.line",
        side=say(lang, f"side.{order.side}"),
        quantity=exact(order.remaining),
        whole=exact(order.quantity) if order.filled else None,
        base=assets_of(order.symbol)[0],
        price=price(order.price),
        place=place_of(lang, order.grid_id, order.level, order.purpose),
        state=_state(lang, order),
    )


def _state(lang: str, order: Order) -> Html | None:
    if order.unknown_since is not None:
        return say(lang, "orders.unclear")
    if order.status is OrderStatus.INTENDED:
        return say(lang, "orders.sending")
    return say(lang, "orders.cancelling") if order.status is OrderStatus.CANCELLING else None


def _foreign_orders(lang: str, foreign: tuple[OpenOrder, ...]) -> Iterator[Html]:
    if foreign:
        yield say(lang, "orders.foreign", count=len(foreign))
    for order in foreign:
        yield say(
            lang,
            "orders.foreign.line",
            side=say(lang, f"side.{order.side}"),
            quantity=exact(order.quantity - order.executed),
            symbol=order.symbol,
            price=None if order.price is None else price(order.price),
        )


def _fills(lang: str, view: FillsView, zone: tzinfo) -> Iterator[Html]:
    day = ""
    for entry in view.fills:
        entry_day, time = day_and_time(entry.fill.at, zone)
        line = _fill(lang, entry, view.trips.get(entry.key) if entry.closes else None, time)
        yield line if entry_day == day else lines(entry_day, line)
        day = entry_day


def _fill(lang: str, entry: FillEntry, trip: Decimal | None, time: str) -> Html:
    fill = entry.fill
    return say(
        lang,
        "fills.line",
        time=time,
        did=say(lang, f"did.{fill.side}.small"),
        quantity=exact(fill.quantity),
        base=entry.base,
        price=price(fill.price),
        place=_place(lang, entry),
        profit=None if trip is None else gain(trip, entry.quote, fine=True),
        quote=entry.quote,
        trade=trade_number(fill.key),
    )


def _place(lang: str, entry: FillEntry) -> Html:
    if entry.fill.system is not None:
        return say(lang, "fills.system", system=entry.fill.system)
    return place_of(lang, entry.grid_id, entry.level, entry.purpose)
