"""Codes of an authenticator app: TOTP, RFC 6238 with SHA-1, six digits and thirty seconds. It keeps nothing.

The RFC is eight lines of the standard library, held to its own test vectors.
"""

import base64
import binascii
import hmac
import secrets
from urllib.parse import quote

STEP = 30_000
"""Milliseconds for which a code stands."""
DIGITS = 6
LEAST_BYTES = 10


def secret_of(text: str) -> bytes | None:
    """A secret as apps show it: base32, blanks and small letters allowed. None where it is none, or too short."""
    plain = text.replace(" ", "").rstrip("=").upper()
    try:
        secret = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) >= LEAST_BYTES else None


def code_at(secret: bytes, at: int) -> str:
    """The code of a moment, in ms since 1970."""
    mac = hmac.digest(secret, (at // STEP).to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def new_secret() -> str:
    """160 bits, in base32, as apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address_of(secret: str, name: str) -> str:
    """What an app reads out of a picture, or out of a paste."""
    return f"otpauth://totp/Packgrid:{quote(name)}?secret={secret}&issuer=Packgrid"
