"""What all grids may lose: since midnight, and from their highest. Judged at each tick, before anything is planned."""

from collections.abc import Mapping
from decimal import Decimal

from strategy.account.risk import daily_loss, falls, totals
from strategy.draft import Draft, standing
from strategy.grid.bounds import record
from strategy.grid.looks import LOOKS_APART
from strategy.grid.sequences import begin_stop
from strategy.messages.notices import LimitReached
from strategy.model.account import Account, Halt
from strategy.model.grid import Phase
from strategy.model.limits import Bound, High, Hit, Peak
from strategy.model.market import USDC, Asset, Symbol
from strategy.model.money import ZERO
from strategy.model.orders import GridId
from strategy.model.stops import StopReason
from strategy.model.values import replace
from strategy.model.valuing import prices_in_usdc, pricing_symbols


def judge_losses(draft: Draft) -> None:
    """The day's loss and the fall from the peak; what is above the peak becomes the new one."""
    account = draft.account
    if account.daily_loss is None and account.limits.drawdown is None and not account.loss_ticks:
        return
    at_work = any(grid.phase.trades or grid.phase is Phase.PAUSED for grid in account.grids.values())
    reached = _reached(draft) if account.halt is None and at_work else {}
    looks = {symbol: touch.at for symbol, touch in account.touches.items()}
    if not reached:
        if account.loss_ticks:
            draft.set(loss_ticks=0)
    elif not account.loss_ticks or looks.keys() != account.loss_looks.keys():
        draft.set(loss_ticks=1, loss_bounds=frozenset(reached), loss_looks=looks)
    elif _are_new(account, account.loss_looks, looks):
        seen_twice = [told for bound, told in reached.items() if bound in account.loss_bounds]
        if seen_twice:
            _halt(draft, seen_twice[0])
        else:
            draft.set(loss_bounds=frozenset(reached), loss_looks=looks)
    if draft.account.limits.drawdown is not None and at_work and draft.account.halt is None:
        _raise_peaks(draft, looks)


def _reached(draft: Draft) -> dict[Bound, Hit]:
    account, found = draft.account, {}
    if (lost := daily_loss(account)) is not None:
        most = account.daily_loss or ZERO
        found[Bound.DAILY_LOSS] = Hit(at=draft.at, bound=Bound.DAILY_LOSS, value=lost, threshold=most, unit=USDC)
    for quote, fall in falls(account).items():
        most = (account.limits.drawdown or ZERO) * fall.equity
        if fall.money >= most > 0:
            hit = Hit(at=draft.at, bound=Bound.DRAWDOWN, value=-fall.money, threshold=most, unit=quote)
            found.setdefault(Bound.DRAWDOWN, hit)
    return found


def _are_new(account: Account, before: Mapping[Symbol, int], looks: Mapping[Symbol, int]) -> bool:
    """Whether every price that counts is another one than at the first look: any of them may have been a bad print.

    A market without a price is looked at no more, and counts as it was; where all are so, nothing new was seen. Where
    every coin is sold no price counts, and what is lost is certain.
    """
    counted = {grid.spec.symbol for grid in account.grids.values() if grid.coins} | pricing_symbols(account)
    apart = [at - before.get(symbol, at) for symbol, at in looks.items() if symbol in counted]
    return not counted or (bool(apart) and min(apart) >= LOOKS_APART)


def _raise_peaks(draft: Draft, looks: Mapping[Symbol, int]) -> None:
    """A peak is what two looks have seen: the lower of them, where both are above the one that is known."""
    account = draft.account
    now = High(at=draft.at, totals=totals(account), looks=looks)
    before = account.high
    if before is None or looks.keys() != before.looks.keys():
        draft.set(high=now)
        return
    is_new = _are_new(account, before.looks, looks)
    if not is_new and any(grid.coins for grid in account.grids.values()):
        return
    peaks = dict(account.limits.peaks)
    for quote in {grid.market.quote for grid in account.grids.values()}:
        lower = min(before, now, key=lambda seen: _sum(account, quote, seen.totals))
        known = peaks.get(quote)
        if known is None or _sum(account, quote, lower.totals) > _sum(account, quote, known.totals):
            of_quote = {one: total for one, total in lower.totals.items() if _is_of(account, one, quote)}
            peaks[quote] = Peak(at=lower.at, totals=of_quote)
    draft.set(high=now)
    if peaks != account.limits.peaks:
        draft.set(limits=replace(account.limits, peaks=peaks))


def _sum(account: Account, quote: Asset, of: Mapping[GridId, Decimal]) -> Decimal:
    return sum((total for one, total in of.items() if _is_of(account, one, quote)), ZERO)


def _is_of(account: Account, grid_id: GridId, quote: Asset) -> bool:
    grid = account.grids.get(grid_id)
    return grid is not None and grid.market.quote == quote


def _halt(draft: Draft, hit: Hit) -> None:
    """Everything stops, and the coins are kept: what is sold, and when it is traded on, is the owner's to say."""
    grids = [grid for grid in draft.account.grids.values() if grid.phase.trades or grid.phase is Phase.PAUSED]
    bases, reason = {grid.market.base for grid in grids}, StopReason(hit.bound)
    draft.notices.append(
        LimitReached(
            at=draft.at,
            reason=reason,
            grid_id=None,
            symbol=None,
            unit=hit.unit or USDC,
            prices=tuple(prices_in_usdc(draft.account).items()) if reason is StopReason.DAILY_LOSS else (),
            value=hit.value,
            threshold=hit.threshold,
            grids=len(grids),
            orders=sum(grid.known_live for grid in grids),
            coins=sum((grid.coins for grid in grids), ZERO) if len(bases) == 1 else ZERO,
            base=bases.pop() if len(bases) == 1 else None,
            sell=False,
            standings=tuple((one.market.quote, standing(draft.account, one)) for one in draft.account.grids.values()),
        )
    )
    record(draft, hit)
    draft.set(halt=Halt(hit.bound), loss_ticks=0)
    for grid in grids:
        begin_stop(draft, grid, reason, sell=False)
