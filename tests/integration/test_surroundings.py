"""What a process may be started into: streams that are closed, proxies for a browser, an .env from anywhere."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.machine import env_file, surroundings
from bot.machine.exits import Exit
from bot.mode import Mode
from bot.settings import WrongSettings, read_settings
from exchange.backpack.rest import http_client
from exchange.backpack.stream import _proxy

ROOT = Path(__file__).parents[2]
HTTP = "http://127.0.0.1:7890"
SOCKS = "socks5://127.0.0.1:7890"
OUTSIDE = "wss://ws.backpack.exchange"


def started(folder: Path, *flags: str, before: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`packgrid check` in a folder: without a token it ends at once, with a line about it."""
    ours = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MODE": "lvie", **environment}
    script = f'{before} exec "$0" "$@"'
    command = ["bash", "-c", script, sys.executable, *flags, "-m", "bot", "run"]
    return subprocess.run(command, cwd=folder, env=ours, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("closed", ["exec >&- ;", "exec 2>&- ;", "exec <&- ;", "exec <&- >&- 2>&- ;"])
def test_a_closed_stream_ends_nothing(tmp_path: Path, closed: str) -> None:
    ended = started(tmp_path, before=closed)
    assert ended.returncode == Exit.SETTINGS
    assert b"Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only some systems have a device that is always full")
def test_a_stream_behind_which_a_disk_is_full_changes_no_exit_status(tmp_path: Path) -> None:
    assert started(tmp_path, before="exec >/dev/full 2>/dev/full ;").returncode == Exit.SETTINGS


def test_a_stream_that_was_closed_is_no_number_for_a_file_of_ours() -> None:
    script = "import os, bot.machine.surroundings as s; s.keep_streams(); s2 = os.open('/', os.O_RDONLY); os._exit(s2)"
    command = ["bash", "-c", 'exec <&- >&- 2>&-; exec "$0" -c "$1"', sys.executable, script]
    ended = subprocess.run(command, cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == 3


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
def test_letters_that_a_terminal_lacks_are_question_marks(tmp_path: Path, encoding: str) -> None:
    said = "网格 − ✅"
    script = f"import bot.machine.surroundings as s; s.keep_streams(); print({said!r})"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert ended.stderr == b""
    assert ended.stdout.decode(encoding).strip() == said.encode(encoding, "replace").decode(encoding)


def test_the_keys_of_our_connections_are_written_nowhere(tmp_path: Path) -> None:
    """Who looks into his browser's traffic has this exported: our keys stood in that file beside the browser's."""
    keys, nowhere = tmp_path / "keys.log", "127.0.0.1:9"
    ours = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SSLKEYLOGFILE": str(keys), "LOG_FILE": ""}
    ours |= {
        "BACKPACK_API_URL": f"http://{nowhere}",
        "TELEGRAM_API_URL": f"http://{nowhere}",
        "DATABASE_URL": "sqlite://",
    }
    ours |= {"BACKPACK_WS_URL": f"ws://{nowhere}", "TELEGRAM_BOT_TOKEN": "123456789:" + "A" * 35}
    command = [sys.executable, "-m", "bot", "check"]
    ended = subprocess.run(command, cwd=tmp_path, env=ours, capture_output=True, timeout=60, check=False)
    assert b"No connection to the exchange" in ended.stdout
    assert not keys.exists()


def test_a_crash_leaves_no_memory_behind(tmp_path: Path) -> None:
    script = (
        "import resource, subprocess, sys; from bot.machine.private import keep_private; keep_private();"
        "show = 'import resource; print(resource.getrlimit(resource.RLIMIT_CORE)[0])'; exec(show);"
        "subprocess.run([sys.executable, '-c', show], check=True)"
    )
    command = ["bash", "-c", 'ulimit -S -c $(ulimit -H -c); exec "$0" -u -c "$1"', sys.executable, script]
    ours = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=tmp_path, env=ours, capture_output=True, timeout=60, check=True)
    assert ended.stdout.split() == [b"0", b"0"]


def test_without_assertions_nothing_is_started(tmp_path: Path) -> None:
    by_flag, by_name = started(tmp_path, "-O"), started(tmp_path, PYTHONOPTIMIZE="2")
    for ended in (by_flag, by_name):
        assert ended.returncode == Exit.SETTINGS
        assert b"PYTHONOPTIMIZE (or python -O) switches assertions off" in ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ALL_PROXY", SOCKS, "ALL_PROXY is a SOCKS proxy: an HTTP one is needed"),
        ("https_proxy", "socks5h://me:secret@127.0.0.1:1080", "https_proxy is a SOCKS proxy"),
        ("HTTPS_PROXY", "http://127.0.0.1:port", "HTTPS_PROXY is no address of a proxy"),
        ("HTTPS_PROXY", "ftp://127.0.0.1:21", "HTTPS_PROXY is no address of a proxy"),
        ("HTTPS_PROXY", "http://", "HTTPS_PROXY is no address of a proxy"),
        ("HTTPS_PROXY", "http://127.0.0.1\r:7890", "HTTPS_PROXY is no address of a proxy"),
        ("HTTPS_PROXY", "http://127.0.0.1\u200b:7890", "HTTPS_PROXY is no address of a proxy"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "SSL_CERT_FILE is '/nowhere/ca.pem': there is no such file"),
        ("SSL_CERT_DIR", "/nowhere", "SSL_CERT_DIR is '/nowhere': there is no such folder"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_variable(tmp_path: Path, name: str, value: str, says: str) -> None:
    ended = started(tmp_path, **{name: value})
    assert ended.returncode == Exit.SETTINGS
    assert says in ended.stderr.decode()
    assert b"secret" not in ended.stderr
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "hosts",
    [
        "localhost,127.0.0.0/8,::1",
        "localhost,127.0.0.1,::1,fe80::/10,fd07:b51a:cc66:f0::/64",
        "[::1],.lan,*.local,例.com",
        " , ,",
        "localhost:*,here\rthere,\u200b,http://xn--",
    ],
)
def test_hosts_that_httpx_cannot_read_are_no_end_of_it(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, HTTP)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, hosts)
    surroundings.lend(os.environ, {})
    http_client()
    assert _proxy("wss://[::1]:1") is None


def test_the_three_lines_that_proxy_programs_tell_people_to_paste_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("https_proxy", HTTP), ("http_proxy", HTTP), ("all_proxy", SOCKS)):
        monkeypatch.setenv(name, value)
    surroundings.lend(os.environ, {})
    assert not [*surroundings.problems(os.environ)]
    http_client()
    assert _proxy(OUTSIDE) == HTTP


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("address", [HTTP, HTTP.removeprefix("http://")])
def test_the_stream_goes_the_way_of_everything_else(monkeypatch: pytest.MonkeyPatch, name: str, address: str) -> None:
    for other in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, address)
    assert _proxy(OUTSIDE) == HTTP
    for local in ("ws://127.0.0.1:1/ws", "ws://localhost:1/ws", "ws://[::1]:1/ws"):
        assert _proxy(local) is None
    monkeypatch.setenv("NO_PROXY", "backpack.exchange")
    assert _proxy(OUTSIDE) is None


def test_nothing_on_this_machine_is_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", HTTP)
    client = http_client()
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert client._transport_for_url(httpx.URL(f"http://{host}:8090/")) is client._transport  # noqa: SLF001
    assert client._transport_for_url(httpx.URL("https://api.backpack.exchange/")) is not client._transport  # noqa: SLF001


def test_a_proxy_may_stand_in_the_env_file_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(f"\ufeffhttps_proxy='{HTTP}'\r\nNO_PROXY=here\r\nMODE=paper\r\n".encode())
    environment = {"no_proxy": "there"}
    surroundings.lend(environment, env_file.given(file))
    assert environment == {"no_proxy": "there", "HTTPS_PROXY": HTTP}


@pytest.mark.parametrize("around", ["{}\r", " {} ", '"{}"', "'{}'\r\n"])
def test_what_docker_or_a_file_of_windows_leaves_around_a_value_is_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    environment = {"https_proxy": around.format(HTTP), "NO_PROXY": around.format("here")}
    surroundings.lend(environment, {})
    assert environment == {"https_proxy": HTTP, "NO_PROXY": "here"}
    given = {"MODE": "live", "BACKPACK_API_KEY": "a", "BACKPACK_API_SECRET": "b", "TIMEZONE": "Asia/Shanghai"}
    more = {"DATABASE_URL": "sqlite:///here.db", "LOG_FILE": "here.log", "SHADOW": "on", "DAILY_LOSS_LIMIT": ""}
    for name, value in (given | more).items():
        monkeypatch.setenv(name, around.format(value))
    settings = read_settings(None)
    assert (settings.mode, settings.timezone, settings.shadow) == (Mode.LIVE, "Asia/Shanghai", True)
    assert (settings.database, settings.log_file) == ("sqlite:///here.db", "here.log")
    assert settings.daily_loss_limit is None


def test_a_file_that_a_power_cut_has_torn_is_told_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"MODE=paper\nHTTPS_PROXY=http://127.0.0.1:1\0\0\n")
    environment: dict[str, str] = {}
    surroundings.lend(environment, env_file.given(file))
    assert environment == {}
    with pytest.raises(WrongSettings, match="line 2 can't be read"):
        read_settings(file)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("MODE=paper\n".encode("utf-16"), "is not UTF-8: save it anew with the encoding UTF-8"),
        ("# 我的设置\nMODE=paper\n".encode("gbk"), "is not UTF-8"),
        (b"MODE=paper\nDAILY_LOSS_LIMIT: 5\n", "line 2 can't be read: a line is NAME=value"),
        (b"MODE=paper\nTIMEZONE Asia/Shanghai\n", "line 2 can't be read"),
        (b"MODE=paper\n\nMAX_LOSS\n", "line 3 can't be read"),
        (b"DAILY_LOS_LIMIT=5\n", "line 1: DAILY_LOS_LIMIT is no setting: DAILY_LOSS_LIMIT is one"),
        (b"Max_Losses=3%\n", "line 1: Max_Losses is no setting: MAX_LOSS is one"),
        (b"HTTP_PROXI=x\n", "HTTP_PROXI is no setting: HTTP_PROXY is one"),
    ],
)
def test_a_line_that_would_have_no_effect_is_told(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / ".env"
    file.write_bytes(content)
    with pytest.raises(WrongSettings) as wrong:
        read_settings(file)
    assert says in str(wrong.value)
    assert "5" not in str(wrong.value).replace(str(tmp_path), "")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfREPORT_TIME=08:00\r\n",
        b"export REPORT_TIME='08:00'  # early\n\n# REPORT TIME\n",
        b"report_time=08:00\rCOMPOSE_PROJECT_NAME=x\rTZ=Asia/Shanghai\rHTTPS_PROXY=http://127.0.0.1:7890\r",
    ],
)
def test_an_env_file_from_another_editor_is_read(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ".env"
    file.write_bytes(content)
    assert read_settings(file).report_time.hour == 8


def test_the_example_is_read_as_it_stands_and_with_every_default_switched_on(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for content in (example, re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE)):
        file = tmp_path / ".env"
        file.write_text(content, encoding="utf-8")
        assert read_settings(file).mode is Mode.PAPER


def test_a_fault_of_our_own_is_told_without_secrets(tmp_path: Path) -> None:
    """Python prints what nobody caught as it is, and libraries put whole addresses and requests into theirs."""
    token, path, password = "123456789:" + "Abc-_" * 7, "hc-a1b2c3d4e5f6", "pass:w0rd"
    key = base64.b64encode(bytes(range(32))).decode()
    given = {"TELEGRAM_BOT_TOKEN": token, "BACKPACK_API_SECRET": key, "HEARTBEAT_URL": f"https://beats.test/{path}"}
    told = f"GET https://api.telegram.org/bot{token}/getMe, {key}, {path}, postgresql://me:{password}@db/books"
    script = (
        "import os, sys, bot.live, bot.__main__ as program\n"
        "async def run(_stop): raise RuntimeError(os.environ['TOLD'])\n"
        "bot.live.run = run\n"
        "sys.exit(program.main(['run']))"
    )
    ours = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TOLD": told, **given}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=tmp_path, env=ours, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == Exit.WRONG
    assert "RuntimeError: GET https://api.telegram.org/bot[token]/getMe" in ended.stderr
    for secret in (token, key, path, password):
        assert secret not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "fails",
    [
        "threading.Thread(target=fail).start()",
        "asyncio.get_running_loop().create_task(later()); await asyncio.sleep(0); gc.collect()",
        "type('Ending', (), {'__del__': fail})()",
        "logging.getLogger('exchange').warning(told)",
    ],
    ids=["a thread", "a task", "an ending", "a warning"],
)
def test_what_python_prints_by_itself_has_no_secrets_in_it(tmp_path: Path, fails: str) -> None:
    """Of commands that keep no log, and before there is one."""
    token, password = "123456789:" + "Abc-_" * 7, "pass:w0rd"
    told = f"GET https://api.telegram.org/bot{token}/getMe, postgresql://me:{password}@db/books"
    script = (
        "import asyncio, gc, logging, os, sys, threading, bot.live, bot.__main__ as program\n"
        "told = os.environ['TOLD']\n"
        "def fail(*_): raise RuntimeError(told)\n"
        "async def later(): fail()\n"
        f"async def run(_stop):\n    {fails}\n"
        "bot.live.run = run\n"
        "sys.exit(program.main(['run']))"
    )
    ours = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TOLD": told}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=tmp_path, env=ours, capture_output=True, text=True, timeout=60, check=False)

    assert "GET https://api.telegram.org/bot[token]/getMe" in ended.stderr
    assert token not in ended.stderr
    assert password not in ended.stderr
