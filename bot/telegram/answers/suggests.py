"""/suggest: grids for a market, drawn, or which market. It never starts anything: its buttons lead to the preview."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from telegram import InlineKeyboardButton

from bot.owner.board import BEST_KNOWN
from bot.owner.suggestions import Asked, Proposed, Style, Suggested, suggested_money
from bot.owner.views import NotPlayed
from bot.telegram.answers import under_way
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.answers.new_grid import market_of
from bot.telegram.answers.pictures import drawn, theme_of
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.texts import face as texts
from bot.telegram.texts.mistakes import SUGGEST_EXAMPLE, wrong_text
from bot.telegram.texts.panels import panels_picture
from bot.telegram.typed.names import STYLES, WHICH
from bot.telegram.typed.parsing import Wrong, parse_value, tokens
from bot.telegram.typed.wishes import wish_of
from strategy.account.risk import free
from strategy.model.market import DOLLARS, BookState, Market
from strategy.model.money import plain
from strategy.model.valuing import price_in_usdc

log = logging.getLogger(__name__)

MOST_MARKETS = 6
"""That are compared: each takes three calls of the thirty that the exchange allows a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What was typed behind the command."""

    market: str | None = None
    which: bool = False
    """The best of the markets is asked for."""
    money: Decimal | None = None
    style: Style | None = None


async def suggest(talk: Conversation, words: str) -> None:
    """`/suggest ETH_USDC 500 calm`, each in any order; `/suggest which 500` compares markets; alone it asks."""
    said = _read(words)
    if isinstance(said, Wrong):
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, said, SUGGEST_EXAMPLE))
    elif said.which:
        await _compare(talk, said)
    elif said.market is None:
        await talk.send(talk.text("suggest.which"), keyboard(*_choices(talk, said)))
    elif market := await market_of(talk, "suggest", words, said.market, SUGGEST_EXAMPLE, _choices(talk, said)):
        await _of_market(talk, market, said)


def _read(words: str) -> _Said | Wrong:
    """Each word says by itself what it is: a style, an amount, the wish for a market, or a market."""
    found: dict[str, str | bool | Decimal | Style] = {}
    for word in tokens(words):
        name, value = _one(word)
        if isinstance(value, Wrong):
            return value
        if name in found and name != "which":
            return Wrong(reason="word", field="market", given=word)
        found[name] = value
    if "which" in found and "market" in found:
        return Wrong(reason="word", field="market", given=str(found["market"]))
    return _Said(**found)  # type: ignore[arg-type]  # each under its name


def _one(word: str) -> tuple[str, str | bool | Decimal | Style | Wrong]:
    lower = word.lower()
    if lower in STYLES:
        return "style", Style(STYLES[lower])
    if lower in WHICH:
        return "which", True
    if not word[0].isdigit():
        return "market", word
    money = parse_value("total", word)
    return "money", money if isinstance(money, Decimal | Wrong) else Wrong(reason="number", field="total", given=word)


def _choices(talk: Conversation, said: _Said) -> list[list[InlineKeyboardButton]]:
    rest = _rest(said)
    buttons = [nav(market.symbol, "w", "suggest", f"{market.symbol}{rest}") for market in _markets(talk)]
    rows = [buttons[one : one + 2] for one in range(0, len(buttons), 2)]
    return [*rows, [nav(talk.label("which_market"), "w", "suggest", f"which{rest}")]]


def _rest(said: _Said) -> str:
    words = [plain(said.money)] if said.money is not None else []
    return "".join(f" {word}" for word in (*words, *((said.style.value,) if said.style is not None else ())))


def _markets(talk: Conversation) -> list[Market]:
    """Those of the open grids and the best known, which are paid in dollars and open."""
    account = talk.trader.account()
    names: list[str] = [grid.spec.symbol for grid in account.grids.values() if not grid.is_over]
    named = (talk.trader.market(name) for name in dict.fromkeys((*names, *BEST_KNOWN)))
    return [one for one in named if one is not None and one.quote in DOLLARS and one.state is BookState.OPEN][
        :MOST_MARKETS
    ]


async def _compare(talk: Conversation, said: _Said) -> None:
    markets = _markets(talk)
    if not markets:
        talk.outcome = "refused"
        await talk.say("suggest.no_market")
        return
    await _ask(talk, tuple(markets), said, talk.text("suggest.comparing", count=len(markets)))


async def _of_market(talk: Conversation, market: Market, said: _Said) -> None:
    await _ask(talk, (market,), said, talk.text("suggest.working", symbol=market.symbol))


async def _ask(talk: Conversation, markets: tuple[Market, ...], said: _Said, working: texts.Html) -> None:
    """Have it found beside everything else; one at a time, backtests included."""
    account, quote = talk.trader.account(), markets[0].quote
    price = price_in_usdc(account, quote)
    money = said.money or suggested_money(quote, price, free(account, quote))
    if money is None:
        talk.outcome = "refused"
        await talk.send(wrong_text(talk.lang, Wrong(reason="missing", field="total"), SUGGEST_EXAMPLE))
        return
    if not await under_way.may_play(talk):
        return
    asked = Asked(markets=markets, fees=account.fees, now=talk.trader.now(), money=money, quote_price=price)
    message = await under_way.begin(talk, "suggest", working)
    await talk.typing()
    talk.desk.in_background(_work(talk, asked, said, message))


async def _work(talk: Conversation, asked: Asked, said: _Said, message: int | None) -> None:
    async def loaded(candles: int) -> None:
        if message is not None:
            await talk.edit(message, Card(talk.text("suggest.playing", candles=candles)))

    try:
        found = await talk.desk.workshop.suggest(asked, loaded)
        if isinstance(found, Suggested) and len(asked.markets) == 1:
            await _drawn(talk, said, found.markets[0], message)
            return
        card = _card(talk, said, found)
    except Exception:  # the outermost place of this answer: logged, and the owner is told
        log.exception("no grids could be proposed")
        card = Card(talk.text("suggest.not.failed"))
    finally:
        talk.desk.playing = False
    await under_way.end(talk, message, card)


def _card(talk: Conversation, said: _Said, found: Suggested | NotPlayed) -> Card:
    """Several markets, or why there is nothing."""
    if isinstance(found, NotPlayed):
        return Card(texts.not_suggested(talk.lang, found))
    rows = ([nav(one.market.symbol, "w", "suggest", f"{one.market.symbol}{_rest(said)}")] for one in found.markets)
    return Card(texts.ranked(talk.lang, found, talk.trader.mode), keyboard(*rows))


async def _drawn(talk: Conversation, said: _Said, proposed: Proposed, message: int | None) -> None:
    """The picture with the buttons, and above it the words, folded; where there is no picture the words have them."""
    styles = [one for one in Style if said.style in (None, one)]
    theme, mode, at, zone = theme_of(talk), talk.trader.mode, talk.trader.now(), talk.trader.zone
    png = await drawn(
        talk, lambda lang: panels_picture(lang, proposed, styles, theme=theme, mode=mode, at=at, zone=zone)
    )
    buttons = _buttons(talk, said, proposed, styles)
    sent = isinstance(png, bytes) and await talk.picture(png, buttons)
    words = texts.suggested(talk.lang, proposed, styles, mode, drawn=sent)
    await under_way.end(talk, message, Card(words, None if sent else buttons))


def _buttons(talk: Conversation, said: _Said, proposed: Proposed, styles: Sequence[Style]) -> Keyboard:
    group = f"suggest {talk.desk.clock()}"
    buttons = [
        talk.once(talk.label(f"take.{style}"), "take", _wish(proposed, style), group=f"{group} {style}")
        for style in styles
        if proposed.has(style)
    ]
    money = plain(proposed.money)
    others = [nav(talk.label("all_three"), "w", "suggest", f"{proposed.market.symbol} {money}")] if said.style else []
    return keyboard(*(buttons[one : one + 2] for one in range(0, len(buttons), 2)), others)


def _wish(proposed: Proposed, style: Style) -> Mapping[str, str]:
    """The words of /grid that come to a proposal."""
    return wish_of(proposed.of(style).spec)
