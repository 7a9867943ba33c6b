"""`packgrid demo`: the whole program on this machine. A recorded market, a Backpack and a Telegram, one address."""

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path

import httpx
from nacl.signing import SigningKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.console.demo_page import Panel
from bot.demo.backpack.server import LocalBackpack
from bot.demo.backpack.server import build as build_exchange
from bot.demo.loopback import LoopbackOnly
from bot.demo.servers import HOST, say, serving
from bot.demo.switches import Switches
from bot.demo.telegram.server import TelegramServer
from bot.demo.telegram.server import routes as telegram_routes
from bot.demo.telegram.transcript import Transcript
from bot.live import build as build_app
from bot.live import chat_of, statistics
from bot.machine.clock import Clock
from bot.machine.logs import set_up_logging
from bot.mode import Mode
from bot.owner.pace import Pace
from bot.settings import Settings, read_settings
from storage.errors import DatabaseCorrupt, DatabaseTooNew
from storage.store import Store

OWNER = 4242
BOT_ID = 10001
SYMBOL = "ETH_USDC"
MARKETS = Path(__file__).parent.with_name("demo") / "market"
MARKET, PAST = MARKETS / "ETH_USDC-1m-2026-02-05.csv.gz", MARKETS / "ETH_USDC-1m-2026-01-06.csv.gz"
FOLDER = Path("data/demo")
DATABASE = f"sqlite:///{FOLDER / 'packgrid.db'}"
BALANCES = {"USDC": "10000"}
MAX_LOSS = "15%"
"""The recorded market falls by a tenth and comes back: with the usual 5 % the grid would be stopped half way."""


async def run_demo(  # one argument an option of the command line
    stop: asyncio.Event,
    *,
    headless: bool,
    speed: Decimal,
    port: int,
    seconds: Decimal | None,
    fresh: bool,
) -> None:
    """Run until stopped. Everything survives a restart, the market included."""
    clock = Clock()  # the servers' as well: setting this machine's clock moves neither
    store = _opened(clock, fresh=fresh)
    token = _token(FOLDER / "bot-token")
    set_up_logging(file=str(FOLDER / "packgrid.log"), level="INFO", secrets=(token, _key()[1]), console=False)
    local = build_exchange(
        f"candles:{MARKET}",
        seed=1,
        speed=speed,
        symbol=SYMBOL,
        alone=True,
        past=PAST,
        state_file=FOLDER / "exchange.json",
    )
    telegram = TelegramServer(state_file=FOLDER / "telegram.json", clock=lambda: clock.steady() / 1000)
    _hand_over(telegram, token)
    panel = Panel()
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        served = await stack.enter_async_context(serving(_one_app(telegram, local, panel, page=not headless), port))
        stack.callback(telegram.close)  # which ends the polls that wait, before the server waits for them
        address = f"http://{HOST}:{served}"
        await _open_account(address)
        settings = _settings(served, token)
        await stack.enter_async_context(_market_of(local))
        app = await build_app(settings, store, stack, clock)
        app.trader.pace = Pace(((0, speed),))
        panel.trader = app.trader
        say(address)
        transcript = Transcript(address, OWNER)
        if headless:
            stack.callback(asyncio.create_task(transcript.follow()).cancel)
        if seconds is not None:
            stack.callback(asyncio.get_running_loop().call_later(float(seconds), stop.set).cancel)
        await app.run(chat_of(app, settings), stop)
        if headless:
            await transcript.write_rest()
        say(await statistics(app, settings))


def _one_app(telegram: TelegramServer, local: LocalBackpack, panel: Panel, *, page: bool) -> Starlette:
    """Both servers under one address. A fault goes to the one whose words it speaks."""
    theirs = local.routes()
    exchange_fault, exchange_speed = _post(theirs, "/sim/fault"), _post(theirs, "/sim/speed")

    async def fault(request: Request) -> Response:
        body = await request.json()
        if isinstance(body, dict) and "match" not in body:
            try:
                return JSONResponse(await telegram.fault(body))
            except ValueError as wrong:
                return JSONResponse({"error": str(wrong)}, status_code=400)
        return await exchange_fault(request)

    async def speed(request: Request) -> Response:
        answer = await exchange_speed(request)
        if local.player is not None:
            panel.paced(local.player.speed)
        return answer

    async def no_faults(_: Request) -> Response:
        telegram.faults.clear()
        local.faults.clear()
        return JSONResponse({"faults": 0})

    ours = [
        Route("/sim/fault", fault, methods=["POST"]),
        Route("/sim/fault", no_faults, methods=["DELETE"]),
        Route("/sim/speed", speed, methods=["POST"]),
        *Switches(local, telegram).routes(),
        panel.route(),
    ]
    chat = [route for route in telegram_routes(telegram) if page or route.path != "/"]
    return Starlette(routes=[*ours, *chat, *theirs], middleware=[Middleware(LoopbackOnly)])


def _post(routes: Iterable[BaseRoute], path: str) -> Callable[[Request], Awaitable[Response]]:
    """What answers a POST to a path."""
    found = (route for route in routes if isinstance(route, Route) and route.path == path)
    endpoint: Callable[[Request], Awaitable[Response]] = next(
        route.endpoint for route in found if "POST" in (route.methods or ())
    )
    return endpoint


@asynccontextmanager
async def _market_of(local: LocalBackpack) -> AsyncIterator[None]:
    await local.start()
    try:
        yield
    finally:
        await local.stop()


def _settings(port: int, token: str) -> Settings:
    """The demo's own settings; keys and addresses in the environment or .env are left alone."""
    return read_settings(
        env_file=None,
        mode=Mode.DEMO,
        telegram_bot_token=token,
        telegram_api_url=f"http://{HOST}:{port}/bot",
        telegram_owner_id=OWNER,
        backpack_api_key=_key()[0],
        backpack_api_secret=_key()[1],
        backpack_api_url=f"http://{HOST}:{port}",
        backpack_ws_url=f"ws://{HOST}:{port}/ws",
        database_url=DATABASE,
        log_file=str(FOLDER / "packgrid.log"),
        max_loss=MAX_LOSS,
    )


def _token(file: Path) -> str:
    """The token of this folder's bot: drawn when it is first needed, so that nobody else knows one of a demo's."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        kept = file.read_text("ascii").strip()
        if re.fullmatch(rf"{BOT_ID}:[\w-]{{35}}", kept):
            return kept
    token = f"{BOT_ID}:{secrets.token_urlsafe(35)[:35]}"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as fresh:
        fresh.write(f"{token}\n")
    return token


def _hand_over(telegram: TelegramServer, token: str) -> None:
    """A chat that was begun under another token of this bot goes on under this one."""
    for old in [bot.token for bot in telegram.world.bots.values() if bot.token and bot.token != token]:
        telegram.revoke(old)
    telegram.world.bot(token)


def _key() -> tuple[str, str]:
    """The demo account's key: the same at every start, worth nothing anywhere else."""
    seed = hashlib.sha256(b"packgrid demo").digest()
    public = bytes(SigningKey(seed).verify_key)
    return b64encode(public).decode(), b64encode(seed).decode()


async def _open_account(address: str) -> None:
    """Open the account, unless it is there from the last time."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        known = await http.get("/sim/state", params={"api_key": _key()[0]})
        if not known.is_success:
            body = {"api_key": _key()[0], "balances": BALANCES, "maker_bps": "8", "taker_bps": "10"}
            (await http.post("/sim/account", json=body)).raise_for_status()


def _opened(clock: Clock, *, fresh: bool) -> Store:
    """The demo's store. It is taken before anything else: a demo that runs already keeps its files."""
    if fresh:
        with contextlib.suppress(DatabaseCorrupt, DatabaseTooNew):
            Store.open(DATABASE, now=clock.now).close()
        for path in FOLDER.glob("*") if FOLDER.exists() else ():
            if path.is_file():
                path.unlink()
    return Store.open(DATABASE, now=clock.now)
