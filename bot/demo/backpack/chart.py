"""What a chart of the simulated market shows: candles, fills where and when they happened, and what they have made.

All of it by the market's own time. Figures are the exchange's: nothing here knows a grid.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.demo.backpack.rendering import SIDES, Json, number
from exchange.paper.announcements import Announcement, OrderChanged
from exchange.paper.records import VenueFill
from exchange.paper.tape import Bar
from exchange.paper.venue import Venue
from strategy.model.durations import MINUTE
from strategy.model.market import Side, Symbol
from strategy.model.money import ZERO

SHOWN_CANDLES = 180
INTERVALS = (1, 5, 15, 60)
"""Minutes that a candle may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A fill in the market's own time, and what all fills up to it have left."""

    at: int
    trade_id: int | None
    side: Side
    price: Decimal
    quantity: Decimal
    quote: Decimal
    """Quote received less quote paid, fees included."""
    base: Decimal
    """Coins bought less coins sold, fees included."""

    def worth(self, price: Decimal) -> Decimal:
        """What the fills up to this one have made, with the coins at a price."""
        return self.quote + self.base * price


class Trace:
    """The fills of all accounts by market, oldest first. The venue dates them by its own clock."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._marks: dict[Symbol, list[Mark]] = {}

    def hear(self, news: Announcement) -> None:
        """A listener of the venue's."""
        if isinstance(news, OrderChanged) and news.fill is not None:
            self._add(news.fill, self._venue.listing(news.fill.symbol).tape.time)

    def saved(self) -> Json:
        """The market's time of each fill, for the state file."""
        return {str(mark.trade_id): mark.at for marks in self._marks.values() for mark in marks if mark.trade_id}

    def restore(self, times: Mapping[str, int]) -> None:
        """The venue's fills, at the times that were saved; one without is as old as the one before it."""
        self._marks.clear()
        fills = (fill for account in self._venue.accounts.values() for fill in account.fills)
        for fill in sorted(fills, key=lambda fill: (fill.at, fill.trade_id or 0)):
            before = self._marks.get(fill.symbol)
            self._add(fill, times.get(str(fill.trade_id), before[-1].at if before else 0))

    def since(self, symbol: Symbol, at: int) -> list[Mark]:
        """The fills from a time on."""
        marks = self._marks.get(symbol, [])
        return marks[bisect_left(marks, at, key=lambda mark: mark.at) :]

    def profit(self, symbol: Symbol, bars: Iterable[Bar], interval: int, bid: Decimal) -> list[tuple[int, Decimal]]:
        """What all fills have made by the end of each candle, coins at its close, and now at the bid.

        It begins with the candle of the first fill: there is nothing before.
        """
        marks = self._marks.get(symbol, [])
        counted = [(bar, bisect_right(marks, bar.at + interval - 1, key=lambda mark: mark.at)) for bar in bars]
        points = [(bar.at, marks[count - 1].worth(bar.close)) for bar, count in counted if count]
        return [*points[:-1], (points[-1][0], marks[-1].worth(bid))] if points else []

    def _add(self, fill: VenueFill, at: int) -> None:
        marks, market = self._marks.setdefault(fill.symbol, []), self._venue.listing(fill.symbol).market
        sign = 1 if fill.side is Side.BUY else -1
        fees = {fill.fee_asset: fill.fee}
        quote, base = (marks[-1].quote, marks[-1].base) if marks else (ZERO, ZERO)
        marks.append(
            Mark(
                at=at,
                trade_id=fill.trade_id,
                side=fill.side,
                price=fill.price,
                quantity=fill.quantity,
                quote=quote - sign * fill.price * fill.quantity - fees.get(market.quote, ZERO),
                base=base + sign * fill.quantity - fees.get(market.base, ZERO),
            )
        )


def chart(venue: Venue, trace: Trace, symbol: Symbol, minutes: int) -> Json:
    """The last candles of so many minutes, the orders that rest (of all accounts), the fills and the profit so far."""
    if minutes not in INTERVALS:
        msg = f"minutes is one of {', '.join(map(str, INTERVALS))}"
        raise ValueError(msg)
    listing, interval = venue.listing(symbol), minutes * MINUTE
    tape = listing.tape
    bars = tape.candles(interval, tape.time, tape.time - (SHOWN_CANDLES - 1) * interval)
    profit = trace.profit(symbol, bars, interval, listing.book.bid)
    return {
        "base": listing.market.base,
        "quote": listing.market.quote,
        "minutes": minutes,
        "time": tape.time,
        "candles": [[bar.at, *map(number, (bar.open, bar.high, bar.low, bar.close))] for bar in bars],
        "orders": [
            {"side": SIDES[side], "price": number(order.price), "quantity": number(order.remaining)}
            for side in Side
            for order in listing.book.resting(side)
        ],
        "fills": [
            {"at": mark.at, "side": SIDES[mark.side], "price": number(mark.price), "quantity": number(mark.quantity)}
            for mark in trace.since(symbol, bars[0].at if bars else 0)
        ],
        "profit": [[at, number(made)] for at, made in profit],
    }
