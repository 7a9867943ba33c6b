"""The card that stays pinned: one grid in full with its ladder, every other one in a line. The figures of /status."""

from datetime import tzinfo
from decimal import Decimal
from itertools import pairwise

from bot.owner.views import Summary, held_by, so_far
from bot.telegram.texts.cards import alarms, cautions_of
from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.daily import limit_of, today_of
from bot.telegram.texts.gates import awaited_lines
from bot.telegram.texts.limits import own_limits
from bot.telegram.texts.numbers import HUNDRED, exact, percent, price, signed, worth
from bot.telegram.texts.phrases import day_and_time, duration, fitted, foot, lines, moment, phase_of
from bot.telegram.texts.sums import Sums, a_day, whole_share
from strategy.messages.reports import GridLine
from strategy.model.account import Account
from strategy.model.durations import DAY, MINUTE
from strategy.model.grid import Grid, Phase
from strategy.model.levels import Level, Wait
from strategy.model.market import Side
from strategy.model.money import ceil_to
from strategy.model.orders import GridId

CELLS = 24
"""Of the drawn ladder: more don't fit beside each other on a phone."""
_BUYS, _HOLDS, _FROZEN, _PRICE = "▒", "█", "×", "┃"


def live_card(lang: str, summary: Summary, account: Account, shown: GridId | None, zone: tzinfo) -> Html:
    """`shown` is the grid that is told in full; None while there is none."""
    sums = Sums(summary.grids)
    by_id = {line.grid_id: line for line in summary.grids}
    own = by_id.get(shown) if shown is not None else None
    whole = _whole(lang, summary, account, sums, own, zone) if own is not None else say(lang, "status.empty")
    others = [
        _other(lang, line, account, sums, summary.at)
        for line in summary.grids
        if line is not own and (line.phase is not Phase.STOPPED or line.standing.coins)
    ]
    alone = len(by_id) < 2  # the sum of one says nothing new
    totals = [] if alone else [say(lang, "status.total", **sums.total(one), quote=one) for one in sums.by_quote]
    head = lines(*alarms(lang, summary), whole)
    tail = lines(*totals, sums.apart(lang), _daily(lang, summary), foot(lang, summary.mode))
    return fitted(lang, head, others, tail, left_out=lambda at: say(lang, "more", count=len(others) - at))


def stamped(lang: str, card: Html, at: int, zone: tzinfo) -> Html:
    """A card with when it was made, to the minute: it stands apart, as it is no reason to show the card anew."""
    minute = at - at % MINUTE
    return Html(f"{card} · {say(lang, 'card.as_of', time=moment(minute, day_and_time(minute, zone)[1], 't'))}")


def drawing(grid: Grid, bid: Decimal | None) -> str:
    """Its levels from the lowest to the highest, a character each or for some, with the price between them."""
    levels = sorted(grid.levels.values(), key=lambda level: level.rank)
    cells = min(len(levels), CELLS)
    bounds = [at * len(levels) // cells for at in range(cells + 1)]
    drawn = [_cell(levels[first:last]) for first, last in pairwise(bounds)]
    if bid is not None:
        drawn.insert(_place(levels, cells, bid), _PRICE)
    return "".join(drawn)


def _place(levels: list[Level], cells: int, bid: Decimal) -> int:
    """How many cells stand below the price: at the ends only where it is beyond all of them."""
    below = sum(level.buy_price <= bid for level in levels)
    if below in (0, len(levels)):
        return cells if below and bid >= levels[-1].sell_price else min(below, cells - 1)
    return min(max(1, below * cells // len(levels)), cells - 1)


def _cell(levels: list[Level]) -> str:
    if any(level.wait is Wait.COINS for level in levels):
        return _FROZEN
    holding = sum(level.side is Side.SELL for level in levels)
    return _HOLDS if 2 * holding >= len(levels) else _BUYS


def _whole(lang: str, summary: Summary, account: Account, sums: Sums, line: GridLine, zone: tzinfo) -> Html:
    grid, figures = account.grids[line.grid_id], sums.of(line)
    made, held = so_far(account, grid, summary.at), held_by(grid, account)
    share = whole_share(made)
    bid = None if line.symbol in summary.unpriced else line.standing.price
    even = price(ceil_to(held.even, held.tick)) if held is not None and held.even > 0 else None
    return lines(
        say(lang, "status.grid", grid=grid.id, symbol=line.symbol, phase=phase_of(lang, line)),
        *awaited_lines(lang, line.awaits, line.quote),
        say(
            lang,
            "card.total",
            **figures,
            quote=line.quote,
            share=None if share is None else signed(share * HUNDRED, 2),
            daily=a_day(made, line.quote).get("total"),
        ),
        say(lang, "card.price", price=price(bid), quote=line.quote, even=even) if bid is not None else None,
        *_work(lang, line, account, bid, sums.amount_of(line)),
        *cautions_of(lang, line, grid, summary),
        say(
            lang,
            "card.since",
            day=moment(grid.created_at, " ".join(day_and_time(grid.created_at, zone)), "dt"),
            lasted=duration(lang, made.length)
            if made.length >= DAY
            else None,  # minutes would have it edited for nothing
            trips=line.standing.round_trips,
            fills=grid.books.fills,
            fees=figures["fees"],
            quote=line.quote,
        ),
    )


def _work(lang: str, line: GridLine, account: Account, bid: Decimal | None, total: Decimal) -> tuple[Html | None, ...]:
    """What its levels wait for, and its limits. Of a grid that ends neither is true: what it still holds is said."""
    grid = account.grids[line.grid_id]
    match grid.phase:
        case Phase.WAITING | Phase.SEEDING | Phase.RUNNING | Phase.PAUSED | Phase.PARKED:
            return *_ladder(lang, grid, bid), _next(lang, grid, bid), own_limits(lang, line, grid, bid, total)
        case Phase.STOPPING:
            return _kept(lang, line, account), _next(lang, grid, bid)
        case Phase.STOPPED:
            return (_kept(lang, line, account),)


def _kept(lang: str, line: GridLine, account: Account) -> Html:
    """The coins of a grid that ends or is over, without those that are gone from the account."""
    held = held_by(account.grids[line.grid_id], account)
    if held is None:
        return say(lang, "card.kept.none")
    there = held.coins - held.gone
    return say(
        lang,
        "card.kept",
        coins=exact(there),
        base=line.base,
        worth=worth(there * line.standing.price, line.quote),
        quote=line.quote,
        gone=exact(held.gone) if held.gone else None,
    )


def _ladder(lang: str, grid: Grid, bid: Decimal | None) -> tuple[Html, Html]:
    levels = grid.levels.values()
    frozen = sum(level.wait is Wait.COINS for level in levels)
    holding = sum(level.side is Side.SELL for level in levels) - frozen
    outside = None
    if bid is not None and bid < grid.lowest:
        outside = say(lang, "card.below", share=percent((grid.lowest - bid) / grid.lowest, up=True))
    elif bid is not None and bid > grid.highest:
        outside = say(lang, "card.above", share=percent((bid - grid.highest) / grid.highest, up=True))
    drawn = Html(f"<code>{drawing(grid, bid)}</code>")
    return (
        say(lang, "card.ladder", lower=price(grid.lowest), drawn=drawn, upper=price(grid.highest), outside=outside),
        say(lang, "card.legend", buys=len(levels) - holding - frozen, holds=holding, frozen=frozen or None),
    )


def _next(lang: str, grid: Grid, bid: Decimal | None) -> Html | None:
    """The nearest order on each side, and how far the price is from it."""
    resting = [order for order in grid.live if order.unknown_since is None and order.price is not None]
    asked = {
        Side.BUY: max((order.price for order in resting if order.side is Side.BUY), default=None),
        Side.SELL: min((order.price for order in resting if order.side is Side.SELL), default=None),
    }
    told = [
        say(
            lang,
            f"card.next.{side}",
            price=price(at),
            away=None if bid is None else signed((at - bid) / bid * HUNDRED, 2),
        )
        for side, at in asked.items()
        if at is not None
    ]
    return Html(listed(lang, told)) if told else None


def _daily(lang: str, summary: Summary) -> Html | None:
    if summary.daily_loss is None:
        return None
    return say(lang, "status.daily", limit=limit_of(summary), today=today_of(lang, summary))


def _other(lang: str, line: GridLine, account: Account, sums: Sums, at: int) -> Html:
    made = so_far(account, account.grids[line.grid_id], at)
    share = whole_share(made)
    return say(
        lang,
        "card.other",
        grid=line.grid_id,
        symbol=line.symbol,
        phase=phase_of(lang, line),
        quote=line.quote,
        total=sums.of(line)["total"],
        share=None if share is None else signed(share * HUNDRED, 2),
    )
