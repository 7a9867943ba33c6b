"""The log: `key=value` lines that can be followed and grepped, and no secret in any of them, tracebacks included."""

import asyncio
import errno
import logging
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from bot.account.journal_log import log_steps
from bot.live import run, secrets_of
from bot.machine.discreet import redacted
from bot.machine.logs import Redacting, set_up_logging
from bot.settings import WrongSettings, read_settings
from strategy.draft import Step
from strategy.messages.events import Cancel, Place
from strategy.messages.notices import LimitReached, Trouble
from strategy.model.ledger import FillEntry, Movement, MovementKind
from strategy.model.market import Asset
from strategy.model.orders import GridId, LevelId, Purpose
from strategy.model.stops import StopReason
from tests.builders import ETH, ETH_USDC, NOW, USDC, a_fill, an_account, an_order

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
SECRET = "c2VjcmV0IHNlZWQgb2YgMzIgYnl0ZXMgZm9yIHRlc3RzIQ=="
LINE = re.compile(r"^[a-z]+( [a-z_]+=('[^']*'|\S+))+$")
"""A word, then pairs; a value with spaces is quoted."""


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """The program's own logging into a file, and afterwards what was there before."""
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    root.handlers = []
    file = tmp_path / "logs" / "packgrid.log"
    set_up_logging(file=str(file), level="info", secrets=(TOKEN, SECRET, ""), console=False)
    yield file
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level, logging.raiseExceptions = handlers, level, raising


def test_a_file_that_cannot_be_renamed_is_emptied_and_its_lines_are_kept_beside_it(
    log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    (rotating,) = (one for one in logging.getLogger().handlers if isinstance(one, RotatingFileHandler))
    monkeypatch.setattr(rotating, "maxBytes", 150)
    monkeypatch.setattr(os, "rename", busy)
    for word in ("first", "second", "third"):
        logging.getLogger("bot.reader").info("exchange event=%s", word)
    assert "event=third" in log_file.read_text()
    assert "event=first" not in log_file.read_text()
    assert "event=second" in log_file.with_name("packgrid.log.1").read_text()


def test_what_cannot_be_written_is_printed_nowhere_else(
    log_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (rotating,) = (one for one in logging.getLogger().handlers if isinstance(one, RotatingFileHandler))
    assert rotating.stream is not None
    monkeypatch.setattr(rotating, "stream", (log_file.parent / "full").open("w"))
    rotating.stream.close()  # writing to it fails from now on, as on a full disk
    logging.getLogger("bot.reader").info("exchange event=failed key=%s", SECRET)
    assert capsys.readouterr() == ("", "")


def test_a_line_says_when_how_grave_who_and_what(log_file: Path) -> None:
    logging.getLogger("bot.reader").info("exchange event=failed cause=%s", "unreachable")
    logging.getLogger("bot.reader").debug("not wanted")
    (line,) = log_file.read_text().splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INFO bot.reader exchange event=failed cause=\w+", line
    )


def test_the_log_and_what_was_rotated_away_can_be_read_by_nobody_else(tmp_path: Path, log_file: Path) -> None:
    for path in (log_file, log_file.with_name("packgrid.log.2")):
        path.touch()
        path.chmod(0o644)
    set_up_logging(file=str(log_file), level="info", secrets=(), console=False)

    assert {path.stat().st_mode & 0o777 for path in log_file.parent.iterdir()} == {0o600}
    assert log_file.parent.stat().st_mode & 0o777 == 0o700
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_no_secret_is_in_the_log_however_it_got_into_a_message(log_file: Path) -> None:
    log = logging.getLogger("bot.anything")
    log.info("address=https://api.telegram.org/bot%s/getMe", TOKEN)
    log.warning("secret=%r", {"secret": SECRET})
    log.error(f"in the text itself {SECRET} {TOKEN}")  # noqa: G004 - as somebody may write it
    try:
        try:
            raise ValueError(f"the cause {SECRET}")
        except ValueError as cause:
            raise RuntimeError(f"failed for {TOKEN}") from cause
    except RuntimeError:
        log.exception("event=broken")
    text = log_file.read_text()
    assert "Traceback" in text
    assert "[secret]" in text
    assert "[token]" in text
    assert SECRET not in text
    assert TOKEN not in text


def test_a_token_that_nobody_named_is_recognised() -> None:
    other = "987654321:ZZHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw9"
    assert redacted(f"bot{other}/sendMessage", ()) == "bot[token]/sendMessage"


def test_what_is_too_short_for_a_secret_makes_no_holes() -> None:
    assert redacted("fill grid=1 price=1980", ("1", "", "grid")) == "fill grid=1 price=1980"


def test_the_talk_of_the_libraries_is_left_out(log_file: Path) -> None:
    for name in ("httpx", "httpcore.connection", "telegram.ext.Updater", "apscheduler.scheduler", "websockets.client"):
        logging.getLogger(name).info("POST https://api.telegram.org/ ...")
    assert log_file.read_text() == ""


def test_the_password_of_a_database_is_a_secret_too() -> None:
    settings = read_settings(
        env_file=None, database_url="postgresql://owner:very-secret-word@db/packgrid", telegram_bot_token=TOKEN
    )
    assert "very-secret-word" in secrets_of(settings)
    record = logging.LogRecord("a", logging.INFO, "", 0, "url=%s", (settings.database,), None)
    assert "very-secret-word" not in Redacting(secrets_of(settings)).format(record)


def lines_of(*steps: Step, caplog: pytest.LogCaptureFixture) -> list[str]:
    with caplog.at_level(logging.INFO, "packgrid.trades"):
        log_steps(steps)
    return [record.getMessage() for record in caplog.records]


def test_a_fill_is_one_line_that_can_be_grepped(caplog: pytest.LogCaptureFixture) -> None:
    fill = a_fill(an_order(3, price=Decimal(1980), quantity=Decimal("0.0500")), 41)
    entry = FillEntry(
        at=NOW, fill=fill, base=ETH, quote=USDC, grid_id=GridId(2), level=LevelId(3), purpose=Purpose.LEVEL
    )
    sale = FillEntry(at=NOW, fill=fill, base=ETH, quote=USDC, grid_id=GridId(2), realised=Decimal("0.42"), closes=True)
    foreign = FillEntry(at=NOW, fill=fill, base=ETH, quote=USDC)
    lines = lines_of(Step(account=an_account(), entries=(entry, sale, foreign)), caplog=caplog)

    assert lines[0] == (
        "fill grid=2 level=3 symbol=ETH_USDC side=buy price=1980 quantity=0.05 fee=0.00004 fee_asset=ETH"
        " trade=ETH_USDC:41"
    )
    assert lines[1].endswith(" realised=0.42 round_trip=1")
    assert lines[2].startswith("fill grid=foreign level=None ")
    assert all(LINE.match(line) for line in lines)


def test_everything_that_happens_to_money_is_a_line_of_pairs(caplog: pytest.LogCaptureFixture) -> None:
    order = an_order(1)
    limit = LimitReached(
        at=NOW,
        reason=StopReason.DAILY_LOSS,
        grid_id=None,
        symbol=None,
        unit=USDC,
        value=Decimal(-201),
        threshold=Decimal(200),
        grids=1,
        orders=3,
        coins=Decimal(1),
        base=ETH,
        sell=False,
    )
    trouble = Trouble(at=NOW, cause="maintenance", text="Back at 10:00, we hope", over=False, lasted=0)
    deposit = Movement(at=NOW, key="deposit:1", kind=MovementKind.DEPOSIT, asset=Asset("USDC"), amount=Decimal("1E+3"))
    done = Step(
        account=an_account(),
        entries=(deposit,),
        actions=(Place(order=order), Cancel(symbol=ETH_USDC, client_id=order.client_id, order_id="77")),
        notices=(limit, trouble),
    )
    lines = lines_of(done, caplog=caplog)
    assert [line.split(" ")[0] for line in lines] == ["movement", "order", "order", "notice", "notice"]
    assert lines[0] == "movement kind=deposit asset=USDC amount=1000"
    assert f"client_id={order.client_id}" in lines[1]
    assert lines[3:] == [
        "notice kind=limit_reached grid=None reason=daily_loss",
        "notice kind=trouble grid=None reason=maintenance",
    ]
    assert all(LINE.match(line) for line in lines)


async def test_a_log_that_can_not_be_written_is_refused_with_the_name_of_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in (tmp_path, tmp_path / "file" / "below", "a\0b"):
        settings = read_settings(None, telegram_bot_token=TOKEN, log_file=str(name))
        with pytest.raises(WrongSettings, match=r"^LOG_FILE is .*: a file that can be written, or empty for none"):
            await run(asyncio.Event(), settings)


def test_nobody_elses_words_write_a_line_of_their_own_or_command_a_terminal(log_file: Path) -> None:
    """Why a stream was closed is the other side's text: with a line end in it, it looked like a line of ours."""
    foreign = "bye\n2026-12-01 00:00:00.000+00:00 ERROR bot.account forged=yes\x1b[2J\x1b]0;x\x07\u202e\u2028 网格"
    logging.getLogger("exchange").info("stream down: %s", foreign)
    try:
        raise ValueError(foreign)
    except ValueError:
        logging.getLogger("bot").exception("failed")

    text = log_file.read_text("utf-8")
    lines = text.splitlines()
    assert r"stream down: bye\n2026-12-01" in lines[0]
    assert lines[0].endswith(r"forged=yes\x1b[2J\x1b]0;x\x07\u202e\u2028 网格")
    assert "Traceback" in text
    assert not {"\x1b", "\x07", "\u202e", "\u2028"} & {*text}
