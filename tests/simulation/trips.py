"""What is on its way between process and venue: it arrives in its time, or before everything stands still."""

import asyncio
from collections.abc import Callable

Work = Callable[..., object]


class Trips:
    """Everything under way, of living processes and of dead ones."""

    def __init__(self) -> None:
        self._under_way: dict[int, tuple[asyncio.TimerHandle, Work, tuple[object, ...]]] = {}
        self._begun = 0

    def begin(self, seconds: float, work: Work, *args: object) -> None:
        """It arrives after so many seconds."""
        self._begun += 1
        number = self._begun
        handle = asyncio.get_running_loop().call_later(seconds, self._arrive, number)
        self._under_way[number] = handle, work, args

    def all_arrive(self) -> None:
        """The machine stops; the network does not: the venue gets what was sent, in the order of sending."""
        for number in list(self._under_way):
            self._under_way[number][0].cancel()
            self._arrive(number)

    def _arrive(self, number: int) -> None:
        _, work, args = self._under_way.pop(number)
        work(*args)
