"""What can go wrong on the way to the exchange, to be made to happen: which calls, how, how often. No network here."""

from dataclasses import dataclass, replace
from enum import StrEnum


class FaultMode(StrEnum):
    """How a call goes wrong."""

    LOSE_REQUEST = "lose_request"
    """The connection drops and nothing was carried out."""
    LOSE_ANSWER = "lose_answer"
    """It was carried out, and the connection drops before the answer."""
    DELAY = "delay"
    """It is carried out at once and answered late."""
    STATUS = "status"
    """It is answered with an HTTP status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFault:
    """A fault of the calls whose "METHOD /path" begins with `match`."""

    match: str
    mode: FaultMode
    status: int = 503
    seconds: float = 0
    times: int | None = 1
    """None: until it is taken away."""
    processed: bool = False
    """With a status: whether the call was carried out all the same."""

    @property
    def body(self) -> str:
        """What the real exchange would say with this status, as far as it is known."""
        code, message = _WORDS.get(self.status, ("SERVER_ERROR", "Internal server error"))
        return f'{{"code":"{code}","message":"{message}"}}'


_WORDS = {
    400: ("INVALID_CLIENT_REQUEST", "Invalid request"),
    401: ("UNAUTHORIZED", "Unauthorized"),
    403: ("FORBIDDEN", "Forbidden"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
    503: ("SERVICE_UNAVAILABLE", "Unknown error, please check your request or try again later."),
}


class Faults:
    """The faults that are still to happen, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[CallFault] = []

    def add(self, fault: CallFault) -> None:
        """Let it happen from now on, `times` times."""
        self._waiting.append(fault)

    def remove(self, fault: CallFault) -> None:
        """What was to go wrong until it is taken away no longer does."""
        self._waiting = [one for one in self._waiting if one != fault]

    def __contains__(self, fault: object) -> bool:
        return fault in self._waiting

    def clear(self) -> None:
        """Everything works again."""
        self._waiting.clear()

    def take(self, call: str) -> CallFault | None:
        """The fault of a call "METHOD /path", which uses it up once."""
        for index, fault in enumerate(self._waiting):
            if call.startswith(fault.match):
                if fault.times is not None:
                    left = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    self._waiting[index : index + 1] = left
                return fault
        return None


TAKEN = 202
"""Accepted and not yet carried out."""
