"""The chat in a world without sockets: real Telegram library, local Bot API, real strategy and store, time by hand."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from bot.mode import Mode
from bot.owner.backtests import Loaded, NotPlayed, Play, Played, Wanted, Why
from bot.owner.comparisons import Compare, Compared, CompareThem
from bot.owner.inside import Inside
from bot.owner.notebook import Notebook
from bot.owner.shadows import NotReplayed, Progress, ReplayDays, Shadow
from bot.owner.suggestions import Asked, Suggest, Suggested
from bot.owner.trader import Trader
from bot.owner.twins import AskedTwin, NoTwin, Twin, TwinOf
from bot.owner.views import Picture, Undrawn
from bot.owner.workshop import Workshop
from bot.settings import read_settings
from bot.telegram.answers.live_card import MESSAGE, NONE
from bot.telegram.app import Chat
from storage.store import Store
from strategy.model.levels import Lot
from strategy.model.market import Asset
from strategy.model.orders import GridId, LevelId
from tests.integration.small_trader import SmallTrader
from tests.integration.telegram_world import ADDRESS, TOKEN, Clock, Telegram, a_picture

OWNER, STRANGER = 4242, 666
LINE = "/grid ETH_USDC interval=40 grids=3 usdc=50 out=0.4%"


class Time:
    """Sleepers wake when a test says so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> int:
        return round(self._clock.seconds * 1000)

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._clock.seconds + seconds, self._count, woken))
        await woken

    def pass_by(self, seconds: float) -> None:
        self._clock.seconds += seconds
        while self._sleepers and self._sleepers[0][0] <= self._clock.seconds + 1e-9:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)


class WatchedNotebook(Notebook):
    """The real memory; it also keeps what the record of commands was given."""

    commands: list[tuple[str, str]] = []  # noqa: RUF012 - replaced for each world; a frozen dataclass takes no new field

    def log_command(self, *, user: int, text: str, at: int, outcome: str) -> None:
        super().log_command(user=user, text=text, at=at, outcome=outcome)
        self.commands.append((text, outcome))


async def nothing_played(_wanted: Wanted, _told: Loaded) -> Played | NotPlayed:
    """Of no past is anything known."""
    return NotPlayed(why=Why.TOO_LITTLE)


async def nothing_proposed(_asked: Asked, _told: Loaded) -> Suggested | NotPlayed:
    """Nor of any grid."""
    return NotPlayed(why=Why.TOO_LITTLE)


async def nothing_compared(_asked: Compare, _told: Loaded) -> Compared | NotPlayed:
    """Nor beside any grid."""
    return NotPlayed(why=Why.TOO_LITTLE)


async def nothing_walked(_asked: AskedTwin, _told: Progress) -> Twin | NoTwin:
    """Nor on paper."""
    return NoTwin.EMPTY


async def nothing_replayed(_days: int, _told: Progress) -> Shadow | NotReplayed:
    """Nothing is recorded."""
    return NotReplayed.EMPTY


class World:
    """One bot, its chat, and the person in front of it."""

    def __init__(
        self, *, owner_id: int | None = OWNER, claim_code: str | None = None, card: bool = False, **more: Any
    ) -> None:
        """`card`: the pinned card comes by itself, as it does everywhere else."""
        self.telegram = Telegram()
        self.time = Time(self.telegram.clock)
        self.store = Store.open("sqlite://", now=self.time.now)
        self.notebook = WatchedNotebook(self.store, self.time.now)
        object.__setattr__(self.notebook, "commands", [])
        if not card:
            self.notebook.set_setting(MESSAGE, NONE)
        self.trader = SmallTrader(self.notebook, clock=self.time.now)
        self.play: Play = nothing_played
        self.inside = Inside(
            settings=read_settings(env_file=None, mode=Mode.PAPER, database_url="sqlite://", log_file=""),
            store=self.store,
            account=self.trader.account,
            now=self.time.now,
        )
        self.pictures: list[Picture] = []
        """What was to be drawn."""
        self.drawn: bytes | Undrawn = a_picture()
        self.suggest: Suggest = nothing_proposed
        self.compare: CompareThem = nothing_compared
        self.twin: TwinOf = nothing_walked
        self.replay: ReplayDays = nothing_replayed
        self.codes: list[str] = []
        self.links: list[str] = []
        self._settings: dict[str, Any] = {"owner_id": owner_id, "claim_code": claim_code, **more}
        self.chat = self._new_chat()

    def _new_chat(self) -> Chat:
        return Chat(
            cast("Trader", self.trader),
            workshop=Workshop(
                play=self._play,
                suggest=self._suggest,
                compare=self._compare,
                twin=self._twin,
                replay=self._replay,
                draw=self._draw,
            ),
            inside=self.inside,
            token=TOKEN,
            api_url=f"{ADDRESS}/bot",
            print_code=self._print,
            requests=self.telegram.request,
            steady=self.time.now,
            sleep=self.time.sleep,
            **self._settings,
        )

    async def _play(self, wanted: Wanted, told: Loaded) -> Played | NotPlayed:
        return await self.play(wanted, told)

    async def _draw(self, picture: Picture) -> bytes | Undrawn:
        self.pictures.append(picture)
        return self.drawn

    async def _replay(self, days: int, told: Progress) -> Shadow | NotReplayed:
        return await self.replay(days, told)

    async def _suggest(self, asked: Asked, told: Loaded) -> Suggested | NotPlayed:
        return await self.suggest(asked, told)

    async def _compare(self, asked: Compare, told: Loaded) -> Compared | NotPlayed:
        return await self.compare(asked, told)

    async def _twin(self, asked: AskedTwin, told: Progress) -> Twin | NoTwin:
        return await self.twin(asked, told)

    def _print(self, code: str, link: str) -> None:
        self.codes.append(code)
        self.links.append(link)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["World"]:
        """The bot runs in the block; entered again, it is a new process over the same database."""
        self.chat = self._new_chat()
        task = asyncio.create_task(self.chat.run())
        try:
            yield self
        finally:
            self.telegram.server.faults.clear()
            stopping = asyncio.create_task(self.chat.stop())
            async with asyncio.timeout(20):
                while not stopping.done():
                    self.time.pass_by(0.1)
                    await self.telegram.server.world.bell.heard(0.01)
                await task

    async def says(self, text: str, **more: Any) -> list[str]:
        """The owner writes; what the bot answers, once it has answered in full."""
        return await self._after(lambda: self.telegram.says(text, **more))

    async def clicks(self, label: str, **more: Any) -> list[str]:
        """The owner presses a button; what the bot writes then."""
        return await self._after(lambda: self.telegram.sim("click", label=label, **more))

    async def _after(self, act: Callable[[], Any]) -> list[str]:
        before, done = len(await self.written()), len(self.notebook.commands)
        first = not self.trader.account().grids
        await act()
        await self.until(lambda: len(self.notebook.commands) > done)
        if first and self.trader.account().grids:
            # Or the notice would stand among the answers to what is written next. The clock stands still: those of
            # further grids keep their distance from it and are not sent before it is moved.
            await self.until_written("is open on", "waits to open on", "开启")
        return (await self.written())[before:]

    async def messages(self, chat_id: int = OWNER) -> list[dict[str, Any]]:
        """What the bot has sent, as it stands now; not what Telegram tells of it."""
        sent = (await self.telegram.chat(chat_id))["messages"]
        return [one for one in sent if one["from"] == "bot" and one["pins"] is None]

    async def written(self) -> list[str]:
        return [one["text"] or one.get("caption", "") for one in await self.messages() if not one.get("photo")]

    async def labels(self) -> list[str]:
        """The buttons under the newest message."""
        return [key["label"] for row in (await self.messages())[-1]["buttons"] for key in row]

    def calls(self, method: str) -> Sequence[dict[str, Any]]:
        return [call for call in self.telegram.server.outbox.calls() if call["method"].lower() == method.lower()]

    async def until(self, happened: Callable[[], bool]) -> None:
        """Let things go on until it has happened."""
        async with asyncio.timeout(10):
            while not happened():
                await self.telegram.server.world.bell.heard(0.01)

    async def until_answered(self, presses: int) -> None:
        """Let things go on until so many presses were answered on the spot."""
        async with asyncio.timeout(10):
            while len((await self.telegram.chat())["answers"]) < presses:
                await self.telegram.server.world.bell.heard(0.01)

    async def until_written(self, *parts: str, seconds: float = 10) -> str:
        """Let things go on until the bot has written a message with one of these in it."""
        async with asyncio.timeout(seconds):
            while not (found := [text for text in await self.written() if any(part in text for part in parts)]):
                await self.telegram.server.world.bell.heard(0.01)
        return found[-1]


async def a_grid(world: World) -> GridId:
    """Open a grid in the chat; its number."""
    await world.says(LINE)
    await world.clicks("Start")
    return max(world.trader.account().grids)


async def hold_coins(world: World, number: GridId, *, there: str = "0.09969", coins: str = "0.09969") -> None:
    """Let a grid hold coins, and the account so many of them."""
    account = world.trader.account()
    lots = {LevelId(1): Lot(quantity=Decimal(coins), cost=Decimal(250))}
    expected = {**account.expected, Asset("ETH"): Decimal(there)}
    world.trader.set(grids={number: replace(account.grids[number], lots=lots)}, expected=expected)
