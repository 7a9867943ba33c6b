"""The cards that show how things stand and can be refreshed in place. Nothing is changed by showing them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from telegram import InlineKeyboardButton

from bot.telegram import texts
from bot.telegram.delivery import Keyboard
from bot.telegram.parsing import parse_grid_number, tidy
from bot.telegram.talk import Card, Talk, keyboard, nav
from strategy.notices import AutoLendFound, GridParked, LimitReached, Notice, StrangersTold, Trouble
from strategy.orders import GridId
from strategy.reports import Report

Screen = Callable[[Talk, Sequence[str]], Card]

ONCE = "once"
_SHOWN_FILLS = 10
_MENU = ("status", "grids", "orders", "fills", "balance", "pnl", "report", "risk")


def status(talk: Talk, _args: Sequence[str]) -> Card:
    """Everything at a glance; what stops all grids comes with a way out."""
    summary = talk.trader.summary()
    way_out = [nav(talk.label("decide"), "v", "halt")] if summary.halt else []
    return Card(texts.status(talk.lang, summary, talk.trader.account().grids), _under(talk, "status", above=way_out))


def grids(talk: Talk, _args: Sequence[str]) -> Card:
    """Every grid with its figures."""
    return Card(texts.grids(talk.lang, talk.trader.summary()), _under(talk, "grids"))


def balance(talk: Talk, _args: Sequence[str]) -> Card:
    """What the account holds."""
    return Card(texts.balance(talk.lang, talk.trader.summary()), _under(talk, "balance"))


def orders(talk: Talk, _args: Sequence[str]) -> Card:
    """The live orders."""
    return Card(texts.orders(talk.lang, talk.trader.orders(), talk.trader.mode), _under(talk, "orders"))


def fills(talk: Talk, args: Sequence[str]) -> Card:
    """The last fills, of one grid if its number is given."""
    number = parse_grid_number(args[0]) if args else None
    grid_id = GridId(number) if isinstance(number, int) else None
    view = talk.trader.fills(grid_id=grid_id, limit=_SHOWN_FILLS)
    again = (str(grid_id),) if grid_id else ()
    return Card(texts.fill_list(talk.lang, view, talk.trader.mode, talk.trader.zone), _under(talk, "fills", *again))


def pnl(talk: Talk, _args: Sequence[str]) -> Card:
    """Profit and loss."""
    return Card(texts.pnl(talk.lang, talk.trader.summary()), _under(talk, "pnl"))


def report(talk: Talk, args: Sequence[str]) -> Card:
    """A day's report: today's, or that of a date."""
    if not args:
        return Card(texts.report(talk.lang, talk.trader.report(), talk.trader.mode), _under(talk, "report"))
    try:
        day = date.fromisoformat(tidy(args[0])).isoformat()
    except ValueError:
        return Card(talk.text("report.bad_day", given=args[0]))
    found = talk.trader.report(day=day)
    return Card(texts.report(talk.lang, found, talk.trader.mode), _under(talk, "report", day))


def risk(talk: Talk, _args: Sequence[str]) -> Card:
    """The limits and how far they are used, and the button for when they are not enough."""
    card = texts.risk(talk.lang, talk.trader.summary(), talk.trader.account().grids)
    panic = talk.once(talk.label("panic"), "panic", group="", style="danger")
    return Card(card, _under(talk, "risk", above=[panic]))


SCREENS: Mapping[str, Screen] = {
    "status": status,
    "grids": grids,
    "balance": balance,
    "orders": orders,
    "fills": fills,
    "pnl": pnl,
    "report": report,
    "risk": risk,
}


def notice_buttons(lang: str, notice: Notice) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Where a pushed message leads: label and data of its buttons. They send a new card; the message itself stays.

    Data that begins with `ONCE` names an action, which is done once.
    """
    match notice:
        case StrangersTold():
            return [(texts.button(lang, "decide"), ("w", "halt"))]
        case LimitReached(grid_id=None):
            return [(texts.button(lang, "report"), ("w", "report")), (texts.button(lang, "decide"), ("w", "halt"))]
        case AutoLendFound():
            names = ("lend_off", "lend_leave")
            return [(texts.button(lang, name), (ONCE, name)) for name in names]
        case LimitReached() | GridParked() | Trouble():
            return [(texts.button(lang, "status"), ("w", "status"))]
        case Report(leaving=False):
            return [(texts.button(lang, "pnl"), ("w", "pnl")), (texts.button(lang, "status"), ("w", "status"))]
        case _:
            return []


def _under(talk: Talk, name: str, *args: str, above: Sequence[InlineKeyboardButton] = ()) -> Keyboard:
    """Refresh, and the way to the other cards."""
    others = [nav(talk.label(other), "v", other) for other in _MENU if other != name]
    refresh = nav(talk.label("refresh"), "v", name, *args)
    return keyboard(above, [refresh], others[:4], others[4:])
