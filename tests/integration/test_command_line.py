"""The command line: what is wrong is said in one clear line, and the exit status tells scripts."""

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.demo.backpack.server import milliseconds
from bot.machine.exits import Exit
from bot.machine.program import engine_version
from bot.settings import WrongSettings, read_settings
from storage.store import Store

OURS = ("MODE", "TIMEZONE", "LANGUAGE", "TICK_SECONDS")
PREFIXES = ("TELEGRAM_", "BACKPACK_", "DATABASE_", "LOG_")
TOKEN = "30003:a-token-for-the-command-line-0123456789"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder without settings, and an environment without ours."""
    for name in list(os.environ):
        if name.upper() in OURS or name.upper().startswith(PREFIXES):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield tmp_path
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers, root.level = handlers, level


class Said:
    """What a command printed, and its status."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    """A command that is expected to end at once; it never shows a traceback or the token."""
    try:
        status = main(arguments)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    assert TOKEN not in printed.out + printed.err
    return Said(status, printed.out, printed.err)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield int(listening.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "required: COMMAND"),
        (("trade",), "invalid choice: 'trade'"),
        (("demo", "--port", "70000"), "'70000' is not a port: 0 to 65535"),
        (("exchange", "--port", "-1"), "'-1' is not a port"),
        (("exchange", "--port", "²"), "'²' is not a port"),
        (("telegram", "--port", "http"), "'http' is not a port"),
        (("demo", "--speed", "0"), "'0' is not a number above zero"),
        (("demo", "--speed", "fast"), "'fast' is not a number above zero"),
        (("demo", "--seconds", "nan"), "'nan' is not a number above zero"),
        (("exchange", "--speed", "Infinity"), "'Infinity' is not a number above zero"),
        (("exchange", "--seed", "x"), "invalid int value"),
        (("backtest", "ETH_USDC", "--to", "9999-12-31"), "'9999-12-31' is not a day from 1970-01-02 to 2199-12-31"),
        (("candles", "ETH_USDC", "--from", "1969-12-31"), "'1969-12-31' is not a day from 1970-01-02"),
        (("sweep", "ETH_USDC", "--from", "2026-01"), "'2026-01' is not a day: 2026-10-01 is one"),
        (("replay", "--from", "2026-02-30"), "'2026-02-30' is not a day"),
        (("sweep", "ETH_USDC", "--top", "0"), "'0' is not a number from 1 to 10000"),
        (("sweep", "ETH_USDC", "--variants", "0"), "'0' is not a number from 1 to 10000"),
        (("backtest", "ETH_USDC", "--seed", "-3"), "'-3' is not a seed: a whole number from 0 to 4294967295"),
        (("sweep", "ETH_USDC", "--seed", "4294967296"), "'4294967296' is not a seed"),
        (("sweep", "ETH_USDC", "--variants", "10001"), "'10001' is not a number from 1 to 10000"),
    ],
)
def test_a_wrong_argument_is_named(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str) -> None:
    said = run(capsys, *arguments)
    assert said.status == 2
    assert says in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("backtest", "ETH_USDC", "--json", "nowhere/a.json"), "--json nowhere/a.json: there is no folder nowhere"),
        (("backtest", "ETH_USDC", "--picture", "."), "--picture . is a folder: name a file in it"),
        (("backtest", "ETH_USDC", "--csv", "a.csv"), "--csv a.csv is a file: name a folder"),
        (("sweep", "ETH_USDC", "--parquet", "nowhere/a"), "--parquet nowhere/a: there is no folder nowhere"),
        (("replay", "--json", "a.csv/b.json"), "there is no folder a.csv"),
        (("export", "--out", "a.csv"), "--out a.csv is a file: name a folder"),
    ],
)
def test_what_can_not_be_written_to_is_refused_before_anything_is_played(
    nowhere: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    (nowhere / "a.csv").write_text("")
    said = run(capsys, *arguments)
    assert said.status == 2
    assert says in said.err


@pytest.mark.parametrize("command", [("backtest", "ETH_USDC"), ("candles", "ETH_USDC"), ("export",), ("replay",)])
def test_days_in_the_wrong_order_are_refused(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    """A backtest said that there were no prices, an export wrote five empty files."""
    said = run(capsys, *command, "--from", "2026-02-05", "--to", "2026-02-01")
    assert said.status == 2
    assert "--to 2026-02-01 is before --from 2026-02-05" in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--market", "candles:nofile.csv"), "nofile.csv can't be read: No such file or directory"),
        (("--market", "trades:"), "use synthetic, manual, candles:FILE or trades:FILE"),
        (("--market", "sideways"), "unknown market 'sideways'"),
        (("--market", "candles:empty.csv"), "candles:empty.csv can't be played"),
        (("--market", "candles:words.csv"), "candles:words.csv can't be played"),
        (("--market", "candles:words.csv.gz"), "words.csv.gz can't be read: Not a gzipped file"),
        (("--symbol", "XYZ"), "--symbol XYZ is not one of ETH_USDC, SOL_USDC, BTC_USDC"),
        (("--state", "words.csv"), "the state in words.csv is another market's or damaged"),
    ],
)
def test_a_market_that_cannot_be_played_is_one_line(
    nowhere: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    (nowhere / "empty.csv").write_text("")
    for name in ("words.csv", "words.csv.gz"):
        (nowhere / name).write_text("time,open\nthis is,not a market\n")
    said = run(capsys, "exchange", "--port", "0", *arguments)
    assert said.status == 2
    assert says in said.err
    assert len(said.err.splitlines()) == 1
    assert not said.out


def test_a_secret_for_an_authenticator_app_is_made_and_is_one_that_the_settings_take(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = run(capsys, "totp"), run(capsys, "totp")
    secret = first.out.splitlines()[0].removeprefix("TOTP_SECRET=")

    assert first.status == Exit.DONE
    assert first.out != second.out
    assert f"secret={secret}&" in first.out
    assert read_settings(None, totp_secret=secret).totp_secret.get_secret_value() == secret
    with pytest.raises(WrongSettings, match="packgrid totp"):
        read_settings(None, totp_secret="not a secret")


@pytest.mark.parametrize("command", ["exchange", "telegram", "demo"])
def test_a_port_that_is_taken_is_one_line_with_what_to_do(
    capsys: pytest.CaptureFixture[str], command: str, taken: int
) -> None:
    said = run(capsys, command, "--port", str(taken))
    assert said.status == 4
    assert said.err.strip() == (
        f"packgrid {command}: 127.0.0.1:{taken} can't be used (Address already in use): choose another with --port"
    )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, ["TELEGRAM_BOT_TOKEN is missing"]),
        ({"MODE": "Live"}, ["MODE is 'Live': paper or live, exactly so"]),
        ({"MODE": "lvie"}, ["MODE is 'lvie': paper or live, exactly so"]),
        ({"MODE": "demo"}, ["MODE is 'demo': paper or live, exactly so"]),
        ({"MODE": "live"}, ["BACKPACK_API_KEY and BACKPACK_API_SECRET are needed"]),
        ({"MODE": "x", "TICK_SECONDS": "0"}, ["MODE is 'x'", "TICK_SECONDS is '0'"]),
        ({"TIMEZONE": "America", "BACKPACK_API_URL": "https://["}, ["TIMEZONE is 'America'", "BACKPACK_API_URL must"]),
        ({"MODE": "live", "BACKPACK_API_KEY": "k", "BACKPACK_API_SECRET": "s"}, ["BACKPACK_API_KEY or"]),
    ],
)
def test_settings_that_are_wrong_are_all_listed_and_nothing_is_started(
    nowhere: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    says: list[str],
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    if settings:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    said = run(capsys, "run")
    assert said.status == 2
    assert said.err.startswith("The settings can't be used:")
    assert all(line in said.err for line in says)
    assert said.err.endswith(f"They come from the environment or from {nowhere / '.env'}, which is not there.\n")
    assert not list(nowhere.glob("*.db"))


@pytest.mark.parametrize("command", ["run", "check"])
def test_the_settings_are_read_from_the_env_file(
    nowhere: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (nowhere / ".env").write_text("MODE=LIVE\n")
    said = run(capsys, command).err
    assert "MODE is 'LIVE'" in said
    assert said.endswith(f"from {nowhere / '.env'}.\n")


def test_a_database_in_use_is_refused_and_the_other_process_named(
    nowhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{nowhere / 'one.db'}")
    with closing(Store.open(f"sqlite:///{nowhere / 'one.db'}", now=milliseconds)):
        said = run(capsys, "run")
    assert said.status == 3
    assert "in use by another Packgrid (process" in said.err


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2word@127.0.0.1:1/db", "postgresql://u@[::1]:1/db?password=hunter2word"]
)
def test_a_server_that_is_not_there_is_said_without_a_traceback_and_without_its_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, url: str
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:9/bot")
    monkeypatch.setenv("BACKPACK_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DATABASE_URL", url)
    said = run(capsys, command)
    assert said.status == (3 if command == "run" else 1)
    assert "The database can't be used now" in said.out + said.err
    assert "hunter2word" not in said.out + said.err


def test_a_damaged_database_is_refused_and_not_touched(
    nowhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = nowhere / "one.db"
    file.write_bytes(b"no database" * 99)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    said = run(capsys, "run")
    assert said.status == 3
    assert "damaged" in said.err
    assert file.read_bytes() == b"no database" * 99


@pytest.mark.parametrize("command", ["run", "check"])
def test_an_env_file_that_others_can_read_is_warned_of(
    nowhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:9/bot")
    monkeypatch.setenv("BACKPACK_API_URL", "http://127.0.0.1:9")
    (nowhere / ".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nDATABASE_URL=sqlite:////proc/nowhere/one.db\n")
    for mode, warned in ((0o644, True), (0o640, True), (0o600, False)):
        (nowhere / ".env").chmod(mode)
        said = run(capsys, command)
        assert ("chmod 600 .env" in said.out + said.err) is warned


def test_what_is_written_can_be_read_by_nobody_else(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (nowhere / "data").mkdir(mode=0o755)
    run(capsys, "demo", "--headless", "--port", "0", "--seconds", "0.2")
    modes = {path.relative_to(nowhere): path.stat().st_mode & 0o777 for path in nowhere.rglob("*")}
    assert len(modes) > 5
    assert not {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


def test_every_exit_status_is_in_the_help_and_in_the_pages(capsys: pytest.CaptureFixture[str]) -> None:
    said, pages = run(capsys, "--help").out, Path(__file__).parents[2] / "docs"
    for name in ("start.md", "troubleshooting.md"):
        told = (pages / name).read_text("utf-8").partition("Exit status: ")[2].partition("\n\n")[0]
        for one in Exit:
            assert f"  {one.value}  {one.meaning}" in said
            assert f"`{one.value}`" in told


def test_every_command_and_each_of_its_options_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    commands = re.findall(r"^    ([a-z]+) ", run(capsys, "--help").out, re.MULTILINE)
    assert len(commands) > 10
    for command in commands:
        said = run(capsys, command, "--help")
        assert said.status == 0
        assert "usage: packgrid" in said.out
        rows = re.findall(r"^  (-.*\n(?: {4,}.*)?)", said.out, re.MULTILINE)
        assert [row for row in rows if not re.search(r"\S(?:  +|\n +)\S", row)] == [], command


def test_the_program_says_which_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, "--version")

    assert said.status == 0
    assert said.out == f"Packgrid {engine_version()}\n"
