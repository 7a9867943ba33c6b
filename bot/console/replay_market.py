"""`packgrid replay --market`: what was traded, beside what candles alone say would have been; fill by fill."""

import argparse
import html
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from bot.console.bars import bar
from bot.history.extra import Missing
from bot.history.fetching import as_columns
from bot.history.files import WrongHistory, read
from bot.history.shapes import Bad
from bot.live import print_line
from bot.machine.exits import Exit
from bot.settings import Settings
from bot.shadow.accounting import Accounted, Cause, Odd, accounted
from bot.shadow.stretches import Stretch
from bot.telegram.texts import face as texts
from exchange.backpack.client import BackpackClient
from exchange.port import ExchangeError
from strategy.model.durations import MINUTE
from strategy.model.market import Market, Symbol
from strategy.model.money import plain
from strategy.research.candles import Candles

MOST_SHOWN = 30
"""Fills that are listed; the JSON has them all."""


async def replay_market(settings: Settings, stretches: Sequence[Stretch], arguments: argparse.Namespace) -> int:
    """Print the accounts, and write them. `Exit.OUTSIDE` where there are no candles to be had."""
    try:
        found = await _accounted(settings, stretches, arguments)
    except (WrongHistory, Missing, Bad) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return Exit.OUTSIDE
    except ExchangeError as failure:
        sys.stderr.write(html.unescape(texts.say(settings.language or "en", "market.unread", text=str(failure))) + "\n")
        return Exit.OUTSIDE
    lang = settings.language or "en"
    if not found:
        print_line(texts.say(lang, "market.none"))
    for one in found:
        print_line(html.unescape(_said(lang, one)))
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
    except (WrongHistory, Missing, Bad):
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


def _said(lang: str, one: Accounted) -> str:
    """The totals beside each other, how many fills differ for which cause, and the first of them."""
    money = {name: plain(round(getattr(one, name), 4)) for name in _MONEY}
    head = [
        texts.say(
            lang, "market.head", grid=one.grid_id, symbol=one.symbol, since=_moment(one.begins), until=_moment(one.ends)
        ),
        texts.say(lang, "market.total", quote=one.quote, total=money["total"], replayed=money["replayed_total"]),
        texts.say(lang, "market.fees", quote=one.quote, fees=money["fees"], replayed=money["replayed_fees"]),
        texts.say(lang, "market.fills", fills=one.fills, replayed=one.replayed, same=one.same, took=one.took),
    ]
    if not one.odd:
        return "\n".join([*head, texts.say(lang, "market.same")])
    causes = Counter(odd.cause for odd in one.odd)
    counted = (
        texts.say(lang, "market.counted", cause=_cause(lang, cause), count=n) for cause, n in causes.most_common()
    )
    more = len(one.odd) - MOST_SHOWN
    rest = [texts.say(lang, "market.more", count=more)] if more > 0 else []
    shown = (_line(lang, odd) for odd in one.odd[:MOST_SHOWN])
    return "\n".join([*head, texts.say(lang, "market.differ", count=len(one.odd)), *counted, *shown, *rest])


def _cause(lang: str, cause: Cause) -> str:
    return texts.say(lang, f"market.cause.{cause}")


def _line(lang: str, odd: Odd) -> str:
    return texts.say(
        lang,
        "market.line.traded" if odd.is_real else "market.line.replayed",
        at=_moment(odd.at),
        level=odd.level,
        side=texts.say(lang, f"side.{odd.side}"),
        quantity=plain(odd.quantity),
        price=plain(odd.price),
        cause=_cause(lang, odd.cause),
        late=None if odd.late is None else plain(Decimal(odd.late) / 1000),
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
                    "late": odd.late,
                }
                for odd in one.odd
            ],
        }
        for one in found
    ]
    path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


_MONEY = ("total", "replayed_total", "fees", "replayed_fees")
_COUNTS = ("fills", "replayed", "same", "took")


def _names(kind: type) -> list[str]:
    return [one.name for one in fields(kind)]


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
