"""/shadow: what was recorded, decided once more beside the trading; its progress and verdict in one message."""

import logging
import re

from bot.owner.shadows import MOST_DAYS, NotReplayed, Shadow
from bot.telegram.answers import under_way
from bot.telegram.answers.conversation import Card, Conversation, keyboard, nav
from bot.telegram.texts import face as texts
from bot.telegram.texts.catalogue import Html

log = logging.getLogger(__name__)

STEP = 2_000
"""Milliseconds between two edits of the progress: Telegram counts edits."""
_DAYS = re.compile(r"(?:days=|天数=)?(\d{1,3})(?:d|天)?", re.ASCII | re.IGNORECASE)


async def shadow(talk: Conversation, words: str) -> None:
    """`/shadow`, `/shadow 7`: begin, unless one is under way; it goes on beside everything else."""
    found = _DAYS.fullmatch(words.strip() or "1")
    if found is None or not 0 < int(found[1]) <= MOST_DAYS:
        talk.outcome = "refused"
        await talk.say("shadow.usage", most=MOST_DAYS)
        return
    if talk.desk.replaying:
        talk.outcome = "under way"
        await talk.say("shadow.running")
        return
    talk.desk.replaying = True
    days = int(found[1])
    message = await under_way.begin(talk, "shadow", talk.text("shadow.working", days=days))
    talk.desk.in_background(_work(talk, days, message))


async def _work(talk: Conversation, days: int, message: int | None) -> None:
    shown_at = talk.desk.clock()

    async def tell(done: int, total: int) -> None:
        nonlocal shown_at
        if message is not None and talk.desk.clock() - shown_at >= STEP:
            shown_at = talk.desk.clock()
            await talk.edit(message, Card(talk.text("shadow.progress", done=done, total=total)))

    try:
        html = _said(talk, await talk.desk.workshop.replay(days, tell))
    except Exception:  # the outermost place of this answer: logged, and the owner is told
        log.exception("the shadow replay failed")
        html = talk.text("shadow.failed")
    finally:
        talk.desk.replaying = False
    card = Card(html, keyboard([nav(talk.label("audit"), "w", "audit")]))
    await under_way.end(talk, message, card)


def _said(talk: Conversation, found: Shadow | NotReplayed) -> Html:
    if isinstance(found, Shadow):
        return texts.shadow(talk.lang, found, talk.trader.mode, talk.trader.zone)
    return talk.text(f"shadow.{found}")
