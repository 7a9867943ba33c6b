"""Market history: candles between two times, fetched in pieces. Nothing of the account."""

from exchange.backpack.aside import rows_of
from exchange.backpack.budget import Budget
from exchange.backpack.fields import Fields, items
from exchange.backpack.rest import Call, Rest
from exchange.backpack.signing import Params
from exchange.port import INTERVALS, Candle, Listed, Refused
from strategy.model.market import Symbol
from strategy.model.money import plain
from strategy.model.orders import Refusal, Unread

CANDLES_A_CALL = 1000
"""How many are asked for at once. The exchange's own limit is not published; a shorter answer is gone on from."""
MOST_CALLS = 1000


async def download(rest: Rest, budget: Budget, symbol: Symbol, interval: str, start: int, end: int) -> Listed[Candle]:
    """The candles that open at or after `start` and before `end` (ms), oldest first.

    Times without a trade have no candle. One that could not be read is beside the others.
    """
    step = INTERVALS.get(interval)
    if step is None:
        raise Refused(Refusal.OTHER, f"There are no candles of {interval}. Possible: {', '.join(INTERVALS)}.")
    found: dict[int, Candle] = {}
    unread: list[Unread] = []
    at = start
    for _ in range(MOST_CALLS):
        if at >= end:
            break
        piece_end = min(end, at + CANDLES_A_CALL * step)
        rows = await _piece(rest, budget, symbol, interval, at, piece_end)
        unread += rows.unread
        found |= {opened: candle for opened, candle in rows if candle is not None and start <= opened < end}
        last = max((opened for opened, _ in rows), default=piece_end)
        at = last + step if at <= last < piece_end else piece_end
    return Listed((found[opened] for opened in sorted(found)), unread)


async def _piece(
    rest: Rest, budget: Budget, symbol: Symbol, interval: str, start: int, end: int
) -> Listed[tuple[int, Candle | None]]:
    params: Params = {
        "symbol": symbol,
        "interval": interval,
        "startTime": -(-start // 1000),
        "endTime": -(-end // 1000),
    }
    answer = await rest.send(Call(method="GET", path="/api/v1/klines", params=params), narrower=budget)
    return rows_of(items(answer.value(), "klines"), lambda row: [candle_of(row)], of_orders=False)


def candle_of(value: object) -> tuple[int, Candle | None]:
    """A kline's opening time in ms and its candle; None where nothing was traded and the prices are null."""
    kline = Fields(value, "kline")
    at = kline.time("start")
    if not all(kline.has(name) for name in ("open", "high", "low", "close")):
        return at, None
    return at, Candle(
        at=at,
        open=plain(kline.positive("open")),
        high=plain(kline.positive("high")),
        low=plain(kline.positive("low")),
        close=plain(kline.positive("close")),
        volume=plain(kline.decimal("volume")),
    )
