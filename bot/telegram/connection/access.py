"""Who may speak to the bot: one owner, in a private chat; everybody else is never answered. No command is known here.

Two lines of defence: the gate stands before all handlers, the guard before our own. Both deny when they fail.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, cast

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, BaseUpdateProcessor

from bot.owner.trader import Notebook
from bot.telegram.connection.claim import Allowance, Claim

log = logging.getLogger(__name__)

_AT_ONCE = 256
_LINES_A_MINUTE = 10
_ORDER_PATIENCE = 20.0
"""Seconds that an update waits for the one before it: a hung answer must not silence the chat."""


class Verdict(StrEnum):
    """What an update is to us."""

    OWNER = "owner"
    CLAIM = "claim"
    OURS = "ours"
    """What Telegram tells of our own doing, a pin: nobody's word."""
    STRANGER = "stranger"


class Access:
    """Knows the owner: from the settings, else from whoever claimed the bot."""

    def __init__(self, notebook: Notebook, claim: Claim, *, owner_id: int | None, clock: Callable[[], int]) -> None:
        self._notebook = notebook
        self._claim = claim
        self._owner = owner_id or _number(notebook.setting("owner"))
        self._strangers = Allowance(limit=_LINES_A_MINUTE, clock=clock)

    @property
    def owner(self) -> int | None:
        """The owner's Telegram user id, which is also his private chat's."""
        return self._owner

    def judge(self, update: object) -> Verdict:
        """Whether this may be heard. Whatever goes wrong here means no."""
        try:
            return self._judge(update)
        except Exception:  # fail closed: PTB would go on with the next handler
            log.exception("the access check failed; the update is dropped")
            return Verdict.STRANGER

    def claim(self, user: int, code: str) -> bool:
        """Make this user the owner if the code is right."""
        if self._owner is not None or not self._claim.accepts(code, user=user):
            return False
        self._notebook.set_setting("owner", str(user))
        self._owner = user
        log.info("owner claimed user=%s", user)
        return True

    def note(self, update: object) -> None:
        """One line about a stranger, but never a flood of them."""
        unlogged = self._strangers.refused
        if not self._strangers.take():
            return
        user = update.effective_user if isinstance(update, Update) else None
        log.warning("stranger user=%s kind=%s unlogged=%s", user.id if user else None, _kind(update), unlogged)

    def _judge(self, update: object) -> Verdict:
        if not isinstance(update, Update) or _kind(update) == "other":
            return Verdict.STRANGER
        user, chat, message = update.effective_user, update.effective_chat, update.message or update.edited_message
        if message is not None and message.pinned_message is not None and user is not None and user.is_bot:
            return Verdict.OURS
        if user is None or chat is None or chat.type != ChatType.PRIVATE or chat.id != user.id or user.is_bot:
            return Verdict.STRANGER
        if message is not None and (message.via_bot or message.sender_chat):
            return Verdict.STRANGER
        if self._owner is None:
            trying = message is not None and message is update.message and (message.text or "").startswith("/start ")
            return Verdict.CLAIM if trying else Verdict.STRANGER
        return Verdict.OWNER if user.id == self._owner else Verdict.STRANGER


class Gate(BaseUpdateProcessor):
    """Stands before every handler: drops strangers, keeps the owner's updates in order, lets danger overtake."""

    def __init__(self, access: Access, is_urgent: Callable[[Update], bool]) -> None:
        super().__init__(_AT_ONCE)
        self._access = access
        self._is_urgent = is_urgent
        self._order = asyncio.Lock()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Let the update through in its turn, or close it unheard."""
        try:
            await self._let_in(update, coroutine)
        finally:  # unheard, or we are leaving: what was never begun is closed, and what has ended is not touched by it
            cast("Coroutine[Any, Any, Any]", coroutine).close()

    async def _let_in(self, update: object, coroutine: Awaitable[Any]) -> None:
        verdict = self._access.judge(update)
        if verdict is Verdict.STRANGER:
            self._access.note(update)
        elif verdict is Verdict.OURS:
            pass
        elif verdict is Verdict.CLAIM or self._is_urgent(cast("Update", update)):
            await coroutine
        else:
            async with self._turn():
                await coroutine

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_ORDER_PATIENCE):
                await self._order.acquire()
        except TimeoutError:
            log.warning("an answer hangs; going on without it")
            yield
            return
        try:
            yield
        finally:
            self._order.release()

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to put away."""


class Guard:
    """The second line: a handler in a group before ours."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def __call__(self, update: object, _context: object) -> None:
        """Stop what the gate should never have let through."""
        if self._access.judge(update) in (Verdict.STRANGER, Verdict.OURS):
            raise ApplicationHandlerStop


def _kind(update: object) -> str:
    """Message, edited message, button or the bot being blocked; everything else is never heard."""
    if not isinstance(update, Update):
        return "other"
    kinds = {
        "message": update.message,
        "edited": update.edited_message,
        "button": update.callback_query,
        "member": update.my_chat_member,
    }
    return next((name for name, content in kinds.items() if content is not None), "other")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
