"""The websocket's frames: Backpack's one-letter JSON, numbers padded to tick and step, times in microseconds. Pure."""

from decimal import Decimal

from bot.demo.backpack.market_data import Levels
from bot.demo.backpack.rendering import SIDES, Json, naive, number, trigger_quantity
from exchange.paper.announcements import BalanceChanged, Change, OrderChanged
from exchange.paper.listing import Listing
from exchange.paper.records import PublicTrade, Trigger, VenueOrder
from exchange.paper.tape import Bar
from strategy.model.market import Market
from strategy.model.money import ZERO

_ORIGINS = {
    None: "USER",
    "CollateralConversion": "COLLATERAL_CONVERSION",
    "FutureExpiry": "SETTLEMENT_AUTOCLOSE",
    "LiquidatePositionOnAdl": "ADL_AUTOCLOSE",
    "LiquidatePositionOnBook": "LIQUIDATION_AUTOCLOSE",
    "LiquidatePositionOnBackstop": "BACKSTOP_LIQUIDITY_PROVIDER",
}


def padded(value: Decimal, step: Decimal) -> str:
    """With as many decimals as the tick or the step has."""
    return format(value.quantize(step), "f")


def order_frame(news: OrderChanged, market: Market) -> Json:
    """One change of an order."""
    order, fill = news.order, news.fill
    frame: Json = {
        "E": order.changed_at * 1000,
        "O": _ORIGINS.get(order.system, "USER"),
        "S": SIDES[order.side],
        "T": order.changed_at * 1000,
        "V": order.self_trade,
        "X": order.status,
        "Z": _zero_or(order.executed_quote, market.tick_size * market.step_size),
        "e": news.change,
        "f": order.time_in_force,
        "i": str(order.id),
        "o": "LIMIT" if order.price is not None else "MARKET",
        "r": False,
        "s": order.symbol,
        "y": order.post_only,
        "z": _zero_or(order.executed, market.step_size),
        **_amounts(order, market),
        **_trigger(order.trigger, market),
    }
    if order.client_id is not None:
        frame["c"] = order.client_id
    if news.change in (Change.ACCEPTED, Change.TRIGGER_PLACED):
        frame["t"] = None
    if news.change in (Change.EXPIRED, Change.TRIGGER_FAILED):  # whether it is told with the latter is not known
        frame["R"] = order.expiry
    if fill is not None:
        frame |= {
            "L": padded(fill.price, market.tick_size),
            "N": fill.fee_asset,
            "l": padded(fill.quantity, market.step_size),
            "m": fill.is_maker,
            "n": number(fill.fee),
            "t": fill.trade_id,
        }
    return frame


def balance_frame(news: BalanceChanged) -> Json:
    """An asset's balance, absolute."""
    return {
        "A": number(news.balance.available),
        "E": news.at * 1000,
        "L": number(news.balance.locked),
        "S": "0",
        "T": news.at * 1000,
        "a": news.asset,
        "e": "balanceUpdate",
    }


def trade_frame(trade: PublicTrade, market: Market) -> Json:
    """A public trade, with the ids of its orders."""
    return {
        "E": trade.at * 1000,
        "T": trade.at * 1000,
        "a": str(trade.sell_order),
        "b": str(trade.buy_order),
        "e": "trade",
        "m": trade.buyer_is_maker,
        "p": padded(trade.price, market.tick_size),
        "q": padded(trade.quantity, market.step_size),
        "s": market.symbol,
        "t": trade.id,
    }


def book_ticker_frame(listing: Listing, levels: tuple[Levels, Levels], at: int) -> Json:
    """The best bid and ask with their sizes."""
    (bids, asks), market = levels, listing.market
    bid, ask = max(bids), min(asks)
    return {
        "A": padded(asks[ask], market.step_size),
        "B": padded(bids[bid], market.step_size),
        "E": at * 1000,
        "T": at * 1000,
        "a": padded(ask, market.tick_size),
        "b": padded(bid, market.tick_size),
        "e": "bookTicker",
        "s": market.symbol,
        "u": listing.update_id,
    }


def depth_frame(
    market: Market, old: tuple[Levels, Levels], new: tuple[Levels, Levels], first: int, last: int, at: int
) -> Json:
    """What changed in the book between two updates; a size of zero takes a level away."""
    return {
        "E": at * 1000,
        "T": at * 1000,
        "U": first,
        "a": _changes(market, old[1], new[1]),
        "b": _changes(market, old[0], new[0]),
        "e": "depth",
        "s": market.symbol,
        "u": last,
    }


def ticker_frame(market: Market, day: Bar, at: int) -> Json:
    """The last 24 hours."""
    return {
        "E": at * 1000,
        "V": number(day.quote_volume),
        "c": number(day.close),
        "e": "ticker",
        "h": number(day.high),
        "l": number(day.low),
        "n": day.trades,
        "o": number(day.open),
        "s": market.symbol,
        "v": number(day.volume),
    }


def kline_frame(market: Market, bar: Bar, interval: int, at: int, *, closed: bool) -> Json:
    """The running candle, or one that has just closed."""
    prices = {"c": bar.close, "h": bar.high, "l": bar.low, "o": bar.open}
    return {
        **{name: f"{price:.9f}" for name, price in prices.items()},
        "E": at * 1000,
        "T": naive(bar.at + interval),
        "X": closed,
        "e": "kline",
        "n": bar.trades,
        "s": market.symbol,
        "t": naive(bar.at),
        "v": f"{bar.volume:.7f}",
    }


def mark_price_frame(listing: Listing, at: int) -> Json:
    """The price once more; there is no funding on spot."""
    return {
        "E": at * 1000,
        "T": at * 1000,
        "e": "markPrice",
        "i": number(listing.price),
        "p": number(listing.price),
        "s": listing.market.symbol,
    }


def _amounts(order: VenueOrder, market: Market) -> Json:
    amounts: Json = {}
    if order.quantity is not None:
        amounts["q"] = padded(order.quantity, market.step_size)
    if order.price is not None and order.quantity is not None:
        amounts["p"] = padded(order.price, market.tick_size)
        amounts["Q"] = padded(order.price * order.quantity, market.tick_size * market.step_size)
    elif order.budget is not None:
        amounts["Q"] = number(order.budget)
    if order.is_unsent:
        amounts["q"] = "0"
        if order.price is not None:
            amounts |= {"Q": "0", "p": padded(order.price, market.tick_size)}
    return amounts


def _trigger(trigger: Trigger | None, market: Market) -> Json:
    if trigger is None:
        return {}
    quantity = None if trigger.quantity is None else padded(trigger.quantity, market.step_size)
    shown: Json = {"P": padded(trigger.price, market.tick_size), "Y": quantity or trigger_quantity(trigger)}
    return shown if trigger.by is None else {**shown, "B": trigger.by}


def _zero_or(value: Decimal, step: Decimal) -> str:
    return padded(value, step) if value else "0"


def _changes(market: Market, old: Levels, new: Levels) -> list[list[str]]:
    prices = sorted(price for price in {**old, **new} if old.get(price) != new.get(price))
    return [[padded(price, market.tick_size), padded(new.get(price, ZERO), market.step_size)] for price in prices]
