"""A grid that traded, played over the same time, and its trades beside those that were played. Asks nobody anything."""

from statistics import median_low

from bot.backtest.playing import replayed
from bot.backtest.prices import Prices
from bot.owner.backtests import NotPlayed
from bot.owner.comparisons import NEAR, Compare, Compared, matched, trades_of
from bot.settings import Defaults


def compared(asked: Compare, prices: Prices, defaults: Defaults) -> Compared | NotPlayed:
    """Both, side by side."""
    found = replayed(asked.wanted, prices, defaults)
    if isinstance(found, NotPlayed):
        return found
    played, replay = found
    trades = trades_of(replay.fills)
    delays, lived_only, played_only = matched(asked.lived.trades, trades, max(NEAR, 3 * prices.candles.interval))
    return Compared(
        lived=asked.lived,
        played=played,
        played_trades=len(trades),
        takers=sum(one.took for one in trades),
        both=len(delays),
        lived_only=lived_only,
        played_only=played_only,
        later=median_low(delays) if delays else 0,
    )
