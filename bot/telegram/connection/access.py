"""Who may speak to the bot, and where: the owner and those he let in, in their private chats and in one group.

Everybody else is never answered. Of the commands only those that make somebody heard are known here: `/start` with a
code, and the one that binds a group.

Two lines of defence: the gate stands before all handlers, the guard before our own. Both deny when they fail.
"""

import asyncio
import logging
import re
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, cast

from telegram import Message, Update, User
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, BaseUpdateProcessor
from telegram.ext.filters import StatusUpdate

from bot.owner.trader import Notebook
from bot.telegram.connection.claim import Allowance, Claim
from bot.telegram.connection.members import Invitations, Member, Members, Place, as_called
from bot.telegram.connection.refused import Attempt
from bot.telegram.connection.roles import Role
from bot.telegram.typed.parsing import seen

log = logging.getLogger(__name__)

_CLAIMS = re.compile(r"\s*[/、]\s*start(@\w+)?\s+\S", re.IGNORECASE)
_BINDS = re.compile(r"\s*[/、]\s*bind(@\w+)?[\s.,!。]*$", re.IGNORECASE)
_AT_ONCE = 256
_LINES_A_MINUTE = 10
_ORDER_PATIENCE = 20.0
"""Seconds that an update waits for the one before it: a hung answer must not silence the chat."""


class Verdict(StrEnum):
    """What an update is to us."""

    OWNER = "owner"
    MEMBER = "member"
    CLAIM = "claim"
    """No one yet, with a code that may make him somebody."""
    OURS = "ours"
    """What Telegram tells of a chat, such as a pin or another background: nobody's word, and it answers no question."""
    STRANGER = "stranger"


class Access:
    """Knows the owner: from the settings, else from whoever claimed the bot."""

    def __init__(  # by keyword, each a part of who is heard
        self,
        notebook: Notebook,
        claim: Claim,
        *,
        owner_id: int | None,
        clock: Callable[[], int],
        invitations: Invitations,
        refused: Callable[[Attempt, int | None], None],
    ) -> None:
        self._notebook = notebook
        self._claim = claim
        self._refused = refused
        self.members = Members(notebook)
        self.invitations = invitations
        self._owner = owner_id or _number(notebook.setting("owner"))
        self._strangers = Allowance(limit=_LINES_A_MINUTE, clock=clock)

    @property
    def owner(self) -> int | None:
        """The owner's Telegram user id, which is also his private chat's."""
        return self._owner

    def role_of(self, user: int) -> Role | None:
        """What somebody is here; None for nobody."""
        if user == self._owner:
            return Role.OWNER
        member = self.members.people.get(user)
        return None if member is None else member.role

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

    def join(self, user: User, code: str, at: int) -> Member | None:
        """Make this person what the invitation says; None where the code is none."""
        role = self.invitations.take(code, user=user.id)
        if role is None:
            self._refused(Attempt.GUESS, user.id)
            return None
        member = Member(user=user.id, role=role, name=as_called(user.full_name, user.id), since=at)
        if not self.members.add(member):
            return None
        log.info("member joined user=%s role=%s", user.id, role.word)
        return member

    def deny(self, user: int) -> None:
        """Somebody with a role has asked for more than it may."""
        self._refused(Attempt.DENIED, user)

    def note(self, update: object) -> None:
        """A stranger: counted for the owner, and one line in the log, but never a flood of them."""
        user = update.effective_user if isinstance(update, Update) else None
        if isinstance(update, Update) and _kind(update) in ("message", "button") and not self._is_known(user):
            self._refused(Attempt.STRANGER, user.id if user else None)
        unlogged = self._strangers.refused
        if not self._strangers.take():
            return
        log.warning("stranger user=%s kind=%s unlogged=%s", user.id if user else None, _kind(update), unlogged)

    def _is_known(self, user: User | None) -> bool:
        """Whoever has a role is no stranger where nothing is answered, such as a group that is not bound."""
        return user is not None and self.role_of(user.id) is not None

    def _judge(self, update: object) -> Verdict:
        if not isinstance(update, Update) or _kind(update) == "other":
            return Verdict.STRANGER
        user, chat, message = update.effective_user, update.effective_chat, update.message or update.edited_message
        if message is not None and self._is_news(update, message):
            return Verdict.OURS
        if user is None or chat is None or user.is_bot:
            return Verdict.STRANGER
        if message is not None and _is_by_another(message):
            return Verdict.STRANGER
        role = self.role_of(user.id)
        if chat.type != ChatType.PRIVATE:
            return _verdict(role) if self._is_heard_there(update, role) else Verdict.STRANGER
        if chat.id != user.id:
            return Verdict.STRANGER
        if role is None:
            trying = message is not None and message is update.message and _CLAIMS.match(_as_typed(message))
            may_be = self._owner is None or self.invitations.is_any()
            return Verdict.CLAIM if trying and may_be else Verdict.STRANGER
        return _verdict(role)

    def _is_news(self, update: Update, message: Message) -> bool:
        """Telegram's own word about a chat: a pin, a timer, or that a group has another number from now on."""
        if message.migrate_to_chat_id is not None:
            self.members.moved(message.chat.id, message.migrate_to_chat_id)
            return True
        if message.pinned_message is not None and message.from_user is not None and message.from_user.is_bot:
            return True
        is_here = message.chat.type == ChatType.PRIVATE and self._is_known(message.from_user)
        return is_here and bool(StatusUpdate.ALL.check_update(update))

    def _is_heard_there(self, update: Update, role: Role | None) -> bool:
        """In the group, or its topic, that is bound; in any group the owner's word that binds it. Nowhere else."""
        place = place_of(update)
        if role is None or place is None or update.my_chat_member is not None:
            return False
        binds = role is Role.OWNER and update.message is not None and _BINDS.match(_as_typed(update.message))
        return place == self.members.place or bool(binds)


class Gate(BaseUpdateProcessor):
    """Stands before every handler: drops strangers, keeps each person's updates in order, lets danger overtake."""

    def __init__(self, access: Access, is_urgent: Callable[[Update], bool]) -> None:
        super().__init__(_AT_ONCE)
        self._access = access
        self._is_urgent = is_urgent
        self._orders: dict[int, asyncio.Lock] = {}  # by person: nobody's slow answer holds another up

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
            user = cast("Update", update).effective_user
            async with self._turn(self._orders.setdefault(0 if user is None else user.id, asyncio.Lock())):
                await coroutine

    @asynccontextmanager
    async def _turn(self, order: asyncio.Lock) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_ORDER_PATIENCE):
                await order.acquire()
        except TimeoutError:
            log.warning("an answer hangs; going on without it")
            yield
            return
        try:
            yield
        finally:
            order.release()

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


def place_of(update: Update) -> Place | None:
    """The group that an update is from, and its topic. A reply outside a topic is in none."""
    chat, message = update.effective_chat, update.effective_message
    if chat is None or chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
        return None
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Place(chat=chat.id, thread=thread)


def _is_by_another(message: Message) -> bool:
    """Whether it bears a person's name, and a program, a channel or nobody in particular has written it for him."""
    of_a_program = message.via_bot or message.sender_business_bot or message.business_connection_id
    return bool(of_a_program or message.sender_chat or message.guest_query_id or message.guest_bot_caller_user)


def _verdict(role: Role | None) -> Verdict:
    match role:
        case Role.OWNER:
            return Verdict.OWNER
        case None:
            return Verdict.STRANGER
        case _:
            return Verdict.MEMBER


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


def _as_typed(message: Message) -> str:
    """As commands are read: what comes along with what is pasted, and a Chinese keyboard's letters, hide none."""
    return unicodedata.normalize("NFKC", seen(message.text or ""))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
