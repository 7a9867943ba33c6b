"""Facts about the account that concern no single order: balances, fees, markets, days, interruptions."""

from decimal import Decimal

from strategy.draft import Draft
from strategy.grid.denials import money_came
from strategy.grid.guard import judged
from strategy.grid.opening import problem
from strategy.grid.requests import clear
from strategy.messages import events as ev
from strategy.messages.commands import BookDifference
from strategy.messages.fees import FeesChanged
from strategy.messages.notices import MovementSeen, Trouble
from strategy.messages.problems import Problem, ProblemCode
from strategy.messages.reports import CameBack, Unclear
from strategy.model.account import MOST_EARLIER, Account, Day, Interruption
from strategy.model.grid import Phase
from strategy.model.ledger import Movement, MovementKind
from strategy.model.market import Asset, Balance, Side, Symbol, Touch
from strategy.model.orders import Fill
from strategy.model.values import replace
from strategy.reconcile.recovery import differences
from strategy.reconcile.recovery import unclear as unclear_orders


def quoted(draft: Draft, event: ev.Quoted) -> None:
    """Prices from the stream: what is planned next is planned with them."""
    draft.set(touches={**draft.account.touches, **event.touches})


def traded(draft: Draft, fill: Fill) -> None:
    """A resting order of ours was met: whatever is planned next knows where the market was."""
    touch = draft.account.touches.get(fill.symbol)
    met = shown_by(fill, touch) if touch is not None else None
    if met is not None:
        draft.set(touches={**draft.account.touches, fill.symbol: met})


def shown_by(fill: Fill, touch: Touch) -> Touch | None:
    """Where the market was when a resting order of ours was met: an older price says no more where it stands.

    A fill often comes before the next price. Believing the old one, the level would take its counter-order for jumped
    over, place it farther away, say so, and take it back at once. Of the other side a fill tells nothing: the price
    stays as old as it is, as a limit must not take it for a second look. None where it tells nothing new.
    """
    if not fill.is_maker or fill.at <= touch.at:
        return None
    if fill.side is Side.BUY and fill.price < touch.bid:
        return replace(touch, bid=fill.price)
    if fill.side is Side.SELL and fill.price > touch.ask:
        return replace(touch, ask=fill.price)
    return None


def day_started(draft: Draft, event: ev.DayStarted) -> None:
    """Midnight at the owner's: from here the day's change and the daily loss count anew.

    A changed zone or a fill that was learned of late moves the start of a day that has begun already; a daily loss that
    counts from a resume of the owner's in this day, whatever its date was then, goes on counting from there.
    """
    old, since, resumed_at = draft.account.day, dict(event.start), 0
    if old is not None and event.begins <= old.resumed_at:
        since |= {grid: total for grid, total in old.since.items() if total != old.start.get(grid)}
        resumed_at = old.resumed_at
    reported = old.reported if old is not None else 0
    draft.set(
        day=Day(
            date=event.day,
            begins=event.begins,
            start=event.start,
            since=since,
            resumed_at=resumed_at,
            reported=reported,
            offsets=event.offsets,
        )
    )


def day_reported(draft: Draft, event: ev.DayReported) -> None:
    """The daily report, once."""
    day = draft.account.day
    if day is not None and day.reported < event.until:
        draft.set(day=replace(day, reported=event.until))
        draft.notices.append(event.report)


def noted(draft: Draft, event: ev.Noted) -> None:
    """A sign of life, with the prices."""
    draft.set(marks=_marks(draft), seen_at=_seen_at(draft, event.at))


def _marks(draft: Draft) -> dict[Symbol, Decimal]:
    return {**draft.account.marks, **{symbol: touch.bid for symbol, touch in draft.account.touches.items()}}


def _seen_at(draft: Draft, at: int) -> int:
    """A process that has not come up has looked after nothing: whoever looks back does so from before it."""
    return at if draft.account.ready else draft.account.seen_at


def block_taken(draft: Draft, event: ev.BlockTaken) -> None:
    """A fresh block of client ids, or a part of the same one. The ids that were given out before stay ours."""
    account = draft.account
    is_left = event.block != account.block and account.next_id > 1  # of which nothing was given out is nobody's
    earlier = (account.block, *account.earlier)[:MOST_EARLIER] if is_left else account.earlier
    draft.set(block=event.block, next_id=event.next_id, earlier=earlier)


def told(draft: Draft, event: ev.Told) -> None:
    """A report for the owner."""
    draft.notices.append(event.notice)


def leaving(draft: Draft, event: ev.Leaving) -> None:
    """Place nothing more; the next start finds the levels without orders and gives them theirs.

    The prices are written down: what is shown until then, by the terminal or the next start, is what was shown last.
    """
    draft.set(ready=False, marks=_marks(draft), seen_at=_seen_at(draft, event.at))
    for grid in draft.account.grids.values() if event.cancel else ():
        clear(draft, grid)


def restarted(draft: Draft, event: ev.Restarted) -> None:
    """From now on orders may be placed."""
    draft.set(ready=True, seen_at=event.at)


def report_restart(draft: Draft, event: ev.Restarted) -> None:
    """The restart report, once everything that follows from the restart has been planned."""
    account = draft.account
    if not event.away:
        return
    grids = [grid for grid in account.grids.values() if grid.phase is not Phase.STOPPED]
    unclear = _unclear(account)
    draft.notices.append(
        CameBack(
            at=event.at,
            away=event.away,
            fills=event.fills,
            profit=event.profit,
            quote=next((grid.market.quote for grid in account.grids.values()), None),
            placed=sum(isinstance(action, ev.Place) for action in draft.actions),
            limbo=len(unclear),
            balanced=not differences(account, account.balances, _traded(account)) if account.balances else None,
            grids=len(grids),
            unclear=unclear,
        )
    )


def _unclear(account: Account) -> tuple[Unclear, ...]:
    return tuple(
        Unclear(
            grid_id=order.grid_id,
            symbol=order.symbol,
            level=order.level,
            purpose=order.purpose,
            side=order.side,
            price=order.price,
            quote=account.grids[order.grid_id].market.quote,
            since=order.unknown_since or order.changed_at,
        )
        for order in unclear_orders(account)
    )


def _traded(account: Account) -> tuple[Asset, ...] | None:
    """What some market trades; points and the like come and go without a record."""
    traded = {asset for market in account.markets.values() for asset in (market.base, market.quote)}
    return tuple(sorted(traded)) if traded else None


def balances(draft: Draft, event: ev.BalancesRead) -> None:
    """What the exchange says the account holds; the first reading opens the ledger."""
    before = draft.account.balances
    draft.set(balances=event.balances)
    money_came(draft, before)
    if draft.account.expected:
        return
    for asset, balance in event.balances.items():
        opening = Movement(
            at=event.at,
            key=f"opening:{asset}",
            kind=MovementKind.OPENING,
            asset=asset,
            amount=balance.total,
        )
        draft.book(opening)


def balance_told(draft: Draft, event: ev.BalanceTold) -> None:
    """News of one balance; the ledger is only opened by a whole reading."""
    known = draft.account.balances
    if known:
        before = known.get(event.asset, Balance())
        now = before.told(event.balance, uses_lent=draft.account.limits.uses_lent)
        draft.set(balances={**known, event.asset: now})
        money_came(draft, known)


_EVERY_HOUR = (MovementKind.INTEREST, MovementKind.SETTLEMENT)


def moved(draft: Draft, event: ev.Moved) -> None:
    """A deposit, a withdrawal, converted dust, interest, a settlement, or a difference that nothing explains."""
    movement = event.movement
    draft.book(movement)
    if movement.kind in _EVERY_HOUR:  # the balances and the audit show them
        return
    draft.notices.append(
        MovementSeen(
            at=movement.at,
            movement=movement.kind,
            asset=movement.asset,
            amount=movement.amount,
            fee=movement.may_be_included,
        )
    )


def book_difference(draft: Draft, event: BookDifference) -> Problem | None:
    """Book what nothing explains, because the owner wants it: one movement an asset, or nothing at all."""
    account = draft.account
    if differences(account, account.balances, tuple(event.amounts)) != dict(event.amounts):
        return problem(ProblemCode.DIFFERENCE)
    for asset, amount in event.amounts.items():
        key = f"unexplained:{event.at}:{asset}"
        movement = Movement(at=event.at, key=key, kind=MovementKind.UNEXPLAINED, asset=asset, amount=amount)
        moved(draft, ev.Moved(at=event.at, movement=movement))
    return None


def fees(draft: Draft, event: ev.FeesRead) -> None:
    """Another fee tier: the grids that trade, or will, are judged anew; the owner learns which no longer cover it."""
    account = draft.account
    if event.fees == account.fees:
        return
    draft.set(fees=event.fees)
    concerned = [grid for grid in account.grids.values() if grid.will_trade]
    if not concerned:
        return
    found = (judged(grid, event.fees) for grid in concerned)
    losing = tuple(one for one in found if one.too_little)
    draft.notices.append(
        FeesChanged(
            at=event.at,
            maker=event.fees.maker,
            taker=event.fees.taker,
            before=account.fees,
            losing=tuple(one.grid_id for one in losing),
            judged=losing,
        )
    )


def interrupted(draft: Draft, event: ev.Interrupted) -> None:
    """The exchange can't be traded on: told once for each cause."""
    now = draft.account.interruption
    if now is not None and now.cause == event.cause:
        return
    since = now.since if now else event.at
    draft.set(interruption=Interruption(cause=event.cause, text=event.text, since=since))
    draft.notices.append(Trouble(at=event.at, cause=event.cause, text=event.text, over=False, lasted=0))


def restored(draft: Draft, event: ev.Restored) -> None:
    """The exchange works again: told once."""
    now = draft.account.interruption
    if now is None:
        return
    draft.set(interruption=None)
    lasted = event.at - now.since
    draft.notices.append(Trouble(at=event.at, cause=now.cause, text=now.text, over=True, lasted=lasted))
