"""Other figures for what a preview shows: typed as `usdc=60`, or asked for by a button. Nothing is started here."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import unescape

from telegram import InlineKeyboardButton

from bot.telegram.answers.conversation import Conversation, keyboard
from bot.telegram.answers.new_grid import offer
from bot.telegram.answers.remedies import mended
from bot.telegram.texts.mistakes import wrong_text
from bot.telegram.typed.names import called
from bot.telegram.typed.parameters import BY_WORD, GRID_KEYS, asked_for
from bot.telegram.typed.parsing import Given, Value, Wrong, both, parse, spacing_of, wrong_money
from bot.telegram.typed.wishes import OFF, spec_from_args, to_words, wish_of
from strategy.model.grid import GridSpec

EXAMPLE = "grids=10"
"""How a figure is typed, in the words of /grid."""
_LIMITS = ("stop", "maxloss")
_IN_A_ROW = 2


async def typed(talk: Conversation, draft: Mapping[str, str], text: str) -> None:
    """Words after a preview: what they change of it, shown anew."""
    spec = spec_from_args(draft)
    given = parse(text, keys=GRID_KEYS)
    if isinstance(given, Given):
        given = both(given.values) or given
    market = None if spec is None else talk.trader.market(spec.symbol)
    if isinstance(given, Given) and market is not None:
        given = wrong_money(given, market.quote) or given
    if spec is None or (isinstance(given, Wrong) and given.reason == "word") or given == Given():
        talk.outcome = "unknown"
        await talk.say("preview.typed", example=called(talk.lang, EXAMPLE))
    elif isinstance(given, Wrong):
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, given, EXAMPLE))
    else:
        await offer(talk, _changed(spec, given.values))


async def choose(talk: Conversation, args: Mapping[str, str]) -> None:
    """The button under a preview: its figures, a button each, which asks for it again."""
    spec = spec_from_args(args)
    if spec is None:
        talk.outcome = "refused"
        await talk.say("pressed.late")
        return
    wish, group = wish_of(spec), f"figures {talk.desk.clock()}"
    keys = [_figure(talk, wish, name, group) for name in _names(spec)]
    rows: Sequence[Sequence[InlineKeyboardButton]] = [keys[at : at + _IN_A_ROW] for at in range(0, len(keys), 2)]
    await talk.send(talk.text("preview.figures", example=called(talk.lang, EXAMPLE)), keyboard(*rows))


def _names(spec: GridSpec) -> list[str]:
    """What is asked for in a grid of this kind and is set in this one, and its limits, set or not."""
    asked = [name for name in asked_for(spec.spacing) if getattr(spec, BY_WORD[name].field) is not None]
    money = [] if "usdc" in asked or spec.total is None else ["total"]
    return [*dict.fromkeys((*asked, *money, *_LIMITS))]


def _figure(talk: Conversation, wish: Mapping[str, str], name: str, group: str) -> InlineKeyboardButton:
    word = wish.get(name, OFF)
    shown = talk.text("word.none") if word == OFF else talk.figure(name, Decimal(word))
    label = talk.text("preview.figure", name=talk.text(f"parameter.{name}.name"), value=shown)
    return talk.once(unescape(label), "change", {**wish, "ask": name}, group=group)


def _changed(spec: GridSpec, values: Mapping[str, Value]) -> dict[str, str]:
    """The wish for the same grid with these; of another kind where they speak of one, without what that has not."""
    fits = "spacing" not in values and all(spec.spacing in BY_WORD[name].only for name in values)
    spacing = spec.spacing if fits else spacing_of(values)
    wish = {name: word for name, word in wish_of(spec).items() if name == "market" or spacing in BY_WORD[name].only}
    return mended(wish, {**to_words(values), "spacing": str(spacing)})
