"""The last hours of the markets that a grid follows: read once from the exchange, then kept up with each price."""

from collections.abc import Mapping

from strategy.draft import Draft
from strategy.messages.events import CandlesRead
from strategy.model.account import Account
from strategy.model.grid import Phase
from strategy.model.market import Symbol, Touch
from strategy.model.past import HOUR, MOST_HOURS, Past


def candles_read(draft: Draft, event: CandlesRead) -> None:
    """The exchange's own hours take the place of ours; what we have seen of the hour that goes on stays in it."""
    past = Past(hours=event.hours[-MOST_HOURS:])
    seen = draft.account.past.get(event.symbol, Past())
    for hour in seen.hours:
        if hour.at >= past.until - HOUR:
            for price in (hour.high, hour.low, hour.close):
                past = past.after(price, hour.at)
    draft.set(past={**draft.account.past, event.symbol: past})


def follow(draft: Draft, touches: Mapping[Symbol, Touch]) -> None:
    """Each price belongs to its hour, by the exchange's time where it told one."""
    past = dict(draft.account.past)
    for symbol in past.keys() & touches.keys():
        past[symbol] = past[symbol].after(touches[symbol].middle, draft.at)
    if any(past[symbol] is not one for symbol, one in draft.account.past.items()):
        draft.set(past=past)


def unfollowed(account: Account, at: int) -> frozenset[Symbol]:
    """The markets whose last hours some grid needs, and of which they are not known without a gap."""
    followed = {
        grid.spec.symbol for grid in account.grids.values() if grid.spec.hours_back and grid.phase is not Phase.STOPPED
    }
    return frozenset(symbol for symbol in followed if at > account.past.get(symbol, Past()).until + HOUR)
