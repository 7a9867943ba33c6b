"""The process that plays backtests: a question in, its candles told, an answer out, until nobody asks any more.

It knows no key and no token, yields to whatever trades on this machine, and ends when its parent does.
"""

import asyncio
import contextlib
import sys
import traceback
from typing import BinaryIO

from bot.backtest.comparing import compared
from bot.backtest.frames import Loaded, Place, Question
from bot.backtest.playing import before, played
from bot.backtest.prices import MOST_FETCHED, Prices, Shelf
from bot.history.extra import Missing, extra
from bot.machine.beside import answer, answers_of_this
from bot.machine.frames import next_of
from bot.owner.backtests import NotPlayed, Played, Wanted, Why
from bot.owner.comparisons import Compare, Compared
from bot.owner.suggestions import DAYS, Asked, Proposed, Suggested
from exchange.backpack.client import BackpackClient
from exchange.port import ExchangeError
from strategy.model.market import Market
from strategy.research.candles import Candles

MOST_OF_SEVERAL = 3_000
"""Candles that are fetched for each of several markets: three calls."""


async def work(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there is no question any more. Nothing else runs here, so that waiting for one may block."""
    place = next_of(questions)
    if not isinstance(place, Place):
        return
    client = BackpackClient(place.address, None)
    shelf = Shelf(client=client, folder=place.folder, known=place.known)
    try:
        while isinstance(question := next_of(questions), Wanted | Asked | Compare):
            answer(answers, await _answer(question, place, shelf, answers))
    finally:
        await client.close()


async def _answer(
    question: Question, place: Place, shelf: Shelf, answers: BinaryIO
) -> Played | Suggested | Compared | NotPlayed:
    try:
        if isinstance(question, Asked):
            return await _suggested(question, place, shelf, answers)
        wanted = question.wanted if isinstance(question, Compare) else question
        prices = await shelf.prices(wanted, before(wanted))
        if prices is None:
            return NotPlayed(why=Why.TOO_LITTLE)
        answer(answers, Loaded(candles=len(prices.candles) - prices.first))
        if isinstance(question, Compare):
            return compared(question, prices, place.defaults)
        return played(wanted, prices, place.defaults)
    except ExchangeError as failure:
        return NotPlayed(why=Why.UNREAD, text=str(failure))
    except Missing as missing:
        return NotPlayed(why=Why.MISSING, text=str(missing))
    except Exception:  # noqa: BLE001 - the outermost place of this process: told to its parent, which logs it
        return NotPlayed(why=Why.FAILED, text=traceback.format_exc())


async def _suggested(asked: Asked, place: Place, shelf: Shelf, answers: BinaryIO) -> Suggested | NotPlayed:
    """Of several markets those of which something can be said, the best first; of one alone why nothing can."""
    extra("numba")
    from bot.backtest.suggesting import proposed

    several, past, years = len(asked.markets) > 1, dict[Market, Prices](), dict[Market, Candles | None]()
    for market in asked.markets:
        prices = await _past(asked, market, shelf, several=several)
        if prices is not None:
            past[market] = prices
            years[market] = await shelf.year(market.symbol, market.tick_size, asked.now)
    answer(answers, Loaded(candles=sum(len(prices.candles) - prices.first for prices in past.values())))
    found = [proposed(asked, market, prices, place.defaults, years[market]) for market, prices in past.items()]
    good = sorted((one for one in found if isinstance(one, Proposed)), key=lambda one: one.rank, reverse=True)
    if not good:
        return next((one for one in found if isinstance(one, NotPlayed)), NotPlayed(why=Why.TOO_LITTLE))
    known = {one.market for one in good}
    left_out = tuple(market.symbol for market in asked.markets if market not in known)
    return Suggested(markets=tuple(good), left_out=left_out)


async def _past(asked: Asked, market: Market, shelf: Shelf, *, several: bool) -> Prices | None:
    """A market's last days. One of several that can't be read is passed over."""
    wanted = Wanted(market=market, fees=asked.fees, days=DAYS, now=asked.now, free=asked.money)
    try:
        return await shelf.prices(wanted, 0, most=MOST_OF_SEVERAL if several else MOST_FETCHED)
    except ExchangeError:
        if not several:
            raise
        return None


def main() -> None:
    """Run as a process: questions on standard input, answers on standard output, which nothing else may print to."""
    answers = answers_of_this()
    with contextlib.suppress(BrokenPipeError):
        asyncio.run(work(sys.stdin.buffer, answers))


if __name__ == "__main__":
    main()
