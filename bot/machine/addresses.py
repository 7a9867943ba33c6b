"""Addresses in the settings: what is wrong with one, and what of it may be shown. Nothing is called here."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

DIRECT: Mapping[str, None] = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
"""For httpx: a proxy of the environment is for the world outside, never for a server on this machine."""
_HIGHEST_PORT = 65535
_AUTHORITY_ENDS = "/?#"
_PASSWORDS = ("password", "passwd", "sslpassword")
"""Parameters of a PostgreSQL address that are secrets."""
_DATABASE_HELP = (
    "can't be read: the port is a number from 1 to 65535, and in a name or password the marks @ : / ? # % are written "
    "%40 %3A %2F %3F %23 %25"
)


def is_loopback(host: str | None) -> bool:
    """Whether a server of this name is on this machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def web_problem(address: str, secure: str) -> str | None:
    """What is wrong with an address that must be `secure` (https or wss), or plain to a server on this machine."""
    plain = secure.removesuffix("s")
    try:
        parts = urlsplit(address)
    except ValueError:  # a bracket without its other one
        parts = urlsplit("")
    if not address.isprintable() or " " in address:
        return "has a blank or a mark in it that can't be seen: take it out"
    if parts.scheme not in (plain, secure):
        return f"must begin with {secure}:// (or {plain}:// for a local server)"
    if not parts.hostname:
        return f"names no server: one follows {secure}://, as in {secure}://example.com"
    if not _is_port(_port(parts.netloc)):
        return f"has a port that can't be: a port is a number from 1 to {_HIGHEST_PORT}, or is left out with its colon"
    if parts.username is not None:
        return "has a name or a password in it, which nobody asks for"
    if parts.scheme == plain and not is_loopback(parts.hostname):
        return f"begins with {plain}://, which anybody on the way can read: {secure}:// is needed, except to 127.0.0.1"
    return None


def database_problem(url: str) -> str | None:
    """What is wrong with the address of a PostgreSQL database. Others are the storage's to judge."""
    scheme, _, rest = url.partition("://")
    if not scheme.startswith("postgres"):
        return None
    authority, path = _split(rest)
    stray = authority.count("@") > 1 or "@" in path.partition("?")[0]
    return None if _is_port(_port(authority)) and not stray else _DATABASE_HELP


def database_secrets(url: str) -> Sequence[str]:
    """Every password in it, as it is written there and as it is meant."""
    scheme, _, rest = url.partition("://")
    if not scheme.startswith("postgres"):
        return ()
    authority, path = _split(rest)
    written = authority.rpartition("@")[0].partition(":")[2]
    pairs = [part.partition("=") for part in path.partition("?")[2].split("&")]
    in_query = [value for name, _, value in pairs if name.lower() in _PASSWORDS]
    return [secret for one in (written, *in_query) for secret in (one, unquote(one)) if secret]


def web_secrets(address: str) -> Sequence[str]:
    """What of a web address may be a secret: the whole of it, and what follows the host, in one piece and in parts."""
    _, _, rest = address.partition("://")
    _, path = _split(rest)
    return [one for one in (address, path, *re.split(r"[/?#&=]", path)) if one]


def shown_database(url: str) -> str:
    """Where it is, without who may use it."""
    scheme, mark, rest = url.partition("://")
    if not scheme.startswith("postgres"):
        return url
    authority, path = _split(rest)
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{path.partition('?')[0]}"


def _port(authority: str) -> str | None:
    """What follows the colon after the host; None where there is no colon."""
    after = authority.rpartition("@")[2].rpartition("]")[2]
    return after.rpartition(":")[2] if ":" in after else None


def _is_port(port: str | None) -> bool:
    return port is None or (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) <= _HIGHEST_PORT)


def _split(rest: str) -> tuple[str, str]:
    """User, host and port; and all that follows."""
    end = min((at for mark in _AUTHORITY_ENDS if (at := rest.find(mark)) >= 0), default=len(rest))
    return rest[:end], rest[end:]
