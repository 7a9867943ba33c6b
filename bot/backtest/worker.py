"""The process that plays backtests: a question in, its candles told, an answer out, until nobody asks any more.

It knows no key and no token, yields to whatever trades on this machine, and ends when its parent does.
"""

import asyncio
import contextlib
import logging
import os
import sys
import traceback
from typing import BinaryIO

from bot.backtest.frames import Loaded, Place, framed, next_of
from bot.backtest.playing import before, played
from bot.backtest.prices import Shelf
from bot.owner.backtests import NotPlayed, Played, Wanted, Why
from exchange.backpack.client import BackpackClient
from exchange.port import ExchangeError

POLITENESS = 10
"""How far behind trading it stands for the processor."""


async def work(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there is no question any more. Nothing else runs here, so that waiting for one may block."""
    place = next_of(questions)
    if not isinstance(place, Place):
        return
    client = BackpackClient(place.address, None)
    shelf = Shelf(client=client, folder=place.folder, known=place.known)
    try:
        while isinstance(wanted := next_of(questions), Wanted):
            _send(answers, await _answer(wanted, place, shelf, answers))
    finally:
        await client.close()


async def _answer(wanted: Wanted, place: Place, shelf: Shelf, answers: BinaryIO) -> Played | NotPlayed:
    try:
        prices = await shelf.prices(wanted, before(wanted))
        if prices is None:
            return NotPlayed(why=Why.TOO_LITTLE)
        _send(answers, Loaded(candles=len(prices.candles) - prices.first))
        return played(wanted, prices, place.defaults)
    except ExchangeError as failure:
        return NotPlayed(why=Why.UNREAD, text=str(failure))
    except Exception:  # noqa: BLE001 - the outermost place of this process: told to its parent, which logs it
        return NotPlayed(why=Why.FAILED, text=traceback.format_exc())


def _send(answers: BinaryIO, value: object) -> None:
    answers.write(framed(value))
    answers.flush()


def main() -> None:
    """Run as a process: questions on standard input, answers on standard output, which nothing else may print to."""
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(OSError, AttributeError):  # where there is no such thing, it runs beside trading as it is
        os.nice(POLITENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.suppress(BrokenPipeError):
        asyncio.run(work(sys.stdin.buffer, answers))


if __name__ == "__main__":
    main()
