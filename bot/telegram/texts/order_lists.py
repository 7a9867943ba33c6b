"""Lists of orders and fills: /orders as a ladder a grid, /fills by pages; one line each, as many as a message holds."""

from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal

from bot.owner.views import FillsView, OrdersView
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.numbers import exact, gain, price
from bot.telegram.texts.phrases import day_and_time, fitted, foot, lines, place_of, trade_number
from strategy.model.ledger import FillEntry
from strategy.model.market import Side, assets_of
from strategy.model.orders import GridId, OpenOrder, Order, OrderStatus, Purpose

NEAREST = 5
"""Orders on each side of the price that a ladder shows; the others are asked for by the grid's number."""


def orders(lang: str, view: OrdersView, mode: str, *, whole: bool = False) -> Html:
    """Our live orders, a ladder for each grid: sells, the price, buys. Then how many are not ours.

    `whole` shows every order; else the nearest ones.
    """
    shown = [*_ladders(lang, view, whole=whole), *_foreign_orders(lang, view.foreign)]
    limbo = sum(order.unknown_since is not None for order in view.ours)  # as each line says of itself
    known = len(view.ours) - limbo
    head = say(lang, "orders.head" if view.ours else "orders.empty", count=known, limbo=limbo or None)
    return fitted(lang, head, shown, foot(lang, mode))


def grids_cut(view: OrdersView) -> list[GridId]:
    """The grids with more orders than their ladders show."""
    return [grid_id for grid_id, own in _by_grid(view).items() if len(_nearest(own)) < len(own)]


def fill_list(lang: str, view: FillsView, mode: str, zone: tzinfo = UTC) -> Html:
    """A page of booked fills, newest first, each with its trade number; times in `zone`."""
    if not view.fills:
        return lines(say(lang, "fills.empty"), foot(lang, mode))
    if view.before:
        first, last = view.before + 1, view.before + len(view.fills)
        head = say(lang, "fills.page", first=first, last=last, total=view.total)
    else:
        head = say(lang, "fills.head", shown=len(view.fills), total=view.total)
    note = say(lang, "fills.zone", zone=str(zone))
    return fitted(lang, head, list(_fills(lang, view, zone)), lines(note, foot(lang, mode)))


def _by_grid(view: OrdersView) -> dict[GridId, list[Order]]:
    found: dict[GridId, list[Order]] = {}
    for order in view.ours:
        found.setdefault(order.grid_id, []).append(order)
    return dict(sorted(found.items()))


def _nearest(orders: Sequence[Order]) -> list[Order]:
    """The lowest sells and the highest buys."""
    sells, buys = _sides(orders)
    return [*sells[-NEAREST:], *buys[:NEAREST]]


def _sides(orders: Sequence[Order]) -> tuple[list[Order], list[Order]]:
    """Sells and buys, the highest first: as a book is read."""
    down = sorted(orders, key=lambda order: -order.price)
    return [one for one in down if one.side is Side.SELL], [one for one in down if one.side is Side.BUY]


def _ladders(lang: str, view: OrdersView, *, whole: bool) -> Iterator[Html]:
    for grid_id, own in _by_grid(view).items():
        shown = own if whole else _nearest(own)
        sells, buys = _sides(shown)
        symbol = own[0].symbol
        bid = view.bids.get(symbol)
        yield say(lang, "orders.grid", grid=grid_id, symbol=symbol)
        yield from (_order(lang, order) for order in sells)
        if bid is not None:
            yield say(lang, "orders.price", price=price(bid), quote=assets_of(symbol)[1])
        yield from (_order(lang, order) for order in buys)
        if len(shown) < len(own):
            yield say(lang, "orders.rest", count=len(own) - len(shown), grid=grid_id)


def _order(lang: str, order: Order) -> Html:
    return say(
        lang,
        "orders.line",
        side=say(lang, f"side.{order.side}"),
        quantity=exact(order.remaining),
        whole=exact(order.quantity) if order.filled else None,
        base=assets_of(order.symbol)[0],
        price=price(order.price),
        place=_rung(lang, order),
        state=_state(lang, order),
    )


def _rung(lang: str, order: Order) -> Html:
    """Which level; whatever belongs to none says what it is for."""
    if order.purpose is Purpose.LEVEL and order.level is not None:
        return say(lang, "orders.level", level=order.level)
    return place_of(lang, order.grid_id, order.level, order.purpose)


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
