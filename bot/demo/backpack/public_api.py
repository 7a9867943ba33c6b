"""The public calls: status, markets, prices, candles. One function a call, reading the venue only."""

from collections.abc import Collection

from bot.demo.backpack.answers import Answer
from bot.demo.backpack.call import Call, Endpoint, Endpoints
from bot.demo.backpack.market_data import depth_json, kline_json, market_json, ticker_json, trade_json
from bot.demo.backpack.schema import Kind, Schema
from exchange.paper.listing import Listing
from exchange.paper.records import VenueRefusal
from exchange.port import INTERVALS
from strategy.model.durations import MINUTE
from strategy.model.market import BookState, Symbol

WHOLE_BOOK = 5000
MOST_KLINES = 1000
MOST_TRADES = 1000


def _status(_: Call) -> Answer:
    return Answer(json={"message": None, "status": "Ok"})


def _ping(_: Call) -> Answer:
    return Answer(text="pong")


def _time(call: Call) -> Answer:
    return Answer(text=str(call.now))


def _markets(call: Call) -> Answer:
    """A repeated `marketType` means all kinds that are named."""
    kinds = call.params.get("marketType", ("SPOT",))
    wanted = isinstance(kinds, Collection) and "SPOT" in kinds
    return Answer(json=[market_json(listing.market) for listing in call.venue.listings.values() if wanted])


def _market(call: Call) -> Answer:
    return Answer(json=market_json(_listing(call).market))


def _assets(call: Call) -> Answer:
    markets = [listing.market for listing in call.venue.listings.values()]
    symbols = sorted({asset for market in markets for asset in (market.base, market.quote)})
    return Answer(json=[{"coingeckoId": None, "displayName": s, "symbol": s, "tokens": []} for s in symbols])


def _ticker(call: Call) -> Answer:
    listing = _listing(call)
    day = listing.tape.day()
    return Answer(status=204) if day is None else Answer(json=ticker_json(listing, day))


def _tickers(call: Call) -> Answer:
    days = [(listing, listing.tape.day()) for listing in call.venue.listings.values()]
    return Answer(json=[ticker_json(listing, day) for listing, day in days if day is not None])


def _depth(call: Call) -> Answer:
    listing = _listing(call)
    if listing.market.state is BookState.CLOSED:
        raise VenueRefusal("RESOURCE_NOT_FOUND", "Not Found", 404)
    return Answer(json=depth_json(listing, call.whole("limit", WHOLE_BOOK), call.now))


def _klines(call: Call) -> Answer:
    """Candles that open in [startTime, endTime), in seconds."""
    interval = INTERVALS[str(call.params["interval"])]
    listing = _listing(call)
    start, end = call.whole("startTime", 0) * 1000, call.whole("endTime", call.now // 1000 + 1) * 1000
    bars = listing.tape.candles(interval, call.now, start) if interval >= MINUTE else []
    return Answer(json=[kline_json(bar, interval) for bar in bars if start <= bar.at < end][:MOST_KLINES])


def _trades(call: Call) -> Answer:
    """Newest first."""
    offset, limit = call.whole("offset", 0), min(call.whole("limit", 100), MOST_TRADES)
    newest = [*reversed(_listing(call).trades)]
    return Answer(json=[trade_json(trade) for trade in newest[offset : offset + limit]])


def _fee_tiers(_: Call) -> Answer:
    return Answer(json={"futures": [], "spot": [{"makerFee": "8", "takerFee": "10", "tier": "Tier 1"}]})


def _listing(call: Call) -> Listing:
    return call.venue.listing(Symbol(call.text("symbol") or ""))


_SYMBOL = Schema(fields={"symbol": Kind.TEXT}, required=("symbol",))
_TRADES = {"symbol": Kind.TEXT, "limit": Kind.WHOLE, "offset": Kind.WHOLE}
_KLINES = {
    "symbol": Kind.TEXT,
    "interval": Kind.INTERVAL,
    "startTime": Kind.WHOLE,
    "endTime": Kind.WHOLE,
    "priceType": Kind.TEXT,
}

PUBLIC: Endpoints = {
    ("GET", "/api/v1/status"): Endpoint(handler=_status),
    ("GET", "/api/v1/ping"): Endpoint(handler=_ping),
    ("GET", "/api/v1/time"): Endpoint(handler=_time),
    ("GET", "/api/v1/markets"): Endpoint(handler=_markets, schema=Schema(fields={"marketType": Kind.MARKET_TYPES})),
    ("GET", "/api/v1/market"): Endpoint(handler=_market, schema=_SYMBOL),
    ("GET", "/api/v1/assets"): Endpoint(handler=_assets),
    ("GET", "/api/v1/ticker"): Endpoint(
        handler=_ticker,
        schema=Schema(fields={"symbol": Kind.TEXT, "interval": Kind.TICKER}, required=("symbol",)),
    ),
    ("GET", "/api/v1/tickers"): Endpoint(handler=_tickers, schema=Schema(fields={"interval": Kind.TICKER})),
    ("GET", "/api/v1/depth"): Endpoint(
        handler=_depth,
        schema=Schema(fields={"symbol": Kind.TEXT, "limit": Kind.DEPTH}, required=("symbol",)),
    ),
    ("GET", "/api/v1/klines"): Endpoint(
        handler=_klines,
        schema=Schema(fields=_KLINES, required=("symbol", "interval", "startTime")),
        is_history=True,
    ),
    ("GET", "/api/v1/trades"): Endpoint(handler=_trades, schema=Schema(fields=_TRADES, required=("symbol",))),
    ("GET", "/api/v1/trades/history"): Endpoint(
        handler=_trades, schema=Schema(fields=_TRADES, required=("symbol",)), is_history=True
    ),
    ("GET", "/wapi/v1/feeTiers"): Endpoint(handler=_fee_tiers),
}
