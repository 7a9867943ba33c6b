"""An outbox over the real store, a real bot and the local Bot API, in time that tests let pass."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any

from telegram import Bot
from telegram.ext import Defaults

from bot.mode import Mode
from bot.owner.notebook import Notebook
from bot.owner.views import NOISE, Noise, Preset
from bot.telegram.connection.polling import Ear, HearingBot
from bot.telegram.outbox import Outbox
from storage.store import Store
from strategy.draft import Step
from strategy.messages.notices import Notice
from strategy.model.account import Account
from tests.integration.chat_world import OWNER, Time
from tests.integration.telegram_world import ADDRESS, TOKEN, Telegram

ACCOUNT = Account(name="test", block=7)


class Post:
    """An outbox over the real store and a real bot, in time that tests let pass."""

    def __init__(self, noise: Noise | None = None, *, limits: bool = False, lang: str = "en") -> None:
        """Every fill is pushed, unless the owner has chosen otherwise."""
        self._lang = lang
        self.telegram = Telegram(limits=limits)
        self.time = Time(self.telegram.clock)
        self.now = self.time.now
        self.store = Store.open("sqlite://", now=self.now)
        self.store.save(None, [Step(account=ACCOUNT)])
        self.choose(noise or Noise().chosen(Preset.FILLS))
        self.owner: int | None = OWNER
        self.outbox = self._new()

    def _new(self) -> Outbox:
        return Outbox(
            Notebook(self.store, self.now),
            mode=Mode.PAPER,
            owner=lambda: self.owner,
            language=lambda: self._lang,
            zone=UTC,
            clock=self.now,
            sleep=self.time.sleep,
        )

    def choose(self, noise: Noise) -> None:
        """As /notify does."""
        self.store.set_setting(NOISE, noise.written())

    def tell(self, *notices: Notice) -> None:
        self.store.save(ACCOUNT, [Step(account=ACCOUNT, notices=notices)])
        self.outbox.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Bot]:
        """A process that sends; entered again, it is a new one over the same database."""
        self.outbox = self._new()
        async with self._bot() as bot:
            sending = asyncio.create_task(self.outbox.run(bot))
            try:
                yield bot
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    def _bot(self) -> HearingBot:
        return HearingBot(
            TOKEN,
            ear=Ear(self.now),
            base_url=f"{ADDRESS}/bot",
            request=self.telegram.request(),
            get_updates_request=self.telegram.request(),
            defaults=Defaults(parse_mode="HTML"),
        )

    async def until(self, happened: Callable[[], bool], *, step: float = 0.05) -> None:
        """Let time pass in steps until it has happened."""
        async with asyncio.timeout(20):
            while not happened():
                for _ in range(40):
                    await asyncio.sleep(0)
                self.time.pass_by(step)

    async def all_told(self, *, step: float = 0.05) -> None:
        await self.until(lambda: not self.store.unsent(1), step=step)

    async def send(self, *notices: Notice) -> Sequence[str]:
        """Tell and wait; every message of the chat."""
        async with self.running():
            self.tell(*notices)
            await self.all_told()
        return await self.written()

    async def messages(self) -> list[dict[str, Any]]:
        return [one for one in (await self.telegram.chat())["messages"] if one["from"] == "bot"]

    async def written(self) -> list[str]:
        return [one["text"] for one in await self.messages()]

    def sends(self) -> list[dict[str, Any]]:
        return [call for call in self.telegram.server.outbox.calls() if call["method"] == "sendMessage"]
