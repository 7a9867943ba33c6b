"""What may be tried and how often: the one-time code that makes somebody the owner; so many a minute. No Telegram."""

import hmac
import logging
import secrets
from collections import deque
from collections.abc import Callable

from strategy.model.durations import MINUTE

log = logging.getLogger(__name__)

LIFE = 15 * 60_000
TRIES_A_MINUTE = 5
"""By one person. Nobody guesses 128 bits; this only keeps the log short."""
_MOST_PEOPLE = 1_000
_CODES_A_MINUTE = 3


class Allowance:
    """So many a minute."""

    def __init__(self, *, limit: int, clock: Callable[[], int]) -> None:
        self._limit = limit
        self._clock = clock
        self._taken: deque[int] = deque()
        self.refused = 0
        """How many in a row have been refused."""

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = self._clock()
        while self._taken and now - self._taken[0] >= MINUTE:
            self._taken.popleft()
        if len(self._taken) >= self._limit:
            self.refused += 1
            return False
        self._taken.append(now)
        self.refused = 0
        return True


class Tries:
    """So many a minute for each person: whoever floods us shuts nobody else out."""

    def __init__(self, clock: Callable[[], int], *, limit: int = TRIES_A_MINUTE) -> None:
        self._clock, self._limit = clock, limit
        self._people: dict[int, Allowance] = {}

    def of(self, user: int) -> Allowance:
        """This person's."""
        tries = self._people.pop(user, None) or Allowance(limit=self._limit, clock=self._clock)
        self._people[user] = tries
        if len(self._people) > _MOST_PEOPLE:
            del self._people[next(iter(self._people))]
        return tries


class Claim:
    """A code that is good for fifteen minutes, however many wrong ones are tried; after that another one is printed."""

    def __init__(self, *, first: str | None, print_code: Callable[[str], None], clock: Callable[[], int]) -> None:
        self._first = first
        self._print_code = print_code
        self._clock = clock
        self._prints = Allowance(limit=_CODES_A_MINUTE, clock=clock)  # who guesses can't flood the console
        self._tries = Tries(clock)
        self._code: str | None = None
        self._born_at = 0

    def announce(self) -> None:
        """Print a new code if there is none that is good."""
        if self._is_good() or not self._prints.take():
            return
        self._code, self._first = self._first or secrets.token_urlsafe(16), None
        self._born_at = self._clock()
        self._print_code(self._code)

    def accepts(self, code: str, *, user: int) -> bool:
        """Whether this is the code. A wrong one takes nothing from anybody; the right one is never good again."""
        if self._code is None or not self._is_good():
            self.announce()
            return False
        if not self._tries.of(user).take():
            return False
        if hmac.compare_digest(code.encode(), self._code.encode()):
            self._code = None
            return True
        log.warning("a wrong claim code was tried user=%s", user)
        return False

    def _is_good(self) -> bool:
        return self._code is not None and self._clock() - self._born_at < LIFE


def link(api_url: str, username: str, code: str) -> str:
    """What carries the code to the bot at a tap. Plain http leads to a server of this machine, which has a page."""
    if api_url.startswith("http://"):
        return f"{api_url.removesuffix('/bot')}/?start={code}"
    return f"https://t.me/{username}?start={code}"
