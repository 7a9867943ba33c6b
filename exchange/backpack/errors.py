"""What a failed call means: an HTTP status and a body, sorted into refused, outcome unknown and unavailable. Pure.

4xx but 408 is a definite no. After 408, 5xx, 202 or silence a call that changes something may have been carried out; a
read was simply not answered. Bodies come as JSON with a code, as plain text, or as a page of the network in between.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from exchange.backpack.fields import Fields, parsed, shown
from exchange.port import BadAnswer, ExchangeError, OutcomeUnknown, Refused, Unavailable
from strategy.model.orders import Refusal


class NotFound(Refused):
    """Refused because there is no such thing there (any more): an order that is over, the book of a closed market."""


RATE_LIMIT_PAUSE = 10.0
"""Seconds to keep quiet after a 429 that names none."""
LONGEST_PAUSE = 600.0
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

TIMED_OUT = 408
"""Said of a request that did not come in time, and by gateways of an answer that did not: that tells nothing."""

ITS_OWN = (400, 401, 404)
"""What the exchange may say in plain text. With any other 4xx it names a code; without one it is a page of the network
in front of it (a firewall, a blocked country): neither the key nor the order is to blame, and nothing got through.
"""

CHALLENGES = ("x-amzn-waf-action", "cf-mitigated")
"""Heads of an answer by which that network wants to see a browser, whatever the status: one of them has 202."""

# The text says more than the code, which is INVALID_CLIENT_REQUEST for nearly everything: it is asked first.
_BY_TEXT = (
    ("would immediately match", Refusal.POST_ONLY),
    ("postonlytaker", Refusal.POST_ONLY),
    ("too far from the last active price", Refusal.PRICE_BAND),
    ("invalid signature", Refusal.KEY),
    ("x-signature", Refusal.KEY),
    ("x-api-key", Refusal.KEY),
    ("api key", Refusal.KEY),
    ("request has expired", Refusal.CLOCK),
    ("invalid timestamp", Refusal.CLOCK),
    ("x-timestamp", Refusal.CLOCK),
    ("price decimal too long", Refusal.PRICE),
    ("quantity decimal too long", Refusal.QUANTITY),
    ("quantity is below", Refusal.QUANTITY),
    ("positive `quantity`", Refusal.QUANTITY),
    ("insufficient", Refusal.FUNDS),
    ("self trade", Refusal.SELF_TRADE),
    ("selftrade", Refusal.SELF_TRADE),
    ("invalid market symbol", Refusal.MARKET_STATE),
    ("symbol not found", Refusal.MARKET_STATE),
)
_BY_CODE = {
    "INSUFFICIENT_FUNDS": Refusal.FUNDS,
    "INSUFFICIENT_MARGIN": Refusal.FUNDS,
    "INSUFFICIENT_SUPPLY": Refusal.FUNDS,
    "MAX_LEVERAGE_REACHED": Refusal.FUNDS,
    "BORROW_LIMIT": Refusal.FUNDS,
    "BORROW_REQUIRES_LEND_REDEEM": Refusal.FUNDS,
    "INVALID_PRICE": Refusal.PRICE,
    "INVALID_QUANTITY": Refusal.QUANTITY,
    "ORDER_LIMIT": Refusal.ORDER_LIMIT,
    "POSITION_LIMIT": Refusal.ORDER_LIMIT,
    "TRADING_PAUSED": Refusal.MARKET_STATE,
    "INVALID_MARKET": Refusal.MARKET_STATE,
    "INVALID_SYMBOL": Refusal.MARKET_STATE,
    "UNAUTHORIZED": Refusal.KEY,
    "FORBIDDEN": Refusal.KEY,
    "INVALID_SIGNATURE": Refusal.KEY,
}
_UNDECIDED = {"SERVER_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT", "MAINTENANCE"}


def failure(
    status: int, body: str, *, changes: bool, headers: Mapping[str, str] | None = None
) -> Refused | OutcomeUnknown | Unavailable:
    """The error for an answer that is not a success. `changes`: the call was to change something there."""
    headers = headers or {}
    code, message = _code_and_message(body)
    text = _text(status, code, message)
    if is_challenge(headers):
        return Unavailable("unreachable", f"The network in front of the exchange wants to see a browser: {text}")
    if status == 429 or (status < 500 and code == "TOO_MANY_REQUESTS"):
        return Unavailable("rate_limit", text, _seconds(headers))
    if 400 <= status < 500 and status != TIMED_OUT and code not in _UNDECIDED:
        return _refused(status, code, message, text)
    if changes:
        return OutcomeUnknown(text)
    return Unavailable("maintenance" if code == "MAINTENANCE" else "unreachable", text)


def is_challenge(headers: Mapping[str, str]) -> bool:
    """Whether the network in front of the exchange has answered, and handed nothing on."""
    return any(name in headers for name in CHALLENGES)


def item_failure(item: Fields) -> Refused | OutcomeUnknown | Unavailable:
    """The error of one item of a batch, which has a code and a message but no status."""
    code = item.text("code")
    message = item.text_or_none("message") or code
    if code in _UNDECIDED:
        return OutcomeUnknown(_text(200, code, message))
    if code == "TOO_MANY_REQUESTS":
        return Unavailable("rate_limit", _text(200, code, message), RATE_LIMIT_PAUSE)
    return Refused(refusal(code, message), _text(200, code, message))


def refusal(code: str, message: str) -> Refusal:
    """Why an order was refused, from the exchange's code (may be empty) and words."""
    lower = message.lower()
    by_text = (reason for words, reason in _BY_TEXT if words in lower)
    return next(by_text, _BY_CODE.get(code, Refusal.OTHER))


def never_sent(error: Exception) -> Unavailable:
    """The connection could not even be opened: nothing has reached the exchange."""
    return Unavailable("unreachable", f"No connection to the exchange: {_words(error)}")


def no_answer(error: Exception, *, changes: bool) -> ExchangeError:
    """The request went out, wholly or in part, and no answer came back."""
    text = f"No answer from the exchange: {_words(error)}"
    return OutcomeUnknown(text) if changes else Unavailable("unreachable", text)


def _refused(status: int, code: str, message: str, text: str) -> Refused | Unavailable:
    if status == 401:
        return Refused(Refusal.KEY, text)
    if status not in ITS_OWN and not code:
        return Unavailable("unreachable", text)
    if status == 404 or code == "RESOURCE_NOT_FOUND" or message.lower() == "order not found":
        return NotFound(Refusal.OTHER, text)
    return Refused(refusal(code, message), text)


def _code_and_message(body: str) -> tuple[str, str]:
    """What names the reason, as far as it is there: a code without words says as much."""
    try:
        error = Fields(parsed(body, "error"), "error")
    except BadAnswer:
        return "", shown(body)
    code, message = (value if isinstance(value, str) else "" for value in map(error.any, ("code", "message")))
    return code, message or code or shown(body)


def _text(status: int, code: str, message: str) -> str:
    words = shown(message) or "no text"
    if code:
        return f"{words} ({code})" if words != code else code
    return f"{words} (HTTP {status})"


def _seconds(headers: Mapping[str, str]) -> float:
    """How long to keep quiet: seconds, or until a moment, which is measured from the one that the answer bears."""
    after = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(after):
        return min(float(after), LONGEST_PAUSE)
    try:
        until, now = parsedate_to_datetime(after), parsedate_to_datetime(headers.get("Date", ""))
        return min(max((until - now).total_seconds(), 0.0), LONGEST_PAUSE)
    except (ValueError, TypeError):
        return RATE_LIMIT_PAUSE


def _words(error: Exception) -> str:
    return shown(error) or type(error).__name__


EXPIRIES = {
    "postonlytaker": Refusal.POST_ONLY,
    "immediateorcancel": Refusal.POST_ONLY,  # the same in the end: the touch is not where it was
    "fillorkill": Refusal.POST_ONLY,
    "insufficientliquidity": Refusal.POST_ONLY,
    "priceimpact": Refusal.POST_ONLY,
    "slippagetoleranceexceeded": Refusal.POST_ONLY,
    "selftradeprevention": Refusal.SELF_TRADE,
    "insufficientfunds": Refusal.FUNDS,
    "insufficientmargin": Refusal.FUNDS,
    "insufficientborrowablequantity": Refusal.FUNDS,
    "borrowrequireslendredeem": Refusal.FUNDS,
    "invalidprice": Refusal.PRICE,
    "invalidquantity": Refusal.QUANTITY,
    "priceoutofbounds": Refusal.PRICE_BAND,
    "priceband": Refusal.PRICE_BAND,
    "postonlymode": Refusal.MARKET_STATE,
}


def expiry(reason: str | None) -> Refusal:
    """What an expiry reason means for an order that has not executed anything. REST and the stream spell it each in
    its own way: `PriceOutOfBounds`, `PRICE_BAND`.
    """
    return EXPIRIES.get((reason or "").replace("_", "").lower(), Refusal.OTHER)
