"""The market streams somebody has asked for: what was told last, and what there is to tell now. No sockets."""

from collections.abc import Iterator

from bot.demo.backpack.market_data import Levels, depth_levels
from bot.demo.backpack.rendering import Json
from bot.demo.backpack.stream_frames import book_ticker_frame, depth_frame, kline_frame, mark_price_frame, ticker_frame
from exchange.paper.listing import Listing
from exchange.paper.tape import Bar
from exchange.paper.venue import Venue
from exchange.port import INTERVALS
from strategy.model.durations import MINUTE
from strategy.model.market import Symbol

BEATS_A_SECOND = 5
_DEPTH_BEATS = {"200ms": 1, "600ms": 3, "1000ms": 5}

Book = tuple[Levels, Levels]
Frames = Iterator[tuple[str, Json]]


class MarketStreams:
    """Streams by name. A stream is told from the moment on at which it was first asked for."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._books: dict[str, tuple[Book, int]] = {}
        self._touches: dict[str, Json] = {}
        self._bars: dict[str, Bar | None] = {}
        self._timed: set[str] = set()

    def add(self, name: str) -> None:
        """Tell this stream from now on. An unknown symbol is never told anything."""
        listing = self._listing(name)
        if listing is None:
            return
        if name.startswith("depth."):
            self._books.setdefault(name, (depth_levels(listing), listing.update_id))
        elif name.startswith("bookTicker."):
            self._touches.setdefault(name, book_ticker_frame(listing, depth_levels(listing), self._venue.clock()))
        elif name.startswith("kline."):
            self._bars.setdefault(name, None)
        elif name.startswith(("ticker.", "markPrice.")):
            self._timed.add(name)

    def changed(self, symbol: Symbol) -> Frames:
        """The frames after a change of a market's book."""
        listing = self._venue.listing(symbol)
        if f"bookTicker.{symbol}" in self._touches:
            yield from self._touch(listing)
        if f"depth.{symbol}" in self._books:
            yield from self._depth(f"depth.{symbol}", listing)

    def due(self, beat: int) -> Frames:
        """The frames that are sent by time, at a beat of 200 ms."""
        for name in self._books:
            listing, every = self._listing(name), _DEPTH_BEATS.get(name.split(".")[1])
            if listing is not None and every is not None and beat % every == 0:
                yield from self._depth(name, listing)
        if beat % BEATS_A_SECOND == 0:
            yield from self._each_second()

    def _each_second(self) -> Frames:
        now = self._venue.clock()
        for name in self._timed:
            listing = self._listing(name)
            day = listing.tape.day() if listing is not None else None
            if listing is not None and name.startswith("markPrice."):
                yield name, mark_price_frame(listing, now)
            elif listing is not None and day is not None:
                yield name, ticker_frame(listing.market, day, now)
        for name in self._bars:
            listing = self._listing(name)
            if listing is not None:
                yield from self._kline(name, listing)

    def _touch(self, listing: Listing) -> Frames:
        name = f"bookTicker.{listing.market.symbol}"
        frame = book_ticker_frame(listing, depth_levels(listing), self._venue.clock())
        told = self._touches[name]
        if any(frame[key] != told.get(key) for key in "aAbB"):
            self._touches[name] = frame
            yield name, frame

    def _depth(self, name: str, listing: Listing) -> Frames:
        old, last = self._books[name]
        if last == listing.update_id:
            return
        new = depth_levels(listing)
        self._books[name] = new, listing.update_id
        yield name, depth_frame(listing.market, old, new, last + 1, listing.update_id, self._venue.clock())

    def _kline(self, name: str, listing: Listing) -> Frames:
        interval, now = INTERVALS.get(name.split(".")[1], 0), self._venue.clock()
        bars = listing.tape.candles(interval, now, now - 2 * interval) if interval >= MINUTE else []
        told = self._bars[name]
        if not bars or bars[-1] == told:
            return
        self._bars[name] = bars[-1]
        closed = next((bar for bar in bars if told is not None and bar.at == told.at != bars[-1].at), None)
        if closed is not None:
            yield name, kline_frame(listing.market, closed, interval, now, closed=True)
        yield name, kline_frame(listing.market, bars[-1], interval, now, closed=False)

    def _listing(self, name: str) -> Listing | None:
        return self._venue.listings.get(Symbol(name.rpartition(".")[2]))
