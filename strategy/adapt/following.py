"""The last hours of the markets that a grid follows: read once from the exchange, then kept up with each price."""

from collections.abc import Mapping

from strategy.draft import Draft
from strategy.messages.events import CandlesRead
from strategy.model.account import Account
from strategy.model.durations import HOUR
from strategy.model.market import Symbol, Touch
from strategy.model.past import KEPT_HOURS, Past


def candles_read(draft: Draft, event: CandlesRead) -> None:
    """The exchange's own hours take the place of ours; what it does not know of yet stays as we have seen it: of the
    hour that goes on, too, as prices have come since it was asked.
    """
    read, known = event.hours[-KEPT_HOURS:], draft.account.past.get(event.symbol, Past())
    seen = known.hours
    for ours in seen if read and read[-1].at + HOUR > draft.at else ():
        if ours.at == read[-1].at:
            read = (*read[:-1], read[-1].beside(ours, is_newer=known.is_known(draft.at)))
    newer = (hour for hour in seen if hour.at <= draft.at and (not read or hour.at > read[-1].at))
    past = Past(hours=(*read, *newer)[-KEPT_HOURS:], at=draft.at)
    draft.set(past={**draft.account.past, event.symbol: past})


def follow(draft: Draft, touches: Mapping[Symbol, Touch]) -> None:
    """Each price belongs to its hour, by the time of the tick that brought it."""
    past = dict(draft.account.past)
    for symbol in past.keys() & touches.keys():
        past[symbol] = past[symbol].after(touches[symbol].middle, draft.at)
    if any(past[symbol] is not one for symbol, one in draft.account.past.items()):
        draft.set(past=past)


def followed(account: Account) -> frozenset[Symbol]:
    """The markets whose last hours some grid needs."""
    return frozenset(grid.spec.symbol for grid in account.grids.values() if grid.spec.hours_back and not grid.is_over)
