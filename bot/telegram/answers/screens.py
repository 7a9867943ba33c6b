"""The cards that show how things stand and can be refreshed in place. Nothing is changed by showing them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from telegram import InlineKeyboardButton

from bot.owner.views import Period, Span
from bot.telegram.answers.conversation import Card, Conversation, copies, keyboard, nav
from bot.telegram.answers.remedies import other_grids
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import listed
from bot.telegram.texts.mistakes import wrong_text
from bot.telegram.typed.moments import with_days, with_months
from bot.telegram.typed.names import ALL, PERIODS
from bot.telegram.typed.parsing import Wrong, parse_grid_number, tidy
from bot.telegram.typed.wishes import line_of
from strategy.grid.opening import unknown_grid
from strategy.messages.reports import Report
from strategy.model.orders import GridId

Screen = Callable[[Conversation, Sequence[str]], Card]

_SHOWN_FILLS = 10
_IN_A_ROW = 4
_DAY = re.compile("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_BESIDE = (Span.WEEK, Span.MONTH)
"""The periods that stand beside the figures since the start; today does in their first line."""


def status(talk: Conversation, args: Sequence[str]) -> Card:
    """Everything at a glance, or one grid; what stops all grids comes with a way out."""
    meant = grid_meant(talk, "status", args)
    if isinstance(meant, Card):
        return meant
    summary, known = talk.trader.summary(), talk.trader.account().grids
    way_out = [nav(talk.label("decide"), "v", "halt")] if summary.halt else []
    if meant is None:
        return Card(
            texts.status(talk.lang, summary, known), _under(talk, "status", above=way_out, below=_new_grid(talk))
        )
    grid = known[meant]
    line = copies(talk.label("copy_line"), line_of(grid.spec)) if talk.role is Role.OWNER else []
    above = [*way_out, *line]
    return Card(texts.one_grid(talk.lang, summary, grid), _under(talk, "status", str(meant), above=above))


def _new_grid(talk: Conversation) -> list[InlineKeyboardButton]:
    """For whoever may open one."""
    return [nav(talk.label("new_grid"), "n")] if talk.role is Role.OWNER else []


def grids(talk: Conversation, args: Sequence[str]) -> Card:
    """The grids with their figures, the last few of those that are over; `all` shows every one."""
    whole = bool(args) and tidy(args[0]).lower() in ALL
    if args and not (whole and len(args) == 1):
        return _refused(talk, talk.text("grids.usage", given=" ".join(args)))
    again = ("all",) if whole else ()
    return Card(texts.grids(talk.lang, talk.trader.summary(), whole=whole), _under(talk, "grids", *again))


def balance(talk: Conversation, args: Sequence[str]) -> Card:
    """What the account holds, or how much of one asset."""
    summary = talk.trader.summary()
    if not args:
        return Card(texts.balance(talk.lang, summary), _under(talk, "balance"))
    asset = tidy(args[0])
    own = tuple(line for line in summary.balances if line.asset.upper() == asset.upper())
    if len(args) > 1 or not own:
        there = listed(talk.lang, (line.asset for line in summary.balances))
        return _refused(talk, talk.text("balance.unknown", given=" ".join(args), assets=there or None))
    return Card(texts.balance(talk.lang, replace(summary, balances=own)), _under(talk, "balance", asset))


def orders(talk: Conversation, args: Sequence[str]) -> Card:
    """The live orders nearest the price, a ladder a grid; every one of a grid whose number is given."""
    meant, view = grid_meant(talk, "orders", args), talk.trader.orders()
    if isinstance(meant, Card):
        return meant
    if meant is not None:
        view = replace(view, ours=tuple(order for order in view.ours if order.grid_id == meant), foreign=())
    cut = texts.grids_cut(view) if meant is None else []
    more = [nav(talk.label("orders_all").format(grid=one), "v", "orders", str(one)) for one in cut[:_IN_A_ROW]]
    shown = texts.orders(talk.lang, view, talk.trader.mode, whole=meant is not None)
    return Card(shown, _under(talk, "orders", *_again(meant), above=more))


def fills(talk: Conversation, args: Sequence[str]) -> Card:
    """The last fills, of one grid if its number is given, and the page of them that follows it: `/fills 1 2`."""
    every = bool(args) and tidy(args[0]).lower() in ALL
    *first, page = args if len(args) == 2 else [*args, "1"]
    meant = None if every else grid_meant(talk, "fills", first)
    if isinstance(meant, Card):
        return meant
    number = parse_grid_number(page)  # as small as a grid's may be
    if isinstance(number, Wrong):
        return _refused(talk, wrong_text(talk.lang, number, "/fills 1 2"))
    view = talk.trader.fills(grid_id=meant, limit=_SHOWN_FILLS, before=(number - 1) * _SHOWN_FILLS)
    if view.total and not view.fills:  # beyond the oldest: it said that there are none
        number = -(-view.total // _SHOWN_FILLS)
        view = talk.trader.fills(grid_id=meant, limit=_SHOWN_FILLS, before=(number - 1) * _SHOWN_FILLS)
    shown = texts.fill_list(talk.lang, view, talk.trader.mode, talk.trader.zone)
    whose = "all" if meant is None else str(meant)
    turned = {"newer": number - 1 if view.before else 0, "older": number + 1 if view.after else 0}
    pages = [nav(talk.label(label), "v", "fills", whose, str(to)) for label, to in turned.items() if to]
    again = () if (meant, number) == (None, 1) else (whose, str(number))
    return Card(shown, _under(talk, "fills", *again, above=pages))


async def pnl(talk: Conversation, words: str) -> None:
    """Profit and loss, since the start or in a period, of all grids or of the one whose number is given."""
    said = tidy(words).lower().split()
    dated = with_days(said, talk.trader.known_days()[1])
    args = [word if word in PERIODS else day for word, day in zip(said, dated, strict=True)]  # `today` is a period
    days = [word for word in args if _DAY.fullmatch(word)]
    spans = [word for word in args if word in PERIODS]
    rest = [word for word in args if word not in (*days, *spans)]
    if any(isinstance(parse_grid_number(word), Wrong) for word in rest):
        await talk.show(_refused(talk, talk.text("pnl.usage", given=" ".join(rest))))
        return
    meant = grid_meant(talk, "pnl", rest)
    if isinstance(meant, Card):
        await talk.show(meant)
    elif len(days) + len(spans) > 1:
        await talk.show(_refused(talk, talk.text("pnl.usage", given=" ".join(args))))
    else:
        period = _period(talk, *days, *spans)
        # Of a day before the ledger begins it shows everything since then, and says so.
        early = days[0] if days and isinstance(period, Period) and period.span is Span.START else ""
        await talk.show(period if isinstance(period, Card) else await _pnl_card(talk, meant, period, early))


def period_of(talk: Conversation, word: str) -> Period | None:
    """The period that a word names, as far as it has come; None where it names none."""
    span = PERIODS.get(word.lower())
    return Period.of(Span(span), talk.trader.zone, talk.trader.now()) if span is not None else None


def _period(talk: Conversation, word: str = "start") -> Period | Card:
    """The period that a word or a day stands for."""
    if (named := period_of(talk, word)) is not None:
        return named
    try:
        day = date.fromisoformat(word)
    except ValueError:
        return _refused(talk, talk.text("pnl.usage", given=word))
    first, today = talk.trader.known_days()
    if day > today:
        return _refused(talk, talk.text("pnl.late", day=word))
    return Period(span=Span.START) if day < first else Period.since(day, talk.trader.zone)


async def _pnl_card(talk: Conversation, meant: GridId | None, period: Period, early: str) -> Card:
    """`early`: the day that was asked for, where the books begin after it."""
    zone, now = talk.trader.zone, talk.trader.now()
    beside = [Period.of(span, zone, now) for span in _BESIDE] if period.span is Span.START else []
    summary = talk.trader.summary()  # of the moment at which the reading begins: what is booked meanwhile is in neither
    books = await talk.trader.books(period, *beside, only=meant)
    if meant is not None:
        summary = replace(summary, grids=tuple(line for line in summary.grids if line.grid_id == meant))
    spans = [
        nav(talk.label(f"span.{span}"), "v", "pnl", *_again(meant), span) for span in Span if span is not Span.DATE
    ]
    said = period.day.isoformat() if period.span is Span.DATE and period.day else str(period.span)
    card = texts.pnl(talk.lang, summary, books, zone, begins=talk.trader.known_days()[0] if early else None)
    return Card(card, _under(talk, "pnl", *_again(meant), early or said, above=spans))


async def report(talk: Conversation, words: str) -> None:
    """A day's report: today's, or that of a date; or of several days."""
    args = words.split()
    meant = days_meant(talk, args)
    if isinstance(meant, Card):
        await talk.show(meant)
        return
    await talk.show(report_card(talk, args, await talk.trader.report(day=meant[0], last=meant[-1])))


def report_card(talk: Conversation, args: Sequence[str], found: Report) -> Card:
    """What was found of the days that were asked for, which can be told."""
    span = PERIODS.get(tidy(args[0]).lower()) if len(args) == 1 else None
    days = " ".join(day for day in (found.day, found.last) if day is not None) if args else ""
    said = span if span not in (None, Span.TODAY) else days
    return Card(texts.report(talk.lang, found, talk.trader.mode), _under_report(talk, said))


def days_meant(talk: Conversation, args: Sequence[str]) -> tuple[date, ...] | Card:
    """The day of a report, or the first and the last one: none is today; a week and a month go as far as they go."""
    first, today = talk.trader.known_days()
    words = with_months(map(tidy, args), today)
    if len(words) == 1 and (named := period_of(talk, words[0])) is not None:
        return tuple(dict.fromkeys((named.day or first, today)))
    try:
        days = tuple(dict.fromkeys(map(date.fromisoformat, words))) or (today,)
    except ValueError:
        days = ()
    if not 0 < len(days) <= 2 or len(words) > 2 or days[0] > days[-1]:
        return _refused(talk, talk.text("report.bad_day", given=" ".join(words)))
    if days[-1] > today or days[-1] < first:
        key, wrong = ("report.early", days[0]) if days[-1] < first else ("report.late", days[-1])
        return _refused(talk, talk.text(key, day=wrong.isoformat(), first=first.isoformat()))
    return days


def _under_report(talk: Conversation, said: str) -> Keyboard:
    """As under every screen; the week and the month; and the same days as a picture."""
    picture = nav(talk.label("picture"), "w", "chart", f"report {said}".strip())
    longer = [
        nav(talk.label(f"span.{span}"), "v", "report", span)
        for span in (Span.TODAY, Span.WEEK, Span.MONTH)
        if said != ("" if span is Span.TODAY else span)
    ]
    return _under(talk, "report", *([said] if said else []), above=[picture, *longer])


async def fees(talk: Conversation, _words: str) -> None:
    """The tier, what fees leave of each grid's round trips, and what the next tier would have saved."""
    await talk.show(Card(texts.fees(talk.lang, await talk.trader.volumes.fees()), _under(talk, "fees")))


async def points(talk: Conversation, _words: str = "") -> None:
    """The points week, the owner's volume goal, the weeks before."""
    await talk.show(Card(texts.points(talk.lang, await talk.trader.volumes.points()), _under(talk, "points")))


def risk(talk: Conversation, _args: Sequence[str]) -> Card:
    """The limits and how far they are used, and the button for when they are not enough."""
    card = texts.risk(talk.lang, talk.trader.summary(), talk.trader.account().grids, talk.trader.together())
    # It asks first, and stands where no other card has a button: a thumb that means Refresh must not end everything.
    return Card(card, _under(talk, "risk", below=[nav(talk.label("panic"), "w", "panic")]))


SCREENS: Mapping[str, Screen] = {
    "status": status,
    "grids": grids,
    "orders": orders,
    "fills": fills,
    "balance": balance,
    "risk": risk,
}
"""Those that are shown at once."""
LOOKS = ("status", "grids", "orders", "fills", "balance", "report", "risk", "fees", "points", "pnl")
"""Those that lead to each other, in the order of their buttons."""


def grid_meant(talk: Conversation, name: str, args: Sequence[str]) -> GridId | Card | None:
    """The grid whose number follows a command; what follows instead is answered with what may."""
    if not args:
        return None
    number = (
        parse_grid_number(args[0]) if len(args) == 1 else Wrong(reason="number", field="grid", given=" ".join(args))
    )
    if isinstance(number, Wrong):
        return _refused(talk, wrong_text(talk.lang, number, f"/{name} 1"))
    known = talk.trader.account().grids
    if number in known:
        return GridId(number)
    talk.outcome = "refused"
    others = other_grids(talk, "v", name)
    return Card(texts.problem(talk.lang, unknown_grid(known, GridId(number))), keyboard(*([one] for one in others)))


def _refused(talk: Conversation, html: str) -> Card:
    talk.outcome = "refused"
    return Card(html)


def _again(meant: GridId | None) -> tuple[str, ...]:
    return () if meant is None else (str(meant),)


def _under(
    talk: Conversation,
    name: str,
    *args: str,
    above: Sequence[InlineKeyboardButton] = (),
    below: Sequence[InlineKeyboardButton] = (),
) -> Keyboard:
    """Refresh, and the way to the other cards."""
    others = [nav(talk.label(other), "v", other) for other in LOOKS if other != name]
    refresh = nav(talk.label("refresh"), "v", name, *args)
    rows = [others[at : at + _IN_A_ROW] for at in range(0, len(others), _IN_A_ROW)]
    return keyboard(above, [refresh], *rows, below)
