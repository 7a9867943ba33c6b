"""What can be decided where it arises: the buttons under a pushed message, and what those do that belong to no command.

Whatever may lose money leads to a card that asks, with figures of then.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from bot.telegram.answers.conversation import BUTTON_LIFE, Conversation, keyboard, nav
from bot.telegram.answers.new_grid import offer
from bot.telegram.answers.remedies import range_around
from bot.telegram.texts import face as texts
from bot.telegram.texts.numbers import coins, price, worth
from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.parameters import OF_GRID
from bot.telegram.typed.wishes import wish_of
from strategy.messages.doubts import FillsMissing, LiveUnconfirmed, OrdersLeft
from strategy.messages.notices import (
    AutoLendFound,
    GridEnded,
    GridOpened,
    GridParked,
    LimitReached,
    Notice,
    RangeLeft,
    StrangersTold,
    Trouble,
)
from strategy.messages.points import BudgetSpent, GoalReached, PointsWeekOver
from strategy.messages.reports import Report
from strategy.model.grid import Grid
from strategy.model.orders import GridId
from strategy.model.stops import StopReason, Way

_AT_A_PRICE = (StopReason.STOP_LOSS, StopReason.TAKE_PROFIT, StopReason.TRAILING)
"""Limits whose figure is the bid at which they were reached."""
_PRICES = tuple(one.word for one in OF_GRID if one.kind is Kind.PRICE and not one.becomes)
"""What was chosen for another price of the market."""


class Offer(NamedTuple):
    """A button: it looks at something as often as it is pressed, or does something once."""

    label: str
    look: tuple[str, ...] = ()
    action: str = ""
    args: Mapping[str, str] = {}
    style: str | None = None


def offers(lang: str, notice: Notice) -> Sequence[Offer]:  # noqa: C901, PLR0911 - one case a kind, nothing else
    """What a pushed message offers. Whatever is shown comes as a new card; the message itself stays."""
    match notice:
        case StrangersTold() | OrdersLeft() | FillsMissing() | LiveUnconfirmed():
            return [_look(lang, "decide", "halt")]
        case GridOpened():
            return [_look(lang, "status", "status", str(notice.grid_id))]
        case LimitReached(grid_id=None):
            return [_look(lang, "report", "report"), _look(lang, "decide", "halt")]
        case AutoLendFound():
            return [Offer(texts.button(lang, name), action=name) for name in ("lend_use", "lend_off", "lend_leave")]
        case BudgetSpent() | PointsWeekOver() | GoalReached():
            return [_look(lang, "points", "points")]
        case LimitReached(grid_id=int(grid), base=str(base), coins=held, sell=False, again=None) if _sells(notice):
            valued = next((standing.price for _, standing in notice.standings), None)  # none in older notices
            bid = notice.value if notice.reason in _AT_A_PRICE else valued
            return _kept(
                lang, str(grid), held, base, None if bid is None else f"{worth(held * bid, notice.unit)} {notice.unit}"
            )
        case LimitReached() | GridParked() | Trouble():
            return [_look(lang, "status", "status")]
        case Report(leaving=False):
            days = " ".join(day for day in ("report", notice.day, notice.last) if day is not None)
            shows_all = notice.begins is None  # a picture shows whole days
            picture = [_look(lang, "picture", "chart", days)] if shows_all else []
            return [*picture, _look(lang, "pnl", "pnl"), _look(lang, "status", "status")]
        case RangeLeft(back=False):
            return _out_of_range(lang, notice)
        case GridEnded(again_at=None):
            return _ended(lang, notice)
        case _:
            return []


def _sells(told: LimitReached) -> bool:
    """Whether an order could sell what it holds."""
    return told.coins > 0 and told.coins >= told.least


def _look(lang: str, label: str, *card: str, style: str | None = None) -> Offer:
    return Offer(texts.button(lang, label), look=("w", *card), style=style)


def _out_of_range(lang: str, told: RangeLeft) -> Sequence[Offer]:
    grid = str(told.grid_id)
    around = texts.button(lang, "around").format(price=price(told.price))
    return [
        Offer(around, action="around", args={"grid": grid}),
        Offer(texts.button(lang, "let_be"), action="wait", args={"grid": grid}),
        _look(lang, "stop", "stop", grid, style="danger"),
    ]


def _ended(lang: str, told: GridEnded) -> Sequence[Offer]:
    """Coins that were kept may be sold, kept or traded on with; where none can be, the grid may be opened again."""
    grid, held = str(told.grid_id), told.standing.coins - told.missing
    if told.sold or held <= 0 or held < told.least:
        return [Offer(texts.button(lang, "again"), action="again", args={"grid": grid})]
    sell, keep, resume = _kept(
        lang, grid, held, told.base, f"{worth(held * told.standing.price, told.quote)} {told.quote}"
    )
    # Its end date has come: it would not be let trade on before that is another.
    return [sell, keep] if told.reason is StopReason.END_DATE else [sell, keep, resume]


def _kept(lang: str, grid: str, held: Decimal, base: str, about: str | None) -> Sequence[Offer]:
    """What becomes of coins that a stop has kept; `about` is what they would bring, where that is known."""
    sale = texts.button(lang, "sell_kept" if about else "sell_held").format(coins=coins(held), base=base, worth=about)
    return [
        _look(lang, "", "stop", grid, Way.NOW)._replace(label=sale, style="danger"),
        Offer(texts.button(lang, "keep"), action="keep", args={"grid": grid}),
        Offer(texts.button(lang, "resume"), action="ask_resume", args={"grid": grid}),
    ]


async def around(talk: Conversation, args: Mapping[str, str]) -> None:
    """A preview of the same grid where the price is now. Nothing is started, and the old one is left as it is."""
    grid = talk.trader.account().grids[GridId(int(args["grid"]))]
    touch = await talk.trader.price(grid.spec.symbol)
    if touch is None:
        await again(talk, args)
        return
    wish = {name: word for name, word in wish_of(grid.spec).items() if name not in _PRICES}
    await offer(talk, wish | _range_at(grid, touch.middle))


def _range_at(grid: Grid, middle: Decimal) -> dict[str, str]:
    """As wide as it was, in parts of the price, and in the middle of it; an interval grid needs no range."""
    lower, upper = grid.spec.lower, grid.spec.upper
    if lower is None or upper is None:
        return {}
    return range_around(grid.market, lower, upper, middle)


async def again(talk: Conversation, args: Mapping[str, str]) -> None:
    """A preview of the same grid as it was."""
    await offer(talk, wish_of(talk.trader.account().grids[GridId(int(args["grid"]))].spec))


async def wait(talk: Conversation, args: Mapping[str, str]) -> None:
    """Nothing is done, and that is said."""
    await talk.say("decided.wait", grid=args["grid"])


async def keep(talk: Conversation, args: Mapping[str, str]) -> None:
    """The coins stay."""
    await talk.say("decided.keep", grid=args["grid"])


async def ask_resume(talk: Conversation, args: Mapping[str, str]) -> None:
    """Trading on takes risk again, and a message may lie unread for days: so it is asked, with a button that ages."""
    grid = args["grid"]
    yes = talk.once(
        talk.label("resume"), "resume", {"grid": grid}, group=f"resume {grid}", life=BUTTON_LIFE, style="success"
    )
    await talk.send(talk.text("card.resume", grid=grid), keyboard([yes, nav(talk.label("back"), "x")]))
