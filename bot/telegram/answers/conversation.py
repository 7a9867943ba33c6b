"""One message or button press being answered: who asked, in which language, the ways to answer. It knows no command."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from html import unescape
from typing import Any, NamedTuple

from telegram import Bot, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit
from telegram.error import BadRequest, TelegramError

from bot.owner.codes import Codes
from bot.owner.trader import ButtonRow, Notebook, Trader
from bot.owner.views import Inside
from bot.owner.workshop import Workshop
from bot.telegram.connection.access import Access
from bot.telegram.connection.delivery import Keyboard, Pause, edit_page, pages, patiently, send_page
from bot.telegram.connection.members import Place
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.texts import numbers
from bot.telegram.texts.catalogue import Html, Value, escape, listed
from bot.telegram.typed.kinds import Kind
from bot.telegram.typed.parameters import BY_WORD, of_coin

log = logging.getLogger(__name__)

BUTTON_LIFE = 10 * 60_000
DANGER_LIFE = 2 * 60_000
DRAFT_LIFE = 10 * 60_000
LONGEST_WORDS = 26
"""Letters of a button that are kept in the line that takes its place."""
_MOST_TAKEN = 200
_LONGEST_NAMED, _MOST_NAMED = 40, 8
PREVIEW_FLOW = "preview"
"""The draft of somebody who was shown a preview, with what it shows: he may type other figures for it."""
LIVE_FLOW = "live"
"""The draft of somebody who is to type LIVE, with the grid that is to begin then, if there is one."""
_GONE = ("message to edit not found", "there is no text in the message", "message can't be edited")


class Card(NamedTuple):
    """What a message shows: its text and its buttons."""

    html: str
    keyboard: Keyboard | None = None


class Unheard(NamedTuple):
    """An answer that names what was not obeyed."""

    message: int
    named: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Desk:
    """What every answer may use. Built once."""

    trader: Trader
    access: Access
    clock: Callable[[], int]
    sent_ago: Callable[[int], int]
    """Milliseconds since a moment that Telegram has named, by Telegram's own clock."""
    codes: Codes | None
    """Judges the codes of an authenticator app, where one was set up."""
    link: Callable[[str], str]
    """What carries a code to the bot at a tap."""
    sleep: Pause
    workshop: Workshop
    inside: Inside
    """What the program can say of itself."""
    language: str | None = None
    """From the settings; the owner's own choice goes before it, his Telegram's language after it."""
    owner_claimed: Callable[[Bot], Coroutine[Any, Any, None]] | None = None
    menus: Callable[[Bot], Coroutine[Any, Any, None]] | None = None
    """Sets everybody's menu of commands anew."""
    card_changed: Callable[[], None]
    """The owner wants the pinned card otherwise."""
    noise_changed: Callable[[], None]
    """The owner has chosen what is pushed."""
    report_time: time
    """When the daily report comes where he has chosen nothing."""
    taken: deque[int | None] = field(default_factory=lambda: deque(maxlen=_MOST_TAKEN))
    """The messages under which a button was pressed: who presses another one, or it again, is not sent away."""
    unheard: dict[tuple[Place, str], Unheard] = field(default_factory=dict)
    """What was last said not to be obeyed, by where and why."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    auditing: bool = False
    """Whether an audit is under way: one at a time."""
    playing: bool = False
    """Likewise a backtest, or a choice of grids."""
    replaying: bool = False
    """Likewise a shadow replay."""

    @property
    def notebook(self) -> Notebook:
        """What the chat remembers."""
        return self.trader.notebook

    def language_for(self, code: str | None = None) -> str:
        """The language to answer in; `code` is what the person's Telegram says."""
        if chosen := self.notebook.setting("language") or self.language:
            return chosen
        seen = self.notebook.setting("language_seen")
        if code is None:
            return seen or "en"
        language = texts.language_of(code)
        if language != seen:
            self.notebook.set_setting("language_seen", language)
        return language

    def renew_menus(self, bot: Bot) -> None:
        """The language, or who may do what, has changed."""
        if self.menus is not None:
            self.in_background(self.menus(bot))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on after the answer; it ends when the chat does."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a background task of the chat failed", exc_info=error)


@dataclass(slots=True, kw_only=True)
class Conversation:
    """The answer to one update."""

    desk: Desk
    bot: Bot
    user: int
    chat: int
    lang: str
    role: Role | None = Role.OWNER
    """What the person is here; None for one who is only about to be somebody."""
    thread: int | None = None
    """The topic of the group in which it is."""
    pressed: int | None = None
    """The message whose button was pressed, where it can still be edited."""
    pressed_words: str | None = None
    """What stands on that button."""
    is_again: bool = False
    """The press is one of a question that was answered before."""
    outcome: str = "done"
    """One word for the record of commands."""
    record: str | None = None
    """What is written there in place of what was typed."""
    deeds: dict[str, list[int]] = field(default_factory=dict)
    """What was done to the trading, by command, and to which grids."""

    def did(self, command: str, *grids: int) -> None:
        """It was not refused."""
        self.deeds.setdefault(command, []).extend(grids)

    @property
    def in_group(self) -> bool:
        """Whether others read along."""
        return self.chat != self.user

    @property
    def place(self) -> Place:
        """The chat and its topic."""
        return Place(chat=self.chat, thread=self.thread)

    async def tell(self, chat: int, html: Html) -> None:
        """Tell somebody else, as well as it goes."""
        try:
            await patiently("word", lambda: send_page(self.bot, chat, html), self.desk.sleep)
        except BadRequest as error:
            log.warning("telegram refused a word: %s", error)

    @property
    def trader(self) -> Trader:
        """The owner's side of the program."""
        return self.desk.trader

    def text(self, key: str, /, **values: Value) -> Html:
        """A sentence in the owner's language."""
        return texts.say(self.lang, key, **values)

    async def say(self, key: str, /, **values: Value) -> None:
        """Send a sentence."""
        await self.send(self.text(key, **values))

    async def say_unheard(self, key: str, written: int, words: str) -> None:
        """That something was not obeyed. What was `written` before that could be read is named there, with no new word.

        Ten pictures are ten messages, and whoever gets no answer sends a command again and again. A message's number
        tells which was first.
        """
        told = self.desk.unheard.get((self.place, key))
        if told is not None and written > told.message:
            told = None
        before = () if told is None else told.named
        named = tuple(dict.fromkeys((*before, *([words[:_LONGEST_NAMED]] if words else ()))))
        if told is not None and named == before:
            return
        shown = [f"<code>{escape(one)}</code>" for one in named[:_MOST_NAMED]]
        more = ["…"] if len(named) > _MOST_NAMED else []
        commands = Html(listed(self.lang, [*shown, *more])) if named else None
        html = self.text(f"{key}.several" if len(named) > 1 else key, command=commands)
        message = None if told is None else told.message
        if message is None or not await self.edit(message, Card(html)):
            message = await self.send(html)
        if message is not None:
            self.desk.unheard[self.place, key] = Unheard(message, named)

    async def send(self, html: str, keyboard: Keyboard | None = None) -> int | None:
        """Send a new message; on several pages the buttons stand under the last. Returns the last one's id."""
        *rest, last = pages(html)
        for page in rest:
            await self._post(page, None)
        return await self._post(last, keyboard)

    async def show(self, card: Card) -> None:
        """Show a card in place of the one whose button was pressed, or as a new message."""
        if self.pressed is None or not await self.edit(self.pressed, card):
            await self.send(card.html, card.keyboard)

    async def edit(self, message: int, card: Card) -> bool:
        """Replace a message's text and buttons; False if there is nothing to replace any more."""
        page = pages(card.html)[0]

        async def change() -> None:
            await edit_page(self.bot, self.chat, message, page, card.keyboard)

        try:
            await patiently("edit", change, self.desk.sleep)
        except BadRequest as error:
            said = str(error).lower()
            if not any(gone in said for gone in (*_GONE, "message is not modified")):
                log.warning("telegram refused an edit: %s", error)
            return "message is not modified" in said
        self.placed(card.keyboard, message)
        return True

    async def drop_buttons(self, message: int | None = None, rest: Keyboard | None = None) -> None:
        """Take the buttons off the message that was pressed, or off another one; all but the `rest`."""
        target = message or self.pressed
        if target is None:
            return
        try:
            await self.bot.edit_message_reply_markup(chat_id=self.chat, message_id=target, reply_markup=rest)
        except TelegramError as error:
            log.debug("buttons stay: %s", error)

    async def end_buttons(self) -> None:
        """In place of the buttons of the message that was pressed, a line: which one it was, and when."""
        await self._end(self.pressed, self.pressed_words)

    async def end_as_pressed(self, row: ButtonRow) -> None:
        """The same for a button that was answered in words."""
        if row.message is not None:
            self.desk.taken.append(row.message)
            await self._end(row.message, row.label)

    async def _end(self, message: int | None, words: str | None) -> None:
        at = datetime.fromtimestamp(self.desk.clock() / 1000, self.trader.zone)
        if words is not None and len(words) > LONGEST_WORDS:
            words = f"{words[: LONGEST_WORDS - 1].rstrip()}…"  # a phone cuts a wide line off at its end: the time
        line = None if words is None else self.text("pressed.line", label=words, time=at.strftime("%H:%M"))
        await self.drop_buttons(message, rest=None if line is None else keyboard([nav(unescape(line), OVER)]))

    def placed(self, keyboard: Keyboard | None, message: int) -> None:
        """Remember under which message the buttons stand that work once."""
        keys = [one for row in keyboard.inline_keyboard for one in row] if keyboard is not None else []
        labels = {str(one.callback_data)[1:]: one.text for one in keys if is_once(one.callback_data)}
        if labels:
            self.desk.notebook.place_buttons(labels, message)

    async def typing(self) -> None:
        """Show that something is being worked on. It is an extra, too."""
        try:
            await self.bot.send_chat_action(self.chat, "typing", message_thread_id=self.thread)
        except TelegramError as error:
            log.debug("typing is not shown: %s", error)

    async def picture(self, png: bytes, keyboard: Keyboard | None = None) -> bool:
        """Send a picture without words; whether it was sent. What it is an extra to says the same without it."""

        async def post() -> int:
            sent = await self.bot.send_photo(self.chat, png, reply_markup=keyboard, message_thread_id=self.thread)
            return sent.message_id

        try:
            message = await patiently("picture", post, self.desk.sleep)
        except BadRequest as error:
            log.warning("telegram refused a picture: %s", error)
            return False
        if message is not None:
            self.placed(keyboard, message)
        return message is not None

    def once(
        self,
        label: str,
        action: str,
        args: Mapping[str, str] | None = None,
        *,
        group: str,
        life: int = BUTTON_LIFE,
        style: str | None = None,
    ) -> InlineKeyboardButton:
        """A button that does something, once: what it does is remembered here, Telegram gets only a number for it."""
        nonce = self.desk.notebook.add_button(
            action=action,
            args=dict(args or {}),
            user=self.user,
            chat=self.chat,
            expires_at=self.desk.clock() + life,
            group=group,
        )
        return InlineKeyboardButton(label, callback_data=f"{action_mark(action)}{nonce}", style=style)

    def figure(self, name: str, value: Decimal) -> str:
        """A parameter's value as it is read: per cents with their sign, all else with every digit."""
        kind = BY_WORD[of_coin(name)[0]].kind
        if kind is Kind.PERCENT:
            return self.text("word.percent", value=numbers.percent(value))
        if kind is Kind.HOURS:
            return self.text("word.hours", hours=int(value))
        return numbers.exact(value)

    def label(self, key: str) -> str:
        """The words on a button."""
        return texts.button(self.lang, key)

    async def _post(self, page: str, keyboard: Keyboard | None) -> int | None:
        try:
            message = await patiently(
                "answer",
                lambda: send_page(self.bot, self.chat, page, keyboard=keyboard, thread=self.thread),
                self.desk.sleep,
            )
        except BadRequest as error:
            log.warning("telegram refused an answer: %s", error)
            if self.in_group:  # a topic that is closed or gone, a group that lets the bot write nothing
                await self.tell(self.user, Html(f"{self.text('group.closed')}\n{page}"))
            return None
        if message is not None:
            self.placed(keyboard, message)
        return message


OVER = "o"
"""The data of a line that was buttons: pressing it does nothing."""
URGENT = ("panic", "stop", "stop_all")
"""Actions whose buttons overtake whatever is being answered."""


def action_mark(action: str) -> str:
    """How a single-use button's data begins; the mark of the urgent ones lets them past the queue."""
    return "!" if action in URGENT else "="


def is_once(data: object) -> bool:
    """Whether a button with this data works once; what follows the mark is its number."""
    return isinstance(data, str) and data.startswith(("=", "!"))


def nav(label: str, *parts: str) -> InlineKeyboardButton:
    """A button that only shows something, as often as it is pressed."""
    return InlineKeyboardButton(label, callback_data="|".join(parts))


def copies(label: str, text: str) -> Sequence[InlineKeyboardButton]:
    """A button that puts this on the reader's clipboard; none where Telegram would not take so much."""
    takes = 0 < len(text) <= InlineKeyboardButtonLimit.MAX_COPY_TEXT
    return [InlineKeyboardButton(label, copy_text=CopyTextButton(text))] if takes else []


def keyboard(*rows: Sequence[InlineKeyboardButton]) -> Keyboard:
    """Rows of buttons."""
    return InlineKeyboardMarkup([row for row in rows if row])
