"""Levels that the price jumped over, and levels that wait, in words: one or several in one message."""

from collections.abc import Sequence

from bot.telegram.texts.catalogue import Html, listed, say
from bot.telegram.texts.manual import about_notice, more
from bot.telegram.texts.numbers import price
from bot.telegram.texts.phrases import folded, foot, lines, place_of
from strategy.messages.notices import LevelJumped, LevelWaits
from strategy.model.levels import Wait
from strategy.model.orders import GridId

_MOST_LEVELS = 20
"""How many numbers of levels are named in one line."""


def jumps(lang: str, told: Sequence[LevelJumped], mode: str) -> Html:
    """Levels that one move of the market jumped over, in one message: a line a grid."""
    return lines(*(folded(said) for said in _jumps(lang, told)), foot(lang, mode))


def jumped_headlines(lang: str, told: Sequence[LevelJumped]) -> list[Html]:
    """The same without what is said beyond it."""
    return [Html(folded(said).partition("\n")[0]) for said in _jumps(lang, told)]


def _jumps(lang: str, told: Sequence[LevelJumped]) -> list[Html]:
    by_grid: dict[GridId, list[LevelJumped]] = {}
    for one in told:
        by_grid.setdefault(one.grid_id, []).append(one)
    return [_grid_jumped(lang, some) for some in by_grid.values()]


def jumped(lang: str, told: LevelJumped) -> Html:
    """One that the price jumped over."""
    return say(
        lang,
        "level_jumped",
        grid=told.grid_id,
        level=told.level,
        symbol=told.symbol,
        acts=say(lang, f"acts.{told.side}"),
        price=price(told.price),
        own_price=price(told.own_price),
        quote=told.quote,
    )


def _grid_jumped(lang: str, told: Sequence[LevelJumped]) -> Html:
    levels = sorted({one.level for one in told})
    if len(levels) == 1:
        return jumped(lang, told[-1])
    shown = [str(level) for level in levels[:_MOST_LEVELS]] + ["…"] * (len(levels) > _MOST_LEVELS)
    symbol, count = told[0].symbol, len(levels)
    return say(lang, "levels_jumped", grid=told[0].grid_id, symbol=symbol, count=count, levels=listed(lang, shown))


def waits(lang: str, told: Sequence[LevelWaits], mode: str) -> Html:
    """Levels of a grid that wait for one reason, in one message that names each."""
    return lines(folded(levels_wait(lang, told), more(lang, about_notice(told[0]))), foot(lang, mode))


def levels_wait(lang: str, told: Sequence[LevelWaits]) -> Html:
    """The same without what stands around it."""
    first, levels = told[0], sorted({one.level for one in told if one.level is not None})
    place = place_of(lang, first.grid_id, first.level, None)
    if len(levels) > 1:
        place = say(lang, "place.levels", grid=first.grid_id, levels=listed(lang, map(str, levels)))
    sells = first.wait is Wait.MARKET and first.level is None  # first coins wait for a market without a word
    more = ".lent" if first.lent else ".sale" if sells else ""
    sentence = say(lang, f"waits.{first.wait}{more}", place=place, symbol=first.symbol)
    return lines(sentence, say(lang, "waits.said", text=first.text) if first.text else None)
