"""Judges the codes of an authenticator app: each is good once, and wrong ones lock for a while. No Telegram.

The secret comes from the settings and is in no chat and no database.
"""

import hmac
import logging
from collections.abc import Callable
from decimal import Decimal

from bot.machine.totp import STEP, code_at
from bot.owner.notebook import Notebook

log = logging.getLogger(__name__)

_EITHER_SIDE = 1
"""Steps by which the two clocks may differ."""
LOCKED = 15 * 60_000
MOST_WRONG = 5
_LAST_STEP, _LOCK = "totp_step", "totp_locked"


class Codes:
    """Judges codes. What was used stays used over a restart, and so does the lock after wrong ones."""

    def __init__(self, secret: bytes, above: Decimal | None, notebook: Notebook, *, clock: Callable[[], int]) -> None:
        """`above` in USDC is what needs no code yet; None: everything that is guarded needs one."""
        self._secret, self.above, self._notebook, self._clock = secret, above, notebook, clock
        self._wrong = 0

    def is_locked(self) -> bool:
        """After five wrong codes in a row none is taken for fifteen minutes."""
        until = self._notebook.setting(_LOCK) or "0"
        return self._clock() < int(until)

    def accepts(self, code: str) -> bool:
        """Whether this is a code of now that was not used before."""
        if self.is_locked():
            return False
        used = int(self._notebook.setting(_LAST_STEP) or "0")
        now = self._clock() // STEP
        for step in range(now - _EITHER_SIDE, now + _EITHER_SIDE + 1):
            if step > used and hmac.compare_digest(code_at(self._secret, step * STEP).encode(), code.encode()):
                self._notebook.set_setting(_LAST_STEP, str(step))
                self._wrong = 0
                return True
        self._wrong += 1
        if self._wrong >= MOST_WRONG:
            self._wrong = 0
            self._notebook.set_setting(_LOCK, str(self._clock() + LOCKED))
            log.warning("codes are locked after %d wrong ones", MOST_WRONG)
        return False
