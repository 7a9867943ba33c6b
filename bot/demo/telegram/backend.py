"""The local Bot API without HTTP: it holds the state and answers calls, with the trouble that was ordered for them."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from bot.demo.telegram.faults import BotFaults, FloodLimits, Outbox
from bot.demo.telegram.files import Files
from bot.demo.telegram.messages import Call
from bot.demo.telegram.methods import METHODS
from bot.demo.telegram.store import StateFile
from bot.demo.telegram.updates import end_poll, get_updates
from bot.demo.telegram.wire import Answer, ApiError, Json, Params, whole
from bot.demo.telegram.world import World


class TelegramServer:
    """All bots and chats, and what may go wrong. No sockets: drive it through `create_app` or `routes`."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        state_file: Path | None = None,
        bot_name: str = "Packgrid",
        limits: bool = True,
    ) -> None:
        folder = state_file.with_name(state_file.name + ".files") if state_file else None
        self.world = World(clock=clock, files=Files(folder), bot_name=bot_name, limits=limits)
        self.faults = BotFaults()
        self.flood = FloodLimits()
        self.outbox = Outbox()
        self._file = StateFile(state_file, self.world) if state_file else None
        if self._file is not None:
            self._file.load()

    async def call(self, token: str, method: str, params: Params) -> Answer:
        """Answer one Bot API call, after the faults that were ordered for it."""
        fault = self.faults.take(method.lower(), params, self.world.now())
        answer = (fault.before if fault else None) or await self._answer(token, method.lower(), params)
        bot_id = whole(token.partition(":")[0])
        self.outbox.record(bot_id=bot_id, method=method, params=params, answer=answer, at=self.world.now())
        self.changed()
        if fault is not None and fault.mode == "slow_after":
            await asyncio.sleep(fault.seconds)
        return Answer(broken=True) if fault is not None and fault.mode == "disconnect" else answer

    async def _answer(self, token: str, method: str, params: Params) -> Answer:
        try:
            bot = self.world.bot(token)
            if method == "getupdates":
                return Answer(result=await get_updates(self.world, bot, params))
            if method not in METHODS:
                raise ApiError(404, "Not Found: method not found")
            if self.world.limits:
                self.flood.check(bot.id, params.integer("chat_id"), method, self.world.now())
            return Answer(result=METHODS[method](Call(world=self.world, bot=bot, params=params)))
        except ApiError as error:
            return Answer.refusal(error)

    async def fault(self, order: Json) -> Json:
        """Order trouble: the body of POST /sim/fault. Raises ValueError for an order that makes no sense."""
        count = self.faults.add(order, self.world.now())
        # A poll that waits now would not notice the outage before it ends by itself.
        for bot in self.world.bots.values():
            end_poll(bot)
        return {"faults": count}

    def revoke(self, token: str) -> None:
        self.world.revoked.add(token)
        for bot in self.world.bots.values():
            if bot.token == token:
                end_poll(bot, ApiError(401, "Unauthorized"))

    def reset(self) -> None:
        """Forget chats, updates, faults and calls; bots, users and all ids stay and keep growing."""
        for bot in self.world.bots.values():
            bot.chats, bot.updates = {}, []
        self.world.queries = {}
        self.world.limits = True
        self.faults.clear()
        self.outbox.clear()
        self.flood = FloodLimits()
        self.world.touch()

    def changed(self) -> None:
        if self._file is not None:
            self._file.changed()

    def close(self) -> None:
        """End every wait and write the state: call it before the HTTP server is told to stop."""
        self.world.close()
        if self._file is not None:
            self._file.flush()
