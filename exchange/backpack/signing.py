"""ED25519 request signatures as Backpack checks them. Pure: no clock, no network, and the secret never leaves it."""

import base64
import binascii
from collections.abc import Mapping, Sequence

from nacl.signing import SigningKey

Param = str | int | bool
Params = Mapping[str, Param]

KEY_BYTES = 32
KEYPAIR_BYTES = 64


class BadKey(ValueError):
    """The API key or the secret can't be used. Says which and why, and never shows the secret."""


class Signer:
    """Signs requests for one key pair.

    `api_key` is the base64 public key, `secret` the base64 seed of 32 bytes, or seed and public key in 64.
    """

    __slots__ = ("_key", "api_key")

    def __init__(self, api_key: str, secret: str) -> None:
        public = _decoded("API key", api_key)
        if len(public) != KEY_BYTES:
            msg = f"The API key has {len(public)} bytes instead of {KEY_BYTES}."
            raise BadKey(msg)
        seed = _decoded("secret", secret)
        if len(seed) not in (KEY_BYTES, KEYPAIR_BYTES):
            msg = f"The secret has {len(seed)} bytes instead of {KEY_BYTES}."
            raise BadKey(msg)
        self._key = SigningKey(seed[:KEY_BYTES])
        if bytes(self._key.verify_key) != public:
            msg = "The API key does not belong to the secret: they come from different key pairs."
            raise BadKey(msg)
        self.api_key = base64.b64encode(public).decode()

    def __repr__(self) -> str:
        return f"Signer({self.api_key!r})"

    def sign(self, instruction: str, params: Params, timestamp: int, window: int) -> str:
        """The base64 signature of one call. `timestamp` and `window` are milliseconds."""
        return self._signed(signing_string([(instruction, params)], timestamp, window))

    def sign_batch(self, instruction: str, batch: Sequence[Params], timestamp: int, window: int) -> str:
        """The base64 signature of a call whose body is a list: the instruction stands before each item."""
        return self._signed(signing_string([(instruction, params) for params in batch], timestamp, window))

    def subscription(self, timestamp: int, window: int) -> list[str]:
        """The `signature` member of a private SUBSCRIBE frame: four strings."""
        signature = self.sign("subscribe", {}, timestamp, window)
        return [self.api_key, signature, str(timestamp), str(window)]

    def _signed(self, text: str) -> str:
        return base64.b64encode(self._key.sign(text.encode()).signature).decode()


def signing_string(calls: Sequence[tuple[str, Params]], timestamp: int, window: int) -> str:
    """The text that is signed: each call's instruction and sorted parameters, then the time and its window."""
    parts = [f"instruction={instruction}{_sorted(params)}" for instruction, params in calls]
    return "&".join([*parts, f"timestamp={timestamp}", f"window={window}"])


def param_text(value: Param) -> str:
    """A parameter as the server spells it when it checks: no quotes, no percent-encoding, booleans in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _sorted(params: Params) -> str:
    return "".join(f"&{name}={param_text(params[name])}" for name in sorted(params))


def _decoded(what: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        pass
    # Raised outside the handler: the error below it would carry the text along.
    msg = f"The {what} is not base64 text: copy it whole, with the = at its end."
    raise BadKey(msg)
