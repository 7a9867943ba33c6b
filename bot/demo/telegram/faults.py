"""Trouble on purpose and by the rules: ordered faults, flood limits, and the record of calls. Nothing of a chat."""

import math
from collections import deque
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bot.demo.telegram.wire import Answer, ApiError, Json, Params, too_many, whole

MODES = ("error", "drop_before", "slow_after", "disconnect", "outage")
MAX_CALLS = 1_000
FLOOD_WAIT = 5
SENDING = (
    "sendmessage",
    "sendphoto",
    "senddocument",
    "editmessagetext",
    "editmessagecaption",
    "editmessagemedia",
    "editmessagereplymarkup",
)
DEFAULT_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    500: "Internal Server Error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BotFault:
    """What goes wrong with the calls that match, `left` times or until `until` (milliseconds); None is no end."""

    mode: str
    method: str = ""
    contains: str = ""
    error: ApiError
    seconds: float = 0
    left: int | None = 1
    until: int | None = None

    def matches(self, method: str, params: Params, now: int) -> bool:
        over = self.left == 0 or (self.until is not None and now >= self.until)
        text = " ".join(params.described().values())
        return not over and self.method in ("", method) and self.contains in text

    @property
    def before(self) -> Answer | None:
        """The answer of a call that is never carried out; None if it is carried out."""
        if self.mode == "error":
            return Answer.refusal(self.error)
        return Answer(code=502, description="Bad Gateway") if self.mode in ("drop_before", "outage") else None


class BotFaults:
    def __init__(self) -> None:
        self._faults: list[BotFault] = []

    def add(self, order: Json, now: int) -> int:
        """Take an order for trouble; how many are active. Raises ValueError for one that makes no sense."""
        mode = order.get("mode")
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        seconds = float(order.get("seconds") or 0)
        lasting = mode == "outage" and bool(seconds)
        times = order.get("times", None if lasting else 1)
        self._faults.append(
            BotFault(
                mode=mode,
                method=str(order.get("method") or "").lower(),
                contains=str(order.get("contains") or ""),
                error=_error(order),
                seconds=seconds,
                left=None if times is None else whole(times, 1),
                until=now + int(seconds * 1000) if lasting else None,
            )
        )
        return len(self._faults)

    def put(self, fault: BotFault) -> None:
        """Trouble that goes on until it is removed."""
        self._faults.append(fault)

    def remove(self, fault: BotFault) -> None:
        self._faults = [one for one in self._faults if one != fault]

    def __contains__(self, fault: object) -> bool:
        return fault in self._faults

    def clear(self) -> None:
        self._faults = []

    def take(self, method: str, params: Params, now: int) -> BotFault | None:
        """The first fault for this call, which is used up by it."""
        hit = next((fault for fault in self._faults if fault.matches(method, params, now)), None)
        self._faults = [_used(fault) if fault is hit else fault for fault in self._faults]
        self._faults = [one for one in self._faults if one.left != 0 and (one.until is None or now < one.until)]
        return hit


def _used(fault: BotFault) -> BotFault:
    return fault if fault.left is None else replace(fault, left=fault.left - 1)


def _error(order: Json) -> ApiError:
    retry_after = whole(order.get("retry_after"))
    code = whole(order.get("error_code"), 429 if retry_after else 500)
    if code == 429:
        error = too_many(max(1, retry_after))
    else:
        error = ApiError(code, DEFAULT_WORDS.get(code, "Internal Server Error"))
    error.description = str(order.get("description") or error.description)
    return error


class _Rule(NamedTuple):
    burst: int
    per_second: float


# Telegram publishes about one message a second for a chat with short bursts, 20 a minute for a group, 30 a second
# for a bot. The burst is ours: a quick conversation passes, a stream of unmerged fills does not.
PRIVATE = _Rule(20, 1.0)
GROUP = _Rule(20, 1 / 3)
WHOLE_BOT = _Rule(30, 30.0)


@dataclass(slots=True, kw_only=True)
class _Bucket:
    tokens: float
    at: int
    closed_until: int = 0

    def wait(self, rule: _Rule, now: int) -> int:
        """Seconds to wait before another message may go; 0 if it may go now."""
        self.tokens = min(rule.burst, self.tokens + (now - self.at) / 1000 * rule.per_second)
        self.at = now
        if now >= self.closed_until and self.tokens < 1:
            self.closed_until = now + FLOOD_WAIT * 1000
        return math.ceil(max(0, self.closed_until - now) / 1000)


@dataclass(slots=True, kw_only=True)
class FloodLimits:
    """Messages a chat and a bot may send; edits are counted apart from new messages."""

    _buckets: dict[tuple[int, int, str], _Bucket] = field(default_factory=dict)

    def check(self, bot_id: int, chat_id: int, method: str, now: int) -> None:
        """Count a message, or raise the 429 that tells how long to wait."""
        if method not in SENDING:
            return
        rules = {chat_id: GROUP if chat_id < 0 else PRIVATE, 0: WHOLE_BOT}
        for target, rule in rules.items():
            key = (bot_id, target, method[:4])
            bucket = self._buckets.setdefault(key, _Bucket(tokens=rule.burst, at=now))
            if seconds := bucket.wait(rule, now):
                raise too_many(seconds)
            bucket.tokens -= 1


class Outbox:
    """Every call and its answer, newest last; a poll that went well is left out, it would bury the rest."""

    def __init__(self) -> None:
        self._calls: deque[Json] = deque(maxlen=MAX_CALLS)
        self._seq = 0

    def record(self, *, bot_id: int, method: str, params: Params, answer: Answer, at: int) -> None:
        if method.lower() == "getupdates" and answer.code == 200:
            return
        self._seq += 1
        call = {"seq": self._seq, "method": method, "params": params.described(), "bot_id": bot_id}
        self._calls.append(call | {"code": answer.code, "description": answer.description, "at": at})

    def calls(self) -> list[Json]:
        return list(self._calls)

    def clear(self) -> None:
        self._calls.clear()
