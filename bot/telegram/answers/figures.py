"""Other figures for what a preview shows: typed as `usdc=60`, or asked for by a button. Nothing is started here."""

from collections.abc import Mapping, Sequence
from html import unescape

from telegram import InlineKeyboardButton

from bot.telegram.answers.choosing import in_rows, shown
from bot.telegram.answers.conversation import Card, Conversation, keyboard
from bot.telegram.answers.new_grid import offer
from bot.telegram.answers.remedies import mended
from bot.telegram.texts.mistakes import wrong_text
from bot.telegram.typed.choices import PAGES, meaning_something, page_names
from bot.telegram.typed.names import called
from bot.telegram.typed.parameters import BY_WORD, GRID_KEYS, asked_for
from bot.telegram.typed.parsing import Given, Value, Wrong, both, parse, spacing_of, wrong_money
from bot.telegram.typed.wishes import OFF, in_vain, spec_from_args, spec_to_args, to_words, wish_of
from strategy.model.spec import GridSpec

EXAMPLE = "grids=10"
"""How a figure is typed, in the words of /grid."""
_LIMITS = ("stop", "maxloss")


async def typed(talk: Conversation, draft: Mapping[str, str], text: str) -> None:
    """Words after a preview: what they change of it, shown anew."""
    spec = spec_from_args(draft)
    given = parse(text, keys=GRID_KEYS)
    if isinstance(given, Given):
        given = both(given.values) or given
    market = None if spec is None else talk.trader.market(spec.symbol)
    if isinstance(given, Given) and market is not None:
        given = wrong_money(given, market.quote) or (in_vain(given.values, spec) if spec else None) or given
    if spec is None or (isinstance(given, Wrong) and given.reason == "word") or given == Given():
        talk.outcome = "unknown"
        await talk.say("preview.typed", example=called(talk.lang, EXAMPLE))
    elif isinstance(given, Wrong):
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, given, EXAMPLE))
    else:
        await offer(talk, _changed(spec, given.values))


async def choose(talk: Conversation, args: Mapping[str, str]) -> None:
    """The button under a preview: the figures that are changed most, and pages of all others; each asks again."""
    spec = spec_from_args(args)
    if spec is None:
        talk.outcome = "refused"
        await talk.say("pressed.late")
        return
    page = args.get("page", "")
    card = _front(talk, spec) if page not in PAGES else _page(talk, spec, page)
    if "page" in args:
        await talk.show(card)
    else:
        await talk.send(card.html, card.keyboard)


def _front(talk: Conversation, spec: GridSpec) -> Card:
    group = f"figures {talk.desk.clock()}"
    pages = [_to_page(talk, spec, one, group) for one in PAGES if page_names(one, spec)]
    rows = (*in_rows(_figures(talk, spec, _names(spec), group)), *in_rows(pages))
    return Card(talk.text("preview.figures", example=called(talk.lang, EXAMPLE)), keyboard(*rows))


def _page(talk: Conversation, spec: GridSpec, page: str) -> Card:
    group = f"figures {talk.desk.clock()}"
    rows = in_rows(_figures(talk, spec, page_names(page, spec), group))
    said = talk.text("preview.figures.page", page=talk.label(f"page.{page}"))
    return Card(said, keyboard(*rows, [_to_page(talk, spec, "", group)]))


def _to_page(talk: Conversation, spec: GridSpec, page: str, group: str) -> InlineKeyboardButton:
    """To one of the pages, or back to the front one."""
    label = talk.label(f"page.{page}" if page else "back")
    return talk.once(label, "figures", {**spec_to_args(spec), "page": page}, group=group)


def _names(spec: GridSpec) -> list[str]:
    """What is asked for in a grid of this kind and is set in this one, and its limits, set or not."""
    asked = [name for name in asked_for(spec.spacing) if getattr(spec, BY_WORD[name].field) is not None]
    money = [] if "usdc" in asked or spec.total is None else ["total"]
    return [*dict.fromkeys((*asked, *money, *_LIMITS))]


def _figures(talk: Conversation, spec: GridSpec, names: Sequence[str], group: str) -> list[InlineKeyboardButton]:
    wish = meaning_something(wish_of(spec))
    return [_figure(talk, wish, name, group) for name in names]


def _figure(talk: Conversation, wish: Mapping[str, str], name: str, group: str) -> InlineKeyboardButton:
    now, market = wish.get(name, OFF), talk.trader.market(wish.get("market", ""))
    label = talk.text("preview.figure", name=talk.text(f"parameter.{name}.name"), value=shown(talk, name, now, market))
    return talk.once(unescape(label), "change", {**wish, "ask": name, "now": now}, group=group)


def _changed(spec: GridSpec, values: Mapping[str, Value]) -> dict[str, str]:
    """The wish for the same grid with these; of another kind where they speak of one, without what that has not."""
    fits = "spacing" not in values and all(spec.spacing in BY_WORD[name].only for name in values)
    spacing = spec.spacing if fits else spacing_of(values)
    known = meaning_something(wish_of(spec))
    wish = {name: word for name, word in known.items() if name == "market" or spacing in BY_WORD[name].only}
    return mended(wish, {**to_words(values), "spacing": str(spacing)})
