"""Settings: `.env.example` tells the truth, a wrong value gets one clear line, and no secret is ever shown."""

import re
from base64 import b64encode
from decimal import Decimal
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from bot.live import signer_of
from bot.machine.addresses import database_secrets, shown_database
from bot.machine.discreet import redacted
from bot.mode import Mode
from bot.settings import Settings, WrongSettings, read_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"#?([A-Z_]+)=(.*)")
SECRET64 = b64encode(bytes(range(32))).decode()
SECRET = "S3cretS3cretS3cretS3cret"
PERSON = "a whole number above zero: your own Telegram user id, not a group's and not the bot's"
HIDDEN = "is not shown here (it could be a secret):"
MONEY = "must be a plain number above zero such as 200, or empty for none"
TOKEN = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine has set says nothing about the defaults."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)


def lines() -> list[str]:
    return EXAMPLE.read_text("utf-8").splitlines()


def told() -> dict[str, str]:
    """Every setting of the example file, commented out or not, with the value that stands there."""
    found = [LINE.fullmatch(line) for line in lines()]
    return {one[1]: one[2] for one in found if one is not None}


def test_the_example_names_every_setting_once_and_no_other() -> None:
    named = [one[1] for line in lines() if (one := LINE.fullmatch(line))]

    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    everything = tmp_path / "all.env"
    everything.write_text("\n".join(f"{name}={value}" for name, value in told().items()), "utf-8")

    assert read_settings(everything) == read_settings(None)


def test_the_example_can_be_used_as_it_is() -> None:
    assert read_settings(EXAMPLE) == read_settings(None)


def test_every_setting_of_the_example_has_its_sentence() -> None:
    for above, line in zip(lines(), lines()[1:], strict=False):
        if LINE.fullmatch(line):
            assert above.startswith("# "), f"{line} has no sentence"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MODE", "LIVE", "is 'LIVE': paper or live, exactly so"),
        ("MODE", "", "is '': paper or live, exactly so"),
        ("MODE", "demo", "is 'demo': paper or live, exactly so; the demo is `packgrid demo`"),
        ("MODE", "live", "is live: BACKPACK_API_KEY and BACKPACK_API_SECRET are needed; MODE=paper needs neither"),
        ("TELEGRAM_OWNER_ID", "@sam", f"is '@sam': {PERSON}"),
        ("TELEGRAM_OWNER_ID", "-5", f"is '-5': {PERSON}"),
        ("TELEGRAM_OWNER_ID", "0", f"is '0': {PERSON}"),
        ("TELEGRAM_OWNER_ID", "-1001234567890", f"is '-1001234567890': {PERSON}"),
        ("TELEGRAM_OWNER_ID", str(2**52), f"{HIDDEN} {PERSON}"),
        ("TELEGRAM_OWNER_ID", "12345678901234567890", f"{HIDDEN} {PERSON}"),
        ("TELEGRAM_API_URL", "api.telegram.org", "must begin with https:// (or http:// for a local server)"),
        ("BACKPACK_API_URL", "", "must begin with https:// (or http:// for a local server)"),
        ("BACKPACK_WS_URL", "https://a.b", "must begin with wss:// (or ws:// for a local server)"),
        ("TIMEZONE", "Mars", "is 'Mars': a name such as Asia/Shanghai or UTC"),
        ("REPORT_TIME", "25:00", "is '25:00': a time such as 09:00, by TIMEZONE"),
        ("REPORT_TIME", "09:00+08:00", "is '09:00+08:00': a time such as 09:00, by TIMEZONE"),
        ("REPORT_TIME", "9", "is '9': a time such as 09:00, by TIMEZONE"),
        ("REPORT_TIME", "", "is '': a time such as 09:00, by TIMEZONE"),
        ("TICK_SECONDS", "0", "is '0': a number of seconds from 0.2 to 60"),
        ("TICK_SECONDS", "nan", "is 'nan': a number of seconds from 0.2 to 60"),
        ("GRID_COUNT", "201", "is '201': a whole number from 1 to 200"),
        ("GRID_COUNT", "2.5", "is '2.5': a whole number from 1 to 200"),
        ("GRID_USDC", "0", f"is '0': {MONEY}"),
        ("GRID_INTERVAL", "1e3", f"is '1e3': {MONEY}"),
        ("DAILY_LOSS_LIMIT", "-5", f"is '-5': {MONEY}"),
        ("MAX_LOSS", "500%", "is '500%': must be a percentage such as 0.4%"),
        ("OUT_WANT", "0,4%", "is '0,4%': must be a percentage such as 0.4%"),
        ("LIVE_ORDERS", "0", "is '0': a whole number from 1 to 200"),
        ("SEED_PATIENCE_SECONDS", "-1", "is '-1': a whole number of seconds from 0 to 3600"),
        ("CANCEL_ON_EXIT", "maybe", "is 'maybe': yes or no"),
        ("REQUEST_WINDOW_MS", "60000", "is '60000': a whole number of milliseconds from 1000 to 5000"),
        ("LANGUAGE", "nonsense", "is 'nonsense': en or zh, or empty for the language of your Telegram"),
        ("LANGUAGE", "zh!", "is 'zh!': en or zh, or empty for the language of your Telegram"),
        ("LANGUAGE", SECRET64, f"{HIDDEN} en or zh, or empty for the language of your Telegram"),
        ("TIMEZONE", "", "is '': a name such as Asia/Shanghai or UTC"),
        ("TICK_SECONDS", "3s", "is '3s': a number of seconds from 0.2 to 60"),
        ("LOG_LEVEL", "loud", "is 'loud': DEBUG, INFO, WARNING, ERROR"),
    ],
)
def test_a_wrong_value_gets_one_line_that_says_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(WrongSettings) as refused:
        read_settings(None)

    assert str(refused.value) == f"{name} {said}"


def test_every_wrong_setting_gets_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TICK_SECONDS", "GRID_COUNT", "REQUEST_WINDOW_MS"):
        monkeypatch.setenv(name, "many")

    with pytest.raises(WrongSettings) as refused:
        read_settings(None)

    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("MAX_LOSS", "5", Decimal("0.05")),
        ("MAX_LOSS", "", None),
        ("OUT_WANT", "0.4％", Decimal("0.004")),
        ("DAILY_LOSS_LIMIT", "", None),
        ("LANGUAGE", "zh_CN.UTF-8", "zh"),
        ("LANGUAGE", "de_DE:en", None),
        ("LANGUAGE", "en_GB:en_US:en", "en"),
        ("LANGUAGE", "zh-Hans-CN", "zh"),
        ("LANGUAGE", "C.UTF-8", None),
        ("LANGUAGE", "de_DE@euro", None),
        ("LANGUAGE", "", None),
        ("CANCEL_ON_EXIT", "yes", True),
        ("TELEGRAM_OWNER_ID", "", None),
        ("MODE", "paper", Mode.PAPER),
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081", "http://127.0.0.1:8081/bot"),
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081/bot/", "http://127.0.0.1:8081/bot"),
    ],
)
def test_a_value_is_read_as_a_person_means_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, read: object
) -> None:
    monkeypatch.setenv(name, value)

    assert getattr(read_settings(None), name.lower()) == read


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = tmp_path / ".env"
    written.write_text("GRID_COUNT=5\nGRID_USDC=60\n", "utf-8")
    monkeypatch.setenv("GRID_COUNT", "7")

    settings = read_settings(written)

    assert (settings.grid_count, settings.grid_usdc) == (7, Decimal(60))


def test_each_mode_has_its_own_database() -> None:
    assert read_settings(None).database == "sqlite:///data/paper.db"
    assert a_live_one().database == "sqlite:///data/live.db"


@pytest.mark.parametrize(
    ("address", "real"),
    [("https://api.backpack.exchange", True), ("https://10.0.0.7:8090", True), ("http://127.0.0.1:8090", False)],
)
def test_money_is_real_on_anything_but_a_server_on_this_machine(address: str, real: bool) -> None:
    assert a_live_one(backpack_api_url=address).real_money is real


def test_no_secret_is_in_a_repr_or_a_refusal() -> None:
    settings = a_live_one()

    assert SECRET not in f"{settings!r} {settings}"
    assert TOKEN not in f"{settings!r} {settings}"
    with pytest.raises(WrongSettings) as refused:
        a_live_one(backpack_api_secret=[SECRET], telegram_bot_token=[TOKEN])
    assert SECRET not in str(refused.value)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("name", sorted(name.upper() for name in Settings.model_fields))
@pytest.mark.parametrize("secret", [TOKEN, SECRET64, f"postgresql://packgrid:{SECRET}@db/packgrid"])
def test_a_secret_in_the_wrong_setting_is_never_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, secret: str
) -> None:
    monkeypatch.setenv(name, secret)

    try:
        said = repr(read_settings(None))
    except WrongSettings as refused:
        said = str(refused)

    assert secret not in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "name", ["BACKPACK_API_KEY", "BACKPACK_API_SECRET", "BACKPACK_API_URL", "LOG_FILE", "DATABASE_URL"]
)
def test_a_bots_token_elsewhere_is_refused_with_the_place_where_it_belongs(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, f"https://a.example/{TOKEN}" if name.endswith("URL") else TOKEN)

    with pytest.raises(
        WrongSettings, match=f"{name} holds what looks like a bot's token: that belongs into TELEGRAM_B"
    ):
        read_settings(None)


@pytest.mark.parametrize("token", ["nonsense", "123:with a blank and\nmore", "1:2/../../x", SECRET64])
def test_what_is_no_token_is_refused_before_it_is_sent_to_anybody(token: str) -> None:
    with pytest.raises(WrongSettings, match=r"^TELEGRAM_BOT_TOKEN is not a bot's token: copy it from @BotFather") as no:
        a_live_one(telegram_bot_token=token)
    assert token not in str(no.value)


def test_the_bots_own_id_and_one_key_twice_are_seen() -> None:
    with pytest.raises(WrongSettings, match="TELEGRAM_OWNER_ID is the bot's own id"):
        a_live_one(telegram_owner_id=123456)
    with pytest.raises(WrongSettings, match="BACKPACK_API_KEY and BACKPACK_API_SECRET are the same"):
        a_live_one(backpack_api_key=SECRET)


def test_keys_that_are_swapped_are_said_to_be_and_not_shown() -> None:
    pair = SigningKey(bytes(range(32)))
    public, secret = (b64encode(bytes(one)).decode() for one in (pair.verify_key, pair))

    with pytest.raises(WrongSettings, match="are swapped") as refused:
        signer_of(a_live_one(backpack_api_key=secret, backpack_api_secret=public))
    assert secret not in str(refused.value)


PORT = "has a port that can't be: a port is a number from 1 to 65535, or is left out with its colon"


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("x:99999", PORT),
        ("x:0", PORT),
        ("x:http", PORT),
        ("[::1]:70000", PORT),
        (":443", "names no server"),
        ("", "names no server"),
        ("a b", "has a blank or a mark in it that can't be seen"),
    ],
)
@pytest.mark.parametrize("name", ["BACKPACK_API_URL", "BACKPACK_WS_URL", "TELEGRAM_API_URL"])
def test_what_is_wrong_with_an_address_is_said_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, name: str, rest: str, said: str
) -> None:
    monkeypatch.setenv(name, f"{'wss' if 'WS' in name else 'https'}://{rest}")

    with pytest.raises(WrongSettings) as refused:
        read_settings(None)

    assert str(refused.value).startswith(f"{name} {said}")
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("host", ["127.0.0.1:8090", "localhost", "[::1]:8090", "127.0.0.53"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    read_settings(
        None, backpack_api_url=f"http://{host}", backpack_ws_url=f"ws://{host}", telegram_api_url=f"http://{host}"
    )


@pytest.mark.parametrize("host", ["10.0.0.7", "backpack", "127.0.0.1.example", "127.0.0.1@example.com", "2130706433"])
def test_plain_http_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(WrongSettings) as refused:
        read_settings(
            None, backpack_api_url=f"http://{host}", backpack_ws_url=f"ws://{host}", telegram_api_url=f"http://{host}"
        )

    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@ss-word@db/packgrid",
        "postgresql://u:pass/word@db/packgrid",
        "postgresql://u:pass#word@db/packgrid",
        "postgresql+psycopg://u:pass?word@db/packgrid",
        "postgresql://u:word@db:port/packgrid",
        "postgresql://u:word@db:70000/packgrid",
        "postgresql://u:word@[::1]:0/packgrid",
    ],
)
def test_a_bad_port_or_a_mark_that_is_not_written_in_per_cents_is_one_line(url: str) -> None:
    with pytest.raises(WrongSettings, match=r"^DATABASE_URL can't be read: the port is a number") as refused:
        read_settings(None, database_url=url)
    assert "word" not in str(refused.value).replace("password", "")


@pytest.mark.parametrize(
    ("url", "shown", "secrets"),
    [
        ("postgresql://u:w%40rd@db:5432/packgrid", "postgresql://db:5432/packgrid", ["w%40rd", "w@rd"]),
        ("postgresql://[::1]/packgrid?user=u&password=a%40b", "postgresql://[::1]/packgrid", ["a%40b", "a@b"]),
        ("postgresql:///packgrid?host=/run&sslpassword=word", "postgresql:///packgrid", ["word"]),
        ("sqlite:///data/it.db", "sqlite:///data/it.db", []),
    ],
)
def test_a_password_is_known_wherever_in_the_address_it_stands(url: str, shown: str, secrets: list[str]) -> None:
    settings = read_settings(None, database_url=url)

    assert sorted(set(database_secrets(settings.database))) == sorted(secrets)
    assert shown_database(url) == shown
    for secret in secrets:
        assert secret not in repr(settings)
        assert f"={secret}" not in redacted(url)
        assert f":{secret}@" not in redacted(url)


def a_live_one(**changes: object) -> Settings:
    """Settings for live trading, with secrets to look for."""
    keys = {"backpack_api_key": "a key", "backpack_api_secret": SECRET, "telegram_bot_token": TOKEN}
    return read_settings(None, **{"mode": Mode.LIVE, **keys, **changes})
