"""Has backtests played by a process of its own, one question at a time.

What takes too long is ended with its process; trading goes on whatever becomes of it.
"""

import asyncio
import logging

from bot.backtest.frames import Loaded, Place, Question
from bot.machine.beside import RESTING_SECONDS, Beside
from bot.owner.backtests import Loaded as Told
from bot.owner.backtests import NotPlayed, Played, Wanted, Why
from bot.owner.comparisons import Compare, Compared
from bot.owner.suggestions import Asked, Suggested

log = logging.getLogger(__name__)

READING_SECONDS = 60.0
"""For the candles: the exchange lets few calls through, and those of several questions wait for each other."""
PLAYING_SECONDS = 20.0


class Player:
    """One owner's backtests."""

    def __init__(
        self,
        place: Place,
        *,
        reading: float = READING_SECONDS,
        playing: float = PLAYING_SECONDS,
        resting: float = RESTING_SECONDS,
    ) -> None:
        self._beside = Beside("bot.backtest.worker", place, resting=resting)
        self._reading, self._playing = reading, playing

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._beside.pid

    async def play(self, wanted: Wanted, told: Told) -> Played | NotPlayed:
        """The answer. `told` hears of the candles once they are there. Whoever stops waiting ends the process."""
        answer = await self._answer(wanted, told)
        assert isinstance(answer, Played | NotPlayed), answer
        return answer

    async def suggest(self, asked: Asked, told: Told) -> Suggested | NotPlayed:
        """Likewise."""
        answer = await self._answer(asked, told)
        assert isinstance(answer, Suggested | NotPlayed), answer
        return answer

    async def compare(self, asked: Compare, told: Told) -> Compared | NotPlayed:
        """Likewise."""
        answer = await self._answer(asked, told)
        assert isinstance(answer, Compared | NotPlayed), answer
        return answer

    async def _answer(self, question: Question, told: Told) -> object:
        async with self._beside.turn:
            try:
                answer = await self._asked(question, told)
            except TimeoutError:
                await self._beside.end()
                return NotPlayed(why=Why.SLOW)
            except (OSError, EOFError) as failure:  # it could not be started, or has died
                log.warning("backtest event=died text=%r", str(failure))
                await self._beside.end()
                return NotPlayed(why=Why.FAILED)
            except BaseException:
                await self._beside.end()
                raise
            if isinstance(answer, NotPlayed) and answer.why is Why.FAILED:
                log.error("backtest event=failed\n%s", answer.text)
            self._beside.rests()
            return answer

    async def close(self) -> None:
        """End the process, if there is one."""
        await self._beside.end()

    async def _asked(self, question: Question, told: Told) -> object:
        async with asyncio.timeout(self._reading):
            await self._beside.say(question)
            answer = await self._beside.heard()
        if isinstance(answer, Loaded):
            await told(answer.candles)
            async with asyncio.timeout(self._playing):
                answer = await self._beside.heard()
        return answer
