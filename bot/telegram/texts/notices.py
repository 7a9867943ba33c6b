"""Notices as messages: one function a kind of notice. What each says is in locales/*/notices.json."""

from collections.abc import Sequence
from typing import assert_never

from bot.languages import catalogue
from bot.telegram.texts.by_hand import held, outside
from bot.telegram.texts.catalogue import Html, say
from bot.telegram.texts.daily import priced
from bot.telegram.texts.exits import against_ladder, ending
from bot.telegram.texts.fees import judgement
from bot.telegram.texts.fills import mark_of, one_fill, seeds_text, standing_today
from bot.telegram.texts.gates import gate_told
from bot.telegram.texts.levels import jumped, levels_wait
from bot.telegram.texts.limits import held_back, lost, opening_paused
from bot.telegram.texts.manual import about_notice, more
from bot.telegram.texts.numbers import change, cost, exact, fee_percent, gain, percent, price, standing_figures, worth
from bot.telegram.texts.phrases import beside, duration, fitted, folded, foot, lines, place_of
from bot.telegram.texts.points import points_told
from bot.telegram.texts.reports import report
from bot.telegram.texts.shadows import shadow_differs
from bot.telegram.texts.shifts import shift_told, why_kept
from bot.telegram.texts.sums import fees_apart
from bot.telegram.texts.widths import width_told
from strategy.messages.by_hand import (
    CoinsMissing,
    OrderResurfaced,
    RowsUnread,
    RulesChanged,
    StrangersSettled,
    StrayCancelled,
)
from strategy.messages.doubts import FillsMissing, HoldOver, LiveUnconfirmed, OrdersLeft
from strategy.messages.envelopes import EnvelopeChanged
from strategy.messages.exits import BuyingPaused, EndDate, OpensAgain, SaleRests, StopRose, TrailBegun
from strategy.messages.fees import FeesChanged
from strategy.messages.gates import Begun, FallOver, FallPaused
from strategy.messages.machine import BackupFailed, ClockOff, ShadowDiffers, Slept, Unwatched
from strategy.messages.notices import (
    AutoLendFound,
    FillTold,
    GridEnded,
    GridOpened,
    GridParked,
    LevelJumped,
    LevelWaits,
    LimitReached,
    MarketRestricted,
    MovementSeen,
    Notice,
    PhaseChanged,
    RangeLeft,
    SeedsBought,
    StrangersTold,
    TripClosed,
    Trouble,
)
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.messages.reports import CameBack, Report, Unclear
from strategy.messages.risk import HeldBack, OpeningPaused
from strategy.messages.shifts import ShiftBegun, ShiftDone, ShiftKept
from strategy.messages.widths import WidthChanged
from strategy.model.grid import Phase
from strategy.model.stops import StopReason


def notice(lang: str, told: Notice, mode: str) -> Html:
    """Any notice as one message."""
    match told:
        case FillTold():
            return one_fill(lang, told, mode)
        case Report():
            return report(lang, told, mode)
        case _:
            return lines(folded(_sentence(lang, told), more(lang, about_notice(told))), foot(lang, mode))


def _sentence(lang: str, told: Notice) -> Html:  # noqa: C901, PLR0911, PLR0912 - one case a kind, nothing else
    match told:
        case TripClosed():
            return _trip(lang, told)
        case GridOpened():
            return _opened(lang, told)
        case SeedsBought():
            return seeds_text(lang, told)
        case PhaseChanged(begun=Begun(price=at, money=money, quote=quote), grid_id=grid, symbol=symbol, phase=phase):
            aside, now = cost(money, quote), price(at)
            return say(lang, f"begun.{phase}", grid=grid, symbol=symbol, money=aside, quote=quote, price=now)
        case PhaseChanged(grid_id=grid, symbol=symbol, phase=phase):
            return say(lang, f"phase_changed.{phase}", grid=grid, symbol=symbol)
        case LimitReached():
            return _limit(lang, told)
        case GridEnded():
            return _ended(lang, told)
        case RangeLeft():
            return _range(lang, told)
        case LevelJumped():
            return jumped(lang, told)
        case LevelWaits():
            return levels_wait(lang, [told])
        case Trouble():
            return _trouble(lang, told)
        case MarketRestricted(blind=True, symbol=symbol, lasted=lasted):
            return say(
                lang,
                f"market_restricted.{'seen' if lasted else 'blind'}",
                symbol=symbol,
                lasted=duration(lang, lasted) if lasted else None,
            )
        case MarketRestricted(symbol=symbol, state=state, lasted=lasted):
            return say(lang, f"market_restricted.{state or 'over'}", symbol=symbol, lasted=duration(lang, lasted))
        case PointsWeekOver() | GoalReached() | BudgetSpent():
            return points_told(lang, told)
        case FeesChanged():
            return _fees(lang, told)
        case GridParked(grid_id=grid, symbol=symbol, text=text):
            return say(lang, "grid_parked", grid=grid, symbol=symbol, text=text)
        case StrangersTold(orders=orders, fills=fills):
            return say(lang, "strangers", orders=orders, fills=fills)
        case StrangersSettled() | CoinsMissing() | OrderResurfaced() | RulesChanged() | RowsUnread() | StrayCancelled():
            return outside(lang, told)
        case FallPaused() | FallOver():
            return gate_told(lang, told)
        case ShiftBegun() | ShiftDone() | ShiftKept():
            return shift_told(lang, told)
        case WidthChanged():
            return width_told(lang, told)
        case HeldBack():
            return held_back(lang, told)
        case OpeningPaused():
            return opening_paused(lang, told)
        case OrdersLeft() | FillsMissing() | LiveUnconfirmed() | HoldOver():
            return held(lang, told)
        case BuyingPaused() | SaleRests() | StopRose() | OpensAgain() | EndDate() | TrailBegun():
            return ending(lang, told)
        case AutoLendFound():
            return say(lang, "auto_lend")
        case CameBack():
            return _came_back(lang, told)
        case ClockOff():
            return _clock_off(lang, told)
        case Slept(lasted=lasted):
            return say(lang, "slept", lasted=duration(lang, lasted))
        case Unwatched(over=over, lasted=lasted):
            return say(lang, "unwatched.over" if over else "unwatched", lasted=duration(lang, lasted))
        case BackupFailed(text=text):
            return say(lang, "backup_failed", text=text)
        case ShadowDiffers():
            return shadow_differs(lang, told)
        case MovementSeen(movement=kind, asset=asset, amount=amount, fee=fee):
            return say(lang, "movement.fee" if fee else f"movement.{kind}", asset=asset, amount=change(amount))
        case EnvelopeChanged():
            return _envelope(lang, told)
        case FillTold() | Report():
            return notice(lang, told, "")
        case _:
            assert_never(told)


def _trip(lang: str, told: TripClosed) -> Html:
    return say(
        lang,
        "trip_closed",
        mark=mark_of(told.profit),
        grid=told.grid_id,
        level=told.level,
        symbol=told.symbol,
        profit=gain(told.profit, told.quote, fine=True),
        quote=told.quote,
        fees=cost(told.fees, told.quote, fine=True),
        standing=standing_today(lang, told.standing, told.quote),
    )


def _opened(lang: str, told: GridOpened) -> Html:
    waits = told.phase is Phase.WAITING
    head = say(
        lang,
        "grid_opened.head.waits" if waits else "grid_opened.head",
        grid=told.grid_id,
        symbol=told.symbol,
        levels=told.levels,
        money=cost(told.money, told.quote),
        quote=told.quote,
    )
    kind = "waits" if waits else "seeds" if told.seeds else "orders"
    return lines(head, say(lang, f"grid_opened.{kind}", grid=told.grid_id, seeds=told.seeds))


def _limit(lang: str, told: LimitReached) -> Html:
    triggers = told.reason in (StopReason.STOP_LOSS, StopReason.TAKE_PROFIT, StopReason.TRAILING)
    head = say(
        lang,
        f"limit.{told.reason}",
        grid=told.grid_id,
        symbol=told.symbol,
        value=price(told.value) if triggers else lost(told),
        threshold=price(told.threshold) if triggers else cost(abs(told.threshold), told.unit),
        unit=told.unit,
        prices=priced(lang, dict(told.prices)),
        total=standing_figures(told.standings[0][1], told.unit)["total"] if triggers and told.standings else None,
    )
    held = told.base is not None and told.coins > 0
    kept = say(
        lang,
        "limit.coins.sold" if told.sell else "limit.coins.kept",
        quantity=exact(told.coins) if held else None,
        base=told.base,
    )
    what = say(
        lang,
        "limit.all" if told.grid_id is None else "limit.one",
        grids=told.grids if told.grids > 1 else None,
        orders=told.orders,
        coins=kept,
    )
    following = "all" if told.grid_id is None else "sold" if told.sell else "kept"
    again = say(lang, "limit.again", grid=told.grid_id, hours=told.again) if told.again else None
    trail = against_ladder(lang, told.trailed, told.unit, told.base or told.unit, done=False)
    return lines(beside(lang, head, what), trail, say(lang, f"limit.next.{following}", grid=told.grid_id), again)


def _ended(lang: str, told: GridEnded) -> Html:
    standing = told.standing
    head = say(
        lang,
        "grid_ended.head",
        grid=told.grid_id,
        symbol=told.symbol,
        quote=told.quote,
        **standing_figures(standing, told.quote),
    )
    facts = say(
        lang,
        "grid_ended.facts",
        reason=say(lang, f"reason.{told.reason}"),
        trips=standing.round_trips,
        cancelled=told.cancelled,
    )
    sold, released = "short" if told.missing else "sold", told.released
    few = standing.coins < told.least
    kind = sold if told.sold else ("few" if few else "kept") if standing.coins else "empty"
    missing = exact(told.missing)
    rest = say(
        lang,
        f"grid_ended.{kind}",
        grid=told.grid_id,
        dated=told.grid_id if told.reason is StopReason.END_DATE else None,
        coins=exact(standing.coins) if standing.coins else None,
        base=told.base,
        worth=worth(standing.coins * standing.price, told.quote),
        quote=told.quote,
        missing=missing,
        left=exact(released) if released else None,
        left_worth=worth(released * standing.price, told.quote),
        least=exact(told.least),
    )
    kept_short = kind in ("kept", "few") and told.missing
    lacking = (say(lang, "grid_ended.missing", missing=missing, base=told.base),) if kept_short else ()
    again = told.again_at
    opens = say(lang, "grid_ended.again", grid=told.grid_id, left=duration(lang, again - told.at)) if again else None
    trail = against_ladder(lang, told.trailed, told.quote, told.base, done=True)
    return lines(head, beside(lang, facts, rest, *lacking), trail, opens, fees_apart(lang, [standing]))


def _range(lang: str, told: RangeLeft) -> Html:
    side = "back" if told.back else "below" if told.price < told.lower else "above"
    holds = side if told.whole else "coins" if told.coins else "nothing"
    ladder = "" if told.back or not told.follows else ".held" if told.held else ".follows"
    return say(
        lang,
        f"range_left.{side}{ladder}",
        holds=None if told.back else say(lang, f"range_left.holds.{holds}", coins=exact(told.coins), base=told.base),
        grid=told.grid_id,
        symbol=told.symbol,
        price=price(told.price),
        lower=price(told.lower),
        upper=price(told.upper),
        quote=told.quote,
        why=why_kept(lang, told.held),
    )


def headline(lang: str, told: Notice) -> Html:
    """What a lock screen shows of it, without what is said beyond that."""
    said = one_fill(lang, told, "") if isinstance(told, FillTold) else folded(_sentence(lang, told))
    return Html(said.partition("\n")[0])


def together(lang: str, told: Sequence[Notice], mode: str) -> Html:
    """Several grids to which the same has happened, in one message: a paragraph a grid."""
    return lines(Html("\n\n".join(folded(_sentence(lang, one)) for one in told)), foot(lang, mode))


def _trouble(lang: str, told: Trouble) -> Html:
    if told.over:
        return say(lang, "trouble.over", lasted=duration(lang, told.lasted))
    known = f"trouble.{told.cause}" in catalogue(lang)
    sentence = say(lang, f"trouble.{told.cause if known else 'other'}")
    return lines(sentence, say(lang, "waits.said", text=told.text) if told.text else None)


def _envelope(lang: str, told: EnvelopeChanged) -> Html:
    """More or less money for a grid."""
    return say(
        lang,
        "envelope.rest" if told.envelope is None else "envelope.share",
        grid=told.grid_id,
        symbol=told.symbol,
        quote=told.quote,
        before=cost(told.before, told.quote),
        after=cost(told.after, told.quote),
        **({} if told.envelope is None else {"share": percent(told.envelope)}),
    )


def _fees(lang: str, told: FeesChanged) -> Html:
    before = told.before
    head = say(
        lang,
        "fees_changed",
        maker=fee_percent(told.maker),
        taker=fee_percent(told.taker),
        was_maker=None if before is None else fee_percent(before.maker),
        was_taker=None if before is None else fee_percent(before.taker),
    )
    if not told.losing:
        return beside(lang, head, say(lang, "fees_changed.fine"))
    return lines(head, *(judgement(lang, one) for one in told.judged))


def _came_back(lang: str, told: CameBack) -> Html:
    away = duration(lang, told.away)
    profit = gain(told.profit, told.quote) if told.fills and told.quote else None
    fills = told.fills or None
    head = say(
        lang,
        "came_back.head" if told.away else "came_back.first",
        away=away,
        fills=fills,
        profit=profit,
        quote=told.quote,
    )
    clear = say(lang, "came_back.limbo" if told.limbo else "came_back.clear", limbo=told.limbo)
    books = {True: "balanced", False: "waiting" if told.limbo else "unbalanced", None: "unseen"}[told.balanced]
    found = say(
        lang,
        "came_back.found",
        fills=told.fills,
        profit=profit,
        quote=told.quote,
        placed=told.placed,
        clear=clear,
        books=say(lang, f"came_back.{books}"),
    )
    happened = told.away or told.fills or told.placed or told.limbo
    unclear = [_unclear(lang, told.at, one) for one in told.unclear]
    look = say(lang, "came_back.look") if told.balanced is False else None
    grids = say(lang, "came_back.grids" if told.grids else "came_back.empty", grids=told.grids)
    return fitted(lang, beside(lang, head, found) if happened else head, unclear, lines(look, grids))


def _unclear(lang: str, at: int, one: Unclear) -> Html:
    return say(
        lang,
        "came_back.unclear",
        place=place_of(lang, one.grid_id, one.level, one.purpose),
        side=say(lang, f"side.{one.side}"),
        price=price(one.price),
        quote=one.quote,
        symbol=one.symbol,
        span=duration(lang, at - one.since),
    )


def _clock_off(lang: str, told: ClockOff) -> Html:
    way = "forward" if told.by > 0 else "back"
    by = round(abs(told.by), -3)  # measured to some milliseconds: 12 minutes are not to be told as 11
    return say(lang, f"clock_{'set' if told.jumped else 'wrong'}.{way}", by=duration(lang, by))
