"""Markets, books, candles and trades as Backpack's JSON. Pure; what belongs to an account is in `rendering.py`."""

from decimal import Decimal

from bot.demo.backpack.rendering import Json, naive, number
from exchange.paper.listing import Listing
from exchange.paper.records import PublicTrade
from exchange.paper.tape import Bar
from strategy.model.market import BookState, Market, Side

STATES = {
    BookState.OPEN: "Open",
    BookState.CLOSED: "Closed",
    BookState.CANCEL_ONLY: "CancelOnly",
    BookState.LIMIT_ONLY: "LimitOnly",
    BookState.POST_ONLY: "PostOnly",
}

Levels = dict[Decimal, Decimal]
"""Size by price."""


def market_json(market: Market) -> Json:
    """A market and its filters."""
    price: Json = {
        **dict.fromkeys(("borrowEntryFeeMaxMultiplier", "borrowEntryFeeMinMultiplier", "discoveryBoundBand")),
        **dict.fromkeys(("maxPriceUpdateMultiplier", "minPriceUpdateMultiplier", "meanPremiumBand")),
        "maxImpactMultiplier": "1.03",
        "maxMultiplier": number(market.band_high),
        "maxPrice": number(market.max_price),
        "meanMarkPriceBand": {"maxMultiplier": "1.15", "minMultiplier": "0.9"},
        "minImpactMultiplier": "0.97",
        "minMultiplier": number(market.band_low),
        "minPrice": number(market.min_price),
        "tickSize": number(market.tick_size),
    }
    quantity: Json = {
        "maxQuantity": number(market.max_quantity),
        "minQuantity": number(market.min_quantity),
        "stepSize": number(market.step_size),
    }
    return {
        **dict.fromkeys(("fundingInterval", "fundingRateLowerBound", "fundingRateUpperBound", "imfFunction")),
        **dict.fromkeys(("mmfFunction", "positionLimitWeight", "rwaMarketType")),
        "baseSymbol": market.base,
        "createdAt": "2025-01-21T06:34:54.691858",
        "filters": {"price": price, "quantity": quantity},
        "marketType": "SPOT",
        "openInterestLimit": "0",
        "orderBookState": STATES[market.state],
        "quoteSymbol": market.quote,
        "symbol": market.symbol,
        "visible": True,
    }


def depth_levels(listing: Listing) -> tuple[Levels, Levels]:
    """Bids and asks by price: the house's, and what rests."""
    return listing.levels(Side.BUY), listing.levels(Side.SELL)


def depth_json(listing: Listing, limit: int, at: int) -> Json:
    """The book. Bids are ascending like the asks: the best bid is the last."""
    bids, asks = depth_levels(listing)
    return {
        "asks": [[number(price), number(asks[price])] for price in sorted(asks)[:limit]],
        "bids": [[number(price), number(bids[price])] for price in sorted(bids)[-limit:]],
        "lastUpdateId": str(listing.update_id),
        "timestamp": at * 1000,
    }


def ticker_json(listing: Listing, day: Bar) -> Json:
    """The last 24 hours of market time."""
    change = day.close - day.open
    return {
        "firstPrice": number(day.open),
        "high": number(day.high),
        "lastPrice": number(day.close),
        "low": number(day.low),
        "priceChange": number(change),
        "priceChangePercent": number((change / day.open).quantize(Decimal("0.000001"))),
        "quoteVolume": number(day.quote_volume),
        "symbol": listing.market.symbol,
        "trades": str(day.trades),
        "volume": number(day.volume),
    }


def kline_json(bar: Bar, interval: int) -> Json:
    """A candle."""
    return {
        "close": number(bar.close),
        "end": naive(bar.at + interval, " "),
        "high": number(bar.high),
        "low": number(bar.low),
        "open": number(bar.open),
        "quoteVolume": number(bar.quote_volume),
        "start": naive(bar.at, " "),
        "trades": str(bar.trades),
        "volume": number(bar.volume),
    }


def trade_json(trade: PublicTrade) -> Json:
    """A public trade."""
    return {
        "id": trade.id,
        "isBuyerMaker": trade.buyer_is_maker,
        "price": number(trade.price),
        "quantity": number(trade.quantity),
        "quoteQuantity": number(trade.price * trade.quantity),
        "timestamp": trade.at,
    }
