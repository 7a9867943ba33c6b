"""Market history fetched from the exchange and kept as it comes: what is there already is not asked for again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.history.columns import Columns, gaps
from bot.history.kept import Kept
from bot.history.shapes import Shape
from exchange.backpack.client import BackpackClient
from exchange.backpack.klines import CANDLES_A_CALL
from exchange.port import INTERVALS, Candle, PastTrade

CALLS_A_WRITE = 20
"""Calls after which what has come is written down: as much is fetched anew, at most, where it was broken off."""
A_MONTH = 28 * INTERVALS["1d"]
"""Milliseconds for which no market that is traded has no trade."""
_CANDLE = Shape(
    columns={name: at for at, name in enumerate(("time", "open", "high", "low", "close", "volume"))}, has_head=False
)
_TRADE = Shape(columns={"time": 0, "price": 1, "volume": 2}, has_head=False)

Told = Callable[[int, int], None]
"""How much has been done, of how much."""


@dataclass(slots=True, kw_only=True)
class Fetched:
    """What a fetch has brought."""

    rows: int = 0
    wrong: list[str] = field(default_factory=list)
    """Rows of the exchange's that can't be used."""


async def fetch_candles(client: BackpackClient, kept: Kept, since: int, until: int, told: Told) -> Fetched:
    """The candles that open from `since` on and are over at `until`, but those that are there.

    What is older than something that is there is fetched from that back, and kept by whole stretches: broken off, a
    short hole would be left, which looks like a time without trades, and would never be asked for again.
    """
    step, found, newest = INTERVALS[kept.length], Fetched(), kept.end()
    spans = _missing(kept, -(-since // step) * step, until - step + 1, step)
    whole, done = sum(max(0, end - begin) // step for begin, end in spans), 0
    for begin, end in spans:
        is_older = newest is not None and begin < newest
        starts = range(begin, end, CALLS_A_WRITE * CANDLES_A_CALL * step)
        for start in reversed(starts) if is_older else starts:
            stretch, is_whole = Columns(is_trades=False), False
            try:
                for at in range(start, min(end, start + starts.step), CANDLES_A_CALL * step):
                    last = min(end, at + CANDLES_A_CALL * step)
                    candles = await client.candles(kept.symbol, kept.length, at, last)
                    found.wrong += [one.text for one in candles.unread]
                    stretch.read(map(_of_candle, candles), _CANDLE, first=1)
                    done += (last - at) // step
                    told(done, whole)
                is_whole = True
            finally:
                if is_whole or not is_older:
                    _write(kept, stretch, found)
    return found


async def fetch_trades(client: BackpackClient, kept: Kept, since: int, told: Told) -> Fetched:
    """The trades from `since` on, or from the last that is there. They come the newest first, so that they are written
    down once all are there: a part of them would leave a gap that nobody sees.
    """
    found, by_id, offset = Fetched(), dict[int, PastTrade](), 0
    since = max(since, kept.end() or 0)
    while True:
        page = await client.trades(kept.symbol, offset)
        found.wrong += [one.text for one in page.unread]
        by_id |= {trade.id: trade for trade in page if trade.at >= since}
        offset += len(page) + len(page.unread)
        told(len(by_id), 0)
        if not page or page[-1].at < since:
            break
    new = Columns(is_trades=True)
    new.read(map(_of_trade, sorted(by_id.values(), key=lambda trade: (trade.at, trade.id))), _TRADE, first=1)
    _write(kept, new, found)
    return found


def as_columns(candles: Iterable[Candle]) -> Columns:
    """The exchange's candles, each checked."""
    found = Columns(is_trades=False)
    found.read(map(_of_candle, candles), _CANDLE, first=1)
    return found


def _missing(kept: Kept, since: int, until: int, step: int) -> list[tuple[int, int]]:
    """What is not there of this time. A hole that is shorter than a call is a time without trades: none is left so,
    but where a month of long candles was taken away.
    """
    there, call = kept.read().at, CANDLES_A_CALL * step
    if not there:
        return [(since, until)] if since < until else []
    holes = [(at + step, at + step + lasts) for at, lasts in gaps(there, step) if lasts >= min(call, A_MONTH)]
    found = []
    for begin, end in ((since, there[0]), *holes, (there[-1] + step, until)):
        low, high = max(begin, since), min(end, until)
        if low < high:
            found.append((begin if low - begin < call else low, end if end - high < call else high))
    return found


def _write(kept: Kept, columns: Columns, found: Fetched) -> None:
    """Keep these."""
    found.wrong += [one.why for one in columns.bad]
    if len(columns):
        found.rows += kept.add(columns)


def _of_candle(candle: Candle) -> tuple[str, ...]:
    return str(candle.at), candle.open, candle.high, candle.low, candle.close, candle.volume


def _of_trade(trade: PastTrade) -> tuple[str, ...]:
    return str(trade.at), trade.price, trade.quantity
