"""A grid that traded, played over the same time, and its trades beside those that were played. Asks nobody anything."""

from collections import defaultdict
from collections.abc import Iterable
from statistics import median_low

from bot.backtest.playing import replayed
from bot.backtest.prices import Prices
from bot.owner.backtests import NotPlayed
from bot.owner.comparisons import Compare, Compared, Trade, trades_of
from bot.settings import Defaults
from strategy.model.market import Side
from strategy.model.orders import LevelId
from strategy.model.past import HOUR

NEAR = HOUR
"""So far apart two trades of a level may be and still be the same."""


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


def matched(lived: Iterable[Trade], played: Iterable[Trade], near: int) -> tuple[list[int], int, int]:
    """By how much each that both have came later, and how many only the one and only the other has."""
    ours, theirs = _by_level(lived), _by_level(played)
    delays, only, other = list[int](), 0, 0
    for key in ours.keys() | theirs.keys():
        mine, its = ours[key], theirs[key]
        one = two = 0
        while one < len(mine) and two < len(its):
            apart = mine[one] - its[two]
            if abs(apart) <= near:
                delays.append(apart)
                one, two = one + 1, two + 1
            elif apart < 0:
                one, only = one + 1, only + 1
            else:
                two, other = two + 1, other + 1
        only += len(mine) - one
        other += len(its) - two
    return delays, only, other


def _by_level(trades: Iterable[Trade]) -> "defaultdict[tuple[LevelId, Side], list[int]]":
    found = defaultdict[tuple[LevelId, Side], list[int]](list)
    for one in trades:
        found[one.level, one.side].append(one.at)
    return found
