"""Checks requests as Backpack does: ED25519 over a string rebuilt from the parsed request, and the time window."""

import base64
import binascii
from collections.abc import Mapping, Sequence

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from exchange.paper.records import VenueRefusal

DEFAULT_WINDOW = "5000"
MOST_WINDOW = 60_000
EARLY = 1000
"""Milliseconds by which a caller's clock may be ahead."""

Signed = Mapping[str, object]


def verify(headers: Mapping[str, str], instruction: str, calls: Sequence[Signed], now: int) -> str:
    """The API key that signed this request. `calls` are its parameters, of each item where the body is a list."""
    key = _header(headers, "X-API-Key").replace(" ", "+")
    timestamp, window = _header(headers, "X-Timestamp"), headers.get("x-window", DEFAULT_WINDOW)
    text = "&".join([*(f"instruction={instruction}{_sorted(call)}" for call in calls), _ending(timestamp, window)])
    check_window(timestamp, window, now)
    check_signature(key, _header(headers, "X-Signature"), text)
    return key


def verify_subscription(signature: Sequence[str], now: int) -> str:
    """The API key of a private SUBSCRIBE frame: key, signature, timestamp, window."""
    key, signed, timestamp, window = signature
    check_window(timestamp, window, now)
    check_signature(key, signed, f"instruction=subscribe&{_ending(timestamp, window)}")
    return key


def check_window(timestamp: str, window: str, now: int) -> None:
    """A request counts from its timestamp until its window has passed."""
    sent, valid = _whole(timestamp, "X-Timestamp"), _whole(window, "X-Window")
    if valid > MOST_WINDOW:
        raise _invalid("Invalid X-Window header")
    if not -EARLY <= now - sent <= valid:
        raise _invalid("Request has expired")


def check_signature(key: str, signature: str, text: str) -> None:
    """The signature must be that of the key's owner over exactly this text."""
    try:
        signed = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        signed = b""
    if len(signed) != 64:
        raise _invalid("Invalid X-Signature header")
    try:
        VerifyKey(base64.b64decode(key, validate=True)).verify(text.encode("utf-8", "replace"), signed)
    except (BadSignatureError, ValueError):
        raise _invalid("Invalid signature") from None


def _sorted(call: Signed) -> str:
    return "".join(f"&{name}={_text(call[name])}" for name in sorted(call))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _ending(timestamp: str, window: str) -> str:
    return f"timestamp={timestamp}&window={window}"


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name.lower())
    if value is None:
        raise _invalid(f"Missing {name} header")
    return value


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise _invalid(f"Invalid {name} header")
    return int(text)


def _invalid(message: str) -> VenueRefusal:
    return VenueRefusal("INVALID_CLIENT_REQUEST", message)
