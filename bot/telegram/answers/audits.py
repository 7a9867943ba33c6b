"""/audit: the proof of the books beside the trading, its progress and verdict in one message, and what may follow."""

import logging
from collections.abc import Mapping

from telegram import InlineKeyboardButton

from bot.owner.views import Audit, AuditProgress, Unreadable
from bot.telegram.answers import under_way
from bot.telegram.answers.confirming import press
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html
from bot.telegram.typed.names import BOOK
from bot.telegram.typed.parsing import tidy
from strategy.messages.problems import Problem
from strategy.model.market import Asset
from strategy.model.money import amount, plain

log = logging.getLogger(__name__)

STEP = 2_000
"""Milliseconds between two edits of the progress: Telegram counts edits."""


async def audit(talk: Conversation, words: str) -> None:
    """Begin an audit, unless one is under way; `/audit book` books the difference that the last one showed."""
    said = tidy(words).strip().lower()
    if said and said not in BOOK:
        talk.outcome = "refused"
        await talk.say("audit.usage", given=words)
        return
    if said and await press(talk, "book_difference", book):
        return
    await _begin(talk)


async def _begin(talk: Conversation) -> None:
    if talk.desk.auditing:
        talk.outcome = "under way"
        await talk.say("audit.running")
        return
    talk.desk.auditing = True
    message = await under_way.begin(talk, "audit", talk.text("audit.working"), talk.pressed)
    talk.desk.in_background(_work(talk, message))


async def _work(talk: Conversation, message: int | None) -> None:
    shown_at = talk.desk.clock()

    async def tell(progress: AuditProgress) -> None:
        nonlocal shown_at
        if message is not None and talk.desk.clock() - shown_at >= STEP:
            shown_at = talk.desk.clock()
            said = talk.text("audit.progress", done=progress.done, total=progress.total)
            await talk.edit(message, Card(said))

    try:
        found = await talk.trader.audit(tell)
        html, offer = _said(talk, found), _offer(talk, found)
    except Exception:  # the outermost place of this answer: logged, and the owner is told
        log.exception("the audit failed")
        html, offer = talk.text("audit.failed"), []
    finally:
        talk.desk.auditing = False
    look = [nav(talk.label("refresh"), "v", "audit"), nav(talk.label("balance"), "w", "balance")]
    card = Card(html, keyboard(offer, look))
    await under_way.end(talk, message, card)


async def book(talk: Conversation, args: Mapping[str, str]) -> None:
    """Book the difference that the audit showed, if it is still the same."""
    amounts = {Asset(asset): amount(text) for asset, text in args.items()}
    refused = await talk.trader.book_difference(amounts)
    match refused:
        case None:
            talk.did("audit book")
            await talk.say("audit.booked", amounts=texts.amounts(talk.lang, amounts))
        case Unreadable(text=text):
            talk.outcome = "refused"
            await talk.say("audit.not_booked.unread", text=text)
        case Problem():
            talk.outcome = "refused"
            await talk.send(texts.problem(talk.lang, refused))


def _offer(talk: Conversation, found: Audit | Unreadable | None) -> list[InlineKeyboardButton]:
    """The button that books what nothing explains: it carries the amounts that the owner has read."""
    if not isinstance(found, Audit) or not found.bookable:
        return []
    args = {str(asset): plain(difference) for asset, difference in found.bookable.items()}
    group = f"difference {talk.desk.clock()}"
    return [talk.once(talk.label("book_difference"), "book_difference", args, group=group)]


def _said(talk: Conversation, found: Audit | Unreadable | None) -> Html:
    match found:
        case Audit():
            return texts.audit(talk.lang, found, talk.trader.mode, talk.trader.zone)
        case Unreadable():
            return talk.text("audit.unreadable", text=found.text)
        case None:
            return talk.text("audit.empty")
