"""`packgrid check` against the local servers over sockets: what is right, what is wrong, and what to do about it."""

import asyncio
import re
import shutil
import ssl
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.console import check as check_module
from bot.console.check import check
from bot.demo.backpack.server import milliseconds
from bot.demo.servers import HOST
from bot.mode import Mode
from exchange.paper import upkeep
from exchange.paper.faults import CallFault, FaultMode
from exchange.paper.records import Status
from storage.store import Store
from strategy.model.market import Asset
from tests.integration.check_world import KEY, NOBODY, SECRET, TOKEN, Said, Servers
from tests.integration.test_second_channel import listening


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    async with Servers(tmp_path).running() as made:
        yield made


@pytest.fixture
def checked(servers: Servers, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the check with these settings; it never shows a secret or a traceback."""

    async def run(*, canary: bool = False, **other: Any) -> Said:
        async with asyncio.timeout(30):
            status = await check(canary=canary, settings=servers.settings(**other), mounts=servers.mounts)
        text = capsys.readouterr()
        for secret in (SECRET, TOKEN, other.get("backpack_api_secret"), other.get("telegram_bot_token")):
            assert not secret or len(str(secret)) < 8 or str(secret) not in text.out + text.err
        assert "Traceback" not in text.out + text.err
        said = Said(status, text.out)
        assert status == (1 if said.wrong else 0)
        return said

    return run


async def test_where_everything_is_right_every_line_is_good(servers: Servers, checked: Any) -> None:
    servers.open()
    said = await checked()
    assert not said.wrong
    assert list(said.good) == [
        *("settings", "database", "telegram", "clock", "markets", "fees", "auto-lend", "borrowing", "balances")
    ]
    assert said.good["fees"] == "maker 0.08 %, taker 0.1 % (spot, this account)"
    assert said.good["balances"] == "1000 USDC free of 1000"
    assert re.fullmatch(r"@\w+, owner 4242", said.good["telegram"])


async def test_on_paper_no_key_is_needed(checked: Any) -> None:
    said = await checked(mode=Mode.PAPER, backpack_api_key="", backpack_api_secret="")
    assert not said.wrong
    assert said.good["key"] == "none: paper mode needs none, live mode does"


async def test_without_an_owner_it_says_how_the_bot_is_claimed(servers: Servers, checked: Any) -> None:
    servers.open()
    assert "claims it with the code" in (await checked(telegram_owner_id=None)).good["telegram"]


@pytest.mark.parametrize(
    ("key", "secret", "says"),
    [
        (KEY, b64encode(b"x" * 32).decode(), "come from different key pairs"),
        (KEY, "not base64!", "secret is not base64 text"),
        (KEY, b64encode(b"short").decode(), "instead of 32"),
        ("nonsense", SECRET, "API key"),
    ],
)
async def test_a_key_that_cannot_sign_is_wrong_before_anything_is_asked(
    servers: Servers, checked: Any, key: str, secret: str, says: str
) -> None:
    servers.open()
    said = await checked(backpack_api_key=key, backpack_api_secret=secret)
    assert says in said.wrong["key"]
    assert "Copy both again" in said.wrong["key"]


async def test_a_key_that_the_exchange_does_not_know_is_named_with_what_to_do(checked: Any) -> None:
    said = await checked()
    assert "the key is refused" in said.wrong["exchange"]
    assert "make a new one" in said.wrong["exchange"]
    assert set(said.good) >= {"clock", "markets"}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (CallFault(match="GET /api/v1/account", mode=FaultMode.STATUS, status=401), "the key is refused"),
        (CallFault(match="GET /api/v1/account", mode=FaultMode.STATUS, status=403), "the key is refused"),
        (CallFault(match="GET /api/v1/markets", mode=FaultMode.STATUS, status=429), "too many calls"),
        (CallFault(match="GET /api/v1/markets", mode=FaultMode.STATUS, status=503), "check the connection"),
        (CallFault(match="GET /api/v1/capital", mode=FaultMode.LOSE_REQUEST, times=9), "check the connection"),
        (CallFault(match="GET /api/v1/time", mode=FaultMode.STATUS, status=500), "check the connection"),
    ],
)
async def test_trouble_at_the_exchange_is_one_line_with_what_to_do(
    servers: Servers, checked: Any, fault: CallFault, says: str
) -> None:
    servers.open()
    servers.local.faults.add(fault)
    assert says in (await checked()).wrong["exchange"]


async def test_maintenance_is_called_maintenance(servers: Servers, checked: Any) -> None:
    servers.open()
    servers.status = {"status": "Maintenance", "message": "Back at 10:00 UTC"}
    said = await checked()
    assert said.wrong == {"exchange": said.wrong["exchange"]}
    assert "maintenance (Back at 10:00 UTC)" in said.wrong["exchange"]
    assert "wait" in said.wrong["exchange"]


async def test_an_exchange_that_is_not_there_is_one_line(checked: Any) -> None:
    said = await checked(backpack_api_url=NOBODY)
    assert "No connection" in said.wrong["exchange"]
    assert "BACKPACK_API_URL" in said.wrong["exchange"]


@pytest.mark.parametrize(("seconds", "good"), [(0.3, True), (1.5, True), (60, False), (-60, False)])
async def test_a_clock_that_is_far_off_is_wrong_and_a_little_off_is_told(
    servers: Servers, checked: Any, seconds: float, good: bool
) -> None:
    servers.open()
    servers.offset = int(seconds * 1000)
    said = await checked()
    line = (said.good if good else said.wrong)["clock"]
    assert abs(int(line.split(" ms ")[0]) - servers.offset) < 500
    assert ("NTP" in line) is (abs(seconds) > 1)
    assert "balances" in said.good, "the calls are signed with the exchange's time"


async def test_lent_funds_are_wrong_because_they_cannot_trade(servers: Servers, checked: Any) -> None:
    servers.open()
    upkeep.set_auto_lend(servers.local.venue, KEY, on=True)
    said = await checked()
    assert "hidden from trading" in said.wrong["auto-lend"]
    assert said.good["balances"] == "0 USDC free of 1000"


async def test_an_empty_account_is_wrong(servers: Servers, checked: Any) -> None:
    servers.open("0")
    assert (await checked()).wrong["balances"] == "nothing: deposit USDC first"


# Telegram


@pytest.mark.parametrize(
    ("token", "says"),
    [("", "TELEGRAM_BOT_TOKEN is missing"), ("0123:looks-like-one", "check TELEGRAM_API_URL, or copy the token again")],
)
async def test_a_token_that_is_refused_is_named_with_what_to_do(
    servers: Servers, checked: Any, token: str, says: str
) -> None:
    servers.open()
    said = await checked(telegram_bot_token=token)
    assert says in said.wrong["telegram"]
    assert "balances" in said.good


async def test_the_second_channel_is_tried_and_neither_address_is_shown(servers: Servers, checked: Any) -> None:
    servers.open()
    async with listening() as listener:
        url = f"{listener.address}/a-token-in-the-path"
        said = await checked(heartbeat_url=url, alarm_url=url)
        assert not said.wrong
        assert said.good["heartbeat"] == "taken; one a minute while packgrid runs (127.0.0.1)"
        assert "look whether it has arrived" in said.good["alarm"]
        assert [one.method for one in listener.heard] == ["GET", "POST"]
        assert listener.heard[1].text == "This is a test from packgrid check. Nothing is wrong."
        assert listener.heard[1].headers["priority"] == "low"
        listener.status = 403
        said = await checked(heartbeat_url=url, alarm_url=f"{NOBODY}/a-token-in-the-path")

    assert said.wrong["heartbeat"] == "it answers 403: check HEARTBEAT_URL"
    assert said.wrong["alarm"] == "no answer (ConnectError): check ALARM_URL"


async def test_telegram_that_is_not_there_or_something_else_is_one_line(servers: Servers, checked: Any) -> None:
    servers.open()
    assert "check the connection" in (await checked(telegram_api_url=f"{NOBODY}/bot")).wrong["telegram"]
    elsewhere = f"http://{HOST}:{servers.ports[0]}/api/v1/markets?bot="
    assert "no answer (ValueError)" in (await checked(telegram_api_url=elsewhere)).wrong["telegram"]


async def test_an_answer_of_telegrams_that_never_ends_is_one_line(
    servers: Servers, checked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.open()
    monkeypatch.setattr(check_module, "ANSWER_SECONDS", 0.0)
    assert "no answer (TimeoutError)" in (await checked()).wrong["telegram"]


async def test_telegram_in_trouble_does_not_blame_the_token(servers: Servers, checked: Any) -> None:
    servers.open()
    await servers.telegram.fault({"mode": "error", "method": "getMe", "code": 500})
    assert (await checked()).wrong["telegram"] == "Telegram says Internal Server Error: try again later"
    await servers.telegram.fault({"mode": "outage", "seconds": 60})
    assert "check the connection" in (await checked()).wrong["telegram"]


# The database


async def test_a_database_in_use_names_the_process_that_has_it(servers: Servers, checked: Any) -> None:
    servers.open()
    with closing(Store.open(servers.settings().database, now=milliseconds)):
        said = await checked()
    assert re.search(r"in use by another Packgrid \(process \d+ on .*Stop that one first", said.wrong["database"])
    assert "balances" in said.good


@pytest.mark.parametrize("content", [b"this is not a database at all, but a text of some length", b"SQLite format 3\0"])
async def test_a_damaged_database_is_wrong_and_left_alone(servers: Servers, checked: Any, content: bytes) -> None:
    servers.open()
    file = servers.folder / "packgrid.db"
    file.write_bytes(content * 40)
    said = await checked()
    assert said.wrong["database"]
    assert file.read_bytes() == content * 40


@pytest.mark.parametrize("address", ["sqlite:////proc/nowhere/packgrid.db", "nonsense", "mongodb://host/x"])
async def test_a_database_that_cannot_be_opened_is_one_line(servers: Servers, checked: Any, address: str) -> None:
    servers.open()
    said = await checked(database_url=address)
    assert said.wrong["database"]
    assert "balances" in said.good


# The canary


@pytest.mark.parametrize("ahead", [0, 60_000, -60_000])
async def test_the_canary_is_placed_and_cancelled_by_whatever_clock(servers: Servers, checked: Any, ahead: int) -> None:
    held = servers.open()
    servers.offset = ahead
    said = await checked(canary=True)
    assert said.good["canary"] == "placed and cancelled 0.0001 ETH at 1699.99 USDC"
    (order,) = held.orders.values()
    assert order.status is Status.CANCELLED
    assert not held.open


@pytest.mark.parametrize(
    ("fault", "says", "rests"),
    [
        (CallFault(match="POST", mode=FaultMode.STATUS, status=403), "was not taken", False),
        (CallFault(match="POST", mode=FaultMode.LOSE_ANSWER), "is not known", True),
        (CallFault(match="POST", mode=FaultMode.STATUS, status=503), "is not known", False),
        (CallFault(match="DELETE", mode=FaultMode.LOSE_REQUEST), "cancel it at Backpack", True),
    ],
)
async def test_a_canary_that_does_not_come_back_says_what_may_be_left(
    servers: Servers, checked: Any, fault: CallFault, says: str, rests: bool
) -> None:
    held = servers.open()
    servers.local.faults.add(fault)
    said = await checked(canary=True)
    assert says in said.wrong["canary"]
    assert bool(held.open) is rests


async def test_a_canary_without_money_says_so(servers: Servers, checked: Any) -> None:
    servers.local.venue.open_account(KEY, {Asset("SOL"): Decimal(1)})
    said = await checked(canary=True)
    assert "was not taken: Insufficient funds" in said.wrong["canary"]


async def test_a_database_on_a_shared_drive_is_wrong(servers: Servers, checked: Any) -> None:
    servers.open()
    servers.mounts.write_text("25 1 0:9 / / rw - 9p drvfs rw\n", encoding="utf-8")
    said = await checked()
    assert list(said.wrong) == ["database"]
    assert "on a shared drive (9p)" in said.wrong["database"]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """One that nobody trusts, and its key."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("openssl makes it")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    wanted = [*("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=nobody.test", "-days", "1")]
    subprocess.run([openssl, *wanted, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


async def test_a_certificate_that_is_not_trusted_is_no_matter_of_the_connection(
    checked: Any, certificate: tuple[Path, Path]
) -> None:
    """As on a computer without a clock of its own, for which every certificate is of the future."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def nobody(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(nobody, "127.0.0.1", 0, ssl=context) as server:
        address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        said = await checked(backpack_api_url=address, telegram_api_url=address)
    for name in ("telegram", "exchange"):
        assert "look at the date of this computer" in said.wrong[name]
