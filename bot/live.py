"""`packgrid run`: the program against Backpack and Telegram, live or on paper. Builds the outside; the app runs."""

import asyncio
import html
import logging
import re
import secrets
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from decimal import Decimal
from functools import partial
from pathlib import Path

from bot.account.identity import admit, database_token, identity_of, opened
from bot.app import ACCOUNT, App
from bot.machine.addresses import database_secrets, web_secrets
from bot.machine.clock import Clock
from bot.machine.discreet import shown
from bot.machine.drives import warning_about_drive
from bot.machine.logs import set_up_logging
from bot.machine.private import warning_about
from bot.machine.totp import secret_of
from bot.mode import Mode
from bot.owner.inside import Inside
from bot.owner.workshop import Workshop
from bot.second_channel import SecondChannel
from bot.settings import ENV_FILE, Settings, WrongSettings, read_settings
from bot.telegram.app import Chat
from bot.telegram.texts import face as texts
from exchange.backpack.client import BackpackClient
from exchange.backpack.signing import BadKey, Signer
from exchange.backpack.stream import BackpackStream
from exchange.paper.market import PaperMarket
from exchange.paper.state import StateDamaged, StateOfAnother
from exchange.port import ExchangeError
from storage.errors import DatabaseCorrupt, WrongDatabase
from storage.store import Store

log = logging.getLogger(__name__)

COMPARING_SECONDS = 5.0


async def run(stop: asyncio.Event, settings: Settings | None = None) -> None:
    """Trade until stopped."""
    settings = settings or read_settings()
    if not settings.telegram_bot_token.get_secret_value():
        msg = "TELEGRAM_BOT_TOKEN is missing: ask @BotFather in Telegram for one, or try `packgrid demo` first"
        raise WrongSettings(msg)
    _begin_the_log(settings)
    if (warning := warning_about(ENV_FILE)) is not None:
        log.warning("settings event=readable: %s", warning)
    async with AsyncExitStack() as stack:
        clock = Clock()
        store = opened(settings.database, identity_of(settings), now=clock.now)
        stack.callback(store.close)
        if store.file is not None and (unsafe := warning_about_drive(store.file)) is not None:
            log.warning("database event=unsafe: %s", unsafe)
        app = await build(settings, store, stack, clock)
        chat = chat_of(app, settings)
        print_line(f"Packgrid is up: mode {settings.mode.value}. Log: {settings.log_file}. Ctrl+C leaves.")
        async with second_channel(app, chat, settings).watching():
            await app.run(chat, stop)
        print_line(await statistics(app, settings))


def _begin_the_log(settings: Settings) -> None:
    """`WrongSettings` where its file can't be written: nothing is traded without a log that was asked for."""
    try:
        set_up_logging(file=settings.log_file, level=settings.log_level, secrets=secrets_of(settings))
    except (OSError, ValueError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "no name of a file"
        msg = f"LOG_FILE is {shown(settings.log_file)}: a file that can be written, or empty for none ({why})"
        raise WrongSettings(msg) from None


async def build(settings: Settings, store: Store, stack: AsyncExitStack, clock: Clock) -> App:
    """The app over the exchange that the mode means.

    One clock for everything, and it goes by the exchange's: a limbo ends by that, and this machine's may be off.
    """
    signer = signer_of(settings) if settings.mode is not Mode.PAPER else None
    client = BackpackClient(settings.backpack_api_url, signer, window=settings.request_window_ms, clock=clock.steady)
    stack.push_async_callback(client.close)
    clock.go_by(lambda: client.offset)
    await _compare_clocks(client)
    await admit(store, ACCOUNT, identity_of(settings), client)
    app_over = partial(App, settings=settings, store=store, clock=clock.now, time=clock, measure=client.measure_offset)
    if settings.mode is Mode.PAPER:
        market = paper_market(settings, store, client, clock.now)
        app = app_over(exchange=market)
        market.hear(app.reader.hear)
        app.stream = market
        return app
    app = app_over(exchange=client)
    app.stream = BackpackStream(settings.backpack_ws_url, signer, (), app.reader.hear, clock=clock.now)
    return app


async def _compare_clocks(client: BackpackClient) -> None:
    """Before anything is dated. An exchange that does not answer now is asked again with every reconciliation."""
    try:
        async with asyncio.timeout(COMPARING_SECONDS):
            await client.measure_offset()
    except (TimeoutError, ExchangeError) as failure:
        log.warning("clock event=uncompared text=%r", str(failure))


def paper_market(settings: Settings, store: Store, client: BackpackClient, now: Callable[[], int]) -> PaperMarket:
    """The paper venue of this database, as it was left."""
    try:
        return PaperMarket(
            client,
            settings.backpack_ws_url,
            state=paper_state(settings),
            database=database_token(store),
            usdc=settings.paper_usdc,
            clock=now,
        )
    except StateOfAnother as refused:
        raise WrongDatabase(str(refused)) from refused
    except StateDamaged as damaged:
        raise DatabaseCorrupt(str(damaged)) from damaged


async def statistics(app: App, settings: Settings) -> str:
    """The report on leaving, for the console."""
    report = texts.report(settings.language or "en", await app.trader.report(leaving=True), settings.mode)
    return html.unescape(re.sub(r"<[^>]+>", "", report))


def signer_of(settings: Settings) -> Signer:
    """The signer of the configured key."""
    try:
        return Signer(settings.backpack_api_key, settings.backpack_api_secret.get_secret_value())
    except BadKey as wrong:
        msg = f"BACKPACK_API_KEY or BACKPACK_API_SECRET: {wrong}"
        if _is_pair(settings.backpack_api_secret.get_secret_value(), settings.backpack_api_key):
            msg = "BACKPACK_API_KEY and BACKPACK_API_SECRET are swapped: change one for the other"
        raise WrongSettings(msg) from None


def _is_pair(key: str, secret: str) -> bool:
    try:
        Signer(key, secret)
    except BadKey:
        return False
    return True


def chat_of(app: App, settings: Settings) -> Chat:
    """The chat of the configured bot."""
    return Chat(
        app.trader,
        workshop=workshop_of(app),
        inside=inside_of(app, settings),
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        owner_id=settings.telegram_owner_id,
        language=settings.language,
        report_time=settings.report_time,
        claim_code=secrets.token_urlsafe(16),
        totp=totp_of(settings),
        print_code=print_claim,
        steady=app.time.steady,
    )


def workshop_of(app: App) -> Workshop:
    """What plays, what replays, what draws."""
    return Workshop(
        play=app.player.play,
        suggest=app.player.suggest,
        compare=app.player.compare,
        twin=app.mirror.twin,
        replay=app.mirror.replay,
        draw=app.painter.draw,
    )


def totp_of(settings: Settings) -> tuple[bytes, Decimal | None] | None:
    """The authenticator app's secret, and from how much on a code is asked for; None where none was set up."""
    secret = secret_of(settings.totp_secret.get_secret_value())
    return None if secret is None else (secret, settings.totp_above)


def inside_of(app: App, settings: Settings) -> Inside:
    """What the program can say of itself."""
    return Inside(
        settings=settings,
        store=app.store,
        account=app.trader.account,
        now=app.clock,
        secrets=secrets_of(settings),
        offset=lambda: app.time.now() - app.time.steady(),
    )


def second_channel(app: App, chat: Chat, settings: Settings) -> SecondChannel:
    """What tells the owner past Telegram, where he has given an address for it."""
    return SecondChannel(
        app.trader,
        heartbeat_url=settings.heartbeat_url.get_secret_value(),
        alarm_url=settings.alarm_url.get_secret_value(),
        zone=settings.zone,
        language=chat.language,
        steady=app.time.steady,
    )


def print_claim(code: str, link: str) -> None:
    """The one-time code with which the owner claims the bot. It is printed on the console and nowhere else."""
    print_line(
        f"This bot has no owner yet. Within 15 minutes open {link} and press Start,\nor send it this: /start {code}"
    )


def print_line(text: str) -> None:
    """A line for the person at the console. A terminal that is gone, or a full disk behind it, ends nothing."""
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What may never be logged."""
    keys = settings.telegram_bot_token.get_secret_value(), settings.backpack_api_secret.get_secret_value()
    totp = settings.totp_secret.get_secret_value()
    typed = {totp, totp.replace(" ", "")} - {""}
    outgoing = (settings.heartbeat_url.get_secret_value(), settings.alarm_url.get_secret_value())
    parts = (part for url in outgoing for part in web_secrets(url))
    return (*keys, *typed, *database_secrets(settings.database), *parts)


def paper_state(settings: Settings) -> Path | None:
    """Where the paper venue keeps its orders and balances: beside the database."""
    prefix = "sqlite:///"
    if not settings.database.startswith(prefix):
        return Path("data/paper-venue.json")
    return Path(settings.database.removeprefix(prefix)).expanduser().with_suffix(".venue.json")
