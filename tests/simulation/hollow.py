"""Lists that the exchange answers empty for a while, as if there were nothing: with status 200, and nothing in them."""

from collections import Counter
from random import Random

from tests.simulation.script import CALM, STEPS

LISTS = ("open orders", "fills", "history", "balances", "markets")
SECONDS = (1, 4, 20, 90, 400)


class Hollow:
    """In some worlds, and then once or twice: one of the lists, some of them, or all."""

    def __init__(self, dice: Random) -> None:
        times = dice.choice([0, 0, 0, 1, 2])
        self._begins = {
            dice.randrange(CALM, STEPS): (dice.sample(LISTS, dice.randint(1, len(LISTS))), dice.choice(SECONDS))
            for _ in range(times)
        }
        self._lists: list[str] = []
        self.until = 0

    def step(self, number: int, now: int) -> None:
        """What begins with this step."""
        if number in self._begins:
            self._lists, seconds = self._begins[number]
            self.until = now + seconds * 1000

    def is_now(self, name: str, now: int, happened: Counter[str]) -> bool:
        """Whether this list is empty now."""
        if now >= self.until or name not in self._lists:
            return False
        happened[f"{name} empty"] += 1
        return True
