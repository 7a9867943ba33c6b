"""`packgrid check`: one line for each thing that must be right, saying good, or what is wrong and what to do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.account.identity import admit, identity_of, opened
from bot.app import ACCOUNT
from bot.console.canary import sing
from bot.languages import OURS
from bot.live import paper_market, print_line, secrets_of, signer_of
from bot.machine.addresses import DIRECT, shown_database
from bot.machine.clock import wall_milliseconds
from bot.machine.discreet import redacted
from bot.machine.drives import MOUNTS, warning_about_drive
from bot.machine.exits import Exit
from bot.machine.private import warning_about
from bot.mode import Mode
from bot.second_channel import Priority, ping, shout, title_of
from bot.settings import ENV_FILE, TELEGRAM_API_URL, Settings, WrongSettings, read_settings
from bot.telegram.texts.catalogue import say
from exchange.backpack.client import BackpackClient
from exchange.backpack.signing import Signer
from exchange.port import ExchangeError, Refused, Unavailable
from storage.errors import StorageError
from strategy.model.money import plain
from strategy.model.orders import Refusal

GOOD_OFFSET = 1000
ANSWER_SECONDS = 10.0
"""For Telegram's answer as a whole."""
_UNTRUSTED = (
    "its certificate is not trusted here: look at the date of this computer, at SSL_CERT_FILE, and for a proxy or "
    "virus scanner that reads along"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The outcome of one check."""

    good: bool
    what: str
    text: str


async def check(*, canary: bool, settings: Settings | None = None, mounts: Path = MOUNTS) -> int:
    """Print the lines; `Exit.DONE` if all are good, else `Exit.WRONG`."""
    settings = settings or read_settings()
    all_good = True
    async for line in _lines(settings, canary=canary, mounts=mounts):
        all_good = all_good and line.good
        text = redacted(line.text, secrets_of(settings))
        print_line(f"{'good ' if line.good else 'WRONG'}  {line.what:<10} {text}")
    return Exit.DONE if all_good else Exit.WRONG


async def _lines(settings: Settings, *, canary: bool, mounts: Path) -> AsyncIterator[Line]:
    yield Line(good=True, what="settings", text=f"mode {settings.mode.value}, time zone {settings.timezone}")
    if (warning := warning_about(ENV_FILE)) is not None:
        yield Line(good=False, what="files", text=warning)
    keyed = bool(settings.backpack_api_key)
    signer, unusable = _signer(settings) if keyed else (None, None)
    async with AsyncExitStack() as stack:
        client = BackpackClient(settings.backpack_api_url, signer, window=settings.request_window_ms)
        stack.push_async_callback(client.close)
        yield await _database(settings, client, signed=signer is not None, mounts=mounts)
        yield await _telegram(settings)
        async for line in _second_channel(settings):
            yield line
        if unusable is not None:
            yield unusable
            return
        async for line in _exchange(client, settings, keyed=keyed, canary=canary):
            yield line


def _signer(settings: Settings) -> tuple[Signer | None, Line | None]:
    """The signer of the key, or what is wrong with the key."""
    try:
        return signer_of(settings), None
    except WrongSettings as wrong:
        text = f"{str(wrong).rstrip('.')}. Copy both again from Backpack's API key page"
        return None, Line(good=False, what="key", text=text)


async def _database(settings: Settings, client: BackpackClient, *, signed: bool, mounts: Path) -> Line:
    """Whether it can be used, and is this mode's, this account's and this exchange's; whether it is safe there."""
    try:
        with closing(opened(settings.database, identity_of(settings), now=wall_milliseconds)) as store:
            if signed:
                await admit(store, ACCOUNT, identity_of(settings), client)
            if settings.mode is Mode.PAPER:
                paper_market(settings, store, client, wall_milliseconds)
            unsafe = None if store.file is None else warning_about_drive(store.file, mounts)
    except StorageError as wrong:
        return Line(good=False, what="database", text=str(wrong))
    return Line(good=unsafe is None, what="database", text=unsafe or shown_database(settings.database))


async def _telegram(settings: Settings) -> Line:
    token = settings.telegram_bot_token.get_secret_value()
    if not token:
        return Line(good=False, what="telegram", text="TELEGRAM_BOT_TOKEN is missing: ask @BotFather for one")
    try:
        said = await _get_me(f"{settings.telegram_api_url}{token}/getMe")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as failure:
        todo = _UNTRUSTED if _is_untrusted(failure) else "check the connection and TELEGRAM_API_URL"
        text = f"no answer ({type(failure).__name__}): {todo}"
        return Line(good=False, what="telegram", text=text)
    if said.get("ok") is not True:
        refused = said.get("error_code") in (401, 404)
        todo = "copy the token again from @BotFather" if refused else "try again later"
        if refused and settings.telegram_api_url != TELEGRAM_API_URL:
            todo = f"check TELEGRAM_API_URL, or {todo}"
        return Line(good=False, what="telegram", text=f"Telegram says {said.get('description')}: {todo}")
    owner = settings.telegram_owner_id
    whose = (
        f"owner {owner}" if owner else "no TELEGRAM_OWNER_ID: the owner claims it with the code printed at the start"
    )
    return Line(good=True, what="telegram", text=f"@{said['result']['username']}, {whose}")


async def _second_channel(settings: Settings) -> AsyncIterator[Line]:
    """Each address is used once, as it would be: whoever gave it sees what arrives. Neither is shown."""
    if url := settings.heartbeat_url.get_secret_value():
        yield _reached("heartbeat", await ping(url), f"taken; one a minute while packgrid runs{_aimed(url)}")
    if url := settings.alarm_url.get_secret_value():
        text = say(settings.language or OURS, "alarm.test")
        failure = await shout(url, title=title_of(settings.mode), text=text, priority=Priority.LOW)
        yield _reached("alarm", failure, f"taken: a test message, look whether it has arrived{_aimed(url)}")


def _reached(what: str, failure: str | None, good: str) -> Line:
    name = f"{what.upper()}_URL"
    return Line(good=failure is None, what=what, text=good if failure is None else f"{failure}: check {name}")


def _aimed(url: str) -> str:
    """To whom, without what may be a secret."""
    return f" ({urlsplit(url).hostname})"


async def _get_me(address: str) -> dict[str, Any]:
    """What Telegram says of the bot. `ValueError` where it is not what Telegram says."""
    async with asyncio.timeout(ANSWER_SECONDS), httpx.AsyncClient(timeout=ANSWER_SECONDS, mounts=DIRECT) as http:
        said = (await http.get(address)).json()
    is_refusal = isinstance(said, dict) and said.get("ok") is False
    if not is_refusal and not (isinstance(said, dict) and isinstance(said.get("result"), dict)):
        msg = "not an answer of Telegram's"
        raise ValueError(msg)
    return {**said, "result": {"username": "?", **said.get("result", {})}}


async def _exchange(client: BackpackClient, settings: Settings, *, keyed: bool, canary: bool) -> AsyncIterator[Line]:
    try:
        await client.check_status()
        yield await _clock(client, settings)
        markets = await client.markets()
        yield Line(good=bool(markets), what="markets", text=f"{len(markets)} spot markets")
        if not keyed:
            good = settings.mode is Mode.PAPER
            yield Line(good=good, what="key", text="none: paper mode needs none, live mode does")
            return
        info = await client.account()
        fees = info.fees
        text = f"maker {plain(fees.maker * 100)} %, taker {plain(fees.taker * 100)} % (spot, this account)"
        yield Line(good=True, what="fees", text=text)
        yield _lending(auto_lend=info.auto_lend)
        yield _borrowing(auto_borrow=info.auto_borrow)
        held = {asset: one for asset, one in (await client.balances()).items() if one.total}
        shown = ", ".join(f"{plain(one.available)} {asset} free of {plain(one.total)}" for asset, one in held.items())
        yield Line(good=bool(held), what="balances", text=shown or "nothing: deposit USDC first")
        if canary:
            good, text = await sing(client, markets, client.now)
            yield Line(good=good, what="canary", text=text)
    except ExchangeError as failure:
        yield Line(good=False, what="exchange", text=advice(failure))


async def _clock(client: BackpackClient, settings: Settings) -> Line:
    offset = await client.measure_offset()
    good = abs(offset) <= settings.request_window_ms // 2
    todo = "" if abs(offset) <= GOOD_OFFSET else ", which is allowed for; set the clock of this machine (NTP)"
    return Line(good=good, what="clock", text=f"{offset} ms from the exchange's{todo}")


def _lending(*, auto_lend: bool) -> Line:
    if not auto_lend:
        return Line(good=True, what="auto-lend", text="off")
    text = "on: lent funds are hidden from trading. Switch it off in Backpack's settings, or keep enough unlent"
    return Line(good=False, what="auto-lend", text=text)


def _borrowing(*, auto_borrow: bool) -> Line:
    setting = "on in Backpack's settings, for orders that ask for it" if auto_borrow else "off"
    return Line(good=True, what="borrowing", text=f"{setting}; Packgrid's orders never borrow")


def advice(failure: ExchangeError) -> str:
    """What went wrong at the exchange, and what to do."""
    if isinstance(failure, Refused) and failure.reason is Refusal.KEY:
        return f"the key is refused ({failure}): make a new one at Backpack with trading and without withdrawal rights"
    if isinstance(failure, Refused) and failure.reason is Refusal.CLOCK:
        return f"the clock is off ({failure}): set the clock of this machine (NTP)"
    if isinstance(failure, Unavailable) and failure.cause == "maintenance":
        return f"maintenance ({failure}): nothing to do but wait; a bot that runs goes on by itself"
    if isinstance(failure, Unavailable) and failure.cause == "rate_limit":
        return f"too many calls ({failure}): wait a minute, and look for another program with this key"
    if _is_untrusted(failure):
        return f"{failure}: {_UNTRUSTED}"
    return f"{failure}: check the connection, BACKPACK_API_URL and status.backpack.exchange"


def _is_untrusted(failure: Exception) -> bool:
    """Whether TLS ended it: by a certificate that is over, not valid yet, or somebody else's."""
    return "CERTIFICATE_VERIFY_FAILED" in str(failure)
