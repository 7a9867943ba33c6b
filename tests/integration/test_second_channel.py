"""The second channel over real HTTP: what is told past Telegram, when, and that nothing of ours ever waits for it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.live import run, secrets_of
from bot.machine.logs import set_up_logging
from bot.mode import Mode
from bot.second_channel import PATIENCE, REMINDED_EVERY, SecondChannel
from bot.settings import WrongSettings
from strategy.messages.events import Told
from strategy.messages.machine import Unwatched
from strategy.model.grid import Phase
from tests.integration.check_world import Servers
from tests.integration.running import World, a_setting, a_trading_world, a_while
from tests.integration.telegram_world import on_a_port

TOKEN = "tk-AgQdq7mVBoFD37zQVN29"


@dataclass
class Heard:
    """One request that arrived."""

    method: str
    path: str
    text: str
    headers: Mapping[str, str]


@dataclass
class Listener:
    """A server on loopback that keeps what it is told."""

    address: str = ""
    heard: list[Heard] = field(default_factory=list)
    status: int = 200
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """While clear, no request is answered."""

    async def take(self, request: Request) -> Response:
        """Keep it, and answer."""
        text = (await request.body()).decode()
        self.heard.append(Heard(request.method, request.url.path, text, dict(request.headers)))
        await self.gate.wait()
        return Response(status_code=self.status)

    @property
    def alarms(self) -> list[str]:
        """The texts of the alarms, oldest first."""
        return [one.text for one in self.heard if one.method == "POST"]

    async def until_heard(self, count: int) -> None:
        """Let real time pass until so many requests have arrived."""
        async with asyncio.timeout(10):
            while len(self.heard) < count:
                await a_while()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """On a real socket while the block runs; it answers at once unless its gate is closed."""
    listener = Listener()
    listener.gate.set()
    async with on_a_port(Starlette(routes=[Route("/{path:path}", listener.take, methods=["GET", "POST"])])) as address:
        listener.address = address
        try:
            yield listener
        finally:
            listener.gate.set()


def channel_of(world: World, listener: Listener | None, *, lang: str = "en") -> SecondChannel:
    """The channel of a running world, to addresses of the listener."""
    address = "" if listener is None else f"{listener.address}/{TOKEN}"
    return SecondChannel(
        world.app.trader,
        heartbeat_url=address,
        alarm_url=address,
        zone=world.settings.zone,
        language=lambda: lang,
        steady=world.clock,
        sleep=world.sleep,
    )


@contextlib.contextmanager
def own_log() -> Iterator[None]:
    """What the program sets up for its log is gone afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        yield
    finally:
        for handler in root.handlers:
            if handler not in before[0]:
                handler.close()
        root.handlers, root.level = before[0], before[1]


async def danger(world: World) -> None:
    """Something urgent is to be told."""
    world.app.runner.post(Told(at=world.now, notice=Unwatched(at=world.now, over=False, lasted=90_000)))
    await a_while()


async def test_a_heartbeat_is_one_get_of_the_address() -> None:
    world = await a_trading_world()
    async with listening() as listener:
        await channel_of(world, listener).beat()

    assert [(one.method, one.path, one.text) for one in listener.heard] == [("GET", f"/{TOKEN}", "")]
    await world.kill()


@pytest.mark.parametrize(("lang", "part"), [("en", "Telegram does not take my messages"), ("zh", "Telegram 收不到")])
async def test_an_urgent_message_that_telegram_does_not_take_is_told_after_minutes(lang: str, part: str) -> None:
    world = await a_trading_world()
    async with listening() as listener:
        channel = channel_of(world, listener, lang=lang)
        await danger(world)
        world.now += PATIENCE - 1
        await channel.look()
        assert listener.alarms == [], "not yet"
        world.now += 1
        await channel.look()
        await channel.look()

        assert len(listener.alarms) == 1, "once"
        assert part in listener.alarms[0]
        head = listener.heard[0].headers
        assert (head["title"], head["priority"], head["tags"]) == ("Packgrid (paper)", "urgent", "warning")
    await world.kill()


async def test_an_alarm_lasts_is_repeated_hourly_and_its_end_is_told() -> None:
    world = await a_trading_world()
    async with listening() as listener:
        channel = channel_of(world, listener)
        await danger(world)
        world.now += PATIENCE
        await channel.look()
        world.now += REMINDED_EVERY
        await channel.look()
        assert len(listener.alarms) == 2
        notebook = world.app.trader.notebook
        notebook.mark_sent([row.id for row in notebook.unsent(100)], 1)
        await channel.look()
        await channel.look()

    assert listener.alarms[2:] == ["Telegram takes my messages again, and nothing urgent waits."]
    await world.kill()


async def test_an_alarm_that_is_not_taken_is_tried_at_each_look() -> None:
    world = await a_trading_world()
    async with listening() as listener:
        channel = channel_of(world, listener)
        await danger(world)
        world.now += PATIENCE
        listener.status = 503
        await channel.look()
        listener.status = 200
        await channel.look()
        await channel.look()

    assert len(listener.alarms) == 2
    await world.kill()


async def test_news_that_waits_is_no_alarm() -> None:
    world = await a_trading_world()
    async with listening() as listener:
        world.now += 2 * PATIENCE
        assert world.app.trader.notebook.unsent(100), "the fills wait"
        await channel_of(world, listener).look()

    assert listener.alarms == []
    await world.kill()


async def test_a_parked_grid_is_told_at_once_and_names_no_market_and_no_amount() -> None:
    world = await a_trading_world()
    async with listening() as listener:
        grid = replace(world.grid, phase=Phase.PARKED)
        world.app.runner.account = replace(world.account, grids={grid.id: grid})
        await channel_of(world, listener).look()

    (said,) = listener.alarms
    assert said.startswith("Parked: grid 1. It places nothing until you decide. Write /status to the bot")
    await world.kill()


async def test_leaving_with_grids_that_are_not_stopped_is_told_and_a_fault_is_urgent() -> None:
    world = await a_trading_world()
    async with listening() as listener:
        async with channel_of(world, listener).watching():
            pass
        with contextlib.suppress(OSError):
            async with channel_of(world, listener).watching():
                raise OSError("the disk is gone")

    left, failed = (one for one in listener.heard if one.method == "POST")
    assert left.text.startswith("I was stopped with 1 grid not stopped. 5 orders rest at Backpack")
    assert (left.headers["priority"], failed.headers["priority"]) == ("high", "urgent")
    assert failed.text.startswith("I have ended by a fault")
    await world.kill()


async def test_leaving_with_nothing_running_is_nobodys_news() -> None:
    world = World()
    async with listening() as listener, channel_of(world, listener).watching():
        pass

    assert listener.alarms == []


async def test_an_address_that_never_answers_holds_up_no_tick_and_no_order() -> None:
    world = await a_trading_world()
    async with listening() as listener:
        listener.gate.clear()
        await danger(world)
        world.now += PATIENCE
        channel = channel_of(world, listener)
        looking = asyncio.gather(channel.beat(), channel.look())
        await listener.until_heard(2)
        filled = len(world.held.fills)

        await world.trade(1940)
        await world.trade(2010)

        assert len(world.held.fills) > filled
        assert not looking.done()
        listener.gate.set()
        await looking
    await world.kill()


async def test_nobody_there_is_a_line_in_the_log_once_and_no_part_of_the_address_is_in_it(tmp_path: Path) -> None:
    world = await a_trading_world()
    url = f"http://127.0.0.1:9/{TOKEN}?auth=c2VjcmV0LXRva2Vu"
    settings = a_setting(heartbeat_url=url, alarm_url=url)
    with own_log():
        set_up_logging(file=str(tmp_path / "log"), level="DEBUG", secrets=secrets_of(settings), console=False)
        channel = SecondChannel(
            world.app.trader,
            heartbeat_url=url,
            alarm_url=url,
            zone=world.settings.zone,
            language=lambda: "en",
            steady=world.clock,
        )
        await channel.beat()
        await channel.beat()
        logging.getLogger("any").warning("somebody shows it: %s and /%s", url, TOKEN)

    written = (tmp_path / "log").read_text("utf-8")
    assert written.count("event=unreached what=heartbeat") == 1
    assert TOKEN not in written
    assert "c2VjcmV0" not in written
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings)
    assert TOKEN not in f"{channel!r}"
    await world.kill()


async def test_the_whole_program_beats_from_its_start_and_its_log_holds_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stop = asyncio.Event()
    with own_log():
        async with Servers(tmp_path).running() as servers, listening() as listener:
            url = f"{listener.address}/{TOKEN}"
            paper = {"mode": Mode.PAPER, "backpack_api_key": "", "backpack_api_secret": ""}
            log = str(tmp_path / "log")
            settings = servers.settings(**paper, heartbeat_url=url, alarm_url=url, log_file=log)
            running = asyncio.create_task(run(stop, settings))
            await listener.until_heard(1)
            stop.set()
            async with asyncio.timeout(30):
                await running

    assert [one.method for one in listener.heard] == ["GET"], "nothing was open: nothing is alarmed"
    assert TOKEN not in (tmp_path / "log").read_text("utf-8")


@pytest.mark.parametrize("name", ["heartbeat_url", "alarm_url"])
@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://ntfy.example/a-topic-of-mine", "begins with http://"),
        ("https://me:word@ntfy.example/a-topic-of-mine", "has a name or a password"),
        ("ntfy.example/a-topic-of-mine", "must begin with https://"),
        ("https://api.telegram.org/bot123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/x", "looks like a bot's token"),
    ],
)
def test_a_wrong_address_is_refused_in_a_line_that_does_not_show_it(name: str, url: str, part: str) -> None:
    with pytest.raises(WrongSettings) as refused:
        a_setting(**{name: url})

    assert str(refused.value).startswith(f"{name.upper()} ")
    assert part in str(refused.value)
    assert "a-topic-of-mine" not in str(refused.value)
