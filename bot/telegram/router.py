"""From an update to what answers it. Old, repeated and too many updates are sorted out here; no answer is made here."""

import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence

from telegram import Bot, CallbackQuery, InlineKeyboardButton, Message, Update, User
from telegram.error import TelegramError

from bot.owner.trader import ButtonRow
from bot.owner.views import StorageError
from bot.telegram.answers import (
    coded,
    confirming,
    dialogue,
    live_card,
    people,
)
from bot.telegram.answers.commands import BY_NAME, HELP, bot_of, choose_language, command_of, language, start
from bot.telegram.answers.conversation import OVER, PREVIEW_FLOW, URGENT, Conversation, Desk, is_once, keyboard
from bot.telegram.answers.helping import MEANT
from bot.telegram.answers.pressing import BUTTONS, CARDS, OF_CARD, OF_LOOK, PRESSED, SLOW, STAYING
from bot.telegram.connection.access import Verdict, place_of
from bot.telegram.connection.claim import Tries
from bot.telegram.connection.delivery import Keyboard
from bot.telegram.connection.members import Place
from bot.telegram.connection.roles import Role
from bot.telegram.texts import face as texts
from bot.telegram.typed.parsing import tidy

log = logging.getLogger(__name__)

TOO_OLD = 60_000
"""Milliseconds after which a command is obeyed only if it reduces risk: it was sent while we were away."""
A_MINUTE = 30
"""Commands and buttons that are answered."""
_LONGEST_LOGGED = 200
_GUESSED = "guessed"
_UNRECORDED = ("repeated", _GUESSED)
"""Outcomes of which no row is written: whoever floods us with them fills no disk."""

_ANSWERED: Mapping[str, Callable[[Conversation, Sequence[str]], str | None]] = {
    "c": live_card.answered,
    "d": lambda talk, _args: dialogue.answered(talk),
}
"""What is said on the spot, beside a button, by the letter with which its data begins."""

QUESTIONS = tuple(name for name, command in BY_NAME.items() if command.asks)
UNLIMITED = tuple(name for name, command in BY_NAME.items() if command.overtakes)
RISK_REDUCING = tuple(name for name, command in BY_NAME.items() if command.reduces_risk)


def is_urgent(update: Update) -> bool:
    """Whether this overtakes what is being answered: it stops something."""
    if update.callback_query is not None:
        return (update.callback_query.data or "").startswith(("!", "v|stop", "w|panic"))
    text = (update.message.text or "") if update.message else ""
    return command_of(text)[0] in UNLIMITED


def _only_asks(update: Update) -> bool:
    """Whether this only asks to be shown something: then there is nothing that could be said not to have been done."""
    if update.callback_query is not None:
        look, _, rest = (update.callback_query.data or "").partition("|")
        return look in ("v", "w", "k") and rest.partition("|")[0] in QUESTIONS
    return command_of((update.message.text or "") if update.message else "")[0] in QUESTIONS


class Router:
    """Answers updates. Whoever calls it has made sure that they may be answered."""

    def __init__(self, desk: Desk, *, heard: Callable[[Bot], None]) -> None:
        """`heard` is called at every word that may be answered, before it is."""
        self._desk = desk
        self._heard = heard
        self._allowances = Tries(desk.clock, limit=A_MINUTE)

    async def answer(self, update: Update, bot: Bot) -> None:
        """Answer a message or a button; whatever fails is logged under a number that the owner is told."""
        user = update.effective_user
        if user is None:
            return
        role = self._desk.access.role_of(user.id)
        if role is Role.OWNER:
            self._heard(bot)
        if update.my_chat_member is not None or _is_for_another(update, bot):
            return
        place = place_of(update) or Place(chat=user.id)
        lang = self._language(user, role)
        talk = Conversation(
            desk=self._desk, bot=bot, user=user.id, chat=place.chat, thread=place.thread, role=role, lang=lang
        )
        said = "?"
        try:
            said = await self._answered(talk, update)
        except StorageError as failure:
            talk.outcome = "not written"
            log.warning("not answered for the store's sake: %s", failure)
            said_no = "store.unanswered" if _only_asks(update) else "store.refused"
            await talk.say(said_no, text=self._desk.trader.why_refused(failure))
        except Exception:  # the outermost place of an answer: logged, told, and the bot goes on
            number = secrets.token_hex(3)
            talk.outcome = f"failed {number}"
            log.exception("failed %s", number)
            await talk.say("failed", number=number)
        if talk.deeds and role is not Role.OWNER:
            await people.tell_owner(talk)
        if talk.outcome not in _UNRECORDED:
            at = self._desk.clock()
            self._desk.notebook.log_command(user=user.id, text=talk.record or said, at=at, outcome=talk.outcome)

    async def _answered(self, talk: Conversation, update: Update) -> str:
        if update.callback_query is not None:
            return await self._button(talk, update.callback_query)
        if update.message is not None:
            reads = self._message if update.message.text is not None else self._wordless
            return await reads(talk, update.message, update)
        if update.edited_message is not None:
            return await self._edited(talk, update.edited_message, update)
        return "?"

    def _language(self, user: User, role: Role | None) -> str:
        if role is not Role.OWNER:
            return texts.language_of(user.language_code)
        try:
            return self._desk.language_for(user.language_code)
        except Exception:  # a disk that fails must not keep a /panic from being heard
            log.exception("the language could not be read")
            return texts.language_of(user.language_code)

    async def _message(self, talk: Conversation, message: Message, update: Update) -> str:
        """Returns what to write into the record of commands: never a claim code."""
        text = message.text or ""
        name, words = command_of(text)
        if self._desk.access.judge(update) is Verdict.CLAIM:
            await self._claim(talk, tidy(words).strip(), message.from_user)
            return "/start (claim)"
        # A panic that Telegram delivers twice is obeyed twice: it can only help.
        if name != "panic" and not self._desk.notebook.first_time(f"update:{update.update_id}"):
            talk.outcome = "repeated"
        elif message.forward_origin is not None:
            talk.outcome = "forwarded"
            await talk.say_unheard("forwarded", message.message_id, text)
        elif self._desk.sent_ago(int(message.date.timestamp() * 1000)) > TOO_OLD and name not in RISK_REDUCING:
            talk.outcome = "too old"
            await talk.say_unheard("too_old", message.message_id, text)
        elif name in BY_NAME and not await self._allowed(talk, name, BY_NAME[name].needed(words)):
            pass
        elif await self._may(talk, name) and not await self._yes(talk, message):
            await self._dispatch(talk, name, words)
        return _recorded(text)

    async def _yes(self, talk: Conversation, message: Message) -> bool:
        """A bare yes answers the one question that is open right above it; in any doubt it does nothing and says so."""
        text, replied = message.text or "", message.reply_to_message
        if talk.in_group or not confirming.says_yes(text):
            return False
        draft = self._desk.notebook.draft(talk.user, self._desk.clock())
        asked = confirming.open_questions(talk)
        if (draft is not None and draft.get("flow") != PREVIEW_FLOW) or not (asked or talk.role is Role.OWNER):
            return False  # it answers what was asked in words
        meant = confirming.answered_by(asked, message.message_id, replied.message_id if replied else None)
        if meant is None or message.is_from_offline:  # written before the question was: a timer has sent it
            await confirming.say_which(talk, asked)
        elif await self._allowed(talk, *_needed(meant.action)):
            talk.record = f"{text} [{meant.action}]"
            await confirming.press_open(talk, meant, BUTTONS[meant.action].act)
        return True

    async def _wordless(self, talk: Conversation, message: Message, update: Update) -> str:
        """A picture or a sticker answers no question, least of all the one for LIVE or for a code. It is told."""
        talk.outcome = "no words"
        if not self._desk.notebook.first_time(f"update:{update.update_id}"):
            talk.outcome = "repeated"
        elif await self._may(talk, ""):
            await talk.say_unheard("no_words", message.message_id, message.caption or "")
        return ""

    async def _edited(self, talk: Conversation, message: Message, update: Update) -> str:
        """An edit is answered and never obeyed: what it was before has been done, or answered, already.

        One without words is not even answered: a location that is shared live comes as an edit every few seconds.
        """
        text = message.text or ""
        talk.outcome = "edited"
        if not self._desk.notebook.first_time(f"update:{update.update_id}"):
            talk.outcome = "repeated"
        elif message.text is not None and await self._may(talk, ""):
            await talk.say("edited", command=text[:40] or None)
        return _recorded(text)

    async def _dispatch(self, talk: Conversation, name: str, words: str) -> None:
        if name in BY_NAME:
            await BY_NAME[name].answer(talk, words)
        elif name:
            await HELP.unknown(talk, name, words)
        elif talk.role is not Role.OWNER:  # only he is ever asked something
            await talk.say("no_question.member")
        elif (draft := talk.desk.notebook.draft(talk.user, talk.desk.clock())) is None:
            await HELP.said(talk, words)
        elif draft.get("flow") == coded.CODE_FLOW and talk.desk.codes is not None:
            talk.record = "(code)"
            if await coded.was_right(talk, tidy(words)):
                await BUTTONS[draft["action"]].act(talk, json.loads(draft["args"]))
        else:
            await dialogue.typed(talk, draft, words)

    async def _button(self, talk: Conversation, query: CallbackQuery) -> str:
        data, message = query.data or "", query.message
        talk.pressed = message.message_id if message is not None and message.is_accessible else None
        talk.pressed_words = next((one.text for one in _buttons_of(query) if one.callback_data == data), None)
        if not self._desk.notebook.first_time(f"callback:{query.id}"):
            talk.outcome = "repeated"
            await _hush(query)
        elif data == OVER:
            await _hush(query, talk.text("pressed.done"))
        elif is_once(data):
            return await self._use(talk, query, data)
        elif not await self._allowed(talk, *_shown_by(data)):
            await _hush(query)
        elif await self._may(talk, data):
            what, *args = data.split("|")
            if what == "x":
                self._put_away(talk, query)
            await _hush(query, _ANSWERED[what](talk, args) if what in _ANSWERED else None)
            await self._look(talk, data)
        return f"[{data}]"

    async def _use(self, talk: Conversation, query: CallbackQuery, data: str) -> str:
        """A single-use button: what it does is what we remembered, whatever its data may claim."""
        at = self._desk.clock()
        row = self._desk.notebook.use_button(data[1:], user=talk.user, chat=talk.chat, at=at)
        if row is None:
            talk.outcome = "too old"
            late = self._desk.notebook.use_late(data[1:], user=talk.user, chat=talk.chat, at=at)
            is_done = late is None and talk.pressed in self._desk.taken
            await _hush(query, talk.text("pressed.done" if is_done else "pressed.late"))
            if late is not None and BUTTONS[late.action].of == "grid" and talk.role is Role.OWNER:
                await talk.drop_buttons()
                await dialogue.too_late(talk, late)
            return f"[{data[:1]}]"
        if not await self._allowed(talk, *_behind(row)):
            await _hush(query)
            return f"[{row.action}]"
        self._desk.taken.append(talk.pressed)
        act = BUTTONS[row.action].act
        if row.action in URGENT:  # done before Telegram hears of it: that call may hang
            await act(talk, row.args)
        await _hush(query)
        if row.action in STAYING:
            await talk.drop_buttons(rest=_without(query, data))
        else:
            await talk.end_buttons()
        if row.action not in URGENT and not await coded.asks_first(talk, row.action, row.args):
            await act(talk, row.args)
        return f"[{row.action}] {' '.join(f'{key}={word}' for key, word in row.args.items())}"[:_LONGEST_LOGGED]

    def _put_away(self, talk: Conversation, query: CallbackQuery) -> None:
        """The way out of a card: what it asked can't be answered any more, by a button or in words."""
        for data in [one.callback_data for one in _buttons_of(query)]:
            if isinstance(data, str) and is_once(data):
                self._desk.notebook.use_button(data[1:], user=talk.user, chat=talk.chat, at=self._desk.clock())

    async def _look(self, talk: Conversation, data: str) -> None:
        """Buttons that only show or ask something."""
        what, *args = data.split("|")
        match what:
            case "v" | "w" if args and args[0] in CARDS:
                talk.pressed = talk.pressed if what == "v" else None
                await talk.show(CARDS[args[0]](talk, args[1:]))
            case "v" | "w" if args and args[0] in SLOW:
                talk.pressed = talk.pressed if what == "v" else None
                await SLOW[args[0]](talk, " ".join(args[1:]))
            case _ if what in PRESSED:
                await PRESSED[what](talk, args)
            case "l":
                await (choose_language(talk, args[0]) if args else language(talk, ""))
            case "n" | "h":
                await BY_NAME[OF_LOOK[what]].answer(talk, " ".join(args))
            case "k" if args and args[0] in BY_NAME and not BY_NAME[args[0]].at_once:
                talk.pressed = None
                await BY_NAME[args[0]].answer(talk, "")
            case "x":
                await talk.end_buttons()
                await talk.say("nothing_changed")
            case _:
                talk.outcome = "unknown"

    async def _claim(self, talk: Conversation, code: str, user: User | None) -> None:
        """A code makes the first one the owner, and others what they were invited as. A wrong one is not answered."""
        if self._desk.access.owner is not None:
            member = None if user is None else self._desk.access.join(user, code, self._desk.clock())
            talk.outcome = "done" if member else _GUESSED
            if member is not None:
                await people.join(talk, member)
            return
        talk.role = Role.OWNER
        if not self._desk.access.claim(talk.user, code):
            talk.outcome = _GUESSED
            return
        await start(talk, "")
        if self._desk.owner_claimed is not None:
            self._desk.in_background(self._desk.owner_claimed(talk.bot))

    async def _allowed(self, talk: Conversation, command: str, needed: Role) -> bool:
        """Whether this person's role may do what belongs to this command."""
        if talk.role is not None and talk.role >= needed:
            return True
        talk.outcome = "denied"
        self._desk.access.deny(talk.user)
        if talk.role is not None and self._allowances.of(talk.user).take():
            needs, has = people.role_of(talk, needed), people.role_of(talk, talk.role)
            await talk.say("denied", command=command, needs=needs, role=has)
        return False

    async def _may(self, talk: Conversation, name: str) -> bool:
        """Whether this is one of his first thirty of the minute. The first one too many is told, the rest is not."""
        allowance = self._allowances.of(talk.user)
        if name in UNLIMITED or allowance.take():
            return True
        talk.outcome = "limited"
        if allowance.refused == 1:
            await talk.say("too_many")
        return False


def _recorded(text: str) -> str:
    """What is written down of a message. The code of an invitation may still be good, whoever has tried the link."""
    name, words = command_of(text)
    return "/start (code)" if name == "start" and words else text[:_LONGEST_LOGGED]


def _behind(row: ButtonRow) -> tuple[str, Role]:
    """The command that a button belongs to, and who may press it: it acts, so the command alone is not enough."""
    if row.action == MEANT:
        return row.args["command"], BY_NAME[row.args["command"]].needed(row.args["words"])
    return _needed(row.action)


def _needed(action: str) -> tuple[str, Role]:
    press = BUTTONS[action]
    return press.of, press.needs or BY_NAME[press.of].needs


def _shown_by(data: str) -> tuple[str, Role]:
    """The command that shows what this button shows, and who may see it; what belongs to none only the owner may."""
    what, *args = data.split("|")
    name = args[0] if what in ("v", "w", "c") and args else OF_LOOK.get(what, "")
    command = BY_NAME.get(OF_CARD.get(name, name))
    return (name, Role.OWNER) if command is None else (command.name, command.needed(""))


def _is_for_another(update: Update, bot: Bot) -> bool:
    """In a group: words that are no command, and commands that name another bot. Nobody has asked us anything."""
    message = update.message or update.edited_message
    if message is None or place_of(update) is None:
        return False
    text = message.text or ""
    return not command_of(text)[0] or bot_of(text) not in ("", bot.username.lower())


def _without(query: CallbackQuery, data: str) -> Keyboard | None:
    """The buttons of a message but the one that was pressed."""
    shown = query.message.reply_markup if isinstance(query.message, Message) else None
    rows = shown.inline_keyboard if shown is not None else ()
    left = [[one for one in row if one.callback_data != data] for row in rows]
    return keyboard(*left) if any(left) else None


def _buttons_of(query: CallbackQuery) -> list[InlineKeyboardButton]:
    """Those of the message that was pressed."""
    shown = query.message.reply_markup if isinstance(query.message, Message) else None
    return [one for row in shown.inline_keyboard for one in row] if shown is not None else []


async def _hush(query: CallbackQuery, text: str | None = None) -> None:
    """Take the waiting mark off the button. Telegram forgets presses quickly: too late is no fault."""
    try:
        await query.answer(text)
    except TelegramError as error:
        log.debug("button press not answered: %s", error)
