"""What goes wrong between the process and the exchange: storms, each with its calls, its way, its share and its end."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from strategy.model.market import Symbol


class Way(StrEnum):
    """How a call goes wrong."""

    LOSE_REQUEST = "lost request"
    LOSE_ANSWER = "lost answer"
    LATE_REQUEST = "late request"
    """The process gives up before the request has arrived; it may still be carried out."""
    LATE_ANSWER = "late answer"
    SLOW = "slow"
    """It takes its time, and all is well."""
    S429 = "429"
    S500 = "500"
    S503 = "503"
    S504 = "504"
    HTML = "HTML"
    EMPTY = "empty body"
    S202 = "202"


class Calls(StrEnum):
    """Which calls a storm hits."""

    PLACE = "place"
    CANCEL = "cancel"
    READ = "read"
    HISTORY = "history"
    """Reads of what has been, which come from another place: trading may be fast while they are slow."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """What one call meets."""

    way: Way
    carried_out: bool
    """With a status: whether it was carried out all the same."""
    travel: float
    """Seconds until the request arrives."""
    patience: float
    """Seconds until the process hears that something is wrong."""
    back: float
    """Seconds that the answer needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """A time in which calls go wrong."""

    calls: Calls
    way: Way
    share: float
    until: int
    symbol: Symbol | None = None
    """The only market whose calls it hits; None: all calls."""


@dataclass(slots=True)
class Weather:
    """The storms there are, and how often each way was met."""

    dice: Random
    happened: Counter[str]
    storms: list[Storm] = field(default_factory=list)

    def begin(self, storm: Storm) -> None:
        """One more storm."""
        self.storms.append(storm)

    def clear(self) -> None:
        """Everything works again."""
        self.storms.clear()

    def meet(self, calls: Calls, now: int, symbol: Symbol | None = None) -> Mishap | None:
        """What a call meets that is made now, of a market if it is of one."""
        self.storms = [storm for storm in self.storms if storm.until > now]
        for storm in self.storms:
            if storm.symbol not in (None, symbol):
                continue
            hits = (calls, Calls.ALL, Calls.READ) if calls is Calls.HISTORY else (calls, Calls.ALL)
            if storm.calls in hits and self.dice.random() < storm.share:
                self.happened[storm.way] += 1
                self.happened["one market's call went wrong"] += storm.symbol is not None
                return self._mishap(storm.way)
        return None

    def latency(self) -> float:
        """Seconds on the way when nothing is wrong."""
        return self.dice.uniform(0.002, 0.08)

    def hang(self) -> float:
        """Seconds that a request is under way whose sender is dead."""
        return self.dice.choice([self.latency(), self.dice.uniform(0.1, 8)])

    def _back(self, way: Way) -> float:
        if way is Way.SLOW:
            return self.dice.uniform(2, 9)
        return self.dice.uniform(0.5, 15) if way is Way.LATE_ANSWER else self.latency()

    def _mishap(self, way: Way) -> Mishap:
        late = way is Way.LATE_REQUEST
        return Mishap(
            way=way,
            carried_out=self.dice.random() < 0.5,
            travel=self.dice.uniform(0.3, 12) if late else self.latency(),
            patience=self.dice.choice([0.1, 0.5, 10.0]) if late else self.dice.choice([0.2, 10.0]),
            back=self._back(way),
        )
