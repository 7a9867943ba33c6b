"""`packgrid backtest`: what a grid, in the words of /grid, would have done on recorded prices. Trades nothing."""

import argparse
import sys
import time
from bisect import bisect_left
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.console.backtest_table import range_table, table
from bot.console.bars import bar
from bot.console.moments import begin_of, moment
from bot.console.outcome import as_json, write_csv
from bot.console.ranges import Range, Ranging, ranging
from bot.console.wished import Case, Refused, given_of, spec_of
from bot.history.apart import apart
from bot.history.extra import INSTALL, Missing, has
from bot.history.files import WrongHistory, read
from bot.history.kept import END
from bot.history.rules import market_of
from bot.history.shapes import Bad
from bot.machine.exits import Exit
from bot.settings import Settings, read_settings
from bot.telegram.typed.parsing import PROPOSED, Given
from strategy.model.durations import HOUR
from strategy.model.grid import Phase
from strategy.model.market import Fees
from strategy.model.past import MOST_HOURS
from strategy.model.spec import GridSpec
from strategy.research.figures import Figures, figures_of
from strategy.research.replay import AMPLE, Replay, Rules

SHARES = ("pct", "share", "rest")
"""Words that need to know how much money there is."""
STEPS = 100
"""Of the progress bar."""


async def backtest(arguments: argparse.Namespace) -> int:
    """Play it, print it, write it."""
    settings = read_settings()
    try:
        return _backtest(settings, arguments)
    except Refused as wrong:
        sys.stderr.write(f"{wrong}\n")
        return Exit.SETTINGS
    except (WrongHistory, Missing, Bad) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return Exit.OUTSIDE


def _backtest(settings: Settings, arguments: argparse.Namespace) -> int:
    given = given_of(settings.language or "en", " ".join(arguments.words), unset=PROPOSED)
    case = case_of(settings, arguments, given)
    since = time.perf_counter()
    replay = case.begun()
    begun = time.perf_counter() - since
    with nullcontext() if arguments.quick else ranging(replay, case, arguments.paths, arguments.seed) as under_way:
        seconds = begun + _played(replay)
        if replay.grid.phase is Phase.PARKED:
            sys.stderr.write("A fault of Packgrid: the engine has parked the grid, and no figure of it counts.\n")
            return Exit.WRONG
        figures = figures_of(replay, case.rules.fees)
        _print(table(replay, figures))
        found = _ranged(under_way, replay, figures) if under_way is not None else None
    if arguments.json:
        Path(arguments.json).write_text(as_json(replay, figures, found, seconds), "utf-8")
    if arguments.csv:
        written = write_csv(Path(arguments.csv), replay)
        _print(f"Written to {arguments.csv}: {', '.join(written)}.")
    if arguments.picture:
        from bot.backtest.picture import draw

        draw(Path(arguments.picture), replay, figures, case.rules.fees)
    _print(f"Played in {seconds:.2f} s. What was is no promise of what will be.")
    return Exit.DONE


def case_of(settings: Settings, arguments: argparse.Namespace, given: Given) -> Case:
    """The grid and the market that were asked for."""
    lang, folder = settings.language or "en", Path(arguments.data)
    options = {"tick_size": arguments.tick, "step_size": arguments.step, "min_quantity": arguments.least}
    market = market_of(given.words[0], folder, {name: one for name, one in options.items() if one is not None})
    since = begin_of(arguments.first) if arguments.first else 0
    until = begin_of(arguments.last + timedelta(days=1)) if arguments.last else END
    known = max(0, since - (MOST_HOURS + 1) * HOUR)
    with apart() as reading:
        found = read(arguments.candles, market.symbol, folder, known, until, reading)
    candles = found.candles(market.tick_size)
    first = bisect_left(candles.at, since) if since else 0
    if first >= len(candles) - 1:
        msg = f"There are no prices to play from {arguments.first} on: the last is of {moment(candles.at[-1])} UTC."
        raise WrongHistory(msg)
    fees = Fees(maker=arguments.maker, taker=arguments.taker)
    shares = any(word in given.values for word in SHARES)
    money = arguments.money or (settings.paper_usdc or AMPLE if shares else AMPLE)
    rules = Rules(
        fees=fees,
        fees_in_quote=arguments.fees == "quote",
        touch=arguments.queue == "touch",
        slippage=arguments.slippage,
    )
    price = candles.price(candles.close[first])
    return Case(
        lang=lang,
        market=market,
        spec=_unlimited(spec_of(settings, given, market, price, fees, money), given),
        candles=candles,
        first=first,
        rules=replace(rules, money=money),
    )


def _unlimited(spec: GridSpec, given: Given) -> GridSpec:
    """Without the limits that /grid sets by itself: what was asked for is the ladder, to the end of the prices."""
    if "maxloss" not in given.values:
        spec = replace(spec, max_loss=None)
    return spec if "maxpos" in given.values else replace(spec, max_position=AMPLE)


def _played(replay: Replay) -> float:
    """Play it to the end; the seconds that it took."""
    apart = max(1, len(replay.candles) // STEPS)
    with bar("playing", len(replay.candles)) as told:
        since = time.perf_counter()
        while not replay.is_over:
            replay.play(replay.done + apart)
            told(replay.done, 0)
        return time.perf_counter() - since


def _ranged(under_way: Ranging, replay: Replay, figures: Figures) -> Range:
    """How far the total reaches, once it is known and printed."""
    with bar("markets that might have been", 2 + under_way.paths_for(figures.fills)) as told:
        found = under_way.found(figures.fills, told)
    _print(range_table(replay, figures, found))
    if not has("numpy"):
        _print(f"Markets that might have been are played where NumPy is installed: {INSTALL}\n")
    return found


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
