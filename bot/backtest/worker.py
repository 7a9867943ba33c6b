"""The process that plays backtests: a question in, its candles told, an answer out, until nobody asks any more.

It knows no key and no token, yields to whatever trades on this machine, and ends when its parent does.
"""

import asyncio
import contextlib
import sys
import traceback
from typing import BinaryIO

from bot.backtest.frames import Loaded, Place
from bot.backtest.playing import before, played
from bot.backtest.prices import Shelf
from bot.machine.beside import answer, answers_of_this
from bot.machine.frames import next_of
from bot.owner.backtests import NotPlayed, Played, Wanted, Why
from exchange.backpack.client import BackpackClient
from exchange.port import ExchangeError


async def work(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there is no question any more. Nothing else runs here, so that waiting for one may block."""
    place = next_of(questions)
    if not isinstance(place, Place):
        return
    client = BackpackClient(place.address, None)
    shelf = Shelf(client=client, folder=place.folder, known=place.known)
    try:
        while isinstance(wanted := next_of(questions), Wanted):
            answer(answers, await _answer(wanted, place, shelf, answers))
    finally:
        await client.close()


async def _answer(wanted: Wanted, place: Place, shelf: Shelf, answers: BinaryIO) -> Played | NotPlayed:
    try:
        prices = await shelf.prices(wanted, before(wanted))
        if prices is None:
            return NotPlayed(why=Why.TOO_LITTLE)
        answer(answers, Loaded(candles=len(prices.candles) - prices.first))
        return played(wanted, prices, place.defaults)
    except ExchangeError as failure:
        return NotPlayed(why=Why.UNREAD, text=str(failure))
    except Exception:  # noqa: BLE001 - the outermost place of this process: told to its parent, which logs it
        return NotPlayed(why=Why.FAILED, text=traceback.format_exc())


def main() -> None:
    """Run as a process: questions on standard input, answers on standard output, which nothing else may print to."""
    answers = answers_of_this()
    with contextlib.suppress(BrokenPipeError):
        asyncio.run(work(sys.stdin.buffer, answers))


if __name__ == "__main__":
    main()
