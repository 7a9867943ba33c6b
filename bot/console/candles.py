"""`packgrid candles`: market history, fetched from the exchange or taken out of a file, and kept. Trades nothing."""

import argparse
import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.console.bars import bar
from bot.console.leaving import leaving
from bot.console.moments import begin_of, moment, span
from bot.history.columns import Columns, gaps
from bot.history.extra import Missing
from bot.history.fetching import Fetched, fetch_candles, fetch_trades
from bot.history.files import MOST_NAMED, WrongHistory, named, read_any
from bot.history.kept import TRADES, Kept, kept_as
from bot.history.rules import write_rules
from bot.history.shapes import Bad
from bot.history.words import counted
from bot.machine.exits import Exit
from bot.owner.proposal import market_named, similar
from bot.settings import read_settings
from exchange.backpack.client import BackpackClient
from exchange.port import INTERVALS, ExchangeError

IMPORT = "import"
USUAL_DAYS = 30
"""How far back is fetched where nothing is kept, and nothing was said."""
_QUOTES = ("USDC", "USDT", "FDUSD", "USD", "BTC", "ETH")
"""What a market may be paid in whose name has no mark between its two assets."""
_KEPT = "What had come is kept; the same line goes on from there."


async def candles(arguments: argparse.Namespace) -> int:
    """Fetch, or import. `Exit.WRONG` where rows had to be refused; the others are kept."""
    try:
        if arguments.market == IMPORT:
            with leaving():
                return import_file(arguments)
        _refuse_file(arguments)
        return await _fetched(arguments)
    except asyncio.CancelledError:
        sys.stderr.write(f"{_KEPT}\n")
        raise
    except (WrongHistory, Missing, Bad) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return Exit.OUTSIDE
    except ExchangeError as failure:
        sys.stderr.write(f"The exchange: {failure}\n{_KEPT}\n")
        return Exit.OUTSIDE


def _refuse_file(arguments: argparse.Namespace) -> None:
    """A file beside a market, or in its place, is meant to be taken in: nothing is fetched for it."""
    file, market = arguments.file, arguments.as_market
    if file is None and Path(arguments.market).is_file():
        file = arguments.market
    elif file is not None:
        market = arguments.market
    if file is not None:
        msg = f"A file is taken in by: packgrid candles import {file}{f' --market {market}' if market else ''}"
        raise WrongHistory(msg)


def import_file(arguments: argparse.Namespace) -> int:
    """The rows of a file that are good; the others are named."""
    if not arguments.file:
        msg = "Which file? packgrid candles import FILE"
        raise WrongHistory(msg)
    path = Path(arguments.file)
    if not path.is_file():
        msg = f"There is no file {path}."
        raise WrongHistory(msg)
    folder = Path(arguments.data)
    symbol = kept_as(_market_said(arguments.as_market) if arguments.as_market else _market_of(path), folder)
    found = read_any(path)
    if found.bad:
        sys.stderr.write(f"Refused: {counted(len(found.bad), 'row')} of {path}:\n{named(found)}\n")
    if not len(found):
        msg = f"{path} has no row that can be used."
        raise WrongHistory(msg)
    kept = Kept(folder=folder, symbol=symbol, length=_length(found))
    added = kept.add(found)
    _print(f"{counted(added, 'new row')} of {len(found):,}.")
    _print(told(kept))
    return Exit.WRONG if found.bad else Exit.DONE


def _length(found: Columns) -> str:
    if found.is_trades:
        return TRADES
    return next(name for name, lasts in INTERVALS.items() if lasts == found.interval)


def _market_of(path: Path) -> str:
    """The market that a file is called after: ETH_USDC-… or ETHUSDT-…"""
    name = re.split(r"[^A-Z0-9_]", path.name.upper())[0]
    base, _, quote = name.partition("_")
    market = name if base and quote in _QUOTES else _parted(name)
    if market is None:
        msg = f"Which market is {path.name} of? Say it: --market ETH_USDC"
        raise WrongHistory(msg)
    return market


def _market_said(name: str) -> str:
    """As it was said. It becomes the name of a folder, by which it is looked for."""
    market = re.sub("[-/]", "_", name.strip().upper())
    if re.fullmatch(r"[A-Z0-9]+(_[A-Z0-9]+)+", market):
        return market
    found = _parted(market) if market.isalnum() and market.isascii() else None
    if found is None:
        msg = f"{name!r} is no market. Say it as ETH_USDC: letters and digits, an underscore between coin and quote."
        raise WrongHistory(msg)
    return found


def _parted(name: str) -> str | None:
    return next((f"{name.removesuffix(one)}_{one}" for one in _QUOTES if name.endswith(one) and name != one), None)


async def _fetched(arguments: argparse.Namespace) -> int:
    settings = read_settings()
    client = BackpackClient(settings.backpack_api_url, None, window=settings.request_window_ms)
    try:
        now = await client.server_time()
        return await fetch(client, arguments, now)
    finally:
        await client.close()


async def fetch(client: BackpackClient, arguments: argparse.Namespace, now: int) -> int:
    """What is missing up to now, with the market's rules beside it."""
    folder, markets = Path(arguments.data), await client.markets()
    market = market_named(arguments.market, markets)
    if market is None:
        near = ", ".join(similar(arguments.market, list(markets))[:3])
        msg = f"The exchange has no market {arguments.market}." + (f" Near to it: {near}." if near else "")
        raise WrongHistory(msg)
    write_rules(folder, market)
    kept = Kept(folder=folder, symbol=market.symbol, length=TRADES if arguments.trades else arguments.interval)
    since = begin_of(arguments.first) if arguments.first else kept.end() or _usual(now)
    until = min(now, begin_of(arguments.last + timedelta(days=1)) if arguments.last else now)
    with bar(f"{market.symbol} {kept.length}", None) as tell:
        if arguments.trades:
            found = await fetch_trades(client, kept, since, tell)
        else:
            found = await fetch_candles(client, kept, since, until, tell)
    return _said(kept, found)


def _usual(now: int) -> int:
    return begin_of(datetime.fromtimestamp(now / 1000, UTC).date() - timedelta(days=USUAL_DAYS))


def _said(kept: Kept, found: Fetched) -> int:
    if found.wrong:
        lines = "\n".join(f"  {one}" for one in found.wrong[:MOST_NAMED])
        sys.stderr.write(f"Refused: {counted(len(found.wrong), 'row')} of the exchange's:\n{lines}\n")
    _print(f"{counted(found.rows, 'new row')}.")
    _print(told(kept))
    return Exit.WRONG if found.wrong else Exit.DONE


def told(kept: Kept) -> str:
    """What is there, and what is missing in it."""
    columns = kept.read()
    if not len(columns):
        return f"Nothing is kept in {kept.path}."
    said = f"{kept.path}: {counted(len(columns), 'row')}, {moment(columns.at[0])} to {moment(columns.at[-1])} UTC"
    if kept.is_trades:
        return f"{said}."
    missing = gaps(columns.at, INTERVALS[kept.length])
    if not missing:
        return f"{said}, without a gap."
    longest = sorted(missing, key=lambda gap: -gap[1])[:MOST_NAMED]
    whole = span(sum(lasts for _, lasts in missing))
    lines = [f"  {span(lasts)} from {moment(at + INTERVALS[kept.length])} on" for at, lasts in longest]
    return "\n".join([f"{said}. {counted(len(missing), 'gap')}, {whole} in all; the longest:", *lines])


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
