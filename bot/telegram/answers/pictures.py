"""/chart and /share: a picture, drawn beside the chat, and sent when it is there. Where it can't be, its words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.languages import OURS
from bot.owner.views import Period, Picture, Span, Theme, Undrawn
from bot.telegram.answers import under_way
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.answers.live_card import shown_in_full
from bot.telegram.answers.screens import days_meant, grid_meant, report_card
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.texts import pictures as made
from bot.telegram.typed.moments import days_of
from bot.telegram.typed.names import PERIODS, PICTURES, THEMES
from bot.telegram.typed.parsing import Wrong, parse_grid_number, tidy
from strategy.model.durations import DAY
from strategy.model.grid import Grid
from strategy.model.orders import GridId

THEME = "picture_theme"
"""A setting: the colours that were asked for last."""
MOST_DAYS, USUAL_DAYS = 365, 2
KINDS = ("market", "curve", "days")
SPANS = (2, 7, 30)
"""Days that a button offers."""
Make = Callable[[str], Picture]
"""The picture in a language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is to be drawn."""

    kind: str
    grid: Grid
    days: int


async def chart(talk: Conversation, words: str) -> None:
    """`/chart`, `/chart 1`, `/chart 1 7` for seven days, `/chart 1 curve`, `days`, `/chart report week`, `light`."""
    args, theme = _without_theme(talk, words)
    if args and args[0] in _reports():
        await _report(talk, args[1:], theme)
        return
    kinds = [PICTURES[word] for word in args if word in PICTURES]
    numbers = [word for word in args if word not in PICTURES]
    asked = await _asked(talk, (*kinds, "market")[0], numbers, words) if len(kinds) < 2 else None
    if asked is None and len(kinds) > 1:
        await _refuse(talk, words)
    if asked is not None:
        under_way.beside(talk, _drawn_of(talk, asked, theme))


def _without_theme(talk: Conversation, words: str) -> tuple[list[str], Theme]:
    """The words without those that say the colours, and the colours: the owner's are kept, others have them once."""
    args = tidy(words).lower().split()
    said = [Theme(THEMES[word]) for word in args if word in THEMES]
    if said and talk.role is Role.OWNER:
        talk.desk.notebook.set_setting(THEME, said[-1])
    return [word for word in args if word not in THEMES], said[-1] if said else theme_of(talk)


def _reports() -> Sequence[str]:
    return [word for word, kind in PICTURES.items() if kind == "report"]


async def _asked(talk: Conversation, kind: str, numbers: Sequence[str], words: str) -> _Asked | None:
    account = talk.trader.account()
    meant = grid_meant(talk, "chart", numbers[:1])
    if isinstance(meant, Card):
        await talk.show(meant)
        return None
    number = meant if meant is not None else shown_in_full(talk.desk.notebook, account.grids)
    if number is None:
        talk.outcome = "refused"
        await talk.say("status.empty")
        return None
    days = days_of(numbers[1]) if len(numbers) > 1 else USUAL_DAYS
    if len(numbers) > 2 or days is None or days > MOST_DAYS:
        await _refuse(talk, words)
        return None
    return _Asked(kind=kind, grid=account.grids[number], days=days)


async def _refuse(talk: Conversation, words: str) -> None:
    talk.outcome = "refused"
    await talk.say("chart.usage", given=words)


async def _drawn_of(talk: Conversation, asked: _Asked, theme: Theme) -> None:
    """Read what the picture is made of, then have it drawn: the grid is as it is after that."""
    trader, now = talk.trader, talk.trader.now()
    gallery, grid_id, began = trader.gallery, asked.grid.id, asked.grid.created_at
    symbol, quote = asked.grid.spec.symbol, asked.grid.market.quote
    since = now - asked.days * DAY if asked.kind == "market" else gallery.marked(began, now)
    bars = () if asked.kind == "days" else await gallery.bars(symbol, since, now)
    start = Period.of(Span.START, trader.zone, now)
    found = await trader.books(start, only=grid_id) if asked.kind == "curve" else None
    account = trader.account()
    seen = made.Seen(
        summary=trader.summary(), account=account, grid=account.grids[grid_id], theme=theme, zone=trader.zone
    )

    def make(lang: str) -> Picture:
        match asked.kind:
            case "curve":
                curve = gallery.curve(quote, grid_id, began, now)
                fall = found.shown.grids[grid_id].curve if found is not None else None
                return made.curve_picture(lang, seen, curve=curve, bars=gallery.lived(bars, now), fall=fall)
            case "days":
                curve = gallery.curve(quote, grid_id, began, now)
                return made.days_picture(lang, seen, curve=curve)
            case _:
                trades = gallery.trades(grid_id, since, now)
                return made.market_picture(lang, seen, bars=bars, trades=trades)

    await _send(talk, make, _under(talk, asked))


def _under(talk: Conversation, asked: _Asked) -> Keyboard:
    """The other pictures of the grid."""
    number, kind = str(asked.grid.id), asked.kind
    others = [nav(talk.label(f"picture.{one}"), "w", "chart", f"{number} {one}") for one in KINDS if one != kind]
    longer = [
        nav(talk.label("days").format(days=days), "w", "chart", f"{number} {days}")
        for days in SPANS
        if kind == "market" and days != asked.days
    ]
    shares = talk.role is not None and talk.role >= Role.OPERATOR
    return keyboard(longer, others, [nav(talk.label("share"), "w", "share", number)] if shares else [])


async def _report(talk: Conversation, args: Sequence[str], theme: Theme) -> None:
    """The report of a day, or of several, as a picture."""
    meant = days_meant(talk, args)
    if isinstance(meant, Card):
        await talk.show(meant)
        return
    told = await talk.trader.report(day=meant[0], last=meant[-1])
    if not told.grids:
        await talk.show(report_card(talk, args, told))
        return
    zone, mode = talk.trader.zone, talk.trader.mode
    await _send(talk, lambda lang: made.report_picture(lang, theme, told, mode, zone), None)


async def share(talk: Conversation, words: str) -> None:
    """`/share`, `/share 1`, `/share 1 week`: a card to be shown to somebody."""
    args, theme = _without_theme(talk, words)
    spans = [word for word in args if word in PERIODS]
    rest = [word for word in args if word not in spans]
    if any(isinstance(parse_grid_number(word), Wrong) for word in rest):
        talk.outcome = "refused"
        await talk.say("share.usage", given=words)
        return
    meant = grid_meant(talk, "share", rest)
    if isinstance(meant, Card):
        await talk.show(meant)
    elif len(spans) > 1:
        talk.outcome = "refused"
        await talk.say("share.usage", given=words)
    elif not talk.trader.account().grids:
        await talk.say("status.empty")
    else:
        span = Span(PERIODS[spans[0]]) if spans else Span.START
        under_way.beside(talk, _share(talk, meant, Period.of(span, talk.trader.zone, talk.trader.now()), theme))


async def _share(talk: Conversation, meant: GridId | None, period: Period, theme: Theme) -> None:
    trader = talk.trader
    summary = trader.summary()  # of the same moment as the books
    books = await trader.books(period, only=meant)
    if meant is not None:
        summary = replace(summary, grids=tuple(line for line in summary.grids if line.grid_id == meant))
    if not books.shown.quotes:
        await talk.say("pnl.none")
        return
    quote = max(books.shown.quotes, key=lambda one: books.shown.quotes[one].money)
    curve = trader.gallery.curve(quote, meant, books.shown.quotes[quote].begins, trader.now())
    zone = trader.zone
    spans = [
        nav(talk.label(f"span.{span}"), "w", "share", " ".join([*([str(meant)] if meant else []), span]))
        for span in Span
        if span is not Span.DATE and span is not period.span
    ]
    await _send(talk, lambda lang: made.share_picture(lang, theme, summary, books, quote, zone, curve), keyboard(spans))


async def _send(talk: Conversation, make: Make, under: Keyboard | None) -> None:
    """In the owner's language; in ours where its letters can't be drawn here; in words where nothing can."""
    await talk.typing()
    found = await drawn(talk, make)
    if isinstance(found, bytes) and await talk.picture(found, under):
        return
    why = talk.text(f"picture.not.{'unsent' if isinstance(found, bytes) else found}")
    await talk.send(texts.lines(made.in_words(make(talk.lang)), why), under)


async def drawn(talk: Conversation, make: Make) -> bytes | Undrawn:
    """A picture in the owner's language, or in ours where its letters can't be drawn here."""
    found = await talk.desk.workshop.draw(make(talk.lang))
    return await talk.desk.workshop.draw(make(OURS)) if found is Undrawn.GLYPHS else found


def theme_of(talk: Conversation) -> Theme:
    return Theme(talk.desk.notebook.setting(THEME) or Theme.DARK)
