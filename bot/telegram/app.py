"""The chat as a whole: connects, listens, sends, and starts afresh when Telegram fails. Trading never waits for it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from telegram import Bot, BotCommandScopeChat, LinkPreviewOptions, Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, ApplicationHandlerStop, Defaults, TypeHandler
from telegram.request import BaseRequest

from bot.owner.codes import Codes
from bot.owner.trader import Trader
from bot.owner.views import Inside
from bot.owner.workshop import Workshop
from bot.telegram.answers.commands import menu
from bot.telegram.answers.conversation import Desk
from bot.telegram.answers.under_way import tell_interrupted
from bot.telegram.connection.access import Access, Gate, Guard
from bot.telegram.connection.claim import Claim, link
from bot.telegram.connection.delivery import Pause, patiently, rest, send_page
from bot.telegram.connection.members import Invitations
from bot.telegram.connection.polling import POLL_SECONDS, UPDATES, Ear, HearingBot
from bot.telegram.connection.refused import Refused
from bot.telegram.connection.requests import request_of
from bot.telegram.connection.roles import Role
from bot.telegram.live_card import LiveCard
from bot.telegram.outbox import Outbox
from bot.telegram.router import Router, is_urgent
from bot.telegram.store_news import StoreNews
from bot.telegram.texts import face as texts
from bot.telegram.texts.manual import Section, more

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 60.0
_LOOK = 5.0
"""Seconds between two looks at the polling."""
_GOODBYE = 5.0
"""Seconds for the last messages, and for the last poll, on leaving."""

App = Application[Any, Any, Any, Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the chat is. Ages in milliseconds; None is never."""

    poll_age: int | None
    send_age: int | None
    yielded: bool
    """Another program polls with the token, so commands don't reach us for a while."""
    owner: int | None


class Chat:
    """One bot and its owner. `run` once; it ends after `stop`."""

    def __init__(  # noqa: PLR0913 - by keyword, each a setting or a seam
        self,
        trader: Trader,
        *,
        workshop: Workshop,
        inside: Inside,
        token: str,
        api_url: str,
        owner_id: int | None = None,
        language: str | None = None,
        claim_code: str | None = None,
        totp: tuple[bytes, Decimal | None] | None = None,
        print_code: Callable[[str, str], None],
        requests: Callable[[], BaseRequest] | None = None,
        steady: Callable[[], int],
        sleep: Pause = asyncio.sleep,
        report_time: time = time(9),
    ) -> None:
        """`totp` is the secret of the authenticator app, and the USDC up to which no code is asked for.

        `api_url` is what stands before the token, as in `https://api.telegram.org/bot`.

        `steady` is a clock in ms that nobody can set: what waits here goes by it, what is dated by the trader's.
        """
        self._trader, self._token, self._api_url = trader, token, api_url
        self._ear = Ear(steady)
        self._requests = requests or (lambda: request_of(self._ear))
        self._clock = steady
        self._sleep = sleep
        self._username = ""
        self._print_code = print_code
        self._claim = Claim(first=claim_code, print_code=self._print, clock=self._clock)
        self._refused = Refused(
            trader.notebook,
            owner=lambda: self._access.owner,
            language=self.language,
            clock=self._clock,
            sleep=sleep,
        )
        self._access = Access(
            trader.notebook,
            self._claim,
            owner_id=owner_id,
            clock=self._clock,
            invitations=Invitations(trader.notebook, clock=trader.now),
            refused=self._refused.note,
        )
        self._card = LiveCard(
            trader,
            owner=lambda: self._access.owner,
            language=lambda: self._desk.language_for(),  # noqa: PLW0108 - the desk, made after it, knows of it
            clock=self._clock,
            sleep=sleep,
        )
        self._desk = Desk(
            trader=trader,
            access=self._access,
            codes=None if totp is None else Codes(*totp, trader.notebook, clock=trader.now),
            clock=trader.now,
            sent_ago=lambda at: self._ear.their_time(otherwise=trader.now()) - at,
            sleep=sleep,
            workshop=workshop,
            inside=inside,
            language=language,
            owner_claimed=self._owner_claimed,
            link=lambda code: link(self._api_url, self._username, code),
            menus=self._introduce,
            card_changed=self._card.changed,
            noise_changed=lambda: self._outbox.wake(),  # noqa: PLW0108 - it is made after the desk
            report_time=report_time,
        )
        self._outbox = Outbox(
            trader.notebook,
            mode=trader.mode,
            owner=lambda: self._access.owner,
            language=self._desk.language_for,
            zone=trader.zone,
            clock=self._clock,
            sleep=sleep,
        )
        self._store_news = StoreNews(
            owner=lambda: self._access.owner, language=self._desk.language_for, clock=self._clock, sleep=sleep
        )
        trader.on_store(self._store_news.hear)
        self._router = Router(self._desk, heard=self._heard)
        self._gate = Gate(self._access, is_urgent)
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._running = False
        self._introduced = False
        trader.on_notice(self._outbox.wake)
        trader.on_notice(self._card.wake)

    @property
    def health(self) -> Health:
        """As it is at this moment."""
        now, heard, sent = self._clock(), self._ear.heard_at, self._outbox.sent_at
        return Health(
            poll_age=None if heard is None else now - heard,
            send_age=None if sent is None else now - sent,
            yielded=self._ear.yielded,
            owner=self._access.owner,
        )

    def language(self) -> str:
        """In which the owner is told."""
        return self._desk.language_for()

    async def run(self) -> None:
        """Connect, and connect again whenever that fails, until `stop`."""
        self._running = True
        # The library logs a traceback for each failed request. We say the same in one line.
        for name in ("telegram.ext", "telegram.request"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        failures = 0
        try:
            while not self._stopping.is_set():
                failures = 0 if await self._try_session(failures) else failures + 1
                if failures:
                    await rest(self._stopping, min(2.0 ** (failures - 1), LONGEST_BACKOFF), self._sleep)
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """End cleanly: no more commands, what is waiting is sent if Telegram takes it within seconds."""
        self._stopping.set()
        if self._running:
            await self._stopped.wait()

    async def _try_session(self, failures: int) -> bool:
        """One connection, from first to last. False if it could not be made."""
        try:
            await self._session()
        except InvalidToken as error:  # so is called, too, that nothing is found at the address
            todo = "check TELEGRAM_BOT_TOKEN, and TELEGRAM_API_URL if that is set"
            _complain(failures, f"telegram does not know the bot ({error}): {todo}")
        except TelegramError as error:
            _complain(failures, f"telegram can't be reached: {error}")
        except Exception:  # the outermost loop of the chat: trading goes on, and so do the tries
            log.exception("the chat failed")
        else:
            return True
        return False

    async def _session(self) -> None:
        app = self._build()
        async with app:
            await app.start()
            log.info("telegram connected as @%s", app.bot.username)
            self._username = app.bot.username
            if self._access.owner is None:
                self._claim.announce()
            told = (self._outbox, self._store_news, self._refused, self._card)
            sending = asyncio.gather(*(one.run(app.bot) for one in told))
            self._desk.in_background(self._introduce(app.bot))
            tell_interrupted(self._desk, app.bot)
            try:
                await self._listen(app)
            finally:
                await self._close(app, sending)

    def _build(self) -> App:
        bot = HearingBot(
            self._token,
            ear=self._ear,
            base_url=self._api_url,
            base_file_url=f"{self._api_url.removesuffix('/bot')}/file/bot",
            request=self._requests(),
            get_updates_request=self._requests(),
            defaults=Defaults(parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)),
        )
        app: App = ApplicationBuilder().bot(bot).concurrent_updates(self._gate).job_queue(None).build()
        app.add_handler(TypeHandler(Update, Guard(self._access)), group=-1)
        app.add_handler(TypeHandler(Update, self._answer))
        app.add_error_handler(_failed)
        return app

    async def _answer(self, update: Update, context: Any) -> None:
        await self._router.answer(update, context.bot)

    async def _listen(self, app: App) -> None:
        """Poll until we are to stop, the polling is dead, or another program polls; after that it is begun afresh."""
        assert app.updater is not None
        # Whatever was sent while we were away is fetched: a /panic counts however late it is heard.
        await app.updater.start_polling(timeout=POLL_SECONDS, allowed_updates=UPDATES, error_callback=self._ear.failed)
        self._ear.start()
        while not self._stopping.is_set():
            if self._ear.is_dead:
                log.warning("no good poll of telegram for too long: connecting afresh")
                return
            if self._ear.yielded:
                await self._yield(app)
                return
            if self._ear.made_peace():
                log.info("no other program polls with this token any more: commands are heard again")
                await self._tell(app, "conflict_over", None)
            await rest(self._stopping, _LOOK, self._sleep)

    async def _yield(self, app: App) -> None:
        """Leave the polling to the other program for a while, and go on telling. The owner is told once a quarrel."""
        seconds = self._ear.leave()
        log.error("another program keeps polling with this token: commands are off, next try in %.0f s", seconds)
        await _end_polling(app)
        if self._ear.quarrels == 1:
            await self._tell(app, "conflict", Section.SILENT)
        await rest(self._stopping, seconds, self._sleep)

    async def _tell(self, app: App, key: str, section: Section | None) -> None:
        owner, lang = self._access.owner, self._desk.language_for()
        if owner is not None:
            said = texts.lines(texts.say(lang, key), more(lang, section))
            await patiently(key, lambda: send_page(app.bot, owner, said), self._sleep)

    async def _close(self, app: App, sending: asyncio.Future[Any]) -> None:
        await _end_polling(app)
        if self._stopping.is_set():
            await _within(_GOODBYE, asyncio.gather(self._store_news.drain(), self._outbox.drain()))
            self._refused.keep()
        for task in (sending, *self._desk.tasks):
            task.cancel()
        await asyncio.gather(sending, *self._desk.tasks, return_exceptions=True)
        await app.stop()

    def _print(self, code: str) -> None:
        self._print_code(code, link(self._api_url, self._username, code))

    def _heard(self, bot: Bot) -> None:
        """A word from the owner: there is a chat with him, and he reads it."""
        self._outbox.retry_now()
        self._card.looked()
        if self._access.owner is not None and not self._introduced:
            self._desk.in_background(self._introduce(bot))

    async def _owner_claimed(self, bot: Bot) -> None:
        self._heard(bot)

    async def _introduce(self, bot: Bot) -> None:
        """The menu of commands: for everybody those that he may give; only /start for those who are nobody here.

        A chat that was never begun takes no menu of its own: then it is sent again at the owner's first word.
        """
        chosen = self._desk.notebook.setting("language") or self._desk.language
        try:
            await bot.set_my_commands([one for one in menu(texts.LANGUAGES[0]) if one[0] == "start"])
            if self._access.owner is not None:
                await self._set_menu(bot, self._access.owner, Role.OWNER, chosen)
                self._introduced = True
        except TelegramError as error:
            log.info("telegram did not take the menu of commands: %s", error)
        members = self._access.members
        others = [(one.user, one.role) for one in members.people.values()]
        group = [] if members.place is None else [(members.place.chat, Role.OPERATOR)]
        for chat, role in (*others, *group):
            try:
                await self._set_menu(bot, chat, role)
            except TelegramError as error:
                log.info("telegram did not take a menu of commands: %s", error)

    @staticmethod
    async def _set_menu(bot: Bot, chat: int, role: Role, chosen: str | None = None) -> None:
        """In each language, where none was chosen."""
        for code in texts.LANGUAGES:
            spoken = None if code == texts.LANGUAGES[0] else code  # the first one is for all others
            scope = BotCommandScopeChat(chat)
            await bot.set_my_commands(menu(chosen or code, role), scope=scope, language_code=spoken)


async def _end_polling(app: App) -> None:
    """Stop the polling if it runs. A dead poll raises its old error here, and that says nothing new."""
    if app.updater is None or not app.updater.running:
        return
    try:
        await _within(_GOODBYE, app.updater.stop())
    except TelegramError as error:
        log.debug("polling had ended: %s", error)


async def _within(seconds: float, work: Any) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.info("leaving before all was done")


async def _failed(_update: object, context: Any) -> None:
    """The last net: an update is never shown to another handler after one has failed."""
    log.error("an update failed", exc_info=context.error)
    raise ApplicationHandlerStop


def _complain(failures: int, what: str) -> None:
    """Loud once, then quiet, until a connection is made."""
    log.log(logging.WARNING if failures == 0 else logging.DEBUG, what)
