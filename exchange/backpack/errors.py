"""What a failed call means: an HTTP status and a body, sorted into refused, outcome unknown and unavailable. Pure.

4xx but 408 is a definite no. After 408, 5xx, 202 or silence a call that changes something may have been carried out; a
read was simply not answered. Bodies come as JSON with a code, as plain text, or as a page of the network in between.
"""

from exchange.backpack.fields import Fields, parsed, shown
from exchange.port import BadAnswer, ExchangeError, OutcomeUnknown, Refused, Unavailable
from strategy.model.orders import Refusal


class NotFound(Refused):
    """Refused because there is no such thing there (any more): an order that is over, the book of a closed market."""


RATE_LIMIT_PAUSE = 10.0
"""Seconds to keep quiet after a 429 that names none."""

TIMED_OUT = 408
"""Said of a request that did not come in time, and by gateways of an answer that did not: that tells nothing."""

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
    status: int, body: str, *, changes: bool, retry_after: str | None = None
) -> Refused | OutcomeUnknown | Unavailable:
    """The error for an answer that is not a success. `changes`: the call was to change something there."""
    code, message = _code_and_message(body)
    text = _text(status, code, message)
    if status == 429 or (status < 500 and code == "TOO_MANY_REQUESTS"):
        return Unavailable("rate_limit", text, _seconds(retry_after))
    if 400 <= status < 500 and status != TIMED_OUT and code not in _UNDECIDED:
        return _refused(status, code, message, text)
    if changes:
        return OutcomeUnknown(text)
    return Unavailable("maintenance" if code == "MAINTENANCE" else "unreachable", text)


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
    if status == 403 and not code:
        # A page of the network in front of the exchange (blocked country, firewall): the key is not to blame.
        return Unavailable("unreachable", text)
    if status == 404 or code == "RESOURCE_NOT_FOUND" or message.lower() == "order not found":
        return NotFound(Refusal.OTHER, text)
    return Refused(refusal(code, message), text)


def _code_and_message(body: str) -> tuple[str, str]:
    try:
        error = Fields(parsed(body, "error"), "error")
        return error.text("code"), error.text("message")
    except BadAnswer:
        return "", shown(body)


def _text(status: int, code: str, message: str) -> str:
    words = shown(message) or "no text"
    if code:
        return f"{words} ({code})"
    return f"{words} (HTTP {status})"


def _seconds(retry_after: str | None) -> float:
    if retry_after and retry_after.isascii() and retry_after.isdecimal():
        return float(min(int(retry_after[:6]), 600))
    return RATE_LIMIT_PAUSE


def _words(error: Exception) -> str:
    return shown(error) or type(error).__name__


EXPIRIES = {
    "PostOnlyTaker": Refusal.POST_ONLY,
    "ImmediateOrCancel": Refusal.POST_ONLY,  # the same in the end: the touch is not where it was
    "InsufficientLiquidity": Refusal.POST_ONLY,
    "SelfTradePrevention": Refusal.SELF_TRADE,
    "InsufficientFunds": Refusal.FUNDS,
    "PriceOutOfBounds": Refusal.PRICE_BAND,
    "PostOnlyMode": Refusal.MARKET_STATE,
}


def expiry(reason: str | None) -> Refusal:
    """What an expiry reason means for an order that has not executed anything."""
    return EXPIRIES.get(reason or "", Refusal.OTHER)
