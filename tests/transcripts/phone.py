"""The owner's phone: the real program over a venue and a Bot API in process, at a time that only the owner moves.

What is typed or tapped is written down with all that the chat shows for it. What no clock fixes is masked.
"""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bot.demo.telegram.updates import end_poll
from bot.machine.totp import code_at
from bot.mode import Mode
from bot.owner.backtests import Loaded, Played, Wanted
from bot.owner.comparisons import Compare, Compared
from bot.owner.inside import Inside
from bot.owner.shadows import NotReplayed, Progress, Shadow
from bot.owner.suggestions import Asked, Suggested
from bot.owner.twins import AskedTwin, Twin
from bot.owner.views import Draw, Picture
from bot.owner.workshop import Workshop
from bot.telegram.answers.conversation import OVER
from bot.telegram.app import Chat
from exchange.paper import upkeep
from strategy.messages.doubts import BooksCompared, OrdersLeftFound
from strategy.messages.events import StrangersFound
from strategy.model.account import Hold
from tests.builders import ETH_USDC, NOW, an_open_order, an_order
from tests.integration import running
from tests.integration.chat_world import OWNER, Time
from tests.integration.telegram_world import ADDRESS, TOKEN, Telegram, a_picture
from tests.integration.test_settling import airdrop
from tests.integration.test_telegram_compare import A_COMPARISON, A_TWIN
from tests.integration.test_telegram_shadow import DIFFERS, SAME
from tests.transcripts.acts import (
    GUEST,
    Act,
    AsksCodes,
    Code,
    Edit,
    Forward,
    Guest,
    Happens,
    Look,
    Market,
    Tap,
    There,
    Wait,
)
from tests.unit.backtesting import a_result
from tests.unit.suggesting import proposed

A_BREATH = 3.0
"""Seconds between two things that the owner does."""
QUIET = 100
"""Turns of the event loop without news after which nothing more comes before time passes."""
GROUP = -100_500
_SECRET = b"12345678901234567890"
LONGEST = 60
"""Seconds for an answer."""
_MASKED = (
    (re.compile(r"Python 3\.\d+\.\d+"), "Python …"),
    (re.compile(r"Packgrid \d+\.\d+\.\d+"), "Packgrid …"),
    (re.compile(r"(start[= ])[\w-]{16,}"), r"\1…"),
)
_OTHERS = (an_open_order(an_order(1)), an_open_order(an_order(2)))
_LIVE = {"backpack_api_key": "k", "backpack_api_secret": "s", "backpack_api_url": "https://backpack.example"}
_FOLDED = re.compile(r'<blockquote class="expandable">(.*?)</blockquote>', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A conversation as it was seen, and what was pressed in it: actions, or the letters of what only shows."""

    seen: str
    pressed: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What has happened, and what the chats showed then."""

    act: Act
    pressed: str
    """The label of the button that was, if any."""
    shown: Sequence[tuple[int, dict[str, Any] | None, dict[str, Any]]]
    """The chat, a message as it was before, and as it is now; of everybody, in the order of each chat."""
    toasts: Sequence[str]


async def held(acts: Sequence[Act], lang: str) -> Held:
    """A conversation in a world of its own."""
    async with conversation(acts, lang) as phone:
        return Held(seen="\n".join(phone.lines) + "\n", pressed=phone.pressed)


@asynccontextmanager
async def conversation(acts: Sequence[Act], lang: str, draw: Draw | None = None) -> AsyncIterator["Phone"]:
    """The phone after it; pictures are grey unless something draws them."""
    mode = next((one for one in acts if isinstance(one, Mode)), Mode.PAPER)
    async with _phone(lang, mode, draw or _drawn, asks_codes=AsksCodes() in acts) as phone:
        for act in (one for one in acts if not isinstance(one, Mode | AsksCodes)):
            await phone.do(act)
        yield phone


@asynccontextmanager
async def _phone(lang: str, mode: Mode, draw: Draw, *, asks_codes: bool) -> AsyncIterator["Phone"]:
    settings: dict[str, Any] = {"language": lang, "log_file": "", "mode": mode} | (_LIVE if mode is Mode.LIVE else {})
    world = running.World(usdc="1000", **settings)
    await world.begin()
    phone = Phone(world, lang, draw, asks_codes=asks_codes)
    chatting = asyncio.create_task(phone.chat.run())
    try:
        await phone.settle()
        yield phone
    finally:
        leaving = asyncio.create_task(phone.chat.stop())
        while not leaving.done():
            phone.time.pass_by(0.5)
            await phone.telegram.server.world.bell.heard(0.001)
        await chatting
        await world.kill()
        world.store.close()


class Phone:
    """The owner's, and those of the others who speak in a conversation."""

    def __init__(self, world: running.World, lang: str, draw: Draw, *, asks_codes: bool) -> None:
        self.lines: list[str] = []
        self.steps: list[Step] = []
        self.pressed: frozenset[str] = frozenset()
        self._label = ""
        self._news: list[tuple[int, dict[str, Any] | None, dict[str, Any]]] = []
        self.telegram = Telegram()
        self.telegram.clock.seconds = NOW / 1000
        self.time = Time(self.telegram.clock)
        self._world, self._lang = world, lang
        self._shown: dict[int, dict[str, Any]] = {}
        self._toasts = 0
        world.app.trader.sleep = self.time.sleep
        self.chat = Chat(
            world.app.trader,
            workshop=Workshop(
                play=_played, suggest=_suggested, compare=_compared, twin=_walked, replay=_replayed, draw=draw
            ),
            inside=Inside(
                settings=world.settings, store=world.store, account=world.app.trader.account, now=world.clock
            ),
            token=TOKEN,
            api_url=f"{ADDRESS}/bot",
            owner_id=OWNER,
            totp=(_SECRET, Decimal(100)) if asks_codes else None,
            language=lang,
            print_code=lambda _code, _link: None,
            requests=self.telegram.request,
            steady=self.time.now,
            sleep=self.time.sleep,
        )

    async def do(self, act: Act) -> None:  # noqa: C901 - one case a kind, nothing else
        """One thing happens; what the chat shows then is written down."""
        match act:
            case Happens():
                self.lines += ["", f"… {act}"]
                await self._happens(act)
            case str():
                self.lines += ["", f"» {act}"]
                await self._asked("message", text=act, language_code=self._lang)
            case Guest(text):
                code = re.findall(r"/start ([\w-]+)", str((await self.telegram.chat(OWNER))["messages"][-1]["text"]))
                self.lines += ["", f"» Ann: {text}"]
                said = text.replace("CODE", code[-1] if code else "")
                await self._asked("message", text=said, user_id=GUEST, first_name="Ann", language_code=self._lang)
            case There(what, user, heard):
                await self._in_group(what, user, heard=heard)
            case Code():
                self.lines += ["", "» (the code of now)"]
                await self._asked("message", text=code_at(_SECRET, self.time.now()), language_code=self._lang)
            case Forward(text):
                self.lines += ["", f"» (forwarded) {text}"]
                await self._asked("message", text=text, forward_from="Ben", language_code=self._lang)
            case Edit(text):
                self.lines += ["", f"» (edited) {text}"]
                mine = [one for one in (await self.telegram.chat(OWNER))["messages"] if one["from"] != "bot"]
                await self._asked("edit", message_id=mine[-1]["message_id"], text=text)
            case Tap(number, card, back):
                message, key = await self._button(number, card=card, back=back)
                self.lines += ["", f"» [{key['label']}]{' of the card' if card else ''}"]
                await self._asked("click", message_id=message, data=key["data"])
            case Market(price):
                self.lines += ["", f"… ETH {price}"]
                self._world.venue.walk(ETH_USDC, Decimal(price))
                await self._ticks(2)
            case Wait(seconds):
                self.lines += ["", f"… {seconds} s"]
                await self._ticks(5, seconds / 5)
            case Look():
                self.lines += ["", "… the card"]
                await self._write_card()
            case Mode() | AsksCodes():
                raise AssertionError("it comes first")
        await self._pass(A_BREATH)
        toasts = self._toasts
        await self._write()
        answers = (await self.telegram.chat(OWNER))["answers"][toasts:]
        told = [one["text"] for one in answers if one.get("text")]
        self.steps.append(Step(act=act, pressed=self._label, shown=tuple(self._news), toasts=told))
        self._label, self._news = "", []

    async def _happens(self, what: Happens) -> None:
        world, at = self._world, self._world.clock()
        post = world.app.runner.post
        match what:
            case Happens.STRANGERS:
                post(StrangersFound(at=at, orders=_OTHERS, fills=0))
            case Happens.LEFT:
                post(OrdersLeftFound(at=at, orders=_OTHERS))
            case Happens.MISSING:
                post(BooksCompared(at=at, agree=False, missing=2))
            case Happens.LENT:
                for on in (False, True):
                    upkeep.set_auto_lend(world.venue, running.KEY, on=on)
                    await world.app.reader.reconcile()
            case Happens.AIRDROP:
                airdrop(world, "5")
            case Happens.UNCONFIRMED:
                runner = world.app.runner
                runner.account = replace(runner.account, holds=frozenset({Hold.UNCONFIRMED}))
        await self._ticks(3)

    async def _in_group(self, what: str | int, user: int, *, heard: bool) -> None:
        who = {OWNER: "", GUEST: "Ann: "}.get(user, "a stranger: ")
        if isinstance(what, int):
            message, key = await self._button(what, card=False, chat=GROUP)
            self.lines += ["", f"» in the group, {who}[{key['label']}]"]
            await self._asked("click", message_id=message, data=key["data"], user_id=user, chat_id=GROUP)
            return
        self.lines += ["", f"» in the group, {who}{what}"]
        asked = self._asked if heard else self.telegram.sim
        await asked("message", text=what, user_id=user, chat_id=GROUP, language_code=self._lang)

    async def _asked(self, how: str, **what: Any) -> None:
        before = self._answered()
        await self.telegram.sim(how, **what)
        await self.settle()
        for _ in range(LONGEST):
            if self._answered() > before:
                if how == "click":
                    self.pressed |= {_pressed(self._world.store.commands(1)[0].what)}
                return
            await self._pass(1)  # an answer that goes on by itself, as that to /panic
        raise AssertionError(f"no answer within {LONGEST} s")

    def _answered(self) -> int:
        """The number of the newest command that has been answered in full."""
        return max((one.id for one in self._world.store.commands(1)), default=0)

    async def _ticks(self, times: int, apart: float = A_BREATH) -> None:
        for _ in range(times):
            await self._pass(apart)
            await self._world.app.reader.tick()
            await self.settle()

    async def _pass(self, seconds: float) -> None:
        self.time.pass_by(seconds)
        self._world.now = self.time.now()
        for bot in self.telegram.server.world.bots.values():
            end_poll(bot)  # it waits by a real clock
        await self.settle()

    async def settle(self) -> None:
        """Let everything happen that can without time passing."""
        calm, before = 0, -1
        while calm < QUIET:
            await asyncio.sleep(0)
            now = max((call["seq"] for call in self.telegram.server.outbox.calls()[-1:]), default=0)
            calm, before = (calm + 1 if now == before else 0), now

    async def _button(self, number: int, *, card: bool, back: int = 0, chat: int = OWNER) -> tuple[int, dict[str, Any]]:
        """A button, and the message that it is under."""
        for message in reversed((await self.telegram.chat(chat))["messages"]):
            keys = [key for row in message["buttons"] for key in row if key.get("data", OVER) != OVER]
            if keys and not message["deleted"] and message["pinned"] == card:
                if not back:
                    self._label = keys[number - 1]["label"]
                    return message["message_id"], keys[number - 1]
                back -= 1
        raise AssertionError("there is no button")

    async def _write(self) -> None:
        await self._write_chat(GUEST, "Ann sees: ")
        await self._write_chat(GROUP, "in the group: ")
        await self._write_chat(OWNER)

    async def _write_card(self) -> None:
        messages = (await self.telegram.chat(OWNER))["messages"]
        for card in (one for one in messages if one["pinned"]):
            self._news.append((OWNER, None, card))
            self.lines += [f"    {line}".rstrip() for line in (*_visible(card), *_keys(card))]

    async def _write_chat(self, chat_id: int, whose: str = "") -> None:
        chat = await self.telegram.chat(chat_id)
        for message in chat["messages"]:
            number, before = message["message_id"], self._shown.get(message["message_id"])
            if message["pinned"]:
                self.lines += [] if before else [f"{_clock(message)} silent", "    (the card)"]
            elif message["from"] == "bot" and message != before:
                after = [one for one in chat["messages"] if one["message_id"] > number and one["pins"] is None]
                new = _written(message, before, sum(one["from"] == "bot" for one in after))
                self.lines += [f"{whose}{line}" for line in new[:1]] + new[1:]
            if not message["pinned"] and message != before:
                self._news.append((chat_id, before, message))
            self._shown[number] = message
        if chat_id == OWNER:
            self.lines += [f"    ({one['text']})" for one in chat["answers"][self._toasts :] if one.get("text")]
            self._toasts = len(chat["answers"])


def _pressed(record: str) -> str:
    """What a row of the record says was pressed: an action, or a letter with what it shows."""
    return record.removeprefix("[").partition("]")[0]


def _clock(message: dict[str, Any]) -> str:
    return datetime.fromtimestamp(message["edit_date"] or message["date"], UTC).strftime("%H:%M:%S")


def _written(message: dict[str, Any], before: dict[str, Any] | None, back: int) -> list[str]:
    """A message that is new, or what has become of one; `back` of the bot's came after it."""
    at = _clock(message)
    which = f"{back} back" if back else "the last"
    if message["pins"] is not None:
        return [f"{at} (pinned)"]
    if message["deleted"]:
        return [f"{at} (deleted: {which})"]
    if before is not None and before["html"] == message["html"] and before["buttons"] == message["buttons"]:
        return []  # pinned, or read
    head = f"{at}{'' if before is None else f' edited: {which}'}{' silent' if message['silent'] else ''}"
    body = [] if before is not None and before["html"] == message["html"] else _visible(message)
    keys = _keys(message)
    if before is not None and before["buttons"] and not keys:
        keys = ["(no buttons any more)"]
    return [head, *(f"    {line}".rstrip() for line in (*body, *keys))]


def _keys(message: dict[str, Any]) -> list[str]:
    return [" ".join(f"[{key['label']}]" for key in row) for row in message["buttons"]]


def _visible(message: dict[str, Any]) -> list[str]:
    """The text without its tags; what is folded until it is tapped stands behind a bar."""
    unfolded = _FOLDED.sub(lambda found: "\n".join(f"| {line}" for line in found[1].splitlines()), message["html"])
    text = html.unescape(re.sub(r"<[^>]+>", "", unfolded))
    for pattern, mask in _MASKED:
        text = pattern.sub(mask, text)
    media = ["(picture)"] if "photo" in message else []
    if "document" in message:
        media = [f"(file {message['document']['name']})"]
    return [*media, *text.splitlines()]


async def _played(_wanted: Wanted, told: Loaded) -> Played:
    """What the past would have brought is measured elsewhere: here it is always the same."""
    await told(8_640)
    return replace(a_result(), picture=a_picture())


async def _replayed(days: int, told: Progress) -> Shadow | NotReplayed:
    """Today nothing is recorded, of a week all is the same, of a month something is not."""
    await told(8_640, 17_280)
    return NotReplayed.EMPTY if days == 1 else SAME if days == 7 else DIFFERS


async def _suggested(_asked: Asked, told: Loaded) -> Suggested:
    await told(8_640)
    return Suggested(markets=(proposed(),))


async def _compared(_asked: Compare, told: Loaded) -> Compared:
    await told(8_640)
    return A_COMPARISON


async def _walked(_asked: AskedTwin, _told: Progress) -> Twin:
    return A_TWIN


async def _drawn(_picture: Picture) -> bytes:
    return a_picture()
