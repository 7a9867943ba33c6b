"""Lists that the exchange answers for a while with nothing in them, with rows left out, or old: with status 200."""

from collections import Counter
from dataclasses import replace
from random import Random
from zlib import crc32

from exchange.port import Listed, Markets
from strategy.model.ledger import Movement
from tests.simulation.script import CALM, STEPS

LISTS = ("open orders", "fills", "history", "balances", "markets")
THIN = ("open orders", "fills", "history")
"""Lists whose rows come from several places, some of which may be behind. Of the others all is in one."""
SECONDS = (1, 4, 20, 90, 400)


def thin_hours(hours: Listed[Movement], happened: Counter[str], *, thin: bool) -> Listed[Movement]:
    """What perpetuals settled, without some of its rows: an hour is missing, or what is left of it comes to half."""
    if not thin:
        return hours
    shown: list[Movement] = []
    for hour in hours:
        match crc32(hour.key.encode()) % 3:
            case 0:
                shown.append(hour)
            case 1:
                shown.append(replace(hour, amount=hour.amount / 2))
            case _:
                pass
    happened["settlements thin"] += shown != list(hours)
    return Listed(shown, hours.unread)


class Hollow:
    """In some worlds, and then once or twice: one of the lists, some of them, or all."""

    def __init__(self, dice: Random) -> None:
        times = dice.choice([0, 0, 0, 1, 2])
        self._begins = {
            dice.randrange(CALM, STEPS): (dice.sample(LISTS, dice.randint(1, len(LISTS))), dice.choice(SECONDS))
            for _ in range(times)
        }
        self._left_out = {number: dice.choice([None, 2, 2, 3]) for number in sorted(self._begins)}
        """Of so many rows one; None: all."""
        self._lists: list[str] = []
        self._part: int | None = None
        self.until = 0
        self._kept_for = 1000 * dice.choice([0, 0, 60, 300, 900])
        self._kept: tuple[int, Markets] | None = None

    def listed(self, markets: Markets, now: int, happened: Counter[str]) -> Markets:
        """The markets as a cache on the way hands them out: as they were up to so long ago."""
        if self._kept is None or now - self._kept[0] >= self._kept_for:
            self._kept = now, markets
        happened["markets cached"] += self._kept[1] != markets
        return self._kept[1]

    def step(self, number: int, now: int) -> None:
        """What begins with this step."""
        if number in self._begins:
            self._lists, seconds = self._begins[number]
            self._part = self._left_out[number]
            self.until = now + seconds * 1000

    def is_now(self, name: str, now: int, happened: Counter[str]) -> bool:
        """Whether this list is empty now."""
        if not self._is_meant(name, now) or (self._part is not None and name in THIN):
            return False
        happened[f"{name} empty"] += 1
        return True

    def lacks(self, name: str, key: str, now: int, happened: Counter[str]) -> bool:
        """Whether this list is without the row of this key now: always the same ones, as one place has them."""
        if self._part is None or name not in THIN or not self._is_meant(name, now):
            return False
        lacks = crc32(key.encode()) % self._part == 0
        happened[f"{name} thin"] += lacks
        return lacks

    def _is_meant(self, name: str, now: int) -> bool:
        return now < self.until and name in self._lists
