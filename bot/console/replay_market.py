"""`packgrid replay --market`: what was traded, beside what candles alone say would have been; fill by fill."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from bot.console.bars import bar
from bot.history.extra import Missing
from bot.history.fetching import as_columns
from bot.history.files import WrongHistory, read
from bot.live import print_line
from bot.machine.exits import Exit
from bot.settings import Settings
from bot.shadow.accounting import Accounted, Odd, accounted
from bot.shadow.stretches import MINUTE, Stretch
from exchange.backpack.client import BackpackClient
from exchange.port import ExchangeError
from strategy.model.market import Market, Symbol
from strategy.model.money import plain
from strategy.research.candles import Candles

MOST_SHOWN = 30
"""Fills that are listed; the JSON has them all."""


async def replay_market(settings: Settings, stretches: Sequence[Stretch], arguments: argparse.Namespace) -> int:
    """Print the accounts, and write them. `Exit.OUTSIDE` where there are no candles to be had."""
    try:
        found = await _accounted(settings, stretches, arguments)
    except WrongHistory as wrong:
        sys.stderr.write(f"{wrong}\n")
        return Exit.OUTSIDE
    except ExchangeError as failure:
        sys.stderr.write(f"The exchange's candles could not be read: {failure}. --candles FILE names others.\n")
        return Exit.OUTSIDE
    if not found:
        print_line("No grid ran by itself for a minute in that time: nothing to compare.")
    for one in found:
        print_line(_said(one))
    if arguments.json:
        _write(Path(arguments.json), found)
    return Exit.DONE


async def _accounted(
    settings: Settings, stretches: Sequence[Stretch], arguments: argparse.Namespace
) -> list[Accounted]:
    lasting = [one for one in stretches if one.ends - one.begins >= MINUTE]
    markets = {one.grid.spec.symbol: one.grid.market for one in lasting}
    since, until = min((one.begins for one in lasting), default=0), max((one.ends for one in lasting), default=0)
    candles = {
        symbol: await _candles(settings, market, arguments, since - MINUTE, until + MINUTE)
        for symbol, market in markets.items()
    }
    found = []
    with bar("stretches", len(lasting)) as told:
        for done, one in enumerate(lasting):
            account = accounted(one, candles[one.grid.spec.symbol], one.account.fees)
            found += [account] if account is not None else []
            told(done + 1, len(lasting))
    return found


async def _candles(
    settings: Settings, market: Market, arguments: argparse.Namespace, since: int, until: int
) -> Candles:
    """Those that are named or kept; else the exchange's own."""
    symbol, folder = Symbol(market.symbol), Path(arguments.data)
    try:
        return read(arguments.candles, symbol, folder, since, until).candles(market.tick_size)
    except (WrongHistory, Missing):
        if arguments.candles:
            raise
    client = BackpackClient(settings.backpack_api_url, None)
    try:
        columns = as_columns(await client.candles(symbol, "1m", since, until))
    finally:
        await client.close()
    if len(columns) < 2:
        msg = f"The exchange has no candles of {symbol} of that time."
        raise WrongHistory(msg)
    return columns.candles(market.tick_size)


def _said(one: Accounted) -> str:
    """The totals beside each other, how many fills differ for which cause, and the first of them."""
    total, fees = (plain(round(money, 4)) for money in (one.total, one.fees))
    alone, its_fees = (plain(round(money, 4)) for money in (one.replayed_total, one.replayed_fees))
    head = [
        f"Grid {one.grid_id}, {one.symbol}, {_moment(one.begins)} to {_moment(one.ends)} UTC",
        f"  total   {total:>14} {one.quote}   by the market alone {alone}",
        f"  fees    {fees:>14} {one.quote}   by the market alone {its_fees}",
        f"  fills   {one.fills:>14}   by the market alone {one.replayed}; the same {one.same}; {one.took} took",
    ]
    if not one.odd:
        return "\n".join([*head, "  no fill differs"])
    causes = Counter(odd.cause for odd in one.odd)
    counted = ", ".join(f"{cause.value} {count}" for cause, count in causes.most_common())
    more = len(one.odd) - MOST_SHOWN
    rest = [f"  and {more} more"] if more > 0 else []
    return "\n".join([*head, f"  differ  {counted}", *map(_line, one.odd[:MOST_SHOWN]), *rest])


def _line(odd: Odd) -> str:
    where = "traded, not in the replay" if odd.is_real else "in the replay, not traded"
    level = "-" if odd.level is None else str(odd.level)
    return (
        f"    {_moment(odd.at)}  level {level:>3}  {odd.side.value:<4} {plain(odd.quantity)} at {plain(odd.price)}"
        f"  {where}: {odd.cause.value}, {odd.cause.meaning}"
    )


def _write(path: Path, found: Sequence[Accounted]) -> None:
    told = [
        {
            **{name: str(getattr(one, name)) for name in _names(Accounted) if name not in ("odd", *_COUNTS)},
            **{name: getattr(one, name) for name in _COUNTS},
            "begins": _moment(one.begins),
            "ends": _moment(one.ends),
            "odd": [
                {
                    **{name: str(getattr(odd, name)) for name in _names(Odd)},
                    "at": _moment(odd.at),
                    "is_real": odd.is_real,
                }
                for odd in one.odd
            ],
        }
        for one in found
    ]
    path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


_COUNTS = ("fills", "replayed", "same", "took")


def _names(kind: type) -> list[str]:
    return [one.name for one in fields(kind)]


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
