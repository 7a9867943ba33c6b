"""Judges the codes of an authenticator app: each is good once, and wrong ones lock for a while. No Telegram.

The secret comes from the settings and is in no chat and no database.
"""

import hmac
import json
import logging
from collections.abc import Callable
from decimal import Decimal

from bot.machine.totp import STEP, code_at
from bot.owner.notebook import Notebook
from strategy.model.durations import DAY, MINUTE
from strategy.model.money import ZERO, plain

log = logging.getLogger(__name__)

_EITHER_SIDE = 1
"""Steps by which the two clocks may differ."""
LOCKED = 15 * MINUTE
"""Milliseconds of the first lock. Each further one is twice as long, up to a day: else a million codes could be tried
in the end by whoever has the time.
"""
MOST_WRONG = 5
_LAST_STEP, _LOCK, _WRONG, _LET = "totp_step", "totp_locked", "totp_wrong", "totp_let"


class Codes:
    """Judges codes. What was used stays used over a restart, and so does the lock after wrong ones."""

    def __init__(self, secret: bytes, above: Decimal | None, notebook: Notebook, *, clock: Callable[[], int]) -> None:
        """`above` in USDC is what needs no code yet; None: everything that is guarded needs one."""
        self._secret, self.above, self._notebook, self._clock = secret, above, notebook, clock

    def lets(self, much: Decimal | None) -> bool:
        """Whether so much in USDC needs no code; what is let is remembered for a day.

        What was let before counts with it: ten grids of a tenth each put as much at risk as one. None, a sum that can't
        be told, is never let.
        """
        if much is None or self.above is None:
            return False
        since = self._clock() - DAY
        let = [(at, sum_) for at, sum_ in self._let() if at > since]
        if much + sum((sum_ for _, sum_ in let), ZERO) > self.above:
            return False
        self._notebook.set_setting(_LET, json.dumps([(at, plain(sum_)) for at, sum_ in (*let, (self._clock(), much))]))
        return True

    def _let(self) -> list[tuple[int, Decimal]]:
        return [(at, Decimal(sum_)) for at, sum_ in json.loads(self._notebook.setting(_LET) or "[]")]

    def is_locked(self) -> bool:
        """After five wrong codes in a row none is taken for a while."""
        return self.locked_for() > 0

    def locked_for(self) -> int:
        """Milliseconds for which no code is taken."""
        return max(0, int(self._notebook.setting(_LOCK) or "0") - self._clock())

    def accepts(self, code: str) -> bool:
        """Whether this is a code of now that was not used before."""
        if self.is_locked():
            return False
        used = int(self._notebook.setting(_LAST_STEP) or "0")
        now = self._clock() // STEP
        for step in range(now - _EITHER_SIDE, now + _EITHER_SIDE + 1):
            if step > used and hmac.compare_digest(code_at(self._secret, step * STEP).encode(), code.encode()):
                self._notebook.set_setting(_LAST_STEP, str(step))
                self._notebook.set_setting(_WRONG, "0")
                return True
        wrong = int(self._notebook.setting(_WRONG) or "0") + 1
        self._notebook.set_setting(_WRONG, str(wrong))
        if wrong % MOST_WRONG == 0:
            span = min(DAY, LOCKED * 2 ** min(wrong // MOST_WRONG - 1, 10))
            self._notebook.set_setting(_LOCK, str(self._clock() + span))
            log.warning("codes are locked after %d wrong ones for %d min", wrong, span // 60_000)
        return False
