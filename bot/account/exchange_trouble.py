"""The exchange's troubles as the account learns of them: told once, and their end once. Reads nothing itself."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.account.runner import Runner
from exchange.port import ExchangeError, OutcomeUnknown, Placement, Refused, Unavailable
from strategy.messages.events import Interrupted, Restored, Told
from strategy.messages.notices import UNSENT, Trouble
from strategy.model.orders import Refusal

log = logging.getLogger(__name__)

PATIENCE = 2
"""Failed reads in a row before the exchange counts as unreachable."""
LASTING = 120_000
"""Milliseconds for which no order gets through before that is told, and between two that have to do with each other."""
KEY_PATIENCE = 15 * 60_000
"""Milliseconds after which orders are tried again with a key that may read and not trade."""


@dataclass(slots=True, kw_only=True)
class ExchangeTrouble:
    """Counts failed reads. One failure is bad luck; several are an interruption."""

    runner: Runner
    clock: Callable[[], int]
    _failures: int = 0

    def failed(self, failure: ExchangeError) -> None:
        """A read failed."""
        self._failures += 1
        cause = _cause(failure)
        log.warning("exchange event=failed cause=%s count=%d text=%r", cause, self._failures, str(failure))
        if self._failures >= PATIENCE or cause != "unreachable":
            self.runner.post(Interrupted(at=self.clock(), cause=cause, text=str(failure)))

    def worked(self) -> None:
        """All reads went well. That says nothing about a key with which only orders are refused."""
        only_orders, self._failures = not self._failures, 0
        now = self.runner.account.interruption
        if now is None or (only_orders and now.cause == "key" and self.clock() - now.since < KEY_PATIENCE):
            return
        self.runner.post(Restored(at=self.clock()))


@dataclass(slots=True, kw_only=True)
class UnsentOrders:
    """Orders that don't get through, or have no answer, while all can be read: each level simply asks again, for hours,
    and nothing would say why the grids stand still. Told once it lasts, and its end once.
    """

    runner: Runner
    clock: Callable[[], int]
    _since: int = 0
    _last: int = 0
    _told: bool = False

    def heard(self, outcome: Placement) -> None:
        """What became of one that was sent. Also one that was refused has got through."""
        if isinstance(outcome, OutcomeUnknown | Unavailable):
            self._failed(str(outcome))
        else:
            self._worked()

    def _failed(self, text: str) -> None:
        now = self.clock()
        if not self._told and not 0 <= now - self._last < LASTING:  # what was long ago has nothing to do with it
            self._since = now
        self._last = now
        if not self._told and now - self._since >= LASTING and self.runner.account.interruption is None:
            self._told = True
            self._tell(text, over=False, lasted=0)

    def _worked(self) -> None:
        if self._told:
            self._tell("", over=True, lasted=self.clock() - self._since)
        self._since, self._last, self._told = 0, 0, False

    def _tell(self, text: str, *, over: bool, lasted: int) -> None:
        log.warning("orders event=%s text=%r", "through" if over else "unsent", text)
        notice = Trouble(at=self.clock(), cause=UNSENT, text=text, over=over, lasted=lasted)
        self.runner.post(Told(at=notice.at, notice=notice))


def is_of_one_market(failure: ExchangeError) -> bool:
    """Whether what failed for one market, or list, may go well for the others: key, clock and too many calls are
    everybody's.
    """
    if isinstance(failure, Refused):
        return failure.reason not in (Refusal.KEY, Refusal.CLOCK)
    return not (isinstance(failure, Unavailable) and failure.cause == "rate_limit")


def _cause(failure: ExchangeError) -> str:
    match failure:
        case Unavailable():
            return failure.cause
        case Refused(reason=Refusal.KEY):
            return "key"
        case Refused(reason=Refusal.CLOCK):
            return "clock"
        case _:
            return "unreachable"
