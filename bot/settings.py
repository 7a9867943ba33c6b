"""Settings from the environment and `.env`, checked once, into one frozen value. Secrets never show in a repr."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.languages import LANGUAGES
from bot.machine import env_file as env_files
from bot.machine.addresses import database_problem, is_loopback, web_problem
from bot.machine.discreet import holds_key, holds_token, redacted, shown
from bot.machine.surroundings import FOR_LIBRARIES
from bot.machine.totp import secret_of
from bot.mode import Mode
from strategy.model.money import plain
from strategy.reconcile.recovery import WINDOW

BACKPACK_API_URL = "https://api.backpack.exchange"
BACKPACK_WS_URL = "wss://ws.backpack.exchange"
TELEGRAM_API_URL = "https://api.telegram.org/bot"
ENV_FILE = Path(".env")
HIGHEST_PERCENT = 100
HIGHEST_PERSON = 2**52 - 1
"""A Telegram id has at most 52 bits; those of groups and channels are negative."""
_LOCALE = re.compile(
    r"(?:(?:C|POSIX|[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})*)(?:\.[A-Za-z0-9-]{1,12})?(?:@[A-Za-z]{1,12})?)?"
)
"""As systems name languages: zh_CN.UTF-8, de_DE@euro, C; or nothing."""


class WrongSettings(Exception):
    """One line for each setting that is wrong: its name, what is wrong, what is allowed. Holds no secret."""


def _percent(value: object) -> object:
    """`0.4%` or `0.4` (per cent) as a fraction; empty is none."""
    if value is None or isinstance(value, Decimal):
        return value
    text = str(value).strip().removesuffix("%").removesuffix("％")
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text) or Decimal(text) > HIGHEST_PERCENT:
        msg = "must be a percentage such as 0.4%"
        raise ValueError(msg)
    return Decimal(text) / 100


def _money(value: object) -> object:
    if value is None or isinstance(value, Decimal):
        return value
    text = str(value).strip()
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not Decimal(text):
        msg = "must be a plain number above zero such as 200, or empty for none"
        raise ValueError(msg)
    return Decimal(text)


def _time_of_day(value: object) -> object:
    """`09:00`, by TIMEZONE. A bare number would be taken for seconds, and an offset be read and then forgotten."""
    if isinstance(value, time):
        return value
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", str(value).strip(), re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        msg = "a time such as 09:00"
        raise ValueError(msg)
    return time(int(found[1]), int(found[2]))


def _language(value: object) -> object:
    """One of ours. Many systems set LANGUAGE to a list of locales: the first one's language is used, or nothing."""
    text = str(value or "").strip()
    if not text:
        return None
    if not all(_LOCALE.fullmatch(one) for one in text.split(":")):
        msg = f"{' or '.join(LANGUAGES)}, or empty for the language of your Telegram"
        raise ValueError(msg)
    letters = re.split(r"[_.@:-]", text)[0].lower()
    return letters if letters in LANGUAGES else None


def _bot_address(value: object) -> object:
    """What stands before the token ends with /bot, with every server of Telegram's; often only the host is given."""
    text = str(value).rstrip("/")
    return text if text.endswith("/bot") else f"{text}/bot"


def _at_home(value: object) -> object:
    """With `~` written out, as a shell does; one that nobody knows stays what it is."""
    with suppress(RuntimeError):
        return str(Path(str(value)).expanduser()) if str(value).startswith("~") else value
    return value


def _empty_is_none(value: object) -> object:
    return None if value in ("", None) else value


Percent = Annotated[Decimal | None, NoDecode, BeforeValidator(_percent)]
Person = Annotated[int, Field(ge=1, le=HIGHEST_PERSON)]
Money = Annotated[Decimal | None, NoDecode, BeforeValidator(_money)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """The defaults of /grid, from the settings. Money and distances in USDC; they are carried into another quote."""

    interval: Decimal = Decimal(40)
    grids: int = 3
    quote_per_order: Decimal = Decimal(50)
    out_want: Decimal = Decimal("0.004")
    max_loss: Decimal | None = Decimal("0.05")
    max_position: Decimal | None = None
    fee_buffer: Decimal = Decimal("0.001")
    seed_patience: int = 30_000
    window: int = 50


class Settings(BaseSettings):
    """Everything that can be set, with its default. `.env.example` has a sentence for each."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding=env_files.ENCODING, extra="ignore", frozen=True, case_sensitive=False
    )

    mode: Mode = Mode.PAPER
    telegram_bot_token: SecretStr = SecretStr("")
    telegram_api_url: Annotated[str, BeforeValidator(_bot_address)] = TELEGRAM_API_URL
    telegram_owner_id: Annotated[Person | None, BeforeValidator(_empty_is_none)] = None
    backpack_api_key: Annotated[str, Field(repr=False)] = ""
    backpack_api_secret: SecretStr = SecretStr("")
    backpack_api_url: str = BACKPACK_API_URL
    backpack_ws_url: str = BACKPACK_WS_URL
    database_url: Annotated[str, Field(repr=False)] = ""
    tick_seconds: Annotated[float, Field(ge=0.2, le=60)] = 3
    timezone: str = "UTC"
    language: Annotated[str | None, BeforeValidator(_language)] = None
    report_time: Annotated[time, BeforeValidator(_time_of_day)] = time(9)
    daily_loss_limit: Money = Decimal(200)
    max_loss: Percent = Decimal("0.05")
    max_position: Money = None
    grid_interval: Money = Decimal(40)
    grid_count: Annotated[int, Field(ge=1, le=200)] = 3
    grid_usdc: Money = Decimal(50)
    out_want: Percent = Decimal("0.004")
    fee_buffer: Percent = Decimal("0.001")
    seed_patience_seconds: Annotated[int, Field(ge=0, le=3600)] = 30
    live_orders: Annotated[int, Field(ge=1, le=200)] = 50
    cancel_on_exit: bool = False
    paper_usdc: Money = Decimal(10_000)
    record_days: Annotated[int, Field(ge=0, le=60)] = 8
    shadow: bool = False
    request_window_ms: Annotated[int, Field(ge=1000, le=WINDOW)] = WINDOW
    totp_secret: SecretStr = SecretStr("")
    totp_above: Money = Decimal(500)
    heartbeat_url: SecretStr = SecretStr("")
    alarm_url: SecretStr = SecretStr("")
    log_file: Annotated[str, BeforeValidator(_at_home)] = "data/packgrid.log"
    log_level: str = "INFO"

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, values: dict[str, Any]) -> dict[str, Any]:
        """With a line end of Windows behind its name a database would be another one, new and empty."""
        return {name: env_files.meant(value) if isinstance(value, str) else value for name, value in values.items()}

    @property
    def zone(self) -> ZoneInfo:
        """The owner's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """Where everything is remembered: each mode has its own file unless a URL is given."""
        return self.database_url or f"sqlite:///data/{self.mode.value}.db"

    @property
    def real_money(self) -> bool:
        """Live on anything but a server on this machine."""
        return self.mode is Mode.LIVE and not is_loopback(urlsplit(self.backpack_api_url).hostname)

    @property
    def defaults(self) -> Defaults:
        """The defaults of /grid."""
        known = Defaults()
        return Defaults(
            interval=self.grid_interval or known.interval,
            grids=self.grid_count,
            quote_per_order=self.grid_usdc or known.quote_per_order,
            out_want=self.out_want or known.out_want,
            max_loss=self.max_loss or None,
            max_position=self.max_position,
            fee_buffer=self.fee_buffer if self.fee_buffer is not None else known.fee_buffer,
            seed_patience=self.seed_patience_seconds * 1000,
            window=self.live_orders,
        )


def default_of(name: str) -> str:
    """The default of a setting as it would be typed; nothing where there is none."""
    field = Settings.model_fields[name]
    match field.default:
        case None | SecretStr():
            return ""
        case bool():
            return "yes" if field.default else "no"
        case Decimal() if any(isinstance(one, BeforeValidator) and one.func is _percent for one in field.metadata):
            return f"{plain(field.default * 100)}%"
        case Decimal():
            return plain(field.default)
        case time():
            return field.default.strftime("%H:%M")
        case _:
            return str(field.default)


def read_settings(env_file: Path | None = ENV_FILE, **changes: Any) -> Settings:
    """The settings, or `WrongSettings` with a line for each that is wrong."""
    unheard = [] if env_file is None else [*env_files.problems(env_file, Settings.model_fields, FOR_LIBRARIES)]
    if unheard:
        raise WrongSettings("\n".join(unheard))
    try:
        settings = Settings(_env_file=env_file, **changes)
    except ValidationError as error:
        lines = [_line(one) for one in error.errors()]
        raise WrongSettings("\n".join(lines)) from None
    problems = _problems(settings)
    if settings.mode is Mode.DEMO and "mode" not in changes:
        problems.append(f"MODE is 'demo': {_MODES}; the demo is `packgrid demo`")
    if problems:
        raise WrongSettings("\n".join(problems))
    return settings


_MODES = "paper or live, exactly so"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_ALLOWED = {
    "mode": _MODES,
    "tick_seconds": "a number of seconds from 0.2 to 60",
    "grid_count": "a whole number from 1 to 200",
    "seed_patience_seconds": "a whole number of seconds from 0 to 3600",
    "live_orders": "a whole number from 1 to 200",
    "request_window_ms": f"a whole number of milliseconds from 1000 to {WINDOW}",
    "report_time": "a time such as 09:00, by TIMEZONE",
    "telegram_owner_id": "a whole number above zero: your own Telegram user id, not a group's and not the bot's",
    "cancel_on_exit": "yes or no",
    "shadow": "on or off",
    "record_days": "a whole number of days from 0 to 60; 0 records nothing",
}


def _line(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0]) if error["loc"] else "settings"
    allowed = _ALLOWED.get(name) or str(error["msg"]).removeprefix("Value error, ")
    given = "" if "token" in name or "secret" in name or "key" in name else f" is {shown(error['input'])}:"
    return f"{name.upper()}{given} {allowed}"


def _problems(settings: Settings) -> list[str]:
    found = [*_misplaced(settings)]
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found.append(f"TIMEZONE is {shown(settings.timezone)}: a name such as Asia/Shanghai or UTC")
    addresses = {
        "TELEGRAM_API_URL": web_problem(settings.telegram_api_url, "https"),
        "BACKPACK_API_URL": web_problem(settings.backpack_api_url, "https"),
        "BACKPACK_WS_URL": web_problem(settings.backpack_ws_url, "wss"),
        "DATABASE_URL": database_problem(settings.database_url),
    }
    for name in ("heartbeat_url", "alarm_url"):  # either may be a secret as a whole
        if address := getattr(settings, name).get_secret_value():
            addresses[name.upper()] = web_problem(address, "https")
    found += [f"{name} {problem}" for name, problem in addresses.items() if problem is not None]
    if (totp := settings.totp_secret.get_secret_value()) and secret_of(totp) is None:
        found.append("TOTP_SECRET is no secret of an authenticator app: `packgrid totp` makes one")
    if settings.log_level.upper() not in _LEVELS:
        found.append(f"LOG_LEVEL is {shown(settings.log_level)}: {', '.join(_LEVELS)}")
    if settings.mode is Mode.LIVE and not (
        settings.backpack_api_key and settings.backpack_api_secret.get_secret_value()
    ):
        found.append("MODE is live: BACKPACK_API_KEY and BACKPACK_API_SECRET are needed; MODE=paper needs neither")
    return found


def _misplaced(settings: Settings) -> Iterator[str]:
    """Secrets in the wrong place, where they would be sent to somebody, or printed."""
    token = settings.telegram_bot_token.get_secret_value()
    secret = settings.backpack_api_secret.get_secret_value()
    texts = {name: value for name, value in settings if isinstance(value, str)} | {"backpack_api_secret": secret}
    texts |= {name: getattr(settings, name).get_secret_value() for name in ("heartbeat_url", "alarm_url")}
    for name, value in texts.items():
        if holds_token(value):
            yield f"{name.upper()} holds what looks like a bot's token: that belongs into TELEGRAM_BOT_TOKEN"
        elif holds_key(value) and not name.startswith("backpack_api_"):
            yield f"{name.upper()} holds what looks like a key: that belongs into BACKPACK_API_SECRET"
        elif redacted(value) != value and not name.endswith("_url"):
            yield f"{name.upper()} holds what looks like a password"
    if token and not re.fullmatch(r"\d+:[\w-]+", token, re.ASCII):
        yield "TELEGRAM_BOT_TOKEN is not a bot's token: copy it from @BotFather, as in 123456789:AAE..."
    if settings.telegram_owner_id is not None and str(settings.telegram_owner_id) == token.partition(":")[0]:
        yield f"TELEGRAM_OWNER_ID is the bot's own id: {_ALLOWED['telegram_owner_id']}"
    if secret and secret == settings.backpack_api_key:
        yield "BACKPACK_API_KEY and BACKPACK_API_SECRET are the same: the key is the public one of the two"
