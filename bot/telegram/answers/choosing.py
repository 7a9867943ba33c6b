"""The question about one figure of a preview: what it is now first, then what else it might be. Nothing is started."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import unescape

from telegram import InlineKeyboardButton

from bot.languages import words
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.texts import numbers
from bot.telegram.texts.catalogue import Html, escape
from bot.telegram.texts.phrases import lines
from bot.telegram.typed.choices import offered
from bot.telegram.typed.kinds import Kind, Unit
from bot.telegram.typed.parameters import BY_WORD
from bot.telegram.typed.parsing import Wrong, parse_value
from bot.telegram.typed.wishes import OFF, to_words
from strategy.model.market import USDC, Market
from strategy.model.spec import GridSpec

_IN_A_ROW = {2: 22, 3: 13}
"""So many letters of a button a phone shows whole where so many stand in a row."""


async def one_figure(talk: Conversation, name: str, now: str, market: Market, spec: GridSpec | None) -> Card:
    """What it is, the values that may be pressed, and the way back to the preview."""
    touch = await talk.trader.price(market.symbol)
    price = market.price_near(touch.middle) if touch else None
    asked = talk.text(
        f"parameter.{name}.ask",
        quote=market.quote,
        price=None if price is None else numbers.price(price),
        proposed=None,
    )
    said = talk.text("ask.now", value=shown(talk, name, now, market))
    values = iter(()) if spec is None else offered(name, spec, market, price)
    buttons = list(_buttons(talk, name, now, values, market))
    back = [nav(talk.label("back"), "d", "go"), nav(talk.label("cancel"), "d", "x")]
    return Card(lines(asked, said), keyboard(*in_rows(buttons), back))


def _buttons(
    talk: Conversation, name: str, now: str, values: Iterator[tuple[str, Decimal | None]], market: Market
) -> Iterator[InlineKeyboardButton]:
    if now != OFF:
        yield nav(unescape(talk.label("keep_value").format(value=shown(talk, name, now, market))), "d", name, now)
    for typed, away in values:
        value = parse_value(name, typed)
        if isinstance(value, Wrong) or (word := to_words({name: value})[name]) == now:
            continue
        label = shown(talk, name, word, market)
        if away is not None:
            label = talk.text("ask.away", value=label, away=numbers.signed(away * 100, 0))
        yield nav(unescape(label), "d", name, word)
    if BY_WORD[name].removable and now != OFF:
        yield nav(unescape(talk.text("word.none")), "d", name, OFF)


def in_rows(buttons: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """As many in a row as a phone shows whole, three at most."""
    rows: list[list[InlineKeyboardButton]] = []
    for one in buttons:
        row = rows[-1] if rows else []
        if row and max(map(_width, (*row, one))) <= _IN_A_ROW.get(len(row) + 1, 0):
            row.append(one)
        else:
            rows.append([one])
    return rows


def _width(button: InlineKeyboardButton) -> int:
    """Chinese letters are as wide as two."""
    return sum(2 if ord(one) > 0x2E80 else 1 for one in button.text)


def shown(talk: Conversation, name: str, word: str, market: Market | None = None) -> Html:
    """A value of a parameter as it is read, with its unit where the market is known."""
    kind = BY_WORD[name].kind
    if word == OFF:
        return talk.text("word.as_limits" if kind is Kind.YES_NO else "word.none")
    if kind in _SAID:
        return talk.text(_SAID[kind].format(word=word))
    if kind in (Kind.SHIFT, Kind.MEASURE):
        return Html(words(talk.lang, f"typed.{word}")[0])
    if kind in (Kind.CLOCK, Kind.DATE):
        return Html(word)
    figure, unit = talk.figure(name, Decimal(word)), _unit(name, market)
    return Html(f"{figure} {escape(unit)}" if unit else figure)


def _unit(name: str, market: Market | None) -> str | None:
    """What a price or an amount of this parameter is counted in."""
    if market is None:
        return None
    match BY_WORD[name].unit:
        case Unit.QUOTE:
            return market.quote
        case Unit.BASE:
            return market.base
        case Unit.USDC:
            return USDC
        case None:
            return None


_SAID: Mapping[Kind, str] = {Kind.YES_NO: "word.{word}", Kind.SPACING: "word.{word}"}
