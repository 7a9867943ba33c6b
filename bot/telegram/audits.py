"""/audit: the proof of the books beside the trading, its progress and its verdict in one message."""

import logging

from bot.telegram import texts
from bot.telegram.catalogue import Html
from bot.telegram.talk import Card, Talk, keyboard, nav
from bot.views import Audit, AuditProgress, Unreadable

log = logging.getLogger(__name__)

STEP = 2_000
"""Milliseconds between two edits of the progress: Telegram counts edits."""


async def audit(talk: Talk, _words: str) -> None:
    """Begin an audit, unless one is under way; it goes on beside everything else."""
    if talk.desk.auditing:
        talk.outcome = "under way"
        await talk.say("audit.running")
        return
    talk.desk.auditing = True
    working = Card(talk.text("audit.working"))
    message = talk.pressed
    if message is None or not await talk.edit(message, working):
        message = await talk.send(working.html)
    talk.desk.in_background(_work(talk, message))


async def _work(talk: Talk, message: int | None) -> None:
    shown_at = talk.desk.clock()

    async def tell(progress: AuditProgress) -> None:
        nonlocal shown_at
        if message is not None and talk.desk.clock() - shown_at >= STEP:
            shown_at = talk.desk.clock()
            said = talk.text("audit.progress", done=progress.done, total=progress.total)
            await talk.edit(message, Card(said))

    try:
        html = _said(talk, await talk.trader.audit(tell))
    except Exception:  # the outermost place of this answer: logged, and the owner is told
        log.exception("the audit failed")
        html = talk.text("audit.failed")
    finally:
        talk.desk.auditing = False
    card = Card(html, keyboard([nav(talk.label("refresh"), "v", "audit"), nav(talk.label("balance"), "w", "balance")]))
    if message is None or not await talk.edit(message, card):
        await talk.send(card.html, card.keyboard)


def _said(talk: Talk, found: Audit | Unreadable | None) -> Html:
    match found:
        case Audit():
            return texts.audit(talk.lang, found, talk.trader.mode, talk.trader.zone)
        case Unreadable():
            return talk.text("audit.unreadable", text=found.text)
        case None:
            return talk.text("audit.empty")
