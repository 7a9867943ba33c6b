"""Whose a database is: one mode, one exchange account, one address. Written once, compared at every start.

Nothing here trades or asks the owner: a database of somebody else's is refused, before anything is read into it.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlsplit

from bot.account.evidence import Evidence
from bot.mode import Mode
from bot.settings import Settings
from exchange.port import Exchange, ExchangeError
from storage.errors import WrongDatabase
from storage.store import Recalled, Store

SETTING = "identity"
CONFIRMED = "live_confirmed"
"""The setting that has LIVE: when the owner typed it for this database, milliseconds."""
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the settings say a database must belong to."""

    mode: Mode
    key: str
    """The public API key; empty on paper, where there is no account. Never the secret."""
    address: str
    """Where the exchange is; empty for the demo, whose exchange lies beside its database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What is written down in a database."""

    identity: Identity
    trusted_until: int = 0
    """The owner has said that the books are right up to this time, whatever the exchange shows. Milliseconds."""


def identity_of(settings: Settings) -> Identity:
    """Whose database these settings ask for."""
    return Identity(
        mode=settings.mode,
        key="" if settings.mode is Mode.PAPER else settings.backpack_api_key.strip(),
        address="" if settings.mode is Mode.DEMO else _address(settings.backpack_api_url),
    )


def bound_to(store: Store) -> Bound | None:
    """Whose this database is; None where that was never written: it is new, or older than this question."""
    return _bound(store.setting)


def _bound(setting: Recalled) -> Bound | None:
    text = setting(SETTING)
    if text is None:
        return None
    try:
        found = json.loads(text)
        identity = Identity(mode=Mode(found["mode"]), key=str(found["key"]), address=str(found["address"]))
        return Bound(identity=identity, trusted_until=int(found["trusted_until"]))
    except (ValueError, KeyError, TypeError) as damaged:
        msg = "What the database says of whose it is can't be read. Put a backup in its place."
        raise WrongDatabase(msg) from damaged


def bind(store: Store, bound: Bound) -> None:
    """Write down whose this database is."""
    text = json.dumps({**asdict(bound.identity), "trusted_until": bound.trusted_until})
    store.set_setting(SETTING, text)


def database_token(store: Store) -> str:
    """A name of this database's own, by which what lies beside it knows it."""
    token = store.setting("database")
    if token is None:
        token = secrets.token_hex(8)
        store.set_setting("database", token)
    return token


async def admit(store: Store, name: str, identity: Identity, exchange: Exchange) -> Bound | None:
    """Refuse a database that is not this one's, with what to do; what is written down of it otherwise.

    Another key is no other account if the account's own records say so: then it is the one that counts, though it is
    not written here. Raises `WrongDatabase`, also where the exchange can't be asked.
    """
    bound = compare(store.setting, identity)
    if bound is None or bound.identity.key == identity.key:
        return bound
    evidence = Evidence(exchange=exchange, store=store, name=name)
    try:
        is_same = await evidence.is_known()
    except ExchangeError as failure:
        msg = f"{_other_key(bound.identity, identity)}. Whether both are one account's can't be asked now: {failure}."
        raise WrongDatabase(f"{msg} Try again once the exchange answers, or go back to the old key.") from failure
    if not is_same:
        msg = f"{_other_key(bound.identity, identity)}, and the new key's account knows none of its orders and fills."
        raise WrongDatabase(
            f"{msg} Was the key made anew in the same account, wait ten minutes and try again. For another account set"
            " DATABASE_URL to a database of its own; its grids stay with the old one."
        )
    return replace(bound, identity=identity)


def opened(address: str, identity: Identity, *, now: Callable[[], int]) -> Store:
    """The database at an address. One that is refused by what is written in it alone is left as it was."""
    return Store.open(address, now=now, admit=lambda setting: compare(setting, identity))


def compare(setting: Recalled, identity: Identity) -> Bound | None:
    """What is written down of a database, unless that alone refuses it: `WrongDatabase`. The key is not compared."""
    bound = _bound(setting)
    if bound is None:
        _refuse_old_live(setting, identity)
    else:
        _refuse(bound.identity, identity)
    return bound


def _refuse(written: Identity, wanted: Identity) -> None:
    if written.mode is not wanted.mode:
        msg = f"The database is {written.mode.value}'s, and MODE is {wanted.mode.value}."
        raise WrongDatabase(
            f"{msg} Set MODE={written.mode.value} to go on with it, or DATABASE_URL to another database"
            f" (empty: data/{wanted.mode.value}.db)."
        )
    if written.address != wanted.address:
        msg = f"The database is of the exchange at {written.address}, and BACKPACK_API_URL is {wanted.address}."
        raise WrongDatabase(f"{msg} Set BACKPACK_API_URL back, or DATABASE_URL to a database of its own.")


def _refuse_old_live(setting: Recalled, wanted: Identity) -> None:
    """A database from before identities were written still tells whether real money was traded with it."""
    if wanted.mode is not Mode.LIVE and setting(CONFIRMED) is not None:
        msg = f"The database has traded real money, and MODE is {wanted.mode.value}."
        raise WrongDatabase(f"{msg} Set MODE=live to go on with it, or DATABASE_URL to another database.")


def _other_key(written: Identity, wanted: Identity) -> str:
    return f"The database is of the API key {_short(written.key)}, and BACKPACK_API_KEY is {_short(wanted.key)}"


def _short(key: str) -> str:
    return f"{key[:6]}…{key[-4:]}"


def _address(url: str) -> str:
    """An address as it is compared: without what changes nothing."""
    parts = urlsplit(url)
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path.rstrip('/')}"
